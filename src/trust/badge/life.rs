//! The life of a badge, decided purely: none → active ⇄ suspended → revoked or expired.
//!
//! A badge that lives is suspended while a cause stands, and active when none is left. An expired
//! badge becomes active again by a new approval alone, a revoked one not before twelve months.

use chrono_tz::Tz;

use super::{
    ActiveCause, Badge, BadgeEventKind, BadgeState, Cause, LIFETIME_MONTHS,
    REAPPLY_AFTER_REVOCATION_MONTHS, Suspension,
};
use crate::kernel::time::{Timestamp, plus_months};

/// What may happen to a badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// An application was approved; the zone is the operator's. Where the last term has ended, that
    /// is written down first.
    Grant(Tz),
    /// A renewal was approved.
    Renew(Tz),
    /// A cause of suspension begins: which, and what it stands on.
    Begin(Suspension, &'a str),
    /// A cause ends by itself: which, and what it stood on; none for all of that cause.
    End(Suspension, Option<&'a str>),
    /// Staff suspend it, under a reference of its own.
    Suspend(&'a str),
    /// Staff lift what is theirs to lift: findings, and their own suspension.
    Reinstate,
    /// Staff take it away.
    Revoke,
    /// Its date has come.
    Expire,
}

impl Event<'_> {
    /// The name in the audit trail: `badge.suspend`.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Grant(_) => "badge.grant",
            Self::Renew(_) => "badge.renew",
            Self::Begin(..) => "badge.cause_begin",
            Self::End(..) => "badge.cause_end",
            Self::Suspend(_) => "badge.suspend",
            Self::Reinstate => "badge.reinstate",
            Self::Revoke => "badge.revoke",
            Self::Expire => "badge.expire",
        }
    }
}

/// A move that was decided, to be written if the badge is still at `expected`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The version it was decided on; none when there was no badge.
    pub expected: Option<i32>,
    pub happened: BadgeEventKind,
    /// From where.
    pub from: Option<BadgeState>,
    pub to: BadgeState,
    pub cause: Cause,
    pub at: Timestamp,
    /// An approval: the term begins and ends here.
    pub term: Option<(Timestamp, Timestamp)>,
    /// The causes that stand after it, in the order in which they are shown.
    pub standing: Vec<Suspension>,
}

impl Change {
    pub fn version(&self) -> i32 {
        self.expected.map_or(0, |v| v + 1)
    }
}

/// What an event comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// A cause that begins: which, and what it stands on.
    pub begins: Option<(Suspension, String)>,
    pub ends: Vec<i64>,
    pub change: Option<Change>,
}

/// The badge does not allow this now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a badge that is {} does not allow {action}",
    state.map_or("not granted", BadgeState::name)
)]
pub struct Refused {
    pub state: Option<BadgeState>,
    pub action: &'static str,
}

/// From when on a merchant whose badge was revoked may be approved again.
pub fn reapply_from(revoked_at: Timestamp, zone: Tz) -> Timestamp {
    plus_months(revoked_at, REAPPLY_AFTER_REVOCATION_MONTHS, zone)
}

/// Decides what an event does to a badge, given the causes that stand.
/// Fails with [`Refused`] when the badge, as it stands at `now`, does not allow it.
pub fn decide(
    badge: Option<&Badge>,
    standing: &[ActiveCause],
    event: Event<'_>,
    now: Timestamp,
) -> Result<Outcome, Refused> {
    let state = badge.map(|b| b.state_at(now));
    let refused = Err(Refused { state, action: event.action() });
    let mut outcome = Outcome::default();
    match event {
        Event::Begin(cause, reference) => {
            if standing.iter().any(|s| s.cause == cause && s.reference == reference) {
                return Ok(outcome);
            }
            outcome.begins = Some((cause, reference.to_owned()));
        }
        Event::End(cause, reference) => {
            if !cause.ends_by_itself() {
                return refused;
            }
            let is_meant =
                |s: &&ActiveCause| s.cause == cause && reference.is_none_or(|r| r == s.reference);
            outcome.ends = standing.iter().filter(is_meant).map(|s| s.id).collect();
            if outcome.ends.is_empty() {
                return Ok(outcome);
            }
        }
        Event::Suspend(reference) => {
            let is_there = standing.iter().any(|s| s.cause == Suspension::Staff);
            if is_there || !state.is_some_and(BadgeState::lives) {
                return refused;
            }
            outcome.begins = Some((Suspension::Staff, reference.to_owned()));
        }
        Event::Reinstate => {
            outcome.ends = lifted_by_staff(standing);
            // What ends by itself is not lifted by staff: they would only hide it.
            if state != Some(BadgeState::Suspended) || outcome.ends.is_empty() {
                return refused;
            }
        }
        // Whoever approves anew has looked at what staff had suspended it for.
        Event::Grant(_) => outcome.ends = lifted_by_staff(standing),
        Event::Renew(_) | Event::Revoke | Event::Expire => {}
    }
    let left = left(standing, &outcome);
    let Some(moved) = moved(badge, state, event, now, !left.is_empty()) else {
        // A cause is noted whatever the badge is; it counts from the day of an approval.
        return match event {
            Event::Begin(..) | Event::End(..) => Ok(outcome),
            _ => refused,
        };
    };
    outcome.change = Some(Change {
        expected: badge.map(|b| b.version),
        happened: moved.happened,
        from: badge.map(|b| b.state),
        to: moved.to,
        cause: moved.cause,
        at: now,
        term: moved.term,
        standing: left,
    });
    Ok(outcome)
}

