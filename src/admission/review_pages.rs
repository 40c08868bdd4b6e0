//! The page with everything a reviewer needs to decide on an application, and its forms.

mod changes;
mod view;

use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use chrono::NaiveDate;
use uuid::Uuid;

use self::view::ReviewPage;
pub(super) use self::view::superseded;
use super::application::Application;
use super::commands::{AdmissionError, Decision, act_as_reviewer};
use super::state::Refused;
use super::store::applications::application;
use super::store::history::events;
use crate::accounts::StepUp;
use crate::accounts::actor::{Actor, Desk, step_up};
use crate::accounts::people::names_of;
use crate::db::Db;
use crate::kernel::time::read_day;
use crate::trust;
use crate::trust::BadgeState::Revoked;
use crate::trust::badge::life::Refused as Refusal;
use crate::trust::commands::{RecordDateError, enter_record_date};
use crate::trust::criteria::Criterion;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::page::{Page, PageResult, html_with, see_other};

/// In characters.
const REASON_MAX: usize = 2_000;

/// GET `/admin/applications/{id}`
pub async fn show(Desk { page, actor, db, config }: Desk, id: Path<Uuid>) -> PageResult {
    render(page, &actor, *id, &db, &config, Form::new()).await
}

async fn render(
    page: Page,
    actor: &Actor,
    id: Uuid,
    db: &Db,
    config: &WebConfig,
    form: Form,
) -> PageResult {
    let application = application(db, id).await?.ok_or_else(PageError::not_found)?;
    let status = form.status();
    let view = ReviewPage::read(page, actor, db, config.time_zone, application, form).await?;
    html_with(status, &view)
}

fn path_of(id: Uuid) -> String {
    format!("/admin/applications/{id}")
}

/// POST `/admin/applications/{id}/claim`
pub async fn claim(
    Desk { page, actor, db, config }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    let done = format!("{}?done=review-claimed", path_of(*id));
    without_words(page, &actor, *id, &fields, &db, &config, (Decision::Claim, &done)).await
}

/// POST `/admin/applications/{id}/release`
pub async fn release(
    Desk { page, actor, db, config }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    let done = format!("{}?done=review-released", path_of(*id));
    without_words(page, &actor, *id, &fields, &db, &config, (Decision::Release, &done)).await
}

/// Performs an act that takes no text. If the password was entered more than 15 minutes ago,
/// redirects to the page that asks for it again; nothing typed is lost.
async fn without_words(
    page: Page,
    actor: &Actor,
    id: Uuid,
    fields: &Fields,
    db: &Db,
    config: &WebConfig,
    (decision, done): (Decision, &str),
) -> PageResult {
    if !actor.0.is_fresh() {
        return Ok(step_up(&path_of(id)));
    }
    match act(actor, id, fields, db, config, &decision, "").await {
        Ok(_) => Ok(see_other(done)),
        Err(error) => refused(page, actor, id, db, error, "").await,
    }
}

async fn act(
    actor: &Actor,
    id: Uuid,
    fields: &Fields,
    db: &Db,
    config: &WebConfig,
    decision: &Decision,
    reason: &str,
) -> Result<Application, AdmissionError> {
    let (user_id, zone) = (actor.0.user_id, config.time_zone);
    act_as_reviewer(db, id, user_id, fields.version(), decision, reason, zone).await
}

/// Explains why nothing was done: a conflict page if somebody else was faster, otherwise an error.
async fn refused(
    page: Page,
    actor: &Actor,
    id: Uuid,
    db: &Db,
    error: AdmissionError,
    reason: &str,
) -> PageResult {
    match error {
        AdmissionError::Refused(Refused::Badge(Refusal { state: Some(Revoked), .. })) => {
            Err(PageError::conflict("review-badge-revoked")
                .with_way_on("/admin/applications", "queue-title"))
        }
        AdmissionError::Refused(Refused::Badge(_) | Refused::Unseen) => {
            let message = page.t("review-badge-moved");
            let (reason, href) = (reason.to_owned(), path_of(id));
            html_with(StatusCode::CONFLICT, &ConflictPage { page, message, reason, href })
        }
        AdmissionError::Changed
        | AdmissionError::Refused(
            Refused::Status(_) | Refused::ClaimedBy(_) | Refused::NotClaimed,
        ) => conflict(page, actor, id, db, reason).await,
        error => Err(error.into()),
    }
}

/// Shows the form again with its errors. If the reviewer no longer holds the claim, shows the
/// conflict page with the text they wrote.
async fn again(
    page: Page,
    actor: &Actor,
    id: Uuid,
    db: &Db,
    config: &WebConfig,
    (form, reason): (Form, &str),
) -> PageResult {
    let application = application(db, id).await?.ok_or_else(PageError::not_found)?;
    if application.claim_at(page.now).is_some_and(|c| c.by == actor.0.user_id) {
        render(page, actor, id, db, config, form).await
    } else if trust::is_or_was_member(db, actor.0.user_id, application.merchant_id).await? {
        Err(AdmissionError::OwnMerchant.into())
    } else {
        conflict(page, actor, id, db, reason).await
    }
}

#[derive(Template)]
#[template(path = "admission/conflict.html")]
struct ConflictPage {
    page: Page,
    message: String,
    /// What the reviewer wrote, so that it is not lost.
    reason: String,
    href: String,
}

