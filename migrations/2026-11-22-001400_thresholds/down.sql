CREATE OR REPLACE FUNCTION audit_histories() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT * FROM audit_moves()
  UNION ALL SELECT * FROM audit_suspensions()
  UNION ALL SELECT * FROM audit_submissions();
$$;
DROP FUNCTION audit_thresholds();
DROP FUNCTION publish_thresholds(int, jsonb, bigint, text);
DROP FUNCTION check_thresholds(jsonb);
DROP FUNCTION threshold_bounds();
DROP TRIGGER criteria_thresholds_append_only ON criteria_thresholds;
ALTER TABLE criteria_thresholds DROP COLUMN reason;
ALTER TABLE criteria_thresholds DROP COLUMN published_by;
