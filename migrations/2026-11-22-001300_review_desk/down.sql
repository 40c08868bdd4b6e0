CREATE OR REPLACE FUNCTION audit_histories() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT * FROM audit_moves()
  UNION ALL SELECT * FROM audit_suspensions();
$$;
DROP FUNCTION audit_submissions();
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
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
ALTER TABLE application_documents DROP COLUMN taken_over_from;
DROP TABLE domain_checks, submitted_documents, application_submissions;
