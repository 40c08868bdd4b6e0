-- The parts of a change of an order that few changes have (`orders::change::Part`). Each has a
-- pair: check_<part> refuses, apply_<part> writes the rows that the part brings and answers the
-- order as it will be. Which parts a move needs and may have stands in order_moves. The pairs of
-- cases are in cases.sql.

-- Hands each part of a change to its pair, first all checks and then all writes, and lifts a hold
-- that the move ends. Returns the order as it will be, or null when a case moved on since it was
-- read. Called by change_order. Refuses parts that the move does not have or lacks (SU003), and a
-- move that the hold forbids (SU004).
CREATE OR REPLACE FUNCTION apply_order_parts(
  o orders, m order_moves, p_at timestamptz, p_actor text, p_parts jsonb, p_lines text[],
  p_amounts numeric[]
) RETURNS orders
LANGUAGE plpgsql AS $$
DECLARE
  p jsonb;
  v_part text;
  v_seen text[] := '{}';
  v_returned numeric;
BEGIN
  IF o.hold IS NOT NULL AND m.on_hold = 'refused' THEN
    RAISE EXCEPTION 'the order is on hold' USING ERRCODE = 'SU004';
  END IF;
  FOR p IN SELECT * FROM jsonb_array_elements(p_parts) LOOP
    v_part := p ->> 'part';
    IF (v_part = ANY (m.parts || m.may_have) AND v_part <> ALL (v_seen)) IS NOT TRUE THEN
      RAISE EXCEPTION 'the part % does not go with %', v_part, m.event USING ERRCODE = 'SU003';
    END IF;
    v_seen := v_seen || v_part;
    CASE v_part
      WHEN 'receipt' THEN PERFORM check_receipt(o, p);
      WHEN 'buyer' THEN PERFORM check_buyer(o, p);
      WHEN 'address' THEN PERFORM check_address(o, p);
      WHEN 'delivery' THEN PERFORM check_delivery(o, p);
      WHEN 'extension' THEN PERFORM check_extension(o, p);
      WHEN 'extension_asked' THEN PERFORM check_extension_asked(o);
      WHEN 'self_dealt' THEN PERFORM check_self_dealt(p);
      WHEN 'case_opened' THEN PERFORM check_case_opened(o, p_actor, p);
      WHEN 'case_moved' THEN
        SELECT sum(a) INTO v_returned FROM unnest(p_lines, p_amounts) AS t (l, a)
          WHERE l = 'refunds';
        IF NOT check_case_moved(o, p_actor, p, v_returned) THEN
          RETURN NULL;
        END IF;
    END CASE;
  END LOOP;
  IF NOT m.parts <@ v_seen THEN
    RAISE EXCEPTION '% lacks one of its parts: %', m.event, m.parts USING ERRCODE = 'SU003';
  END IF;
  FOR p IN SELECT * FROM jsonb_array_elements(p_parts) LOOP
    CASE p ->> 'part'
      WHEN 'receipt' THEN o := apply_receipt(o, p_at, p);
      WHEN 'buyer' THEN o := apply_buyer(o, p);
      WHEN 'address' THEN o := apply_address(o, p);
      WHEN 'delivery' THEN o := apply_delivery(o, p_at, p);
      WHEN 'extension' THEN o := apply_extension(o, p);
      WHEN 'extension_asked' THEN o := apply_extension_asked(o, p_at);
      WHEN 'self_dealt' THEN o := apply_self_dealt(o, p_at, p);
      WHEN 'case_opened' THEN o := apply_case_opened(o, p_at, p);
      WHEN 'case_moved' THEN o := apply_case_moved(o, p_at, p);
    END CASE;
  END LOOP;
  IF o.hold IS NOT NULL AND m.on_hold = 'lifted' THEN
    PERFORM end_open_case(o, p_at, m.event, m.case_ends);
    o := lift_hold(o, p_at);
  END IF;
  RETURN o;
END $$;

-- Stops the clock of an order for a case, or hands the case's turn on while it stands. An order
-- that has ended has no clock: a case on it holds nothing up. Called by the pairs of cases.
CREATE OR REPLACE FUNCTION put_on_hold(
  o orders, p_at timestamptz, p_hold text, p_turn text, p_due_at timestamptz
) RETURNS orders
LANGUAGE plpgsql AS $$
BEGIN
  IF o.ended_at IS NOT NULL THEN
    RETURN o;
  END IF;
  IF o.hold IS NULL THEN
    o.paused_since := p_at;
    o.paused_left_us :=
      greatest(0, floor(extract(epoch FROM o.due_at - p_at) * 1000000)::bigint);
  END IF;
  o.hold := p_hold;
  o.hold_turn := p_turn;
  o.hold_due_at := p_due_at;
  RETURN o;
END $$;

-- Lets the clock of an order go on, and counts how long it stood. Called by apply_order_parts and
-- by the pairs of cases.
CREATE OR REPLACE FUNCTION lift_hold(o orders, p_at timestamptz) RETURNS orders
LANGUAGE plpgsql AS $$
BEGIN
  IF o.hold IS NOT NULL THEN
    o.paused_total_us := o.paused_total_us
      + floor(extract(epoch FROM p_at - o.paused_since) * 1000000)::bigint;
    o.hold := NULL;
    o.hold_turn := NULL;
    o.hold_due_at := NULL;
    o.paused_since := NULL;
    o.paused_left_us := NULL;
  END IF;
  RETURN o;
END $$;

