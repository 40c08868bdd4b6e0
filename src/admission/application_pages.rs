//! The applicant's pages: the application, its criteria and its history.

mod lead;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use self::lead::lead;
use super::application::{Application, BusinessDetails, Kind, Status};
use super::commands::{self, AdmissionError};
use super::documents_pages::{self, ShownDocument};
use super::home_pages::chip_of;
use super::review_pages::superseded;
use super::state::{Act, Refused, StartRefused};
use super::store::applications::of_merchant;
use super::store::history::{ApplicationEvent, events};
use crate::accounts::actor::{Actor, Desk};
use crate::db::Db;
use crate::files::refusal;
use crate::kernel::time::Timestamp;
use crate::trust;
use crate::trust::criteria::{Evaluation, Met};
use crate::trust::criteria_words::{CriterionWords, criterion_words};
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused, html_with, see_other};

/// A step to complete before an application can be submitted.
struct Step {
    words: String,
    about: String,
    href: &'static str,
    is_done: bool,
}

struct Line {
    words: String,
    note: String,
    at: Timestamp,
    is_bad: bool,
}

#[derive(Template)]
#[template(path = "admission/application.html")]
struct ApplicationPage {
    page: Page,
    form: Form,
    chip: (&'static str, &'static str, String),
    lead: String,
    /// The latest application, open or closed.
    application: Option<Application>,
    /// A moment that matters, with its label.
    moment: Option<(String, Timestamp)>,
    may_start: Option<Kind>,
    /// The signed version and the one in force, if they differ.
    superseded: Option<(i32, i32)>,
    steps: Vec<Step>,
    steps_done: usize,
    /// For a draft that lacks nothing but time: the earliest moment it can be approved.
    earliest: Option<Timestamp>,
    failed: Vec<String>,
    documents: Vec<ShownDocument>,
    criteria: Vec<CriterionWords>,
    criteria_lead: String,
    lines: Vec<Line>,
    /// Earlier applications: how they ended, and when.
    earlier: Vec<(String, Timestamp)>,
}

impl ApplicationPage {
    fn is(&self, status: &str) -> bool {
        self.application.as_ref().is_some_and(|a| a.status.name() == status)
    }

    fn is_open(&self) -> bool {
        self.application.as_ref().is_some_and(|a| a.status.is_open())
    }

    fn next_step(&self) -> Option<&Step> {
        self.steps.iter().find(|s| !s.is_done)
    }
}

/// GET `/merchant/application`
pub async fn show(Desk { page, actor, db, config }: Desk) -> PageResult {
    render(page, &actor, &db, &config, Form::new()).await
}

async fn render(page: Page, actor: &Actor, db: &Db, config: &WebConfig, form: Form) -> PageResult {
    let (merchant_id, zone) = (actor.merchant_id()?, config.time_zone);
    let mut all = of_merchant(db, merchant_id).await?.into_iter();
    let last = all.next();
    let open = last.as_ref().filter(|a| a.status.is_open());
    let (evaluation, criteria_lead) =
        evaluation_of(&page, db, actor, config, last.as_ref()).await?;
    let start = commands::may_start(db, merchant_id, page.now, zone).await?;
    let happened = match &last {
        Some(application) => events(db, application.id).await?,
        None => Vec::new(),
    };
    let documents = match &last {
        Some(application) => {
            documents_pages::of_application(&page, db, application, documents_pages::PATH).await?
        }
        None => Vec::new(),
    };
    let steps = open.map(|a| steps(&page, a, &evaluation)).unwrap_or_default();
    let steps_done = steps.iter().filter(|s| s.is_done).count();
    let is_complete = !steps.is_empty() && steps_done == steps.len();
    let earliest = if is_complete { earliest(&evaluation) } else { None };
    let (lead, moment) = match open.filter(|a| a.status == Status::Draft && is_complete) {
        Some(_) => {
            let from = earliest.map(|at| (page.t("application-lead-draft-earliest"), at));
            (page.t("application-lead-draft-done"), from)
        }
        None => lead(&page, last.as_ref(), start, steps_done, config),
    };
    let chip = match &last {
        Some(application) => {
            let (kind, icon) = chip_of(application.status);
            let key = format!("application-status-{}", application.status.name());
            (kind, icon, page.t(key))
        }
        None => ("", "info", page.t("application-status-none")),
    };
    let words = |r| criterion_words(r, page.locale, page.zone);
    let name = |c: &trust::criteria::Criterion| page.t(format!("criterion-{}", c.key()));
    let earlier = all
        .map(|a| (page.t(format!("application-status-{}", a.status.name())), a.status_since))
        .collect();
    let status = form.status();
    let view = ApplicationPage {
        form,
        chip,
        lead,
        moment,
        may_start: start.ok(),
        superseded: open.and_then(|_| superseded(&evaluation)),
        steps,
        steps_done,
        earliest,
        failed: last.iter().flat_map(|a| a.failed.iter().map(name)).collect(),
        documents,
        criteria: evaluation.criteria.iter().map(words).collect(),
        criteria_lead,
        lines: happened.iter().filter_map(|e| line(&page, e)).collect(),
        earlier,
        application: last,
        page,
    };
    html_with(status, &view)
}

