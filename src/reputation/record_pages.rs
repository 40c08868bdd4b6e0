//! `/merchant/record`: the current tier and what the next one requires, rating and rank, plots by
//! month, and the ratings with those not published yet.

use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::plot::{self, Columns, Dots};
use super::rank::{Rank, next_rank};
use super::record::{File, Month, Record};
use super::store;
use super::tier::{self, Bar, Condition, What};
use crate::accounts::actor::Desk;
use crate::kernel::rate::{Better, percent};
use crate::kernel::time::Timestamp;
use crate::orders;
use crate::trust::{self, BadgeState, Tier};
use crate::web::error::PageError;
use crate::web::page::{Page, PageResult, cut, html};
use crate::web::query::Query;

const PAGE: i64 = 20;
const WAITING_MAX: i64 = 20;

#[derive(Debug, Deserialize)]
pub struct Before {
    /// Lists ratings older than this row.
    before: Option<i64>,
}

/// A condition of a tier, in the reader's language.
pub struct Line {
    pub what: String,
    pub value: String,
    pub threshold: String,
    pub met: bool,
    /// In percent; `None` for an upper limit.
    pub progress: Option<u32>,
}

pub fn lines(page: &Page, bar: &Bar, record: &Record) -> Vec<Line> {
    let conditions = tier::conditions(bar, &record.measured());
    conditions.iter().map(|condition| line(page, condition)).collect()
}

fn line(page: &Page, condition: &Condition) -> Line {
    let key = condition.what.key();
    let shown = |value: rust_decimal::Decimal| match condition.what {
        What::DisputeRate => percent(&value, Better::Lower),
        What::Completed | What::MonthsTrusted => {
            page.number(u64::try_from(value).unwrap_or_default())
        }
    };
    let reached = |value: rust_decimal::Decimal| {
        let share = value * rust_decimal::Decimal::ONE_HUNDRED / condition.threshold;
        u32::try_from(share.trunc()).unwrap_or(100).min(100)
    };
    Line {
        what: page.t(format!("record-what-{key}")),
        value: condition.value.map_or_else(|| "–".to_owned(), shown),
        threshold: page.t1(&format!("record-needs-{key}"), "value", shown(condition.threshold)),
        met: condition.met,
        progress: match condition.what {
            What::DisputeRate => None,
            What::Completed | What::MonthsTrusted => condition.value.map(reached),
        },
    }
}

pub struct Plots {
    pub months: Vec<Month>,
    pub columns: Columns,
    pub dots: Dots,
}

impl Plots {
    pub fn of(months: &[Month]) -> Self {
        let (columns, dots) = (plot::columns(months), plot::dots(months));
        Self { months: months.to_vec(), columns, dots }
    }
}

/// For example `3 diamonds`.
pub fn rank_words(page: &Page, record: &Record) -> String {
    record.rank().map_or_else(|| page.t("rank-none"), |rank| words(page, rank))
}

fn words(page: &Page, rank: Rank) -> String {
    page.t1(&format!("rank-{}", rank.sign.name()), "count", rank.count)
}

/// A rating that is not published yet.
struct Waiting {
    order: Uuid,
    title: String,
    publish_at: Timestamp,
}

#[derive(Template)]
#[template(path = "reputation/record.html")]
struct RecordPage {
    page: Page,
    merchant: trust::Merchant,
    tier: Option<Tier>,
    file: File,
    plots: Plots,
    ratings: Vec<(super::Published, String)>,
    waiting: Vec<Waiting>,
    newer: Option<String>,
    older: Option<String>,
}

impl RecordPage {
    fn next(&self) -> Option<(&'static Bar, Vec<Line>)> {
        let record = self.file.record.as_ref()?;
        let bar = tier::bar_above(self.tier?)?;
        Some((bar, lines(&self.page, bar, record)))
    }

    /// Each tier, whether it lies below the merchant's, and whether it is the merchant's.
    fn tiers(&self) -> Vec<(Tier, bool, bool)> {
        let own = self.tier;
        let step = |tier| (tier, own.is_some_and(|own| tier < own), own == Some(tier));
        Tier::ALL.into_iter().map(step).collect()
    }

    fn lead(&self) -> String {
        let page = &self.page;
        let Some(tier) = self.tier else { return page.t("record-lead-none") };
        let name = page.t(format!("badges-tier-{}", tier.name()));
        match self.next() {
            None if tier == Tier::Platinum => page.t1("record-lead-top", "tier", name),
            None => page.t1("record-lead-soon", "tier", name),
            Some((bar, lines)) => {
                let next = page.t(format!("badges-tier-{}", bar.tier.name()));
                let left = lines.iter().filter(|l| !l.met).count();
                page.t3("record-lead", "tier", name, "next", next, "left", left)
            }
        }
    }

    fn next_rank(&self) -> Option<String> {
        let record = self.file.record.as_ref()?;
        let (rank, begins) = next_rank(record.score)?;
        let words = words(&self.page, rank);
        Some(self.page.t2("rank-next", "rank", words, "left", begins - record.score))
    }
}

pub async fn show(Desk { page, actor, db, .. }: Desk, query: Query<Before>) -> PageResult {
    let merchant = trust::merchant_of(&db, actor.0.user_id).await?;
    let merchant = merchant.ok_or_else(PageError::not_found)?;
    let badge = trust::badge(&db, merchant.id).await?;
    let lives = |state| matches!(state, BadgeState::Active | BadgeState::Suspended);
    let tier = badge.filter(|b| lives(b.state_at(page.now))).map(|b| b.tier);
    let mut file = super::file(&db, merchant.id, query.before, PAGE + 1).await?;
    let older =
        cut(&mut file.ratings, PAGE).map(|r| format!("/merchant/record?before={}#ratings", r.id));
    let newer = query.before.map(|_| "/merchant/record#ratings".to_owned());
    let waits = store::ratings::waiting(&db, merchant.id, WAITING_MAX).await?;
    let mut ids: Vec<i64> = file.ratings.iter().map(|r| r.order_id).collect();
    ids.extend(waits.iter().map(|(order_id, _)| order_id));
    let titles = orders::titles_of(&db, &ids).await?;
    let named = |order_id: i64| titles.iter().find(|(id, ..)| *id == order_id);
    let address = |order_id| named(order_id).map(|(_, id, _)| super::commands::path_of(*id));
    let listed = file.ratings.iter();
    let ratings = listed.filter_map(|r| Some((r.clone(), address(r.order_id)?))).collect();
    let waiting = waits
        .into_iter()
        .filter_map(|(order_id, publish_at)| {
            let (_, order, title) = named(order_id)?;
            Some(Waiting { order: *order, title: title.clone(), publish_at })
        })
        .collect();
    let plots = Plots::of(&file.months);
    html(&RecordPage { page, merchant, tier, plots, ratings, waiting, newer, older, file })
}
