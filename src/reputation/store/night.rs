//! The SQL of the nightly run: totals of ratings, claiming a turn, and finishing it.

use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

use crate::db::schema::credit_turns;
use crate::db::{Conn, Db, DbError, Fetch, surety_now};
use crate::kernel::time::Timestamp;
use crate::reputation::record::{Month, Record};
use crate::trust::{Tier, TierMove, set_tier_in};

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[derive(QueryableByName)]
pub struct RatingTotals {
    #[diesel(sql_type = BigInt)]
    pub ratings: i64,
    #[diesel(sql_type = BigInt)]
    pub points: i64,
    /// Over all ratings ever published.
    #[diesel(sql_type = BigInt)]
    pub score: i64,
}

/// Sums the ratings published before `until`, except those of the orders `without`.
pub async fn rating_totals(
    db: &Db,
    merchant_id: i64,
    without: &[i64],
    since: Timestamp,
    until: Timestamp,
) -> Result<RatingTotals, DbError> {
    diesel::sql_query(
        "SELECT count(*) FILTER (WHERE p.published_at >= $3) AS ratings, \
           coalesce(sum(r.goods + r.service + r.delivery) \
             FILTER (WHERE p.published_at >= $3), 0)::bigint AS points, \
           coalesce(sum(r.score), 0)::bigint AS score \
         FROM rating_publications p JOIN ratings r ON r.id = p.rating_id \
         WHERE p.merchant_id = $1 AND p.published_at < $4 AND r.order_id <> ALL ($2)",
    )
    .bind::<BigInt, _>(merchant_id)
    .bind::<Array<BigInt>, _>(without)
    .bind::<Timestamptz, _>(since)
    .bind::<Timestamptz, _>(until)
    .fetch_one(db)
    .await
}

#[derive(QueryableByName)]
pub struct MonthOfRatings {
    #[diesel(sql_type = Date)]
    pub month: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub ratings: i64,
    #[diesel(sql_type = BigInt)]
    pub points: i64,
}

/// As [`rating_totals`], by calendar month in `zone`.
pub async fn rating_months(
    db: &Db,
    merchant_id: i64,
    without: &[i64],
    (since, until): (Timestamp, Timestamp),
    zone: Tz,
) -> Result<Vec<MonthOfRatings>, DbError> {
    diesel::sql_query(
        "SELECT date_trunc('month', p.published_at AT TIME ZONE $5)::date AS month, \
           count(*) AS ratings, sum(r.goods + r.service + r.delivery)::bigint AS points \
         FROM rating_publications p JOIN ratings r ON r.id = p.rating_id \
         WHERE p.merchant_id = $1 AND p.published_at >= $3 AND p.published_at < $4 \
           AND r.order_id <> ALL ($2) \
         GROUP BY 1",
    )
    .bind::<BigInt, _>(merchant_id)
    .bind::<Array<BigInt>, _>(without)
    .bind::<Timestamptz, _>(since)
    .bind::<Timestamptz, _>(until)
    .bind::<Text, _>(zone.name())
    .fetch_all(db)
    .await
}

/// Merchants without a record of this day that no worker has claimed, longest waiting first.
pub async fn due(db: &Db, day: NaiveDate, limit: i64) -> Result<Vec<i64>, DbError> {
    let free = credit_turns::claimed_until
        .is_null()
        .or(credit_turns::claimed_until.le(surety_now().nullable()));
    credit_turns::table
        .filter(credit_turns::done_day.lt(day))
        .filter(free)
        .order((credit_turns::done_day, credit_turns::merchant_id))
        .limit(limit)
        .select(credit_turns::merchant_id)
        .fetch_all(db)
        .await
}

/// A claim on a merchant's record until the lease ends.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    pub merchant_id: i64,
    pub from_order: i64,
    /// Also identifies this claim.
    pub claimed_until: Timestamp,
}

/// `None` if another worker has it or the day is done.
pub async fn claim(
    db: &Db,
    merchant_id: i64,
    day: NaiveDate,
    lease: Duration,
) -> Result<Option<Turn>, DbError> {
    let now = db.now().await?;
    let free = credit_turns::claimed_until.is_null().or(credit_turns::claimed_until.le(now));
    let rows: Vec<(i64, Option<Timestamp>)> = diesel::update(
        credit_turns::table
            .filter(credit_turns::merchant_id.eq(merchant_id))
            .filter(credit_turns::done_day.lt(day))
            .filter(free),
    )
    .set(credit_turns::claimed_until.eq(now + lease))
    .returning((credit_turns::first_order_id, credit_turns::claimed_until))
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().find_map(|(from_order, claimed_until)| {
        Some(Turn { merchant_id, from_order, claimed_until: claimed_until? })
    }))
}

pub async fn give_back(db: &Db, turn: &Turn) -> Result<(), DbError> {
    diesel::update(
        credit_turns::table
            .filter(credit_turns::merchant_id.eq(turn.merchant_id))
            .filter(credit_turns::claimed_until.eq(turn.claimed_until)),
    )
    .set(credit_turns::claimed_until.eq(None::<Timestamp>))
    .run(db)
    .await?;
    Ok(())
}

#[derive(Debug, Clone, Copy)]
pub struct Done<'a> {
    pub turn: Turn,
    pub from_order: i64,
    pub record: &'a Record,
    pub months: &'a [Month],
    /// Only if the tier changes.
    pub tier: Option<TierMove<'a>>,
}

