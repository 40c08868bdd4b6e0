-- Secured transactions: policies, orders, their history, and the money that comes in. All but the
-- policies is written by functions only (src/db/functions/orders.sql, payments.sql).

CREATE TABLE policies (
  channel text NOT NULL,
  version int NOT NULL,
  -- timers, fee and limits; see orders::policy
  rules jsonb NOT NULL,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (channel, version)
);
-- All times in seconds. Source: the channel table of the product's specification.
INSERT INTO policies VALUES ('goods', 1, '{
  "stages": {
    "awaiting_payment": {"acts": "buyer", "within_s": 86400, "then": "return"},
    "awaiting_delivery": {"acts": "merchant", "within_s": 604800, "grace_s": 604800,
      "then": "return", "remind_before_s": [86400]},
    "awaiting_confirmation": {"acts": "buyer", "within_s": 2592000,
      "within_by_delivery_s": {"express": 864000, "surface_mail": 2592000, "online": 259200,
        "automatic": 259200, "in_person": 604800},
      "then": "release", "remind_before_s": [259200, 86400]}
  },
  "extension_days_max": 30,
  "refund_answer_s": 172800, "refund_declined_s": 604800,
  "refund_requests_max": 3, "refund_pause_max_s": 1209600,
  "claim_window_s": 1296000,
  "fee_rate": "0.01", "fee_caps": {},
  "price_max": {"CNY": "100000000", "EUR": "10000000", "GBP": "10000000", "JPY": "1000000000",
    "USD": "10000000"}
}', '2020-01-01T00:00:00Z');

CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE,
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  buyer_id bigint REFERENCES users (id),
  -- the address typed at checkout; the buyer once confirmed
  buyer_email text,
  channel text NOT NULL,
  policy_version int NOT NULL,
  status text NOT NULL,
  version int NOT NULL DEFAULT 0,
  title text NOT NULL,
  -- what the channel asks for at creation; see orders::change::Terms
  terms jsonb NOT NULL,
  -- so low that no sum of prices leaves its column
  price numeric(24, 4) NOT NULL CHECK (price <= 1000000000000),
  currency text NOT NULL,
  -- the fee if all of the price is released
  max_fee numeric(24, 4) NOT NULL,
  -- as it would be now until it is paid; then as it was at that moment
  covered boolean NOT NULL,
  -- the zone that dates of this order are read in
  time_zone text NOT NULL,
  -- SHA-256 of the payment link's key; the link dies on payment
  link_hash bytea,
  created_at timestamptz NOT NULL,
  status_since timestamptz NOT NULL,
  paid_at timestamptz,
  -- when the merchant's delivery is overdue: from then on the buyer may cancel
  overdue_at timestamptz,
  -- when the clock acts in this state; none while a refund or dispute is open
  due_at timestamptz,
  -- when the clock has to look next: a reminder or due_at
  wake_at timestamptz,
  -- since when the clock stands for a hold, and what was left on it
  paused_since timestamptz,
  paused_left_us bigint,
  paused_total_us bigint NOT NULL DEFAULT 0,
  extension_days int NOT NULL DEFAULT 0,
  extension_asked_at timestamptz,
  delivery jsonb,
  delivered_at timestamptz,
  ended_at timestamptz,
  outcome text,
  refunds_asked int NOT NULL DEFAULT 0,
  -- the case that holds the order up, who has to act on it, and until when
  hold text,
  hold_turn text,
  hold_due_at timestamptz,
  escrow_account_id bigint NOT NULL REFERENCES ledger_accounts (id),
  merchant_account_id bigint NOT NULL REFERENCES ledger_accounts (id),
  FOREIGN KEY (channel, policy_version) REFERENCES policies (channel, version)
) WITH (fillfactor = 85);
CREATE INDEX orders_by_merchant ON orders (merchant_id, id);
CREATE INDEX orders_open_by_merchant ON orders (merchant_id, id)
  WHERE status NOT IN ('completed', 'closed');
