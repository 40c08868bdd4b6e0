//! What a stolen server could do to the database: each write is tried as the server's role. What
//! it may do is listed here, so that a wider right is a decision and not an accident.

use std::collections::BTreeSet;

use crate::support::World;

/// Every write that the server's role may make: `INSERT table`, `UPDATE table.column`,
/// `DELETE table`. `UPDATE table` stands for all of its columns.
const MAY: &[&str] = &[
    // Accounts.
    "INSERT users",
    "UPDATE users",
    "INSERT sessions",
    "UPDATE sessions",
    "DELETE sessions",
    "INSERT origins",
    "UPDATE origins",
    "DELETE origins",
    "INSERT email_tokens",
    "UPDATE email_tokens",
    "DELETE email_tokens",
    "INSERT deferrals",
    "UPDATE deferrals",
    "DELETE deferrals",
    "INSERT throttles",
    "UPDATE throttles",
    "DELETE throttles",
    "INSERT second_factors",
    "UPDATE second_factors",
    "DELETE second_factors",
    "INSERT second_factor_enrolments",
    "UPDATE second_factor_enrolments",
    "DELETE second_factor_enrolments",
    "INSERT recovery_codes",
    "UPDATE recovery_codes",
    "DELETE recovery_codes",
    "INSERT passkeys",
    "UPDATE passkeys",
    "DELETE passkeys",
    "INSERT passkey_challenges",
    "UPDATE passkey_challenges",
    "DELETE passkey_challenges",
    // The trust programme: histories and signatures are only added to.
    "INSERT merchants",
    "UPDATE merchants",
    "INSERT merchant_members",
    "UPDATE merchant_members",
    "DELETE merchant_members",
    "INSERT merchant_invitations",
    "UPDATE merchant_invitations",
    "DELETE merchant_invitations",
    "INSERT merchant_member_events",
    "INSERT domains",
    "UPDATE domains",
    "DELETE domains",
    "INSERT badges",
    "UPDATE badges",
    "INSERT badge_events",
    "INSERT badge_sightings",
    "UPDATE badge_sightings",
    "DELETE badge_sightings",
    "INSERT applications",
    "UPDATE applications",
    "INSERT application_events",
    "INSERT application_submissions",
    "INSERT submitted_documents",
    "INSERT domain_checks",
    "INSERT record_dates",
    "UPDATE record_dates",
    "INSERT agreements",
    "INSERT agreement_signatures",
    "INSERT agreement_drafts",
    "UPDATE agreement_drafts",
    "INSERT suspension_causes",
    "UPDATE suspension_causes.ended_at",
    "UPDATE suspension_causes.ended_by",
    "UPDATE suspension_causes.end_reason",
    "INSERT trust_reminders",
    "INSERT impostor_reports",
    "UPDATE impostor_reports.taken_by",
    "UPDATE impostor_reports.taken_at",
    "UPDATE impostor_reports.closed_by",
    "UPDATE impostor_reports.closed_at",
    "UPDATE impostor_reports.outcome",
    "UPDATE impostor_reports.reason",
    // Files and documents: added and removed, never changed.
    "INSERT stored_objects",
    "UPDATE stored_objects",
    "DELETE stored_objects",
    "INSERT files",
    "DELETE files",
    "INSERT application_documents",
    "DELETE application_documents",
    // The credit record: ratings are only added to; what is computed is computed anew.
    "INSERT devices",
    "UPDATE devices",
    "DELETE devices",
    "INSERT ratings",
    "INSERT rating_replies",
    "INSERT rating_publications",
    "INSERT ratings_to_publish",
    "DELETE ratings_to_publish",
    "INSERT credit_records",
    "UPDATE credit_records",
    "INSERT credit_months",
    "UPDATE credit_months",
    "UPDATE credit_turns",
    // Notifications: what was told cannot be unsaid.
    "UPDATE outbox.expanded_at",
    "INSERT notifications",
    "UPDATE notifications.read_at",
    "INSERT mails",
    "UPDATE mails.attempts",
    "UPDATE mails.next_attempt_at",
    "UPDATE mails.last_error",
    "UPDATE mails.sent_at",
    // The sandbox bank, which plays the outside world.
    "INSERT sandbox_payments",
    "UPDATE sandbox_payments",
    "INSERT sandbox_transactions",
    "UPDATE sandbox_transactions",
];

