//! Forgets what is of no use any more: personal data is kept no longer than it is needed.

use chrono::Duration;

use super::AccountError;
use super::second_factor::ENROLMENT;
use crate::accounts::session_store::forget_old_tries;
use crate::accounts::store;
use crate::db::Db;

/// How long it is kept from where somebody signed in: who acted on an order may be asked for while
/// a trade and what can be claimed for it last. A history names it by its row, which may be gone.
pub const ORIGINS_KEPT: Duration = Duration::days(180);

/// How long it is kept on which browsers somebody signed in: as long as orders count for a record,
/// since who shares a browser may not trade for one. The cookie lives as long.
pub const DEVICES_KEPT: Duration = Duration::days(400);

/// Deletes, in batches of `limit`, sessions that have ended, mailed links that are too old, counts
/// of tries, old origins and browsers. Each batch is a statement of its own, so that nobody
/// waits for it.
/// The database; what was deleted before stays so.
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
