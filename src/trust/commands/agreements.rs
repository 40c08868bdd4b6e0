//! Drafting and publishing the agreement, and suspending merchants that do not sign again.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::merchants::current_agreement;
use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;
use crate::trust::agreement::draft::{DayRefused, Draft, effective_at, tidy};
use crate::trust::agreement::{SIGN_AGAIN, Version};
use crate::trust::store;
use crate::trust::store::agreement_drafts;

#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody else saved or published meanwhile.
    #[error("it was changed meanwhile")]
    Changed,
    /// The publisher is no longer an administrator.
    #[error("only administrators may")]
    NotAdministrator,
    #[error(transparent)]
    Day(#[from] DayRefused),
    /// Equal to the version in force; for the agreement, in at least one language.
    #[error("nothing changed since the version before")]
    Same,
    #[error(transparent)]
    Db(#[from] DbError),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub text_en: String,
    pub text_zh: String,
    pub effective_on: NaiveDate,
}

/// The newest version, and the draft of the next, if any.
pub async fn next_version(db: &Db) -> Result<(Version, Option<Draft>), DbError> {
    // This publishes the first version if necessary.
    current_agreement(db).await?;
    let newest = store::agreements::versions(db).await?.into_iter().next();
    let newest = newest.ok_or(DbError::NotFound)?;
    let draft = agreement_drafts::draft(db, newest.version + 1).await?;
    Ok((newest, draft))
}

/// `seen` is the revision that the form showed for saving: 0 if there was no draft.
pub async fn save_draft(
    db: &Db,
    user_id: i64,
    seen: i32,
    written: &Written,
) -> Result<(), PublishError> {
    let (newest, draft) = next_version(db).await?;
    let revision = draft.map_or(0, |d| d.revision + 1);
    if revision != seen {
        return Err(PublishError::Changed);
    }
    let draft = Draft {
        version: newest.version + 1,
        text_en: tidy(&written.text_en),
        text_zh: tidy(&written.text_zh),
        effective_on: written.effective_on,
        revision,
        saved_by: user_id,
        saved_at: db.now().await?,
    };
    let saved = agreement_drafts::save(db, &draft).await?;
    if saved { Ok(()) } else { Err(PublishError::Changed) }
}

/// Publishes the draft that the person saw, by version and revision. The clock notifies merchants.
pub async fn publish(
    db: &Db,
    user_id: i64,
    (version, revision): (i32, i32),
    reason: &str,
    zone: Tz,
) -> Result<(), PublishError> {
    let (newest, draft) = next_version(db).await?;
    let is_seen = |d: &Draft| (d.version, d.revision) == (version, revision);
    let draft = draft.filter(is_seen).ok_or(PublishError::Changed)?;
    let before = store::agreements::agreement(db, newest.version).await?;
    if before.is_some_and(|b| b.text_en == draft.text_en || b.text_zh == draft.text_zh) {
        return Err(PublishError::Same);
    }
    let now = db.now().await?;
    let at = effective_at(draft.effective_on, newest.effective_at, now, zone)?;
    let published = agreement_drafts::publish(db, &draft, at, user_id, reason).await?;
    if published { Ok(()) } else { Err(PublishError::Changed) }
}

/// Merchants per run.
const ROUND: i64 = 200;

/// Suspends badges of merchants that did not sign again in time. Returns how many.
pub async fn suspend_unsigned(db: &Db, now: Timestamp) -> Result<usize, DbError> {
    let mut versions = store::agreements::versions(db).await?;
    let first = versions.pop().map_or(0, |v| v.version);
    // The newest version whose deadline has passed: merchants must have signed it or a later one.
    let late = versions.iter().filter(|v| v.version > first && v.effective_at + SIGN_AGAIN <= now);
    let Some(version) = late.map(|v| v.version).max() else { return Ok(0) };
    let mut done = 0;
    for merchant_id in store::unsigned::late(db, version, ROUND).await? {
        done += usize::from(store::unsigned::suspend(db, merchant_id, version).await?);
    }
    Ok(done)
}