CREATE INDEX orders_by_buyer ON orders (buyer_id, id) WHERE buyer_id IS NOT NULL;
CREATE INDEX orders_unclaimed_by_email ON orders (buyer_email)
  WHERE buyer_id IS NULL AND buyer_email IS NOT NULL;
CREATE INDEX orders_to_wake ON orders (wake_at) WHERE wake_at IS NOT NULL;

CREATE TABLE order_events (
  -- written while the order is held, so that it is there
  order_id bigint NOT NULL,
  version int NOT NULL,
  event text NOT NULL,
  from_status text,
  to_status text NOT NULL,
  -- one of those that order_moves has for the event
  actor text NOT NULL,
  user_id bigint,
  at timestamptz NOT NULL,
  -- from where; the row it names may have been erased
  origin_id bigint,
  detail jsonb,
  -- an unbroken history: each version once
  PRIMARY KEY (order_id, version)
);

-- What an order of a channel may do: the same table as the decisions of orders::state and
-- cases::refund, held twice on purpose. A test compares the two.
CREATE TABLE order_moves (
  channel text NOT NULL,
  event text NOT NULL,
  from_status text NOT NULL,
  to_status text NOT NULL,
  -- who may make it
  actors text[] NOT NULL
    CHECK (actors <@ ARRAY['buyer', 'merchant', 'system', 'gateway', 'staff']),
  -- which journal the move books
  journal text CHECK (journal IN ('payment', 'release', 'return', 'split')),
  -- how the order ends by it; none when it does not
  outcome text CHECK (outcome IN ('unpaid', 'cancelled', 'released', 'returned', 'split')),
  -- what the move does with a hold: it is refused, leaves it to its parts, or lifts it
  on_hold text NOT NULL CHECK (on_hold IN ('refused', 'kept', 'lifted')),
  -- the status that the case which held the order ends with, when the move lifts the hold
  case_ends text,
  -- whether it waits for the order's clock
  when_due boolean NOT NULL,
  -- the parts of a change that it needs, and those that it may have besides
  parts text[] NOT NULL,
  may_have text[] NOT NULL,
  PRIMARY KEY (channel, event, from_status, to_status),
  CHECK ((on_hold = 'lifted') = (case_ends IS NOT NULL))
);
INSERT INTO order_moves VALUES
  ('goods', 'pay', 'awaiting_payment', 'awaiting_delivery',
    '{gateway}', 'payment', NULL, 'refused', NULL, false, '{receipt}', '{self_dealt}'),
  ('goods', 'cancel', 'awaiting_payment', 'closed',
    '{buyer, merchant}', NULL, 'cancelled', 'refused', NULL, false, '{}', '{}'),
  ('goods', 'cancel', 'awaiting_delivery', 'closed',
    '{buyer, merchant}', 'return', 'cancelled', 'lifted', 'refunded', false, '{}', '{}'),
  ('goods', 'expire', 'awaiting_payment', 'closed',
    '{system}', NULL, 'unpaid', 'refused', NULL, true, '{}', '{}'),
  ('goods', 'expire', 'awaiting_delivery', 'closed',
    '{system}', 'return', 'cancelled', 'refused', NULL, true, '{}', '{}'),
  ('goods', 'deliver', 'awaiting_delivery', 'awaiting_confirmation',
    '{merchant}', NULL, NULL, 'lifted', 'withdrawn', false, '{delivery}', '{}'),
  ('goods', 'remind', 'awaiting_delivery', 'awaiting_delivery',
    '{system}', NULL, NULL, 'refused', NULL, false, '{}', '{}'),
  ('goods', 'remind', 'awaiting_confirmation', 'awaiting_confirmation',
    '{system}', NULL, NULL, 'refused', NULL, false, '{}', '{}'),
  ('goods', 'ask_extension', 'awaiting_confirmation', 'awaiting_confirmation',
    '{buyer}', NULL, NULL, 'refused', NULL, false, '{extension_asked}', '{}'),
  ('goods', 'extend', 'awaiting_confirmation', 'awaiting_confirmation',
    '{merchant}', NULL, NULL, 'refused', NULL, false, '{extension}', '{}'),
  ('goods', 'confirm', 'awaiting_confirmation', 'completed',
    '{buyer}', 'release', 'released', 'lifted', 'withdrawn', false, '{}', '{}'),
  ('goods', 'confirm_by_default', 'awaiting_confirmation', 'completed',
    '{system}', 'release', 'released', 'refused', NULL, true, '{}', '{}'),
  ('goods', 'ask_refund', 'awaiting_delivery', 'awaiting_delivery',
    '{buyer}', NULL, NULL, 'kept', NULL, false, '{case_opened}', '{}'),
  ('goods', 'ask_refund', 'awaiting_confirmation', 'awaiting_confirmation',
    '{buyer}', NULL, NULL, 'kept', NULL, false, '{case_opened}', '{}'),
  ('goods', 'decline_refund', 'awaiting_delivery', 'awaiting_delivery',
    '{merchant}', NULL, NULL, 'kept', NULL, false, '{case_moved}', '{}'),
  ('goods', 'decline_refund', 'awaiting_confirmation', 'awaiting_confirmation',
    '{merchant}', NULL, NULL, 'kept', NULL, false, '{case_moved}', '{}'),
  ('goods', 'withdraw_refund', 'awaiting_delivery', 'awaiting_delivery',
    '{buyer, system}', NULL, NULL, 'kept', NULL, false, '{case_moved}', '{}'),
  ('goods', 'withdraw_refund', 'awaiting_confirmation', 'awaiting_confirmation',
    '{buyer, system}', NULL, NULL, 'kept', NULL, false, '{case_moved}', '{}'),
  ('goods', 'agree_refund', 'awaiting_delivery', 'closed',
    '{merchant, system}', 'return', 'returned', 'kept', NULL, false, '{case_moved}', '{}'),
  ('goods', 'agree_refund', 'awaiting_confirmation', 'closed',
    '{merchant, system}', 'return', 'returned', 'kept', NULL, false, '{case_moved}', '{}'),
  ('goods', 'agree_refund', 'awaiting_confirmation', 'completed',
    '{merchant, system}', 'split', 'split', 'kept', NULL, false, '{case_moved}', '{}'),
  ('goods', 'claim', 'awaiting_delivery', 'awaiting_delivery',
    '{buyer}', NULL, NULL, 'kept', NULL, false, '{buyer}', '{}'),
  ('goods', 'claim', 'awaiting_confirmation', 'awaiting_confirmation',
    '{buyer}', NULL, NULL, 'kept', NULL, false, '{buyer}', '{}'),
  ('goods', 'claim', 'completed', 'completed',
    '{buyer}', NULL, NULL, 'kept', NULL, false, '{buyer}', '{}'),
  ('goods', 'claim', 'closed', 'closed',
    '{buyer}', NULL, NULL, 'kept', NULL, false, '{buyer}', '{}'),
  ('goods', 'correct_address', 'awaiting_delivery', 'awaiting_delivery',
    '{buyer}', NULL, NULL, 'kept', NULL, false, '{address}', '{}'),
  ('goods', 'correct_address', 'awaiting_confirmation', 'awaiting_confirmation',
    '{buyer}', NULL, NULL, 'kept', NULL, false, '{address}', '{}'),
  ('goods', 'correct_address', 'completed', 'completed',
    '{buyer}', NULL, NULL, 'kept', NULL, false, '{address}', '{}'),
  ('goods', 'correct_address', 'closed', 'closed',
    '{buyer}', NULL, NULL, 'kept', NULL, false, '{address}', '{}'),
  ('goods', 'find_self_dealt', 'awaiting_delivery', 'awaiting_delivery',
    '{system}', NULL, NULL, 'kept', NULL, false, '{self_dealt}', '{}'),
  ('goods', 'find_self_dealt', 'awaiting_confirmation', 'awaiting_confirmation',
    '{system}', NULL, NULL, 'kept', NULL, false, '{self_dealt}', '{}'),
  ('goods', 'find_self_dealt', 'completed', 'completed',
    '{system}', NULL, NULL, 'kept', NULL, false, '{self_dealt}', '{}'),
  ('goods', 'find_self_dealt', 'closed', 'closed',
    '{system}', NULL, NULL, 'kept', NULL, false, '{self_dealt}', '{}');

