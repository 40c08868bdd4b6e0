//! Badge moves by staff, by the clock, and for other capabilities. Approvals move badges in
//! `admission`'s transaction.

use crate::db::batch::Batch;
use crate::db::{Conn, Db, DbError};
use crate::kernel::time::Timestamp;
use crate::trust::badge::Suspension;
use crate::trust::badge::life::Event;
use crate::trust::store::badge_moves::{By, MoveError, apply_event, apply_event_in};
use crate::trust::store::badges::{CLOCK, badge, due};

#[derive(Debug, Clone, Copy)]
pub struct ByStaff<'a> {
    pub user_id: i64,
    /// Shown to the merchant and kept in the audit trail.
    pub reason: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffAct {
    Suspend,
    Reinstate,
    Revoke,
}

pub async fn suspend(db: &Db, merchant_id: i64, by: ByStaff<'_>) -> Result<(), MoveError> {
    act_as_staff(db, merchant_id, StaffAct::Suspend, by, None).await
}

/// Lifts findings and suspensions by staff. Other causes keep the badge suspended.
pub async fn reinstate(db: &Db, merchant_id: i64, by: ByStaff<'_>) -> Result<(), MoveError> {
    act_as_staff(db, merchant_id, StaffAct::Reinstate, by, None).await
}

pub async fn revoke(db: &Db, merchant_id: i64, by: ByStaff<'_>) -> Result<(), MoveError> {
    act_as_staff(db, merchant_id, StaffAct::Revoke, by, None).await
}

/// Fails with [`MoveError::Lost`] if `seen` is not the current version of the badge.
pub async fn act_as_staff(
    db: &Db,
    merchant_id: i64,
    act: StaffAct,
    by: ByStaff<'_>,
    seen: Option<i32>,
) -> Result<(), MoveError> {
    // A unique reference for each suspension: the version that it produces.
    let version = badge(db, merchant_id).await?.map_or(0, |b| b.version + 1);
    let reference = format!("move {version}");
    let event = match act {
        StaffAct::Suspend => Event::Suspend(&reference),
        StaffAct::Reinstate => Event::Reinstate,
        StaffAct::Revoke => Event::Revoke,
    };
    let by = By { user_id: Some(by.user_id), reason: by.reason, detail: "", seen };
    match apply_event(db, merchant_id, event, by).await {
        // Two concurrent suspensions use the same reference.
        Err(MoveError::Db(DbError::Taken(_))) => Err(MoveError::Lost),
        other => other.map(|_| ()),
    }
}

/// A cause of suspension reported by another capability.
#[derive(Debug, Clone, Copy)]
pub struct NewCause<'a> {
    pub merchant_id: i64,
    pub cause: Suspension,
    /// Such as the id of a decision or debt. A cause never begins twice with the same reference.
    pub reference: &'a str,
    /// For merchant and staff, such as an amount or a case. Empty if the reason says it.
    pub detail: &'a str,
    /// Shown to the merchant and kept in the audit trail.
    pub reason: &'a str,
    pub user_id: Option<i64>,
}

/// Begins a cause of suspension and its consequences inside the caller's transaction. It is
/// recorded even without a badge, and applies once one is granted. False if it began before.
///
/// Locks the merchant's row. The caller must roll back on an error.
pub async fn begin_cause(conn: &mut Conn, new: NewCause<'_>) -> Result<bool, MoveError> {
    let by = By { user_id: new.user_id, reason: new.reason, detail: new.detail, seen: None };
    apply_event_in(conn, new.merchant_id, Event::Begin(new.cause, new.reference), by).await
}

/// Ends an automatic cause (`domain_lost`, `fund_debt`, `agreement_superseded`) inside the caller's
/// transaction. False if it did not stand. Fails with [`MoveError::Refused`] for causes that staff
/// lift. The caller must roll back on an error.
pub async fn end_cause(
    conn: &mut Conn,
    merchant_id: i64,
    cause: Suspension,
    reference: &str,
    reason: &str,
) -> Result<bool, MoveError> {
    let event = Event::End(cause, Some(reference));
    apply_event_in(conn, merchant_id, event, By::clock(reason)).await
}

/// Badges per run.
const ROUND: i64 = 500;

/// Records expiries and notifies the merchants. Returns how many.
pub async fn expire_due(db: &Db, now: Timestamp) -> Result<usize, DbError> {
    let mut batch = Batch::new(db, CLOCK);
    for badge in due(db, now, ROUND).await? {
        let id = badge.merchant_id;
        let done = match apply_event(db, id, Event::Expire, By::clock("")).await {
            Ok(_) => Ok(true),
            // Somebody else was faster; the next run looks again.
            Err(MoveError::Lost | MoveError::OwnMerchant | MoveError::Refused(_)) => Ok(false),
            Err(MoveError::Db(error)) => Err(error),
        };
        batch.add(id, done).await?;
    }
    Ok(batch.moved())
}
