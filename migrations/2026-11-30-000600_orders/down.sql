DROP TABLE payment_accounts, self_dealt_orders, receipts, payment_fingerprints, payments, order_moves,
  order_events, orders, policies;
