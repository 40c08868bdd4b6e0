//! What is of no use any more is deleted, a batch at a time.

use chrono::Duration;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::schema::{email_tokens, origins, second_factor_enrolments, sessions};
use crate::db::{Db, DbError, Fetch};
use crate::kernel::time::Timestamp;

/// Deletes sessions that have ended, at most `limit`; how many.
pub(in crate::accounts) async fn delete_ended_sessions(
    db: &Db,
    now: Timestamp,
    limit: i64,
) -> Result<usize, DbError> {
    let ended: Vec<Vec<u8>> = sessions::table
        .filter(sessions::expires_at.le(now))
        .order(sessions::expires_at)
        .limit(limit)
        .select(sessions::token_hash)
        .fetch_all(db)
        .await?;
    diesel::delete(sessions::table.filter(sessions::token_hash.eq_any(ended))).run(db).await
}

/// Deletes mailed links that are too old to be followed, at most `limit`; how many.
pub(in crate::accounts) async fn delete_dead_links(
    db: &Db,
    now: Timestamp,
    limit: i64,
) -> Result<usize, DbError> {
    let dead: Vec<Uuid> = email_tokens::table
        .filter(email_tokens::expires_at.le(now))
        .order(email_tokens::expires_at)
        .limit(limit)
        .select(email_tokens::id)
        .fetch_all(db)
        .await?;
    diesel::delete(email_tokens::table.filter(email_tokens::id.eq_any(dead))).run(db).await
}

/// Deletes keys for an app that were shown before `shown_before` and never confirmed, at most
/// `limit`; how many.
pub(in crate::accounts) async fn delete_old_enrolments(
    db: &Db,
    shown_before: Timestamp,
    limit: i64,
) -> Result<usize, DbError> {
    use second_factor_enrolments::dsl as e;
    let old: Vec<i64> = e::second_factor_enrolments
        .filter(e::created_at.le(shown_before))
        .order(e::created_at)
        .limit(limit)
        .select(e::user_id)
        .fetch_all(db)
        .await?;
    // Again by its age: another key may have been shown meanwhile.
    let old = e::second_factor_enrolments
        .filter(e::user_id.eq_any(old))
        .filter(e::created_at.le(shown_before));
    diesel::delete(old).run(db).await
}

/// Deletes from where people signed in, once it is `kept` old and no session is on it, at most
/// `limit`; how many.
pub(in crate::accounts) async fn delete_old_origins(
    db: &Db,
    now: Timestamp,
    kept: Duration,
    limit: i64,
) -> Result<usize, DbError> {
    let in_use = sessions::table.filter(sessions::origin_id.eq(origins::id));
    let old: Vec<i64> = origins::table
        .filter(origins::created_at.le(now - kept))
        .filter(not(exists(in_use)))
        .order(origins::created_at)
        .limit(limit)
        .select(origins::id)
        .fetch_all(db)
        .await?;
    diesel::delete(origins::table.filter(origins::id.eq_any(old))).run(db).await
}
