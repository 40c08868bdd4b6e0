//! Moving badges by staff and by the clock; an approval moves them in `admission`'s transaction.

use chrono_tz::Tz;

use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;
use crate::trust::badge::{Event, Refused, decide};
use crate::trust::store::badge_moves::{ApplyError, By, apply};
use crate::trust::store::badges::{badge, due};
use crate::trust::store::members::is_or_was_member;

/// Why a badge did not move.
#[derive(Debug, thiserror::Error)]
pub enum BadgeError {
    /// Its state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Somebody else moved it meanwhile.
    #[error("the badge was moved meanwhile")]
    Lost,
    /// Nobody decides on a merchant they belong to.
    #[error("the person belongs to the merchant")]
    OwnMerchant,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<ApplyError> for BadgeError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Lost => Self::Lost,
            ApplyError::Db(error) => Self::Db(error),
        }
    }
}

/// A member of the staff, and why they act.
#[derive(Debug, Clone, Copy)]
pub struct ByStaff<'a> {
    /// The person.
    pub user_id: i64,
    /// The reason: the merchant reads it, the audit trail keeps it.
    pub reason: &'a str,
}

/// Suspends an active badge.
///
/// # Errors
/// [`BadgeError`].
pub async fn suspend(
    db: &Db,
    merchant_id: i64,
    by: ByStaff<'_>,
    zone: Tz,
) -> Result<(), BadgeError> {
    by_staff(db, merchant_id, Event::Suspend, by, zone).await
}

/// Lifts a suspension.
///
/// # Errors
/// [`BadgeError`].
pub async fn reinstate(
    db: &Db,
    merchant_id: i64,
    by: ByStaff<'_>,
    zone: Tz,
) -> Result<(), BadgeError> {
    by_staff(db, merchant_id, Event::Reinstate, by, zone).await
}

/// Takes a badge away for good.
///
/// # Errors
/// [`BadgeError`].
pub async fn revoke(
    db: &Db,
    merchant_id: i64,
    by: ByStaff<'_>,
    zone: Tz,
) -> Result<(), BadgeError> {
    by_staff(db, merchant_id, Event::Revoke, by, zone).await
}

async fn by_staff(
    db: &Db,
    merchant_id: i64,
    event: Event,
    by: ByStaff<'_>,
    zone: Tz,
) -> Result<(), BadgeError> {
    if is_or_was_member(db, by.user_id, merchant_id).await? {
        return Err(BadgeError::OwnMerchant);
    }
    let badge = badge(db, merchant_id).await?;
    let change = decide(badge.as_ref(), event, db.now().await?, zone)?;
    let by = By { user_id: Some(by.user_id), reason: by.reason };
    Ok(apply(db, merchant_id, event, &change, by).await?)
}

/// How many badges one round of the clock ends at most.
const ROUND: i64 = 500;

/// Writes down that badges have reached their date, and tells their merchants. Returns how many.
///
/// # Errors
/// [`DbError`].
pub async fn expire_due(db: &Db, now: Timestamp, zone: Tz) -> Result<usize, DbError> {
    let mut ended = 0;
    for badge in due(db, now, ROUND).await? {
        let Ok(change) = decide(Some(&badge), Event::Expire, now, zone) else { continue };
        let by = By { user_id: None, reason: "" };
        match apply(db, badge.merchant_id, Event::Expire, &change, by).await {
            Ok(()) => ended += 1,
            // Another worker, or staff, was faster: it is looked at again in the next round.
            Err(ApplyError::Lost) => {}
            Err(ApplyError::Db(error)) => return Err(error),
        }
    }
    Ok(ended)
}
