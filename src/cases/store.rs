//! Cases as rows. Only reads; the function that changes the order writes them.

use diesel::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::db::batch::put_off;
use crate::db::schema::cases::dsl;
use crate::db::{Db, DbError, Fetch, surety_now};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Timestamp;
use crate::ledger::money;

/// A case of an order.
#[derive(Debug, Clone)]
pub struct Case {
    /// The id in addresses.
    pub public_id: Uuid,
    /// Counts the moves.
    pub version: i32,
    /// Of a refund request: `awaiting_merchant`, `declined`, `refunded` or `withdrawn`.
    pub status: String,
    /// What is asked for.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// The other side's reason for declining.
    pub answer: Option<String>,
    pub opened_at: Timestamp,
    /// When the clock decides; none once it has ended.
    pub due_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::db::schema::cases)]
struct CaseRow {
    public_id: Uuid,
    version: i32,
    status: String,
    amount: Decimal,
    reason: String,
    answer: Option<String>,
    opened_at: Timestamp,
    due_at: Option<Timestamp>,
}

/// The cases of an order, oldest first.
pub async fn of_order(db: &Db, order_id: i64, currency: Currency) -> Result<Vec<Case>, DbError> {
    let rows: Vec<CaseRow> = dsl::cases
        .filter(dsl::order_id.eq(order_id))
        .order(dsl::id)
        .select(CaseRow::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Case {
                amount: money(r.amount, currency.code())?,
                public_id: r.public_id,
                version: r.version,
                status: r.status,
                reason: r.reason,
                answer: r.answer,
                opened_at: r.opened_at,
                due_at: r.due_at,
            })
        })
        .collect()
}

/// The job that lets the clock decide cases.
pub const CLOCK: &str = "case-clock";

/// Orders with a case whose time is over, the longest due first.
pub async fn due(db: &Db, limit: i64) -> Result<Vec<i64>, DbError> {
    dsl::cases
        .filter(dsl::due_at.le(surety_now().nullable()))
        .filter(dsl::order_id.ne_all(put_off(CLOCK)))
        .order(dsl::due_at)
        .limit(limit)
        .select(dsl::order_id)
        .fetch_all(db)
        .await
}
