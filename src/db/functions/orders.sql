-- Whether the status of an order, its outcome, its clock and its hold belong together. Called by
-- create_order, change_order and audit_orders. In SQL, so that each takes it in as an expression.
CREATE OR REPLACE FUNCTION check_order_invariants(o orders) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN o.status IN ('completed', 'closed')
    THEN o.ended_at IS NOT NULL AND o.outcome IS NOT NULL
      AND o.outcome IN ('unpaid', 'cancelled', 'released', 'returned', 'split')
      AND o.hold IS NULL AND o.due_at IS NULL AND o.wake_at IS NULL
    ELSE o.ended_at IS NULL AND o.outcome IS NULL
      AND o.status IN ('awaiting_payment', 'awaiting_delivery', 'awaiting_confirmation')
    END
    AND CASE WHEN o.hold IS NULL
    THEN num_nonnulls(o.hold_turn, o.hold_due_at, o.paused_since, o.paused_left_us) = 0
    ELSE o.hold IN ('refund', 'dispute')
      AND o.hold_turn IS NOT NULL AND o.hold_turn IN ('buyer', 'merchant', 'staff')
      AND num_nulls(o.hold_due_at, o.paused_since, o.paused_left_us) = 0
      AND o.paused_left_us >= 0 AND o.due_at IS NULL
    END;
$$;

-- Whether what an order is about makes sense: it does not change afterwards. Called by create_order
-- and audit_orders.
CREATE OR REPLACE FUNCTION check_order_terms(o orders) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT o.title <> '' AND o.price > 0 AND o.price <> 'NaN' AND o.max_fee BETWEEN 0 AND o.price
    AND (o.link_hash IS NULL OR octet_length(o.link_hash) = 32);
$$;