/// Whatever anybody grants: these are written by functions or by the owner alone.
const NEVER: &[&str] = &[
    "orders",
    "order_events",
    "order_moves",
    "cases",
    "case_events",
    "case_moves",
    "dispatches",
    "policies",
    "payments",
    "receipts",
    "disbursements",
    "disbursement_accounts",
    "payment_accounts",
    "ledger_accounts",
    "journals",
    "entries",
    "account_rollups",
    "rollup_horizon",
    "audit_entries",
    "clock_offset",
    "criteria_thresholds",
    "payment_fingerprints",
    "self_dealt_orders",
];

/// The functions that the server's role may execute; the others are for these to call.
const MAY_EXECUTE: &[&str] = &[
    "account_balance",
    "append_audit",
    "append_outbox",
    "audit_differences",
    "begin_payment",
    "book_unmatched",
    "change_disbursement",
    "change_order",
    "change_payment_account",
    "create_order",
    "is_vouched_for",
    "publish_thresholds",
    "redirect_refund",
    "request_payout",
    "reschedule_poll",
    "roll_up_accounts",
    "surety_now",
];

#[tokio::test]
async fn each_forbidden_write_is_refused() {
    let world = World::new().await;
    let server = world.as_server().await;
    let columns = world
        .owner_sql(
            "SELECT table_name, column_name FROM information_schema.columns \
             WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
        )
        .await;
    let mut attempts: Vec<(String, String)> = Vec::new();
    let mut tables = BTreeSet::new();
    for row in &columns {
        let (table, column) = (row[0].clone().unwrap(), row[1].clone().unwrap());
        attempts.push((
            format!("UPDATE {table}.{column}"),
            format!("UPDATE {table} SET {column} = DEFAULT"),
        ));
        tables.insert(table);
    }
    for table in &tables {
        let insert = format!("INSERT INTO {table} DEFAULT VALUES");
        attempts.push((format!("INSERT {table}"), insert));
        attempts.push((format!("DELETE {table}"), format!("DELETE FROM {table}")));
        attempts.push((format!("TRUNCATE {table}"), format!("TRUNCATE {table} CASCADE")));
    }
    assert!(attempts.len() > 300, "too few writes are tried");
    let mut allowed = BTreeSet::new();
    for (name, sql) in attempts {
        // What is allowed may still fail on a constraint; only "permission denied" is a refusal.
        let tried = server.try_rows(&format!("BEGIN; {sql}; ROLLBACK")).await;
        server.rows("ROLLBACK").await;
        let code = tried.err().and_then(|e| Some(e.as_db_error()?.code().code().to_owned()));
        if code.as_deref() != Some("42501") {
            allowed.insert(name);
        }
    }
    let may = |name: &str| {
        let whole = name.split('.').next().unwrap_or_default();
        MAY.contains(&name) || MAY.contains(&whole)
    };
    let too_much: Vec<_> = allowed.iter().filter(|name| !may(name)).collect();
    assert!(too_much.is_empty(), "the server's role may do what is not listed: {too_much:#?}");
    let forbidden: Vec<_> = allowed
        .iter()
        .filter(|name| {
            let table = name.split([' ', '.']).nth(1).unwrap_or_default();
            NEVER.contains(&table) || name.starts_with("TRUNCATE")
        })
        .collect();
    assert!(forbidden.is_empty(), "nobody may ever be granted this: {forbidden:#?}");
    for listed in MAY {
        let used = allowed.iter().any(|a| a == listed || a.starts_with(&format!("{listed}.")));
        assert!(used, "{listed} is listed but not granted: take it off the list");
    }
    for table in NEVER {
        assert!(tables.contains(*table), "there is no table {table}");
    }
}

