-- What every capability stands on: the clock, the outbox and its mails, the audit trail, limits.

-- One time source for each database: its clock plus an offset. Only the owner can set the offset
-- (tests and the demo do), the server can read it.
CREATE TABLE clock_offset (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  seconds bigint NOT NULL DEFAULT 0
);
INSERT INTO clock_offset DEFAULT VALUES;

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

-- The audit trail of the staff: who, when, what, before, after, reason.
CREATE TABLE audit_entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  user_id bigint,
  action text NOT NULL,
  subject text NOT NULL,
  before jsonb,
  after jsonb,
  reason text NOT NULL,
  -- who that was at the time: people change their names
  by_name text,
  by_email text,
  by_public_id uuid
);
CREATE INDEX audit_entries_by_subject ON audit_entries (subject, id);
CREATE INDEX audit_entries_by_time ON audit_entries (at, id);
CREATE INDEX audit_entries_by_user ON audit_entries (user_id, at, id);
CREATE INDEX audit_entries_by_action ON audit_entries (action, at, id);

-- One row for each throttled thing, for example 'sign-in:address:203.0.113.7'.
CREATE TABLE throttles (
  key text PRIMARY KEY,
  window_started_at timestamptz NOT NULL,
  hits int NOT NULL
);
CREATE INDEX throttles_by_age ON throttles (window_started_at);

-- Rows of a job's queue that failed, and until when they are put off (db::batch).
CREATE TABLE deferrals (
  job text NOT NULL,
  row_id bigint NOT NULL,
  tries int NOT NULL,
  put_off_until timestamptz NOT NULL,
  PRIMARY KEY (job, row_id)
);

-- One row for each line of a history (of orders, cases and badges), in the transaction that wrote it:
-- what webhooks, the transparency log and statistics read. An id is given out before its transaction
-- commits, so a reader that goes on from an id must not pass one that may still come.
CREATE TABLE dispatches (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream text NOT NULL,
  subject_id bigint NOT NULL,
  version int NOT NULL,
  at timestamptz NOT NULL
);