#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// The lease ended and another worker took over, or the badge changed: compute again.
    #[error("the turn was lost")]
    Lost,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<diesel::result::Error> for Unwritten {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Stores record, months and the change of tier with its history and message in one transaction.
pub async fn finish(db: &Db, done: &Done<'_>) -> Result<(), Unwritten> {
    db.transaction(async |conn: &mut Conn| write(conn, done).await).await
}

async fn write(conn: &mut Conn, done: &Done<'_>) -> Result<(), Unwritten> {
    let Done { turn, record, .. } = done;
    let mine = credit_turns::table
        .filter(credit_turns::merchant_id.eq(turn.merchant_id))
        .filter(credit_turns::claimed_until.eq(turn.claimed_until));
    let ended = diesel::update(mine)
        .set((
            credit_turns::done_day.eq(record.day),
            credit_turns::claimed_until.eq(None::<Timestamp>),
            credit_turns::first_order_id.eq(done.from_order),
        ))
        .execute(conn)
        .await?;
    if ended == 0 {
        return Err(Unwritten::Lost);
    }
    write_record(conn, record).await?;
    if !record.is_empty() {
        write_months(conn, record.merchant_id, done.months).await?;
    }
    if let Some(change) = done.tier
        && !set_tier_in(conn, change).await?
    {
        return Err(Unwritten::Lost);
    }
    Ok(())
}

/// Skips a record that is unchanged, or empty for a merchant that never had one.
async fn write_record(conn: &mut Conn, record: &Record) -> Result<(), Unwritten> {
    diesel::sql_query(
        "INSERT INTO credit_records AS r (merchant_id, day, counted_since, counted_until, paid, \
           ended, completed, disputed, self_dealt, ratings, rating_points, score, \
           months_trusted, tier, computed_at) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, surety_now() \
         WHERE NOT $15 OR EXISTS (SELECT FROM credit_records WHERE merchant_id = $1) \
         ON CONFLICT (merchant_id, day) DO UPDATE SET \
           counted_since = excluded.counted_since, counted_until = excluded.counted_until, \
           paid = excluded.paid, ended = excluded.ended, completed = excluded.completed, \
           disputed = excluded.disputed, self_dealt = excluded.self_dealt, \
           ratings = excluded.ratings, rating_points = excluded.rating_points, \
           score = excluded.score, months_trusted = excluded.months_trusted, \
           tier = excluded.tier, computed_at = excluded.computed_at \
         WHERE (r.counted_since, r.counted_until, r.paid, r.ended, r.completed, r.disputed, \
           r.self_dealt, r.ratings, r.rating_points, r.score, r.months_trusted, r.tier) \
           IS DISTINCT FROM (excluded.counted_since, excluded.counted_until, excluded.paid, \
           excluded.ended, excluded.completed, excluded.disputed, excluded.self_dealt, \
           excluded.ratings, excluded.rating_points, excluded.score, excluded.months_trusted, \
           excluded.tier)",
    )
    .bind::<BigInt, _>(record.merchant_id)
    .bind::<Date, _>(record.day)
    .bind::<Timestamptz, _>(record.since)
    .bind::<Timestamptz, _>(record.until)
    .bind::<BigInt, _>(whole(record.paid))
    .bind::<BigInt, _>(whole(record.ended))
    .bind::<BigInt, _>(whole(record.completed))
    .bind::<BigInt, _>(whole(record.disputed))
    .bind::<BigInt, _>(whole(record.self_dealt))
    .bind::<BigInt, _>(whole(record.ratings))
    .bind::<BigInt, _>(whole(record.rating_points))
    .bind::<BigInt, _>(record.score)
    .bind::<Nullable<Integer>, _>(record.months_trusted.and_then(|m| i32::try_from(m).ok()))
    .bind::<Nullable<Text>, _>(record.tier.map(Tier::name))
    .bind::<Bool, _>(record.is_empty())
    .execute(conn)
    .await?;
    Ok(())
}

async fn write_months(
    conn: &mut Conn,
    merchant_id: i64,
    months: &[Month],
) -> Result<(), Unwritten> {
    let of = |part: fn(&Month) -> u64| months.iter().map(|m| whole(part(m))).collect::<Vec<_>>();
    diesel::sql_query(
        "INSERT INTO credit_months AS m (merchant_id, month, paid, completed, refunded, disputed, \
           ratings, rating_points) \
         SELECT $1, t.* FROM unnest($2, $3, $4, $5, $6, $7, $8) t \
         ON CONFLICT (merchant_id, month) DO UPDATE SET paid = excluded.paid, \
           completed = excluded.completed, refunded = excluded.refunded, \
           disputed = excluded.disputed, ratings = excluded.ratings, \
           rating_points = excluded.rating_points \
         WHERE (m.paid, m.completed, m.refunded, m.disputed, m.ratings, m.rating_points) \
           IS DISTINCT FROM (excluded.paid, excluded.completed, excluded.refunded, \
           excluded.disputed, excluded.ratings, excluded.rating_points)",
    )
    .bind::<BigInt, _>(merchant_id)
    .bind::<Array<Date>, _>(months.iter().map(|m| m.month).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(of(|m| m.paid))
    .bind::<Array<BigInt>, _>(of(|m| m.completed))
    .bind::<Array<BigInt>, _>(of(|m| m.refunded))
    .bind::<Array<BigInt>, _>(of(|m| m.disputed))
    .bind::<Array<BigInt>, _>(of(|m| m.ratings))
    .bind::<Array<BigInt>, _>(of(|m| m.rating_points))
    .execute(conn)
    .await?;
    Ok(())
}
