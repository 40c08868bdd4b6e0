-- What the server's role may do. Orders, ledger, history and audit it may only read; they are
-- written by functions that belong to the owner and refuse what is not legal.
-- Roles belong to the whole cluster, so making one is guarded against another database's migration.
SELECT pg_advisory_xact_lock(5358);
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'surety_server') THEN
    CREATE ROLE surety_server NOLOGIN;
  END IF;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO surety_server', current_database());
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO surety_server;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, surety_server;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, surety_server;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, surety_server;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO surety_server;

-- Accounts.
GRANT INSERT, UPDATE ON users TO surety_server;
GRANT INSERT, UPDATE, DELETE ON deferrals, sessions, origins, email_tokens, throttles, second_factors,
  second_factor_enrolments, recovery_codes, passkeys, passkey_challenges TO surety_server;
-- The trust programme.
GRANT INSERT, UPDATE ON merchants, merchant_members, merchant_invitations, domains, badges,
  applications, record_dates, badge_sightings TO surety_server;
GRANT DELETE ON merchant_members, merchant_invitations, domains, badge_sightings TO surety_server;
GRANT INSERT ON agreements, agreement_signatures, merchant_member_events, badge_events,
  application_events, application_submissions, submitted_documents, domain_checks,
  impostor_reports TO surety_server;
GRANT UPDATE (taken_by, taken_at, closed_by, closed_at, outcome, reason) ON impostor_reports
  TO surety_server;
-- Files and documents: added and removed, never changed.
GRANT INSERT, UPDATE, DELETE ON stored_objects TO surety_server;
GRANT INSERT, DELETE ON files, application_documents TO surety_server;
-- The credit record: ratings and answers are only added to; what is computed is computed anew.
GRANT INSERT, UPDATE ON devices TO surety_server;
GRANT DELETE ON devices, ratings_to_publish TO surety_server;
GRANT INSERT ON ratings, rating_replies, rating_publications, ratings_to_publish TO surety_server;
GRANT INSERT, UPDATE ON credit_records, credit_months TO surety_server;
GRANT UPDATE ON credit_turns TO surety_server;
-- A cause of suspension is written once, and ends once.
GRANT INSERT, UPDATE (ended_at, ended_by, end_reason) ON suspension_causes TO surety_server;
GRANT INSERT, UPDATE ON agreement_drafts TO surety_server;
GRANT INSERT ON trust_reminders TO surety_server;
-- Notifications: what was told cannot be unsaid, but it can be delivered and read.
GRANT UPDATE (expanded_at) ON outbox TO surety_server;
GRANT INSERT ON notifications, mails TO surety_server;
GRANT UPDATE (read_at) ON notifications TO surety_server;
GRANT UPDATE (attempts, next_attempt_at, last_error, sent_at) ON mails TO surety_server;
-- The sandbox bank's own books.
GRANT INSERT, UPDATE ON sandbox_payments, sandbox_transactions TO surety_server;

GRANT EXECUTE ON FUNCTION surety_now() TO surety_server;
GRANT EXECUTE ON FUNCTION is_vouched_for(timestamptz) TO surety_server;
GRANT EXECUTE ON FUNCTION append_outbox(text[], bigint, bigint, bigint, text, jsonb)
  TO surety_server;
GRANT EXECUTE ON FUNCTION append_audit(bigint, text, text, jsonb, jsonb, text) TO surety_server;
GRANT EXECUTE ON FUNCTION account_balance(text, bigint, text) TO surety_server;
GRANT EXECUTE ON FUNCTION roll_up_accounts() TO surety_server;
GRANT EXECUTE ON FUNCTION create_order(uuid, bigint, text, text, int, text, jsonb, numeric, text,
  numeric, boolean, text, bytea, bigint, bigint, bigint, bigint, text[], jsonb) TO surety_server;
GRANT EXECUTE ON FUNCTION change_order(bigint, int, timestamptz, text, text, text, bigint, bigint,
  timestamptz, timestamptz, timestamptz, text[], numeric[], text[], jsonb, jsonb, jsonb)
  TO surety_server;
GRANT EXECUTE ON FUNCTION reschedule_poll(bigint, int, timestamptz) TO surety_server;
GRANT EXECUTE ON FUNCTION begin_payment(uuid, bigint, text, bigint, text, text, timestamptz,
  timestamptz, bytea) TO surety_server;
GRANT EXECUTE ON FUNCTION book_unmatched(text, text, bigint, numeric, text, text)
  TO surety_server;
GRANT EXECUTE ON FUNCTION change_payment_account(bigint, text, text, bigint) TO surety_server;
GRANT EXECUTE ON FUNCTION request_payout(uuid, bigint, numeric, text, text) TO surety_server;
GRANT EXECUTE ON FUNCTION redirect_refund(bigint, int, text, text, bigint, bigint)
  TO surety_server;
GRANT EXECUTE ON FUNCTION change_disbursement(bigint, int, text, text, text, timestamptz, text[],
  jsonb) TO surety_server;
GRANT EXECUTE ON FUNCTION publish_thresholds(int, jsonb, bigint, text) TO surety_server;
GRANT EXECUTE ON FUNCTION audit_differences() TO surety_server;
