-- What must be true of the thresholds. Called by audit_differences.
CREATE OR REPLACE FUNCTION audit_thresholds() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT 'what is kept cannot be changed', 'table criteria_thresholds',
      'forbid_change is missing or switched off'
    WHERE NOT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid = 'criteria_thresholds'::regclass AND p.proname = 'forbid_change'
        AND t.tgenabled = 'O')
  UNION ALL
  SELECT 'the server''s role does not write what functions write', 'table criteria_thresholds',
      w.name
    FROM (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS w (name)
    WHERE has_table_privilege('surety_server', 'criteria_thresholds', w.name)
      OR w.name IN ('INSERT', 'UPDATE')
        AND has_any_column_privilege('surety_server', 'criteria_thresholds', w.name)
  UNION ALL
  SELECT 'thresholds have one version after the other', concat('version ', t.version),
      concat('after version ', t.before, ', in force from ', t.effective_at)
    FROM (SELECT version, effective_at,
        coalesce(lag(version) OVER versions, 0) AS before,
        coalesce(lag(effective_at) OVER versions, '-infinity') AS effective_before
      FROM criteria_thresholds WINDOW versions AS (ORDER BY version)) t
    WHERE t.version <> t.before + 1 OR t.effective_at < t.effective_before
  UNION ALL
  SELECT 'who published thresholds stands in the trail', concat('version ', t.version), t.reason
    FROM criteria_thresholds t
    WHERE t.published_by IS NOT NULL AND NOT EXISTS (SELECT FROM audit_entries a
      WHERE a.action = 'thresholds.publish' AND a.subject = concat('thresholds:', t.version)
        AND a.user_id = t.published_by AND a.reason = t.reason);
$$;
