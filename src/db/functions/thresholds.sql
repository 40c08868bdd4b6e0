-- What a threshold may be: from, to, and how many decimal places; `trust::thresholds` holds the
-- same. Who may publish cannot switch the criteria off. Called by check_thresholds and
-- publish_thresholds.
CREATE OR REPLACE FUNCTION threshold_bounds()
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

-- Called by publish_thresholds. Refuses with SU003 what is not exactly the named thresholds, each a
-- number within its bounds.
CREATE OR REPLACE FUNCTION check_thresholds(p_thresholds jsonb) RETURNS void
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

-- Publishes the next version, in force at once, with its line in the audit trail. Called by
-- `trust::commands::publish_thresholds`. Returns `done`, `lost` when it is not the next any more,
-- `same` when nothing would change, or `forbidden` when whoever publishes is no administrator (any
-- more). Refuses with SU003 thresholds that check_thresholds refuses, and a blank reason.
CREATE OR REPLACE FUNCTION publish_thresholds(
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
