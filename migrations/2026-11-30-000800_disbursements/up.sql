-- Money on its way out.
CREATE TABLE disbursements (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  kind text NOT NULL CHECK (kind IN ('refund', 'payout', 'return_unmatched')),
  order_id bigint REFERENCES orders (id),
  merchant_id bigint REFERENCES merchants (id),
  -- the receipt whose money goes back
  receipt_id bigint REFERENCES receipts (id),
  amount numeric(24, 4) NOT NULL CHECK (amount > 0),
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
CREATE INDEX disbursements_to_work ON disbursements (next_attempt_at)
  WHERE next_attempt_at IS NOT NULL;
CREATE INDEX disbursements_by_order ON disbursements (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX disbursements_by_merchant ON disbursements (merchant_id, id)
  WHERE merchant_id IS NOT NULL;
CREATE INDEX disbursements_stuck ON disbursements (id)
  WHERE status IN ('failed', 'needs_details');
CREATE INDEX disbursements_to_return ON disbursements (id)
  WHERE kind = 'return_unmatched' AND status <> 'succeeded';

-- Money that could not go back by the way it came: the account that its payee has given instead.
-- The newest of a payment counts; for 24 hours nothing goes there.
CREATE TABLE disbursement_accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  disbursement_id bigint NOT NULL REFERENCES disbursements (id),
  holder text NOT NULL CHECK (holder <> ''),
  number text NOT NULL CHECK (number <> ''),
  user_id bigint NOT NULL REFERENCES users (id),
  -- from where; the row it names may have been erased
  origin_id bigint,
  given_at timestamptz NOT NULL
);
CREATE INDEX disbursement_accounts_by_disbursement ON disbursement_accounts (disbursement_id, id);
