-- What must always be true, proved from the rows: each row that an audit function returns is a
-- difference. They believe no constraint and no index: a damaged or tampered database is what they
-- are for. Each rule reads its tables once, as a whole; all of them see one snapshot. All of it.
-- Called by `ledger::audit` (the command `surety audit`).
CREATE OR REPLACE FUNCTION audit_differences() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT * FROM audit_guards()
  UNION ALL SELECT * FROM audit_ledger()
  UNION ALL SELECT * FROM audit_orders()
  UNION ALL SELECT * FROM audit_disbursements()
  UNION ALL SELECT * FROM audit_histories()
  UNION ALL SELECT * FROM audit_suspensions()
  UNION ALL SELECT * FROM audit_submissions()
  UNION ALL SELECT * FROM audit_thresholds()
  UNION ALL SELECT * FROM audit_credit();
$$;
