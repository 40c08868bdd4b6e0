//! What applicants, reviewers and the clock do to applications.

mod documents;

use chrono_tz::Tz;
use serde_json::{Value as Json, json};
use uuid::Uuid;

pub use self::documents::{
    NewDocument, Whose, add_document, document_file, documents, remove_document,
};
use super::application::{Application, Kind};
use super::criteria::{Facts, OrderRecord, evaluate};
use super::state::{Act, CLAIM, Refused, SILENCE, StartRefused, decide, decide_start};
use super::store::applications::{self as store, Change, WriteError};
use super::store::documents::Paper;
use crate::db::{Db, DbError};
use crate::files::FileError;
use crate::kernel::time::{Timestamp, minus_months, plus_months};
use crate::trust;
use crate::trust::badge::LIFETIME_MONTHS;
use crate::trust::criteria::{Criterion, Evaluation, Thresholds};
use crate::trust::{Badge, Merchant, MoveError, Suspension};
use crate::{orders, reputation};

#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// There is no such application, or it belongs to another merchant.
    #[error("no such application")]
    NotThere,
    /// The application has changed since the person saw it.
    #[error("the application was changed meanwhile")]
    Changed,
    /// The application's state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Start(#[from] StartRefused),
    /// Nobody may decide on a merchant they belong or have belonged to.
    #[error("the person belongs to the merchant")]
    OwnMerchant,
    #[error(transparent)]
    Grant(#[from] MoveError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<WriteError> for AdmissionError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Lost => Self::Changed,
            WriteError::OwnMerchant => Self::OwnMerchant,
            WriteError::Grant(error) => Self::Grant(error),
            WriteError::Db(error) => Self::Db(error),
        }
    }
}

/// The merchant's latest application, open or closed.
pub async fn last_of(db: &Db, merchant_id: i64) -> Result<Option<Application>, DbError> {
    Ok(store::of_merchant(db, merchant_id).await?.into_iter().next())
}

/// Evaluates the six criteria now, with what the application states and how it was judged.
pub async fn evaluation(
    db: &Db,
    merchant_id: i64,
    application: Option<&Application>,
    now: Timestamp,
    zone: Tz,
) -> Result<Evaluation, DbError> {
    let agreement = trust::commands::current_agreement(db).await?;
    let thresholds = trust::thresholds(db, now).await?;
    let missing = application.map_or(Application::ASKED, |a| a.missing().len());
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let facts = Facts {
        agreement_version: agreement.version,
        signatures: trust::signatures(db, merchant_id).await?,
        record_date: trust::record_date(db, merchant_id).await?,
        deceptions: deceptions(db, merchant_id).await?,
        orders: order_record(db, merchant_id, &thresholds, now, zone).await?,
        domains: trust::domains(db, merchant_id).await?,
        details_given: count(Application::ASKED - missing),
        details_asked: count(Application::ASKED),
        identity: application.and_then(|a| a.identity),
        reputation: application.and_then(|a| a.reputation),
    };
    Ok(evaluate(&facts, &thresholds, now, zone))
}

/// When deception was found. Each finding counts, even if staff have since lifted the suspension.
async fn deceptions(db: &Db, merchant_id: i64) -> Result<Vec<Timestamp>, DbError> {
    let causes = trust::cause_records(db, merchant_id).await?;
    let findings = causes.iter().filter(|c| c.begun.cause == Suspension::DeceptionFinding);
    Ok(findings.map(|c| c.begun.since).collect())
}

/// The orders that count for reputation, without self-dealt ones. The rating comes from the
/// merchant's latest reputation record. Disputes cannot be opened yet, so none are counted, and no
/// order is yet found to have ended by its buyer's fault, so every ended order counts.
async fn order_record(
    db: &Db,
    merchant_id: i64,
    thresholds: &Thresholds,
    now: Timestamp,
    zone: Tz,
) -> Result<OrderRecord, DbError> {
    let since = minus_months(now, thresholds.reputation_window_months, zone);
    let record = orders::record(db, merchant_id, since, orders::NEWEST_MAX).await?;
    let orders::Record { paid, ended, completed, is_cut } = record;
    let rating = reputation::latest(db, merchant_id).await?.and_then(|record| record.rating());
    Ok(OrderRecord { paid, ended, completed, disputed: 0, rating, is_cut })
}

