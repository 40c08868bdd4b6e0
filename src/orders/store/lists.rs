//! Lists and histories, as pages read them: by key, never by offset.

use diesel::dsl::exists;
use diesel::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::{money_of, word};
use crate::db::schema::{order_events, orders};
use crate::db::{Db, DbError, Fetch};
use crate::kernel::money::Money;
use crate::kernel::time::Timestamp;
use crate::orders::change::{Detail, Status};

/// An order in a list.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Row: the key of the next page.
    pub id: i64,
    /// The id in addresses.
    pub public_id: Uuid,
    /// The merchant's row.
    pub merchant_id: i64,
    /// What is traded.
    pub title: String,
    /// Where it stands.
    pub status: Status,
    /// The price.
    pub price: Money,
    /// When the clock acts.
    pub due_at: Option<Timestamp>,
    /// From when delivery is overdue.
    pub overdue_at: Option<Timestamp>,
    /// Whether a refund request is open.
    pub has_case: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = orders)]
struct SummaryRow {
    id: i64,
    public_id: Uuid,
    merchant_id: i64,
    title: String,
    status: String,
    price: Decimal,
    currency: String,
    due_at: Option<Timestamp>,
    overdue_at: Option<Timestamp>,
    hold: Option<String>,
}

impl TryFrom<SummaryRow> for Summary {
    type Error = DbError;

    fn try_from(r: SummaryRow) -> Result<Self, DbError> {
        Ok(Self {
            status: word(&r.status)?,
            price: money_of(r.price, &r.currency)?,
            has_case: r.hold.is_some(),
            id: r.id,
            public_id: r.public_id,
            merchant_id: r.merchant_id,
            title: r.title,
            due_at: r.due_at,
            overdue_at: r.overdue_at,
        })
    }
}

/// Which orders of a merchant to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// All.
    All,
    /// Those in a status.
    In(Status),
}

/// The orders of a buyer, newest first, before a row: those of the account, and those that nobody
/// has paid and that are addressed to its confirmed address.
pub async fn list_of_buyer(
    db: &Db,
    (buyer_id, email): (i64, Option<&str>),
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Summary>, DbError> {
    let addressed = orders::buyer_id
        .is_null()
        .and(orders::paid_at.is_null())
        .and(orders::buyer_email.eq(email));
    let rows: Vec<SummaryRow> = orders::table
        .filter(orders::buyer_id.eq(buyer_id).or(addressed))
        .filter(orders::id.lt(before.unwrap_or(i64::MAX)))
        .order(orders::id.desc())
        .limit(limit)
        .select(SummaryRow::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The orders of a merchant, newest first, before a row.
pub async fn list_of_merchant(
    db: &Db,
    merchant_id: i64,
    filter: Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Summary>, DbError> {
    let query = orders::table
        .filter(orders::merchant_id.eq(merchant_id))
        .filter(orders::id.lt(before.unwrap_or(i64::MAX)))
        .into_boxed();
    let query = match filter {
        Filter::All => query,
        Filter::In(status) => query.filter(orders::status.eq(status.into_str())),
    };
    let rows: Vec<SummaryRow> = query
        .order(orders::id.desc())
        .limit(limit)
        .select(SummaryRow::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// How many orders wait for a buyer to confirm their receipt; counted to a hundred at most.
pub async fn to_confirm_count(db: &Db, buyer_id: i64) -> Result<usize, DbError> {
    let rows: Vec<i64> = orders::table
        .filter(orders::buyer_id.eq(buyer_id))
        .filter(orders::status.eq(Status::AwaitingConfirmation.into_str()))
        .filter(orders::hold.is_null())
        .limit(100)
        .select(orders::id)
        .fetch_all(db)
        .await?;
    Ok(rows.len())
}

/// How many orders of a merchant are in a status; counted to a hundred at most.
pub async fn open_count(db: &Db, merchant_id: i64, status: Status) -> Result<usize, DbError> {
    let rows: Vec<i64> = orders::table
        .filter(orders::merchant_id.eq(merchant_id))
        .filter(orders::status.eq(status.into_str()))
        .limit(100)
        .select(orders::id)
        .fetch_all(db)
        .await?;
    Ok(rows.len())
}

/// What a merchant and an address have to do with each other.
pub struct Acquaintance {
    /// Whether somebody with the address has paid an order of the merchant.
    pub has_bought: bool,
    /// The orders that the merchant has completed with anybody, counted to a hundred at most.
    pub completed: i32,
}

pub async fn acquaintance(db: &Db, merchant_id: i64, email: &str) -> Result<Acquaintance, DbError> {
    let bought = orders::table
        .filter(orders::merchant_id.eq(merchant_id))
        .filter(orders::buyer_email.eq(email))
        .filter(orders::paid_at.is_not_null());
    let has_bought = diesel::select(exists(bought)).fetch_one(db).await?;
    let completed = open_count(db, merchant_id, Status::Completed).await?;
    Ok(Acquaintance { has_bought, completed: i32::try_from(completed).unwrap_or(i32::MAX) })
}

/// The public ids and titles of orders by their rows: for statements.
pub async fn titles_of(db: &Db, ids: &[i64]) -> Result<Vec<(i64, Uuid, String)>, DbError> {
    orders::table
        .filter(orders::id.eq_any(ids))
        .select((orders::id, orders::public_id, orders::title))
        .fetch_all(db)
        .await
}

/// A line of an order's history.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = order_events)]
pub struct EventRow {
    /// What happened.
    pub event: String,
    /// Who acted.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// What else is known of it; reads as [`Detail`].
    detail: Option<Value>,
}

impl EventRow {
    /// What else is known of it. What an older version of the program wrote is passed over.
    pub fn detail(&self) -> Detail {
        let detail = self.detail.clone().map(serde_json::from_value);
        detail.and_then(Result::ok).unwrap_or_default()
    }
}

/// The history of an order, oldest first.
pub async fn events(db: &Db, order_id: i64) -> Result<Vec<EventRow>, DbError> {
    order_events::table
        .filter(order_events::order_id.eq(order_id))
        .order(order_events::version)
        .select(EventRow::as_select())
        .fetch_all(db)
        .await
}