/// Tells a reviewer what another did first. Nothing of their own act was recorded.
async fn conflict(page: Page, actor: &Actor, id: Uuid, db: &Db, reason: &str) -> PageResult {
    let application = application(db, id).await?.ok_or_else(PageError::not_found)?;
    let last = events(db, application.id).await?.into_iter().next();
    let idle = application.is_idle(page.now).then_some(application.claim).flatten();
    let message = match last {
        _ if idle.is_some_and(|claim| claim.by == actor.0.user_id) => {
            page.t("review-conflict-expired")
        }
        Some(event) => {
            let who = match event.user_id {
                Some(user_id) if user_id == actor.0.user_id => page.t("review-you"),
                Some(user_id) => {
                    names_of(db, &[user_id]).await?.remove(&user_id).unwrap_or_default()
                }
                None => page.t("audit-clock"),
            };
            let is_judgement = event.event.starts_with("judge_");
            let event_name = if is_judgement { "judge" } else { event.event.as_str() };
            let key = format!("review-conflict-{event_name}");
            page.t2(&key, "who", who, "when", page.relative(&event.at))
        }
        None => page.t("application-changed"),
    };
    let (reason, href) = (reason.to_owned(), path_of(id));
    html_with(StatusCode::CONFLICT, &ConflictPage { page, message, reason, href })
}

/// POST `/admin/applications/{id}/judge`
pub async fn judge(
    Desk { page, actor, db, config }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let mut form = Form::filled(fields.clone());
    let criterion = Criterion::parse(fields.get("criterion"));
    let (verdict_field, reason_field) = match criterion {
        Some(Criterion::Identity) => ("identity_verdict", "identity_reason"),
        Some(Criterion::Reputation) => ("reputation_verdict", "reputation_reason"),
        _ => return Err(PageError::bad_request()),
    };
    let good = match fields.get(verdict_field) {
        "good" => Some(true),
        "bad" => Some(false),
        _ => {
            form.wrong(verdict_field, page.t("review-choose-verdict"));
            None
        }
    };
    let reason = form.required_text(&page, reason_field, REASON_MAX);
    let may_act = step_up.may_act(&page, &actor, &db, &mut form).await?;
    let (Some(criterion), Some(good), true) = (criterion, good, may_act) else {
        return again(page, &actor, *id, &db, &config, (form, &reason)).await;
    };
    let decision = Decision::Judge { criterion, good };
    match act(&actor, *id, &fields, &db, &config, &decision, &reason).await {
        Ok(_) => step_up.done(&format!("{}?done=review-judged", path_of(*id))),
        Err(error) => refused(page, &actor, *id, &db, error, &reason).await,
    }
}

/// POST `/admin/applications/{id}/decide`
pub async fn decide(
    Desk { page, actor, db, config }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let mut form = Form::filled(fields.clone());
    let decision = match fields.get("decision") {
        "approve" => Some((Decision::Approve, "review-approved")),
        "reject" => Some((Decision::Reject, "review-rejected")),
        "ask" => Some((Decision::Ask, "review-asked")),
        _ => {
            form.wrong("decision", page.t("review-choose-decision"));
            None
        }
    };
    let reason = form.required_text(&page, "reason", REASON_MAX);
    let may_act = step_up.may_act(&page, &actor, &db, &mut form).await?;
    let (Some((decision, notice)), true) = (decision, may_act) else {
        return again(page, &actor, *id, &db, &config, (form, &reason)).await;
    };
    match act(&actor, *id, &fields, &db, &config, &decision, &reason).await {
        Ok(approved) => {
            let is_held = decision == Decision::Approve
                && !trust::standing(&db, approved.merchant_id).await?.is_empty();
            let notice = if is_held { "review-approved-suspended" } else { notice };
            step_up.done(&format!("{}?done={notice}", path_of(*id)))
        }
        Err(AdmissionError::Refused(Refused::NotMet(criteria))) => {
            let text = page.t1("review-not-met", "criteria", names(&page, &criteria));
            form.wrong("decision", text);
            render(page, &actor, *id, &db, &config, form).await
        }
        Err(AdmissionError::Refused(Refused::NothingFailed)) => {
            form.wrong("decision", page.t("review-nothing-failed"));
            render(page, &actor, *id, &db, &config, form).await
        }
        Err(error) => refused(page, &actor, *id, &db, error, &reason).await,
    }
}

/// The names of criteria, joined for a sentence.
fn names(page: &Page, criteria: &[Criterion]) -> String {
    let name = |c: &Criterion| page.t(format!("criterion-{}", c.key()));
    criteria.iter().map(name).collect::<Vec<_>>().join(&page.t("list-separator"))
}

/// POST `/admin/applications/{id}/record-date`
pub async fn record_date(
    Desk { page, actor, db, config }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let application = application(&db, *id).await?.ok_or_else(PageError::not_found)?;
    let mut form = Form::filled(fields.clone());
    let date = read_day(fields.get("record_date"));
    // No record kept by an operator on the internet dates from before 1970.
    let date = date.filter(|d| *d >= NaiveDate::default());
    if date.is_none() {
        form.wrong("record_date", page.t("review-record-date-wrong"));
    }
    let reason = form.required_text(&page, "record_reason", REASON_MAX);
    let may_act = step_up.may_act(&page, &actor, &db, &mut form).await?;
    let (Some(date), true) = (date, may_act) else {
        return render(page, &actor, *id, &db, &config, form).await;
    };
    let (merchant_id, user_id) = (application.merchant_id, actor.0.user_id);
    let zone = config.time_zone;
    match enter_record_date(&db, merchant_id, user_id, date, &reason, zone).await {
        Ok(()) => step_up.done(&format!("{}?done=review-record-date", path_of(*id))),
        Err(RecordDateError::Future) => {
            form.wrong("record_date", page.t("review-record-date-future"));
            render(page, &actor, *id, &db, &config, form).await
        }
        Err(RecordDateError::OwnMerchant) => Err(AdmissionError::OwnMerchant.into()),
        Err(RecordDateError::Db(error)) => Err(error.into()),
    }
}
