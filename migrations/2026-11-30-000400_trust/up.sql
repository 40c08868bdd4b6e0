-- Merchants and who belongs to them, the agreement, domains, the life of a badge.

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

-- What merchants are found by: their name, code and verified domains, a line each. Kept by
-- triggers, read by the directory and by the check of a shop. Full width and half width are one
-- here, and so are large and small letters.
CREATE TABLE merchant_search (
  merchant_id bigint PRIMARY KEY REFERENCES merchants (id) ON DELETE CASCADE,
  lines text NOT NULL,
  -- each character of the lines, and each two that follow each other: an index that works from
  -- the first Chinese character on, and asks for no extension; and the industry by its name
  grams text[] NOT NULL
);
-- Without fastupdate: names change rarely, and each search reads whatever waits to be sorted in.
CREATE INDEX merchant_search_by_gram ON merchant_search USING gin (grams)
  WITH (fastupdate = off);

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

CREATE TABLE agreements (
  version int PRIMARY KEY,
  text_en text NOT NULL,
  text_zh text NOT NULL,
  published_at timestamptz NOT NULL,
  -- in force from its publication when there is no date
  effective_at timestamptz,
  -- the administrator who published it; the first came with the program
  published_by bigint REFERENCES users (id),
  reason text NOT NULL DEFAULT ''
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
  -- the zone that the signer read times in
  time_zone text NOT NULL DEFAULT 'UTC',
  PRIMARY KEY (merchant_id, version)
);
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
  -- since when each look has failed; none while the last one succeeded
  failing_since timestamptz,
  UNIQUE (merchant_id, name)
);
CREATE UNIQUE INDEX domains_one_owner ON domains (name) WHERE verified_at IS NOT NULL;

-- Each look at a domain: what was found, and who asked for it. It stays when the domain is given
-- up.
CREATE TABLE domain_checks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  name text NOT NULL,
  -- how: by the file below /.well-known
  method text NOT NULL CHECK (method IN ('file')),
  -- the member who pressed the button; nobody for the daily look
  asked_by bigint REFERENCES users (id),
  checked_at timestamptz NOT NULL,
  -- why nothing was proved; null where it was
  failure text
);
CREATE INDEX domain_checks_by_merchant ON domain_checks (merchant_id, id);

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
CREATE INDEX badges_by_state ON badges (state, merchant_id);

CREATE TABLE badge_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  version int NOT NULL,
  from_state text,
  to_state text NOT NULL,
  cause text NOT NULL,
  at timestamptz NOT NULL,
  user_id bigint,
  event text,
  -- the causes of suspension that stood after it
  standing text[] NOT NULL DEFAULT '{}',
  -- of a move that changes the tier
  from_tier text CHECK (from_tier IN ('trusted', 'silver', 'gold', 'platinum')),
  to_tier text CHECK (to_tier IN ('trusted', 'silver', 'gold', 'platinum')),
  UNIQUE (merchant_id, version),
  CHECK ((from_tier IS NULL) = (to_tier IS NULL))
);

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

-- What a merchant was reminded of: each reminder goes out once, whoever sends it.
CREATE TABLE trust_reminders (
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  reminder text NOT NULL,
  -- the end of the badge's term, or the day from which a version of the agreement is in force
  about_at timestamptz NOT NULL,
  sent_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, reminder, about_at)
);

-- Thresholds are versioned: a change never alters a decision already made.
CREATE TABLE criteria_thresholds (
  version int PRIMARY KEY,
  thresholds jsonb NOT NULL,
  effective_at timestamptz NOT NULL,
  -- the administrator who published it; the first version came with the program
  published_by bigint REFERENCES users (id),
  reason text NOT NULL DEFAULT ''
);
INSERT INTO criteria_thresholds (version, thresholds, effective_at) VALUES (1, '{
  "tenure_months": 3,
  "deception_findings_max": 0, "deception_window_months": 24,
  "completion_rate_min": "0.95", "dispute_rate_max": "0.01", "rating_min": "4.0",
  "reputation_orders_min": 10, "reputation_window_months": 12,
  "domain_verified_within_days": 30
}', '2020-01-01T00:00:00Z');
