//! `/verify/{code}.json`: the authentication page for programs.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Data, Path};
use rust_decimal::Decimal;
use serde::Serialize;

use super::memory::{Memory, Shown};
use crate::db::Db;
use crate::kernel::domain_name::DomainName;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::time::Timestamp;
use crate::reputation;
use crate::reputation::tier::{Condition, bar_above, bar_of, conditions};
use crate::trust::criteria::{Criterion, Met, Needed, Value};
use crate::trust::promise::FUND_IS_OPEN;
use crate::trust::public_record::BadgeEvent;
use crate::trust::{Suspension, Tier};
use crate::web::page::PageResult;

/// A public format: field names must not change.
#[derive(Serialize)]
struct Facts<'a> {
    code: MerchantCode,
    name: &'a str,
    registered_name: &'a str,
    industry: &'static str,
    state: &'static str,
    suspended_for: &'a [Suspension],
    tier: Option<&'static str>,
    domains: &'a [DomainName],
    trusted_since: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    criteria: Vec<CriterionFacts<'a>>,
    /// What buyers said; has no effect on the tier.
    rating: Option<Rating>,
    /// What the tier is computed from each night; has no effect on the rating.
    record: Option<Measured>,
    guarantee: Guarantee,
    /// Newest first.
    history: Vec<EventFacts>,
}

#[derive(Serialize)]
struct EventFacts {
    event: &'static str,
    cause: &'static str,
    state: &'static str,
    at: Timestamp,
}

/// The rating of the last twelve months, and the rank over all time.
#[derive(Serialize)]
struct Rating {
    /// 1 to 5.
    mean: Option<Decimal>,
    count: u64,
    score: i64,
    rank: Option<RankFacts>,
}

#[derive(Serialize)]
struct RankFacts {
    sign: &'static str,
    count: u8,
}

/// The record of twelve months, and what this tier and the next one require.
#[derive(Serialize)]
struct Measured {
    since: Timestamp,
    until: Timestamp,
    paid: u64,
    completed: u64,
    completion_rate: Option<Decimal>,
    dispute_rate: Option<Decimal>,
    months_trusted: Option<u32>,
    self_dealt: u64,
    tier_reasons: Option<[Condition; 3]>,
    next_tier: Option<NextTier>,
}

#[derive(Serialize)]
struct NextTier {
    tier: &'static str,
    conditions: [Condition; 3],
}

fn event_facts(event: &BadgeEvent) -> EventFacts {
    let (happened, cause) = (event.happened.name(), event.cause.name());
    EventFacts { event: happened, cause, state: event.to.name(), at: event.at }
}

fn rating_facts(record: &reputation::Record) -> Rating {
    let rank = record.rank().map(|r| RankFacts { sign: r.sign.name(), count: r.count });
    Rating { mean: record.rating_shown(), count: record.ratings, score: record.score, rank }
}

fn measured(record: &reputation::Record, tier: Option<Tier>) -> Measured {
    let all = record.measured();
    let reasons = |bar| conditions(bar, &all);
    let next = tier.and_then(bar_above);
    Measured {
        since: record.since,
        until: record.until,
        paid: record.paid,
        completed: record.completed,
        completion_rate: record.completion_rate(),
        dispute_rate: record.dispute_rate(),
        months_trusted: record.months_trusted,
        self_dealt: record.self_dealt,
        tier_reasons: tier.and_then(bar_of).map(reasons),
        next_tier: next.map(|bar| NextTier { tier: bar.tier.name(), conditions: reasons(bar) }),
    }
}

#[derive(Serialize)]
struct CriterionFacts<'a> {
    key: Criterion,
    met: Met,
    value: &'a Value,
    threshold: &'a Needed,
    evaluated_at: Timestamp,
    measured_from: &'static str,
}

/// What protects an order that is paid now.
#[derive(Serialize)]
struct Guarantee {
    marked: bool,
    covered: bool,
    /// `price`: the whole price of the order is covered.
    up_to: Option<&'static str>,
}

/// GET `/verify/{code}.json`. Fails if the database is unreachable and the cache holds nothing
/// recent enough.
pub async fn facts(code: Path<String>, db: Data<Db>, memory: Data<Memory>) -> PageResult {
    let Ok(code) = MerchantCode::parse(&code) else {
        return Ok(problem("mistyped_code", "This is not a merchant code, or it is mistyped."));
    };
    let Some(shown) = memory.record(&db, &code).await? else {
        return Ok(problem("unknown_code", "No merchant has this code."));
    };
    let Shown { record, credit, .. } = shown.as_ref();
    let is_active = record.standing.is_active();
    let badge = record.standing.badge;
    let marked = record.standing.is_active();
    let covered = marked && FUND_IS_OPEN;
    let results = record.badge.iter().flat_map(|badge| &badge.evaluation.criteria);
    let facts = Facts {
        code,
        name: &record.name,
        registered_name: &record.registered_name,
        industry: record.industry.name(),
        state: badge.map_or("none", |(state, _)| state.name()),
        suspended_for: record.suspended_for(),
        // The tier of an inactive badge means nothing.
        tier: badge.filter(|_| is_active).map(|(_, tier)| tier.name()),
        domains: &record.standing.domains,
        trusted_since: record.badge.as_ref().map(|badge| badge.granted_at),
        expires_at: record.badge.as_ref().map(|badge| badge.expires_at),
        criteria: results
            .map(|r| CriterionFacts {
                key: r.key,
                met: r.met,
                value: &r.value,
                threshold: &r.threshold,
                evaluated_at: r.evaluated_at,
                measured_from: r.source.key(),
            })
            .collect(),
        rating: credit.record.as_ref().map(rating_facts),
        record: credit.record.as_ref().map(|r| measured(r, badge.map(|(_, tier)| tier))),
        guarantee: Guarantee { marked, covered, up_to: covered.then_some("price") },
        history: record.history.iter().map(event_facts).collect(),
    };
    Ok(HttpResponse::Ok().json(facts))
}

/// RFC 9457 problem details.
fn problem(kind: &str, title: &str) -> HttpResponse {
    let status = StatusCode::NOT_FOUND.as_u16();
    let body = serde_json::json!({ "type": kind, "title": title, "status": status });
    HttpResponse::NotFound()
        .insert_header((CONTENT_TYPE, "application/problem+json"))
        .body(body.to_string())
}
