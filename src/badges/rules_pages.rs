//! `/rules`: criteria, timers and fees, read from the policy and thresholds in force so that the
//! page cannot disagree with them.

use std::sync::Arc;

use actix_web::web::Data;
use askama::Template;
use chrono::Duration;
use rust_decimal::Decimal;
use strum::VariantArray;

use crate::db::Db;
use crate::kernel::rate::{Better, percent};
use crate::orders;
use crate::orders::policy::{Channel, DeliveryKind, Policy};
use crate::reputation::rating;
use crate::reputation::tier::{BARS, Bar};
use crate::trust;
use crate::trust::badge::LIFETIME_MONTHS;
use crate::trust::criteria::{Criterion, Needed, Thresholds};
use crate::trust::criteria_words::needed_words;
use crate::web::page::{Page, PageResult, html};

#[derive(Template)]
#[template(path = "badges/rules.html")]
struct RulesPage {
    page: Page,
    criteria: Vec<Rule>,
    policy: Arc<Policy>,
    months: u32,
}

struct Rule {
    key: &'static str,
    needed: String,
}

pub async fn rules(page: Page, db: Data<Db>) -> PageResult {
    let now = db.now().await?;
    let thresholds = trust::thresholds(&db, now).await?;
    let policy = orders::current_policy(&db, Channel::GOODS).await?;
    let rule = |criterion: Criterion| Rule {
        key: criterion.key(),
        needed: needed_words(&needed(criterion, &thresholds), page.locale, page.zone),
    };
    let criteria = Criterion::ALL.into_iter().map(rule).collect();
    html(&RulesPage { page, criteria, policy, months: LIFETIME_MONTHS })
}

fn needed(criterion: Criterion, thresholds: &Thresholds) -> Needed {
    let t = thresholds;
    match criterion {
        Criterion::Agreement => Needed::Signed,
        Criterion::Tenure => Needed::Months { months: t.tenure_months },
        Criterion::NoDeception => {
            Needed::Findings { max: t.deception_findings_max, months: t.deception_window_months }
        }
        Criterion::Reputation => Needed::Rates {
            completion_min: t.completion_rate_min,
            dispute_max: t.dispute_rate_max,
            rating_min: t.rating_min,
            orders_min: t.reputation_orders_min,
            months: t.reputation_window_months,
        },
        Criterion::Domain => Needed::VerifiedWithin { days: t.domain_verified_within_days },
        Criterion::Identity => Needed::Judged,
    }
}

impl RulesPage {
    fn time(&self, time: Duration) -> String {
        self.page.span(time)
    }

    /// How long the buyer has to confirm, by kind of delivery.
    fn confirm(&self) -> Vec<(&'static str, String)> {
        let time = |kind: DeliveryKind| self.time(self.policy.confirm_within(kind));
        DeliveryKind::VARIANTS.iter().map(|kind| (kind.into_str(), time(*kind))).collect()
    }

    fn tiers(&self) -> Vec<(&'static str, String)> {
        let needs = |bar: &Bar| {
            let disputes = percent(&bar.dispute_max, Better::Lower);
            let (completed, months) = (bar.completed, bar.months);
            let key = "rules-tier-needs";
            let page = &self.page;
            page.t3(key, "completed", completed, "disputes", disputes, "months", months)
        };
        BARS.iter().map(|bar| (bar.tier.name(), needs(bar))).collect()
    }

    /// How long an order can be rated, and how long a rating stays hidden.
    fn rating_times(&self) -> (String, String) {
        (self.time(rating::WINDOW), self.time(rating::BLIND))
    }

    fn fee(&self) -> String {
        format!("{}%", (self.policy.fee_rate() * Decimal::ONE_HUNDRED).normalize())
    }
}
