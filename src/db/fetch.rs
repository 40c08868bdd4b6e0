//! Statements and transactions on a connection that they take out of the pool themselves.

use diesel_async::methods::{ExecuteDsl, LoadQuery};
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{AnsiTransactionManager, RunQueryDsl, TransactionManager};

use super::{Conn, Db, DbError};

/// Runs a statement by itself, outside any transaction, so that it commits by itself.
///
/// The answer is always read to its end. diesel-async's `get_result` stops after the first row, and
/// an error that PostgreSQL raises at commit would be lost (`tests/it/db/commit_errors.rs`).
pub trait Fetch<'q>: Sized + Send + 'q {
    fn fetch_all<U>(self, db: &Db) -> impl Future<Output = Result<Vec<U>, DbError>> + Send
    where
        Self: LoadQuery<'q, Conn, U>,
        U: Send,
    {
        async move {
            let mut conn = db.conn().await?;
            self.load(&mut conn).await.map_err(|e| db.note(e))
        }
    }

    /// The first row, if there is any. Says no `LIMIT`: a query for one row of many says it itself.
    fn fetch_optional<U>(self, db: &Db) -> impl Future<Output = Result<Option<U>, DbError>> + Send
    where
        Self: LoadQuery<'q, Conn, U>,
        U: Send,
    {
        async move { Ok(self.fetch_all(db).await?.into_iter().next()) }
    }

    /// The first row; [`DbError::NotFound`] when there is none.
    fn fetch_one<U>(self, db: &Db) -> impl Future<Output = Result<U, DbError>> + Send
    where
        Self: LoadQuery<'q, Conn, U>,
        U: Send,
    {
        async move { self.fetch_optional(db).await?.ok_or(DbError::NotFound) }
    }

    /// Returns how many rows were written.
    fn run(self, db: &Db) -> impl Future<Output = Result<usize, DbError>> + Send
    where
        Self: ExecuteDsl<Conn>,
    {
        async move {
            let mut conn = db.conn().await?;
            self.execute(&mut conn).await.map_err(|e| db.note(e))
        }
    }
}

impl<'q, Q: Send + 'q> Fetch<'q> for Q {}

/// A closure whose future can be sent. diesel-async bounds its closures by a trait like this one,
/// but does not export it.
pub trait AsyncFunc<T, R>:
    AsyncFnOnce(T) -> R + FnOnce(T) -> <Self as AsyncFunc<T, R>>::Fut
{
    type Fut: Future<Output = R>;
}

impl<F, T, Fut, R> AsyncFunc<T, R> for F
where
    F: AsyncFnOnce(T) -> R + FnOnce(T) -> Fut,
    Fut: Future<Output = R>,
{
    type Fut = Fut;
}

/// As diesel-async's own, but for errors that know only [`DbError`]. A transaction that was broken
/// off stays open on its connection, which the pool then throws away.
async fn in_transaction<'a, R, E, F>(conn: &mut Conn, body: F) -> Result<R, E>
where
    for<'r> F: AsyncFnOnce(&'r mut Conn) -> Result<R, E>
        + AsyncFunc<&'r mut Conn, Result<R, E>, Fut: Send>
        + Send
        + 'a,
    E: From<DbError>,
{
    AnsiTransactionManager::begin_transaction(&mut **conn).await.map_err(DbError::from)?;
    match body(conn).await {
        Ok(done) => {
            AnsiTransactionManager::commit_transaction(&mut **conn).await.map_err(DbError::from)?;
            Ok(done)
        }
        Err(error) => {
            // If this fails, the connection is broken, and what broke it says more.
            AnsiTransactionManager::rollback_transaction(&mut **conn).await.ok();
            Err(error)
        }
    }
}

impl Db {
    /// Runs `body` in a transaction, which is undone when it returns an error.
    pub async fn transaction<'a, R, E, F>(&self, body: F) -> Result<R, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut Conn) -> Result<R, E>
            + AsyncFunc<&'r mut Conn, Result<R, E>, Fut: Send>
            + Send
            + 'a,
        R: Send + 'a,
        E: From<DbError> + Send + 'a,
    {
        let mut conn = self.conn().await?;
        let done = in_transaction(&mut conn, body).await;
        if done.is_err() && conn.is_broken() {
            self.forget_idle();
        }
        done
    }
}
