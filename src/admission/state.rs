//! Pure decisions about what may happen to an application.

use chrono::Duration;
use chrono_tz::Tz;

use super::application::{
    Application, BusinessDetails, Category, Claim, DOCUMENTS_MAX, Kind, Status,
};
use crate::kernel::time::{Timestamp, plus_months};
use crate::trust::badge::LIFETIME_MONTHS;
use crate::trust::badge::life::{self, Event, decide_approval, lifted_by_staff, reapply_from};
use crate::trust::criteria::{Criterion, Evaluation, Met};
use crate::trust::{ActiveCause, Badge, BadgeState, HeldBadge};

/// A reviewer loses the claim after this long without acting.
pub const CLAIM: Duration = Duration::minutes(30);
/// An application counts as withdrawn if the applicant has not answered for this long.
pub const SILENCE: Duration = Duration::days(30);
/// How long after a rejection a merchant must wait to apply again.
pub const REAPPLY: Duration = Duration::days(30);

#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    Save(BusinessDetails),
    /// The applicant submits, or answers a question with the note.
    Submit {
        note: String,
    },
    AddDocument {
        category: Category,
        name: String,
    },
    RemoveDocument {
        category: Category,
        name: String,
    },
    Withdraw,
    /// The clock withdraws it, because nobody answered.
    GiveUp,
    /// A reviewer claims it, or extends the claim by half an hour.
    Claim,
    /// The reviewer gives up the claim.
    Release,
    /// The clock ends the claim of an idle reviewer.
    ReleaseIdle,
    /// The reviewer judges identity or reputation.
    Judge {
        criterion: Criterion,
        good: bool,
        reason: String,
    },
    Approve {
        reason: String,
        /// The criteria as they are now.
        evaluation: Evaluation,
        looked_at: Vec<ActiveCause>,
    },
    Reject {
        /// Shown to the merchant.
        reason: String,
        /// The criteria as they are now.
        evaluation: Evaluation,
    },
    Ask {
        /// Shown to the merchant.
        reason: String,
    },
}

