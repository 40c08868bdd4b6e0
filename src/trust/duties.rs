//! What a merchant must do or wait for to get or keep an active badge: standing causes of
//! suspension, and those that will follow if nothing is done.

use super::agreement::{SignAgain, Signature, Version, sign_again};
use super::badge::{ActiveCause, Badge, Suspension};
use super::domain::{Domain, LOST_AFTER, none_proved_since};
use super::store;
use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duty {
    /// A standing cause, and what follows once it is gone.
    Cause(ActiveCause, Then),
    SignAgain(SignAgain),
    /// None of the domains can be verified at present.
    ProveDomain {
        names: String,
        by: Timestamp,
    },
    Renew {
        by: Timestamp,
    },
}

/// What follows once a cause of suspension is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Active,
    Others,
    /// There is no badge. A new one would not be suspended for this cause.
    NoBadge,
}

impl Then {
    pub fn after(
        gone: Suspension,
        badge: Option<&Badge>,
        standing: &[ActiveCause],
        now: Timestamp,
    ) -> Self {
        let has_others = standing.iter().any(|s| s.cause != gone);
        match badge.is_some_and(|b| b.lives_at(now)) {
            false => Self::NoBadge,
            true if has_others => Self::Others,
            true => Self::Active,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Others => "others",
            Self::NoBadge => "none",
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Situation {
    pub standing: Vec<ActiveCause>,
    pub versions: Vec<Version>,
    pub signed: Vec<Signature>,
    pub domains: Vec<Domain>,
}

/// Standing causes first, then what is due next.
pub async fn duties(
    db: &Db,
    merchant_id: i64,
    badge: Option<&Badge>,
    now: Timestamp,
) -> Result<Vec<Duty>, DbError> {
    let situation = Situation {
        standing: store::causes::standing(db, merchant_id).await?,
        versions: store::agreements::versions(db).await?,
        signed: store::agreements::signatures(db, merchant_id).await?,
        domains: store::domains::domains(db, merchant_id).await?,
    };
    Ok(duties_of(badge, situation, now))
}

/// Pure. Without a badge only causes remain, because they would suspend a new one.
pub fn duties_of(badge: Option<&Badge>, situation: Situation, now: Timestamp) -> Vec<Duty> {
    let Situation { standing, versions, signed, domains } = situation;
    let stands = |cause| standing.iter().any(|s| s.cause == cause);
    let mut next = Vec::new();
    if let Some(badge) = badge.filter(|b| b.lives_at(now)) {
        let again = sign_again(&versions, &signed);
        next.extend(
            again.filter(|_| !stands(Suspension::AgreementSuperseded)).map(Duty::SignAgain),
        );
        let lost = none_proved_since(&domains).filter(|_| !stands(Suspension::DomainLost));
        if let Some(since) = lost {
            let names: Vec<_> = domains.iter().map(|d| d.name.as_str()).collect();
            next.push(Duty::ProveDomain { names: names.join(", "), by: since + LOST_AFTER });
        }
        if badge.renewal_opens_at() <= now {
            next.push(Duty::Renew { by: badge.expires_at });
        }
    }
    let then = |cause| Then::after(cause, badge, &standing, now);
    let mut causes: Vec<_> = standing.iter().map(|s| (s.clone(), then(s.cause))).collect();
    causes.sort_by_key(|(s, _)| Suspension::ALL.iter().position(|c| *c == s.cause));
    causes.into_iter().map(|(cause, then)| Duty::Cause(cause, then)).chain(next).collect()
}
