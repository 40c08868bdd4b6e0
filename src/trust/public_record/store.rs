//! The queries of the public record.

use diesel::prelude::*;
use serde_json::Value;

use super::search::{Wanted, wanted};
use super::{
    BadgeEvent, DirectoryQuery, KnownDomain, ListFrom, Listed, PublicBadge, PublicRecord,
    PublicStanding,
};
use crate::db::schema::{badge_events, badges, domains, merchant_search, merchants};
use crate::db::{Db, DbError, Fetch, is_vouched_for, surety_now};
use crate::kernel::domain_name::DomainName;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::time::Timestamp;
use crate::trust::badge::{BadgeEventKind, BadgeState, Cause, Suspension, Tier, state_at};
use crate::trust::criteria::Evaluation;
use crate::trust::merchant::Industry;
use crate::trust::store::causes;

/// More than a badge ever has in practice.
const HISTORY_LIMIT: i64 = 50;

/// One row for each verified domain, or a single one without.
type StandingRow =
    (i64, Option<String>, Option<String>, Option<Timestamp>, Option<String>, Timestamp);

/// A single query, because badges are requested most often.
pub(super) async fn standing(
    db: &Db,
    code: &MerchantCode,
) -> Result<Option<PublicStanding>, DbError> {
    let verified = domains::merchant_id
        .eq(merchants::id)
        .and(domains::verified_at.is_not_null())
        .and(is_vouched_for(domains::failing_since));
    let rows: Vec<StandingRow> = merchants::table
        .left_join(badges::table.on(badges::merchant_id.eq(merchants::id)))
        .left_join(domains::table.on(verified))
        .filter(merchants::code.eq(code.as_str()))
        .order(domains::id)
        .select((
            merchants::id,
            badges::state.nullable(),
            badges::tier.nullable(),
            badges::expires_at.nullable(),
            domains::name.nullable(),
            surety_now(),
        ))
        .fetch_all(db)
        .await?;
    let Some((merchant_id, state, tier, expires_at, _, now)) = rows.as_slice().first().cloned()
    else {
        return Ok(None);
    };
    let badge = state.zip(tier).zip(expires_at);
    Ok(Some(PublicStanding {
        merchant_id,
        badge: badge.map(|((state, tier), expires)| shown(&state, &tier, expires, now)),
        domains: rows.iter().filter_map(|row| read_domain(row.4.as_deref()?)).collect(),
    }))
}

#[derive(Queryable)]
struct MerchantRow {
    id: i64,
    name: String,
    registered_name: String,
    industry: String,
    badge: Option<BadgeRow>,
    now: Timestamp,
}

#[derive(Queryable)]
struct BadgeRow {
    state: String,
    tier: String,
    granted_at: Timestamp,
    expires_at: Timestamp,
    changed_at: Timestamp,
    evaluation: Value,
}

