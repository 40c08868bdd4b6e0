-- The ledger: double entry, append-only. An account is (kind, owner, currency). Amounts are what
-- the account is credited with: what we owe (escrow, a merchant) is positive, what we hold
-- (gateway) is negative; the entries of a journal sum to zero.
CREATE TABLE ledger_accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  -- the order of an escrow, the merchant of its account; 0 for the platform's own
  owner_id bigint NOT NULL,
  currency text NOT NULL,
  -- small accounts keep their balance; the platform's are sums, rolled up in the background
  balance numeric(24, 4),
  UNIQUE (kind, owner_id, currency)
) WITH (fillfactor = 70);

CREATE TABLE journals (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- unique, so that one event cannot be booked twice
  reference text NOT NULL UNIQUE,
  kind text NOT NULL,
  currency text NOT NULL,
  order_id bigint,
  merchant_id bigint,
  at timestamptz NOT NULL
);

-- Written by book_journal() alone, which sees to it that journal and account are there and that the
-- journal sums to zero.
CREATE TABLE entries (
  journal_id bigint NOT NULL,
  account_id bigint NOT NULL,
  currency text NOT NULL,
  amount numeric(24, 4) NOT NULL,
  -- of accounts that keep their balance
  balance_after numeric(24, 4),
  -- an account has one line in a journal
  PRIMARY KEY (journal_id, account_id)
);
CREATE INDEX entries_by_account ON entries (account_id, journal_id);

-- Balances of the platform's accounts up to a journal. An id is given out before its transaction
-- commits, so "up to a journal" is only final once every transaction that ran when the horizon was
-- noted has ended.
CREATE TABLE account_rollups (
  account_id bigint PRIMARY KEY REFERENCES ledger_accounts (id),
  through_journal_id bigint NOT NULL,
  balance numeric(24, 4) NOT NULL
);

CREATE TABLE rollup_horizon (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  journal_id bigint NOT NULL,
  noted_at_xid xid8 NOT NULL
);
