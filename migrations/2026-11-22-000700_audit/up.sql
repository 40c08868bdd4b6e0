-- What must always be true, proved from the rows: each row that these functions return is a
-- difference. They believe no constraint and no index: a damaged or tampered database is what they
-- are for. Each rule reads its tables once, as a whole; all of them see one snapshot.

-- The books by themselves.
CREATE FUNCTION audit_ledger() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET work_mem = '64MB' SET jit = off AS $$
  SELECT 'a journal sums to zero', concat('journal ', journal_id), concat('sum ', sum(amount))
    FROM entries GROUP BY journal_id HAVING sum(amount) <> 0
  UNION ALL
  SELECT 'a journal has one currency', concat('journal ', j.id),
      concat(j.currency, ', entry ', e.currency)
    FROM entries e JOIN journals j ON j.id = e.journal_id WHERE e.currency <> j.currency
  UNION ALL
  SELECT 'a journal has entries', concat('journal ', j.id), j.reference
    FROM journals j WHERE NOT EXISTS (SELECT FROM entries e WHERE e.journal_id = j.id)
  UNION ALL
  SELECT 'an entry has its journal and its account', concat('entry ', e.id),
      concat('journal ', e.journal_id, ', account ', e.account_id)
    FROM entries e LEFT JOIN journals j ON j.id = e.journal_id
    LEFT JOIN ledger_accounts a ON a.id = e.account_id AND a.currency = e.currency
    WHERE j.id IS NULL OR a.id IS NULL
  UNION ALL
  SELECT 'an event is booked once', concat('journal ', max(id)), reference
    FROM journals GROUP BY reference HAVING count(*) > 1
  UNION ALL
  -- What a journal does, account by account: gives (+) or takes (-). An escrow has to be its
  -- order's own, a merchant's account its merchant's.
  SELECT 'a journal moves money as its kind may', concat('journal ', id), concat(kind, ': ', moves)
    FROM (
      SELECT id, kind, string_agg(DISTINCT move, ' ' ORDER BY move) AS moves
      FROM (
        SELECT j.id, j.kind, concat(
          CASE WHEN a.owner_id IS DISTINCT FROM CASE a.kind WHEN 'escrow' THEN j.order_id
            WHEN 'merchant' THEN j.merchant_id ELSE 0 END THEN 'another''s ' END,
          a.kind, CASE WHEN e.amount < 0 THEN '-' ELSE '+' END) AS move
        FROM journals j JOIN entries e ON e.journal_id = j.id
        JOIN ledger_accounts a ON a.id = e.account_id) AS line
      GROUP BY id, kind) AS journal
    WHERE moves <> ALL (CASE kind
      WHEN 'payment' THEN ARRAY['escrow+ gateway-']
      WHEN 'release' THEN ARRAY['escrow- fees+ merchant+', 'escrow- merchant+', 'escrow- fees+']
      WHEN 'return' THEN ARRAY['escrow- refunds+']
      WHEN 'split' THEN ARRAY['escrow- fees+ merchant+ refunds+', 'escrow- merchant+ refunds+',
        'escrow- fees+ refunds+']
      WHEN 'unmatched' THEN ARRAY['gateway- unmatched+']
      WHEN 'send_back' THEN ARRAY['refunds+ unmatched-']
      WHEN 'payout' THEN ARRAY['merchant- payouts+']
      WHEN 'payout_bounced' THEN ARRAY['merchant+ payouts-']
      WHEN 'left' THEN ARRAY['gateway+ payouts-', 'gateway+ refunds-']
      ELSE '{}' END)
  UNION ALL
  SELECT 'a kept balance equals its sum', concat(a.kind, ' ', a.owner_id, ' ', a.currency),
      concat('kept ', a.balance, ', sum ', coalesce(s.total, 0))
    FROM ledger_accounts a
    LEFT JOIN (SELECT account_id, sum(amount) AS total FROM entries GROUP BY 1) s
      ON s.account_id = a.id
    WHERE a.balance IS NOT NULL AND a.balance <> coalesce(s.total, 0)
  UNION ALL
  SELECT 'a kept balance is never negative', concat(a.kind, ' ', a.owner_id, ' ', a.currency),
      concat('kept ', a.balance)
    FROM ledger_accounts a WHERE a.kind IN ('escrow', 'merchant') AND (a.balance >= 0) IS NOT TRUE
  UNION ALL
  SELECT 'a balance follows from the one before', concat('entry ', id),
      concat('balance ', balance_before, ', amount ', amount, ', then ', balance_after)
    FROM (
      SELECT e.id, e.amount, e.balance_after, a.kind,
        lag(e.balance_after, 1, 0::numeric) OVER (PARTITION BY e.account_id ORDER BY e.id)
          AS balance_before
      FROM entries e JOIN ledger_accounts a ON a.id = e.account_id
      WHERE a.balance IS NOT NULL) AS entry
    WHERE balance_after IS DISTINCT FROM balance_before + amount
      OR kind IN ('escrow', 'merchant') AND balance_after < 0
  UNION ALL
  SELECT 'a rolled-up balance equals its sum', concat(a.kind, ' ', a.owner_id, ' ', a.currency),
      concat('rolled up ', r.balance, ', sum ', coalesce(s.total, 0))
    FROM account_rollups r LEFT JOIN ledger_accounts a ON a.id = r.account_id
    LEFT JOIN LATERAL (SELECT sum(amount) AS total FROM entries e
      WHERE e.account_id = r.account_id AND e.id <= r.through_entry_id) s ON true
    WHERE r.balance <> coalesce(s.total, 0);
