CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  name text NOT NULL,
  password_hash text NOT NULL,
  email_confirmed_at timestamptz,
  locale text NOT NULL,
  time_zone text NOT NULL,
  staff_roles text[] NOT NULL DEFAULT '{}'
    CHECK (staff_roles <@ ARRAY['reviewer', 'mediator', 'treasurer', 'administrator']),
  created_at timestamptz NOT NULL,
  disabled_at timestamptz
);

-- From where somebody signed in: personal data of the history, in a table that can be erased.
CREATE TABLE origins (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  address text NOT NULL,
  agent text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX origins_by_user ON origins (user_id);
CREATE INDEX origins_by_age ON origins (created_at);

-- Only the hash of a session key is kept: who reads this table cannot sign in with it.
CREATE TABLE sessions (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  -- when the password was last entered: what a step-up is measured from
  password_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  origin_id bigint NOT NULL REFERENCES origins (id)
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_origin ON sessions (origin_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The token that is mailed is derived from the row's id and the secret key; it is not stored.
CREATE TABLE email_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  purpose text NOT NULL CHECK (purpose IN ('confirm_email', 'reset_password')),
  email text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX email_tokens_by_user ON email_tokens (user_id);
CREATE INDEX email_tokens_by_expiry ON email_tokens (expires_at);

-- One row for each throttled thing, for example 'sign-in:address:203.0.113.7'.
CREATE TABLE throttles (
  key text PRIMARY KEY,
  window_started_at timestamptz NOT NULL,
  hits int NOT NULL
);
CREATE INDEX throttles_by_age ON throttles (window_started_at);
