-- What guards the rows while nobody looks. Called by audit_differences.
CREATE OR REPLACE FUNCTION audit_guards() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT 'a guard is on its table', concat('table ', g.name), concat(g.function,
      CASE WHEN t.tgname IS NULL THEN ' is missing' ELSE ' is switched off' END)
    FROM (VALUES ('journals', 'forbid_change'), ('entries', 'forbid_change'),
      ('order_events', 'forbid_change'),
      ('audit_entries', 'forbid_change'), ('badge_events', 'forbid_change'),
      ('case_events', 'forbid_change'), ('dispatches', 'forbid_change'),
      ('application_events', 'forbid_change'),
      ('merchant_member_events', 'forbid_change'),
      ('disbursement_accounts', 'forbid_change')) AS g (name, function)
    LEFT JOIN (pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        AND c.relnamespace = 'public'::regnamespace JOIN pg_proc p ON p.oid = t.tgfoid)
      ON c.relname = g.name AND p.proname = g.function
    WHERE t.tgenabled IS DISTINCT FROM 'O'
  UNION ALL
  SELECT 'a constraint holds for all rows', concat('table ', conrelid::regclass), conname
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND NOT convalidated
  UNION ALL
  SELECT 'an index is whole', concat('table ', i.indrelid::regclass), c.relname
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)
  UNION ALL
  SELECT 'the server''s role does not write what functions write', concat('table ', c.relname),
      w.name
    FROM pg_class c, (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS w (name),
      pg_roles r
    WHERE r.rolname = 'surety_server' AND c.relnamespace = 'public'::regnamespace
      AND c.relname IN ('orders', 'order_events', 'order_moves', 'policies', 'cases', 'case_events',
        'case_moves', 'dispatches', 'payments', 'receipts', 'disbursements',
        'disbursement_accounts', 'payment_accounts',
        'ledger_accounts', 'journals', 'entries', 'account_rollups', 'rollup_horizon',
        'audit_entries', 'clock_offset')
      AND (has_table_privilege(r.oid, c.oid, w.name)
        OR w.name IN ('INSERT', 'UPDATE') AND has_any_column_privilege(r.oid, c.oid, w.name));
$$;