$$;

-- Orders against their histories, their books, and the money that came in.
CREATE FUNCTION audit_orders() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET work_mem = '64MB' SET jit = off AS $$
  SELECT 'an order''s accounts are its own', concat('order ', o.id),
      concat(e.kind, ' ', e.owner_id, ', ', m.kind, ' ', m.owner_id)
    FROM orders o LEFT JOIN ledger_accounts e ON e.id = o.escrow_account_id
    LEFT JOIN ledger_accounts m ON m.id = o.merchant_account_id
    WHERE (e.kind, e.owner_id, e.currency, m.kind, m.owner_id, m.currency) IS DISTINCT FROM
      ('escrow', o.id, o.currency, 'merchant', o.merchant_id, o.currency)
  UNION ALL
  SELECT 'an escrow belongs to an order', concat('escrow ', a.owner_id, ' ', a.currency),
      concat('held ', a.balance)
    FROM ledger_accounts a
    WHERE a.kind = 'escrow' AND NOT EXISTS (SELECT FROM orders o WHERE o.escrow_account_id = a.id)
  UNION ALL
  SELECT 'a held order''s escrow is its price, another''s is zero', concat('order ', o.id),
      concat(o.status, ', price ', o.price, ', held ', a.balance)
    FROM orders o JOIN ledger_accounts a ON a.id = o.escrow_account_id
    WHERE a.balance <> CASE WHEN o.status IN ('awaiting_delivery', 'awaiting_confirmation')
      THEN o.price ELSE 0 END
  UNION ALL
  -- A cancelled order may have been paid or not; its receipt and its journals say which.
  SELECT 'an order was paid when its status says so', concat('order ', o.id),
      concat(o.status, ' ', o.outcome, ', paid ', coalesce(o.paid_at::text, 'never'))
    FROM orders o
    WHERE (o.paid_at IS NOT NULL) <> CASE
      WHEN o.status = 'awaiting_payment' OR o.outcome = 'unpaid' THEN false
      WHEN o.outcome = 'cancelled' THEN o.paid_at IS NOT NULL
      ELSE true END
  UNION ALL
  SELECT 'a paid order has one receipt, of its price', concat('order ', o.id),
      concat('price ', o.price, ' ', o.currency, ', paid ', coalesce(o.paid_at::text, 'never'),
        ', receipts ', coalesce(r.times, 0), ' of ', r.total, ' ', r.currency)
    FROM orders o
    LEFT JOIN (SELECT order_id, count(*) AS times, sum(amount) AS total, max(currency) AS currency
      FROM receipts WHERE unmatched_because IS NULL GROUP BY 1) r ON r.order_id = o.id
    WHERE CASE WHEN o.paid_at IS NULL THEN r.times IS NOT NULL
      ELSE (r.times = 1 AND r.total = o.price AND r.currency = o.currency) IS NOT TRUE END
  UNION ALL
  SELECT 'a receipt is of its payment', concat('receipt ', r.id),
      concat('order ', r.order_id, ', payment ', r.payment_id, ' of order ', p.order_id)
    FROM receipts r LEFT JOIN payments p ON p.id = r.payment_id
    LEFT JOIN orders o ON o.id = r.order_id
    WHERE r.unmatched_because IS NULL AND (p.order_id = r.order_id AND p.gateway = r.gateway
        AND p.amount = r.amount AND p.currency = r.currency AND o.id = r.order_id) IS NOT TRUE
      OR r.unmatched_because IS NOT NULL AND r.order_id IS DISTINCT FROM p.order_id
  UNION ALL
  SELECT 'the provider''s transaction is received once', concat('receipt ', max(id)),
      concat(gateway, ' ', provider_reference)
    FROM receipts GROUP BY gateway, provider_reference HAVING count(*) > 1
  UNION ALL
  SELECT 'what was received is what the escrow took', concat('order ', o.id),
      concat('receipts ', coalesce(r.total, 0), ', escrow took ', coalesce(x.paid, 0))
    FROM orders o
    LEFT JOIN (SELECT order_id, sum(amount) AS total FROM receipts
      WHERE unmatched_because IS NULL GROUP BY 1) r ON r.order_id = o.id
    LEFT JOIN (SELECT account_id, sum(amount) FILTER (WHERE amount > 0) AS paid
      FROM entries GROUP BY 1) x ON x.account_id = o.escrow_account_id
    WHERE coalesce(r.total, 0) <> coalesce(x.paid, 0)
  UNION ALL
  SELECT 'a journal of an order is what an event of it booked', concat('order ', b.order_id),
      concat('event: ', b.event, ' ', b.journal, ' ', b.at, ', journal: ', j.reference, ' ',
        j.kind, ' ', j.at)
    FROM (
      SELECT coalesce(e.order_id, k.order_id) AS order_id, e.event, e.journal, e.at, k.id
      FROM (
        SELECT e.order_id, e.event, e.at, m.journal, m.journal = 'payment' AS pays
        FROM order_events e JOIN order_moves m ON (m.event, m.from_status, m.to_status)
          = (e.event, e.from_status, e.to_status)
        WHERE m.journal IS NOT NULL) e
      FULL JOIN (
        SELECT order_id, id, kind = 'payment' AS pays
        FROM journals WHERE kind IN ('payment', 'release', 'return', 'split')) k
        ON k.order_id = e.order_id AND k.pays = e.pays) b
    LEFT JOIN journals j ON j.id = b.id LEFT JOIN orders o ON o.id = b.order_id
    WHERE (j.kind = b.journal AND j.at = b.at AND j.currency = o.currency
      AND j.merchant_id = o.merchant_id AND j.reference = concat('order:', o.id,
        CASE WHEN j.kind = 'payment' THEN ':payment' ELSE ':settlement' END)) IS NOT TRUE
  UNION ALL
  SELECT 'an order ended as its settlement was booked', concat('order ', o.id),
      concat(o.status, ' ', o.outcome, ', booked ', coalesce(j.kind, 'nothing'))
    FROM orders o LEFT JOIN journals j ON j.order_id = o.id
      AND j.kind IN ('release', 'return', 'split')
    WHERE j.kind IS DISTINCT FROM CASE o.outcome WHEN 'released' THEN 'release'
        WHEN 'returned' THEN 'return' WHEN 'split' THEN 'split'
        WHEN 'cancelled' THEN CASE WHEN o.paid_at IS NOT NULL THEN 'return' END END
      OR o.status IS DISTINCT FROM CASE WHEN o.outcome IN ('released', 'split') THEN 'completed'
        WHEN o.outcome IS NOT NULL THEN 'closed'
        WHEN o.status NOT IN ('completed', 'closed') THEN o.status END
  UNION ALL
  SELECT 'a fee is the agreed one', concat('order ', o.id),
      concat('agreed ', o.fee_full, ' for all of it, ', j.kind, ' took ', coalesce(f.fee, 0))
    FROM orders o JOIN journals j ON j.order_id = o.id AND j.kind IN ('release', 'split')
    LEFT JOIN (SELECT e.journal_id, sum(e.amount) AS fee
      FROM entries e JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'fees'
      GROUP BY 1) f ON f.journal_id = j.id
    WHERE coalesce(f.fee, 0) > o.fee_full
      OR j.kind = 'release' AND coalesce(f.fee, 0) <> o.fee_full
  UNION ALL
  SELECT 'an order''s request for a refund is the open one', concat('order ', o.id),
      concat('asked ', o.refunds_asked, ', now ', coalesce(o.case_state, 'none'), '; requests ',
        coalesce(r.asked, 0), ', open ', coalesce(r.open, 0), ' ', r.open_status)
    FROM orders o
    LEFT JOIN (SELECT order_id, count(*) AS asked,
        count(*) FILTER (WHERE status IN ('awaiting_merchant', 'declined')) AS open,
        max(status) FILTER (WHERE status IN ('awaiting_merchant', 'declined')) AS open_status
      FROM refunds GROUP BY 1) r ON r.order_id = o.id
    WHERE coalesce(r.asked, 0) <> o.refunds_asked OR r.open > 1
      OR r.open_status IS DISTINCT FROM o.case_state
  UNION ALL
  SELECT 'what was agreed to return went back', concat('order ', coalesce(o.id, r.order_id)),
      concat('agreed ', r.amount, ', on its way ', g.total, ', ended ', o.outcome)
    FROM (SELECT order_id, sum(amount) AS amount FROM refunds WHERE status = 'refunded'
      GROUP BY 1) r
    FULL JOIN (SELECT id, outcome FROM orders WHERE outcome IN ('returned', 'split')) e
      ON e.id = r.order_id
    LEFT JOIN orders o ON o.id = coalesce(e.id, r.order_id)
    LEFT JOIN (SELECT order_id, sum(amount) AS total FROM outgoing_payments WHERE kind = 'refund'
      GROUP BY 1) g ON g.order_id = o.id
    WHERE r.amount IS DISTINCT FROM g.total
      OR o.outcome NOT IN ('returned', 'split', 'cancelled') OR o.outcome IS NULL;
