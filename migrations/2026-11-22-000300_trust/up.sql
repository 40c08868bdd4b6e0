CREATE TABLE merchants (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^TM-[0-9A-Z]{4}-[0-9A-Z]{4}$'),
  name text NOT NULL,
  industry text NOT NULL CHECK (industry IN (
    'online_games', 'digital_communications', 'air_tickets', 'real_estate', 'insurance',
    'lottery', 'second_hand', 'rentals', 'used_cars', 'other')),
  -- as judged by a reviewer at the last approval; empty before it
  registered_name text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL
);
CREATE INDEX merchants_by_name ON merchants (lower(name) text_pattern_ops);
CREATE INDEX merchants_by_industry ON merchants (industry, id);

-- A person belongs to at most one merchant.
CREATE TABLE merchant_members (
  user_id bigint PRIMARY KEY REFERENCES users (id),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  role text NOT NULL CHECK (role IN ('owner', 'member')),
  since timestamptz NOT NULL,
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid()
);
CREATE INDEX merchant_members_by_merchant ON merchant_members (merchant_id);

-- The token that is mailed is derived from the row's id and the secret key; it is not stored. The
-- address is personal data: a row is deleted some time after its end.
CREATE TABLE merchant_invitations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  email text NOT NULL CHECK (email = lower(email)),
  role text NOT NULL CHECK (role IN ('owner', 'member')),
  invited_by bigint NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE UNIQUE INDEX merchant_invitations_one_open ON merchant_invitations (merchant_id, email)
  WHERE ended_at IS NULL;
CREATE INDEX merchant_invitations_by_expiry ON merchant_invitations (expires_at);

-- Who came, went, and was let in by whom. Whoever is meant by an invitation stands there alone.
CREATE TABLE merchant_member_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  event text NOT NULL CHECK (event IN ('opened', 'invited', 'withdrawn', 'joined', 'removed',
    'left', 'made_owner', 'made_member')),
  at timestamptz NOT NULL,
  by_user_id bigint NOT NULL,
  user_id bigint,
  invitation_id uuid
);
CREATE INDEX merchant_member_events_by_merchant ON merchant_member_events (merchant_id, id);
CREATE INDEX merchant_member_events_by_user ON merchant_member_events (user_id, merchant_id);
CREATE TRIGGER merchant_member_events_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON merchant_member_events
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

CREATE TABLE agreements (
  version int PRIMARY KEY,
  text_en text NOT NULL,
  text_zh text NOT NULL,
  published_at timestamptz NOT NULL
);

CREATE TABLE agreement_signatures (
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  version int NOT NULL REFERENCES agreements (version),
  user_id bigint NOT NULL REFERENCES users (id),
  typed_name text NOT NULL,
  -- SHA-256 of the text in the language that was signed
  text_sha256 bytea NOT NULL CHECK (octet_length(text_sha256) = 32),
  locale text NOT NULL,
  signed_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, version)
);

-- A record date that staff entered with a reason (audited); it stands before the first signature.
CREATE TABLE record_dates (
  merchant_id bigint PRIMARY KEY REFERENCES merchants (id),
  record_date date NOT NULL,
  reason text NOT NULL,
  entered_by bigint NOT NULL REFERENCES users (id),
  entered_at timestamptz NOT NULL
);

CREATE TABLE domains (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  -- the A-label form, lower case
  name text NOT NULL,
  token text NOT NULL,
  token_expires_at timestamptz NOT NULL,
  verified_at timestamptz,
  last_checked_at timestamptz,
  last_failure text,
  created_at timestamptz NOT NULL,
  UNIQUE (merchant_id, name)
);
CREATE UNIQUE INDEX domains_one_owner ON domains (name) WHERE verified_at IS NOT NULL;

-- There is a row once a badge was granted.
CREATE TABLE badges (
  merchant_id bigint PRIMARY KEY REFERENCES merchants (id),
  state text NOT NULL CHECK (state IN ('active', 'suspended', 'revoked', 'expired')),
  tier text NOT NULL CHECK (tier IN ('trusted', 'silver', 'gold', 'platinum')),
  granted_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  version int NOT NULL DEFAULT 0,
  -- the evaluation that the badge was granted on, as the authentication page shows it
  evaluation jsonb NOT NULL
);
CREATE INDEX badges_by_expiry ON badges (expires_at) WHERE state IN ('active', 'suspended');

CREATE TABLE badge_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  version int NOT NULL,
  from_state text,
  to_state text NOT NULL,
  cause text NOT NULL,
  at timestamptz NOT NULL,
  user_id bigint,
  UNIQUE (merchant_id, version)
);
CREATE TRIGGER badge_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON badge_events
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