/// Three queries, and a fourth if suspended.
pub(super) async fn record(db: &Db, code: &MerchantCode) -> Result<Option<PublicRecord>, DbError> {
    let row: Option<MerchantRow> = merchants::table
        .left_join(badges::table.on(badges::merchant_id.eq(merchants::id)))
        .filter(merchants::code.eq(code.as_str()))
        .select((
            merchants::id,
            merchants::name,
            merchants::registered_name,
            merchants::industry,
            (
                badges::state,
                badges::tier,
                badges::granted_at,
                badges::expires_at,
                badges::changed_at,
                badges::evaluation,
            )
                .nullable(),
            surety_now(),
        ))
        .fetch_optional(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let names: Vec<String> = domains::table
        .filter(domains::merchant_id.eq(row.id))
        .filter(domains::verified_at.is_not_null())
        .filter(is_vouched_for(domains::failing_since))
        .order(domains::id)
        .select(domains::name)
        .fetch_all(db)
        .await?;
    let history = history(db, row.id).await?;
    let is_suspended = row.badge.as_ref().is_some_and(|b| b.state == "suspended");
    let standing = match is_suspended {
        true => causes::standing(db, row.id).await?,
        false => Vec::new(),
    };
    let stands = |cause: &Suspension| standing.iter().any(|s| s.cause == *cause);
    let suspended_for: Vec<_> = Suspension::ALL.into_iter().filter(stands).collect();
    let badge = row.badge.as_ref();
    let standing = PublicStanding {
        merchant_id: row.id,
        badge: badge.map(|b| shown(&b.state, &b.tier, b.expires_at, row.now)),
        domains: names.iter().filter_map(|name| read_domain(name)).collect(),
    };
    Ok(Some(PublicRecord {
        code: *code,
        name: row.name,
        registered_name: row.registered_name,
        industry: read_industry(&row.industry),
        standing,
        badge: row.badge.map(|b| PublicBadge {
            granted_at: b.granted_at,
            expires_at: b.expires_at,
            changed_at: b.changed_at,
            suspended_for,
            evaluation: read_evaluation(b.evaluation),
        }),
        history,
    }))
}

type EventRow = (String, String, Timestamp, Option<String>, Option<String>, Vec<String>);

async fn history(db: &Db, merchant: i64) -> Result<Vec<BadgeEvent>, DbError> {
    let rows: Vec<EventRow> = badge_events::table
        .filter(badge_events::merchant_id.eq(merchant))
        .order(badge_events::version.desc())
        .limit(HISTORY_LIMIT)
        .select((
            badge_events::to_state,
            badge_events::cause,
            badge_events::at,
            badge_events::to_tier,
            badge_events::event,
            badge_events::standing,
        ))
        .fetch_all(db)
        .await?;
    let read = |(to, cause, at, tier, event, standing): EventRow| {
        let (to, cause) = (BadgeState::parse(&to)?, Cause::parse(&cause)?);
        let happened = BadgeEventKind::read(event.as_deref(), to, cause);
        let tier = tier.as_deref().and_then(Tier::parse);
        let standing = standing.iter().filter_map(|c| Suspension::parse(c)).collect();
        Some(BadgeEvent { happened, to, cause, standing, at, tier })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Badges worth imitating, and so worth warning about.
const LIVING: [&str; 2] = ["active", "suspended"];

pub(super) async fn owner_of(
    db: &Db,
    candidates: &[&str],
) -> Result<Option<(KnownDomain, bool)>, DbError> {
    let lives = badges::state.eq_any(LIVING).and(badges::expires_at.gt(surety_now()));
    let rows: Vec<((String, String, String), Option<bool>)> = domains::table
        .inner_join(merchants::table.on(merchants::id.eq(domains::merchant_id)))
        .left_join(badges::table.on(badges::merchant_id.eq(domains::merchant_id)))
        .filter(domains::verified_at.is_not_null())
        .filter(is_vouched_for(domains::failing_since))
        .filter(domains::name.eq_any(candidates))
        .select(((domains::name, merchants::name, merchants::code), lives.nullable()))
        .fetch_all(db)
        .await?;
    let place = |name: &str| candidates.iter().position(|c| *c == name);
    let first = rows.into_iter().min_by_key(|((domain, _, _), _)| place(domain));
    Ok(first.and_then(|(row, lives)| Some((read_known(row)?, lives.unwrap_or(false)))))
}

fn read_known((domain, name, code): (String, String, String)) -> Option<KnownDomain> {
    Some(KnownDomain { domain: read_domain(&domain)?, name, code: read_code(&code)? })
}

pub(super) async fn known_domains(db: &Db) -> Result<Vec<KnownDomain>, DbError> {
    let rows: Vec<(String, String, String)> = domains::table
        .inner_join(merchants::table.on(merchants::id.eq(domains::merchant_id)))
        .inner_join(badges::table.on(badges::merchant_id.eq(domains::merchant_id)))
        .filter(domains::verified_at.is_not_null())
        .filter(is_vouched_for(domains::failing_since))
        .filter(badges::state.eq_any(LIVING))
        .filter(badges::expires_at.gt(surety_now()))
        .order(domains::id)
        .select((domains::name, merchants::name, merchants::code))
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().filter_map(read_known).collect())
}

type ListedRow = (i64, String, String, String, String, String, Timestamp, Timestamp);

/// Newest first.
pub(super) async fn directory(db: &Db, query: &DirectoryQuery) -> Result<Vec<Listed>, DbError> {
    let anchor: Option<i64> = match query.from {
        ListFrom::Start => None,
        ListFrom::OlderThan(code) | ListFrom::NewerThan(code) => {
            merchants::table
                .filter(merchants::code.eq(code.as_str()))
                .select(merchants::id)
                .fetch_optional(db)
                .await?
        }
    };
    let backwards = matches!(query.from, ListFrom::NewerThan(_));
    // The bounds are repeated for each table, because the planner does not infer one from another
    // and would read whole tables.
    let after = anchor.filter(|_| backwards).unwrap_or(i64::MIN);
    let before = anchor.filter(|_| !backwards).unwrap_or(i64::MAX);
    let mut rows = listed_rows()
        .filter(merchants::id.gt(after).and(badges::merchant_id.gt(after)))
        .filter(merchants::id.lt(before).and(badges::merchant_id.lt(before)))
        .limit(i64::try_from(query.limit).unwrap_or(i64::MAX))
        .into_boxed();
    if !query.with_former {
        rows = rows.filter(badges::state.eq("active")).filter(badges::expires_at.gt(surety_now()));
    }
    if let Some(industry) = query.industry {
        rows = rows.filter(merchants::industry.eq(industry.name()));
    }
    if let Some(text) = &query.text {
        let mut hits = merchant_search::table.select(merchant_search::merchant_id).into_boxed();
        for Wanted { grams, pattern } in wanted(text, &query.named) {
            let holds = merchant_search::lines.like(pattern);
            hits = hits.or_filter(merchant_search::grams.contains(grams).and(holds));
        }
        hits = hits.filter(merchant_search::merchant_id.gt(after));
        hits = hits.filter(merchant_search::merchant_id.lt(before));
        rows = rows.filter(merchants::id.eq_any(hits));
    }
    rows =
        if backwards { rows.order(merchants::id.asc()) } else { rows.order(merchants::id.desc()) };
    let mut found: Vec<ListedRow> = rows.fetch_all(db).await?;
    if backwards {
        found.reverse();
    }
    with_domains(db, found).await
}

pub(super) async fn listed(db: &Db, codes: &[MerchantCode]) -> Result<Vec<Listed>, DbError> {
    let codes: Vec<&str> = codes.iter().map(MerchantCode::as_str).collect();
    let rows = listed_rows().filter(merchants::code.eq_any(codes)).order(merchants::id);
    let found = rows.fetch_all(db).await?;
    with_domains(db, found).await
}

async fn with_domains(db: &Db, rows: Vec<ListedRow>) -> Result<Vec<Listed>, DbError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let names: Vec<(i64, String)> = domains::table
        .filter(domains::merchant_id.eq_any(ids))
        .filter(domains::verified_at.is_not_null())
        .filter(is_vouched_for(domains::failing_since))
        .order(domains::id)
        .select((domains::merchant_id, domains::name))
        .fetch_all(db)
        .await?;
    let read = |(id, code, name, industry, state, tier, expires, now): ListedRow| {
        let own = names.iter().filter(|(owner, _)| *owner == id);
        let (state, tier) = shown(&state, &tier, expires, now);
        Some(Listed {
            code: read_code(&code)?,
            name,
            industry: read_industry(&industry),
            state,
            tier,
            domains: own.filter_map(|(_, name)| read_domain(name)).collect(),
        })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// The schema excludes unknown values, but if one occurs it must not look valid.
fn shown(state: &str, tier: &str, expires: Timestamp, now: Timestamp) -> (BadgeState, Tier) {
    let state = BadgeState::parse(state).unwrap_or(BadgeState::Revoked);
    (state_at(state, expires, now), Tier::parse(tier).unwrap_or(Tier::Trusted))
}

fn read_industry(name: &str) -> Industry {
    Industry::parse(name).unwrap_or(Industry::Other)
}

/// An unreadable evaluation is treated as empty, so that the page still works.
fn read_evaluation(evaluation: Value) -> Evaluation {
    serde_json::from_value(evaluation).unwrap_or_else(|error| {
        tracing::error!(%error, "a stored evaluation cannot be read");
        Evaluation::default()
    })
}

#[diesel::dsl::auto_type]
fn listed_rows() -> _ {
    merchants::table.inner_join(badges::table.on(badges::merchant_id.eq(merchants::id))).select((
        merchants::id,
        merchants::code,
        merchants::name,
        merchants::industry,
        badges::state,
        badges::tier,
        badges::expires_at,
        surety_now(),
    ))
}

/// Domains are validated before storage; an invalid one is logged and ignored.
fn read_domain(name: &str) -> Option<DomainName> {
    match DomainName::parse(name) {
        Ok(domain) => Some(domain),
        Err(error) => {
            tracing::error!(name, %error, "a stored domain cannot be read");
            None
        }
    }
}

fn read_code(code: &str) -> Option<MerchantCode> {
    match MerchantCode::parse(code) {
        Ok(code) => Some(code),
        Err(error) => {
            tracing::error!(code, %error, "a stored merchant code cannot be read");
            None
        }
    }
}
