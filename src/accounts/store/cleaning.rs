//! Deletes expired data in batches. Each function returns the number of rows deleted.

use chrono::Duration;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::schema::{email_tokens, origins, second_factor_enrolments, sessions};
use crate::db::{Db, DbError, Fetch};
use crate::kernel::time::Timestamp;

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

/// Deletes app secrets that were shown before `shown_before` and never confirmed.
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
    // Check the age again: another secret may have been shown since.
    let old = e::second_factor_enrolments
        .filter(e::user_id.eq_any(old))
        .filter(e::created_at.le(shown_before));
    diesel::delete(old).run(db).await
}

/// Deletes the origins of sign-ins that are older than `kept` and that no session uses.
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
