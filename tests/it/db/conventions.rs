//! Conventions of the schema, asserted against the live one.

use crate::support::World;

/// Names that a query returns, which must be these.
#[track_caller]
fn only(rule: &str, found: Vec<Vec<Option<String>>>, known: &[&str]) {
    let found: Vec<String> = found.into_iter().filter_map(|row| row[0].clone()).collect();
    let new: Vec<_> = found.iter().filter(|f| !known.contains(&f.as_str())).collect();
    assert!(new.is_empty(), "{rule}: {new:#?}");
    let gone: Vec<_> = known.iter().filter(|k| !found.iter().any(|f| f == *k)).collect();
    assert!(gone.is_empty(), "{rule}: no longer an exception, take it off the list: {gone:?}");
}

#[tokio::test]
async fn tables_and_columns_keep_to_the_conventions() {
    let world = World::new().await;
    let rows = async |sql: &str| world.owner_sql(sql).await;
    only(
        "every table has a primary key",
        rows(
            "SELECT relname FROM pg_class c WHERE relkind = 'r' \
              AND relnamespace = 'public'::regnamespace AND NOT EXISTS \
              (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND contype = 'p')",
        )
        .await,
        &[],
    );
    only(
        "a moment is named …_at, …_since or …_until",
        rows(
            "SELECT table_name || '.' || column_name FROM information_schema.columns \
              WHERE table_schema = 'public' AND data_type LIKE 'timestamp%' \
              AND table_name NOT LIKE '\\_\\_diesel%' \
              AND column_name !~ '_(at|since|until)$'",
        )
        .await,
        // A line of a history is at a moment; that is all there is to say.
        &[
            "application_events.at",
            "applications.reapply_from",
            "audit_entries.at",
            "badge_events.at",
            "case_events.at",
            "dispatches.at",
            "journals.at",
            "merchant_member_events.at",
            "merchant_members.since",
            "order_events.at",
            "receipts.at",
            "suspension_causes.since",
        ],
    );
    only(
        "a moment has a time zone",
        rows(
            "SELECT table_name || '.' || column_name FROM information_schema.columns \
              WHERE table_schema = 'public' AND data_type = 'timestamp without time zone' \
              AND table_name NOT LIKE '\\_\\_diesel%'",
        )
        .await,
        &[],
    );
    only(
        "money is numeric(20, 4), a sum of it numeric(24, 4)",
        rows(
            "SELECT table_name || '.' || column_name FROM information_schema.columns \
              WHERE table_schema = 'public' \
              AND (data_type IN ('real', 'double precision', 'money') OR data_type = 'numeric' \
                AND (numeric_precision NOT IN (20, 24) OR numeric_scale <> 4) IS NOT FALSE)",
        )
        .await,
        &[],
    );
    only(
        "texts have no length in their type; forms and functions limit them",
        rows(
            "SELECT table_name || '.' || column_name FROM information_schema.columns \
              WHERE table_schema = 'public' AND data_type LIKE 'character%' \
              AND table_name NOT LIKE '\\_\\_diesel%'",
        )
        .await,
        &[],
    );
}

#[tokio::test]
async fn every_foreign_key_can_be_followed_backwards() {
    let world = World::new().await;
    let found = world
        .owner_sql(
            "SELECT k.conrelid::regclass || '(' || (SELECT string_agg(attname, ', ' ORDER BY o) \
               FROM unnest(k.conkey) WITH ORDINALITY AS u (n, o) \
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n) || ')' AS name \
             FROM pg_constraint k WHERE k.contype = 'f' \
             AND k.connamespace = 'public'::regnamespace \
             AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid \
               AND k.conkey[1] = i.indkey[0]) ORDER BY 1",
        )
        .await;
    // What is referred to is never deleted or changed, and nobody asks from that side.
    only(
        "a foreign key has an index, or what it refers to never goes away",
        found,
        &[
            "agreement_drafts(saved_by)",
            "agreement_signatures(user_id)",
            "agreements(published_by)",
            "criteria_thresholds(published_by)",
            "applications(claimed_by)",
            "domain_checks(asked_by)",
            "impostor_reports(closed_by)",
            "files(uploaded_by)",
            "impostor_reports(merchant_id)",
            "impostor_reports(taken_by)",
            "merchant_invitations(invited_by)",
            "orders(channel, policy_version)",
            "orders(escrow_account_id)",
            "orders(merchant_account_id)",
            "disbursement_accounts(user_id)",
            "disbursements(receipt_id)",
            "payment_accounts(changed_by)",
            "payments(buyer_id)",
            "receipts(payment_id)",
            "record_dates(entered_by)",
            "suspension_causes(begun_by)",
            "suspension_causes(ended_by)",
        ],
    );
}

#[tokio::test]
async fn functions_and_owners_are_closed() {
    let world = World::new().await;
    let rows = async |sql: &str| world.owner_sql(sql).await;
    only(
        "a SECURITY DEFINER function has a fixed search_path",
        rows(
            "SELECT oid::regprocedure::text FROM pg_proc \
              WHERE pronamespace = 'public'::regnamespace AND prosecdef \
              AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=public, pg_temp']",
        )
        .await,
        &[],
    );
    only(
        "PUBLIC may execute no function",
        rows(
            "SELECT oid::regprocedure::text FROM pg_proc \
              WHERE pronamespace = 'public'::regnamespace \
              AND has_function_privilege('public', oid, 'EXECUTE')",
        )
        .await,
        &[],
    );
    only(
        "PUBLIC may do nothing with any table",
        rows(
            "SELECT oid::regclass::text FROM pg_class \
              WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S') \
              AND EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee = 0)",
        )
        .await,
        &[],
    );
    only(
        "everything belongs to the owner's role",
        rows(
            "SELECT oid::regclass::text FROM pg_class \
              WHERE relnamespace = 'public'::regnamespace \
              AND relowner <> 'surety_owner'::regrole \
              UNION ALL SELECT oid::regprocedure::text FROM pg_proc \
              WHERE pronamespace = 'public'::regnamespace \
              AND proowner <> 'surety_owner'::regrole",
        )
        .await,
        &[],
    );
    only(
        "a history is append-only",
        rows(
            "SELECT name FROM unnest(ARRAY['journals', 'entries', 'order_events', \
                'audit_entries', 'badge_events', 'application_events', \
                'application_submissions', 'submitted_documents', 'domain_checks']) AS name \
              WHERE NOT EXISTS (SELECT FROM pg_trigger \
                WHERE tgrelid = name::regclass AND tgfoid = 'forbid_change'::regproc \
                AND tgtype & 56 = 56 AND tgenabled = 'O')",
        )
        .await,
        &[],
    );
}
