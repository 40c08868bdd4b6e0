-- Orders against their histories, their books, and the money that came in. Called by
-- audit_differences.
CREATE OR REPLACE FUNCTION audit_orders() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET work_mem = '64MB' SET jit = off AS $$
  SELECT 'an order is sound', concat('order ', o.id), concat(o.status, ' ', o.outcome, ' ', o.hold)
    FROM orders o WHERE (check_order_terms(o) AND check_order_invariants(o)) IS NOT TRUE
  UNION ALL
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
        FROM order_events e JOIN orders o ON o.id = e.order_id
        JOIN order_moves m ON (m.channel, m.event, m.from_status, m.to_status)
          = (o.channel, e.event, e.from_status, e.to_status)
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
      concat('agreed ', o.max_fee, ' for all of it, ', j.kind, ' took ', coalesce(f.fee, 0))
    FROM orders o JOIN journals j ON j.order_id = o.id AND j.kind IN ('release', 'split')
    LEFT JOIN (SELECT e.journal_id, sum(e.amount) AS fee
      FROM entries e JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'fees'
      GROUP BY 1) f ON f.journal_id = j.id
    WHERE coalesce(f.fee, 0) > o.max_fee
      OR j.kind = 'release' AND coalesce(f.fee, 0) <> o.max_fee
  UNION ALL
  SELECT 'an order is on hold while a case is open', concat('order ', o.id),
      concat('asked ', o.refunds_asked, ', on hold for ', coalesce(o.hold, 'nothing'), ' until ',
        o.hold_due_at, '; requests ', coalesce(c.asked, 0), ', open ', coalesce(c.open, 0), ' ',
        c.open_kind, ' until ', c.due_at)
    FROM orders o
    LEFT JOIN (SELECT order_id, count(*) FILTER (WHERE kind = 'refund') AS asked,
        count(*) FILTER (WHERE ended_at IS NULL) AS open,
        max(kind) FILTER (WHERE ended_at IS NULL) AS open_kind,
        max(due_at) FILTER (WHERE ended_at IS NULL) AS due_at
      FROM cases GROUP BY 1) c ON c.order_id = o.id
    WHERE coalesce(c.asked, 0) <> o.refunds_asked OR c.open > 1
      OR o.ended_at IS NULL
        AND (c.open_kind, c.due_at) IS DISTINCT FROM (o.hold, o.hold_due_at)
  UNION ALL
  SELECT 'what was agreed to return went back', concat('order ', coalesce(o.id, r.order_id)),
      concat('agreed ', r.amount, ', on its way ', g.total, ', ended ', o.outcome)
    FROM (SELECT order_id, sum(amount) AS amount FROM cases
      WHERE kind = 'refund' AND status = 'refunded' GROUP BY 1) r
    FULL JOIN (SELECT id, outcome FROM orders WHERE outcome IN ('returned', 'split')) e
      ON e.id = r.order_id
    LEFT JOIN orders o ON o.id = coalesce(e.id, r.order_id)
    LEFT JOIN (SELECT order_id, sum(amount) AS total FROM disbursements WHERE kind = 'refund'
      GROUP BY 1) g ON g.order_id = o.id
    WHERE r.amount IS DISTINCT FROM g.total
      OR o.outcome NOT IN ('returned', 'split', 'cancelled') OR o.outcome IS NULL;
$$;
