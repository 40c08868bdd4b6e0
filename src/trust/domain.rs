//! A domain claimed by a merchant, and the effect of a check. Pure.

use chrono::Duration;
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::kernel::domain_name::DomainName;
use crate::kernel::named::named;
use crate::kernel::time::Timestamp;

/// Where the merchant's site must serve the token.
pub const PROOF_PATH: &str = "/.well-known/surety-challenge";
/// How long a new token can be used for the first verification.
pub const TOKEN_LIFETIME: Duration = Duration::days(7);
/// How long a verification lasts without a newer one.
pub const PROOF_LIFETIME: Duration = Duration::days(30);
/// How long all domains of a merchant may fail before its badge is suspended.
pub const LOST_AFTER: Duration = Duration::days(7);
pub const MAX_DOMAINS: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    pub id: i64,
    pub public_id: Uuid,
    pub merchant_id: i64,
    pub name: DomainName,
    pub token: String,
    /// Deadline for the first verification.
    pub token_expires_at: Timestamp,
    /// When it was last verified.
    pub verified_at: Option<Timestamp>,
    pub last_checked_at: Option<Timestamp>,
    pub last_failure: Option<Failure>,
    /// Since when a domain verified before has failed every check; `None` after a success.
    pub failing_since: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", const_into_str)]
pub enum Failure {
    NotResolved,
    /// The name resolves to an address outside the public internet.
    NotPublic,
    /// A redirect to an unencrypted address.
    NotSecure,
    /// No connection, or no valid certificate.
    NotReached,
    TooSlow,
    /// A status other than 200.
    NoFile,
    TooLarge,
    TooManyRedirects,
    WrongToken,
    /// The token has expired and was replaced.
    TokenExpired,
    /// Another merchant has verified it.
    Taken,
}

named!(Failure, key);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Now, or the earlier time while it is still valid.
    pub verified_at: Option<Timestamp>,
    pub failure: Option<Failure>,
    pub failing_since: Option<Timestamp>,
    pub renew_token: bool,
}

impl Checked {
    pub fn taken(domain: &Domain, now: Timestamp) -> Self {
        Self { verified_at: None, ..failed(domain, None, Failure::Taken, now) }
    }
}

/// Decides the effect of a check.
///
/// A failing domain stays verified for [`PROOF_LIFETIME`], and until it has failed for
/// [`LOST_AFTER`], since a stopped worker is not the merchant's fault. An unverified domain needs
/// an unexpired token.
pub fn decide_check(domain: &Domain, found: Result<&str, Failure>, now: Timestamp) -> Checked {
    let failed_for_long = domain.failing_since.is_some_and(|since| now - since >= LOST_AFTER);
    let holds = domain.verified_at.filter(|at| now - *at <= PROOF_LIFETIME || !failed_for_long);
    if holds.is_none() && domain.token_expires_at <= now {
        let expired = failed(domain, None, Failure::TokenExpired, now);
        return Checked { renew_token: true, ..expired };
    }
    match found {
        Ok(text) if text.trim() == domain.token => {
            let verified_at = Some(now);
            Checked { verified_at, failure: None, failing_since: None, renew_token: false }
        }
        Ok(_) => failed(domain, holds, Failure::WrongToken, now),
        Err(failure) => failed(domain, holds, failure, now),
    }
}

fn failed(
    domain: &Domain,
    verified_at: Option<Timestamp>,
    failure: Failure,
    now: Timestamp,
) -> Checked {
    // A domain never verified cannot be lost.
    let failing_since = domain.failing_since.or(domain.verified_at.map(|_| now));
    Checked { verified_at, failure: Some(failure), failing_since, renew_token: false }
}

