//! The reviewers' queue.

use std::collections::HashMap;

use askama::Template;
use chrono::{Duration, NaiveTime, TimeZone};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::application::{PROMISE_WORKING_DAYS, Status, promised_by};
use super::store::queue::{
    HeldBy, QueueFilter, QueueFrom, QueueKey, QueueState, Queued, count, queue,
};
use crate::accounts::actor::Desk;
use crate::accounts::people::names_of;
use crate::kernel::time::{Timestamp, start_of_day};
use crate::trust::{Industry, Merchant, merchants_by_ids};
use crate::web::page::{Page, PageResult, html};
use crate::web::query::{Query, chosen};

const PAGE: usize = 25;
const NAME_MAX: usize = 100;

/// Applications submitted before this are overdue: the end of the last day whose promise is over.
pub fn overdue_before(now: Timestamp, zone: Tz) -> Timestamp {
    let mut date = now.with_timezone(&zone).date_naive();
    // Five working days span at most nine days, so 14 are always enough.
    for _ in 0..14 {
        let noon = date.and_time(NaiveTime::MIN) + Duration::hours(12);
        let noon = zone.from_local_datetime(&noon).earliest().map(|at| at.to_utc());
        if noon.is_some_and(|noon| promised_by(noon, zone) <= now) {
            break;
        }
        date = date.pred_opt().unwrap_or(date);
    }
    start_of_day(date.succ_opt().unwrap_or(date), zone)
}

/// Filters and position from the query. A position that cannot be read is the beginning.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    industry: String,
    #[serde(default)]
    reviewer: String,
    #[serde(default)]
    overdue: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    before: String,
}

struct QueueRow {
    id: Uuid,
    merchant: String,
    code: String,
    industry: String,
    /// The version to claim; `None` if somebody holds it.
    version: Option<i32>,
    is_overdue: bool,
    age: String,
    /// The age as a share of the promised time, in fifths, for the meter.
    meter: String,
    reviewer: String,
    promised_at: Timestamp,
    chip: (&'static str, &'static str, String),
}

