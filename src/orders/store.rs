//! All SQL of orders: reading, and the calls of the functions that write.

pub mod history;
mod links;
mod lists;
mod money;
mod policies;
pub mod recipients;
pub mod record;
mod writes;

pub use links::{
    device_of_payment, drawing_to, links_of, people_who_paid_from, perhaps_linked, self_dealt_of,
};
pub use lists::{
    EventRow, Filter, Summary, acquaintance, events, list_of_buyer, list_of_merchant, open_count,
    titles_of, to_confirm_count,
};
pub use money::{
    Attempt, PaymentAccount, PaymentRow, Receipt, attempt, begin_payment, book_unmatched,
    change_payment_account, open_attempt, paid_by, payment_account, payment_by_reference,
    receipt_exists, receipt_of, receipts_by_ids, reschedule_poll, to_poll,
};
pub use policies::current_policy;
pub use writes::{Applied, NewOrder, apply, create};

use std::str::FromStr;
use std::sync::Arc;

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::change::{Hold, Order};
use super::policy::{Channel, Clock, Policy};
use crate::db::batch::put_off;
use crate::db::schema::orders;
use crate::db::{Db, DbError, Fetch, surety_now};
use crate::kernel::money::Money;
use crate::kernel::time::Timestamp;
use crate::ledger::money as money_of;

/// A row that does not say what it must: a broken promise of ours.
fn broken(error: impl std::error::Error + Send + Sync + 'static) -> DbError {
    DbError::Query(diesel::result::Error::DeserializationError(Box::new(error)))
}

#[derive(Debug, thiserror::Error)]
#[error("an order's row holds a word that is not known: {0}")]
struct UnknownWord(String);

fn word<T: FromStr>(text: &str) -> Result<T, DbError> {
    text.parse().map_err(|_| broken(UnknownWord(text.to_owned())))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = orders)]
struct OrderRow {
    id: i64,
    public_id: Uuid,
    merchant_id: i64,
    buyer_id: Option<i64>,
    buyer_email: Option<String>,
    channel: String,
    policy_version: i32,
    status: String,
    version: i32,
    title: String,
    terms: Value,
    price: Decimal,
    currency: String,
    max_fee: Decimal,
    covered: bool,
    paid_at: Option<Timestamp>,
    overdue_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    wake_at: Option<Timestamp>,
    paused_since: Option<Timestamp>,
    paused_left_us: Option<i64>,
    paused_total_us: i64,
    extension_days: i32,
    extension_asked_at: Option<Timestamp>,
    delivery: Option<Value>,
    ended_at: Option<Timestamp>,
    outcome: Option<String>,
    refunds_asked: i32,
    hold: Option<String>,
    hold_turn: Option<String>,
    hold_due_at: Option<Timestamp>,
}

impl OrderRow {
    fn hold(&self) -> Result<Option<Hold>, DbError> {
        let (Some(kind), Some(turn)) = (&self.hold, &self.hold_turn) else { return Ok(None) };
        let times = self.hold_due_at.zip(self.paused_since).zip(self.paused_left_us);
        let ((due_at, since), left_us) = times.ok_or_else(|| broken(UnknownWord(kind.clone())))?;
        Ok(Some(Hold { kind: word(kind)?, turn: word(turn)?, due_at, since, left_us }))
    }

    fn into_order(self, policy: Arc<Policy>) -> Result<Order, DbError> {
        let money =
            |amount: Decimal| -> Result<Money, DbError> { money_of(amount, &self.currency) };
        Ok(Order {
            price: money(self.price)?,
            max_fee: money(self.max_fee)?,
            status: word(&self.status)?,
            hold: self.hold()?,
            terms: serde_json::from_value(self.terms).map_err(broken)?,
            delivery: self.delivery.map(serde_json::from_value).transpose().map_err(broken)?,
            outcome: self.outcome.as_deref().map(word).transpose()?,
            clock: Clock {
                overdue_at: self.overdue_at,
                due_at: self.due_at,
                wake_at: self.wake_at,
            },
            policy,
            id: self.id,
            public_id: self.public_id,
            merchant_id: self.merchant_id,
            buyer_id: self.buyer_id,
            buyer_email: self.buyer_email,
            version: self.version,
            title: self.title,
            covered: self.covered,
            paid_at: self.paid_at,
            paused_total_us: self.paused_total_us,
            extension_days: self.extension_days,
            extension_asked_at: self.extension_asked_at,
            ended_at: self.ended_at,
            refunds_asked: self.refunds_asked,
        })
    }
}

/// By what an order is found.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// Its row.
    Row(i64),
    /// The id in addresses.
    Public(Uuid),
}

/// Reads an order, and the time that it was read at.
/// Fails with [`DbError::NotFound`] when there is none.
pub async fn find(db: &Db, key: Key) -> Result<(Order, Timestamp), DbError> {
    let selection = (OrderRow::as_select(), surety_now());
    let (row, now): (OrderRow, Timestamp) = match key {
        Key::Row(id) => {
            orders::table.filter(orders::id.eq(id)).select(selection).fetch_one(db).await?
        }
        Key::Public(id) => {
            orders::table.filter(orders::public_id.eq(id)).select(selection).fetch_one(db).await?
        }
    };
    let channel = Channel::named(row.channel.clone());
    let policy = policies::policy(db, channel, row.policy_version).await?;
    Ok((row.into_order(policy)?, now))
}

/// The job that lets the clock act on orders.
pub const CLOCK: &str = "order-clock";

/// Rows of orders that the clock has to look at now, the longest due first.
pub async fn to_wake(db: &Db, limit: i64) -> Result<Vec<i64>, DbError> {
    orders::table
        .filter(orders::wake_at.le(surety_now().nullable()))
        .filter(orders::id.ne_all(put_off(CLOCK)))
        .order(orders::wake_at)
        .limit(limit)
        .select(orders::id)
        .fetch_all(db)
        .await
}

/// Orders that were paid by an address and have no buyer's account yet.
pub async fn unclaimed_of(db: &Db, email: &str) -> Result<Vec<i64>, DbError> {
    orders::table
        .filter(orders::buyer_email.eq(email))
        .filter(orders::buyer_id.is_null())
        .filter(orders::paid_at.is_not_null())
        .select(orders::id)
        .fetch_all(db)
        .await
}
