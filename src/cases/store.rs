//! Refund requests as rows. Only reads; the function that changes the order writes them.

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::refunds::dsl;
use crate::db::{Db, DbError, Fetch, surety_now};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Timestamp;
use crate::ledger::money;

/// A refund request.
#[derive(Debug, Clone)]
pub struct Refund {
    /// The order's row.
    pub order_id: i64,
    /// `awaiting_merchant`, `declined`, `refunded` or `withdrawn`.
    pub status: String,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// What the merchant said.
    pub merchant_reason: Option<String>,
    /// When it was asked.
    pub opened_at: Timestamp,
    /// When it came to this state.
    pub status_since: Timestamp,
    /// When the clock decides.
    pub due_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::db::schema::refunds)]
struct RefundRow {
    order_id: i64,
    status: String,
    amount: Decimal,
    reason: String,
    merchant_reason: Option<String>,
    opened_at: Timestamp,
    status_since: Timestamp,
    due_at: Option<Timestamp>,
}

/// The requests of an order, oldest first.
pub async fn of_order(db: &Db, order_id: i64, currency: Currency) -> Result<Vec<Refund>, DbError> {
    let rows: Vec<RefundRow> = dsl::refunds
        .filter(dsl::order_id.eq(order_id))
        .order(dsl::id)
        .select(RefundRow::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Refund {
                amount: money(r.amount, currency.code())?,
                order_id: r.order_id,
                status: r.status,
                reason: r.reason,
                merchant_reason: r.merchant_reason,
                opened_at: r.opened_at,
                status_since: r.status_since,
                due_at: r.due_at,
            })
        })
        .collect()
}

/// Orders with a request whose time is over.
pub async fn due(db: &Db, limit: i64) -> Result<Vec<i64>, DbError> {
    dsl::refunds
        .filter(dsl::due_at.le(surety_now().nullable()))
        .order(dsl::due_at)
        .limit(limit)
        .select(dsl::order_id)
        .fetch_all(db)
        .await
}
