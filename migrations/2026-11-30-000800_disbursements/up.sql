-- Money on its way out.
CREATE TABLE outgoing_payments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  kind text NOT NULL CHECK (kind IN ('refund', 'payout', 'send_back')),
  order_id bigint REFERENCES orders (id),
  merchant_id bigint REFERENCES merchants (id),
  -- the receipt whose money goes back
  receipt_id bigint REFERENCES receipts (id),
  amount numeric(20, 4) NOT NULL CHECK (amount > 0),
  currency text NOT NULL,
  status text NOT NULL CHECK (status IN
    ('requested', 'sent', 'succeeded', 'failed', 'needs_details', 'bounced')),
  version int NOT NULL DEFAULT 0,
  payee jsonb NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  provider_reference text,
  last_error text,
  created_at timestamptz NOT NULL,
  status_since timestamptz NOT NULL,
  CHECK ((status IN ('requested', 'sent', 'failed')) = (next_attempt_at IS NOT NULL)),
  -- refused for good: a payout goes back to the balance, all else waits for another account
  CHECK (status <> CASE kind WHEN 'payout' THEN 'needs_details' ELSE 'bounced' END)
);
CREATE INDEX outgoing_to_work ON outgoing_payments (next_attempt_at)
  WHERE next_attempt_at IS NOT NULL;
CREATE INDEX outgoing_by_order ON outgoing_payments (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX outgoing_by_merchant ON outgoing_payments (merchant_id, id)
  WHERE merchant_id IS NOT NULL;
CREATE INDEX outgoing_stuck ON outgoing_payments (id)
  WHERE status IN ('failed', 'needs_details');
CREATE INDEX outgoing_to_send_back ON outgoing_payments (id)
  WHERE kind = 'send_back' AND status <> 'succeeded';

-- Money that could not go back by the way it came: the account that its payee has given instead.
-- The newest of a payment counts; for 24 hours nothing goes there.
CREATE TABLE outgoing_accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  outgoing_id bigint NOT NULL REFERENCES outgoing_payments (id),
  holder text NOT NULL CHECK (holder <> ''),
  number text NOT NULL CHECK (number <> ''),
  user_id bigint NOT NULL REFERENCES users (id),
  -- from where; the row it names may have been erased
  origin_id bigint,
  given_at timestamptz NOT NULL
);
CREATE INDEX outgoing_accounts_by_payment ON outgoing_accounts (outgoing_id, id);
