-- The books by themselves. Called by audit_differences.
CREATE OR REPLACE FUNCTION audit_ledger() RETURNS TABLE (rule text, subject text, detail text)
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
  SELECT 'an entry has its journal and its account', concat('journal ', e.journal_id),
      concat('account ', e.account_id, ' ', e.currency)
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
      WHEN 'return_unmatched' THEN ARRAY['refunds+ unmatched-']
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
  SELECT 'a balance follows from the one before',
      concat('journal ', journal_id, ', account ', account_id),
      concat('balance ', balance_before, ', amount ', amount, ', then ', balance_after)
    FROM (
      SELECT e.journal_id, e.account_id, e.amount, e.balance_after, a.kind,
        lag(e.balance_after, 1, 0::numeric) OVER (PARTITION BY e.account_id
          ORDER BY e.journal_id)
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
      WHERE e.account_id = r.account_id AND e.journal_id <= r.through_journal_id) s ON true
    WHERE r.balance <> coalesce(s.total, 0);
$$;
