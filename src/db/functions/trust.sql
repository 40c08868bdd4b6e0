-- Triggers of merchants, badges, domains, and of what the reputation shows in public. What the
-- public is shown of a merchant has changed: every server that listens (`trust::public_record`)
-- forgets what it remembers of it, once the change is committed. Refuses nothing.
CREATE OR REPLACE FUNCTION tell_public_record() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'merchants' THEN
    PERFORM pg_notify('public_record', NEW.code);
  ELSE
    PERFORM pg_notify('public_record', code) FROM merchants
      WHERE id IN (OLD.merchant_id, NEW.merchant_id);
  END IF;
  RETURN NULL;
END $$;

-- Whether the public is told of a proved domain: not of one that could not be verified for seven
-- days, even while its proof is young enough to count for the badge. Somebody else may have it now.
-- Called by the queries of `trust::public_record`. It has no search path of its own, so that
-- queries inline it.
CREATE OR REPLACE FUNCTION is_vouched_for(p_failing_since timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT p_failing_since IS NULL OR p_failing_since > surety_now() - interval '7 days';
$$;

-- The trigger of suspension_causes. A cause ends once; refuses any other change of it with SU001.
CREATE OR REPLACE FUNCTION keep_suspension_cause() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
    AND (OLD.id, OLD.merchant_id, OLD.cause, OLD.reference, OLD.detail, OLD.reason, OLD.since,
      OLD.begun_by) IS NOT DISTINCT FROM (NEW.id, NEW.merchant_id, NEW.cause, NEW.reference,
      NEW.detail, NEW.reason, NEW.since, NEW.begun_by)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a cause of suspension only ends, and once' USING ERRCODE = 'SU001';
END $$;

-- Adds the dispatch of a line of a badge's history. The trigger badge_events_dispatch.
CREATE OR REPLACE FUNCTION dispatch_badge_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO dispatches (stream, subject_id, version, at)
    VALUES ('badge', NEW.merchant_id, NEW.version, NEW.at);
  RETURN NULL;
END $$;
