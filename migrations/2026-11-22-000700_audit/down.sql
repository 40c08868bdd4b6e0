DROP FUNCTION audit_differences();
DROP FUNCTION audit_guards();
DROP FUNCTION audit_histories();
DROP FUNCTION audit_outgoing();
DROP FUNCTION audit_orders();
DROP FUNCTION audit_ledger();
