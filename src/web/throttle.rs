//! Rate limits, counted in the database so that all instances share them.

use std::net::IpAddr;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use crate::db::{About, Db, DbError, Fetch, tell_in};
use crate::kernel::signing;

#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub hits: i32,
    pub window: Duration,
}

/// For example `sign-in:account:…`. The key does not reveal the address.
pub fn address_key(what: &str, secret: &[u8], email: &str) -> String {
    format!("{what}:{}", signing::token(secret, "throttle", &[email.as_bytes()]))
}

/// IPv6 addresses are counted by /64, since that is what one customer has.
pub fn network_key(what: &str, address: &str) -> String {
    let network = match address.parse() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    };
    format!("{what}:address:{network}")
}

#[derive(QueryableByName)]
struct Hits {
    #[diesel(sql_type = Integer)]
    hits: i32,
}

/// Counts a hit and returns whether it is within the limit. The key must contain no secret.
pub async fn allow(db: &Db, key: &str, limit: Limit) -> Result<bool, DbError> {
    let mut conn = db.conn().await?;
    count(&mut conn, key, limit).await.map_err(|e| db.note(e))
}

/// The most often that a person is told about an exceeded limit.
const TOLD: Limit = Limit { hits: 1, window: Duration::from_secs(6 * 60 * 60) };

/// Like [`allow`], but now and then tells the person whose limit is exceeded.
pub async fn allow_or_tell(
    db: &Db,
    key: &str,
    limit: Limit,
    user_id: i64,
    whom: &str,
    args: Value,
) -> Result<bool, DbError> {
    db.transaction(async |conn| {
        if count(conn, key, limit).await? {
            return Ok(true);
        }
        if count(conn, &format!("told:{key}"), TOLD).await? {
            let about = About { user_id: Some(user_id), ..About::default() };
            tell_in(conn, whom, about, args).await?;
        }
        Ok::<_, DbError>(false)
    })
    .await
}

async fn count(conn: &mut AsyncPgConnection, key: &str, limit: Limit) -> Result<bool, DbError> {
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
    .load(conn)
    .await?;
    Ok(rows.iter().all(|r| r.hits <= limit.hits))
}

/// Takes one hit back after a success, where only failures should count.
pub async fn give_back(db: &Db, key: &str) -> Result<(), DbError> {
    use crate::db::schema::throttles;
    diesel::update(throttles::table.find(key).filter(throttles::hits.gt(0)))
        .set(throttles::hits.eq(throttles::hits - 1))
        .run(db)
        .await?;
    Ok(())
}

/// Resets the count of a key, after a success.
pub async fn forget(db: &Db, key: &str) -> Result<(), DbError> {
    use crate::db::schema::throttles;
    diesel::delete(throttles::table.find(key)).run(db).await?;
    Ok(())
}

/// At least as long as any window.
const KEPT: chrono::Duration = chrono::Duration::days(2);

/// Deletes up to `limit` expired counts, whose keys may hold network addresses. Returns how many.
pub async fn forget_old(db: &Db, limit: i64) -> Result<usize, DbError> {
    use crate::db::schema::throttles;
    let before = db.now().await? - KEPT;
    let old: Vec<String> = throttles::table
        .filter(throttles::window_started_at.le(before))
        .order(throttles::window_started_at)
        .limit(limit)
        .select(throttles::key)
        .fetch_all(db)
        .await?;
    // Check the age again: a count may have restarted meanwhile.
    let old = throttles::table
        .filter(throttles::key.eq_any(old))
        .filter(throttles::window_started_at.le(before));
    diesel::delete(old).run(db).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_without_naming_the_account() {
        let key = |email| address_key("sign-in:account", b"k", email);
        assert!(!key("lin@example.com").contains("lin"));
        assert_eq!(key("lin@example.com"), key("lin@example.com"));
        assert_ne!(key("lin@example.com"), key("wei@example.com"));
    }

    #[test]
    fn a_customer_s_addresses_count_together() {
        let key = |a| network_key("sign-in", a);
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("203.0.113.7"), key("203.0.113.8"));
    }
}