-- What the public is shown of a merchant has changed: every server that listens forgets what it
-- remembers of it, once the change is committed.
CREATE FUNCTION tell_public_record() RETURNS trigger
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
CREATE TRIGGER merchants_public_record
  AFTER INSERT OR UPDATE OF code, name, registered_name, industry ON merchants
  FOR EACH ROW EXECUTE FUNCTION tell_public_record();
CREATE TRIGGER badges_public_record AFTER INSERT OR UPDATE OR DELETE ON badges
  FOR EACH ROW EXECUTE FUNCTION tell_public_record();
CREATE TRIGGER domains_public_record
  AFTER INSERT OR UPDATE OF merchant_id, name, verified_at OR DELETE ON domains
  FOR EACH ROW EXECUTE FUNCTION tell_public_record();

-- Thresholds are versioned: a change never alters a decision already made.
CREATE TABLE criteria_thresholds (
  version int PRIMARY KEY,
  thresholds jsonb NOT NULL,
  effective_at timestamptz NOT NULL
);
INSERT INTO criteria_thresholds VALUES (1, '{
  "tenure_months": 3,
  "deception_findings_max": 0, "deception_window_months": 24,
  "completion_rate_min": "0.95", "dispute_rate_max": "0.01", "rating_min": "4.0",
  "reputation_orders_min": 10, "reputation_window_months": 12,
  "domain_verified_within_days": 30
}', '2020-01-01T00:00:00Z');

CREATE TABLE applications (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  kind text NOT NULL CHECK (kind IN ('first', 'renewal')),
  status text NOT NULL CHECK (status IN ('draft', 'submitted', 'in_review',
    'needs_information', 'approved', 'rejected', 'withdrawn')),
  version int NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  status_since timestamptz NOT NULL,
  submitted_at timestamptz,
  -- what the applicant states
  registered_name text NOT NULL DEFAULT '',
  registration_number text NOT NULL DEFAULT '',
  address text NOT NULL DEFAULT '',
  responsible_person text NOT NULL DEFAULT '',
  about text NOT NULL DEFAULT '',
  -- the reviewer at work
  claimed_by bigint REFERENCES users (id),
  claim_expires_at timestamptz,
  identity_judgement text CHECK (identity_judgement IN ('met', 'not_met')),
  reputation_judgement text CHECK (reputation_judgement IN ('met', 'not_met')),
  -- the decision, with the evaluation that it was made on
  decided_by bigint REFERENCES users (id),
  decided_at timestamptz,
  reason text NOT NULL DEFAULT '',
  failed_criteria text[] NOT NULL DEFAULT '{}',
  reapply_from timestamptz,
  evaluation jsonb,
  CHECK ((status IN ('approved', 'rejected')) = (decided_at IS NOT NULL))
);
CREATE UNIQUE INDEX applications_one_open ON applications (merchant_id)
  WHERE status IN ('draft', 'submitted', 'in_review', 'needs_information');
CREATE INDEX applications_queue ON applications (submitted_at, id)
  WHERE status IN ('submitted', 'in_review', 'needs_information');
CREATE INDEX applications_by_merchant ON applications (merchant_id, id);

CREATE TABLE application_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES applications (id),
  version int NOT NULL,
  event text NOT NULL,
  at timestamptz NOT NULL,
  user_id bigint,
  note text NOT NULL DEFAULT '',
  UNIQUE (application_id, version)
);
CREATE TRIGGER application_events_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON application_events
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

-- Fake badges and pages that somebody reported.
CREATE TABLE impostor_reports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reference text NOT NULL UNIQUE,
  origin text NOT NULL,
  merchant_id bigint REFERENCES merchants (id),
  words text NOT NULL,
  created_at timestamptz NOT NULL,
  -- who works on it, and what was found
  taken_by bigint REFERENCES users (id),
  taken_at timestamptz,
  closed_by bigint REFERENCES users (id),
  closed_at timestamptz,
  outcome text CHECK (outcome IN ('dismissed', 'confirmed')),
  reason text NOT NULL DEFAULT '',
  CHECK ((taken_by IS NULL) = (taken_at IS NULL)),
  CHECK (num_nulls(closed_by, closed_at, outcome) IN (0, 3)),
  CHECK (closed_at IS NULL OR reason <> '')
);
CREATE INDEX impostor_reports_open ON impostor_reports (id) WHERE closed_at IS NULL;
CREATE INDEX impostor_reports_by_origin ON impostor_reports (origin, id);

-- Where a badge was asked for from a site that is not its merchant's.
CREATE TABLE badge_sightings (
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  origin text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  seen bigint NOT NULL,
  PRIMARY KEY (merchant_id, origin)
);
