-- One change, one call: the only writers of orders, refunds, ledger and history. They trust their
-- caller with nothing: the version, the move, the accounts and the sums are checked here again.

CREATE FUNCTION create_order(
  p_public_id uuid, p_merchant_id bigint, p_buyer_email text, p_channel text,
  p_policy_version int, p_title text, p_terms jsonb, p_price numeric, p_currency text,
  p_fee_full numeric, p_covered boolean, p_time_zone text, p_link_hash bytea,
  p_pay_within_s bigint, p_user_id bigint, p_origin_id bigint, p_tell text[], p_args jsonb
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_now timestamptz := surety_now();
  v_id bigint := nextval(pg_get_serial_sequence('orders', 'id'));
BEGIN
  INSERT INTO orders (id, public_id, merchant_id, buyer_email, channel, policy_version, status,
      title, terms, price, currency, fee_full, covered, time_zone, link_hash,
      created_at, status_since, due_at, wake_at, escrow_account_id, merchant_account_id)
    OVERRIDING SYSTEM VALUE
    VALUES (v_id, p_public_id, p_merchant_id, p_buyer_email, p_channel, p_policy_version,
      'awaiting_payment', p_title, p_terms, p_price, p_currency, p_fee_full, p_covered,
      p_time_zone, p_link_hash, v_now, v_now,
      v_now + make_interval(secs => p_pay_within_s), v_now + make_interval(secs => p_pay_within_s),
      ensure_account('escrow', v_id, p_currency),
      ensure_account('merchant', p_merchant_id, p_currency));
  INSERT INTO order_events (order_id, version, event, to_status, actor, user_id, at, origin_id)
    VALUES (v_id, 0, 'create', 'awaiting_payment', 'merchant', p_user_id, v_now, p_origin_id);
  IF cardinality(p_tell) > 0 THEN
    INSERT INTO outbox (created_at, tell, order_id, merchant_id, args)
      VALUES (v_now, p_tell, v_id, p_merchant_id, p_args);
  END IF;
  RETURN v_id;
END $$;

-- Checks the lines of a journal against the kind of journal that the move books, and books them to
-- this order's own accounts. Internal.
CREATE FUNCTION book_order_journal(
  o orders, p_kind text, p_at timestamptz, p_lines text[], p_amounts numeric[]
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_escrow numeric := 0;
  v_merchant numeric := 0;
  v_fees numeric := 0;
  v_refunds numeric := 0;
  v_gateway numeric := 0;
  v_balances numeric[];
BEGIN
  IF cardinality(p_lines) IS DISTINCT FROM cardinality(p_amounts) THEN
    RAISE EXCEPTION 'journal lines do not match' USING ERRCODE = 'SU003';
  END IF;
  FOR i IN 1 .. coalesce(cardinality(p_lines), 0) LOOP
    CASE p_lines[i]
      WHEN 'escrow' THEN v_escrow := v_escrow + p_amounts[i];
      WHEN 'merchant' THEN v_merchant := v_merchant + p_amounts[i];
      WHEN 'fees' THEN v_fees := v_fees + p_amounts[i];
      WHEN 'refunds' THEN v_refunds := v_refunds + p_amounts[i];
      WHEN 'gateway' THEN v_gateway := v_gateway + p_amounts[i];
      ELSE
        RAISE EXCEPTION 'an order has no account %', p_lines[i] USING ERRCODE = 'SU003';
    END CASE;
  END LOOP;
  -- NULL sums would slip through a comparison, so the check is on what must be true.
  IF (CASE p_kind
        WHEN 'payment' THEN v_escrow = o.price AND v_gateway = -o.price
          AND v_merchant = 0 AND v_fees = 0 AND v_refunds = 0
        ELSE v_escrow < 0 AND v_gateway = 0
          AND v_merchant >= 0 AND v_fees >= 0 AND v_refunds >= 0
          AND v_merchant + v_fees + v_refunds = -v_escrow
          AND v_fees <= o.fee_full
          AND CASE p_kind
            WHEN 'release' THEN v_refunds = 0
            WHEN 'return' THEN v_merchant = 0 AND v_fees = 0
            WHEN 'split' THEN v_refunds > 0 AND v_merchant + v_fees > 0
            ELSE false
          END
      END) IS NOT TRUE THEN
    RAISE EXCEPTION 'not a % of this order', p_kind USING ERRCODE = 'SU003';
  END IF;
  v_balances := book_journal(
    'order:' || o.id || CASE p_kind WHEN 'payment' THEN ':payment' ELSE ':settlement' END,
    p_kind, o.currency, o.id, o.merchant_id, p_at,
    ARRAY[o.escrow_account_id, o.merchant_account_id], ARRAY[v_escrow, v_merchant],
    ARRAY['fees', 'refunds', 'gateway'], ARRAY[v_fees, v_refunds, v_gateway]);
  -- A payment fills an empty escrow, everything else empties it.
  IF v_balances[1] IS DISTINCT FROM (CASE p_kind WHEN 'payment' THEN o.price ELSE 0 END) THEN
    RAISE EXCEPTION 'not a % of this order', p_kind USING ERRCODE = 'SU003';
  END IF;
  IF v_refunds > 0 THEN
    INSERT INTO outgoing_payments (kind, order_id, receipt_id, amount, currency, status, payee,
        next_attempt_at, created_at, status_since)
      SELECT 'refund', o.id, r.id, v_refunds, o.currency, 'requested',
        jsonb_build_object('gateway', r.gateway, 'provider_reference', r.provider_reference),
        p_at, p_at, p_at
      FROM receipts r WHERE r.order_id = o.id AND r.unmatched_because IS NULL;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'a refund without a receipt' USING ERRCODE = 'SU003';
    END IF;
  END IF;
END $$;

-- The parts of a change that few changes have: the receipt that paid, the refund request.
CREATE FUNCTION apply_order_extra(o orders, p_now timestamptz, p_extra jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_payment payments;
  r jsonb;
BEGIN
  IF p_extra ? 'receipt' THEN
    r := p_extra -> 'receipt';
    SELECT * INTO STRICT v_payment FROM payments WHERE id = (r ->> 'payment_id')::bigint;
    IF (v_payment.order_id = o.id AND v_payment.amount = o.price
        AND v_payment.currency = o.currency) IS NOT TRUE THEN
      RAISE EXCEPTION 'the payment is not of this order' USING ERRCODE = 'SU003';
    END IF;
    INSERT INTO receipts (gateway, provider_reference, payment_id, order_id, amount, currency, at)
      VALUES (v_payment.gateway, r ->> 'provider_reference', v_payment.id, o.id, o.price,
        o.currency, p_now);
  END IF;
  IF p_extra ? 'buyer_email' AND NOT p_extra ? 'receipt' THEN
    -- Whoever reads at the address before it is told that the proof which came there is void.
    PERFORM append_outbox(ARRAY['email:order-address-was-wrong'], NULL, NULL, NULL, o.buyer_email,
      jsonb_build_object('title', o.title, 'locale', p_extra ->> 'locale'));
  END IF;
  IF p_extra ? 'refund' THEN
    r := p_extra -> 'refund';
    IF r ->> 'status' = 'awaiting_merchant' THEN
      -- A request that was declined is changed by asking anew.
      UPDATE refunds SET status = 'withdrawn', status_since = p_now, due_at = NULL
        WHERE order_id = o.id AND status = 'declined';
      INSERT INTO refunds (public_id, order_id, status, amount, reason, opened_at, status_since,
          due_at)
        VALUES ((r ->> 'public_id')::uuid, o.id, 'awaiting_merchant', (r ->> 'amount')::numeric,
          r ->> 'reason', p_now, p_now, (r ->> 'due_at')::timestamptz);
    ELSE
      UPDATE refunds SET status = r ->> 'status', status_since = p_now,
          due_at = (r ->> 'due_at')::timestamptz,
          merchant_reason = coalesce(r ->> 'merchant_reason', merchant_reason)
        WHERE order_id = o.id AND status IN ('awaiting_merchant', 'declined');
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no open refund' USING ERRCODE = 'SU003';
      END IF;
    END IF;
  END IF;
END $$;

-- Refuses a change whose parts do not belong together: a receipt comes with a payment and a payment
-- with its receipt, a request for a refund moves only as the event says and ends with the order,
-- what is agreed is what was asked for, and the outcome is what was booked. Internal.
CREATE FUNCTION check_order_parts(
  o orders, p_event text, p_status text, p_outcome text, p_journal text, p_lines text[],
  p_amounts numeric[], p_extra jsonb
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(p_extra ? 'receipt', false) <> (p_event = 'pay') THEN
    RAISE EXCEPTION 'a payment and its receipt go together' USING ERRCODE = 'SU003';
  END IF;
  IF coalesce(p_extra ? 'delivery', false) <> (p_event = 'deliver') THEN
    RAISE EXCEPTION 'a delivery and its facts go together' USING ERRCODE = 'SU003';
  END IF;
  -- Who pays says where the buyer is reached, and may correct it until there is a buyer.
  IF p_event = 'correct_address' THEN
    IF (p_extra ? 'buyer_email' AND o.buyer_id IS NULL AND o.paid_at IS NOT NULL) IS NOT TRUE THEN
      RAISE EXCEPTION 'an address is corrected before the order has its buyer'
        USING ERRCODE = 'SU003';
    END IF;
  ELSIF p_event <> 'pay' AND p_extra ? 'buyer_email' THEN
    RAISE EXCEPTION 'the address does not go with %', p_event USING ERRCODE = 'SU003';
  END IF;
  IF p_extra #>> '{refund,status}' IS DISTINCT FROM (CASE p_event
      WHEN 'ask_refund' THEN 'awaiting_merchant'
      WHEN 'decline_refund' THEN 'declined'
      WHEN 'agree_refund' THEN 'refunded'
      WHEN 'withdraw_refund' THEN 'withdrawn'
      ELSE CASE WHEN o.case_state IS NULL THEN NULL
        WHEN p_status = 'closed' THEN 'refunded'
        WHEN p_status = 'completed' OR p_event = 'deliver' THEN 'withdrawn' END
    END) THEN
    RAISE EXCEPTION 'the request for a refund does not go with %', p_event
      USING ERRCODE = 'SU003';
  END IF;
  IF p_event = 'ask_refund'
      AND ((p_extra #>> '{refund,amount}')::numeric <= o.price) IS NOT TRUE THEN
    RAISE EXCEPTION 'more is asked for than was paid' USING ERRCODE = 'SU003';
  END IF;
  -- Two steps: a condition that holds a query is a query, whatever the event is.
  IF p_event = 'agree_refund' THEN
    IF (SELECT sum(a) FROM unnest(p_lines, p_amounts) AS t (l, a) WHERE l = 'refunds')
        IS DISTINCT FROM (SELECT amount FROM refunds
          WHERE order_id = o.id AND status = 'awaiting_merchant') THEN
      RAISE EXCEPTION 'what is agreed is not what was asked for' USING ERRCODE = 'SU003';
    END IF;
  END IF;
  IF p_outcome IS DISTINCT FROM (CASE
      WHEN p_status NOT IN ('completed', 'closed') THEN NULL
      WHEN o.ended_at IS NOT NULL THEN o.outcome
      WHEN p_journal = 'release' THEN 'released'
      WHEN p_journal = 'split' THEN 'split'
      WHEN p_event = 'agree_refund' THEN 'returned'
      WHEN p_event = 'expire' AND p_journal IS NULL THEN 'unpaid'
      ELSE 'cancelled'
    END) THEN
    RAISE EXCEPTION 'the outcome is not what happened' USING ERRCODE = 'SU003';
  END IF;
END $$;

-- Applies one decided change to an order, whole or not at all. Returns 'done', or 'lost' when the
-- order moved on since it was read. p_at is the time that was decided by: it must be the database's
-- own, at most a minute old. p_due_at and p_wake_at are the new clock; p_extra carries the rarer
-- parts: buyer_id, buyer_email and locale, delivery, overdue_at, paused_left_us, unpaused,
-- extension_days, extension_asked, receipt and covered, refund, detail.
CREATE FUNCTION change_order(
  p_order_id bigint, p_version int, p_at timestamptz, p_event text, p_status text, p_actor text,
  p_user_id bigint, p_origin_id bigint, p_due_at timestamptz, p_wake_at timestamptz,
  p_outcome text, p_lines text[], p_amounts numeric[], p_tell text[], p_args jsonb, p_extra jsonb
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  o orders;
  v_now timestamptz := surety_now();
  v_journal text;
  v_nothing text;
  v_ends boolean := p_status IN ('completed', 'closed');
  v_case text := p_extra #>> '{refund,status}';
BEGIN
  IF (p_at BETWEEN v_now - interval '1 minute' AND v_now) IS NOT TRUE THEN
    RAISE EXCEPTION 'decided by another clock' USING ERRCODE = 'SU004';
  END IF;
  SELECT * INTO o FROM orders WHERE id = p_order_id FOR NO KEY UPDATE;
  IF NOT FOUND OR o.version IS DISTINCT FROM p_version THEN
    RETURN 'lost';
  END IF;
  SELECT journal INTO v_journal FROM order_moves
    WHERE event = p_event AND from_status = o.status AND to_status = p_status;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'illegal move: % from % to %', p_event, o.status, p_status
      USING ERRCODE = 'SU004';
  END IF;
  IF p_event IN ('expire', 'confirm_by_default') AND (o.due_at <= p_at) IS NOT TRUE THEN
    RAISE EXCEPTION 'the clock is early' USING ERRCODE = 'SU004';
  END IF;
  -- An assignment and not PERFORM, which would run a query each time.
  v_nothing := check_order_parts(o, p_event, p_status, p_outcome, v_journal, p_lines, p_amounts,
    p_extra);
  IF p_extra IS NULL THEN
    UPDATE orders SET status = p_status, version = version + 1,
        status_since = CASE WHEN p_status = o.status THEN status_since ELSE p_at END,
        due_at = p_due_at, wake_at = p_wake_at, outcome = p_outcome,
        ended_at = CASE WHEN v_ends THEN coalesce(ended_at, p_at) END
      WHERE id = o.id;
  ELSE
    UPDATE orders SET status = p_status, version = version + 1,
        status_since = CASE WHEN p_status = o.status THEN status_since ELSE p_at END,
        due_at = p_due_at, wake_at = p_wake_at, outcome = p_outcome,
        ended_at = CASE WHEN v_ends THEN coalesce(ended_at, p_at) END,
        buyer_id = coalesce(buyer_id, (p_extra ->> 'buyer_id')::bigint),
        buyer_email = coalesce(p_extra ->> 'buyer_email', buyer_email),
        delivery = coalesce(p_extra -> 'delivery', delivery),
        delivered_at = CASE WHEN p_extra ? 'delivery' THEN p_at ELSE delivered_at END,
        overdue_at = coalesce((p_extra ->> 'overdue_at')::timestamptz, overdue_at),
        paid_at = CASE WHEN p_extra ? 'receipt' THEN p_at ELSE paid_at END,
        covered = CASE WHEN p_extra ? 'receipt'
          THEN coalesce((p_extra ->> 'covered')::boolean, covered) ELSE covered END,
        link_hash = CASE WHEN p_extra ? 'receipt' THEN NULL ELSE link_hash END,
        extension_days = coalesce((p_extra ->> 'extension_days')::int, extension_days),
        extension_asked_at = CASE WHEN p_extra ? 'extension_asked' THEN p_at
          ELSE extension_asked_at END,
        refunds_asked = refunds_asked + CASE WHEN v_case = 'awaiting_merchant' THEN 1 ELSE 0 END,
        case_state = CASE WHEN v_case IN ('awaiting_merchant', 'declined') THEN v_case
          WHEN v_case IS NOT NULL THEN NULL ELSE case_state END,
        paused_total_us = paused_total_us + CASE WHEN p_extra ? 'unpaused'
          THEN floor(extract(epoch FROM p_at - paused_since) * 1000000)::bigint ELSE 0 END,
        paused_since = CASE WHEN p_extra ? 'paused_left_us' THEN p_at
          WHEN p_extra ? 'unpaused' THEN NULL ELSE paused_since END,
        paused_left_us = CASE WHEN p_extra ? 'paused_left_us'
          THEN (p_extra ->> 'paused_left_us')::bigint
          WHEN p_extra ? 'unpaused' THEN NULL ELSE paused_left_us END
      WHERE id = o.id;
    PERFORM apply_order_extra(o, p_at, p_extra);
  END IF;
  IF v_journal IS NOT NULL THEN
    v_nothing := book_order_journal(o, v_journal, p_at, p_lines, p_amounts);
  ELSIF cardinality(p_lines) > 0 THEN
    RAISE EXCEPTION 'this move books nothing' USING ERRCODE = 'SU003';
  END IF;
  INSERT INTO order_events (order_id, version, event, from_status, to_status, actor, user_id, at,
      origin_id, detail)
    VALUES (o.id, o.version + 1, p_event, o.status, p_status, p_actor, p_user_id, p_at,
      p_origin_id, p_extra -> 'detail');
  IF cardinality(p_tell) > 0 THEN
    INSERT INTO outbox (created_at, tell, order_id, merchant_id, args)
      VALUES (p_at, p_tell, o.id, o.merchant_id, p_args);
  END IF;
  RETURN 'done';
END $$;

CREATE FUNCTION start_payment(
  p_public_id uuid, p_order_id bigint, p_gateway text, p_buyer_id bigint, p_buyer_email text,
  p_locale text, p_ask_at timestamptz, p_ask_until timestamptz
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO payments (public_id, order_id, gateway, amount, currency, buyer_id, buyer_email,
      locale, created_at, ask_at, ask_until)
    SELECT p_public_id, id, p_gateway, price, currency, p_buyer_id, p_buyer_email, p_locale,
      surety_now(), p_ask_at, p_ask_until
    FROM orders WHERE id = p_order_id AND status = 'awaiting_payment'
    RETURNING id;
$$;

-- Says when the gateway is asked next about an attempt to pay, NULL for no more: before it is
-- asked, so that no other worker does too. Returns 'done', or 'lost' when one was faster.
CREATE FUNCTION put_off_question(p_payment_id bigint, p_asked int, p_ask_at timestamptz)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE payments SET asked = asked + 1, ask_at = p_ask_at
    WHERE id = p_payment_id AND asked = p_asked AND ask_at IS NOT NULL;
  RETURN CASE WHEN FOUND THEN 'done' ELSE 'lost' END;
END $$;

-- Books money that no order may take, sends it back, and tells the payer, as far as known, and the
-- treasurers why. Returns 'done', or 'repeated' for a transaction that is known already.
CREATE FUNCTION book_unmatched(
  p_gateway text, p_provider_reference text, p_payment_id bigint, p_amount numeric,
  p_currency text, p_because text
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_now timestamptz := surety_now();
  v_receipt bigint;
  v_payment payments;
  v_args jsonb := jsonb_build_object(
    'amount', jsonb_build_object('amount', p_amount::text, 'currency', p_currency),
    'because', jsonb_build_object('text', 'unmatched-' || replace(p_because, '_', '-')),
    'reference', p_provider_reference);
BEGIN
  IF p_because IS NULL THEN
    RAISE EXCEPTION 'only a payment books a receipt that is matched' USING ERRCODE = 'SU003';
  END IF;
  SELECT * INTO v_payment FROM payments WHERE id = p_payment_id;
  INSERT INTO receipts (gateway, provider_reference, payment_id, order_id, amount, currency,
      unmatched_because, at)
    VALUES (p_gateway, p_provider_reference, p_payment_id, v_payment.order_id, p_amount,
      p_currency, p_because, v_now)
    ON CONFLICT (gateway, provider_reference) DO NOTHING
    RETURNING id INTO v_receipt;
  IF v_receipt IS NULL THEN
    RETURN 'repeated';
  END IF;
  PERFORM book_journal('receipt:' || v_receipt || ':unmatched', 'unmatched', p_currency, NULL,
    NULL, v_now, '{}', '{}', ARRAY['gateway', 'unmatched'], ARRAY[-p_amount, p_amount]);
  PERFORM book_journal('receipt:' || v_receipt || ':send_back', 'send_back', p_currency, NULL,
    NULL, v_now, '{}', '{}', ARRAY['unmatched', 'refunds'], ARRAY[-p_amount, p_amount]);
  INSERT INTO outgoing_payments (kind, receipt_id, amount, currency, status, payee,
      next_attempt_at, created_at, status_since)
    VALUES ('send_back', v_receipt, p_amount, p_currency, 'requested',
      jsonb_build_object('gateway', p_gateway, 'provider_reference', p_provider_reference),
      v_now, v_now, v_now);
  PERFORM append_outbox(ARRAY['staff-treasurer:payment-unmatched-treasurer'], NULL, NULL, NULL,
    NULL, v_args || '{"link": "/admin/treasury"}');
  IF v_payment.id IS NOT NULL THEN
    PERFORM append_outbox(ARRAY['email:payment-unmatched'], NULL, NULL, v_payment.buyer_id,
      v_payment.buyer_email, v_args || jsonb_build_object('locale', v_payment.locale));
  END IF;
  RETURN 'done';
END $$;

-- Changes where a merchant's money goes to, and tells its members. The time of the change is the
-- database's own, so that nobody can shorten the 24 hours in which nothing is paid out; it is read
-- after the wait for the row.
CREATE FUNCTION change_payment_account(
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

-- Draws a merchant's money. Returns 'done', 'short' when the balance does not suffice, 'no_account'
-- without a payment account, or 'held' in the 24 hours after that account was changed.
CREATE FUNCTION request_payout(
  p_public_id uuid, p_merchant_id bigint, p_amount numeric, p_currency text, p_gateway text
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_now timestamptz := surety_now();
  v_account ledger_accounts;
  v_payee payment_accounts;
  v_first outgoing_payments;
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
  SELECT * INTO v_first FROM outgoing_payments WHERE public_id = p_public_id;
  IF FOUND THEN
    RETURN CASE WHEN v_first.merchant_id = p_merchant_id AND v_first.amount = p_amount
      AND v_first.currency = p_currency THEN 'done' ELSE 'used' END;
  END IF;
  IF v_account.id IS NULL OR (p_amount > 0 AND p_amount <= v_account.balance) IS NOT TRUE THEN
    RETURN 'short';
  END IF;
  PERFORM book_journal('payout:' || p_public_id, 'payout', p_currency, NULL, p_merchant_id, v_now,
    ARRAY[v_account.id], ARRAY[-p_amount], ARRAY['payouts'], ARRAY[p_amount]);
  INSERT INTO outgoing_payments (public_id, kind, merchant_id, amount, currency, status, payee,
      next_attempt_at, created_at, status_since)
    VALUES (p_public_id, 'payout', p_merchant_id, p_amount, p_currency, 'requested',
      jsonb_build_object('gateway', p_gateway, 'holder', v_payee.holder, 'number', v_payee.number),
      v_now, v_now, v_now);
  RETURN 'done';
END $$;

-- A refund that was refused for good goes to another account, which the buyer of its order gives.
-- It is held for 24 hours by the database's own time; until then the buyer may give another one.
-- The buyer and the treasurers are told. Returns 'done' or 'lost'.
CREATE FUNCTION redirect_refund(
  p_id bigint, p_version int, p_holder text, p_number text, p_user_id bigint, p_origin_id bigint
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v outgoing_payments;
  o orders;
  v_now timestamptz;
  v_args jsonb;
BEGIN
  SELECT * INTO v FROM outgoing_payments WHERE id = p_id FOR NO KEY UPDATE;
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
  INSERT INTO outgoing_accounts (outgoing_id, holder, number, user_id, origin_id, given_at)
    VALUES (v.id, p_holder, p_number, p_user_id, p_origin_id, v_now);
  UPDATE outgoing_payments SET status = 'requested', version = version + 1, attempts = 0,
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
-- a row of the outbox; money that no order took is the payer's matter. Returns 'done' or 'lost'.
CREATE FUNCTION change_outgoing(
  p_id bigint, p_version int, p_status text, p_provider_reference text, p_error text,
  p_next_attempt_at timestamptz, p_tell text[], p_args jsonb
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v outgoing_payments;
  v_now timestamptz := surety_now();
  v_payer payments;
BEGIN
  SELECT * INTO v FROM outgoing_payments WHERE id = p_id FOR NO KEY UPDATE;
  IF NOT FOUND OR v.version IS DISTINCT FROM p_version THEN
    RETURN 'lost';
  END IF;
  IF (v.status IN ('requested', 'sent', 'failed')
      AND p_status IN ('sent', 'succeeded', 'failed',
        CASE v.kind WHEN 'payout' THEN 'bounced' ELSE 'needs_details' END)) IS NOT TRUE THEN
    RAISE EXCEPTION 'illegal move of an outgoing payment: % to %', v.status, p_status
      USING ERRCODE = 'SU004';
  END IF;
  IF v.kind <> 'payout' AND v.payee ? 'number' AND EXISTS (SELECT FROM outgoing_accounts
      WHERE outgoing_id = v.id AND given_at + interval '24 hours' > v_now) THEN
    RAISE EXCEPTION 'another account was given less than 24 hours ago' USING ERRCODE = 'SU004';
  END IF;
  UPDATE outgoing_payments SET status = p_status, version = version + 1, attempts = attempts + 1,
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
    WHERE r.id = v.receipt_id AND v.kind = 'send_back';
  INSERT INTO outbox (created_at, tell, order_id, merchant_id, user_id, email, args)
    SELECT v_now, ARRAY[t], v.order_id, v.merchant_id, v_payer.buyer_id, v_payer.buyer_email,
      CASE WHEN t LIKE 'staff-%' THEN p_args || '{"link": "/admin/treasury"}'
        WHEN v_payer.id IS NULL THEN p_args
        ELSE p_args || jsonb_build_object('locale', v_payer.locale) END
    FROM unnest(p_tell) AS t;
  RETURN 'done';
END $$;
