-- Cases: what the buyer and the merchant of an order do not agree on. Written by functions only
-- (src/db/functions/cases.sql).

CREATE TABLE cases (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE,
  order_id bigint NOT NULL REFERENCES orders (id),
  kind text NOT NULL,
  status text NOT NULL,
  version int NOT NULL DEFAULT 0,
  -- what the opener asks for
  amount numeric(24, 4) NOT NULL CHECK (amount > 0),
  reason text NOT NULL,
  -- the other side's reason for declining
  answer text,
  opened_at timestamptz NOT NULL,
  status_since timestamptz NOT NULL,
  -- when the clock acts on the case
  due_at timestamptz,
  ended_at timestamptz,
  -- an open case always waits for somebody until some time
  CHECK ((due_at IS NULL) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX cases_one_open ON cases (order_id) WHERE ended_at IS NULL;
CREATE INDEX cases_by_order ON cases (order_id, id);
CREATE INDEX cases_due ON cases (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE case_events (
  case_id bigint NOT NULL REFERENCES cases (id),
  version int NOT NULL,
  event text NOT NULL,
  from_status text,
  to_status text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (case_id, version)
);

-- What a case of a kind may do. An order's own move may end its case, too (order_moves.case_ends).
CREATE TABLE case_moves (
  kind text NOT NULL,
  event text NOT NULL,
  -- empty where the case begins
  from_status text NOT NULL,
  to_status text NOT NULL,
  -- who may make it, as in order_events
  actors text[] NOT NULL,
  -- who has to act next; nobody when the case has ended
  turn text CHECK (turn IN ('buyer', 'merchant', 'staff')),
  -- whether it may stand on an order that has ended
  on_ended boolean NOT NULL DEFAULT false,
  PRIMARY KEY (kind, event, from_status)
);
INSERT INTO case_moves (kind, event, from_status, to_status, actors, turn) VALUES
  ('refund', 'open', '', 'awaiting_merchant', '{buyer}', 'merchant'),
  ('refund', 'agree', 'awaiting_merchant', 'refunded', '{merchant, system}', NULL),
  ('refund', 'decline', 'awaiting_merchant', 'declined', '{merchant}', 'buyer'),
  ('refund', 'withdraw', 'awaiting_merchant', 'withdrawn', '{buyer}', NULL),
  ('refund', 'withdraw', 'declined', 'withdrawn', '{buyer, system}', NULL),
  -- a request that was declined is changed by asking anew
  ('refund', 'replace', 'declined', 'withdrawn', '{buyer}', NULL);
