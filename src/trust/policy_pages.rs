//! The policies set by administrators: drafting, previewing and publishing the agreement, and
//! viewing the thresholds. `admission`, which knows whom they affect, publishes thresholds.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::agreement::Version;
use super::agreement::draft::{DayRefused, Draft, TEXT_MAX};
use super::agreement_pages::{Changed, Section, changes_of, sections};
use super::commands::{self, PublishError, Written};
use super::thresholds::{Threshold, changes};
use super::{agreement, threshold_versions, versions};
use crate::accounts::StepUp;
use crate::accounts::actor::Desk;
use crate::accounts::people::names_of;
use crate::db::Db;
use crate::kernel::locale::Locale;
use crate::kernel::time::{format_date, read_day};
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused, html_with, see_other};

/// In characters.
const REASON_MAX: usize = 2_000;
const PREVIEW: &str = "/admin/policies/agreement/preview";

struct VersionRow {
    version: Version,
    who: String,
    chip: (&'static str, &'static str, String),
    /// Changed thresholds, in words.
    changes: Vec<String>,
}

#[derive(Template)]
#[template(path = "trust/policies.html")]
struct PoliciesPage {
    page: Page,
    agreement: i32,
    agreements: Vec<VersionRow>,
    has_draft: bool,
    thresholds: i32,
    /// Label and value of each threshold in force.
    in_force: Vec<(String, String)>,
    threshold_versions: Vec<VersionRow>,
}

pub async fn index(page: Page, db: Data<Db>) -> PageResult {
    let agreement = commands::current_agreement(&db).await?.version;
    let (_, draft) = commands::next_version(&db).await?;
    let agreements = versions(&db).await?;
    let published = threshold_versions(&db).await?;
    let newest = published.first().ok_or_else(PageError::not_found)?;
    let words = |which: Threshold| {
        let value = which.of(&newest.thresholds);
        (which.label(page.locale), which.words(value, page.locale))
    };
    let (thresholds, in_force) =
        (newest.version.version, Threshold::ALL.into_iter().map(words).collect());
    let all = agreements.iter().chain(published.iter().map(|p| &p.version));
    let ids: Vec<i64> = all.filter_map(|v| v.published_by).collect();
    let names = names_of(&db, &ids).await?;
    let agreements =
        agreements.into_iter().map(|v| row(&page, v, agreement, &names, Vec::new())).collect();
    let changed =
        published.iter().enumerate().map(|(place, after)| match published.get(place + 1) {
            Some(before) => changes(&before.thresholds, &after.thresholds),
            None => Vec::new(),
        });
    let threshold_versions = published.iter().zip(changed).map(|(p, changed)| {
        let words = changed.iter().map(|c| c.words(page.locale)).collect();
        row(&page, p.version.clone(), thresholds, &names, words)
    });
    let threshold_versions = threshold_versions.collect();
    let has_draft = draft.is_some();
    html(&PoliciesPage {
        page,
        agreement,
        agreements,
        has_draft,
        thresholds,
        in_force,
        threshold_versions,
    })
}

fn row(
    page: &Page,
    version: Version,
    current: i32,
    names: &HashMap<i64, String>,
    changes: Vec<String>,
) -> VersionRow {
    let chip = match version.version.cmp(&current) {
        std::cmp::Ordering::Greater => ("held", "clock", page.t("policies-chip-later")),
        std::cmp::Ordering::Equal => ("done", "check", page.t("policies-chip-current")),
        std::cmp::Ordering::Less => ("", "clock", page.t("policies-chip-superseded")),
    };
    let who = version.published_by.and_then(|id| names.get(&id).cloned());
    VersionRow { who: who.unwrap_or_else(|| page.t("policies-program")), chip, version, changes }
}

#[derive(Template)]
#[template(path = "trust/agreement_draft.html")]
struct DraftPage {
    page: Page,
    form: Form,
    version: i32,
}