impl Act {
    /// The name in the history. For a judgement, it includes the criterion and the verdict.
    pub const fn history(&self) -> &'static str {
        match self {
            Self::Judge { criterion: Criterion::Identity, good: true, .. } => "judge_identity_good",
            Self::Judge { criterion: Criterion::Identity, .. } => "judge_identity_bad",
            Self::Judge { good: true, .. } => "judge_reputation_good",
            Self::Judge { .. } => "judge_reputation_bad",
            _ => self.name(),
        }
    }

    /// The name in the audit trail, without the prefix `application.`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Save(_) => "save",
            Self::Submit { .. } => "submit",
            Self::AddDocument { .. } => "add_document",
            Self::RemoveDocument { .. } => "remove_document",
            Self::Withdraw => "withdraw",
            Self::GiveUp => "give_up",
            Self::Claim => "claim",
            Self::Release => "release",
            Self::ReleaseIdle => "release_idle",
            Self::Judge { .. } => "judge",
            Self::Approve { .. } => "approve",
            Self::Reject { .. } => "reject",
            Self::Ask { .. } => "ask",
        }
    }

    /// Whether it is an act of staff, which goes into the audit trail.
    pub const fn is_staff(&self) -> bool {
        matches!(
            self,
            Self::Claim
                | Self::Release
                | Self::Judge { .. }
                | Self::Approve { .. }
                | Self::Reject { .. }
                | Self::Ask { .. }
        )
    }

    /// The words that go with it.
    pub fn note(&self) -> &str {
        match self {
            Self::Submit { note } => note,
            Self::AddDocument { name, .. } | Self::RemoveDocument { name, .. } => name,
            Self::Judge { reason, .. }
            | Self::Approve { reason, .. }
            | Self::Reject { reason, .. }
            | Self::Ask { reason } => reason,
            _ => "",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("not possible for an application that is {}", .0.name())]
    Status(Status),
    #[error("another reviewer has claimed it")]
    ClaimedBy(Claim),
    /// The reviewer never claimed it, or the claim has expired.
    #[error("not claimed by this reviewer")]
    NotClaimed,
    /// The names of the missing fields.
    #[error("business details are missing")]
    Incomplete(Vec<&'static str>),
    #[error("there are {DOCUMENTS_MAX} documents")]
    TooManyDocuments,
    #[error("criteria are not met or not judged")]
    NotMet(Vec<Criterion>),
    /// A rejection needs a criterion that failed.
    #[error("no criterion has failed")]
    NothingFailed,
    #[error("this criterion is measured, not judged")]
    Measured,
    /// The approval would lift a suspension that the reviewer has not seen.
    #[error("a cause of suspension began or ended meanwhile")]
    Unseen,
    #[error(transparent)]
    Badge(#[from] life::Refused),
}

/// What an act comes to, for the application, its badge and those who are told.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    pub next: Application,
    /// What happens to the badge, in this order.
    pub badge: Vec<Event<'static>>,
    /// Who is told what: `audience:message`.
    pub tells: &'static [&'static str],
    /// The moments that the messages name.
    pub dates: Vec<(&'static str, Timestamp)>,
}

/// Decides an act on one reading: the application and the merchant's badge, held together.
///
/// `by` is the person who acts; the clock is nobody.
pub fn decide(
    application: &Application,
    held: &HeldBadge,
    act: &Act,
    by: Option<i64>,
    now: Timestamp,
    zone: Tz,
) -> Result<Decided, Refused> {
    let next = decide_application(application, act, by, now)?;
    let HeldBadge { badge, standing } = held;
    let is_renewal = application.kind == Kind::Renewal;
    let lives_to = badge.as_ref().filter(|b| b.lives_at(now)).map(|b| b.expires_at);
    let renewed_to = lives_to.filter(|_| is_renewal);
    let mut events = Vec::new();
    let mut dates = Vec::new();
    let tells: &[&str] = match act {
        Act::Submit { .. } => {
            dates.extend(next.promised_by(zone).map(|at| ("promised_at", at)));
            &["merchant:application-submitted", "staff-reviewer:application-waiting"]
        }
        Act::Withdraw => &["merchant:application-withdrawn"],
        Act::GiveUp => &["merchant:application-silent"],
        Act::Ask { .. } => {
            dates.push(("answer_at", next.status_since + SILENCE));
            &["merchant:application-needs-information"]
        }
        Act::Reject { .. } => {
            dates.extend(next.reapply_from.map(|at| ("reapply_at", at)));
            dates.extend(renewed_to.map(|at| ("ends_at", at)));
            // The badge is there, whatever is decided of its renewal.
            match renewed_to {
                Some(_) => &["merchant:renewal-rejected"],
                None => &["merchant:application-rejected"],
            }
        }
        Act::Approve { looked_at, .. } => {
            let approval = decide_approval(badge.as_ref(), standing, is_renewal, zone, now)?;
            if !approval.renews && lifted_by_staff(standing) != lifted_by_staff(looked_at) {
                return Err(Refused::Unseen);
            }
            events = approval.events;
            let ends_at = renewed_to.map(|at| plus_months(at, LIFETIME_MONTHS, zone));
            dates.extend(ends_at.map(|at| ("ends_at", at)));
            // Nobody is told that a badge is active which is not.
            match (approval.renews, approval.is_suspended) {
                (true, true) => &["merchant:renewal-approved-suspended"],
                (true, false) => &["merchant:renewal-approved"],
                (false, true) => &["merchant:application-approved-suspended"],
                (false, false) => &["merchant:application-approved"],
            }
        }
        _ => &[],
    };
    Ok(Decided { next, badge: events, tells, dates })
}

/// Decides what an act does to the application alone: gives it as it is to be written, one version
/// on.
pub fn decide_application(
    application: &Application,
    act: &Act,
    by: Option<i64>,
    now: Timestamp,
) -> Result<Application, Refused> {
    let status = application.status_at(now);
    let mut next = application.clone();
    next.version += 1;
    match act {
        Act::Save(business_details) if status.is_editable() => {
            next.business_details = business_details.clone();
        }
        Act::AddDocument { category, .. } if status.is_editable() => {
            if application.documents >= DOCUMENTS_MAX {
                return Err(Refused::TooManyDocuments);
            }
            next.documents += 1;
            next.licences += category.licences();
        }
        Act::RemoveDocument { category, .. } if status.is_editable() => {
            next.documents -= 1;
            next.licences -= category.licences();
        }
        Act::Submit { .. } => submit(application, &mut next, status, now)?,
        Act::Withdraw if status.is_open() => next.status = Status::Withdrawn,
        Act::GiveUp if is_silent(application, now) => next.status = Status::Withdrawn,
        Act::ReleaseIdle if application.is_idle(now) => next.status = Status::Submitted,
        Act::Claim => claim(application, &mut next, by, now)?,
        Act::Save(_)
        | Act::AddDocument { .. }
        | Act::RemoveDocument { .. }
        | Act::Withdraw
        | Act::GiveUp
        | Act::ReleaseIdle => {
            return Err(Refused::Status(status));
        }
        decision => review(application, &mut next, decision, by, now)?,
    }
    if next.status != Status::InReview {
        next.claim = None;
    }
    if next.status != application.status {
        next.status_since = now;
    }
    Ok(next)
}

/// The acts that only the reviewer who holds the claim may perform.
fn review(
    application: &Application,
    next: &mut Application,
    act: &Act,
    by: Option<i64>,
    now: Timestamp,
) -> Result<(), Refused> {
    match application.claim_at(now) {
        Some(claim) if Some(claim.by) == by => {}
        Some(claim) => return Err(Refused::ClaimedBy(claim)),
        None => {
            let status = application.status_at(now);
            let free = status == Status::Submitted;
            return Err(if free { Refused::NotClaimed } else { Refused::Status(status) });
        }
    }
    match act {
        Act::Judge { criterion: Criterion::Identity, good, .. } => next.identity = Some(*good),
        Act::Judge { criterion: Criterion::Reputation, good, .. } => next.reputation = Some(*good),
        Act::Judge { .. } => return Err(Refused::Measured),
        Act::Approve { reason, evaluation, .. } => {
            if !evaluation.all_met() {
                return Err(Refused::NotMet(not_met(evaluation)));
            }
            decided(next, Status::Approved, by, reason, evaluation, now);
        }
        Act::Reject { reason, evaluation } => {
            next.failed = evaluation.with(Met::NotMet);
            if next.failed.is_empty() {
                return Err(Refused::NothingFailed);
            }
            next.reapply_from = Some(now + REAPPLY);
            decided(next, Status::Rejected, by, reason, evaluation, now);
        }
        Act::Ask { reason } => {
            next.status = Status::NeedsInformation;
            next.reason.clone_from(reason);
        }
        _ => next.status = Status::Submitted,
    }
    // Any act extends the claim.
    next.claim = by.map(|by| Claim { by, until: now + CLAIM });
    Ok(())
}

fn submit(
    application: &Application,
    next: &mut Application,
    status: Status,
    now: Timestamp,
) -> Result<(), Refused> {
    if !status.is_editable() {
        return Err(Refused::Status(status));
    }
    let missing = application.missing();
    if !missing.is_empty() {
        return Err(Refused::Incomplete(missing));
    }
    next.status = Status::Submitted;
    next.submitted_at = Some(now);
    // Judgements from before the answer must be made again.
    (next.identity, next.reputation) = (None, None);
    next.reason.clear();
    Ok(())
}

fn claim(
    application: &Application,
    next: &mut Application,
    by: Option<i64>,
    now: Timestamp,
) -> Result<(), Refused> {
    match (application.status_at(now), application.claim_at(now), by) {
        (Status::InReview, Some(claim), Some(by)) if claim.by != by => {
            Err(Refused::ClaimedBy(claim))
        }
        (Status::Submitted | Status::InReview, _, Some(by)) => {
            next.status = Status::InReview;
            next.claim = Some(Claim { by, until: now + CLAIM });
            Ok(())
        }
        (status, ..) => Err(Refused::Status(status)),
    }
}

fn decided(
    next: &mut Application,
    status: Status,
    by: Option<i64>,
    reason: &str,
    evaluation: &Evaluation,
    now: Timestamp,
) {
    next.status = status;
    next.decided = by.map(|by| (by, now));
    reason.clone_into(&mut next.reason);
    next.evaluation = Some(evaluation.clone());
}

fn is_silent(application: &Application, now: Timestamp) -> bool {
    application.status == Status::NeedsInformation && application.status_since + SILENCE <= now
}

fn not_met(evaluation: &Evaluation) -> Vec<Criterion> {
    let met = evaluation.with(Met::Met);
    Criterion::ALL.into_iter().filter(|c| !met.contains(c)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartRefused {
    #[error("an application is open")]
    Open,
    /// The merchant has a live badge, whose renewal opens at this moment.
    #[error("there is a badge that lives; renewal opens at {0}")]
    HasBadge(Timestamp),
    /// The merchant must wait until this moment.
    #[error("not before {0}")]
    Until(Timestamp),
}

/// Decides whether a merchant may begin an application, and of which kind. A live badge is renewed
/// even while it is suspended; the causes of the suspension remain.
pub fn decide_start(
    last: Option<&Application>,
    badge: Option<&Badge>,
    now: Timestamp,
    zone: Tz,
) -> Result<Kind, StartRefused> {
    if last.is_some_and(|a| a.status.is_open()) {
        return Err(StartRefused::Open);
    }
    let living = badge.filter(|b| b.lives_at(now));
    if let Some(early) = living.map(Badge::renewal_opens_at).filter(|opens| *opens > now) {
        return Err(StartRefused::HasBadge(early));
    }
    let after_revocation =
        badge.filter(|b| b.state == BadgeState::Revoked).map(|b| reapply_from(b.changed_at, zone));
    let after_rejection = last.and_then(|a| a.reapply_from);
    match after_revocation.max(after_rejection) {
        Some(from) if from > now => Err(StartRefused::Until(from)),
        _ if living.is_some() => Ok(Kind::Renewal),
        _ => Ok(Kind::First),
    }
}

#[cfg(test)]
mod tests;
