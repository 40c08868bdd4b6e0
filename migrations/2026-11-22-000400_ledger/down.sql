DROP FUNCTION roll_up_accounts();
DROP FUNCTION account_balance(text, bigint, text);
DROP FUNCTION book_journal(text, text, text, bigint, bigint, timestamptz, bigint[], numeric[]);
DROP FUNCTION ensure_account(text, bigint, text);
DROP TABLE rollup_horizon, account_rollups, entries, journals, ledger_accounts;
DROP FUNCTION entries_must_balance();
