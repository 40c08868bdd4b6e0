-- What a person may show instead of a code: of each passkey its public half. The two states are kept
-- as the library writes them: a public key, and a counter with what else may change.
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
