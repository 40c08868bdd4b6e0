-- The thresholds of the criteria are published in versions by administrators. The first came with
-- the program; a version is never edited.
ALTER TABLE criteria_thresholds ADD COLUMN published_by bigint REFERENCES users (id);
ALTER TABLE criteria_thresholds ADD COLUMN reason text NOT NULL DEFAULT '';
CREATE TRIGGER criteria_thresholds_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
  ON criteria_thresholds FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

-- What a threshold may be: from, to, and how many decimal places. Who may publish cannot switch
-- the criteria off.
CREATE FUNCTION threshold_bounds()
RETURNS TABLE (name text, lowest numeric, highest numeric, places int)
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  VALUES ('tenure_months', 0, 60, 0),
    ('deception_findings_max', 0, 10, 0),
    ('deception_window_months', 1, 120, 0),
    ('completion_rate_min', 0.5, 1, 4),
    ('dispute_rate_max', 0, 0.5, 4),
    ('rating_min', 1, 5, 1),
    ('reputation_orders_min', 1, 1000, 0),
    ('reputation_window_months', 1, 60, 0),
    ('domain_verified_within_days', 2, 365, 0);
$$;

CREATE FUNCTION check_thresholds(p_thresholds jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  bound record;
  value text;
BEGIN
  IF jsonb_typeof(p_thresholds) IS DISTINCT FROM 'object' OR
    (SELECT count(*) FROM jsonb_object_keys(p_thresholds))
      <> (SELECT count(*) FROM threshold_bounds())
  THEN
    RAISE EXCEPTION 'these are not the thresholds' USING ERRCODE = 'SU003';
  END IF;
  FOR bound IN SELECT * FROM threshold_bounds() LOOP
    value := p_thresholds ->> bound.name;
    IF coalesce(value, '') !~ '^[0-9]{1,5}(\.[0-9]{1,4})?$' THEN
      RAISE EXCEPTION '% is not a number', bound.name USING ERRCODE = 'SU003';
    END IF;
    IF value::numeric NOT BETWEEN bound.lowest AND bound.highest
      OR round(value::numeric, bound.places) <> value::numeric
      -- The program reads whole numbers as numbers, and parts as texts.
      OR (jsonb_typeof(p_thresholds -> bound.name) = 'number') <> (bound.places = 0)
      OR bound.places = 0 AND value LIKE '%.%'
    THEN
      RAISE EXCEPTION '% is out of its bounds', bound.name USING ERRCODE = 'SU003';
    END IF;
  END LOOP;
END $$;

-- Publishes the next version, in force at once, with its line in the audit trail. Answers `lost`
-- when it is not the next any more, `same` when nothing would change, `forbidden` when whoever
-- publishes is no administrator (any more).
CREATE FUNCTION publish_thresholds(
  p_version int, p_thresholds jsonb, p_user_id bigint, p_reason text
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  old criteria_thresholds;
  changed text[];
  was jsonb;
  will jsonb;
BEGIN
  PERFORM check_thresholds(p_thresholds);
  IF btrim(coalesce(p_reason, '')) = '' THEN
    RAISE EXCEPTION 'thresholds are published with a reason' USING ERRCODE = 'SU003';
  END IF;
  PERFORM FROM users WHERE id = p_user_id AND disabled_at IS NULL
    AND 'administrator' = ANY (staff_roles) FOR SHARE;
  IF NOT FOUND THEN
    RETURN 'forbidden';
  END IF;
  SELECT * INTO old FROM criteria_thresholds ORDER BY version DESC LIMIT 1;
  IF p_version IS DISTINCT FROM old.version + 1 THEN
    RETURN 'lost';
  END IF;
  SELECT array_agg(name), jsonb_object_agg(name, old.thresholds -> name),
      jsonb_object_agg(name, p_thresholds -> name)
    INTO changed, was, will FROM threshold_bounds()
    WHERE (old.thresholds ->> name)::numeric <> (p_thresholds ->> name)::numeric;
  IF changed IS NULL THEN
    RETURN 'same';
  END IF;
  INSERT INTO criteria_thresholds (version, thresholds, effective_at, published_by, reason)
    VALUES (p_version, p_thresholds, surety_now(), p_user_id, p_reason)
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN 'lost';
  END IF;
  PERFORM append_audit(p_user_id, 'thresholds.publish', concat('thresholds:', p_version),
    was || jsonb_build_object('version', old.version),
    will || jsonb_build_object('version', p_version), p_reason);
  RETURN 'done';
END $$;

-- What must be true of the thresholds.
CREATE FUNCTION audit_thresholds() RETURNS TABLE (rule text, subject text, detail text)
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
CREATE OR REPLACE FUNCTION audit_histories() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT * FROM audit_moves()
  UNION ALL SELECT * FROM audit_suspensions()
  UNION ALL SELECT * FROM audit_submissions()
  UNION ALL SELECT * FROM audit_thresholds();
$$;
