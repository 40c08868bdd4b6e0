DROP TABLE sandbox_transactions, sandbox_payments, outgoing_payments, payment_accounts, receipts,
  payments, refunds, order_moves, order_events, orders, policies;