pub async fn draft(page: Page, db: Data<Db>, config: Data<WebConfig>) -> PageResult {
    let (newest, draft) = commands::next_version(&db).await?;
    let before = agreement(&db, newest.version).await?.ok_or_else(PageError::not_found)?;
    let today = page.now.with_timezone(&config.time_zone).date_naive();
    let (revision, day) = draft.as_ref().map_or((0, today), |d| (d.revision + 1, d.effective_on));
    let (english, chinese) = match &draft {
        Some(draft) => (&draft.text_en, &draft.text_zh),
        None => (&before.text_en, &before.text_zh),
    };
    let fields = Fields::from_pairs(&[
        ("text_en", english),
        ("text_zh", chinese),
        ("effective_on", &day.to_string()),
        ("revision", &revision.to_string()),
    ]);
    html(&DraftPage { form: Form::filled(fields), version: newest.version + 1, page })
}

pub async fn save(Desk { page, actor, db, .. }: Desk, Posted(fields): Posted) -> PageResult {
    let seen = fields.get("revision").parse().unwrap_or(-1);
    let day = read_day(fields.get("effective_on"));
    let mut form = Form::filled(fields);
    let text_en = form.required_text(&page, "text_en", TEXT_MAX);
    let text_zh = form.required_text(&page, "text_zh", TEXT_MAX);
    if day.is_none() {
        form.wrong("effective_on", page.t("policies-day-wrong"));
    }
    if let Some(effective_on) = day.filter(|_| form.is_ok()) {
        let written = Written { text_en, text_zh, effective_on };
        match commands::save_draft(&db, actor.0.user_id, seen, &written).await {
            Ok(()) => return Ok(see_other(&format!("{PREVIEW}?done=policies-saved"))),
            Err(PublishError::Db(error)) => return Err(error.into()),
            Err(_) => form.wrong("text_en", page.t("policies-changed")),
        }
    }
    let (newest, _) = commands::next_version(&db).await?;
    let view = DraftPage { form, version: newest.version + 1, page };
    html_refused(&view)
}

/// One language of the draft.
struct Side {
    locale: Locale,
    title: String,
    sections: Vec<Section>,
    changes: Vec<Changed>,
}

#[derive(Template)]
#[template(path = "trust/agreement_preview.html")]
struct PreviewPage {
    page: Page,
    form: Form,
    draft: Draft,
    sides: Vec<Side>,
    day: String,
}

pub async fn preview(page: Page, db: Data<Db>) -> PageResult {
    render(page, &db, Form::new(), StatusCode::OK).await
}

async fn render(page: Page, db: &Db, form: Form, status: StatusCode) -> PageResult {
    let (newest, draft) = commands::next_version(db).await?;
    let Some(draft) = draft else {
        // Somebody else has published it.
        return match status {
            StatusCode::OK => Ok(see_other("/admin/policies")),
            _ => Err(PageError::conflict("policies-changed")
                .with_way_on("/admin/policies", "overview-policies")),
        };
    };
    let before = agreement(db, newest.version).await?.ok_or_else(PageError::not_found)?;
    let side = |locale: Locale, text: &str| {
        let (title, sections) = sections(text);
        Side { locale, title, sections, changes: changes_of(before.text(locale), text) }
    };
    let sides = vec![side(Locale::En, &draft.text_en), side(Locale::ZhHans, &draft.text_zh)];
    let day = format_date(draft.effective_on, page.locale);
    html_with(status, &PreviewPage { page, form, draft, sides, day })
}

pub async fn publish(
    Desk { page, actor, db, config }: Desk,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let number = |name| fields.get(name).parse().unwrap_or(-1);
    let seen = (number("version"), number("revision"));
    let mut form = Form::filled(fields);
    let reason = form.required_text(&page, "publish_reason", REASON_MAX);
    if !step_up.may_act(&page, &actor, &db, &mut form).await? {
        return render(page, &db, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let zone = config.time_zone;
    let key = match commands::publish(&db, actor.0.user_id, seen, &reason, zone).await {
        Ok(()) => return step_up.done("/admin/policies?done=policies-published"),
        Err(PublishError::Db(error)) => return Err(error.into()),
        Err(PublishError::NotAdministrator) => return Err(PageError::forbidden()),
        Err(PublishError::Changed) => "policies-changed",
        Err(PublishError::Same) => "policies-same",
        Err(PublishError::Day(DayRefused::Past)) => "policies-day-past",
        Err(PublishError::Day(DayRefused::TooFar)) => "policies-day-far",
        Err(PublishError::Day(DayRefused::BeforeTheLast)) => "policies-day-before",
    };
    form.wrong("publish_reason", page.t(key));
    render(page, &db, form, StatusCode::CONFLICT).await
}
