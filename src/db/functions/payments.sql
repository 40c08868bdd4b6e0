-- Writes an attempt to pay an order that awaits its payment, over its price, and the browser that it
-- is begun in. Called by `orders::store::begin_payment` before the payer goes to the gateway.
-- Returns its id, or NULL when the order does not wait for payment any more.
CREATE OR REPLACE FUNCTION begin_payment(
  p_public_id uuid, p_order_id bigint, p_gateway text, p_buyer_id bigint, p_buyer_email text,
  p_locale text, p_ask_at timestamptz, p_ask_until timestamptz, p_device_fingerprint bytea
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_id bigint;
BEGIN
  INSERT INTO payments (public_id, order_id, gateway, amount, currency, buyer_id, buyer_email,
      locale, created_at, ask_at, ask_until)
    SELECT p_public_id, id, p_gateway, price, currency, p_buyer_id, p_buyer_email, p_locale,
      surety_now(), p_ask_at, p_ask_until
    FROM orders WHERE id = p_order_id AND status = 'awaiting_payment'
    RETURNING id INTO v_id;
  IF v_id IS NOT NULL AND p_device_fingerprint IS NOT NULL THEN
    INSERT INTO payment_fingerprints (payment_id, device_fingerprint)
      VALUES (v_id, p_device_fingerprint);
  END IF;
  RETURN v_id;
END $$;

-- Says when the gateway is asked next about an attempt to pay, NULL for no more: before it is
-- asked, so that no other worker does too. Called by `orders::store::reschedule_poll`. Returns
-- `done`, or `lost` when another was faster.
CREATE OR REPLACE FUNCTION reschedule_poll(p_payment_id bigint, p_asked int, p_ask_at timestamptz)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE payments SET asked = asked + 1, ask_at = p_ask_at
    WHERE id = p_payment_id AND asked = p_asked AND ask_at IS NOT NULL;
  RETURN CASE WHEN FOUND THEN 'done' ELSE 'lost' END;
END $$;

-- Books money that no order may take, sends it back, and tells the payer, as far as known, and the
-- treasurers why. Called by `orders::store::book_unmatched`. Returns `done`, or `repeated` for a
-- transaction that is known already. Refuses with SU003 a receipt without a reason.
CREATE OR REPLACE FUNCTION book_unmatched(
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
  PERFORM book_journal('receipt:' || v_receipt || ':return_unmatched', 'return_unmatched',
    p_currency, NULL, NULL, v_now, '{}', '{}', ARRAY['unmatched', 'refunds'],
    ARRAY[-p_amount, p_amount]);
  INSERT INTO disbursements (kind, receipt_id, amount, currency, status, payee,
      next_attempt_at, created_at, status_since)
    VALUES ('return_unmatched', v_receipt, p_amount, p_currency, 'requested',
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
