-- Triggers of application_documents: what was submitted stays as it was submitted, whoever asks.
-- Refuses any UPDATE and TRUNCATE, a document that comes or goes while its application is not being
-- written, and one that is taken over from anything but an earlier application of the same merchant
-- with the same stored object (restrict_violation).
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
