//! The way to PostgreSQL: the pool, what can go wrong, migrations and who may do what.

pub mod batch;
mod connect;
mod fetch;
pub mod listen;
pub mod load;
pub mod migrate;
pub mod owner;
pub mod schema;

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::FutureExt;

use connect::Way;
pub use connect::{ConnectError, Patience};
pub use fetch::Fetch;

use crate::kernel::time::Timestamp;

/// A connection out of the pool; it goes back when dropped.
pub type Conn = Object<AsyncPgConnection>;

/// Why the database gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// It cannot be reached, or the connection broke: unknown whether a write took effect.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// It took too long, or somebody else held what was needed: what was asked was not done.
    #[error("the database gave up: {0}")]
    Busy(String),
    /// A row that must be there is missing.
    #[error("no such row")]
    NotFound,
    /// A unique constraint refused; its name.
    #[error("the unique constraint {0} refused")]
    Taken(String),
    /// Anything else: a mistake of ours.
    #[error("query failed: {0}")]
    Query(#[source] DieselError),
}

impl From<DieselError> for DbError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                Self::Taken(info.constraint_name().unwrap_or_default().to_owned())
            }
            DieselError::DatabaseError(
                kind @ (DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::Unknown),
                info,
            ) => {
                let message = info.message();
                if is_busy(message) {
                    Self::Busy(message.to_owned())
                } else if !matches!(kind, DatabaseErrorKind::Unknown) || is_outage(message) {
                    Self::Unavailable(message.to_owned())
                } else {
                    Self::Query(DieselError::DatabaseError(kind, info))
                }
            }
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, info) => {
                Self::Busy(info.message().to_owned())
            }
            DieselError::BrokenTransactionManager => {
                Self::Unavailable("the connection broke inside a transaction".to_owned())
            }
            other => Self::Query(other),
        }
    }
}

/// What PostgreSQL says while it stops, starts or recovers (SQLSTATE 57P01 to 57P05, 53300), and
/// what its client says of a cut wire. Diesel hands on the message, not the code.
fn is_outage(message: &str) -> bool {
    [
        "terminating connection",
        "the database system is",
        "connection closed",
        "error communicating with the server",
        "too many clients",
        "remaining connection slots",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

/// What PostgreSQL says when it gave up a statement, whose transaction it then undoes (SQLSTATE
/// 57014, 55P03, 40P01). The connection is well.
fn is_busy(message: &str) -> bool {
    ["canceling statement due to", "deadlock detected"].iter().any(|sign| message.contains(sign))
}

/// Whether PostgreSQL speaks the language that [`is_outage`] and [`is_busy`] read.
fn is_english(locale: &str) -> bool {
    let language: String = locale.chars().take_while(char::is_ascii_alphanumeric).collect();
    ["", "C", "POSIX", "en", "English"].contains(&language.as_str())
}

/// The row of a write that returns one. `load` reads an answer to its end, so an error at commit is
/// not lost, as it would be with `get_result`.
/// Fails with [`DieselError::NotFound`] when nothing was written.
pub fn only<T>(rows: Vec<T>) -> Result<T, DieselError> {
    rows.into_iter().next().ok_or(DieselError::NotFound)
}

/// What a message of the outbox is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    pub order_id: Option<i64>,
    pub merchant_id: Option<i64>,
    pub user_id: Option<i64>,
    pub email: Option<&'a str>,
}

impl About<'_> {
    pub const fn merchant(id: i64) -> Self {
        Self { merchant_id: Some(id), order_id: None, user_id: None, email: None }
    }
}

/// Writes a message to the outbox, in the transaction of what it tells of.
pub async fn tell_in(
    conn: &mut AsyncPgConnection,
    whom: &str,
    about: About<'_>,
    args: serde_json::Value,
) -> Result<(), DbError> {
    let About { order_id, merchant_id, user_id, email } = about;
    let row = append_outbox(vec![whom], order_id, merchant_id, user_id, email, args);
    diesel::select(row).execute(conn).await?;
    Ok(())
}

/// The pool of one worker thread. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
}

/// How long a request waits for a free connection, or for a new one to be made.
const WAIT: Duration = Duration::from_secs(5);

impl Db {
    /// A pool of at most `size` connections for people who wait, made when they are first needed.
    /// Fails with [`DbError::Unavailable`] when the pool cannot be set up at all; the database is
    /// not asked.
    pub fn new(url: &str, size: usize) -> Result<Self, DbError> {
        Self::patient(url, size, Patience::Reader)
    }

    /// As [`Self::new`], with as much patience as is said.
    pub fn patient(url: &str, size: usize, patience: Patience) -> Result<Self, DbError> {
        let way = Way::new(url, patience).map_err(|e| DbError::Unavailable(e.to_string()))?;
        let mut config = ManagerConfig::<AsyncPgConnection>::default();
        // No query at each checkout: a broken connection shows at its first use, and then all idle
        // ones are thrown away (`Db::note`).
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |_| way.clone().connect().boxed());
        let manager = AsyncDieselConnectionManager::new_with_config(url, config);
        let pool = Pool::builder(manager)
            .max_size(size)
            // The connection that was used last: few of them stay busy, and what PostgreSQL keeps
            // for each stays in the processor's caches.
            .queue_mode(deadpool::managed::QueueMode::Lifo)
            .runtime(deadpool::Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .build()
            .map_err(|e| DbError::Unavailable(e.to_string()))?;
        Ok(Self { pool })
    }

