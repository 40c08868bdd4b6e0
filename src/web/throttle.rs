//! How often a thing may be tried: counted in the database, so that every instance counts together.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel_async::RunQueryDsl;

use crate::db::{Db, DbError};

/// A limit: so many hits in a window.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Hits that are let through.
    pub hits: i32,
    /// The window that they are counted in.
    pub window: Duration,
}

#[derive(QueryableByName)]
struct Hits {
    #[diesel(sql_type = Integer)]
    hits: i32,
}

/// Counts a hit and says whether it is still within the limit. The key must hold no secret.
///
/// # Errors
/// [`DbError`].
pub async fn allow(db: &Db, key: &str, limit: Limit) -> Result<bool, DbError> {
    let mut conn = db.conn().await?;
    let window = i64::try_from(limit.window.as_secs()).unwrap_or(i64::MAX);
    let rows: Vec<Hits> = diesel::sql_query(
        "INSERT INTO throttles AS t (key, window_started_at, hits) VALUES ($1, surety_now(), 1) \
         ON CONFLICT (key) DO UPDATE SET \
         hits = CASE WHEN t.window_started_at + make_interval(secs => $2) <= surety_now() \
           THEN 1 ELSE t.hits + 1 END, \
         window_started_at = CASE \
           WHEN t.window_started_at + make_interval(secs => $2) <= surety_now() \
           THEN surety_now() ELSE t.window_started_at END \
         RETURNING hits",
    )
    .bind::<Text, _>(key)
    .bind::<BigInt, _>(window)
    .load(&mut conn)
    .await
    .map_err(|e| db.note(e))?;
    Ok(rows.iter().all(|r| r.hits <= limit.hits))
}

/// Takes one hit back: after a success where failures alone should count.
///
/// # Errors
/// [`DbError`].
pub async fn give_back(db: &Db, key: &str) -> Result<(), DbError> {
    use crate::db::schema::throttles;
    let mut conn = db.conn().await?;
    diesel::update(throttles::table.find(key).filter(throttles::hits.gt(0)))
        .set(throttles::hits.eq(throttles::hits - 1))
        .execute(&mut conn)
        .await
        .map_err(|e| db.note(e))?;
    Ok(())
}

/// Forgets the hits of a key: after a success.
///
/// # Errors
/// [`DbError`].
pub async fn forget(db: &Db, key: &str) -> Result<(), DbError> {
    use crate::db::schema::throttles;
    let mut conn = db.conn().await?;
    diesel::delete(throttles::table.find(key)).execute(&mut conn).await.map_err(|e| db.note(e))?;
    Ok(())
}
