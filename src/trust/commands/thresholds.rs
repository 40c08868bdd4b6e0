//! Publishing thresholds.

use super::PublishError;
use crate::db::Db;
use crate::trust::criteria::Thresholds;
use crate::trust::store::thresholds::{Outcome, publish};

/// Publishes the version after `seen`. It applies at once to new decisions; earlier decisions keep
/// their evaluation.
pub async fn publish_thresholds(
    db: &Db,
    user_id: i64,
    seen: i32,
    thresholds: Thresholds,
    reason: &str,
) -> Result<(), PublishError> {
    let next = Thresholds { version: seen.saturating_add(1), ..thresholds };
    match publish(db, &next, user_id, reason).await? {
        Outcome::Done => Ok(()),
        Outcome::Same => Err(PublishError::Same),
        Outcome::Forbidden => Err(PublishError::NotAdministrator),
        Outcome::Lost => Err(PublishError::Changed),
    }
}
