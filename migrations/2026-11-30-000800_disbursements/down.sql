DROP TABLE outgoing_accounts, outgoing_payments;
