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

-- A session of somebody who has yet to show the second factor has no rights at all.
ALTER TABLE sessions ADD COLUMN awaits_second_factor boolean NOT NULL DEFAULT false;
ALTER TABLE sessions ADD COLUMN second_factor_at timestamptz;
ALTER TABLE sessions ADD CONSTRAINT sessions_second_factor_check
  CHECK (NOT (awaits_second_factor AND second_factor_at IS NOT NULL));
ALTER TABLE origins ADD COLUMN awaited_second_factor boolean NOT NULL DEFAULT false;

-- Staff is found among everybody.
CREATE INDEX users_with_roles ON users (id) WHERE staff_roles <> '{}';
