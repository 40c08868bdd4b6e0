DROP FUNCTION change_outgoing(bigint, int, text, text, text, timestamptz, text[], jsonb);
DROP FUNCTION redirect_refund(bigint, int, text, text, bigint, bigint);
DROP FUNCTION request_payout(uuid, bigint, numeric, text, text);
DROP FUNCTION change_payment_account(bigint, text, text, bigint);
DROP FUNCTION book_unmatched(text, text, bigint, numeric, text, text);
DROP FUNCTION put_off_question(bigint, int, timestamptz);
DROP FUNCTION start_payment(uuid, bigint, text, bigint, text, text, timestamptz, timestamptz);
DROP FUNCTION change_order(bigint, int, timestamptz, text, text, text, bigint, bigint,
  timestamptz, timestamptz, text, text[], numeric[], text[], jsonb, jsonb);
DROP FUNCTION check_order_parts(orders, text, text, text, text, text[], numeric[], jsonb);
DROP FUNCTION apply_order_extra(orders, timestamptz, jsonb);
DROP FUNCTION book_order_journal(orders, text, timestamptz, text[], numeric[]);
DROP FUNCTION create_order(uuid, bigint, text, text, int, text, jsonb, numeric, text, numeric,
  boolean, text, bytea, bigint, bigint, bigint, text[], jsonb);
