-- The sandbox bank's own books: it plays the outside world, in development and the demo only.
CREATE TABLE sandbox_payments (
  reference uuid PRIMARY KEY,
  amount numeric(24, 4) NOT NULL,
  currency text NOT NULL,
  subject text NOT NULL,
  return_url text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'paid', 'failed', 'closed')),
  created_at timestamptz NOT NULL
);

CREATE TABLE sandbox_transactions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- our reference of a refund or payout, or the payment that a notice is about
  reference uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('payment', 'refund', 'payout')),
  amount numeric(24, 4) NOT NULL,
  currency text NOT NULL,
  created_at timestamptz NOT NULL,
  -- notices not yet delivered over HTTP
  notices_left int NOT NULL DEFAULT 0,
  notice_at timestamptz,
  -- from which account the payer paid, where the payer said so
  payer_account text
);
CREATE UNIQUE INDEX sandbox_transactions_once ON sandbox_transactions (reference)
  WHERE kind <> 'payment';
CREATE INDEX sandbox_notices ON sandbox_transactions (notice_at) WHERE notices_left > 0;
