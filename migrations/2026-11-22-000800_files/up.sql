-- Files that people upload, and the documents of applications.

-- What lies in the object store, under the SHA-256 of its content. The row is written before the
-- object, so that nothing lies there that no row names.
CREATE TABLE stored_objects (
  sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint NOT NULL CHECK (bytes > 0),
  -- how many files name it
  names int NOT NULL DEFAULT 0 CHECK (names >= 0),
  -- the last time that somebody uploaded it, or that a file's name for it came or went
  touched_at timestamptz NOT NULL,
  -- it is being removed, since no file names it any more: nobody may name it again until it is gone
  removing_since timestamptz,
  CHECK (names = 0 OR removing_since IS NULL)
);
CREATE INDEX stored_objects_unnamed ON stored_objects (touched_at) WHERE names = 0;

-- A file as somebody uploaded it: written in the transaction of what it belongs to.
CREATE TABLE files (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  sha256 text NOT NULL REFERENCES stored_objects (sha256),
  kind text NOT NULL CHECK (kind IN ('pdf', 'jpeg', 'png')),
  bytes bigint NOT NULL CHECK (bytes > 0),
  -- of a picture, in pixels
  width int,
  height int,
  -- as the uploader's machine called it, cleaned
  name text NOT NULL,
  uploaded_by bigint NOT NULL REFERENCES users (id),
  uploaded_at timestamptz NOT NULL,
  CHECK ((kind = 'pdf') = (width IS NULL) AND (width IS NULL) = (height IS NULL))
);
CREATE INDEX files_by_object ON files (sha256);

-- How many documents an application has, and how many of them are licences: the criterion of the
-- identity and the limit are decided from these.
ALTER TABLE applications
  ADD COLUMN documents int NOT NULL DEFAULT 0 CHECK (documents BETWEEN 0 AND 20),
  ADD COLUMN licences int NOT NULL DEFAULT 0,
  ADD CONSTRAINT applications_licences_are_documents CHECK (licences BETWEEN 0 AND documents);

CREATE TABLE application_documents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES applications (id),
  file_id bigint NOT NULL UNIQUE REFERENCES files (id),
  category text NOT NULL CHECK (category IN ('licence', 'other')),
  label text NOT NULL DEFAULT '',
  -- the id of the form that brought it: sent twice, it counts once
  once uuid NOT NULL,
  UNIQUE (application_id, once)
);

-- What was submitted stays as it was submitted, whoever asks.
CREATE FUNCTION keep_submitted_documents() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP IN ('UPDATE', 'TRUNCATE') THEN
    RAISE EXCEPTION 'documents are added and removed, never changed'
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NOT EXISTS (
    SELECT FROM applications
    WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.application_id ELSE NEW.application_id END
      AND status IN ('draft', 'needs_information')
  ) THEN
    RAISE EXCEPTION 'the documents of a submitted application stay as they are'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER application_documents_stay
  BEFORE INSERT OR UPDATE OR DELETE ON application_documents
  FOR EACH ROW EXECUTE FUNCTION keep_submitted_documents();
CREATE TRIGGER application_documents_no_truncate
  BEFORE TRUNCATE ON application_documents
  FOR EACH STATEMENT EXECUTE FUNCTION keep_submitted_documents();
