//! Moving badges by staff, by the clock, and by what other capabilities found; an approval moves
//! them in `admission`'s transaction.

use crate::db::batch::Batch;
use crate::db::{Conn, Db, DbError};
use crate::kernel::time::Timestamp;
use crate::trust::badge::Suspension;
use crate::trust::badge::life::Event;
use crate::trust::store::badge_moves::{By, MoveError, apply_event, apply_event_in};
use crate::trust::store::badges::{CLOCK, badge, due};

/// A member of the staff, and why they act.
#[derive(Debug, Clone, Copy)]
pub struct ByStaff<'a> {
    pub user_id: i64,
    /// The reason: the merchant reads it, the audit trail keeps it.
    pub reason: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffAct {
    Suspend,
    /// Lift what staff have to lift.
    Reinstate,
    /// Take it away for good.
    Revoke,
}

/// Suspends a badge that lives.
pub async fn suspend(db: &Db, merchant_id: i64, by: ByStaff<'_>) -> Result<(), MoveError> {
    act_as_staff(db, merchant_id, StaffAct::Suspend, by, None).await
}

/// Lifts the suspensions that are staff's to lift: after a finding, and their own. The badge is
/// active again when no other cause is left.
pub async fn reinstate(db: &Db, merchant_id: i64, by: ByStaff<'_>) -> Result<(), MoveError> {
    act_as_staff(db, merchant_id, StaffAct::Reinstate, by, None).await
}

/// Takes a badge away for good.
pub async fn revoke(db: &Db, merchant_id: i64, by: ByStaff<'_>) -> Result<(), MoveError> {
    act_as_staff(db, merchant_id, StaffAct::Revoke, by, None).await
}

/// What a member of the staff does with a badge, on the version that they saw, if they saw one.
pub async fn act_as_staff(
    db: &Db,
    merchant_id: i64,
    act: StaffAct,
    by: ByStaff<'_>,
    seen: Option<i32>,
) -> Result<(), MoveError> {
    // Each suspension is one of its own: named after the move that it makes.
    let version = badge(db, merchant_id).await?.map_or(0, |b| b.version + 1);
    let reference = format!("move {version}");
    let event = match act {
        StaffAct::Suspend => Event::Suspend(&reference),
        StaffAct::Reinstate => Event::Reinstate,
        StaffAct::Revoke => Event::Revoke,
    };
    let by = By { user_id: Some(by.user_id), reason: by.reason, detail: "", seen };
    match apply_event(db, merchant_id, event, by).await {
        // Two suspensions at once take the same name.
        Err(MoveError::Db(DbError::Taken(_))) => Err(MoveError::Lost),
        other => other.map(|_| ()),
    }
}

/// A cause of suspension that another capability has found.
#[derive(Debug, Clone, Copy)]
pub struct NewCause<'a> {
    pub merchant_id: i64,
    pub cause: Suspension,
    /// What it stands on, such as the id of a decision or a debt: the same never begins twice.
    pub reference: &'a str,
    /// What it is about, for merchant and staff: an amount, a case. Empty where the reason says it.
    pub detail: &'a str,
    /// Why, in words: the merchant reads it, the audit trail keeps it.
    pub reason: &'a str,
    pub user_id: Option<i64>,
}

/// Lets a cause of suspension begin, inside the caller's transaction: cause, badge, history, audit
/// trail and word to the merchant are written with whatever the caller writes. It is noted also
/// where no badge lives, and counts when one is granted. False when it began before.
///
/// Waits for the merchant's row until the caller's transaction ends, which must be rolled back on
/// an error.
pub async fn begin_cause(conn: &mut Conn, new: NewCause<'_>) -> Result<bool, MoveError> {
    let by = By { user_id: new.user_id, reason: new.reason, detail: new.detail, seen: None };
    apply_event_in(conn, new.merchant_id, Event::Begin(new.cause, new.reference), by).await
}

/// Ends a cause that ends by itself (`domain_lost`, `fund_debt`, `agreement_superseded`), inside
/// the caller's transaction. False when it did not stand.
/// Fails with [`MoveError::Refused`] for a finding and the staff's own suspension, which staff
/// lift. On an error the caller's transaction must be rolled back.
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

/// How many badges one round of the clock ends at most.
const ROUND: i64 = 500;

/// Writes down that badges have reached their date, and tells their merchants. Returns how many.
pub async fn expire_due(db: &Db, now: Timestamp) -> Result<usize, DbError> {
    let mut batch = Batch::new(db, CLOCK);
    for badge in due(db, now, ROUND).await? {
        let id = badge.merchant_id;
        let done = match apply_event(db, id, Event::Expire, By::clock("")).await {
            Ok(_) => Ok(true),
            // Another worker, or staff, was faster: it is looked at again in the next round.
            Err(MoveError::Lost | MoveError::OwnMerchant | MoveError::Refused(_)) => Ok(false),
            Err(MoveError::Db(error)) => Err(error),
        };
        batch.add(id, done).await?;
    }
    Ok(batch.moved())
}
