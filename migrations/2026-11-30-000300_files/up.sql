-- Files that people upload.

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
