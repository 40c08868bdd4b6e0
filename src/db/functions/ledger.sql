-- The account of this kind, owner and currency, made when it is missing; its id. Called by
-- create_order, book_journal and change_disbursement. Refuses, as a broken check, a kind that
-- nobody knows, an owner that does not go with it, and what is no currency. Internal, as all
-- functions without a search_path of their own: called from those that have one.
CREATE OR REPLACE FUNCTION ensure_account(p_kind text, p_owner bigint, p_currency text)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  v_id bigint;
BEGIN
  SELECT id INTO v_id FROM ledger_accounts
    WHERE kind = p_kind AND owner_id = p_owner AND currency = p_currency;
  IF NOT FOUND THEN
    IF (p_currency ~ '^[A-Z]{3}$' AND CASE
          WHEN p_kind IN ('escrow', 'merchant', 'receivable') THEN p_owner <> 0
          ELSE p_owner = 0 AND p_kind IN ('gateway', 'payouts', 'refunds', 'unmatched', 'fees',
            'guarantee_fund', 'operator_capital', 'provider_costs', 'recovery_expected')
        END) IS NOT TRUE THEN
      RAISE EXCEPTION 'there is no account % % in %', p_kind, p_owner, p_currency
        USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO ledger_accounts (kind, owner_id, currency, balance)
      VALUES (p_kind, p_owner, p_currency, CASE WHEN p_owner <> 0 THEN 0 END)
      ON CONFLICT DO NOTHING;
    SELECT id INTO STRICT v_id FROM ledger_accounts
      WHERE kind = p_kind AND owner_id = p_owner AND currency = p_currency;
  END IF;
  RETURN v_id;
END $$;

-- Books one journal. Internal: the server's role may not execute it; its callers
-- (book_order_journal, book_unmatched, request_payout, change_disbursement) check first what the
-- journal is for. p_kept are accounts that keep their balance: an order's escrow, a merchant's
-- account. They are updated in the order given, and whoever updates an escrow holds its order: so
-- two bookings cannot lock each other out. p_platform are kinds of the platform's accounts: never
-- updated, or every order would queue for that row. A zero is left out. Returns the balances of
-- p_kept, those that were left out as null. Refuses with SU002 a journal that does not sum to zero
-- in the four decimals that are kept, and an account that is not there or has another currency, and
-- as a broken check an escrow or a merchant's balance below zero; the unique reference refuses a
-- second booking of one event. Nothing else writes balances or entries, so they need neither
-- trigger nor foreign key.
CREATE OR REPLACE FUNCTION book_journal(
  p_reference text, p_kind text, p_currency text, p_order bigint, p_merchant bigint,
  p_at timestamptz, p_kept bigint[], p_kept_amounts numeric[], p_platform text[],
  p_platform_amounts numeric[]
) RETURNS numeric[]
LANGUAGE plpgsql AS $$
DECLARE
  -- Takes a number for this transaction, where it has none: before that of the journal, as
  -- roll_up_accounts counts on.
  v_xid xid8 := pg_current_xact_id();
  v_journal bigint;
  v_accounts bigint[] := p_kept;
  v_amounts numeric[] := p_kept_amounts;
  v_balances numeric[] := '{}';
  v_balance numeric;
  v_may_owe boolean;
  v_sum numeric := 0;
  v_exact boolean := true;