$$;

-- Money that goes out, and money that no order took.
CREATE FUNCTION audit_outgoing() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET work_mem = '64MB' SET jit = off AS $$
  WITH booked AS MATERIALIZED (
    -- what each journal put on its way, or took off it
    SELECT j.reference, j.kind, j.currency, j.merchant_id, a.kind AS account,
      sum(e.amount) AS amount
    FROM journals j JOIN entries e ON e.journal_id = j.id
    JOIN ledger_accounts a ON a.id = e.account_id
    WHERE j.kind NOT IN ('payment', 'release') AND a.kind IN ('refunds', 'payouts', 'unmatched')
    GROUP BY j.id, a.kind)
  SELECT 'what goes out was booked, and what was booked goes out',
      coalesce(b.reference, o.reference),
      concat('booked ', b.amount, ' ', b.currency, ', goes out ', o.amount, ' ', o.currency)
    FROM (SELECT * FROM booked WHERE amount > 0 AND account <> 'unmatched') b
    FULL JOIN (
      SELECT CASE kind WHEN 'refund' THEN concat('order:', order_id, ':settlement')
          WHEN 'payout' THEN concat('payout:', public_id)
          ELSE concat('receipt:', receipt_id, ':send_back') END AS reference,
        max(currency) AS currency, sum(amount) AS amount, count(*) AS times,
        CASE WHEN max(kind) = 'payout' THEN max(merchant_id) END AS merchant_id,
        CASE WHEN max(kind) = 'payout' THEN 'payouts' ELSE 'refunds' END AS account
      FROM outgoing_payments GROUP BY 1) o ON o.reference = b.reference
    WHERE (o.times = 1 AND o.amount = b.amount AND o.currency = b.currency
      AND o.account = b.account
      AND coalesce(o.merchant_id, b.merchant_id, 0) = coalesce(b.merchant_id, 0)) IS NOT TRUE
  UNION ALL
  SELECT 'what has left or bounced is booked so', coalesce(b.reference, o.reference),
      concat('booked ', b.kind, ' ', -b.amount, ' ', b.currency, ' of ', b.account, ', ', o.kind,
        ' ', o.amount, ' ', o.currency, ' of ', o.account)
    FROM (SELECT * FROM booked WHERE kind IN ('left', 'payout_bounced')) b
    FULL JOIN (
      SELECT concat('outgoing:', id, CASE status WHEN 'bounced' THEN ':bounced' ELSE ':left' END)
          AS reference,
        CASE status WHEN 'bounced' THEN 'payout_bounced' ELSE 'left' END AS kind,
        currency, amount, coalesce(merchant_id, 0) AS merchant_id,
        CASE kind WHEN 'payout' THEN 'payouts' ELSE 'refunds' END AS account
      FROM outgoing_payments WHERE status IN ('succeeded', 'bounced')) o
      ON o.reference = b.reference
    WHERE (o.kind = b.kind AND o.amount = -b.amount AND o.currency = b.currency
      AND o.account = b.account AND o.merchant_id = coalesce(b.merchant_id, 0)) IS NOT TRUE
  UNION ALL
  SELECT 'money that no order took is booked', coalesce(b.reference, r.reference),
      concat('booked ', b.amount, ' ', b.currency, ', received ', r.amount, ' ', r.currency)
    FROM (SELECT * FROM booked WHERE kind = 'unmatched') b
    FULL JOIN (
      SELECT concat('receipt:', id, ':unmatched') AS reference, currency, amount
      FROM receipts WHERE unmatched_because IS NOT NULL) r ON r.reference = b.reference
    WHERE (r.amount = b.amount AND r.currency = b.currency) IS NOT TRUE
  UNION ALL
  SELECT 'money that no order took is sent back', concat('receipt ', r.id),
      concat('received ', r.amount, ' ', r.currency, ', sent back ', o.amount, ' ', o.currency)
    FROM receipts r LEFT JOIN outgoing_payments o ON o.receipt_id = r.id AND o.kind = 'send_back'
    WHERE r.unmatched_because IS NOT NULL
      AND (o.amount = r.amount AND o.currency = r.currency) IS NOT TRUE
  UNION ALL
  SELECT 'money goes back to where it came from', concat('outgoing payment ', o.id),
      concat(o.kind, ' of order ', o.order_id, ' to receipt ', o.receipt_id, ' of order ',
        r.order_id, ': ', o.payee)
    FROM outgoing_payments o LEFT JOIN receipts r ON r.id = o.receipt_id
    LEFT JOIN LATERAL (SELECT holder, number FROM outgoing_accounts
      WHERE outgoing_id = o.id ORDER BY id DESC LIMIT 1) a ON true
    WHERE o.kind <> 'payout' AND ((r.unmatched_because IS NULL) = (o.kind = 'refund')
      AND (o.kind = 'send_back' OR r.order_id = o.order_id)
      AND o.payee ->> 'gateway' = r.gateway
      AND o.payee ->> 'provider_reference' = r.provider_reference
      -- or to the account that its buyer has given since
      AND o.payee ->> 'holder' IS NOT DISTINCT FROM a.holder
      AND o.payee ->> 'number' IS NOT DISTINCT FROM a.number) IS NOT TRUE
  UNION ALL
  SELECT 'returned never exceeds the price', concat('order ', p.order_id),
      concat('price ', o.price, ', returned ', sum(p.amount))
    FROM outgoing_payments p JOIN orders o ON o.id = p.order_id
    WHERE p.kind = 'refund' GROUP BY p.order_id, o.price HAVING sum(p.amount) > o.price
  UNION ALL
  SELECT 'the accounts of money on its way hold what is on its way',
      concat(coalesce(a.kind, p.kind), ' ', coalesce(a.currency, p.currency)),
      concat('on its way ', coalesce(p.amount, 0), ', booked ', coalesce(a.amount, 0))
    FROM (SELECT kind, currency, account_balance(kind, owner_id, currency) AS amount
      FROM ledger_accounts WHERE kind IN ('payouts', 'refunds') AND owner_id = 0) a
    FULL JOIN (
      SELECT CASE kind WHEN 'payout' THEN 'payouts' ELSE 'refunds' END AS kind, currency,
        sum(amount) AS amount
      FROM outgoing_payments WHERE status NOT IN ('succeeded', 'bounced') GROUP BY 1, 2) p
      ON (p.kind, p.currency) = (a.kind, a.currency)
    WHERE coalesce(p.amount, 0) <> coalesce(a.amount, 0);
