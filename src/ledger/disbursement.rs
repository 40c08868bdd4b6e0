//! Money on its way out: what to do with a gateway's answer. Pure.

use chrono::Duration;

use crate::kernel::time::Timestamp;

/// The state of an outgoing payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Booked, not yet handed to the provider.
    Requested,
    /// The provider has it.
    Sent,
    /// The money has left.
    Succeeded,
    /// Tried in vain; it is tried again.
    Failed,
    /// The provider refused for good: it needs another account.
    NeedsDetails,
    /// A payout that the provider refused for good: back on the merchant's balance.
    Bounced,
}

impl Status {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Requested,
        Self::Sent,
        Self::Succeeded,
        Self::Failed,
        Self::NeedsDetails,
        Self::Bounced,
    ];

    /// The name in the database and in texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Sent => "sent",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::NeedsDetails => "needs_details",
            Self::Bounced => "bounced",
        }
    }

    /// The state of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// What the gateway said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The money has left; the provider's reference.
    Left(String),
    /// It is on its way: ask again later.
    Pending(String),
    /// Not now: try again later.
    Unavailable(String),
    /// Never to this account.
    Refused(String),
}

/// What becomes of an outgoing payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The new state.
    pub status: Status,
    /// When to try or ask again.
    pub next_attempt_at: Option<Timestamp>,
    /// The provider's reference.
    pub provider_reference: Option<String>,
    /// What the provider said, for the treasurer.
    pub error: Option<String>,
}

/// Decides by the gateway's answer. It is never given up: the pauses grow to six hours and stay. A
/// payout that is refused for good goes back to the balance that it was drawn from.
pub fn decide(answer: Answer, is_payout: bool, attempts: i32, now: Timestamp) -> Move {
    let pause = match attempts {
        0 => Duration::minutes(1),
        1 => Duration::minutes(5),
        2 => Duration::minutes(30),
        3 => Duration::hours(2),
        _ => Duration::hours(6),
    };
    let (status, next_attempt_at, provider_reference, error) = match answer {
        Answer::Left(reference) => (Status::Succeeded, None, Some(reference), None),
        Answer::Pending(reference) => (Status::Sent, Some(now + pause), Some(reference), None),
        Answer::Unavailable(why) => (Status::Failed, Some(now + pause), None, Some(why)),
        Answer::Refused(why) if is_payout => (Status::Bounced, None, None, Some(why)),
        Answer::Refused(why) => (Status::NeedsDetails, None, None, Some(why)),
    };
    Move { status, next_attempt_at, provider_reference, error }
}

/// Whether the payee may give another account: when the first was refused for good, or while
/// another one is held still.
pub const fn takes_account(status: Status, is_held: bool) -> bool {
    matches!(status, Status::NeedsDetails) || matches!(status, Status::Requested) && is_held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_leave_now_is_tried_again_and_never_forgotten() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut last = Duration::zero();
        for attempts in 0..20 {
            let moved = decide(Answer::Unavailable("down".into()), true, attempts, now);
            assert_eq!(moved.status, Status::Failed);
            let pause = moved.next_attempt_at.unwrap() - now;
            assert!(pause >= last && pause <= Duration::hours(6));
            last = pause;
        }
    }

    #[test]
    fn only_the_gateway_s_word_ends_it() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let status = |answer, is_payout| decide(answer, is_payout, 0, now).status;
        assert_eq!(decide(Answer::Left("r".into()), true, 3, now).next_attempt_at, None);
        assert_eq!(status(Answer::Pending("r".into()), true), Status::Sent);
        assert_eq!(status(Answer::Refused("no".into()), false), Status::NeedsDetails);
        assert_eq!(status(Answer::Refused("no".into()), true), Status::Bounced);
    }
}
