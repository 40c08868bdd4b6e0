//! A domain that a merchant claims, and what a check of it changes. Pure.

use chrono::Duration;
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::kernel::domain_name::DomainName;
use crate::kernel::named::named;
use crate::kernel::time::Timestamp;

/// Where the proof lies on the merchant's site.
pub const PROOF_PATH: &str = "/.well-known/surety-challenge";
/// How long a token may wait for its first proof.
pub const TOKEN_LIFETIME: Duration = Duration::days(7);
/// How long a proof holds without a newer one.
pub const PROOF_LIFETIME: Duration = Duration::days(30);
/// So long without a proof of any of its domains, and a merchant's badge is suspended.
pub const LOST_AFTER: Duration = Duration::days(7);
/// How many domains a merchant may claim.
pub const MAX_DOMAINS: usize = 20;

/// A domain of a merchant, proved or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    pub id: i64,
    pub public_id: Uuid,
    pub merchant_id: i64,
    pub name: DomainName,
    pub token: String,
    /// Until when the token can prove the domain for the first time.
    pub token_expires_at: Timestamp,
    /// When it was last proved.
    pub verified_at: Option<Timestamp>,
    /// When it was last looked at.
    pub last_checked_at: Option<Timestamp>,
    /// Why the last look found nothing.
    pub last_failure: Option<Failure>,
    /// Since when each look has failed, of one that was proved before; none while the last one
    /// succeeded.
    pub failing_since: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// Why a domain is not proved, as the merchant can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", const_into_str)]
pub enum Failure {
    /// The name leads nowhere.
    NotResolved,
    /// The name leads to an address that is not on the public internet.
    NotPublic,
    /// It redirects to an address without encryption.
    NotSecure,
    /// No connection, or no valid certificate.
    NotReached,
    /// No answer in time.
    TooSlow,
    /// An answer, but not with a file (any status but 200).
    NoFile,
    /// More than a proof can be.
    TooLarge,
    /// More than three redirects.
    TooManyRedirects,
    /// The file says something else.
    WrongToken,
    /// The token was too old; there is a new one.
    TokenExpired,
    /// Another merchant has proved it.
    Taken,
}

named!(Failure, key);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// The new moment of proof, or the old one where it still holds.
    pub verified_at: Option<Timestamp>,
    pub failure: Option<Failure>,
    pub failing_since: Option<Timestamp>,
    pub renew_token: bool,
}

impl Checked {
    /// Another merchant has proved the domain.
    pub fn taken(domain: &Domain, now: Timestamp) -> Self {
        Self { verified_at: None, ..failed(domain, None, Failure::Taken, now) }
    }
}

/// Decides what a look at the proof means.
///
/// A proved domain whose file is gone keeps its proof for [`PROOF_LIFETIME`], and no less than
/// [`LOST_AFTER`]: that nobody looked for long (a worker that was stopped) is not the merchant's
/// doing. A token that was never proved in [`TOKEN_LIFETIME`] proves nothing any more.
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
    // One that was never proved cannot be lost.
    let failing_since = domain.failing_since.or(domain.verified_at.map(|_| now));
    Checked { verified_at, failure: Some(failure), failing_since, renew_token: false }
}

/// Since when none of a merchant's domains could be proved; none while one can be, and where none
/// ever was. A badge stands on any one proved domain, so it is lost with the last.
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
        // A later success renews it, although the token's first term is long over.
        assert_eq!(decide_check(&proved, Ok("secret"), last).verified_at, Some(last));
        let lapsed = decide_check(&proved, Err(Failure::NotReached), last + Duration::seconds(1));
        assert_eq!((lapsed.verified_at, lapsed.renew_token), (None, true));
    }

    #[test]
    fn a_proof_that_nobody_looked_at_is_not_lost() {
        let proved = domain(Some("2026-01-05T00:00:00Z"));
        let late = at("2026-04-01T00:00:00Z");
        assert_eq!(decide_check(&proved, Ok("secret"), late).verified_at, Some(late));
        // Gone when somebody looks at last, it has the week that every loss has.
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
        // The first failure counts, the later ones do not begin it anew; a proof ends it.
        let first = decide_check(&good, Err(Failure::NotReached), day(3));
        assert_eq!(first.failing_since, Some(day(3)));
        let again = Domain { failing_since: first.failing_since, ..good };
        assert_eq!(decide_check(&again, Ok("wrong"), day(4)).failing_since, Some(day(3)));
        assert_eq!(decide_check(&again, Ok("secret"), day(4)).failing_since, None);
        assert_eq!(Checked::taken(&again, day(5)).failing_since, Some(day(3)));
        // One that was never proved cannot be lost.
        assert_eq!(decide_check(&unproved, Err(Failure::NoFile), day(-9)).failing_since, None);
    }

    #[test]
    fn failures_come_back_by_key() {
        for failure in Failure::ALL {
            assert_eq!(Failure::parse(failure.key()), Some(failure));
        }
    }
}
