-- Changes where a merchant's money goes to, and tells its members. Called by
-- `orders::store::change_payment_account`. The time of the change is the database's own, so that
-- nobody can shorten the 24 hours in which nothing is paid out; it is read after the wait for the
-- row.
CREATE OR REPLACE FUNCTION change_payment_account(
  p_merchant_id bigint, p_holder text, p_number text, p_user_id bigint
) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_at timestamptz;
BEGIN
  INSERT INTO payment_accounts (merchant_id, holder, number, changed_at, changed_by)
    VALUES (p_merchant_id, p_holder, p_number, surety_now(), p_user_id)
    ON CONFLICT (merchant_id) DO UPDATE SET holder = excluded.holder, number = excluded.number,
      changed_at = surety_now(), changed_by = excluded.changed_by
    RETURNING changed_at INTO v_at;
  PERFORM append_outbox(ARRAY['merchant:payment-account-changed'], NULL, p_merchant_id, NULL,
    NULL, '{"link": "/merchant/balance"}');
  RETURN v_at;
END $$;

-- Draws a merchant's money. Called by `ledger::disbursement_store::pay_out`. Returns `done` (also
-- for the same form sent again), `used` for another draw under the same id, `short` when the
-- balance does not suffice, `no_account` without a payment account, or `held` in the 24 hours after
-- that account was changed.
CREATE OR REPLACE FUNCTION request_payout(
  p_public_id uuid, p_merchant_id bigint, p_amount numeric, p_currency text, p_gateway text
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_now timestamptz := surety_now();
  v_account ledger_accounts;
  v_payee payment_accounts;
  v_first disbursements;
BEGIN
  SELECT * INTO v_payee FROM payment_accounts WHERE merchant_id = p_merchant_id FOR SHARE;
  IF NOT FOUND THEN
    RETURN 'no_account';
  END IF;
  IF v_payee.changed_at + interval '24 hours' > v_now THEN
    RETURN 'held';
  END IF;
  SELECT * INTO v_account FROM ledger_accounts
    WHERE kind = 'merchant' AND owner_id = p_merchant_id AND currency = p_currency
    FOR NO KEY UPDATE;
  -- The same form, sent again: it is answered as it was the first time, and books nothing.
  SELECT * INTO v_first FROM disbursements WHERE public_id = p_public_id;
  IF FOUND THEN
    RETURN CASE WHEN v_first.merchant_id = p_merchant_id AND v_first.amount = p_amount
      AND v_first.currency = p_currency THEN 'done' ELSE 'used' END;
  END IF;
  IF v_account.id IS NULL OR (p_amount > 0 AND p_amount <= v_account.balance) IS NOT TRUE THEN
    RETURN 'short';
  END IF;
  PERFORM book_journal('payout:' || p_public_id, 'payout', p_currency, NULL, p_merchant_id, v_now,
    ARRAY[v_account.id], ARRAY[-p_amount], ARRAY['payouts'], ARRAY[p_amount]);
  INSERT INTO disbursements (public_id, kind, merchant_id, amount, currency, status, payee,
      next_attempt_at, created_at, status_since)
    VALUES (p_public_id, 'payout', p_merchant_id, p_amount, p_currency, 'requested',
      jsonb_build_object('gateway', p_gateway, 'holder', v_payee.holder, 'number', v_payee.number),
      v_now, v_now, v_now);
  RETURN 'done';
END $$;

-- A refund that was refused for good goes to another account, which the buyer of its order gives.
-- It is held for 24 hours by the database's own time; until then the buyer may give another one.
-- The buyer and the treasurers are told. Called by `ledger::disbursement_store::redirect`. Returns
-- `done` or `lost`. Refuses anybody but the buyer (SU003), and a refund that needs no other account
-- (SU004).
CREATE OR REPLACE FUNCTION redirect_refund(
  p_id bigint, p_version int, p_holder text, p_number text, p_user_id bigint, p_origin_id bigint
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v disbursements;
  o orders;
  v_now timestamptz;
  v_args jsonb;
BEGIN
  SELECT * INTO v FROM disbursements WHERE id = p_id FOR NO KEY UPDATE;
  IF NOT FOUND OR v.version IS DISTINCT FROM p_version THEN
    RETURN 'lost';
  END IF;
  v_now := surety_now();
  SELECT * INTO o FROM orders WHERE id = v.order_id;
  IF (v.kind = 'refund' AND o.buyer_id = p_user_id) IS NOT TRUE THEN
    RAISE EXCEPTION 'only the buyer says where a refund goes' USING ERRCODE = 'SU003';
  END IF;
  IF (v.status = 'needs_details' OR v.status = 'requested' AND v.payee ? 'number'
      AND v.next_attempt_at > v_now) IS NOT TRUE THEN
    RAISE EXCEPTION 'this refund needs no other account' USING ERRCODE = 'SU004';
  END IF;
  INSERT INTO disbursement_accounts (disbursement_id, holder, number, user_id, origin_id, given_at)
    VALUES (v.id, p_holder, p_number, p_user_id, p_origin_id, v_now);
  UPDATE disbursements SET status = 'requested', version = version + 1, attempts = 0,
      payee = payee || jsonb_build_object('holder', p_holder, 'number', p_number),
      next_attempt_at = v_now + interval '24 hours', last_error = NULL, status_since = v_now
    WHERE id = v.id;
  v_args := jsonb_build_object('title', o.title, 'tail', right(p_number, 4),
    'amount', jsonb_build_object('amount', v.amount::text, 'currency', v.currency),
    'leaves_at', v_now + interval '24 hours');
  PERFORM append_outbox(ARRAY['buyer:refund-account-given'], o.id, NULL, NULL, NULL,
    v_args || jsonb_build_object('link', '/orders/' || o.public_id || '/refund/account'));
  PERFORM append_outbox(ARRAY['staff-treasurer:outgoing-redirected'], o.id, NULL, NULL, NULL,
    v_args || '{"link": "/admin/treasury"}');
  RETURN 'done';
END $$;

-- Moves an outgoing payment on; when the gateway says that the money has left, or that a payout is
-- refused for good, books it: a payout that bounced is the merchant's again. Each who is told gets
-- a row of the outbox; money that no order took is the payer's matter. Called by
-- `ledger::disbursement_store::apply`. Returns `done` or `lost`. Refuses with SU004 an illegal
-- move, and money that would leave within 24 hours for an account that the buyer gave.
CREATE OR REPLACE FUNCTION change_disbursement(
  p_id bigint, p_version int, p_status text, p_provider_reference text, p_error text,
  p_next_attempt_at timestamptz, p_tell text[], p_args jsonb
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v disbursements;
  v_now timestamptz := surety_now();
  v_payer payments;
BEGIN
  SELECT * INTO v FROM disbursements WHERE id = p_id FOR NO KEY UPDATE;
  IF NOT FOUND OR v.version IS DISTINCT FROM p_version THEN
    RETURN 'lost';
  END IF;
  IF (v.status IN ('requested', 'sent', 'failed')
      AND p_status IN ('sent', 'succeeded', 'failed',
        CASE v.kind WHEN 'payout' THEN 'bounced' ELSE 'needs_details' END)) IS NOT TRUE THEN
    RAISE EXCEPTION 'illegal move of an outgoing payment: % to %', v.status, p_status
      USING ERRCODE = 'SU004';
  END IF;
  IF v.kind <> 'payout' AND v.payee ? 'number' AND EXISTS (SELECT FROM disbursement_accounts
      WHERE disbursement_id = v.id AND given_at + interval '24 hours' > v_now) THEN
    RAISE EXCEPTION 'another account was given less than 24 hours ago' USING ERRCODE = 'SU004';
  END IF;
  UPDATE disbursements SET status = p_status, version = version + 1, attempts = attempts + 1,
      provider_reference = coalesce(p_provider_reference, provider_reference),
      last_error = p_error, next_attempt_at = p_next_attempt_at, status_since = v_now
    WHERE id = v.id;
  IF p_status = 'succeeded' THEN
    PERFORM book_journal('outgoing:' || v.id || ':left', 'left', v.currency, v.order_id,
      v.merchant_id, v_now, '{}', '{}',
      ARRAY[CASE v.kind WHEN 'payout' THEN 'payouts' ELSE 'refunds' END, 'gateway'],
      ARRAY[-v.amount, v.amount]);
  ELSIF p_status = 'bounced' THEN
    PERFORM book_journal('outgoing:' || v.id || ':bounced', 'payout_bounced', v.currency, NULL,
      v.merchant_id, v_now, ARRAY[ensure_account('merchant', v.merchant_id, v.currency)],
      ARRAY[v.amount], ARRAY['payouts'], ARRAY[-v.amount]);
  END IF;
  SELECT p.* INTO v_payer FROM receipts r JOIN payments p ON p.id = r.payment_id
    WHERE r.id = v.receipt_id AND v.kind = 'return_unmatched';
  INSERT INTO outbox (created_at, tell, order_id, merchant_id, user_id, email, args)
    SELECT v_now, ARRAY[t], v.order_id, v.merchant_id, v_payer.buyer_id, v_payer.buyer_email,
      CASE WHEN t LIKE 'staff-%' THEN p_args || '{"link": "/admin/treasury"}'
        WHEN v_payer.id IS NULL THEN p_args
        ELSE p_args || jsonb_build_object('locale', v_payer.locale) END
    FROM unnest(p_tell) AS t;
  RETURN 'done';
END $$;
