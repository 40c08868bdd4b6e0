//! How a merchant's orders went over twelve months, and month by month: for the credit record.

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text, Timestamptz};

use crate::db::{Db, DbError, Fetch};
use crate::kernel::time::Timestamp;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Orders that were paid from then on count.
    pub since: Timestamp,
    /// What happened from then on is not seen.
    pub until: Timestamp,
    /// Months are told from then on; not before `since`.
    pub months_since: Timestamp,
    /// Whose calendar months.
    pub zone: Tz,
    /// No order before this row matters any more: where the last look ended.
    pub from_order: i64,
}

/// The orders that were paid in a window, without the self-dealt ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Paid.
    pub paid: i64,
    /// Of these, ended, whoever got the money.
    pub ended: i64,
    /// Of these, performed and settled.
    pub completed: i64,
    /// Of these, with a dispute that was opened and not withdrawn. There are no disputes yet: this
    /// is where they will be counted.
    pub disputed: i64,
    /// Paid in the window, and left out because the parties are connected.
    pub self_dealt: i64,
    /// From which row a later look may begin.
    pub from_order: i64,
}

/// What happened in a calendar month, without self-dealt orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthOfOrders {
    /// The first day of the month.
    pub month: NaiveDate,
    /// Orders paid in it.
    pub paid: i64,
    /// Orders completed in it.
    pub completed: i64,
    /// Orders closed in it after they were paid: all of the money went back.
    pub refunded: i64,
    /// Disputes opened in it; see [`Totals::disputed`].
    pub disputed: i64,
}

#[derive(QueryableByName)]
struct TotalsRow {
    #[diesel(sql_type = BigInt)]
    paid: i64,
    #[diesel(sql_type = BigInt)]
    ended: i64,
    #[diesel(sql_type = BigInt)]
    completed: i64,
    #[diesel(sql_type = BigInt)]
    self_dealt: i64,
    #[diesel(sql_type = BigInt)]
    from_order: i64,
}

/// Counts the orders of a window. For the nightly run: it reads a year of orders.
pub async fn totals(db: &Db, merchant_id: i64, window: &Window) -> Result<Totals, DbError> {
    // An order is paid within days of being made, and rows are numbered as they are made: thirty
    // days are more than any policy gives.
    let row: TotalsRow = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE counts) AS paid, \
           count(*) FILTER (WHERE counts AND ended_at < $4) AS ended, \
           count(*) FILTER (WHERE counts AND ended_at < $4 AND status = 'completed') AS completed, \
           count(*) FILTER (WHERE in_time AND NOT counts) AS self_dealt, \
           coalesce(min(id) FILTER (WHERE is_near), max(id), $2) AS from_order \
         FROM (SELECT o.id, o.ended_at, o.status, p.in_time, \
             p.in_time AND s.order_id IS NULL AS counts, \
             o.created_at >= $3 - interval '30 days' AS is_near \
           FROM orders o LEFT JOIN self_dealt_orders s ON s.order_id = o.id, \
             LATERAL (SELECT coalesce(o.paid_at >= $3 AND o.paid_at < $4, false) AS in_time) p \
           WHERE o.merchant_id = $1 AND o.id >= $2) own",
    )
    .bind::<BigInt, _>(merchant_id)
    .bind::<BigInt, _>(window.from_order)
    .bind::<Timestamptz, _>(window.since)
    .bind::<Timestamptz, _>(window.until)
    .fetch_one(db)
    .await?;
    let TotalsRow { paid, ended, completed, self_dealt, from_order } = row;
    Ok(Totals { paid, ended, completed, disputed: 0, self_dealt, from_order })
}

#[derive(QueryableByName)]
struct MonthRow {
    #[diesel(sql_type = Date)]
    month: NaiveDate,
    #[diesel(sql_type = BigInt)]
    paid: i64,
    #[diesel(sql_type = BigInt)]
    completed: i64,
    #[diesel(sql_type = BigInt)]
    refunded: i64,
}

/// What happened in each calendar month of a window, the earliest first; months without anything
/// are left out. For the nightly run.
pub async fn months(
    db: &Db,
    merchant_id: i64,
    window: &Window,
) -> Result<Vec<MonthOfOrders>, DbError> {
    let rows: Vec<MonthRow> = diesel::sql_query(
        "SELECT date_trunc('month', h.at AT TIME ZONE $5)::date AS month, \
           count(*) FILTER (WHERE h.what = 'paid') AS paid, \
           count(*) FILTER (WHERE h.what = 'completed') AS completed, \
           count(*) FILTER (WHERE h.what = 'closed') AS refunded \
         FROM orders o, LATERAL (VALUES (o.paid_at, 'paid'), (o.ended_at, o.status)) h (at, what) \
         WHERE o.merchant_id = $1 AND o.id >= $2 AND o.paid_at IS NOT NULL \
           AND h.at >= $3 AND h.at < $4 \
           AND NOT EXISTS (SELECT FROM self_dealt_orders s WHERE s.order_id = o.id) \
         GROUP BY 1 ORDER BY 1",
    )
    .bind::<BigInt, _>(merchant_id)
    .bind::<BigInt, _>(window.from_order)
    .bind::<Timestamptz, _>(window.months_since)
    .bind::<Timestamptz, _>(window.until)
    .bind::<Text, _>(window.zone.name())
    .fetch_all(db)
    .await?;
    let told = |row: MonthRow| {
        let MonthRow { month, paid, completed, refunded } = row;
        MonthOfOrders { month, paid, completed, refunded, disputed: 0 }
    };
    Ok(rows.into_iter().map(told).collect())
}
