-- Fills an empty database by rows, as its owner: what people would have made through the same
-- functions that the server calls, in seconds. Rows are numbered from 1, so that each finds its
-- fellows without a look-up: order i has journal i, receipt i and payment i.
-- Ledger accounts: 1 is the gateway's, 2 the fees'; then the merchants', then the escrows.

CREATE FUNCTION pg_temp.load_people(p_codes text[], p_buyers int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := surety_now();
  v_since timestamptz := surety_now() - interval '400 days';
  v_merchants int := cardinality(p_codes);
BEGIN
  -- No password fits `!`: who wants to be one of these people asks for a new one.
  INSERT INTO users (id, email, name, password_hash, email_confirmed_at, locale, time_zone,
      created_at)
    OVERRIDING SYSTEM VALUE
    SELECT i, CASE WHEN i <= p_buyers THEN 'buyer' ELSE 'owner' END || i || '@load.example',
      'Person ' || i, '!', v_since, CASE i % 2 WHEN 0 THEN 'en' ELSE 'zh-Hans' END,
      CASE i % 2 WHEN 0 THEN 'UTC' ELSE 'Asia/Shanghai' END, v_since
    FROM generate_series(1, p_buyers + v_merchants) i;
  INSERT INTO merchants (id, code, name, industry, registered_name, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT i, code, 'Merchant ' || i, 'second_hand', 'Merchant ' || i || ' Ltd', v_since
    FROM unnest(p_codes) WITH ORDINALITY AS t (code, i);
  INSERT INTO merchant_members (user_id, merchant_id, role, since)
    SELECT p_buyers + i, i, 'owner', v_since FROM generate_series(1, v_merchants) i;
  INSERT INTO badges (merchant_id, state, tier, granted_at, expires_at, changed_at, evaluation)
    SELECT i, 'active', 'trusted', v_since, v_now + interval '300 days', v_since,
      '{"thresholds_version": 1, "criteria": []}'
    FROM generate_series(1, v_merchants) i;
  INSERT INTO badge_events (merchant_id, version, to_state, cause, at)
    SELECT i, 0, 'active', 'approved', v_since FROM generate_series(1, v_merchants) i;
  INSERT INTO ledger_accounts (id, kind, owner_id, currency)
    OVERRIDING SYSTEM VALUE VALUES (1, 'gateway', 0, 'CNY'), (2, 'fees', 0, 'CNY');
  INSERT INTO ledger_accounts (id, kind, owner_id, currency, balance)
    OVERRIDING SYSTEM VALUE
    SELECT 2 + i, 'merchant', i, 'CNY', 0 FROM generate_series(1, v_merchants) i;
END $$;

-- The orders p_from to p_to: made, paid and delivered in the last days, none of them due.
CREATE FUNCTION pg_temp.load_orders(p_from bigint, p_to bigint, p_merchants int, p_buyers int)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMP TABLE fresh ON COMMIT DROP AS
    SELECT i AS id, gen_random_uuid() AS public_id, 1 + i * 2654435761 % p_merchants AS merchant,
      1 + i * 7 % p_buyers AS buyer, (10 + i % 9000)::numeric(24, 4) AS price,
      surety_now() - make_interval(days => (i % 4 + 2)::int, secs => i % 3600) AS at
    FROM generate_series(p_from, p_to) i;
  INSERT INTO ledger_accounts (id, kind, owner_id, currency, balance)
    OVERRIDING SYSTEM VALUE
    SELECT 2 + p_merchants + id, 'escrow', id, 'CNY', price FROM fresh ORDER BY id;
  INSERT INTO orders (id, public_id, merchant_id, buyer_id, buyer_email, channel, policy_version,
      status, version, title, terms, price, currency, max_fee, covered, time_zone, created_at,
      status_since, paid_at, overdue_at, due_at, wake_at, delivery, delivered_at,
      escrow_account_id, merchant_account_id)
    OVERRIDING SYSTEM VALUE
    SELECT id, public_id, merchant, buyer, 'buyer' || buyer || '@load.example', 'goods', 1,
      'awaiting_confirmation', 2, 'Lamp no. ' || id,
      '{"condition": "used", "description": "A brass lamp, rewired."}', price, 'CNY',
      price / 100, true, 'Asia/Shanghai', at, at + interval '1 day', at + interval '1 hour',
      at + interval '7 days 1 hour', at + interval '11 days', at + interval '8 days',
      '{"kind": "express", "carrier": "SF Express", "tracking": "SF1234567890"}',
      at + interval '1 day', 2 + p_merchants + id, 2 + merchant
    FROM fresh ORDER BY id;
  INSERT INTO order_events (order_id, version, event, from_status, to_status, actor, user_id, at)
    SELECT id, step.version, step.event, step.from_status, step.to_status, step.actor,
      CASE step.actor WHEN 'merchant' THEN p_buyers + merchant END, at + step.after
    FROM fresh CROSS JOIN (VALUES
      (0, 'create', NULL, 'awaiting_payment', 'merchant', interval '0'),
      (1, 'pay', 'awaiting_payment', 'awaiting_delivery', 'gateway', interval '1 hour'),
      (2, 'deliver', 'awaiting_delivery', 'awaiting_confirmation', 'merchant', interval '1 day')
    ) AS step (version, event, from_status, to_status, actor, after)
    ORDER BY id, step.version;
  INSERT INTO dispatches (stream, subject_id, version, at)
    SELECT 'order', order_id, version, at FROM order_events WHERE order_id BETWEEN p_from AND p_to;
  INSERT INTO payments (id, public_id, order_id, gateway, amount, currency, buyer_id, buyer_email,
      locale, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT id, gen_random_uuid(), id, 'sandbox', price, 'CNY', buyer,
      'buyer' || buyer || '@load.example', 'en', at
    FROM fresh ORDER BY id;
  INSERT INTO receipts (id, gateway, provider_reference, payment_id, order_id, amount, currency,
      at)
    OVERRIDING SYSTEM VALUE
    SELECT id, 'sandbox', 'load-' || id, id, id, price, 'CNY', at + interval '1 hour'
    FROM fresh ORDER BY id;
  INSERT INTO journals (id, reference, kind, currency, order_id, merchant_id, at)
    OVERRIDING SYSTEM VALUE
    SELECT id, 'order:' || id || ':payment', 'payment', 'CNY', id, merchant, at + interval '1 hour'
    FROM fresh ORDER BY id;
  INSERT INTO entries (journal_id, account_id, currency, amount, balance_after)
    SELECT id,
      CASE side.escrow WHEN 1 THEN 2 + p_merchants + id ELSE 1 END, 'CNY',
      CASE side.escrow WHEN 1 THEN price ELSE -price END,
      CASE side.escrow WHEN 1 THEN price END
    FROM fresh CROSS JOIN (VALUES (1), (0)) AS side (escrow)
    ORDER BY id, side.escrow DESC;
END $$;

-- Rows that are made from now on follow the last of these.
CREATE FUNCTION pg_temp.continue_numbers() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_table text;
BEGIN
  FOREACH v_table IN ARRAY ARRAY['users', 'merchants', 'ledger_accounts', 'orders', 'payments',
    'receipts', 'journals']
  LOOP
    EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, ''id''),
      (SELECT coalesce(max(id), 0) + 1 FROM %I), false)', v_table, v_table);
  END LOOP;
END $$;
