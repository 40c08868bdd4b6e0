//! The verbs of refund requests.

use uuid::Uuid;

use super::refund::{self, Request};
use super::store::{self, Refund};
use crate::db::Db;
use crate::kernel::money::Money;
use crate::kernel::time::Timestamp;
use crate::orders::change::{Order, Party, Refused};
use crate::orders::commands::{OrderError, TRIES, Tally, change};
use crate::orders::state::Decision;
use crate::orders::{self, Key};

/// Asks for money back.
pub async fn ask(
    db: &Db,
    order: Uuid,
    party: Party,
    amount: Money,
    reason: &str,
) -> Result<(), OrderError> {
    let request = Request { public_id: Uuid::new_v4(), amount, reason: reason.to_owned() };
    change(db, Key::Public(order), |o, now| refund::ask(o, party, &request, now)).await?;
    Ok(())
}

/// As [`change`], with the open request that belongs to the version of the order that is decided
/// on: it is read after the order, so when it is another one by then, the order moved on too.
async fn change_with_request(
    db: &Db,
    key: Key,
    decide: impl Fn(&Order, &Refund, Timestamp) -> Decision,
) -> Result<(), OrderError> {
    for _ in 0..TRIES {
        let (order, now) = orders::find(db, key).await?;
        let requests = store::of_order(db, order.id, order.price.currency()).await?;
        let none = if order.status.is_ended() { Refused::Ended } else { Refused::NoCase };
        let request = requests.iter().rev().find(|r| r.due_at.is_some()).ok_or(none)?;
        let change = decide(&order, request, now)?;
        if orders::apply(db, order.id, &change).await? {
            return Ok(());
        }
    }
    Err(OrderError::Busy)
}

/// Agrees to the open request.
pub async fn agree(db: &Db, order: Uuid, party: Party) -> Result<(), OrderError> {
    let decide = |o: &Order, r: &Refund, now| refund::agree(o, party, r.amount, now);
    change_with_request(db, Key::Public(order), decide).await
}

/// Declines the open request.
pub async fn decline(db: &Db, order: Uuid, party: Party, reason: &str) -> Result<(), OrderError> {
    change(db, Key::Public(order), |o, now| refund::decline(o, party, reason, now)).await?;
    Ok(())
}

/// Withdraws the open request.
pub async fn withdraw(db: &Db, order: Uuid, party: Party) -> Result<(), OrderError> {
    change(db, Key::Public(order), |o, now| refund::withdraw(o, party, now)).await?;
    Ok(())
}

/// Lets the clock decide requests whose time is over. Returns how many. One that cannot be decided
/// holds up no other.
///
/// # Errors
/// The first [`OrderError`], after the others were tried.
pub async fn tick_due(db: &Db, limit: i64) -> Result<usize, OrderError> {
    let mut tally = Tally::default();
    for id in store::due(db, limit).await? {
        let decide = |o: &Order, r: &Refund, now| refund::tick(o, r.amount, r.due_at, now);
        tally.add(id, change_with_request(db, Key::Row(id), decide).await)?;
    }
    tally.moved()
}
