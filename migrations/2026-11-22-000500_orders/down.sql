DROP TABLE sandbox_transactions, sandbox_payments, outgoing_accounts, outgoing_payments,
  payment_accounts, receipts, payments, refunds, order_moves, order_events;
ALTER TABLE orders DROP CONSTRAINT orders_are_sound;
DROP FUNCTION is_sound(orders);
DROP TABLE orders, policies;
