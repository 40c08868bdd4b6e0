//! Deletes data that is no longer needed, personal data in particular.

use chrono::Duration;

use super::AccountError;
use super::second_factor::ENROLMENT;
use crate::accounts::session_store::forget_old_tries;
use crate::accounts::store;
use crate::db::Db;

/// Who acted on an order may matter for as long as the trade and claims arising from it last.
/// Histories may refer to origins that are gone.
pub const ORIGINS_KEPT: Duration = Duration::days(180);

/// Orders between people who share a browser do not count for a record, so browsers are kept as
/// long as orders count. The cookie lasts as long.
pub const DEVICES_KEPT: Duration = Duration::days(400);

/// Deletes ended sessions, expired links, abandoned enrolments, and old attempt counts, origins and
/// browsers. Each batch of up to `limit` rows is its own statement, so that nobody waits for it,
/// and stays deleted if a later one fails.
pub async fn clean_up(db: &Db, limit: i64) -> Result<usize, AccountError> {
    let now = db.now().await?;
    let mut deleted = 0;
    loop {
        let batch = store::delete_ended_sessions(db, now, limit).await?
            + store::delete_dead_links(db, now, limit).await?
            + store::delete_old_origins(db, now, ORIGINS_KEPT, limit).await?
            + store::delete_old_enrolments(db, now - ENROLMENT, limit).await?
            + store::delete_old_devices(db, now, DEVICES_KEPT, limit).await?
            + forget_old_tries(db, limit).await?;
        if batch == 0 {
            return Ok(deleted);
        }
        deleted += batch;
    }
}
