DROP FUNCTION roll_up_accounts();
DROP FUNCTION account_balance(text, bigint, text);
DROP FUNCTION book_journal(
  text, text, text, bigint, bigint, timestamptz, bigint[], numeric[], text[], numeric[]);
DROP FUNCTION ensure_account(text, bigint, text);
DROP TABLE rollup_horizon, account_rollups, entries, journals;
DROP FUNCTION entries_must_balance();
ALTER TABLE ledger_accounts DROP CONSTRAINT ledger_accounts_are_sound;
DROP FUNCTION is_sound(ledger_accounts);
DROP TABLE ledger_accounts;
