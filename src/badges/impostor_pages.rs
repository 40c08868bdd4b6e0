//! `/admin/impostors`: reported impostors, for reviewers.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::commands::{ImpostorError, close, reports_beside, sites, take};
use super::impostors::{Closing, Refused, Report, Site, holder};
use crate::accounts::StepUp;
use crate::accounts::actor::{Actor, Desk};
use crate::accounts::people::names_of;
use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;
use crate::trust::{Merchant, merchants_by_ids};
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html, html_with, see_other};

const REASON_MAX: usize = 2_000;

struct SiteRow {
    href: String,
    origin: String,
    reports: usize,
    imitated: String,
    since: Timestamp,
    reviewer: String,
}

#[derive(Template)]
#[template(path = "badges/impostors.html")]
struct QueuePage {
    page: Page,
    rows: Vec<SiteRow>,
}

/// Merchants and reviewers named in the reports, by row id.
struct Names {
    merchants: HashMap<i64, Merchant>,
    people: HashMap<i64, String>,
}

impl Names {
    async fn of(db: &Db, reports: &[&Report]) -> Result<Self, DbError> {
        let merchants: Vec<_> = reports.iter().filter_map(|r| r.merchant_id).collect();
        let acted = |r: &&Report| [r.taken, r.closed].into_iter().flatten().map(|(by, _)| by);
        let people: Vec<_> = reports.iter().flat_map(acted).collect();
        Ok(Self {
            merchants: merchants_by_ids(db, &merchants).await?,
            people: names_of(db, &people).await?,
        })
    }

    fn imitated(&self, page: &Page, reports: &[Report]) -> String {
        let mut all: Vec<_> = reports
            .iter()
            .filter_map(|r| self.merchants.get(&r.merchant_id?))
            .map(|m| m.name.clone())
            .collect();
        all.sort_unstable();
        all.dedup();
        if all.is_empty() { "—".to_owned() } else { all.join(&page.t("list-separator")) }
    }

    fn person(&self, id: i64) -> String {
        self.people.get(&id).cloned().unwrap_or_default()
    }
}

pub async fn list(page: Page, db: Data<Db>) -> PageResult {
    let sites = sites(&db).await?;
    let all: Vec<&Report> = sites.iter().flat_map(|s| &s.reports).collect();
    let names = Names::of(&db, &all).await?;
    let row = |Site { reports }: &Site| {
        let first = reports.first()?;
        Some(SiteRow {
            href: path_of(&first.reference),
            origin: first.origin.clone(),
            reports: reports.len(),
            imitated: names.imitated(&page, reports),
            since: first.created_at,
            reviewer: holder(reports, page.now)
                .map_or_else(|| "—".to_owned(), |by| names.person(by)),
        })
    };
    let rows = sites.iter().filter_map(row).collect();
    html(&QueuePage { page, rows })
}

fn path_of(reference: &str) -> String {
    format!("/admin/impostors/{reference}")
}

struct ReportLine {
    report: Report,
    imitated: Option<(String, String)>,
    closed_by: Option<(String, Timestamp)>,
}

#[derive(Template)]
#[template(path = "badges/impostor.html")]
struct SitePage {
    page: Page,
    form: Form,
    origin: String,
    path: String,
    reports: Vec<ReportLine>,
    open: usize,
    /// The newest row shown.
    seen: i64,
    is_mine: bool,
    /// Another reviewer who holds the reports.
    holder: Option<String>,
    verify: String,
}

impl SitePage {
    fn close_path(&self) -> String {
        format!("{}/close", self.path)
    }

    fn findings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("", self.page.t("impostor-finding-choose")),
            ("confirmed", self.page.t("impostor-finding-confirmed")),
            ("dismissed", self.page.t("impostor-finding-dismissed")),
        ]
    }
}

async fn render(
    page: Page,
    actor: &Actor,
    db: &Db,
    reference: &str,
    form: Form,
    status: StatusCode,
) -> PageResult {
    let reports = reports_beside(db, reference).await?;
    let Some(origin) = reports.first().map(|r| r.origin.clone()) else {
        return Err(PageError::not_found());
    };
    let names = Names::of(db, &reports.iter().collect::<Vec<_>>()).await?;
    let open: Vec<Report> = reports.iter().filter(|r| r.closed.is_none()).cloned().collect();
    let has = holder(&open, page.now);
    let asked: String = url::form_urlencoded::byte_serialize(origin.as_bytes()).collect();
    let line = |report: Report| ReportLine {
        imitated: report
            .merchant_id
            .and_then(|id| names.merchants.get(&id))
            .map(|m| (m.name.clone(), format!("/verify/{}", m.code))),
        closed_by: report.closed.map(|(by, at)| (names.person(by), at)),
        report,
    };
    let shown = SitePage {
        path: path_of(reference),
        open: open.len(),
        seen: reports.first().map_or(0, |r| r.id),
        is_mine: has == Some(actor.0.user_id),
        holder: has.filter(|by| *by != actor.0.user_id).map(|by| names.person(by)),
        verify: format!("/verify?q={asked}"),
        reports: reports.into_iter().map(line).collect(),
        page,
        form,
        origin,
    };
    html_with(status, &shown)
}

pub async fn show(Desk { page, actor, db, .. }: Desk, reference: Path<String>) -> PageResult {
    render(page, &actor, &db, &reference, Form::new(), StatusCode::OK).await
}

const fn why(refused: Refused) -> &'static str {
    match refused {
        Refused::Closed => "impostor-refused-closed",
        Refused::NotTaken => "impostor-refused-not-taken",
        Refused::TakenBy(_) => "impostor-refused-taken",
        Refused::Own => "impostor-refused-own",
    }
}

impl From<ImpostorError> for PageError {
    fn from(error: ImpostorError) -> Self {
        match error {
            ImpostorError::NotThere => Self::not_found(),
            ImpostorError::Db(error) => error.into(),
            ImpostorError::Refused(refused) => Self::conflict(why(refused)),
        }
    }
}

/// POST `/admin/impostors/{reference}/take`. Responds with 409 if another reviewer holds them.
pub async fn take_reports(
    actor: Actor,
    reference: Path<String>,
    _: Posted,
    db: Data<Db>,
) -> PageResult {
    let path = path_of(&reference);
    let taken = take(&db, &reference, actor.0.user_id).await;
    taken.map_err(|e| PageError::from(e).with_way_on(&path, "impostor-way-on"))?;
    Ok(see_other(&format!("{path}?done=impostor-taken")))
}

/// POST `/admin/impostors/{reference}/close`. Responds with 409 if another reviewer holds or closed
/// them.
pub async fn close_reports(
    Desk { page, actor, db, .. }: Desk,
    reference: Path<String>,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let mut form = Form::filled(fields);
    // Without this field nothing was seen, so nothing is closed.
    let seen: i64 = form.value("seen").parse().unwrap_or(0);
    let closing = Closing::parse(form.value("finding"));
    if closing.is_none() {
        form.wrong("finding", page.t("impostor-choose"));
    }
    let reason = form.required_text(&page, "reason", REASON_MAX);
    let may_act = step_up.may_act(&page, &actor, &db, &mut form).await?;
    let (Some(closing), true) = (closing, may_act) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return render(page, &actor, &db, &reference, form, status).await;
    };
    match close(&db, &reference, (actor.0.user_id, seen), (closing, &reason)).await {
        Ok(()) => step_up.done("/admin/impostors?done=impostor-closed"),
        // Keeps what was typed.
        Err(ImpostorError::Refused(refused)) => {
            form.wrong("finding", page.t(why(refused)));
            render(page, &actor, &db, &reference, form, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}
