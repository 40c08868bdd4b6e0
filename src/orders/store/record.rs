//! How a merchant's orders went, from their rows.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Timestamptz};

use crate::db::{Db, DbError, Fetch};
use crate::kernel::time::Timestamp;

/// How many of a merchant's newest orders [`record`] looks at. A merchant with more of them in a
/// year is told by its newest: reading them all would take seconds at 10⁶.
pub const NEWEST_MAX: u32 = 10_000;

/// How the orders of a merchant went that were paid since a moment; self-dealt ones do not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// Paid.
    pub paid: u64,
    /// Paid, and ended by now, whoever got the money.
    pub ended: u64,
    /// Paid, and performed and settled.
    pub completed: u64,
    /// There are more of them, older ones, that were not looked at.
    pub is_cut: bool,
}

#[derive(QueryableByName)]
struct RecordRow {
    #[diesel(sql_type = BigInt)]
    paid: i64,
    #[diesel(sql_type = BigInt)]
    ended: i64,
    #[diesel(sql_type = BigInt)]
    completed: i64,
    #[diesel(sql_type = Bool)]
    is_cut: bool,
}

/// Walks the newest orders of a merchant backwards along the index `orders_by_merchant`, at most
/// `newest` of them ([`NEWEST_MAX`] unless a test says less), whatever lies behind.
pub async fn record(
    db: &Db,
    merchant_id: i64,
    since: Timestamp,
    newest: u32,
) -> Result<Record, DbError> {
    // The typed language has no subquery to select from.
    let row: RecordRow = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE paid_at > $2) AS paid, \
           count(*) FILTER (WHERE paid_at > $2 AND ended_at IS NOT NULL) AS ended, \
           count(*) FILTER (WHERE paid_at > $2 AND status = 'completed') AS completed, \
           count(*) = $3 AND min(created_at) > $2 AS is_cut \
         FROM (SELECT CASE WHEN s.order_id IS NULL THEN o.paid_at END AS paid_at, o.ended_at, \
             o.status, o.created_at \
           FROM (SELECT id, paid_at, ended_at, status, created_at FROM orders \
             WHERE merchant_id = $1 ORDER BY id DESC LIMIT $3) o \
           LEFT JOIN self_dealt_orders s ON s.order_id = o.id) newest",
    )
    .bind::<BigInt, _>(merchant_id)
    .bind::<Timestamptz, _>(since)
    .bind::<BigInt, _>(i64::from(newest))
    .fetch_one(db)
    .await?;
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    let RecordRow { paid, ended, completed, is_cut } = row;
    Ok(Record { paid: count(paid), ended: count(ended), completed: count(completed), is_cut })
}
