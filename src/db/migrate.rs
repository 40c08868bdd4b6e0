//! Migrations, the functions of the database, and what the server's role may do. Run as the owner.

use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::DbError;
use super::connect::{ConnectError, Patience, Way};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

macro_rules! included {
    ($path:literal) => {
        ($path, include_str!($path))
    };
}

/// What is written anew after the migrations, in this order: PostgreSQL reads the body of a
/// function in SQL when it is made, so that what it calls comes before it.
const REPLACED: &[(&str, &str)] = &[
    included!("functions/time.sql"),
    included!("functions/notifications.sql"),
    included!("functions/audit_trail.sql"),
    included!("functions/trust.sql"),
    included!("functions/merchant_search.sql"),
    included!("functions/thresholds.sql"),
    included!("functions/admission.sql"),
    included!("functions/ledger.sql"),
    included!("functions/cases.sql"),
    included!("functions/order_parts.sql"),
    included!("functions/orders.sql"),
    included!("functions/payments.sql"),
    included!("functions/disbursements.sql"),
    included!("functions/reputation.sql"),
    included!("functions/audit_guards.sql"),
    included!("functions/audit_ledger.sql"),
    included!("functions/audit_orders.sql"),
    included!("functions/audit_disbursements.sql"),
    included!("functions/audit_histories.sql"),
    included!("functions/audit_trust.sql"),
    included!("functions/audit_thresholds.sql"),
    included!("functions/audit_admission.sql"),
    included!("functions/audit_reputation.sql"),
    included!("functions/audit.sql"),
    included!("triggers.sql"),
];

/// What the server's role may do, written anew after all else.
const GRANTS: &str = include_str!("grants.sql");

/// Why the database could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached as the owner.
    #[error("cannot connect as the owner (SURETY_MIGRATE_DATABASE_URL): {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// The address of the owner's database cannot be used.
    #[error("SURETY_MIGRATE_DATABASE_URL: {0}")]
    Way(#[from] ConnectError),
    /// A migration failed; it was rolled back.
    #[error("a migration failed: {0}")]
    Migration(String),
    /// The database did not answer as it should.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Functions, triggers and rights could not be written anew; all of them are as they were.
    #[error("src/db/{0} could not be run: {1}")]
    Replace(&'static str, DbError),
}

async fn connect(owner_url: &str) -> Result<AsyncPgConnection, MigrateError> {
    Ok(Way::new(owner_url, Patience::Endless)?.connect().await?)
}

/// Brings the database to the newest schema, and functions, triggers and rights to what their files
/// say. Two runs at once wait for each other. Needs a multi-threaded runtime.
pub async fn migrate(owner_url: &str) -> Result<Vec<String>, MigrateError> {
    let mut conn = connect(owner_url).await?;
    // Held until the connection closes. The number is this product's own.
    conn.batch_execute("SELECT pg_advisory_lock(5357)").await.map_err(DbError::from)?;
    let mut harness = AsyncMigrationHarness::new(conn);
    let done: Vec<String> = harness
        .run_pending_migrations(MIGRATIONS)
        .map_err(|e| MigrateError::Migration(e.to_string()))?
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut conn = harness.into_inner();
    replace(&mut conn).await?;
    Ok(done)
}

/// Writes functions, triggers and rights anew, all of them or none.
async fn replace(conn: &mut AsyncPgConnection) -> Result<(), MigrateError> {
    // Without the commit the transaction ends with the connection.
    conn.batch_execute("BEGIN").await.map_err(DbError::from)?;
    for (path, sql) in REPLACED {
        conn.batch_execute(sql).await.map_err(|e| MigrateError::Replace(path, e.into()))?;
    }
    // Before the rights: who may call a function is written into its row.
    conn.batch_execute(&drop_unwritten("RESTRICT")).await.map_err(DbError::from)?;
    conn.batch_execute(GRANTS).await.map_err(|e| MigrateError::Replace("grants.sql", e.into()))?;
    conn.batch_execute("COMMIT").await.map_err(DbError::from)?;
    Ok(())
}

/// Drops each function that this transaction has not written: it stands in no file any more, or has
/// another signature there, which makes it another function.
fn drop_unwritten(behaviour: &str) -> String {
    format!(
        "DO $$ DECLARE f regprocedure; BEGIN \
         FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
             AND proowner = current_user::regrole AND xmin <> pg_current_xact_id()::xid \
             AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass \
               AND objid = pg_proc.oid AND deptype = 'e') LOOP \
           EXECUTE format('DROP ROUTINE %s {behaviour}', f); \
         END LOOP; END $$"
    )
}

/// Undoes every migration: for the test that they can be undone.
pub async fn revert_all(owner_url: &str) -> Result<(), MigrateError> {
    let mut conn = connect(owner_url).await?;
    // With the triggers and checks that call them. No table can go while a function takes its rows.
    conn.batch_execute(&drop_unwritten("CASCADE")).await.map_err(DbError::from)?;
    let mut harness = AsyncMigrationHarness::new(conn);
    harness
        .revert_all_migrations(MIGRATIONS)
        .map(|_| ())
        .map_err(|e| MigrateError::Migration(e.to_string()))
}

/// How many migrations the database lacks.
/// Fails with [`DbError`] when the database cannot be asked.
pub async fn pending(db: &super::Db) -> Result<usize, DbError> {
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    let mut conn = db.conn().await?;
    let applied: i64 = diesel_migrations_table::__diesel_schema_migrations::table
        .count()
        .get_result(&mut conn)
        .await
        .map_err(|e| db.note(e))?;
    let known = diesel::migration::MigrationSource::<diesel::pg::Pg>::migrations(&MIGRATIONS)
        .map_or(0, |m| m.len());
    Ok(known.saturating_sub(usize::try_from(applied).unwrap_or(0)))
}

mod diesel_migrations_table {
    diesel::table! {
        __diesel_schema_migrations (version) {
            version -> Text,
        }
    }
}
