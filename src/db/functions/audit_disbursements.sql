-- Money that goes out, and money that no order took. Called by audit_differences.
CREATE OR REPLACE FUNCTION audit_disbursements()
RETURNS TABLE (rule text, subject text, detail text)
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
          ELSE concat('receipt:', receipt_id, ':return_unmatched') END AS reference,
        max(currency) AS currency, sum(amount) AS amount, count(*) AS times,
        CASE WHEN max(kind) = 'payout' THEN max(merchant_id) END AS merchant_id,
        CASE WHEN max(kind) = 'payout' THEN 'payouts' ELSE 'refunds' END AS account
      FROM disbursements GROUP BY 1) o ON o.reference = b.reference
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
      FROM disbursements WHERE status IN ('succeeded', 'bounced')) o
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
    FROM receipts r LEFT JOIN disbursements o ON o.receipt_id = r.id AND o.kind = 'return_unmatched'
    WHERE r.unmatched_because IS NOT NULL
      AND (o.amount = r.amount AND o.currency = r.currency) IS NOT TRUE
  UNION ALL
  SELECT 'money goes back to where it came from', concat('outgoing payment ', o.id),
      concat(o.kind, ' of order ', o.order_id, ' to receipt ', o.receipt_id, ' of order ',
        r.order_id, ': ', o.payee)
    FROM disbursements o LEFT JOIN receipts r ON r.id = o.receipt_id
    LEFT JOIN LATERAL (SELECT holder, number FROM disbursement_accounts
      WHERE disbursement_id = o.id ORDER BY id DESC LIMIT 1) a ON true
    WHERE o.kind <> 'payout' AND ((r.unmatched_because IS NULL) = (o.kind = 'refund')
      AND (o.kind = 'return_unmatched' OR r.order_id = o.order_id)
      AND o.payee ->> 'gateway' = r.gateway
      AND o.payee ->> 'provider_reference' = r.provider_reference
      -- or to the account that its buyer has given since
      AND o.payee ->> 'holder' IS NOT DISTINCT FROM a.holder
      AND o.payee ->> 'number' IS NOT DISTINCT FROM a.number) IS NOT TRUE
  UNION ALL
  SELECT 'returned never exceeds the price', concat('order ', p.order_id),
      concat('price ', o.price, ', returned ', sum(p.amount))
    FROM disbursements p JOIN orders o ON o.id = p.order_id
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
      FROM disbursements WHERE status NOT IN ('succeeded', 'bounced') GROUP BY 1, 2) p
      ON (p.kind, p.currency) = (a.kind, a.currency)
    WHERE coalesce(p.amount, 0) <> coalesce(a.amount, 0);
$$;