-- An attempt to pay an order. Its public id is our reference at the gateway.
CREATE TABLE payments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE,
  order_id bigint NOT NULL REFERENCES orders (id),
  gateway text NOT NULL,
  amount numeric(24, 4) NOT NULL CHECK (amount > 0),
  currency text NOT NULL,
  buyer_id bigint REFERENCES users (id),
  buyer_email text NOT NULL,
  locale text NOT NULL,
  created_at timestamptz NOT NULL,
  -- When the gateway is asked next whether it was paid, in case its notice is lost; NULL: no more.
  ask_at timestamptz,
  -- How often it was asked: the version of these columns.
  asked int NOT NULL DEFAULT 0,
  ask_until timestamptz,
  CHECK (ask_at IS NULL OR ask_at <= ask_until)
);
CREATE INDEX payments_by_order ON payments (order_id, id);
CREATE INDEX payments_to_ask ON payments (ask_at) WHERE ask_at IS NOT NULL;

-- What an attempt to pay was made with: keyed hashes of the browser and of the account that the
-- money came from. Beside the attempt, so that it can be forgotten.
CREATE TABLE payment_fingerprints (
  payment_id bigint PRIMARY KEY REFERENCES payments (id),
  device_fingerprint bytea CHECK (octet_length(device_fingerprint) = 32),
  account_fingerprint bytea CHECK (octet_length(account_fingerprint) = 32)
);
CREATE INDEX payment_fingerprints_by_device ON payment_fingerprints (device_fingerprint) WHERE device_fingerprint IS NOT NULL;
CREATE INDEX payment_fingerprints_by_account ON payment_fingerprints (account_fingerprint)
  WHERE account_fingerprint IS NOT NULL;