/// The evaluation that was decided on, or else the current one, and the sentence above it.
async fn evaluation_of(
    page: &Page,
    db: &Db,
    actor: &Actor,
    config: &WebConfig,
    last: Option<&Application>,
) -> Result<(Evaluation, String), PageError> {
    if let Some(Application { evaluation: Some(decided), status_since, .. }) = last {
        let lead = page.t1("application-criteria-decided", "day", page.day(status_since));
        return Ok((decided.clone(), lead));
    }
    let current =
        commands::evaluation(db, actor.merchant_id()?, last, page.now, config.time_zone).await?;
    let lead = criteria_lead(page, &current);
    Ok((current, lead))
}

fn steps(page: &Page, application: &Application, evaluation: &Evaluation) -> Vec<Step> {
    use trust::criteria::Criterion::{Agreement, Domain};
    let met = |c| evaluation.get(c).is_some_and(|r| r.met == Met::Met);
    let complete = application.business_details.missing().is_empty();
    let step = |key: &str, href, is_done| Step {
        words: page.t(format!("application-step-{key}")),
        about: page.t(format!("application-step-{key}-about")),
        href,
        is_done,
    };
    vec![
        step("business-details", "/merchant/application/details", complete),
        step("documents", documents_pages::PATH, application.licences > 0),
        step("domain", "/merchant/domains", met(Domain)),
        step("agreement", "/merchant/agreement", met(Agreement)),
    ]
}

/// The latest of the moments at which the criteria that only need time can be met.
fn earliest(evaluation: &Evaluation) -> Option<Timestamp> {
    evaluation.criteria.iter().filter_map(|r| r.earliest_at).max()
}

fn criteria_lead(page: &Page, evaluation: &Evaluation) -> String {
    page.t3(
        "application-criteria-lead",
        "met",
        evaluation.count(Met::Met),
        "missing",
        evaluation.count(Met::NotMet),
        "judged",
        evaluation.count(Met::NeedsJudgement),
    )
}

/// An event as the applicant may see it; `None` for what passes between reviewers.
fn line(page: &Page, event: &ApplicationEvent) -> Option<Line> {
    let between_reviewers = ["release", "judge"];
    let is_told = !between_reviewers.iter().any(|what| event.event.starts_with(what));
    is_told.then(|| Line {
        words: page.t(format!("application-event-{}", event.event)),
        note: event.note.clone(),
        at: event.at,
        is_bad: event.event == "reject",
    })
}

/// POST `/merchant/application`
pub async fn start(
    actor: Actor,
    Posted(_): Posted,
    db: Data<Db>,
    config: Data<WebConfig>,
) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    match commands::start(&db, merchant_id, actor.0.user_id, config.time_zone).await {
        // Another member of the merchant was faster, and the draft exists.
        Ok(_) | Err(AdmissionError::Start(StartRefused::Open)) => {
            Ok(see_other("/merchant/application/details"))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "admission/details.html")]
struct DetailsPage {
    page: Page,
    form: Form,
    missing: usize,
    /// Whether the details are unchanged from an earlier application.
    is_taken_over: bool,
}