/// Whether a merchant may begin an application now, and of which kind.
pub async fn may_start(
    db: &Db,
    merchant_id: i64,
    now: Timestamp,
    zone: Tz,
) -> Result<Result<Kind, StartRefused>, DbError> {
    let last = last_of(db, merchant_id).await?;
    let badge = trust::badge(db, merchant_id).await?;
    Ok(decide_start(last.as_ref(), badge.as_ref(), now, zone))
}

/// Begins a draft with the details and documents of the last application.
pub async fn start(
    db: &Db,
    merchant_id: i64,
    user_id: i64,
    zone: Tz,
) -> Result<Application, AdmissionError> {
    let last = last_of(db, merchant_id).await?;
    let badge = trust::badge(db, merchant_id).await?;
    let kind = decide_start(last.as_ref(), badge.as_ref(), db.now().await?, zone)?;
    match store::insert_draft(db, merchant_id, user_id, kind, last.as_ref()).await {
        Err(DbError::Taken(_)) => Err(StartRefused::Open.into()),
        other => Ok(other?),
    }
}

/// Performs an applicant's act on their merchant's latest application. Fails with
/// [`AdmissionError::Changed`] unless `version` is the current one.
pub async fn act_as_applicant(
    db: &Db,
    merchant_id: i64,
    user_id: i64,
    version: i32,
    act: &Act,
    zone: Tz,
) -> Result<Application, AdmissionError> {
    let application = last_of(db, merchant_id).await?.ok_or(AdmissionError::Changed)?;
    if application.version != version {
        return Err(AdmissionError::Changed);
    }
    let now = db.now().await?;
    write(db, &application, act, Some(user_id), now, zone).await
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Claims the application, or extends the claim by half an hour.
    Claim,
    Release,
    /// Judges identity or reputation.
    Judge {
        criterion: Criterion,
        good: bool,
    },
    Approve,
    Reject,
    Ask,
}

/// Performs a reviewer's act on the version of the application that they saw.
pub async fn act_as_reviewer(
    db: &Db,
    id: Uuid,
    user_id: i64,
    version: i32,
    decision: &Decision,
    reason: &str,
    zone: Tz,
) -> Result<Application, AdmissionError> {
    let application = store::application(db, id).await?.ok_or(AdmissionError::NotThere)?;
    if trust::is_or_was_member(db, user_id, application.merchant_id).await? {
        return Err(AdmissionError::OwnMerchant);
    }
    // `store::write` checks membership again, in case the reviewer is just joining.
    if application.version != version {
        return Err(AdmissionError::Changed);
    }
    let now = db.now().await?;
    let evaluate = || evaluation(db, application.merchant_id, Some(&application), now, zone);
    let reason = reason.to_owned();
    let act = match decision {
        Decision::Claim => Act::Claim,
        Decision::Release => Act::Release,
        Decision::Judge { criterion, good } => {
            Act::Judge { criterion: *criterion, good: *good, reason }
        }
        Decision::Approve => {
            // Read before evaluating, so that a cause that begins in between is not lifted unseen.
            let looked_at = trust::standing(db, application.merchant_id).await?;
            Act::Approve { reason, evaluation: evaluate().await?, looked_at }
        }
        Decision::Reject => Act::Reject { reason, evaluation: evaluate().await? },
        Decision::Ask => Act::Ask { reason },
    };
    write(db, &application, &act, Some(user_id), now, zone).await
}

async fn write(
    db: &Db,
    application: &Application,
    act: &Act,
    by: Option<i64>,
    now: Timestamp,
    zone: Tz,
) -> Result<Application, AdmissionError> {
    write_with(db, application, act, by, now, zone, None).await
}