-- Writes an order that awaits its payment, with its accounts, its first line of history and its row
-- of the outbox; returns its id. Called by `orders::store::create`. Refuses an order that makes no
-- sense as a broken check; the foreign keys refuse the rest.
CREATE OR REPLACE FUNCTION create_order(
  p_public_id uuid, p_merchant_id bigint, p_buyer_email text, p_channel text,
  p_policy_version int, p_title text, p_terms jsonb, p_price numeric, p_currency text,
  p_max_fee numeric, p_covered boolean, p_time_zone text, p_link_hash bytea,
  p_pay_within_s bigint, p_wake_within_s bigint, p_user_id bigint, p_origin_id bigint,
  p_tell text[], p_args jsonb
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  o orders;
  v_now timestamptz := surety_now();
  v_id bigint := nextval(pg_get_serial_sequence('orders', 'id'));
BEGIN
  INSERT INTO orders (id, public_id, merchant_id, buyer_email, channel, policy_version, status,
      title, terms, price, currency, max_fee, covered, time_zone, link_hash,
      created_at, status_since, due_at, wake_at, escrow_account_id, merchant_account_id)
    OVERRIDING SYSTEM VALUE
    VALUES (v_id, p_public_id, p_merchant_id, p_buyer_email, p_channel, p_policy_version,
      'awaiting_payment', p_title, p_terms, p_price, p_currency, p_max_fee, p_covered,
      p_time_zone, p_link_hash, v_now, v_now,
      v_now + make_interval(secs => p_pay_within_s),
      v_now + make_interval(secs => p_wake_within_s),
      ensure_account('escrow', v_id, p_currency),
      ensure_account('merchant', p_merchant_id, p_currency))
    RETURNING * INTO o;
  IF (check_order_terms(o) AND check_order_invariants(o)) IS NOT TRUE THEN
    RAISE EXCEPTION 'this order makes no sense' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO order_events (order_id, version, event, to_status, actor, user_id, at, origin_id)
    VALUES (v_id, 0, 'create', 'awaiting_payment', 'merchant', p_user_id, v_now, p_origin_id);
  INSERT INTO dispatches (stream, subject_id, version, at) VALUES ('order', v_id, 0, v_now);
  IF cardinality(p_tell) > 0 THEN
    INSERT INTO outbox (created_at, tell, order_id, merchant_id, args)
      VALUES (v_now, p_tell, v_id, p_merchant_id, p_args);
  END IF;
  RETURN v_id;
END $$;

-- Applies one decided change to an order, whole or not at all. Called by `orders::store::apply`.
-- p_at is the time that the change was decided by; p_due_at, p_wake_at and p_overdue_at are the
-- order's clock from now on; p_parts are `orders::change::Part`s, each of which goes to the pair of
-- functions that owns its rows (order_parts.sql). Returns `done`; `lost` when the order moved on
-- since it was read; `stale` when p_at is not the database's own time of the last minute. Refuses a
-- move, an actor or parts that order_moves does not have, a move that the hold forbids, and a clock
-- that is early (SU004); lines of a move that books nothing (SU003); and an order that would not be
-- sound, as a broken check.
CREATE OR REPLACE FUNCTION change_order(
  p_order_id bigint, p_version int, p_at timestamptz, p_event text, p_status text, p_actor text,
  p_user_id bigint, p_origin_id bigint, p_due_at timestamptz, p_wake_at timestamptz,
  p_overdue_at timestamptz, p_lines text[], p_amounts numeric[], p_tell text[], p_args jsonb,
  p_detail jsonb, p_parts jsonb
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  o orders;
  n orders;
  m order_moves;
  v_now timestamptz := surety_now();
  v_nothing text;
BEGIN
  IF (p_at BETWEEN v_now - interval '1 minute' AND v_now) IS NOT TRUE THEN
    RETURN 'stale';
  END IF;
  SELECT * INTO o FROM orders WHERE id = p_order_id FOR NO KEY UPDATE;
  IF NOT FOUND OR o.version IS DISTINCT FROM p_version THEN
    RETURN 'lost';
  END IF;
  SELECT * INTO m FROM order_moves WHERE channel = o.channel AND event = p_event
    AND from_status = o.status AND to_status = p_status;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'illegal move: % from % to %', p_event, o.status, p_status
      USING ERRCODE = 'SU004';
  END IF;
  IF (p_actor = ANY (m.actors)) IS NOT TRUE THEN
    RAISE EXCEPTION '% is not for %', p_event, p_actor USING ERRCODE = 'SU004';
  END IF;
  IF m.when_due AND (o.due_at <= p_at) IS NOT TRUE THEN
    RAISE EXCEPTION 'the clock is early' USING ERRCODE = 'SU004';
  END IF;
  n := o;
  IF o.hold IS NOT NULL OR p_parts IS NOT NULL OR m.parts <> '{}' THEN
    n := apply_order_parts(o, m, p_at, p_actor, p_parts, p_lines, p_amounts);
    IF n IS NULL THEN
      RETURN 'lost';
    END IF;
    -- What was left when the clock stopped is what is left when it goes on.
    IF o.hold IS NOT NULL AND n.hold IS NULL AND p_status = o.status
        AND (p_due_at = p_at + o.paused_left_us * interval '1 microsecond') IS NOT TRUE THEN
      RAISE EXCEPTION 'a clock goes on with what was left' USING ERRCODE = 'SU004';
    END IF;
  END IF;
  n.status := p_status;
  n.due_at := p_due_at;
  n.wake_at := p_wake_at;
  IF p_status <> o.status THEN
    n.status_since := p_at;
  END IF;
  IF m.outcome IS NOT NULL THEN
    n.outcome := m.outcome;
    n.ended_at := p_at;
  END IF;
  IF check_order_invariants(n) IS NOT TRUE THEN
    RAISE EXCEPTION 'an order cannot be so' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE orders SET status = n.status, version = version + 1, status_since = n.status_since,
      due_at = n.due_at, wake_at = n.wake_at, overdue_at = p_overdue_at,
      outcome = n.outcome, ended_at = n.ended_at,
      buyer_id = n.buyer_id, buyer_email = n.buyer_email, link_hash = n.link_hash,
      paid_at = n.paid_at, covered = n.covered,
      delivery = n.delivery, delivered_at = n.delivered_at,
      extension_days = n.extension_days, extension_asked_at = n.extension_asked_at,
      refunds_asked = n.refunds_asked,
      hold = n.hold, hold_turn = n.hold_turn, hold_due_at = n.hold_due_at,
      paused_since = n.paused_since, paused_left_us = n.paused_left_us,
      paused_total_us = n.paused_total_us
    WHERE id = o.id;
  IF m.journal IS NOT NULL THEN
    -- An assignment and not PERFORM, which would run a query each time.
    v_nothing := book_order_journal(o, m.journal, p_at, p_lines, p_amounts);
  ELSIF cardinality(p_lines) > 0 THEN
    RAISE EXCEPTION 'this move books nothing' USING ERRCODE = 'SU003';
  END IF;
  WITH event AS (
    INSERT INTO order_events (order_id, version, event, from_status, to_status, actor, user_id, at,
        origin_id, detail)
      VALUES (o.id, o.version + 1, p_event, o.status, p_status, p_actor, p_user_id, p_at,
        p_origin_id, p_detail)
      RETURNING order_id, version, at)
  INSERT INTO dispatches (stream, subject_id, version, at)
    SELECT 'order', order_id, version, at FROM event;
  IF cardinality(p_tell) > 0 THEN
    INSERT INTO outbox (created_at, tell, order_id, merchant_id, args)
      VALUES (p_at, p_tell, o.id, o.merchant_id, p_args);
  END IF;
  RETURN 'done';
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
          AND v_fees <= o.max_fee
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
    INSERT INTO disbursements (kind, order_id, receipt_id, amount, currency, status, payee,
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
