-- Why a badge is suspended: each cause stands from its beginning to its end, several at once. A
-- badge that lives is suspended exactly while one stands.
CREATE TABLE suspension_causes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  cause text NOT NULL CHECK (cause IN
    ('deception_finding', 'domain_lost', 'fund_debt', 'agreement_superseded', 'staff')),
  -- what it stands on: a decision, a debt, a version; the same one never begins twice
  reference text NOT NULL,
  -- what it is about, for merchant and staff; the public is told the cause alone
  detail text NOT NULL,
  reason text NOT NULL,
  since timestamptz NOT NULL,
  begun_by bigint REFERENCES users (id),
  ended_at timestamptz,
  ended_by bigint REFERENCES users (id),
  end_reason text,
  UNIQUE (merchant_id, cause, reference),
  CHECK (ended_at >= since),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
  CHECK (ended_by IS NULL OR ended_at IS NOT NULL)
);
CREATE INDEX suspension_causes_standing ON suspension_causes (merchant_id) WHERE ended_at IS NULL;

-- A cause ends once; all else of it stays as it was written.
CREATE FUNCTION keep_suspension_cause() RETURNS trigger
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
CREATE TRIGGER suspension_causes_only_end BEFORE UPDATE OR DELETE ON suspension_causes
  FOR EACH ROW EXECUTE FUNCTION keep_suspension_cause();
CREATE TRIGGER suspension_causes_are_kept BEFORE TRUNCATE ON suspension_causes
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

-- What a line of a badge's history was (lines from before say it by state and cause alone), and
-- which causes stood after it.
ALTER TABLE badge_events ADD COLUMN event text;
ALTER TABLE badge_events ADD COLUMN standing text[] NOT NULL DEFAULT '{}';

-- Badges that staff have suspended before causes were written down.
INSERT INTO suspension_causes (merchant_id, cause, reference, detail, reason, since, begun_by)
  SELECT b.merchant_id, 'staff', concat('move ', b.version), '', coalesce((
      SELECT a.reason FROM audit_entries a JOIN merchants m ON m.id = b.merchant_id
      WHERE a.action = 'badge.suspend' AND a.subject = concat('merchant:', m.code)
      ORDER BY a.id DESC LIMIT 1), ''), b.changed_at, e.user_id
  FROM badges b
  LEFT JOIN badge_events e ON e.merchant_id = b.merchant_id AND e.version = b.version
  WHERE b.state = 'suspended';

-- Since when each look at a domain has failed; none while the last one succeeded.
ALTER TABLE domains ADD COLUMN failing_since timestamptz;

-- A version of the agreement that an administrator has published. Without a date of its own it is
-- in force from its publication.
ALTER TABLE agreements ADD COLUMN effective_at timestamptz;
ALTER TABLE agreements ADD COLUMN published_by bigint REFERENCES users (id);
ALTER TABLE agreements ADD COLUMN reason text NOT NULL DEFAULT '';
CREATE TRIGGER agreements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreements
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
-- The zone that the signer read times in.
ALTER TABLE agreement_signatures ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';
CREATE INDEX agreement_signatures_by_version ON agreement_signatures (version, merchant_id);

-- The next version while it is being written.
CREATE TABLE agreement_drafts (
  version int PRIMARY KEY,
  text_en text NOT NULL,
  text_zh text NOT NULL,
  effective_on date NOT NULL,
  revision int NOT NULL DEFAULT 0,
  saved_by bigint NOT NULL REFERENCES users (id),
  saved_at timestamptz NOT NULL
);

-- What a merchant was reminded of: each reminder goes out once, whoever sends it.
CREATE TABLE trust_reminders (
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  reminder text NOT NULL,
  -- the end of the badge's term, or the day from which a version of the agreement is in force
  about_at timestamptz NOT NULL,
  sent_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, reminder, about_at)
);
CREATE TRIGGER trust_reminders_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trust_reminders
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

-- The staff's list of merchants, by state.
CREATE INDEX badges_by_state ON badges (state, merchant_id);

-- What must be true of causes, badges and agreements.
CREATE FUNCTION audit_suspensions() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT 'a badge is suspended while a cause stands', concat('merchant ', b.merchant_id),
      concat(b.state, ', causes that stand: ', c.standing)
    FROM badges b, LATERAL (SELECT count(*) AS standing FROM suspension_causes
      WHERE merchant_id = b.merchant_id AND ended_at IS NULL) c
    WHERE b.state IN ('active', 'suspended') AND (b.state = 'suspended') <> (c.standing > 0)
  UNION ALL
  SELECT 'a badge''s history names the causes that stand', concat('merchant ', b.merchant_id),
      concat('version ', b.version, ' names ', array_to_string(e.standing, ', '))
    FROM badges b
    JOIN badge_events e ON e.merchant_id = b.merchant_id AND e.version = b.version
    WHERE b.state IN ('active', 'suspended') AND e.event IS NOT NULL
      AND ARRAY(SELECT DISTINCT unnest(e.standing) ORDER BY 1) <> ARRAY(
        SELECT DISTINCT cause FROM suspension_causes
        WHERE merchant_id = b.merchant_id AND ended_at IS NULL ORDER BY 1)
  UNION ALL
  SELECT 'a revoked badge stays revoked for twelve months', concat('merchant ', e.merchant_id),
      concat('version ', e.version, ': ', e.to_state, ' at ', e.at)
    FROM badge_events e JOIN badge_events p
      ON p.merchant_id = e.merchant_id AND p.version = e.version - 1
    -- a month of the operator's zone may be a day longer or shorter than one of ours
    WHERE p.to_state = 'revoked' AND e.at < p.at + interval '12 months' - interval '2 days'
  UNION ALL
  SELECT 'a signature is under the text that was published', concat('merchant ', s.merchant_id),
      concat('version ', s.version)
    FROM agreement_signatures s JOIN agreements a ON a.version = s.version
    WHERE s.text_sha256 <> sha256(convert_to(
      CASE s.locale WHEN 'en' THEN a.text_en ELSE a.text_zh END, 'UTF8'))
  UNION ALL
  SELECT 'what is kept cannot be changed', concat('table ', g.name), concat(g.function,
      CASE WHEN t.tgname IS NULL THEN ' is missing' ELSE ' is switched off' END)
    FROM (VALUES ('suspension_causes', 'keep_suspension_cause'), ('agreements', 'forbid_change'),
      ('trust_reminders', 'forbid_change')) AS g (name, function)
    LEFT JOIN (pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        AND c.relnamespace = 'public'::regnamespace JOIN pg_proc p ON p.oid = t.tgfoid)
      ON c.relname = g.name AND p.proname = g.function
    WHERE t.tgenabled IS DISTINCT FROM 'O';
$$;

-- The histories of before, and these.
ALTER FUNCTION audit_histories() RENAME TO audit_moves;
CREATE FUNCTION audit_histories() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT * FROM audit_moves()
  UNION ALL SELECT * FROM audit_suspensions();
$$;