    /// A connection.
    /// Fails with [`DbError::Unavailable`] when there is none within five seconds.
    pub async fn conn(&self) -> Result<Conn, DbError> {
        self.pool.get().await.map_err(|e| {
            self.forget_idle();
            DbError::Unavailable(e.to_string())
        })
    }

    /// Passes an error on; after a broken connection the idle ones are thrown away, so that one
    /// request and not each pays for an outage.
    pub fn note(&self, error: impl Into<DbError>) -> DbError {
        let error = error.into();
        if matches!(error, DbError::Unavailable(_)) {
            self.forget_idle();
        }
        error
    }

    /// Why this is no database to serve from, if it is none: our role may do more than it should,
    /// or errors come in a language that we do not read (diesel hands on the words alone).
    pub async fn unfit(&self) -> Result<Option<&'static str>, DbError> {
        #[derive(diesel::QueryableByName)]
        struct Fitness {
            #[diesel(sql_type = diesel::sql_types::Bool)]
            mighty: bool,
            #[diesel(sql_type = diesel::sql_types::Text)]
            messages: String,
        }
        let fitness: Option<Fitness> = diesel::sql_query(
            "SELECT coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), true) \
             OR EXISTS (SELECT FROM pg_class c WHERE c.relkind = 'r' \
               AND c.relnamespace = 'public'::regnamespace \
               AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS mighty, \
             current_setting('lc_messages') AS messages",
        )
        .fetch_optional(self)
        .await?;
        Ok(match fitness {
            Some(Fitness { mighty: false, messages }) if is_english(&messages) => None,
            Some(Fitness { mighty: false, .. }) => Some(
                "its errors are not in English, and would not be understood; let a superuser run \
                 ALTER DATABASE … SET lc_messages = 'C'",
            ),
            _ => Some(
                "its role owns the tables or is a superuser; use one that is neither, as the \
                 README says",
            ),
        })
    }

    fn forget_idle(&self) {
        self.pool.retain(|_, _| false);
    }

    /// The time by which everything is decided: the database's clock and its test offset.
    pub async fn now(&self) -> Result<Timestamp, DbError> {
        diesel::select(surety_now()).fetch_one(self).await
    }

    /// What the database's machine takes for the time, without the test offset: to compare clocks.
    pub async fn machine_time(&self) -> Result<Timestamp, DbError> {
        diesel::select(clock_timestamp()).fetch_one(self).await
    }
}

/// A pattern of LIKE that finds a text anywhere, its wildcards taken literally.
pub fn like_pattern(text: &str) -> String {
    format!("%{}%", text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_"))
}

/// [`Db::now`] inside a transaction; it goes on while the transaction waits.
pub async fn now_in(conn: &mut AsyncPgConnection) -> Result<Timestamp, DbError> {
    Ok(diesel::select(surety_now()).get_result(conn).await?)
}

diesel::define_sql_function! {
    /// The clock of the database's machine.
    fn clock_timestamp() -> diesel::sql_types::Timestamptz;
}
diesel::define_sql_function! {
    /// The one time source of the database.
    fn surety_now() -> diesel::sql_types::Timestamptz;
}
diesel::define_sql_function! {
    /// Whether the public is told of a proved domain, by when its looks began to fail.
    fn is_vouched_for(
        failing_since: diesel::sql_types::Nullable<diesel::sql_types::Timestamptz>
    ) -> diesel::sql_types::Bool;
}
diesel::define_sql_function! {
    /// Tells somebody something, in the transaction of what it tells of.
    fn append_outbox(
        tell: diesel::sql_types::Array<diesel::sql_types::Text>,
        order_id: diesel::sql_types::Nullable<diesel::sql_types::Int8>,
        merchant_id: diesel::sql_types::Nullable<diesel::sql_types::Int8>,
        user_id: diesel::sql_types::Nullable<diesel::sql_types::Int8>,
        email: diesel::sql_types::Nullable<diesel::sql_types::Text>,
        args: diesel::sql_types::Jsonb,
    ) -> diesel::sql_types::Int8;
}
diesel::define_sql_function! {
    /// Writes a line of the audit trail of the staff.
    fn append_audit(
        user_id: diesel::sql_types::Nullable<diesel::sql_types::Int8>,
        action: diesel::sql_types::Text,
        subject: diesel::sql_types::Text,
        before: diesel::sql_types::Nullable<diesel::sql_types::Jsonb>,
        after: diesel::sql_types::Nullable<diesel::sql_types::Jsonb>,
        reason: diesel::sql_types::Text,
    ) -> diesel::sql_types::Int8;
}

#[cfg(test)]
mod tests {
    use super::is_english;

    #[test]
    fn only_english_is_read() {
        for locale in ["", "C", "C.UTF-8", "POSIX", "en_US.UTF-8", "English_United States.1252"] {
            assert!(is_english(locale), "{locale}");
        }
        for locale in ["zh_CN.UTF-8", "de_DE", "Chinese (Simplified)_China.936", "csb_PL"] {
            assert!(!is_english(locale), "{locale}");
        }
    }
}
