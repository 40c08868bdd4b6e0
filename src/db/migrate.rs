//! Migrations, and what the server's role may do. Run as the owner.

use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::DbError;
use super::connect::{ConnectError, Patience, Way};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// What the server's role may do, written anew after each migration.
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
    /// The rights of the server's role could not be set.
    #[error("the rights of the role surety_server could not be set: {0}")]
    Grants(#[from] DbError),
}

async fn connect(owner_url: &str) -> Result<AsyncPgConnection, MigrateError> {
    Ok(Way::new(owner_url, Patience::Endless)?.connect().await?)
}

/// Brings the database to the newest schema and sets the rights of the server's role. Two runs at
/// once wait for each other. Needs a multi-threaded runtime.
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
    conn.batch_execute(GRANTS).await.map_err(DbError::from)?;
    Ok(done)
}

/// Undoes every migration: for the test that they can be undone.
pub async fn revert_all(owner_url: &str) -> Result<(), MigrateError> {
    let conn = connect(owner_url).await?;
    let mut harness = AsyncMigrationHarness::new(conn);
    harness
        .revert_all_migrations(MIGRATIONS)
        .map(|_| ())
        .map_err(|e| MigrateError::Migration(e.to_string()))
}

/// How many migrations the database lacks.
///
/// # Errors
/// [`DbError`] when the database cannot be asked.
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