$$;

-- What is, against the history of how it came about.
CREATE FUNCTION audit_histories() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET work_mem = '64MB' SET jit = off AS $$
  SELECT 'a history is unbroken', concat('order ', coalesce(o.id, h.order_id)),
      concat('version ', o.version, ', events ', coalesce(h.events, 0))
    FROM orders o
    FULL JOIN (SELECT order_id, count(*) AS events, min(version) AS first, max(version) AS last
      FROM order_events GROUP BY 1) h ON h.order_id = o.id
    WHERE h.first IS DISTINCT FROM 0 OR h.last IS DISTINCT FROM o.version
      OR h.events IS DISTINCT FROM o.version + 1
  UNION ALL
  SELECT 'a history leads to the status', concat('order ', o.id),
      concat(o.status, ', last event ', e.event, ' to ', e.to_status)
    FROM orders o JOIN order_events e ON e.order_id = o.id AND e.version = o.version
    WHERE e.to_status <> o.status
  UNION ALL
  SELECT 'a step of a history begins where the one before ended', concat('order ', e.order_id),
      concat('version ', e.version, ' from ', e.from_status, ' after ', p.to_status)
    FROM order_events e JOIN order_events p
      ON p.order_id = e.order_id AND p.version = e.version - 1
    WHERE e.from_status IS DISTINCT FROM p.to_status
  UNION ALL
  SELECT 'a step of a history is one that an order may take', concat('order ', e.order_id),
      concat('version ', e.version, ': ', e.event, ' from ', e.from_status, ' to ', e.to_status)
    FROM order_events e
    LEFT JOIN order_moves m ON (m.event, m.from_status, m.to_status)
      = (e.event, e.from_status, e.to_status)
    WHERE CASE WHEN e.version = 0
      THEN (e.event, e.from_status, e.to_status)
        IS DISTINCT FROM ('create', NULL::text, 'awaiting_payment')
      ELSE m.event IS NULL END
  UNION ALL
  SELECT 'an order''s times are those of its history', concat('order ', o.id),
      concat(e.event, ' at ', e.at, ', the order says ', CASE e.event WHEN 'create'
        THEN o.created_at WHEN 'pay' THEN o.paid_at WHEN 'deliver' THEN o.delivered_at
        ELSE o.ended_at END, ', in its status since ', o.status_since)
    FROM order_events e JOIN orders o ON o.id = e.order_id
    WHERE e.from_status IS DISTINCT FROM e.to_status
      AND (e.to_status = o.status AND e.at <> o.status_since
        OR e.to_status IN ('completed', 'closed') AND e.at IS DISTINCT FROM o.ended_at
        OR e.event = 'create' AND e.at <> o.created_at
        OR e.event = 'pay' AND e.at IS DISTINCT FROM o.paid_at
        OR e.event = 'deliver' AND e.at IS DISTINCT FROM o.delivered_at)
  UNION ALL
  SELECT 'a badge''s history leads to its state', concat('merchant ', b.merchant_id), b.state
    FROM badges b LEFT JOIN badge_events e
      ON e.merchant_id = b.merchant_id AND e.version = b.version
    WHERE e.to_state IS DISTINCT FROM b.state
  UNION ALL
  SELECT 'a badge''s history is unbroken', concat('merchant ', coalesce(b.merchant_id,
      h.merchant_id)), concat('version ', b.version, ', moves ', coalesce(h.moves, 0))
    FROM badges b
    FULL JOIN (
      SELECT merchant_id, count(*) AS moves, max(version) AS last, bool_and(follows) AS unbroken
      FROM (
        SELECT merchant_id, version, from_state IS NOT DISTINCT FROM lag(to_state)
          OVER (PARTITION BY merchant_id ORDER BY version) AS follows
        FROM badge_events) e GROUP BY 1) h ON h.merchant_id = b.merchant_id
    WHERE (h.unbroken AND h.last = b.version AND h.moves = b.version + 1) IS NOT TRUE
  UNION ALL
  SELECT 'an application''s history is unbroken', concat('application ', coalesce(a.id,
      h.application_id)), concat('version ', a.version, ', events ', coalesce(h.events, 0))
    FROM applications a
    FULL JOIN (SELECT application_id, count(*) AS events, max(version) AS last
      FROM application_events GROUP BY 1) h ON h.application_id = a.id
    WHERE (h.last = a.version AND h.events = a.version + 1) IS NOT TRUE;