#[derive(Template)]
#[template(path = "admission/queue.html")]
struct QueuePage {
    page: Page,
    waiting: i64,
    overdue: i64,
    /// The oldest application: its age and merchant.
    oldest: Option<(String, String)>,
    rows: Vec<QueueRow>,
    states: Vec<(&'static str, String)>,
    industries: Vec<(&'static str, String)>,
    asked: Asked,
    state: &'static str,
    newer: Option<String>,
    older: Option<String>,
}

/// GET `/admin/applications`
pub async fn list(Desk { page, actor, db, config }: Desk, asked: Query<Asked>) -> PageResult {
    let (asked, zone, now) = (asked.into_inner(), config.time_zone, page.now);
    let late = overdue_before(now, zone);
    let filter = QueueFilter {
        state: chosen(&asked.state, QueueState::parse)?.unwrap_or_default(),
        industry: chosen(&asked.industry, Industry::parse)?,
        held: chosen(&asked.reviewer, |name| match name {
            "me" => Some(HeldBy::Reviewer(actor.0.user_id)),
            "nobody" => Some(HeldBy::Nobody),
            _ => None,
        })?
        .unwrap_or(HeldBy::Anybody),
        named: asked.name.trim().chars().take(NAME_MAX).collect(),
        submitted_before: (asked.overdue == "yes").then_some(late),
    };
    let from = match (read_key(&asked.after), read_key(&asked.before)) {
        (Some(key), _) => QueueFrom::After(key),
        (None, Some(key)) => QueueFrom::Before(key),
        (None, None) => QueueFrom::Start,
    };
    let (queued, more) = queue(&db, &filter, from, now, PAGE).await?;
    let merchants = ids(&queued, |q| Some(q.merchant_id));
    let merchants = merchants_by_ids(&db, &merchants).await?;
    let names = names_of(&db, &ids(&queued, |q| q.claim.map(|c| c.by))).await?;
    let me = actor.0.user_id;
    let rows: Vec<QueueRow> =
        queued.iter().map(|q| row(&page, q, &merchants, &names, me, zone)).collect();
    // The queue runs from old to new, so what comes after is newer.
    let has_after = more || matches!(from, QueueFrom::Before(_));
    let has_before = match from {
        QueueFrom::Start => false,
        QueueFrom::After(_) => true,
        QueueFrom::Before(_) => more,
    };
    let link = |name: &str, queued: Option<&Queued>| {
        let key = queued.map(|q| write_key((q.submitted_at, q.id)))?;
        Some(address(&asked, name, &key))
    };
    let newer = has_after.then(|| link("after", queued.last())).flatten();
    let older = has_before.then(|| link("before", queued.first())).flatten();
    let oldest = match from {
        QueueFrom::Start => rows.first().map(|r| (r.merchant.clone(), r.age.clone())),
        _ => None,
    };
    let open = QueueFilter::default();
    let overdue = QueueFilter { submitted_before: Some(late), ..QueueFilter::default() };
    html(&QueuePage {
        waiting: count(&db, &open, now).await?,
        overdue: count(&db, &overdue, now).await?,
        oldest,
        rows,
        states: QueueState::ALL
            .map(|s| (s.name(), page.t(format!("queue-state-{}", s.name()))))
            .to_vec(),
        industries: Industry::ALL.map(|i| (i.name(), page.t(i.text_key()))).to_vec(),
        state: filter.state.name(),
        asked,
        newer,
        older,
        page,
    })
}

fn ids(queued: &[Queued], of: impl Fn(&Queued) -> Option<i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = queued.iter().filter_map(of).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn row(
    page: &Page,
    queued: &Queued,
    merchants: &HashMap<i64, Merchant>,
    names: &HashMap<i64, String>,
    me: i64,
    zone: Tz,
) -> QueueRow {
    let promised_at = promised_by(queued.submitted_at, zone);
    let merchant = merchants.get(&queued.merchant_id);
    let waited = page.now - queued.submitted_at;
    let promised = (promised_at - queued.submitted_at).num_minutes().max(1);
    // Hundredths are exact enough for the meter, and integers need no rounding.
    let hundredths = waited.num_minutes().max(0) * 100 * i64::from(PROMISE_WORKING_DAYS) / promised;
    let reviewer = queued.claim.map(|c| names.get(&c.by).cloned().unwrap_or_default());
    let is_mine = queued.claim.is_some_and(|c| c.by == me);
    let chip = match queued.status {
        Status::NeedsInformation => ("", "mail", page.t("queue-chip-asked")),
        _ if is_mine => ("", "person", page.t("queue-chip-mine")),
        _ if queued.claim.is_some() => ("", "person", page.t("queue-chip-claimed")),
        _ => ("held", "clock", page.t("queue-chip-waiting")),
    };
    QueueRow {
        id: queued.public_id,
        version: (queued.status == Status::Submitted).then_some(queued.version),
        is_overdue: queued.status != Status::NeedsInformation && promised_at <= page.now,
        merchant: merchant.map(|m| m.name.clone()).unwrap_or_default(),
        code: merchant.map(|m| m.code.as_str().to_owned()).unwrap_or_default(),
        industry: merchant.map(|m| page.t(m.industry.text_key())).unwrap_or_default(),
        age: age(page, waited),
        meter: format!("{}.{:02}", (hundredths / 100).min(5), hundredths % 100),
        reviewer: reviewer.unwrap_or_else(|| "—".to_owned()),
        promised_at,
        chip,
    }
}

/// An age in days and hours.
pub fn age(page: &Page, waited: Duration) -> String {
    let (days, hours) = (waited.num_days().max(0), waited.num_hours().max(0) % 24);
    page.t2("queue-age", "days", days, "hours", hours)
}

/// The address of a page of the queue with the same filters.
fn address(asked: &Asked, place: &str, key: &str) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let filters = [
        ("state", &asked.state),
        ("industry", &asked.industry),
        ("reviewer", &asked.reviewer),
        ("overdue", &asked.overdue),
        ("name", &asked.name),
    ];
    for (name, value) in filters.iter().filter(|(_, value)| !value.is_empty()) {
        pairs.append_pair(name, value);
    }
    pairs.append_pair(place, key);
    format!("/admin/applications?{}", pairs.finish())
}

fn write_key((at, id): QueueKey) -> String {
    format!("{}-{id}", at.timestamp_micros())
}

fn read_key(text: &str) -> Option<QueueKey> {
    let (at, id) = text.split_once('-')?;
    let at = Timestamp::from_timestamp_micros(at.parse().ok()?)?;
    Some((at, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn overdue_is_what_the_promise_says() {
        let zone = Tz::Asia__Shanghai;
        // Every quarter day over two weeks, from three moments: cutoff and promise agree.
        for now in ["2026-11-25T03:00:00Z", "2026-11-27T16:00:00Z", "2026-11-29T15:59:59Z"] {
            let now = at(now);
            let cut = overdue_before(now, zone);
            for quarter in 0..60 {
                let submitted = now - Duration::hours(6 * quarter);
                let overdue = promised_by(submitted, zone) <= now;
                assert_eq!(submitted < cut, overdue, "submitted {submitted}, seen {now}");
            }
        }
    }

    #[test]
    fn a_place_in_the_queue_comes_back() {
        let key = (at("2026-11-25T03:00:00.123456Z"), 42);
        assert_eq!(read_key(&write_key(key)), Some(key));
        for odd in ["", "-", "x-1", "1-x", "99999999999999999999-1", "1"] {
            assert_eq!(read_key(odd), None, "{odd}");
        }
    }
}
