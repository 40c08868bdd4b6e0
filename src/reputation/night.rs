//! The nightly run: computes each merchant's record of the day, one worker per merchant.

use chrono::{Datelike, Duration, Months, NaiveDate};
use chrono_tz::Tz;
use serde_json::{Map, Value as Json, json};

use super::commands::CreditError;
use super::record::{Month, Record};
use super::store::night::{self as store, Done, Turn, Unwritten};
use super::tier::{earned, trusted_since};
use crate::db::Db;
use crate::kernel::rate::{Better, percent};
use crate::kernel::time::{Timestamp, minus_months, months_between, start_of_day};
use crate::orders::{self, Window, self_dealing};
use crate::payments::gateway::Gateway;
use crate::trust::{self, Badge, BadgeState, Tier, TierMove};

pub const MONTHS: u32 = 12;
/// How long a worker has for one merchant before another may take over.
const LEASE: Duration = Duration::minutes(5);

/// The first of the calendar months plotted for a day.
pub fn months_of(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_sub_months(Months::new(MONTHS - 1))
}

/// Computes up to `limit` records that are due and returns how many. Stops at an outage; any other
/// failure is returned only after the rest were tried.
pub async fn run_due(
    db: &Db,
    gateway: &dyn Gateway,
    zone: Tz,
    limit: i64,
) -> Result<usize, CreditError> {
    let now = db.now().await?;
    let day = now.with_timezone(&zone).date_naive();
    let (mut done, mut failed) = (0, None);
    for merchant_id in store::due(db, day, limit).await? {
        match run(db, gateway, merchant_id, day, zone).await {
            Ok(true) => done += 1,
            Ok(false) => {}
            Err(error) if error.is_outage() => return Err(error),
            Err(error) => {
                tracing::warn!(merchant = merchant_id, %error, "a record cannot be computed");
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(done), Err)
}

/// Computes one merchant's record of a day. False if it is done, another worker holds the turn, or
/// the turn was lost. After an error, the turn stays taken until its lease ends.
pub async fn run(
    db: &Db,
    gateway: &dyn Gateway,
    merchant_id: i64,
    day: NaiveDate,
    zone: Tz,
) -> Result<bool, CreditError> {
    let Some(turn) = store::claim(db, merchant_id, day, LEASE).await? else { return Ok(false) };
    // Connections between parties may have been discovered since they traded.
    self_dealing::recheck(db, gateway, merchant_id, turn.from_order).await?;
    match compute(db, turn, day, zone).await {
        Ok(()) => Ok(true),
        Err(CreditError::Lost) => {
            store::give_back(db, &turn).await?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

async fn compute(db: &Db, turn: Turn, day: NaiveDate, zone: Tz) -> Result<(), CreditError> {
    let Turn { merchant_id, from_order, .. } = turn;
    let until = start_of_day(day, zone);
    let since = minus_months(until, MONTHS, zone);
    let first = months_of(day).unwrap_or(day);
    let months_since = start_of_day(first, zone);
    let window = Window { since, until, months_since, zone, from_order };
    let totals = orders::totals(db, merchant_id, &window).await?;
    let without = orders::self_dealt_of(db, merchant_id).await?;
    let ratings = store::rating_totals(db, merchant_id, &without, since, until).await?;
    let months = months(db, merchant_id, &without, first, &window).await?;
    let now = db.now().await?;
    let badge = trust::badge(db, merchant_id).await?.filter(|b| lives(b, now));
    let months_trusted = match &badge {
        Some(_) => {
            let events = trust::badge_events(db, merchant_id).await?;
            trusted_since(&events).map(|since| months_between(since, until, zone))
        }
        None => None,
    };
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    let mut record = Record {
        merchant_id,
        day,
        since,
        until,
        paid: count(totals.paid),
        ended: count(totals.ended),
        completed: count(totals.completed),
        disputed: count(totals.disputed),
        self_dealt: count(totals.self_dealt),
        ratings: count(ratings.ratings),
        rating_points: count(ratings.points),
        score: ratings.score,
        months_trusted,
        tier: None,
    };
    record.tier = months_trusted.map(|_| earned(&record.measured()));
    let why = why(&record);
    let moves = |badge: &Badge, to: Tier| badge.tier != to;
    let tier = badge.as_ref().zip(record.tier).filter(|(badge, to)| moves(badge, *to));
    let done = Done {
        turn,
        from_order: totals.from_order,
        record: &record,
        months: &months,
        tier: tier.map(|(badge, to)| TierMove { badge, to, at: now, why: &why }),
    };
    store::finish(db, &done).await.map_err(|error| match error {
        Unwritten::Lost => CreditError::Lost,
        Unwritten::Db(error) => CreditError::Db(error),
    })
}

fn lives(badge: &Badge, now: Timestamp) -> bool {
    matches!(badge.state_at(now), BadgeState::Active | BadgeState::Suspended)
}

/// The last twelve calendar months, including empty ones.
async fn months(
    db: &Db,
    merchant_id: i64,
    without: &[i64],
    first: NaiveDate,
    window: &Window,
) -> Result<Vec<Month>, CreditError> {
    let of_orders = orders::months(db, merchant_id, window).await?;
    let span = (window.months_since, window.until);
    let of_ratings = store::rating_months(db, merchant_id, without, span, window.zone).await?;
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    let month = |back: u32| {
        let mut month = Month::empty(first.checked_add_months(Months::new(back))?);
        if let Some(orders) = of_orders.iter().find(|o| o.month == month.month) {
            month.paid = count(orders.paid);
            month.completed = count(orders.completed);
            month.refunded = count(orders.refunded);
            month.disputed = count(orders.disputed);
        }
        if let Some(ratings) = of_ratings.iter().find(|r| r.month == month.month) {
            month.ratings = count(ratings.ratings);
            month.rating_points = count(ratings.points);
        }
        Some(month)
    };
    Ok((0..MONTHS).filter_map(month).collect())
}

/// The arguments of the message about a tier.
fn why(record: &Record) -> Map<String, Json> {
    let rate =
        record.dispute_rate().map_or_else(|| "–".to_owned(), |rate| percent(&rate, Better::Lower));
    let months = record.months_trusted.unwrap_or_default();
    [
        ("completed", json!(record.completed.to_string())),
        ("disputes", json!(rate)),
        ("months", json!(months.to_string())),
        ("link", json!("/merchant/record")),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}
