-- Stands in for the function that settles, to see what the way to it and back costs: the request,
-- the session, the order, one durable row.
CREATE OR REPLACE FUNCTION change_order(
  p_order_id bigint, p_version int, p_at timestamptz, p_event text, p_status text, p_actor text,
  p_user_id bigint, p_origin_id bigint, p_due_at timestamptz, p_wake_at timestamptz,
  p_overdue_at timestamptz, p_lines text[], p_amounts numeric[], p_tell text[], p_args jsonb,
  p_detail jsonb, p_parts jsonb
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO outbox (created_at, tell, order_id, args) VALUES (p_at, p_tell, p_order_id, p_args);
  RETURN 'done';
END $$
