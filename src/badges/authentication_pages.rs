//! `/verify/{code}`: the only proof of a badge. The record is rendered once per language and time
//! zone and cached; the verdict depends on the visitor.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT, REFERER};
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use super::facts_pages::facts;
use super::memory::{Drawn, Memory, Shown};
use super::picture_pages::badge_texts;
use super::seal::{BadgeScheme, BadgeSize, BadgeSpec, large_seal_svg};
use super::search_pages::{no_code, unknown_code};
use super::state::{Origin, is_site_of, origin_of, seal_state};
use super::verdict::{self, Verdict, domain_words};
use crate::db::Db;
use crate::kernel::domain_name::DomainName;
use crate::kernel::locale::Locale;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::time::Timestamp;
use crate::reputation::{self, Line, Plots, lines};
use crate::trust::criteria::Criterion;
use crate::trust::criteria_words::{CriterionWords, criterion_words};
use crate::trust::promise::promise;
use crate::trust::public_record::{PublicBadge, PublicRecord};
use crate::trust::{BadgeState, Cause, Suspension, Tier};
use crate::web::error::PageError;
use crate::web::page::{Page, PageResult, html, see_other};
use crate::web::query::Query;

#[derive(Debug, Deserialize)]
pub struct Arrival {
    /// A domain that the reader searched for. Untrusted: checked against the record.
    #[serde(default)]
    checked: String,
}

#[derive(Template)]
#[template(path = "badges/authentication.html")]
struct AuthenticationPage<'a> {
    page: Page,
    record: &'a PublicRecord,
    verdict: Option<Verdict>,
    heading: String,
    text: String,
    chip: Chip,
    /// The reasons why the badge is not active.
    why: Vec<String>,
    stopped: bool,
    /// Whether to ask the reader which address they came from.
    asks: bool,
    drawn: Arc<Drawn>,
}

/// Kind, icon and words.
type Chip = (&'static str, &'static str, String);

/// The cached part: everything but the verdict and the lead.
#[derive(Template)]
#[template(path = "badges/record.html")]
struct RecordBody<'a> {
    page: &'a Page,
    record: &'a PublicRecord,
    credit: &'a reputation::File,
    impostors: &'a [String],
    plots: Plots,
    criteria: Vec<CriterionWords>,
}

/// Fails if the database is unreachable and the cache holds nothing recent enough.
pub async fn authentication(
    request: HttpRequest,
    page: Page,
    code: Path<String>,
    arrival: Query<Arrival>,
    db: Data<Db>,
    memory: Data<Memory>,
) -> PageResult {
    if wants_json(&request) {
        return facts(code, db, memory).await;
    }
    let Ok(canonical) = MerchantCode::parse(&code) else { return no_code(page, &code) };
    if canonical.as_str() != code.as_str() {
        return Ok(see_other(&format!("/verify/{canonical}")));
    }
    let Some(shown) = memory.record(&db, &canonical).await? else {
        return unknown_code(page, &canonical);
    };
    let record = &shown.record;
    let referer = request.headers().get(REFERER).map(|value| value.as_bytes());
    let from = origin_of(referer, &page.origin, &record.standing.domains);
    let verdict = verdict::on_arrival(&shown, &from, page.locale)
        .or_else(|| on_checked(record, &arrival.checked, &page));
    let key = (canonical, page.locale, page.zone);
    let drawn = memory.body(key, &shown, || draw(&page, &shown)).map_err(PageError::internal)?;
    let is_matched = verdict.as_ref().is_some_and(|verdict| verdict.kind == "ok");
    let (heading, text) = lead(&page, record, &from, is_matched);
    let asks = record.standing.is_active() && from == Origin::Unsaid && !is_matched;
    let (kind, icon, words) = chip(&page, record.standing.badge);
    html(&AuthenticationPage {
        chip: (if asks { "" } else { kind }, icon, words),
        why: why(&page, record),
        stopped: !record.standing.is_active(),
        asks,
        record,
        verdict,
        heading,
        text,
        drawn,
        page,
    })
}

fn on_checked(record: &PublicRecord, checked: &str, page: &Page) -> Option<Verdict> {
    let domain = DomainName::parse(checked).ok()?;
    let own = record.standing.domains.iter().any(|verified| is_site_of(&domain, verified));
    own.then(|| verdict::on_checked(record, &domain, page.locale))
}

fn draw(page: &Page, shown: &Shown) -> Result<Drawn, askama::Error> {
    let Shown { record, credit, impostors } = shown;
    let results = record.badge.iter().flat_map(|badge| &badge.evaluation.criteria);
    let words = |result| {
        let mut words = criterion_words(result, page.locale, page.zone);
        // Criteria met at the approval say nothing about a shop whose badge is no longer active.
        if !record.standing.is_active() {
            words.chip = ("", "clock");
        }
        words.facts.extend(today(page, shown, result.key));
        words
    };
    let criteria = results.map(words).collect();
    let plots = Plots::of(&credit.months);
    let body = RecordBody { page, record, credit, impostors, plots, criteria };
    Ok(Drawn { seal: seal(record, page.locale), record: body.render()? })
}