BEGIN
  FOR i IN 1 .. cardinality(p_kept) LOOP
    v_balance := NULL;
    IF p_kept_amounts[i] <> 0 THEN
      UPDATE ledger_accounts SET balance = balance + p_kept_amounts[i]
        WHERE id = p_kept[i] AND currency = p_currency
        RETURNING balance, kind NOT IN ('escrow', 'merchant') INTO v_balance, v_may_owe;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no account % in %', p_kept[i], p_currency USING ERRCODE = 'SU002';
      END IF;
      IF (v_balance >= 0 OR v_may_owe) IS NOT TRUE THEN
        RAISE EXCEPTION 'an account holds less than that' USING ERRCODE = 'check_violation';
      END IF;
    END IF;
    v_balances := v_balances || v_balance;
    v_sum := v_sum + p_kept_amounts[i];
    v_exact := v_exact AND p_kept_amounts[i] = round(p_kept_amounts[i], 4);
  END LOOP;
  FOR i IN 1 .. cardinality(p_platform) LOOP
    IF p_platform_amounts[i] <> 0 THEN
      v_accounts := v_accounts || ensure_account(p_platform[i], 0, p_currency);
      v_amounts := v_amounts || p_platform_amounts[i];
    END IF;
    v_sum := v_sum + p_platform_amounts[i];
    v_exact := v_exact AND p_platform_amounts[i] = round(p_platform_amounts[i], 4);
  END LOOP;
  IF (v_sum = 0 AND v_exact) IS NOT TRUE THEN
    RAISE EXCEPTION 'a journal does not sum to zero in four decimals' USING ERRCODE = 'SU002';
  END IF;
  -- After the balances, which are held from then on: so an account's entries follow each other in
  -- the order of their journals.
  INSERT INTO journals (reference, kind, currency, order_id, merchant_id, at)
    VALUES (p_reference, p_kind, p_currency, p_order, p_merchant, p_at)
    RETURNING id INTO v_journal;
  INSERT INTO entries (journal_id, account_id, currency, amount, balance_after)
    SELECT v_journal, a, p_currency, d, b
    FROM unnest(v_accounts, v_amounts, v_balances) AS t (a, d, b) WHERE d <> 0;
  RETURN v_balances;
END $$;

-- The balance of any account: kept, or rolled up and what came since. Called by `ledger::store` and
-- audit_disbursements.
CREATE OR REPLACE FUNCTION account_balance(p_kind text, p_owner bigint, p_currency text)
RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce((
    SELECT coalesce(a.balance, coalesce(r.balance, 0) + coalesce((
      SELECT sum(e.amount) FROM entries e
      WHERE e.account_id = a.id AND e.journal_id > coalesce(r.through_journal_id, 0)), 0))
    FROM ledger_accounts a LEFT JOIN account_rollups r ON r.account_id = a.id
    WHERE a.kind = p_kind AND a.owner_id = p_owner AND a.currency = p_currency), 0);
$$;

-- Moves the roll-ups forward to the last horizon that is final, then notes a new one. Returns how
-- many accounts were rolled up. Called by `ledger::store::roll_up` (the worker). A horizon from
-- another cluster (after a restore) is thrown away. Refuses with SU005 to run in a transaction that
-- has written before. The last journal is read before this transaction takes its own number:
-- whoever took a journal's id by then has a smaller one, and has ended once our number is below
-- every running one. (The snapshot's xmax would not do: it follows the last *completed*
-- transaction.)
CREATE OR REPLACE FUNCTION roll_up_accounts() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_horizon rollup_horizon;
  v_count bigint := 0;
  v_last bigint;
BEGIN
  IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
    RAISE EXCEPTION 'roll_up_accounts is a transaction of its own' USING ERRCODE = 'SU005';
  END IF;
  v_last := coalesce(pg_sequence_last_value(pg_get_serial_sequence('journals', 'id')), 0);
  IF NOT pg_try_advisory_xact_lock(hashtext('surety roll-up')) THEN
    RETURN 0;
  END IF;
  SELECT * INTO v_horizon FROM rollup_horizon;
  IF FOUND AND v_horizon.noted_at_xid <= pg_snapshot_xmin(pg_current_snapshot()) THEN
    INSERT INTO account_rollups AS r (account_id, through_journal_id, balance)
      SELECT a.id, v_horizon.journal_id, coalesce(old.balance, 0) + coalesce((
        SELECT sum(e.amount) FROM entries e WHERE e.account_id = a.id
          AND e.journal_id > coalesce(old.through_journal_id, 0)
          AND e.journal_id <= v_horizon.journal_id), 0)
      FROM ledger_accounts a LEFT JOIN account_rollups old ON old.account_id = a.id
      WHERE a.balance IS NULL
        AND v_horizon.journal_id > coalesce(old.through_journal_id, 0)
    ON CONFLICT (account_id) DO UPDATE
      SET through_journal_id = excluded.through_journal_id, balance = excluded.balance;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    DELETE FROM rollup_horizon;
  ELSIF v_horizon.noted_at_xid > pg_snapshot_xmax(pg_current_snapshot()) THEN
    DELETE FROM rollup_horizon;
  END IF;
  INSERT INTO rollup_horizon (journal_id, noted_at_xid) VALUES (v_last, pg_current_xact_id())
    ON CONFLICT DO NOTHING;
  RETURN v_count;
END $$;
