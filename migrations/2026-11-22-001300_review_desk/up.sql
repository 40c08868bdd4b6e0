-- What reviewers compare: each submission as it was submitted, and each look at a domain.

-- What an application stated each time that it was submitted.
CREATE TABLE application_submissions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES applications (id),
  -- the version of the application that the submission led to
  version int NOT NULL,
  submitted_at timestamptz NOT NULL,
  registered_name text NOT NULL,
  registration_number text NOT NULL,
  address text NOT NULL,
  responsible_person text NOT NULL,
  about text NOT NULL,
  UNIQUE (application_id, version)
);
CREATE TRIGGER application_submissions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
  ON application_submissions FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

-- The documents that came with it. A file that was submitted once is kept, also when its document
-- is taken out of the application later.
CREATE TABLE submitted_documents (
  submission_id bigint NOT NULL REFERENCES application_submissions (id),
  file_id bigint NOT NULL REFERENCES files (id),
  category text NOT NULL CHECK (category IN ('licence', 'other')),
  label text NOT NULL,
  PRIMARY KEY (submission_id, file_id)
);
CREATE INDEX submitted_documents_by_file ON submitted_documents (file_id);
CREATE TRIGGER submitted_documents_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
  ON submitted_documents FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

-- Of what was submitted before, the last state is known, unless it was changed since.
INSERT INTO application_submissions (application_id, version, submitted_at, registered_name,
    registration_number, address, responsible_person, about)
  SELECT a.id, e.version, e.at, a.registered_name, a.registration_number, a.address,
    a.responsible_person, a.about
  FROM applications a
  JOIN LATERAL (SELECT version, at FROM application_events
    WHERE application_id = a.id AND event = 'submit' ORDER BY version DESC LIMIT 1) e ON true
  WHERE NOT EXISTS (SELECT FROM application_events later
    WHERE later.application_id = a.id AND later.version > e.version
      AND later.event IN ('save', 'add_document', 'remove_document'));
INSERT INTO submitted_documents (submission_id, file_id, category, label)
  SELECT s.id, d.file_id, d.category, d.label
  FROM application_submissions s JOIN application_documents d USING (application_id);

-- A new application takes the documents of the merchant's earlier one over: a file of its own that
-- names the same stored object.
ALTER TABLE application_documents
  ADD COLUMN taken_over_from bigint REFERENCES application_documents (id);
CREATE INDEX application_documents_taken_over ON application_documents (taken_over_from)
  WHERE taken_over_from IS NOT NULL;

CREATE OR REPLACE FUNCTION keep_submitted_documents() RETURNS trigger
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
  IF TG_OP = 'INSERT' AND NEW.taken_over_from IS NOT NULL AND NOT EXISTS (
    SELECT FROM application_documents d
    JOIN applications theirs ON theirs.id = d.application_id
    JOIN files their_file ON their_file.id = d.file_id
    JOIN applications ours ON ours.id = NEW.application_id
    JOIN files our_file ON our_file.id = NEW.file_id
    WHERE d.id = NEW.taken_over_from AND theirs.merchant_id = ours.merchant_id
      AND theirs.id < ours.id AND their_file.sha256 = our_file.sha256
  ) THEN
    RAISE EXCEPTION 'a document is taken over from an earlier application of the same merchant'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- Each look at a domain: what was found, and who asked for it. It stays when the domain is given
-- up.
CREATE TABLE domain_checks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  name text NOT NULL,
  -- how: by the file below /.well-known
  method text NOT NULL CHECK (method IN ('file')),
  -- the member who pressed the button; nobody for the daily look
  asked_by bigint REFERENCES users (id),
  checked_at timestamptz NOT NULL,
  -- why nothing was proved; null where it was
  failure text
);
CREATE INDEX domain_checks_by_merchant ON domain_checks (merchant_id, id);
CREATE TRIGGER domain_checks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON domain_checks
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

-- What must be true of all this.
CREATE FUNCTION audit_submissions() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT 'a submission stands in its application''s history', concat('application ',
      s.application_id), concat('version ', s.version, ' at ', s.submitted_at)
    FROM application_submissions s
    LEFT JOIN application_events e ON e.application_id = s.application_id
      AND e.version = s.version AND e.event = 'submit' AND e.at = s.submitted_at
    WHERE e.id IS NULL
  UNION ALL
  SELECT 'what waits or was decided is what was submitted', concat('application ', a.id),
      concat(a.status, ', last submitted as version ', s.version)
    FROM applications a
    JOIN (SELECT DISTINCT ON (application_id) * FROM application_submissions
      ORDER BY application_id, version DESC) s ON s.application_id = a.id
    WHERE a.status IN ('submitted', 'in_review', 'approved', 'rejected')
      AND ((a.registered_name, a.registration_number, a.address, a.responsible_person, a.about)
        IS DISTINCT FROM (s.registered_name, s.registration_number, s.address,
          s.responsible_person, s.about)
      OR ARRAY(SELECT (file_id, category, label)::text FROM application_documents
          WHERE application_id = a.id ORDER BY file_id)
        <> ARRAY(SELECT (file_id, category, label)::text FROM submitted_documents
          WHERE submission_id = s.id ORDER BY file_id))
  UNION ALL
  SELECT 'a document that was taken over is the merchant''s own', concat('application ',
      n.application_id), concat('document ', n.id, ' from document ', n.taken_over_from)
    FROM application_documents n JOIN applications ours ON ours.id = n.application_id
    LEFT JOIN files nf ON nf.id = n.file_id
    LEFT JOIN application_documents o ON o.id = n.taken_over_from
    LEFT JOIN applications theirs ON theirs.id = o.application_id
    LEFT JOIN files f ON f.id = o.file_id
    WHERE n.taken_over_from IS NOT NULL
      AND (theirs.merchant_id = ours.merchant_id AND f.sha256 = nf.sha256) IS NOT TRUE
  UNION ALL
  SELECT 'what is kept cannot be changed', concat('table ', g.name), concat('forbid_change',
      CASE WHEN t.tgname IS NULL THEN ' is missing' ELSE ' is switched off' END)
    FROM (VALUES ('application_submissions'), ('submitted_documents'),
      ('domain_checks')) AS g (name)
    LEFT JOIN (pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        AND c.relnamespace = 'public'::regnamespace JOIN pg_proc p ON p.oid = t.tgfoid
        AND p.proname = 'forbid_change')
      ON c.relname = g.name
    WHERE t.tgenabled IS DISTINCT FROM 'O';
$$;

CREATE OR REPLACE FUNCTION audit_histories() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT * FROM audit_moves()
  UNION ALL SELECT * FROM audit_suspensions()
  UNION ALL SELECT * FROM audit_submissions();
$$;