/// The current value of a criterion that is measured continuously.
fn today(page: &Page, shown: &Shown, criterion: Criterion) -> Option<(String, String)> {
    let value = match criterion {
        Criterion::Domain => match shown.record.standing.domains.as_slice() {
            [] => page.t("badges-today-no-domain"),
            domains => domains.iter().map(domain_words).collect::<Vec<_>>().join(", "),
        },
        Criterion::Reputation => {
            let record = shown.credit.record.as_ref()?;
            page.t2("badges-today-orders", "paid", record.paid, "completed", record.completed)
        }
        _ => return None,
    };
    Some((page.t("badges-today"), value))
}

fn seal(record: &PublicRecord, locale: Locale) -> String {
    let state = seal_state(record.standing.badge);
    large_seal_svg(&BadgeSpec {
        code: record.code,
        size: BadgeSize::Large,
        scheme: BadgeScheme::Auto,
        state,
        texts: badge_texts(&record.code, state, locale),
    })
}

/// Heading and text. `is_matched`: the reader is known to come from a site of the merchant. Anybody
/// else may have followed an impostor's link.
fn lead(page: &Page, record: &PublicRecord, from: &Origin, is_matched: bool) -> (String, String) {
    let name = record.name.as_str();
    let Some(((state, _), badge)) = record.standing.badge.zip(record.badge.as_ref()) else {
        return (page.t1("badges-lead-none", "name", name), page.t("badges-lead-none-text"));
    };
    if state == BadgeState::Active {
        if !is_matched
            && *from == Origin::Unsaid
            && let Some(domain) = record.standing.domains.first()
        {
            let heading = page.t1("badges-lead-unsaid", "domain", domain_words(domain));
            return (heading, page.t1("badges-lead-unsaid-text", "name", name));
        }
        return if matches!(from, Origin::Elsewhere(_)) {
            (page.t1("badges-lead-elsewhere", "name", name), page.t("badges-lead-elsewhere-text"))
        } else {
            (
                page.t1("badges-lead-active", "name", name),
                page.t(promise("badges-lead-active-text")),
            )
        };
    }
    let heading = page.t1(&format!("badges-lead-{}", state.name()), "name", name);
    (heading, page.t1(&promise("badges-lead-since"), "moment", page.when(&since(state, badge))))
}

/// The causes that the public may know, without what only the merchant and staff may know.
fn why(page: &Page, record: &PublicRecord) -> Vec<String> {
    let of = |cause: Cause| page.t(format!("badges-cause-{}", cause.name()));
    match record.standing.badge.map(|(state, _)| state) {
        None | Some(BadgeState::Active) => Vec::new(),
        Some(BadgeState::Suspended) => {
            record.suspended_for().iter().map(|c| of(Cause::Suspension(*c))).collect()
        }
        Some(BadgeState::Revoked) => vec![of(Cause::Suspension(Suspension::Staff))],
        Some(BadgeState::Expired) => vec![of(Cause::Time)],
    }
}

/// A badge expires on its date, even if that is recorded later.
fn since(state: BadgeState, badge: &PublicBadge) -> Timestamp {
    match state {
        BadgeState::Expired => badge.expires_at,
        _ => badge.changed_at,
    }
}

fn chip(page: &Page, badge: Option<(BadgeState, Tier)>) -> Chip {
    let (kind, icon, key) = match badge {
        None => ("", "info", "badges-chip-none".to_owned()),
        Some((BadgeState::Active, tier)) => {
            ("done", "shield", format!("badges-chip-{}", tier.name()))
        }
        Some((state, _)) => {
            let (kind, icon) = match state {
                BadgeState::Suspended => ("held", "alert"),
                BadgeState::Revoked => ("bad", "cross"),
                _ => ("", "clock"),
            };
            (kind, icon, format!("badges-chip-{}", state.name()))
        }
    };
    (kind, icon, page.t(&key))
}

impl AuthenticationPage<'_> {
    /// An active badge gets no colour until the reader's address is known.
    fn seal_class(&self) -> &'static str {
        match self.record.standing.badge {
            Some((BadgeState::Active, _)) if !self.asks => "seal",
            Some((BadgeState::Revoked, _)) => "seal stop",
            _ => "seal off",
        }
    }
}

impl RecordBody<'_> {
    fn is_active(&self) -> bool {
        self.record.standing.is_active()
    }

    fn tier(&self) -> &'static str {
        self.record.standing.badge.map_or("trusted", |(_, tier)| tier.name())
    }

    /// What the tier requires, as measured; empty for the first tier.
    fn reasons(&self) -> Vec<Line> {
        let tier = self.record.standing.badge.map(|(_, tier)| tier);
        let bar = tier.and_then(reputation::tier::bar_of);
        let measured = bar.zip(self.credit.record.as_ref());
        measured.map(|(bar, record)| lines(self.page, bar, record)).unwrap_or_default()
    }

    fn domains(&self) -> Vec<String> {
        self.record.standing.domains.iter().map(domain_words).collect()
    }

    fn report(&self) -> String {
        format!("/report?merchant={}", self.record.code)
    }
}

fn wants_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|h| h.to_str().ok()).unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}
