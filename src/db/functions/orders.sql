-- The check of orders (`src/db/triggers.sql`), in a function for the reason that ledger.sql gives.
-- Refuses a price, a fee, a status, an outcome or a pause that do not belong together.
CREATE OR REPLACE FUNCTION is_sound(o orders) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  v_ended boolean := o.status IN ('completed', 'closed');
  v_paused boolean := o.paused_since IS NOT NULL;
BEGIN
  RETURN o.title <> '' AND o.price > 0 AND o.price <> 'NaN' AND o.fee_full BETWEEN 0 AND o.price
    AND coalesce(octet_length(o.link_hash) = 32, true)
    AND (v_ended
      OR o.status IN ('awaiting_payment', 'awaiting_delivery', 'awaiting_confirmation'))
    AND v_ended = (o.ended_at IS NOT NULL)
    AND v_ended = (o.outcome IS NOT NULL)
    AND coalesce(o.outcome IN ('unpaid', 'cancelled', 'released', 'returned', 'split'), true)
    AND NOT (v_ended AND (v_paused OR o.due_at IS NOT NULL OR o.wake_at IS NOT NULL))
    AND v_paused = (o.case_state IS NOT NULL)
    AND coalesce(o.case_state IN ('awaiting_merchant', 'declined'), true)
    AND v_paused = (o.paused_left_us IS NOT NULL)
    AND coalesce(o.paused_left_us >= 0, true)
    AND NOT (v_paused AND o.due_at IS NOT NULL);
END $$;

-- Writes an order that awaits its payment, with its accounts, its first line of history and its row
-- of the outbox; returns its id. Called by `orders::store::create`. What it refuses is refused by
-- is_sound and by the foreign keys.
CREATE OR REPLACE FUNCTION create_order(
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

-- Applies one decided change to an order, whole or not at all. Called by `orders::store::apply`.
-- Returns `done`, or `lost` when the order moved on since it was read. p_at is the time that was
-- decided by. p_due_at and p_wake_at are the new clock; p_extra carries the rarer parts: buyer_id,
-- buyer_email and locale, delivery, overdue_at, paused_left_us, unpaused, extension_days,
-- extension_asked, receipt and covered, refund, self_dealt, detail. Refuses a time that is not the
-- database's own of the last minute, a move that order_moves lacks, and a clock that is early
-- (SU004); parts that check_order_parts refuses, and lines of a move that books nothing (SU003).
CREATE OR REPLACE FUNCTION change_order(
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

-- Refuses with SU003 a change whose parts do not belong together: a receipt comes with a payment
-- and a payment with its receipt, a delivery with its facts, an address only before the order has
-- its buyer; a request for a refund moves only as the event says and ends with the order; what is
-- agreed is what was asked for, and the outcome is what was booked. Internal: called by
-- change_order.
CREATE OR REPLACE FUNCTION check_order_parts(
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

-- The parts of a change that few changes have: the receipt that paid, the refund request, the
-- corrected address, and what connects the parties. A self-dealt order is not covered, whatever
-- else the change says. Internal: called by change_order. Refuses with SU003 a payment of another
-- order, and an answer to a request for a refund that is not open.
CREATE OR REPLACE FUNCTION apply_order_extra(o orders, p_now timestamptz, p_extra jsonb)
RETURNS void
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
    IF r ? 'account_mark' THEN
      INSERT INTO payment_marks (payment_id, account_mark)
        VALUES (v_payment.id, decode(r ->> 'account_mark', 'hex'))
        ON CONFLICT (payment_id) DO UPDATE SET account_mark = excluded.account_mark;
    END IF;
  END IF;
  IF p_extra ? 'self_dealt' THEN
    INSERT INTO self_dealt_orders (order_id, merchant_id, links, found_at)
      VALUES (o.id, o.merchant_id, ARRAY(SELECT jsonb_array_elements_text(p_extra -> 'self_dealt')),
        p_now);
    UPDATE orders SET covered = false WHERE id = o.id;
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

-- Checks the lines of a journal against the kind of journal that the move books, and books them to
-- this order's own accounts; a return of money becomes an outgoing payment. Internal: called by
-- change_order. Refuses with SU003 lines that are not of the kind, an account that is not the
-- order's, an escrow that is not filled by a payment or emptied by all else, and a refund without a
-- receipt.
CREATE OR REPLACE FUNCTION book_order_journal(
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
