-- People: how they sign in, their sessions, and what they show beside the password.

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
-- Staff is found among everybody.
CREATE INDEX users_with_roles ON users (id) WHERE staff_roles <> '{}';

-- From where somebody signed in: personal data of the history, in a table that can be erased.
CREATE TABLE origins (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  address text NOT NULL,
  agent text NOT NULL,
  created_at timestamptz NOT NULL,
  awaited_second_factor boolean NOT NULL DEFAULT false
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
  origin_id bigint NOT NULL REFERENCES origins (id),
  -- who has yet to show the second factor has no rights at all
  awaits_second_factor boolean NOT NULL DEFAULT false,
  second_factor_at timestamptz,
  CONSTRAINT sessions_second_factor_check
    CHECK (NOT (awaits_second_factor AND second_factor_at IS NOT NULL))
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

-- What a person shows beside the password. The secret is sealed with the operator's key: who reads
-- this table cannot make codes of it.
CREATE TABLE second_factors (
  user_id bigint PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  sealed_secret bytea NOT NULL,
  -- the step of 30 s of the last code that was taken: none is taken twice
  last_used_step bigint NOT NULL,
  created_at timestamptz NOT NULL
);

-- A secret that was shown but not confirmed by a first code yet.
CREATE TABLE second_factor_enrolments (
  user_id bigint PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  sealed_secret bytea NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE recovery_codes (
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
  created_at timestamptz NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (user_id, code_hash)
);

-- What a person may show instead of a code: of each passkey its public half. The two states are
-- kept as the library writes them: a public key, and a counter with what else may change.
CREATE TABLE passkeys (
  public_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name text NOT NULL,
  credential_id bytea NOT NULL UNIQUE,
  transports smallint NOT NULL,
  static_state bytea NOT NULL,
  dynamic_state bytea NOT NULL CHECK (octet_length(dynamic_state) = 7),
  created_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- What a session's browser was asked: one question at a time, answered once.
CREATE TABLE passkey_challenges (
  session_id uuid PRIMARY KEY REFERENCES sessions (public_id) ON DELETE CASCADE,
  state bytea NOT NULL,
  -- of the passkey that is to be made; none when one is to be shown
  name text,
  created_at timestamptz NOT NULL
);

-- The browsers that a person signed in with: a keyed hash of a random cookie. Personal data: it is
-- forgotten with the person.
CREATE TABLE devices (
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, fingerprint)
);
CREATE INDEX devices_by_fingerprint ON devices (fingerprint);
CREATE INDEX devices_by_age ON devices (last_seen_at);
