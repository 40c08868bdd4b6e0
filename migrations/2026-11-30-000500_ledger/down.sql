DROP TABLE rollup_horizon, account_rollups, entries, journals, ledger_accounts;