/// GET `/merchant/application/details`
pub async fn details(Desk { page, actor, db, .. }: Desk) -> PageResult {
    let last = commands::last_of(&db, actor.merchant_id()?).await?;
    let Some(application) = last.filter(|a| a.status.is_editable()) else {
        return Ok(see_other("/merchant/application"));
    };
    let business_details = &application.business_details;
    let version = application.version.to_string();
    let fields = Fields::from_pairs(&[
        ("registered_name", &business_details.registered_name),
        ("registration_number", &business_details.registration_number),
        ("address", &business_details.address),
        ("responsible_person", &business_details.responsible_person),
        ("about", &business_details.about),
        ("version", &version),
    ]);
    let missing = business_details.missing().len();
    let all = of_merchant(&db, application.merchant_id).await?;
    let earlier = all.iter().find(|a| a.id < application.id);
    let is_taken_over = application.submitted_at.is_none()
        && earlier.is_some_and(|earlier| earlier.business_details == application.business_details);
    html(&DetailsPage { page, form: Form::filled(fields), missing, is_taken_over })
}

/// POST `/merchant/application/details`
pub async fn save_details(
    Desk { page, actor, db, config }: Desk,
    Posted(fields): Posted,
) -> PageResult {
    let version = fields.version();
    let mut form = Form::filled(fields);
    // Missing details may be added later.
    let business_details = BusinessDetails {
        registered_name: form.optional(&page, "registered_name", 200),
        registration_number: form.optional(&page, "registration_number", 60),
        address: form.optional_text(&page, "address", 400),
        responsible_person: form.optional(&page, "responsible_person", 100),
        about: form.optional_text(&page, "about", 2_000),
    };
    if !form.is_ok() {
        let missing = business_details.missing().len();
        let view = DetailsPage { page, form, missing, is_taken_over: false };
        return html_refused(&view);
    }
    let (merchant_id, user_id) = (actor.merchant_id()?, actor.0.user_id);
    let act = Act::Save(business_details);
    commands::act_as_applicant(&db, merchant_id, user_id, version, &act, config.time_zone).await?;
    Ok(see_other("/merchant/application?done=application-saved"))
}

/// POST `/merchant/application/submit`
pub async fn submit(Desk { page, actor, db, config }: Desk, Posted(fields): Posted) -> PageResult {
    let version = fields.version();
    let mut form = Form::filled(fields.clone());
    let note = match fields.get("answering") {
        "" => String::new(),
        _ => form.required_text(&page, "note", 2_000),
    };
    if !form.is_ok() {
        return render(page, &actor, &db, &config, form).await;
    }
    let (merchant_id, user_id) = (actor.merchant_id()?, actor.0.user_id);
    let act = Act::Submit { note };
    let zone = config.time_zone;
    match commands::act_as_applicant(&db, merchant_id, user_id, version, &act, zone).await {
        Ok(_) => Ok(see_other("/merchant/application?done=application-submitted")),
        Err(AdmissionError::Refused(Refused::Incomplete(what))) if what == ["licence"] => {
            Ok(see_other(&format!("{}?done=application-no-licence", documents_pages::PATH)))
        }
        Err(AdmissionError::Refused(Refused::Incomplete(_))) => {
            Ok(see_other("/merchant/application/details?done=application-incomplete"))
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `/merchant/application/withdraw`
pub async fn withdraw(
    actor: Actor,
    Posted(fields): Posted,
    db: Data<Db>,
    config: Data<WebConfig>,
) -> PageResult {
    let version = fields.version();
    let (merchant_id, user_id) = (actor.merchant_id()?, actor.0.user_id);
    let zone = config.time_zone;
    let act = Act::Withdraw;
    commands::act_as_applicant(&db, merchant_id, user_id, version, &act, zone).await?;
    Ok(see_other("/merchant/application?done=application-withdrawn"))
}

impl From<AdmissionError> for PageError {
    fn from(error: AdmissionError) -> Self {
        let conflict = |key: &str| {
            Self::conflict(key).with_way_on("/merchant/application", "application-way-on")
        };
        match error {
            AdmissionError::NotThere => Self::not_found(),
            AdmissionError::OwnMerchant => Self::new(StatusCode::FORBIDDEN, "review-own-merchant"),
            AdmissionError::Db(error) => error.into(),
            AdmissionError::File(error) => refusal(&error),
            AdmissionError::Start(StartRefused::HasBadge(_)) => conflict("application-has-badge"),
            AdmissionError::Start(StartRefused::Until(_)) => conflict("application-too-early"),
            AdmissionError::Changed
            | AdmissionError::Start(StartRefused::Open)
            | AdmissionError::Grant(_)
            | AdmissionError::Refused(_) => conflict("application-changed"),
        }
    }
}
