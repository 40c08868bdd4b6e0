-- The trigger of every table that is only added to (`src/db/triggers.sql`). Refuses UPDATE, DELETE
-- and TRUNCATE with SU001, to the owner too.
CREATE OR REPLACE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'SU001';
END $$;

-- Adds a line to the audit trail of the staff, with who that was at the time; returns its id. Called in the transaction of what
-- was decided: by the stores in Rust (`db::append_audit`) and by publish_thresholds. Refuses
-- nothing.
CREATE OR REPLACE FUNCTION append_audit(
  p_user_id bigint, p_action text, p_subject text, p_before jsonb, p_after jsonb, p_reason text
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO audit_entries (at, user_id, action, subject, before, after, reason, by_name, by_email,
      by_public_id)
    SELECT surety_now(), p_user_id, p_action, p_subject, p_before, p_after, p_reason, u.name,
      u.email, u.public_id
    FROM (SELECT) AS once LEFT JOIN users u ON u.id = p_user_id
    RETURNING id;
$$;
