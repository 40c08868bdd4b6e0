//! Gathers what the review page shows.

use std::collections::HashMap;

use askama::Template;
use chrono_tz::Tz;
use strum::IntoStaticStr;

use super::changes::{ShownChanges, Stated};
use crate::accounts::actor::Actor;
use crate::accounts::people::names_of;
use crate::admission::application::{Application, BusinessDetails, Kind, Status};
use crate::admission::commands::{CLAIM_MINUTES, evaluation};
use crate::admission::documents_pages::ShownDocument;
use crate::admission::domain_checks_pages::Newest;
use crate::admission::home_pages::chip_of;
use crate::admission::store::applications::of_merchant;
use crate::admission::store::history::ApplicationEvent;
use crate::admission::store::queue::{QueueFilter, QueueFrom, QueueState, queue};
use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;
use crate::trust;
use crate::trust::agreement::{RecordDate, Signature};
use crate::trust::criteria::{Criterion, Evaluation, Met, Source, Value};
use crate::trust::criteria_words::{CriterionWords, criterion_words};
use crate::trust::look_alikes::{Warning, look_alikes};
use crate::trust::{Domain, Merchant, Suspension};
use crate::web::error::PageError;
use crate::web::form::Form;
use crate::web::page::Page;

/// How the viewer relates to the application, which determines what they may do.
#[derive(Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Part {
    /// The viewer belongs, or once belonged, to the merchant.
    Own,
    /// The application is not to be decided, or not any longer.
    Closed,
    /// The application waits for a reviewer.
    Free,
    /// Another reviewer has claimed it.
    Theirs,
    Mine,
}

impl Part {
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

pub struct Line {
    pub words: String,
    /// The text recorded with the event.
    pub note: String,
    pub at: Timestamp,
}

/// A judgement that the reviewer has to make.
pub struct Judged {
    pub key: &'static str,
    pub name: String,
    pub so_far: Option<String>,
    pub verdict_field: &'static str,
    pub reason_field: &'static str,
}

#[derive(Template)]
#[template(path = "admission/review.html")]
pub struct ReviewPage {
    pub page: Page,
    pub form: Form,
    pub application: Application,
    pub merchant: Merchant,
    pub industry: String,
    pub part: Part,
    pub is_fresh: bool,
    /// The version on which the form was shown, to which the typed text belongs.
    pub version: String,
    pub chip: (&'static str, &'static str, String),
    pub lead: String,
    pub promised_at: Option<Timestamp>,
    pub claim_until: Option<Timestamp>,
    pub reviewer: String,
    pub warnings: Vec<Warning>,
    pub criteria: Vec<CriterionWords>,
    pub judged: Vec<Judged>,
    /// What changed since the previous submission, if there is one.
    pub changes: Option<ShownChanges>,
    pub business_details: BusinessDetails,
    pub documents: Vec<ShownDocument>,
    pub domains: Vec<Domain>,
    pub checks: Newest,
    pub signatures: Vec<Signature>,
    pub record_date: Option<RecordDate>,
    pub lines: Vec<Line>,
    pub earlier: Vec<(String, Application)>,
    pub claim_minutes: i64,
    /// If there is nothing to decide here, the next application in the queue: path and merchant.
    pub next: Option<(String, String)>,
    /// The signed version and the one in force, if they differ.
    pub superseded: Option<(i32, i32)>,
    pub is_renewal: bool,
    /// The causes that stand against the badge, and whether approval lifts them.
    pub standing: Vec<String>,
}

impl ReviewPage {
    pub async fn read(
        page: Page,
        actor: &Actor,
        db: &Db,
        zone: Tz,
        application: Application,
        form: Form,
    ) -> Result<Self, PageError> {
        let merchant_id = application.merchant_id;
        let merchant = trust::merchant(db, merchant_id).await?.ok_or_else(PageError::not_found)?;
        let domains = trust::domains(db, merchant_id).await?;
        let warnings = look_alikes(db, &merchant, &domains).await?;
        // Show the evaluation that was decided on; for an open application, the current one.
        let evaluation = match &application.evaluation {
            Some(decided) => decided.clone(),
            None => evaluation(db, merchant_id, Some(&application), page.now, zone).await?,
        };
        let Stated { business_details, documents, changes, happened } =
            Stated::read(&page, db, &application).await?;
        let names = people(db, &application, &happened).await?;
        let is_own = trust::is_or_was_member(db, actor.0.user_id, merchant_id).await?;
        let part = part(actor, is_own, &application, &page);
        let next = if part == Part::Closed { next(db, actor, &page).await? } else { None };
        let status = application.status_at(page.now);
        let (kind, icon) = chip_of(status);
        let claim = application.claim_at(page.now);
        let words = |r| criterion_words(r, page.locale, page.zone);
        let key = |a: &Application| page.t(format!("application-status-{}", a.status.name()));
        let earlier = of_merchant(db, merchant_id).await?.into_iter();
        Ok(Self {
            industry: page.t(merchant.industry.text_key()),
            part,
            // After an error, keep the form, with a field for the password.
            is_fresh: actor.0.is_fresh() || !form.is_ok(),
            version: match form.value("version") {
                "" => application.version.to_string(),
                shown => shown.to_owned(),
            },
            chip: (kind, icon, page.t(format!("application-status-{}", status.name()))),
            lead: lead(&page, &merchant, &evaluation),
            promised_at: status.is_open().then(|| application.promised_by(zone)).flatten(),
            claim_until: claim.map(|c| c.until),
            reviewer: claim.and_then(|c| names.get(&c.by).cloned()).unwrap_or_default(),
            warnings,
            criteria: evaluation.criteria.iter().map(words).collect(),
            judged: judged(&page, &application, &evaluation),
            changes,
            business_details,
            documents,
            domains,
            checks: Newest::read(&page, db, merchant_id).await?,
            signatures: trust::signatures(db, merchant_id).await?,
            record_date: trust::record_date(db, merchant_id).await?,
            lines: happened.iter().map(|e| line(&page, e, &names)).collect(),
            earlier: earlier.filter(|a| a.id != application.id).map(|a| (key(&a), a)).collect(),
            claim_minutes: CLAIM_MINUTES,
            next,
            superseded: superseded(&evaluation).filter(|_| status.is_open()),
            is_renewal: application.kind == Kind::Renewal,
            standing: if status.is_open() {
                standing(&page, db, merchant_id).await?
            } else {
                Vec::new()
            },
            form,
            application,
            merchant,
            page,
        })
    }

