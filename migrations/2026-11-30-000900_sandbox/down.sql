DROP TABLE sandbox_transactions, sandbox_payments;
