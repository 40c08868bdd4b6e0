//! The life of a badge, decided purely: none → active ⇄ suspended → revoked or expired. An expired
//! or revoked badge becomes active again only by a new approval.

use chrono_tz::Tz;
use serde::Serialize;

use super::criteria::Evaluation;
use crate::kernel::time::{Timestamp, plus_months};

/// How long an approval carries, in calendar months of the operator's zone.
pub const LIFETIME_MONTHS: u32 = 12;

/// Where a badge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BadgeState {
    /// The merchant is a trust merchant.
    Active,
    /// Not now, but it may come back.
    Suspended,
    /// Taken away for good.
    Revoked,
    /// Its year is over.
    Expired,
}

impl BadgeState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Active, Self::Suspended, Self::Revoked, Self::Expired];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// What the record of a trust merchant has earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Approved.
    Trusted,
    /// See the specification for what the higher tiers ask.
    Silver,
    /// Above silver.
    Gold,
    /// The highest.
    Platinum,
}

impl Tier {
    /// Every tier, the lowest first.
    pub const ALL: [Self; 4] = [Self::Trusted, Self::Silver, Self::Gold, Self::Platinum];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Silver => "silver",
            Self::Gold => "gold",
            Self::Platinum => "platinum",
        }
    }

    /// The tier of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }
}

/// Why a badge moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An application was approved.
    Approved,
    /// Staff decided, with a reason that is in the audit trail.
    Staff,
    /// Its time was over.
    Time,
    /// The merchant's credit record earned it another tier.
    Record,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 4] = [Self::Approved, Self::Staff, Self::Time, Self::Record];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Staff => "staff",
            Self::Time => "time",
            Self::Record => "record",
        }
    }

    /// The cause of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }
}

/// A badge, as its row says.
#[derive(Debug, Clone, PartialEq)]
pub struct Badge {
    /// Whose it is.
    pub merchant_id: i64,
    /// The stored state; what is shown is [`Badge::state_at`].
    pub state: BadgeState,
    /// Its tier.
    pub tier: Tier,
    /// The approval that it stands on.
    pub granted_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The last move.
    pub changed_at: Timestamp,
    /// Counts the moves, from 0.
    pub version: i32,
    /// The evaluation that it was granted on.
    pub evaluation: Evaluation,
}

impl Badge {
    /// The state at a moment: a badge is expired from its date on, even before the worker has
    /// written it down.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> BadgeState {
        state_at(self.state, self.expires_at, now)
    }
}

/// What a stored state means at a moment: see [`Badge::state_at`].
#[must_use]
pub fn state_at(state: BadgeState, expires_at: Timestamp, now: Timestamp) -> BadgeState {
    match state {
        BadgeState::Active | BadgeState::Suspended if expires_at <= now => BadgeState::Expired,
        state => state,
    }
}

/// A move of a badge that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadgeEvent {
    /// The version that it led to.
    pub version: i32,
    /// From where; none for the first grant.
    pub from: Option<BadgeState>,
    /// Where to.
    pub to: BadgeState,
    /// Why.
    pub cause: Cause,
    /// When.
    pub at: Timestamp,
    /// Who, when it was a person.
    pub user_id: Option<i64>,
    /// The tier that it moved to, when that is what moved.
    pub tier: Option<Tier>,
}

/// What may happen to a badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// An application was approved.
    Grant,
    /// Staff suspend it.
    Suspend,
    /// Staff lift the suspension.
    Reinstate,
    /// Staff take it away.
    Revoke,
    /// Its date has come.
    Expire,
}

impl Event {
    /// The name in the audit trail: `badge.suspend`.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Grant => "badge.grant",
            Self::Suspend => "badge.suspend",
            Self::Reinstate => "badge.reinstate",
            Self::Revoke => "badge.revoke",
            Self::Expire => "badge.expire",
        }
    }

    /// What the merchant is told; an approval is told of by the application.
    #[must_use]
    pub const fn message(self) -> Option<&'static str> {
        match self {
            Self::Grant => None,
            Self::Suspend => Some("badge-suspended"),
            Self::Reinstate => Some("badge-reinstated"),
            Self::Revoke => Some("badge-revoked"),
            Self::Expire => Some("badge-expired"),
        }
    }
}

/// A move that was decided, to be written if the badge is still at `expected`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The version it was decided on; none when there was no badge.
    pub expected: Option<i32>,
    /// From where.
    pub from: Option<BadgeState>,
    /// Where to.
    pub to: BadgeState,
    /// Why.
    pub cause: Cause,
    /// When.
    pub at: Timestamp,
    /// A new approval: begins and ends here.
    pub term: Option<(Timestamp, Timestamp)>,
}