-- Refuses a payment of another order, amount or currency, and one that is not known. Called by
-- apply_order_parts.
CREATE OR REPLACE FUNCTION check_receipt(o orders, p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM payments WHERE id = (p ->> 'payment_id')::bigint
      AND order_id = o.id AND amount = o.price AND currency = o.currency) THEN
    RAISE EXCEPTION 'the payment is not of this order' USING ERRCODE = 'SU003';
  END IF;
END $$;

-- Writes what came in: the order is paid, its link is dead, and it has the buyer that the payment
-- names. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION apply_receipt(o orders, p_at timestamptz, p jsonb) RETURNS orders
LANGUAGE plpgsql AS $$
DECLARE
  v_payment payments;
BEGIN
  SELECT * INTO STRICT v_payment FROM payments WHERE id = (p ->> 'payment_id')::bigint;
  INSERT INTO receipts (gateway, provider_reference, payment_id, order_id, amount, currency, at)
    VALUES (v_payment.gateway, p ->> 'provider_reference', v_payment.id, o.id, o.price,
      o.currency, p_at);
  IF p ? 'account_fingerprint' THEN
    INSERT INTO payment_fingerprints (payment_id, account_fingerprint)
      VALUES (v_payment.id, decode(p ->> 'account_fingerprint', 'hex'))
      ON CONFLICT (payment_id) DO UPDATE SET account_fingerprint = excluded.account_fingerprint;
  END IF;
  o.paid_at := p_at;
  o.link_hash := NULL;
  o.covered := (p ->> 'covered')::boolean;
  o.buyer_email := p ->> 'buyer_email';
  o.buyer_id := coalesce(o.buyer_id, (p ->> 'buyer_id')::bigint);
  RETURN o;
END $$;

-- Refuses another buyer than the one that the order has. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION check_buyer(o orders, p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF (o.buyer_id IS NULL AND p ->> 'user_id' IS NOT NULL) IS NOT TRUE THEN
    RAISE EXCEPTION 'the order has its buyer' USING ERRCODE = 'SU003';
  END IF;
END $$;

-- The part buyer. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION apply_buyer(o orders, p jsonb) RETURNS orders
LANGUAGE plpgsql AS $$
BEGIN
  o.buyer_id := (p ->> 'user_id')::bigint;
  RETURN o;
END $$;

-- Refuses an address for an order that has its buyer, or that nobody has paid. Called by
-- apply_order_parts.
CREATE OR REPLACE FUNCTION check_address(o orders, p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF (o.buyer_id IS NULL AND o.paid_at IS NOT NULL AND p ->> 'email' <> '') IS NOT TRUE THEN
    RAISE EXCEPTION 'an address is corrected before the order has its buyer'
      USING ERRCODE = 'SU003';
  END IF;
END $$;

-- Whoever reads at the address before it is told that the proof which came there is void.
-- Called by apply_order_parts.
CREATE OR REPLACE FUNCTION apply_address(o orders, p jsonb) RETURNS orders
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_outbox(ARRAY['email:order-address-was-wrong'], NULL, NULL, NULL, o.buyer_email,
    jsonb_build_object('title', o.title, 'locale', p ->> 'locale'));
  o.buyer_email := p ->> 'email';
  RETURN o;
END $$;

-- Refuses a delivery that does not say of which kind it is, or is of another kind than was agreed.
-- Called by apply_order_parts.
CREATE OR REPLACE FUNCTION check_delivery(o orders, p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF (p ->> 'kind' <> '') IS NOT TRUE THEN
    RAISE EXCEPTION 'a delivery says of which kind it is' USING ERRCODE = 'SU003';
  END IF;
  IF o.terms ->> 'delivery' <> p ->> 'kind' THEN
    RAISE EXCEPTION 'delivery of another kind was agreed' USING ERRCODE = 'SU003';
  END IF;
END $$;

-- The part delivery. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION apply_delivery(o orders, p_at timestamptz, p jsonb) RETURNS orders
LANGUAGE plpgsql AS $$
BEGIN
  o.delivery := p - 'part';
  o.delivered_at := p_at;
  RETURN o;
END $$;

-- Refuses days that are no more than were granted already. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION check_extension(o orders, p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF ((p ->> 'total_days')::int > o.extension_days) IS NOT TRUE THEN
    RAISE EXCEPTION 'an extension grants more days' USING ERRCODE = 'SU003';
  END IF;
END $$;

-- The part extension. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION apply_extension(o orders, p jsonb) RETURNS orders
LANGUAGE plpgsql AS $$
BEGIN
  o.extension_days := (p ->> 'total_days')::int;
  RETURN o;
END $$;

-- Refuses a second wish for more time. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION check_extension_asked(o orders) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF o.extension_asked_at IS NOT NULL THEN
    RAISE EXCEPTION 'more time is asked for once' USING ERRCODE = 'SU003';
  END IF;
END $$;

-- The part extension_asked. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION apply_extension_asked(o orders, p_at timestamptz) RETURNS orders
LANGUAGE plpgsql AS $$
BEGIN
  o.extension_asked_at := p_at;
  RETURN o;
END $$;

-- Refuses a connection of the parties that says nothing. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION check_self_dealt(p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF (jsonb_array_length(p -> 'links') > 0) IS NOT TRUE THEN
    RAISE EXCEPTION 'what connects the parties is missing' USING ERRCODE = 'SU003';
  END IF;
END $$;

-- A self-dealt order is not covered, whatever else the change says: the part comes after the
-- receipt. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION apply_self_dealt(o orders, p_at timestamptz, p jsonb) RETURNS orders
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO self_dealt_orders (order_id, merchant_id, links, found_at)
    VALUES (o.id, o.merchant_id, ARRAY(SELECT jsonb_array_elements_text(p -> 'links')), p_at);
  o.covered := false;
  RETURN o;
END $$;
