//! The life of a badge, as pure functions: none → active ⇄ suspended → revoked or expired.
//!
//! A badge that has not ended is suspended while a cause stands and active otherwise. An expired
//! badge returns only by a new approval, a revoked one at the earliest after twelve months.

use chrono_tz::Tz;

use super::{
    ActiveCause, Badge, BadgeEventKind, BadgeState, Cause, LIFETIME_MONTHS,
    REAPPLY_AFTER_REVOCATION_MONTHS, Suspension,
};
use crate::kernel::time::{Timestamp, plus_months};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// An application was approved; with the operator's time zone. If the previous term has ended,
    /// apply [`Event::Expire`] first.
    Grant(Tz),
    Renew(Tz),
    /// A cause of suspension begins, with its reference.
    Begin(Suspension, &'a str),
    /// A cause ends automatically, with its reference; `None` ends all causes of this kind.
    End(Suspension, Option<&'a str>),
    /// Staff suspend it, under a reference of its own.
    Suspend(&'a str),
    /// Staff lift what is theirs to lift: findings and their own suspension.
    Reinstate,
    Revoke,
    Expire,
}

impl Event<'_> {
    /// The name in the audit trail.
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

/// A decided move, to be stored only if the badge still has the version `expected`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `None` if there was no badge.
    pub expected: Option<i32>,
    pub happened: BadgeEventKind,
    pub from: Option<BadgeState>,
    pub to: BadgeState,
    pub cause: Cause,
    pub at: Timestamp,
    /// The beginning and end of the term, if approved.
    pub term: Option<(Timestamp, Timestamp)>,
    /// The causes that stand afterwards, in display order.
    pub standing: Vec<Suspension>,
}

impl Change {
    pub fn version(&self) -> i32 {
        self.expected.map_or(0, |v| v + 1)
    }
}

/// The effects of an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// A cause that begins, with its reference.
    pub begins: Option<(Suspension, String)>,
    pub ends: Vec<i64>,
    pub change: Option<Change>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a badge that is {} does not allow {action}",
    state.map_or("not granted", BadgeState::name)
)]
pub struct Refused {
    pub state: Option<BadgeState>,
    pub action: &'static str,
}

/// When a merchant whose badge was revoked may be approved again.
pub fn reapply_from(revoked_at: Timestamp, zone: Tz) -> Timestamp {
    plus_months(revoked_at, REAPPLY_AFTER_REVOCATION_MONTHS, zone)
}

/// Decides the effects of an event, given the standing causes. Fails if the state at `now` does not
/// allow the event.
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
            // Staff cannot lift automatic causes: that would only hide them.
            if state != Some(BadgeState::Suspended) || outcome.ends.is_empty() {
                return refused;
            }
        }
        // A new approval includes a review of what staff had suspended the badge for.
        Event::Grant(_) => outcome.ends = lifted_by_staff(standing),
        Event::Renew(_) | Event::Revoke | Event::Expire => {}
    }
    let left = left(standing, &outcome);
    let Some(moved) = moved(badge, state, event, now, !left.is_empty()) else {
        // Causes are recorded even without a badge, and apply from the day of an approval.
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// In the order in which they must be stored.
    pub events: Vec<Event<'static>>,
    /// Whether the current term is extended rather than a new badge granted.
    pub renews: bool,
    /// Whether causes still suspend it.
    pub is_suspended: bool,
}

/// A renewal extends a badge that has not ended. A first application, or a renewal whose badge
/// expired while waiting, begins a new term.
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
        // The expiry gets its own event and mail.
        events.push(Event::Expire);
        ended.state = BadgeState::Expired;
    }
    events.push(if renews { Event::Renew(zone) } else { Event::Grant(zone) });
    let outcome = decide(badge.as_ref(), standing, events[events.len() - 1], now)?;
    let is_suspended = outcome.change.is_some_and(|c| c.to == BadgeState::Suspended);
    Ok(Approval { events, renews, is_suspended })
}

/// The causes left after an outcome, each once.
fn left(standing: &[ActiveCause], outcome: &Outcome) -> Vec<Suspension> {
    let stays = |cause| standing.iter().any(|s| s.cause == cause && !outcome.ends.contains(&s.id));
    let begins = |cause| outcome.begins.as_ref().is_some_and(|(begun, _)| *begun == cause);
    Suspension::ALL.into_iter().filter(|c| stays(*c) || begins(*c)).collect()
}

/// The ids of the causes that staff lift, by a reinstatement or a new approval.
pub fn lifted_by_staff(standing: &[ActiveCause]) -> Vec<i64> {
    standing.iter().filter(|s| !s.cause.ends_by_itself()).map(|s| s.id).collect()
}

struct Moved {
    to: BadgeState,
    happened: BadgeEventKind,
    cause: Cause,
    term: Option<(Timestamp, Timestamp)>,
}

/// `None` if the event is not allowed or changes nothing.
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
                // Only after the expiry is stored, since a history cannot go from active to active.
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
            // Counted from the old date, so that nobody loses a day by renewing early.
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
        // Only once, while the stored state is not yet expired. Any of these events records the
        // expiry.
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
