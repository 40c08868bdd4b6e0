-- Time, the append-only guard, notifications and the audit trail: what every capability stands on.

-- One time source for each database: its clock plus an offset. Only the owner can set the offset
-- (tests and the demo do), the server can read it.
CREATE TABLE clock_offset (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  seconds bigint NOT NULL DEFAULT 0
);
INSERT INTO clock_offset DEFAULT VALUES;

-- STABLE, so that an index can be searched with it; the clock inside is read anew at each call
-- from PL/pgSQL, so that a function that waited for a lock stamps the time after the wait.
CREATE FUNCTION surety_now() RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN clock_timestamp() + make_interval(secs => (SELECT seconds FROM clock_offset));
END $$;

CREATE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'SU001';
END $$;

-- What has to be told, written in the transaction of the change that it tells of. The worker
-- expands a row into one notification and one mail for each recipient.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL,
  -- each element is AUDIENCE:MESSAGE, for example 'buyer:order-delivered'
  tell text[] NOT NULL,
  order_id bigint,
  merchant_id bigint,
  user_id bigint,
  email text,
  args jsonb NOT NULL DEFAULT '{}',
  expanded_at timestamptz
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE expanded_at IS NULL;

CREATE TABLE notifications (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  outbox_id bigint NOT NULL REFERENCES outbox (id),
  user_id bigint NOT NULL,
  message text NOT NULL,
  args jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  read_at timestamptz,
  UNIQUE (outbox_id, user_id, message)
);
CREATE INDEX notifications_by_user ON notifications (user_id, id);
CREATE INDEX notifications_unread ON notifications (user_id) WHERE read_at IS NULL;

CREATE TABLE mails (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  outbox_id bigint NOT NULL REFERENCES outbox (id),
  recipient text NOT NULL,
  -- how the mail greets; empty when no name is known
  recipient_name text NOT NULL,
  locale text NOT NULL,
  time_zone text NOT NULL,
  message text NOT NULL,
  args jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  last_error text,
  sent_at timestamptz,
  UNIQUE (outbox_id, recipient, message)
);
CREATE INDEX mails_waiting ON mails (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE FUNCTION append_outbox(
  p_tell text[], p_order_id bigint, p_merchant_id bigint, p_user_id bigint, p_email text,
  p_args jsonb
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO outbox (created_at, tell, order_id, merchant_id, user_id, email, args)
  VALUES (surety_now(), p_tell, p_order_id, p_merchant_id, p_user_id, p_email, p_args)
  RETURNING id;
$$;

-- The audit trail of the staff: who, when, what, before, after, reason.
CREATE TABLE audit_entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  user_id bigint,
  action text NOT NULL,
  subject text NOT NULL,
  before jsonb,
  after jsonb,
  reason text NOT NULL
);
CREATE INDEX audit_entries_by_subject ON audit_entries (subject, id);
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

CREATE FUNCTION append_audit(
  p_user_id bigint, p_action text, p_subject text, p_before jsonb, p_after jsonb, p_reason text
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO audit_entries (at, user_id, action, subject, before, after, reason)
  VALUES (surety_now(), p_user_id, p_action, p_subject, p_before, p_after, p_reason)
  RETURNING id;
$$;
