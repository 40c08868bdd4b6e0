//! What applicants, reviewers and the clock do to applications.

mod documents;

use chrono_tz::Tz;
use serde_json::json;
use uuid::Uuid;

pub use self::documents::{
    NewDocument, Whose, add_document, document_file, documents, remove_document,
};
use super::application::{Application, Kind};
use super::criteria::{Facts, OrderRecord, evaluate};
use super::state::{Act, CLAIM, Decided, Refused, SILENCE, StartRefused, decide, decide_start};
use super::store::applications::{self as store, Change};
use super::store::documents::Paper;
use crate::db::batch::Batch;
use crate::db::{About, Conn, Db, DbError, now_in, tell_in};
use crate::files::FileError;
use crate::kernel::time::{Timestamp, minus_months};
use crate::trust;
use crate::trust::criteria::{Criterion, Evaluation, Thresholds};
use crate::trust::{MoveError, Suspension};
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
    write(db, (application.id, version), act, Some(user_id), zone, None).await
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
    write(db, (application.id, version), &act, Some(user_id), zone, None).await
}

/// Decides an act on the application as it stands at `version`, and writes it with the document
/// that comes or goes with it; or nothing. The merchant is held meanwhile: what was decided on,
/// badge and all, is what is.
async fn write(
    db: &Db,
    (id, version): (i64, i32),
    act: &Act,
    by: Option<i64>,
    zone: Tz,
    paper: Option<Paper<'_>>,
) -> Result<Application, AdmissionError> {
    db.transaction(async |conn: &mut Conn| {
        let (merchant_id, held) = store::hold(conn, id).await?;
        if let Some(user_id) = by.filter(|_| act.is_staff())
            && trust::is_or_was_member_in(conn, user_id, merchant_id).await?
        {
            return Err(AdmissionError::OwnMerchant);
        }
        let now = now_in(conn).await?;
        let before = store::application_in(conn, id).await?;
        if before.version != version {
            return Err(AdmissionError::Changed);
        }
        let decided = decide(&before, &held, act, by, now, zone)?;
        let change = Change { before: &before, next: &decided.next, act, by, now, paper };
        store::write(conn, &change).await?;
        if let Act::Approve { reason, evaluation, .. } = act {
            let registered_name = &decided.next.business_details.registered_name;
            let approval = trust::Approval { registered_name, evaluation };
            let by = trust::By { user_id: by, reason, detail: "", seen: None };
            trust::approve_in(conn, merchant_id, &decided.badge, approval, by, now).await?;
        }
        tell(conn, merchant_id, &decided, act).await?;
        Ok(decided.next)
    })
    .await
}

async fn tell(
    conn: &mut Conn,
    merchant_id: i64,
    decided: &Decided,
    act: &Act,
) -> Result<(), AdmissionError> {
    if decided.tells.is_empty() {
        return Ok(());
    }
    let merchant = trust::merchant_in(conn, merchant_id).await?;
    for tell in decided.tells {
        let link = match act {
            _ if tell.starts_with("staff-") => {
                format!("/admin/applications/{}", decided.next.public_id)
            }
            Act::Approve { .. } => "/merchant/badge".to_owned(),
            _ => "/merchant/application".to_owned(),
        };
        let mut args = json!({
            "shop": merchant.name,
            "code": merchant.code.as_str(),
            "reason": act.note(),
            "link": link,
        });
        for (key, at) in &decided.dates {
            args[*key] = json!(at.to_rfc3339());
        }
        tell_in(conn, tell, About::merchant(merchant_id), args).await?;
    }
    Ok(())
}

/// How many applications one round of the clock processes.
const ROUND: i64 = 200;

/// Releases idle claims and withdraws unanswered applications. Returns how many.
pub async fn tick(db: &Db, now: Timestamp, zone: Tz) -> Result<usize, DbError> {
    let mut batch = Batch::new(db, store::CLOCK);
    for application in store::due(db, now, now - SILENCE, ROUND).await? {
        let idle = application.claim.is_some();
        let act = if idle { Act::ReleaseIdle } else { Act::GiveUp };
        let seen = (application.id, application.version);
        let done = match write(db, seen, &act, None, zone, None).await {
            Ok(_) => Ok(true),
            Err(AdmissionError::Db(error)) => Err(error),
            // Somebody acted in the meantime, so there is nothing left to do.
            Err(_) => Ok(false),
        };
        batch.add(application.id, done).await?;
    }
    Ok(batch.moved())
}

/// Keeps the badges whose renewal waits for us. Returns how many.
pub async fn keep_badges(db: &Db, now: Timestamp) -> Result<usize, DbError> {
    trust::commands::keep_badges(db, &store::waiting_renewals(db).await?, now).await
}

pub const CLAIM_MINUTES: i64 = CLAIM.num_minutes();