-- Money that came in, once for each of the provider's transactions.
CREATE TABLE receipts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gateway text NOT NULL,
  provider_reference text NOT NULL,
  payment_id bigint REFERENCES payments (id),
  order_id bigint REFERENCES orders (id),
  amount numeric(24, 4) NOT NULL CHECK (amount > 0),
  currency text NOT NULL,
  -- why no order took it; null for the one that paid its order
  unmatched_because text CHECK (unmatched_because IN
    ('unknown_order', 'order_closed', 'already_paid', 'wrong_amount', 'wrong_currency')),
  at timestamptz NOT NULL,
  UNIQUE (gateway, provider_reference)
);
CREATE INDEX receipts_unmatched ON receipts (id) WHERE unmatched_because IS NOT NULL;
CREATE INDEX receipts_by_order ON receipts (order_id) WHERE order_id IS NOT NULL;

-- Orders whose parties are connected. They count for nothing and are not covered.
CREATE TABLE self_dealt_orders (
  order_id bigint PRIMARY KEY REFERENCES orders (id),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  links text[] NOT NULL CHECK (cardinality(links) > 0
    AND links <@ ARRAY['membership', 'device', 'payment_account']),
  found_at timestamptz NOT NULL
);
CREATE INDEX self_dealt_orders_by_merchant ON self_dealt_orders (merchant_id, order_id);

-- Where a merchant draws its money to.
CREATE TABLE payment_accounts (
  merchant_id bigint PRIMARY KEY REFERENCES merchants (id),
  holder text NOT NULL,
  number text NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by bigint NOT NULL REFERENCES users (id)
);