/// Since when all domains verified before have failed; `None` if one works or none was ever
/// verified. A badge needs any one domain, so only losing the last counts.
pub fn none_proved_since(own: &[Domain]) -> Option<Timestamp> {
    let mut proved = own.iter().filter(|d| d.verified_at.is_some() || d.failing_since.is_some());
    let first = proved.next()?.failing_since?;
    proved.try_fold(first, |since, d| Some(since.max(d.failing_since?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn domain(verified_at: Option<&str>) -> Domain {
        Domain {
            id: 1,
            public_id: Uuid::nil(),
            merchant_id: 1,
            name: DomainName::parse("lamps.example").unwrap(),
            token: "secret".to_owned(),
            token_expires_at: at("2026-01-08T00:00:00Z"),
            verified_at: verified_at.map(at),
            last_checked_at: None,
            last_failure: None,
            failing_since: None,
            created_at: at("2026-01-01T00:00:00Z"),
        }
    }

    #[test]
    fn the_token_alone_proves() {
        let now = at("2026-01-02T00:00:00Z");
        let proved = Checked {
            verified_at: Some(now),
            failure: None,
            failing_since: None,
            renew_token: false,
        };
        assert_eq!(decide_check(&domain(None), Ok(" secret\n"), now), proved);
        for text in ["", "Secret", "secret secret", "<html>secret</html>"] {
            let checked = decide_check(&domain(None), Ok(text), now);
            assert_eq!(checked.failure, Some(Failure::WrongToken), "{text}");
            assert_eq!(checked.verified_at, None);
        }
    }

    #[test]
    fn a_token_that_waited_too_long_proves_nothing() {
        let day = at("2026-01-08T00:00:00Z");
        let second = Duration::seconds(1);
        assert!(decide_check(&domain(None), Ok("secret"), day - second).failure.is_none());
        let checked = decide_check(&domain(None), Ok("secret"), day);
        assert_eq!((checked.failure, checked.renew_token), (Some(Failure::TokenExpired), true));
    }

    #[test]
    fn a_proof_outlives_a_failure_for_thirty_days() {
        let failing_since = Some(at("2026-01-06T00:00:00Z"));
        let proved = Domain { failing_since, ..domain(Some("2026-01-05T00:00:00Z")) };
        let last = at("2026-02-04T00:00:00Z");
        let checked = decide_check(&proved, Err(Failure::NotReached), last);
        assert_eq!(checked.verified_at, proved.verified_at);
        assert_eq!(checked.failure, Some(Failure::NotReached));
        // A later success renews it, although the token's first deadline has passed.
        assert_eq!(decide_check(&proved, Ok("secret"), last).verified_at, Some(last));
        let lapsed = decide_check(&proved, Err(Failure::NotReached), last + Duration::seconds(1));
        assert_eq!((lapsed.verified_at, lapsed.renew_token), (None, true));
    }

    #[test]
    fn a_proof_that_nobody_looked_at_is_not_lost() {
        let proved = domain(Some("2026-01-05T00:00:00Z"));
        let late = at("2026-04-01T00:00:00Z");
        assert_eq!(decide_check(&proved, Ok("secret"), late).verified_at, Some(late));
        // When a check finally finds it gone, it still has a week, like any other.
        let gone = decide_check(&proved, Err(Failure::NoFile), late);
        assert_eq!((gone.verified_at, gone.failing_since), (proved.verified_at, Some(late)));
        let proved = Domain { failing_since: gone.failing_since, ..proved };
        let week = late + LOST_AFTER;
        let held = decide_check(&proved, Err(Failure::NoFile), week - Duration::seconds(1));
        assert_eq!((held.verified_at, held.renew_token), (proved.verified_at, false));
        let lost = decide_check(&proved, Err(Failure::NoFile), week);
        assert_eq!((lost.verified_at, lost.renew_token), (None, true));
    }

    #[test]
    fn a_badge_is_lost_with_the_last_domain_that_was_proved() {
        let day = |day: i64| at("2026-01-10T00:00:00Z") + Duration::days(day);
        let failing = |since: i64| Domain {
            failing_since: Some(day(since)),
            ..domain(Some("2026-01-05T00:00:00Z"))
        };
        let (good, unproved) = (domain(Some("2026-01-09T00:00:00Z")), domain(None));
        assert_eq!(none_proved_since(&[]), None);
        assert_eq!(none_proved_since(std::slice::from_ref(&unproved)), None);
        assert_eq!(none_proved_since(&[failing(0), good.clone(), failing(2)]), None);
        let all = [failing(0), unproved.clone(), failing(2), failing(1)];
        assert_eq!(none_proved_since(&all), Some(day(2)));
        // The first failure counts; later ones do not restart the time, and a success ends it.
        let first = decide_check(&good, Err(Failure::NotReached), day(3));
        assert_eq!(first.failing_since, Some(day(3)));
        let again = Domain { failing_since: first.failing_since, ..good };
        assert_eq!(decide_check(&again, Ok("wrong"), day(4)).failing_since, Some(day(3)));
        assert_eq!(decide_check(&again, Ok("secret"), day(4)).failing_since, None);
        assert_eq!(Checked::taken(&again, day(5)).failing_since, Some(day(3)));
        // A domain never verified cannot be lost.
        assert_eq!(decide_check(&unproved, Err(Failure::NoFile), day(-9)).failing_since, None);
    }

    #[test]
    fn failures_come_back_by_key() {
        for failure in Failure::ALL {
            assert_eq!(Failure::parse(failure.key()), Some(failure));
        }
    }
}