impl Change {
    /// The version that the change leads to.
    #[must_use]
    pub fn version(&self) -> i32 {
        self.expected.map_or(0, |v| v + 1)
    }
}

/// The badge does not allow this now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a badge that is {} does not allow {}",
    state.map_or("not granted", BadgeState::name),
    event.action()
)]
pub struct Refused {
    /// Where it stands.
    pub state: Option<BadgeState>,
    /// What was tried.
    pub event: Event,
}

/// Decides what an event does to a badge.
///
/// # Errors
/// [`Refused`] when the badge, as it stands at `now`, does not allow it.
pub fn decide(
    badge: Option<&Badge>,
    event: Event,
    now: Timestamp,
    zone: Tz,
) -> Result<Change, Refused> {
    use BadgeState::{Active, Expired, Revoked, Suspended};
    let state = badge.map(|b| b.state_at(now));
    let change = |to, cause| Change {
        expected: badge.map(|b| b.version),
        from: badge.map(|b| b.state),
        to,
        cause,
        at: now,
        term: None,
    };
    match (event, state) {
        (Event::Grant, None | Some(Revoked | Expired)) => Ok(Change {
            term: Some((now, plus_months(now, LIFETIME_MONTHS, zone))),
            ..change(Active, Cause::Approved)
        }),
        (Event::Suspend, Some(Active)) => Ok(change(Suspended, Cause::Staff)),
        (Event::Reinstate, Some(Suspended)) => Ok(change(Active, Cause::Staff)),
        (Event::Revoke, Some(Active | Suspended)) => Ok(change(Revoked, Cause::Staff)),
        // Only once: the row must still say that it lives.
        (Event::Expire, Some(Expired)) if badge.is_some_and(|b| b.state != Expired) => {
            Ok(change(Expired, Cause::Time))
        }
        (event, state) => Err(Refused { state, event }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Tz = Tz::Asia__Shanghai;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn badge(state: BadgeState) -> Badge {
        Badge {
            merchant_id: 1,
            state,
            tier: Tier::Trusted,
            granted_at: at("2026-01-31T04:00:00Z"),
            expires_at: at("2027-01-31T04:00:00Z"),
            changed_at: at("2026-01-31T04:00:00Z"),
            version: 4,
            evaluation: Evaluation::default(),
        }
    }

    #[test]
    fn only_the_moves_of_the_specification_are_made() {
        use BadgeState::{Active, Expired, Revoked, Suspended};
        use Event::{Expire, Grant, Reinstate, Revoke, Suspend};
        let legal = [
            (None, Grant, Active),
            (Some(Revoked), Grant, Active),
            (Some(Expired), Grant, Active),
            (Some(Active), Suspend, Suspended),
            (Some(Suspended), Reinstate, Active),
            (Some(Active), Revoke, Revoked),
            (Some(Suspended), Revoke, Revoked),
        ];
        let now = at("2026-06-01T00:00:00Z");
        for state in [None, Some(Active), Some(Suspended), Some(Revoked), Some(Expired)] {
            for event in [Grant, Suspend, Reinstate, Revoke, Expire] {
                let badge = state.map(badge);
                let expected =
                    legal.iter().find(|(s, e, _)| *s == state && *e == event).map(|(_, _, to)| *to);
                let decided = decide(badge.as_ref(), event, now, ZONE).ok().map(|c| c.to);
                assert_eq!(decided, expected, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn a_badge_ends_on_its_date_even_when_suspended() {
        let day = at("2027-01-31T04:00:00Z");
        for state in [BadgeState::Active, BadgeState::Suspended] {
            let badge = badge(state);
            let before = day - chrono::Duration::seconds(1);
            assert_eq!(badge.state_at(before), state);
            assert!(decide(Some(&badge), Event::Expire, before, ZONE).is_err());
            assert_eq!(badge.state_at(day), BadgeState::Expired);
            let change = decide(Some(&badge), Event::Expire, day, ZONE).unwrap();
            assert_eq!((change.to, change.expected), (BadgeState::Expired, Some(4)));
            // From its date on nothing else can be done to it than approve anew.
            assert!(decide(Some(&badge), Event::Reinstate, day, ZONE).is_err());
            assert!(decide(Some(&badge), Event::Grant, day, ZONE).is_ok());
        }
    }

    #[test]
    fn a_grant_carries_twelve_calendar_months_of_the_operator() {
        // 29 February 2028 in Shanghai: the year ends on 28 February 2029.
        let change = decide(None, Event::Grant, at("2028-02-28T20:00:00Z"), ZONE).unwrap();
        let term = (at("2028-02-28T20:00:00Z"), at("2029-02-27T20:00:00Z"));
        assert_eq!(change.term, Some(term));
        assert_eq!(change.version(), 0);
    }
}