$$;

-- What guards the rows while nobody looks.
CREATE FUNCTION audit_guards() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT 'a guard is on its table', concat('table ', g.name), concat(g.function,
      CASE WHEN t.tgname IS NULL THEN ' is missing' ELSE ' is switched off' END)
    FROM (VALUES ('journals', 'forbid_change'), ('entries', 'forbid_change'),
      ('entries', 'entries_must_balance'), ('order_events', 'forbid_change'),
      ('audit_entries', 'forbid_change'), ('badge_events', 'forbid_change'),
      ('application_events', 'forbid_change'),
      ('merchant_member_events', 'forbid_change'),
      ('outgoing_accounts', 'forbid_change')) AS g (name, function)
    LEFT JOIN (pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        AND c.relnamespace = 'public'::regnamespace JOIN pg_proc p ON p.oid = t.tgfoid)
      ON c.relname = g.name AND p.proname = g.function
    WHERE t.tgenabled IS DISTINCT FROM 'O'
  UNION ALL
  SELECT 'a constraint holds for all rows', concat('table ', conrelid::regclass), conname
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND NOT convalidated
  UNION ALL
  SELECT 'an index is whole', concat('table ', i.indrelid::regclass), c.relname
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)
  UNION ALL
  SELECT 'the server''s role does not write what functions write', concat('table ', c.relname),
      w.name
    FROM pg_class c, (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS w (name),
      pg_roles r
    WHERE r.rolname = 'surety_server' AND c.relnamespace = 'public'::regnamespace
      AND c.relname IN ('orders', 'order_events', 'order_moves', 'policies', 'refunds', 'payments',
        'receipts', 'outgoing_payments', 'outgoing_accounts', 'payment_accounts',
        'ledger_accounts', 'journals', 'entries', 'account_rollups', 'rollup_horizon',
        'audit_entries', 'clock_offset')
      AND (has_table_privilege(r.oid, c.oid, w.name)
        OR w.name IN ('INSERT', 'UPDATE') AND has_any_column_privilege(r.oid, c.oid, w.name));
$$;

-- All of it.
CREATE FUNCTION audit_differences() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT * FROM audit_guards()
  UNION ALL SELECT * FROM audit_ledger()
  UNION ALL SELECT * FROM audit_orders()
  UNION ALL SELECT * FROM audit_outgoing()
  UNION ALL SELECT * FROM audit_histories();
$$;