#[tokio::test]
async fn inner_functions_cannot_be_called() {
    let world = World::new().await;
    let rows = world
        .owner_sql(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
             AND has_function_privilege('surety_server', oid, 'EXECUTE') ORDER BY 1",
        )
        .await;
    let names: Vec<_> = rows.into_iter().filter_map(|row| row[0].clone()).collect();
    assert_eq!(names, MAY_EXECUTE, "what the server's role may execute");
    let server = world.as_server().await;
    for call in [
        "SELECT book_journal('x', 'x', 'CNY', NULL, NULL, surety_now(), '{}', '{}', '{}', '{}')",
        "SELECT ensure_account('fees', 0, 'CNY')",
        "SELECT book_order_journal(NULL, 'payment', surety_now(), '{}', '{}')",
        "SELECT apply_order_parts(NULL, NULL, surety_now(), 'buyer', '[]', '{}', '{}')",
        "SELECT apply_receipt(NULL, surety_now(), '{}')",
        "SELECT move_case(NULL, surety_now(), 'agree', 'refunded', NULL, NULL)",
    ] {
        let (code, message) = server.refused(call).await;
        assert_eq!(code, "42501", "{call}: {message}");
    }
}

#[tokio::test]
async fn the_servers_role_cannot_change_what_holds_it() {
    let world = World::new().await;
    let server = world.as_server().await;
    for sql in [
        "CREATE TABLE own (x int)",
        "CREATE TEMPORARY TABLE clock_offset (seconds bigint)",
        "CREATE FUNCTION surety_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "CREATE SCHEMA own",
        "ALTER TABLE entries DISABLE TRIGGER ALL",
        "DROP TRIGGER entries_append_only ON entries",
        "ALTER FUNCTION surety_now() RENAME TO other",
        "SET ROLE surety_owner",
        "SET SESSION AUTHORIZATION surety_owner",
        "SET session_replication_role = replica",
        "ALTER ROLE surety_server SUPERUSER",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT nextval('journals_id_seq')",
        "SELECT setval('orders_id_seq', 1)",
        "DO $$ BEGIN LOCK TABLE orders IN ACCESS EXCLUSIVE MODE; END $$",
    ] {
        let (code, message) = server.refused(sql).await;
        assert_eq!(code, "42501", "{sql}: {message}");
    }
    // A grant of what one cannot grant is a warning only.
    server.try_rows("GRANT INSERT ON entries TO surety_server").await.ok();
    let (code, _) = server.refused("INSERT INTO entries DEFAULT VALUES").await;
    assert_eq!(code, "42501");
}

#[tokio::test]
async fn a_history_cannot_be_changed_by_its_owner_either() {
    let world = World::new().await;
    for (table, column) in [
        ("journals", "id"),
        ("entries", "journal_id"),
        ("order_events", "order_id"),
        ("audit_entries", "id"),
        ("badge_events", "id"),
        ("application_events", "id"),
        ("application_submissions", "id"),
        ("domain_checks", "id"),
    ] {
        for sql in [
            format!("UPDATE {table} SET {column} = DEFAULT"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table} CASCADE"),
        ] {
            let (code, message) = world.owner.refused(&sql).await;
            assert_eq!(code, "SU001", "{sql}: {message}");
        }
    }
}

#[tokio::test]
async fn the_functions_do_not_fall_for_a_table_in_the_way() {
    // Even a role that may make temporary tables cannot slip one under a function.
    let world = World::new().await;
    let database = &world.database;
    world.owner_sql(&format!("GRANT TEMPORARY ON DATABASE {database} TO surety_server")).await;
    let server = world.as_server().await;
    server.rows("CREATE TEMPORARY TABLE clock_offset (seconds bigint)").await;
    server.rows("INSERT INTO pg_temp.clock_offset VALUES (864000)").await;
    let off = server.value("SELECT surety_now() > clock_timestamp() + interval '1 day'").await;
    assert_eq!(off, "f", "the function took the time from a temporary table");
}
