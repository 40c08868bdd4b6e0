//! The verbs of cases.

use uuid::Uuid;

use super::refund::{self, Request};
use super::store::{self, Case};
use crate::db::batch::Batch;
use crate::db::{Db, DbError};
use crate::kernel::money::Money;
use crate::kernel::time::Timestamp;
use crate::orders::change::{Order, Party, Refused};
use crate::orders::commands::{OrderError, TRIES, Who, act, by_clock};
use crate::orders::state::Decision;
use crate::orders::{self, Key};

/// Asks for money back.
pub async fn ask(
    db: &Db,
    order: Uuid,
    who: impl Into<Who>,
    amount: Money,
    reason: &str,
) -> Result<(), OrderError> {
    let request = Request { public_id: Uuid::new_v4(), amount, reason: reason.to_owned() };
    act(db, order, who, |o, party, now| refund::ask(o, party, &request, now)).await
}

/// As [`act`], on an order and its open case. The case is read after the order: when it is another
/// one by then, the order moved on too, and the version tells.
async fn act_on_case(
    db: &Db,
    key: Key,
    who: impl Into<Who>,
    decide: impl Fn(&Order, &Case, Party, Timestamp) -> Decision,
) -> Result<(), OrderError> {
    let who = who.into();
    for _ in 0..TRIES {
        let (order, now) = orders::find(db, key).await?;
        let party = who.party_of(&order)?;
        let cases = store::of_order(db, order.id, order.price.currency()).await?;
        let none = if order.status.is_ended() { Refused::Ended } else { Refused::NoCase };
        let case = cases.iter().rev().find(|case| case.due_at.is_some()).ok_or(none)?;
        let change = decide(&order, case, party, now)?;
        if orders::apply(db, order.id, &change).await?.is_done() {
            return Ok(());
        }
    }
    Err(OrderError::Busy)
}

/// Agrees to the open request.
pub async fn agree(db: &Db, order: Uuid, who: impl Into<Who>) -> Result<(), OrderError> {
    act_on_case(db, Key::Public(order), who, refund::agree).await
}

/// Declines the open request.
pub async fn decline(
    db: &Db,
    order: Uuid,
    who: impl Into<Who>,
    reason: &str,
) -> Result<(), OrderError> {
    act_on_case(db, Key::Public(order), who, |order, case, party, now| {
        refund::decline(order, case, party, reason, now)
    })
    .await
}

/// Withdraws the open request.
pub async fn withdraw(db: &Db, order: Uuid, who: impl Into<Who>) -> Result<(), OrderError> {
    act_on_case(db, Key::Public(order), who, refund::withdraw).await
}

/// Lets the clock decide cases whose time is over. Returns how many.
pub async fn tick_due(db: &Db, limit: i64) -> Result<usize, DbError> {
    let mut batch = Batch::new(db, store::CLOCK);
    for id in store::due(db, limit).await? {
        let decide = |o: &Order, case: &Case, _, now| refund::tick(o, case, now);
        let done = act_on_case(db, Key::Row(id), Party::System, decide).await;
        batch.add(id, by_clock(done)).await?;
    }
    Ok(batch.moved())
}
