-- Adds a row to the outbox; returns its id. Called in the transaction of what it tells of: by the
-- stores in Rust (`db::append_outbox`) and by functions. Refuses nothing.
CREATE OR REPLACE FUNCTION append_outbox(
  p_tell text[], p_order_id bigint, p_merchant_id bigint, p_user_id bigint, p_email text,
  p_args jsonb
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO outbox (created_at, tell, order_id, merchant_id, user_id, email, args)
  VALUES (surety_now(), p_tell, p_order_id, p_merchant_id, p_user_id, p_email, p_args)
  RETURNING id;
$$;