/// What an approval does to a badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// In the order in which they are written.
    pub events: Vec<Event<'static>>,
    /// Whether a badge that lives is extended, and not one granted.
    pub renews: bool,
    /// Whether causes go on to suspend it.
    pub is_suspended: bool,
}

/// Decides what the approval of an application does to a badge. A renewal extends a badge that
/// lives; where it expired while the application waited, and for a first application, a new term
/// begins.
pub fn decide_approval(
    badge: Option<&Badge>,
    standing: &[ActiveCause],
    is_renewal: bool,
    zone: Tz,
    now: Timestamp,
) -> Result<Approval, Refused> {
    let renews = is_renewal && badge.is_some_and(|b| b.lives_at(now));
    let mut badge = badge.cloned();
    let mut events = Vec::new();
    if let Some(ended) = badge.as_mut().filter(|b| b.state.lives() && !b.lives_at(now)) {
        // The term before has ended: a line and a mail of its own.
        events.push(Event::Expire);
        ended.state = BadgeState::Expired;
    }
    events.push(if renews { Event::Renew(zone) } else { Event::Grant(zone) });
    let outcome = decide(badge.as_ref(), standing, events[events.len() - 1], now)?;
    let is_suspended = outcome.change.is_some_and(|c| c.to == BadgeState::Suspended);
    Ok(Approval { events, renews, is_suspended })
}

/// The causes that are left when an outcome is written, each once.
fn left(standing: &[ActiveCause], outcome: &Outcome) -> Vec<Suspension> {
    let stays = |cause| standing.iter().any(|s| s.cause == cause && !outcome.ends.contains(&s.id));
    let begins = |cause| outcome.begins.as_ref().is_some_and(|(begun, _)| *begun == cause);
    Suspension::ALL.into_iter().filter(|c| stays(*c) || begins(*c)).collect()
}

/// The rows of the causes that staff lift, by a reinstatement or a new approval.
pub fn lifted_by_staff(standing: &[ActiveCause]) -> Vec<i64> {
    standing.iter().filter(|s| !s.cause.ends_by_itself()).map(|s| s.id).collect()
}

/// Where a move leads.
struct Moved {
    to: BadgeState,
    happened: BadgeEventKind,
    cause: Cause,
    term: Option<(Timestamp, Timestamp)>,
}

/// Where an event leads; none where it may not happen, or moves nothing.
fn moved(
    badge: Option<&Badge>,
    state: Option<BadgeState>,
    event: Event<'_>,
    now: Timestamp,
    is_held: bool,
) -> Option<Moved> {
    use BadgeState::{Active, Expired, Revoked, Suspended};
    let lives = state.is_some_and(BadgeState::lives);
    let derived = if is_held { Suspended } else { Active };
    let to = |to, happened, cause| Some(Moved { to, happened, cause, term: None });
    let staff = Cause::Suspension(Suspension::Staff);
    match (event, badge) {
        (Event::Grant(zone), _) => {
            let is_free = badge.is_none_or(|b| match b.state_at(now) {
                Active | Suspended => false,
                // Only once that is written down: a history does not go from active to active.
                Expired => b.state == Expired,
                Revoked => reapply_from(b.changed_at, zone) <= now,
            });
            let term = Some((now, plus_months(now, LIFETIME_MONTHS, zone)));
            let granted = Moved {
                to: derived,
                happened: BadgeEventKind::Grant,
                cause: Cause::Approved,
                term,
            };
            is_free.then_some(granted)
        }
        (Event::Renew(zone), Some(badge)) => {
            let is_open = lives && badge.renewal_opens_at() <= now;
            // From the old date on: nobody loses a day by asking early.
            let ends = plus_months(badge.expires_at, LIFETIME_MONTHS, zone);
            let term = Some((badge.granted_at, ends));
            let renewed =
                Moved { to: derived, happened: BadgeEventKind::Renew, cause: Cause::Renewed, term };
            is_open.then_some(renewed)
        }
        (Event::Begin(cause, _), _) if lives => {
            to(derived, BadgeEventKind::Begin, Cause::Suspension(cause))
        }
        (Event::End(cause, _), _) if lives => {
            to(derived, BadgeEventKind::End, Cause::Suspension(cause))
        }
        (Event::Suspend(_), _) if lives => to(derived, BadgeEventKind::Begin, staff),
        (Event::Reinstate, _) if lives => to(derived, BadgeEventKind::End, staff),
        (Event::Revoke, _) if lives => to(Revoked, BadgeEventKind::Revoke, staff),
        // Only once: the row must still say that it lives. Whoever comes by writes it down.
        (Event::Expire | Event::Begin(..) | Event::End(..), Some(badge))
            if state == Some(Expired) && badge.state != Expired =>
        {
            to(Expired, BadgeEventKind::Expire, Cause::Time)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