/// Decides an act and writes it, together with the document it adds or removes.
async fn write_with(
    db: &Db,
    application: &Application,
    act: &Act,
    by: Option<i64>,
    now: Timestamp,
    zone: Tz,
    paper: Option<Paper<'_>>,
) -> Result<Application, AdmissionError> {
    let next = decide(application, act, by, now)?;
    let renewed = renewed(db, application, now).await?;
    let tells = match act.tells() {
        [] => Vec::new(),
        tells => {
            let merchant = trust::merchant(db, application.merchant_id).await?;
            let merchant = merchant.ok_or(AdmissionError::NotThere)?;
            let tell = |t: &&str| {
                let args = args(t, &merchant, &next, act, renewed.as_ref(), zone);
                // Renewals have texts of their own, since the badge exists whatever is decided.
                let tell = match *t {
                    "merchant:application-approved" if renewed.is_some() => {
                        "merchant:renewal-approved"
                    }
                    "merchant:application-rejected" if renewed.is_some() => {
                        "merchant:renewal-rejected"
                    }
                    other => other,
                };
                (tell.to_owned(), args)
            };
            tells.iter().map(tell).collect()
        }
    };
    let (tells, renews) = (&tells, renewed.is_some());
    let change =
        Change { before: application, next: &next, act, by, now, tells, paper, zone, renews };
    store::write(db, &change).await?;
    Ok(next)
}

/// The badge that approving a renewal extends. `None` if it has expired while the application
/// waited; approval then begins a new term.
async fn renewed(
    db: &Db,
    application: &Application,
    now: Timestamp,
) -> Result<Option<Badge>, DbError> {
    if application.kind != Kind::Renewal {
        return Ok(None);
    }
    let badge = trust::badge(db, application.merchant_id).await?;
    Ok(badge.filter(|b| b.lives_at(now)))
}

fn args(
    tell: &str,
    merchant: &Merchant,
    next: &Application,
    act: &Act,
    renewed: Option<&Badge>,
    zone: Tz,
) -> Json {
    let link = match act {
        _ if tell.starts_with("staff-") => format!("/admin/applications/{}", next.public_id),
        Act::Approve { .. } => "/merchant/badge".to_owned(),
        _ => "/merchant/application".to_owned(),
    };
    let mut args = json!({
        "shop": merchant.name,
        "code": merchant.code.as_str(),
        "reason": act.note(),
        "link": link,
    });
    let mut date = |key: &str, at: Option<Timestamp>| {
        if let Some(at) = at {
            args[key] = json!(at.to_rfc3339());
        }
    };
    match act {
        Act::Submit { .. } => date("promised_at", next.promised_by(zone)),
        Act::Ask { .. } => date("answer_at", Some(next.status_since + SILENCE)),
        Act::Reject { .. } => {
            date("reapply_at", next.reapply_from);
            date("ends_at", renewed.map(|b| b.expires_at));
        }
        Act::Approve { .. } => {
            date("ends_at", renewed.map(|b| plus_months(b.expires_at, LIFETIME_MONTHS, zone)));
        }
        _ => {}
    }
    args
}

/// How many applications one round of the clock processes.
const ROUND: i64 = 200;

/// Releases idle claims and withdraws unanswered applications. Returns how many.
pub async fn tick(db: &Db, now: Timestamp, zone: Tz) -> Result<usize, DbError> {
    let mut done = 0;
    for application in store::due(db, now, now - SILENCE, ROUND).await? {
        let idle = application.claim.is_some();
        let act = if idle { Act::ReleaseIdle } else { Act::GiveUp };
        match write(db, &application, &act, None, now, zone).await {
            Ok(_) => done += 1,
            Err(AdmissionError::Db(error)) => return Err(error),
            // Somebody acted in the meantime, so there is nothing left to do.
            Err(error) => tracing::debug!(%error, "an application was not moved by the clock"),
        }
    }
    Ok(done)
}

pub const CLAIM_MINUTES: i64 = CLAIM.num_minutes();
