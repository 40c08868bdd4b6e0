//! Reads stored records and months, for pages.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::ratings::published;
use super::unreadable;
use crate::db::schema::{credit_months, credit_records};
use crate::db::{Db, DbError, Fetch};
use crate::kernel::time::Timestamp;
use crate::orders;
use crate::reputation::record::{File, Month, Record};
use crate::trust::Tier;

#[derive(Queryable, Selectable)]
#[diesel(table_name = credit_records)]
struct RecordRow {
    merchant_id: i64,
    day: NaiveDate,
    counted_since: Timestamp,
    counted_until: Timestamp,
    paid: i64,
    ended: i64,
    completed: i64,
    disputed: i64,
    self_dealt: i64,
    ratings: i64,
    rating_points: i64,
    score: i64,
    months_trusted: Option<i32>,
    tier: Option<String>,
}

/// Constraints keep counts from being negative.
fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

impl TryFrom<RecordRow> for Record {
    type Error = DbError;

    fn try_from(row: RecordRow) -> Result<Self, DbError> {
        let tier = |name: &str| Tier::parse(name).ok_or_else(|| unreadable("credit_records", name));
        Ok(Self {
            merchant_id: row.merchant_id,
            day: row.day,
            since: row.counted_since,
            until: row.counted_until,
            paid: count(row.paid),
            ended: count(row.ended),
            completed: count(row.completed),
            disputed: count(row.disputed),
            self_dealt: count(row.self_dealt),
            ratings: count(row.ratings),
            rating_points: count(row.rating_points),
            score: row.score,
            months_trusted: row.months_trusted.and_then(|m| u32::try_from(m).ok()),
            tier: row.tier.as_deref().map(tier).transpose()?,
        })
    }
}

/// `None` before the first night with anything to count.
pub async fn latest(db: &Db, merchant_id: i64) -> Result<Option<Record>, DbError> {
    let row: Option<RecordRow> = credit_records::table
        .filter(credit_records::merchant_id.eq(merchant_id))
        .order(credit_records::day.desc())
        .select(RecordRow::as_select())
        .limit(1)
        .fetch_optional(db)
        .await?;
    row.map(Record::try_from).transpose()
}

type MonthRow = (NaiveDate, i64, i64, i64, i64, i64, i64);

/// The months from `from` on, earliest first; months never stored are missing.
async fn months(db: &Db, merchant_id: i64, from: NaiveDate) -> Result<Vec<Month>, DbError> {
    let rows: Vec<MonthRow> = credit_months::table
        .filter(credit_months::merchant_id.eq(merchant_id))
        .filter(credit_months::month.ge(from))
        .order(credit_months::month)
        .select((
            credit_months::month,
            credit_months::paid,
            credit_months::completed,
            credit_months::refunded,
            credit_months::disputed,
            credit_months::ratings,
            credit_months::rating_points,
        ))
        .fetch_all(db)
        .await?;
    let read = |(month, paid, completed, refunded, disputed, ratings, points): MonthRow| Month {
        month,
        paid: count(paid),
        completed: count(completed),
        refunded: count(refunded),
        disputed: count(disputed),
        ratings: count(ratings),
        rating_points: count(points),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// What pages show: the latest record, its months, and up to `limit` ratings older than row
/// `before`.
pub async fn file(
    db: &Db,
    merchant_id: i64,
    before: Option<i64>,
    limit: i64,
) -> Result<File, DbError> {
    let record = latest(db, merchant_id).await?;
    let months = match record.as_ref().and_then(|r| crate::reputation::night::months_of(r.day)) {
        Some(first) => months(db, merchant_id, first).await?,
        None => Vec::new(),
    };
    let without = orders::self_dealt_of(db, merchant_id).await?;
    let ratings = published(db, merchant_id, &without, before, limit).await?;
    Ok(File { record, months, ratings })
}
