//! The browsers that people have used.

use chrono::Duration;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{devices, users};
use crate::db::{Db, DbError, Fetch};
use crate::kernel::time::Timestamp;

/// Records that a person uses a browser, inside the caller's transaction.
pub(in crate::accounts) async fn note_device_in(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    fingerprint: &[u8],
    now: Timestamp,
) -> Result<(), DbError> {
    diesel::insert_into(devices::table)
        .values((
            devices::user_id.eq(user_id),
            devices::fingerprint.eq(fingerprint),
            devices::first_seen_at.eq(now),
            devices::last_seen_at.eq(now),
        ))
        .on_conflict((devices::user_id, devices::fingerprint))
        .do_update()
        .set(devices::last_seen_at.eq(now))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn note_device(db: &Db, user_id: i64, fingerprint: &[u8]) -> Result<(), DbError> {
    let now = db.now().await?;
    let mut conn = db.conn().await?;
    note_device_in(&mut conn, user_id, fingerprint, now).await.map_err(|e| db.note(e))
}

/// Whether the account of an address has used a browser.
pub(in crate::accounts) async fn is_known(
    db: &Db,
    email: &str,
    fingerprint: &[u8],
) -> Result<bool, DbError> {
    let used = devices::table
        .inner_join(users::table.on(users::id.eq(devices::user_id)))
        .filter(users::email.eq(email))
        .filter(devices::fingerprint.eq(fingerprint));
    diesel::select(exists(used)).fetch_one(db).await
}

/// The fingerprints of all browsers that any of these people have used.
pub async fn devices_of(db: &Db, people: &[i64]) -> Result<Vec<Vec<u8>>, DbError> {
    devices::table
        .filter(devices::user_id.eq_any(people))
        .select(devices::fingerprint)
        .distinct()
        .fetch_all(db)
        .await
}

/// Everybody who has used any of these browsers.
pub async fn people_on(db: &Db, fingerprints: &[Vec<u8>]) -> Result<Vec<i64>, DbError> {
    devices::table
        .filter(devices::fingerprint.eq_any(fingerprints))
        .select(devices::user_id)
        .distinct()
        .fetch_all(db)
        .await
}

/// Deletes up to `limit` browsers not used for `kept`; returns how many.
pub(in crate::accounts) async fn delete_old_devices(
    db: &Db,
    now: Timestamp,
    kept: Duration,
    limit: i64,
) -> Result<usize, DbError> {
    let old: Vec<(i64, Vec<u8>)> = devices::table
        .filter(devices::last_seen_at.le(now - kept))
        .order(devices::last_seen_at)
        .limit(limit)
        .select((devices::user_id, devices::fingerprint))
        .fetch_all(db)
        .await?;
    let (people, fingerprints): (Vec<i64>, Vec<Vec<u8>>) = old.into_iter().unzip();
    diesel::delete(
        devices::table
            .filter(devices::last_seen_at.le(now - kept))
            .filter(devices::user_id.eq_any(people))
            .filter(devices::fingerprint.eq_any(fingerprints)),
    )
    .run(db)
    .await
}