    /// The path to which one of the forms is posted.
    fn at(&self, act: &str) -> String {
        format!("/admin/applications/{}/{act}", self.application.public_id)
    }

    /// Whether the reviewer may act without being asked for the password first.
    fn may_act(&self) -> bool {
        self.part == Part::Mine && self.is_fresh
    }
}

/// What stands against the badge, in words. Only a new term lifts what does not end by itself.
async fn standing(page: &Page, db: &Db, merchant_id: i64) -> Result<Vec<String>, DbError> {
    let renews = trust::badge(db, merchant_id).await?.is_some_and(|b| b.lives_at(page.now));
    let standing = trust::standing(db, merchant_id).await?;
    let words = |cause: Suspension| {
        let is_lifted = !renews && !cause.ends_by_itself();
        let key = if is_lifted { "review-standing-lifted" } else { "review-standing-stays" };
        page.t1(key, "cause", page.t(format!("badges-cause-{}", cause.name())))
    };
    let stands = |cause: &Suspension| standing.iter().any(|s| s.cause == *cause);
    Ok(Suspension::ALL.into_iter().filter(stands).map(words).collect())
}

/// The signed version and the one in force, if the signed one is older.
pub fn superseded(evaluation: &Evaluation) -> Option<(i32, i32)> {
    match evaluation.get(Criterion::Agreement)?.value {
        Value::Agreement { version, signed_version: Some(signed), .. } if signed < version => {
            Some((signed, version))
        }
        _ => None,
    }
}

/// How many of the oldest applications are looked through for one of a merchant that the reviewer
/// never belonged to.
const MAY_BE_OWN: usize = 20;

/// The oldest unclaimed application that the reviewer may decide on.
async fn next(db: &Db, actor: &Actor, page: &Page) -> Result<Option<(String, String)>, DbError> {
    let waiting = QueueFilter { state: QueueState::Waiting, ..QueueFilter::default() };
    let (first, _) = queue(db, &waiting, QueueFrom::Start, page.now, MAY_BE_OWN).await?;
    for one in first {
        if trust::is_or_was_member(db, actor.0.user_id, one.merchant_id).await? {
            continue;
        }
        let merchant = trust::merchant(db, one.merchant_id).await?;
        return Ok(merchant.map(|m| (format!("/admin/applications/{}", one.public_id), m.name)));
    }
    Ok(None)
}

fn part(actor: &Actor, is_own: bool, application: &Application, page: &Page) -> Part {
    if is_own {
        return Part::Own;
    }
    match (application.status_at(page.now), application.claim_at(page.now)) {
        (Status::Submitted, _) => Part::Free,
        (_, Some(claim)) if claim.by == actor.0.user_id => Part::Mine,
        (_, Some(_)) => Part::Theirs,
        _ => Part::Closed,
    }
}

async fn people(
    db: &Db,
    application: &Application,
    happened: &[ApplicationEvent],
) -> Result<HashMap<i64, String>, DbError> {
    let mut ids: Vec<i64> = happened.iter().filter_map(|e| e.user_id).collect();
    ids.extend(application.claim.map(|c| c.by));
    ids.sort_unstable();
    ids.dedup();
    names_of(db, &ids).await
}

fn lead(page: &Page, merchant: &Merchant, evaluation: &Evaluation) -> String {
    let met = evaluation.count(Met::Met);
    let judged = evaluation.count(Met::NeedsJudgement);
    page.t3("review-lead", "merchant", &merchant.name, "met", met, "judged", judged)
}

fn line(page: &Page, event: &ApplicationEvent, names: &HashMap<i64, String>) -> Line {
    let who = event.user_id.map_or_else(
        || page.t("audit-clock"),
        |id| names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
    );
    Line {
        words: page.t1(&format!("review-event-{}", event.event), "who", who),
        note: event.note.clone(),
        at: event.at,
    }
}

/// The judgements left to the reviewer: identity, and reputation if it was not measured.
fn judged(page: &Page, application: &Application, evaluation: &Evaluation) -> Vec<Judged> {
    let so_far = |good: Option<bool>| {
        good.map(|good| page.t(if good { "review-judged-good" } else { "review-judged-bad" }))
    };
    let of = |criterion: Criterion, good, verdict_field, reason_field| Judged {
        key: criterion.key(),
        name: page.t(format!("criterion-{}", criterion.key())),
        so_far: so_far(good),
        verdict_field,
        reason_field,
    };
    let measured =
        evaluation.get(Criterion::Reputation).is_some_and(|r| r.source == Source::Orders);
    let mut judged =
        vec![of(Criterion::Identity, application.identity, "identity_verdict", "identity_reason")];
    if !measured {
        judged.push(of(
            Criterion::Reputation,
            application.reputation,
            "reputation_verdict",
            "reputation_reason",
        ));
    }
    judged
}
