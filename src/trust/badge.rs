//! A badge, its state and tier, why it is suspended, and its history. How it moves is decided in
//! [`life`].

pub mod life;

use chrono::Duration;
use serde::Serialize;

use super::criteria::Evaluation;
use crate::kernel::time::Timestamp;

/// How long an approval carries, in calendar months of the operator's zone.
pub const LIFETIME_MONTHS: u32 = 12;
/// After a revocation the merchant may apply again so many calendar months later.
pub const REAPPLY_AFTER_REVOCATION_MONTHS: u32 = 12;
/// Renewal opens so long before the end of the term.
pub const RENEWAL_OPENS: Duration = Duration::days(60);

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

    /// Whether it is neither revoked nor expired.
    #[must_use]
    pub const fn lives(self) -> bool {
        matches!(self, Self::Active | Self::Suspended)
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

/// Why a badge is suspended. Several causes may stand at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspension {
    /// A dispute was decided with a finding of malicious deception.
    DeceptionFinding,
    /// None of its proved domains could be proved for seven days running.
    DomainLost,
    /// It owes the guarantee fund.
    FundDebt,
    /// It has not signed again in thirty days after its agreement was superseded.
    AgreementSuperseded,
    /// Staff have suspended it, with a reason.
    Staff,
}

impl Suspension {
    /// Every cause, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::DeceptionFinding,
        Self::FundDebt,
        Self::DomainLost,
        Self::AgreementSuperseded,
        Self::Staff,
    ];

    /// The name in the database, in JSON and in the keys of texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeceptionFinding => "deception_finding",
            Self::DomainLost => "domain_lost",
            Self::FundDebt => "fund_debt",
            Self::AgreementSuperseded => "agreement_superseded",
            Self::Staff => "staff",
        }
    }

    /// The cause of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    /// What the merchant is told when it begins.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::DeceptionFinding => "badge-suspended-deception-finding",
            Self::DomainLost => "badge-suspended-domain-lost",
            Self::FundDebt => "badge-suspended-fund-debt",
            Self::AgreementSuperseded => "badge-suspended-agreement-superseded",
            Self::Staff => "badge-suspended",
        }
    }

    /// Whether it ends by itself, as soon as what it stands on is gone. The others are lifted by
    /// staff.
    #[must_use]
    pub const fn ends_by_itself(self) -> bool {
        matches!(self, Self::DomainLost | Self::FundDebt | Self::AgreementSuperseded)
    }

    /// Whether the clock finds it. The others come with somebody's words.
    #[must_use]
    pub const fn is_found_by_clock(self) -> bool {
        matches!(self, Self::DomainLost | Self::AgreementSuperseded)
    }

    /// Where the merchant does something about it; nowhere while it is staff's turn.
    #[must_use]
    pub const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::DomainLost => Some("/merchant/domains"),
            Self::AgreementSuperseded => Some("/merchant/agreement"),
            Self::FundDebt => Some("/merchant/balance"),
            Self::DeceptionFinding | Self::Staff => None,
        }
    }
}

/// A cause of suspension that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its row.
    pub id: i64,
    /// Which cause.
    pub cause: Suspension,
    /// What it stands on: a decision, a debt, a version.
    pub reference: String,
    /// What it is about, for merchant and staff alone.
    pub detail: String,
    /// Why, in words.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// Why a badge moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An application was approved.
    Approved,
    /// A renewal was approved.
    Renewed,
    /// Its time was over.
    Time,
    /// The merchant's credit record earned it another tier.
    Record,
    /// Staff decided, with a reason that is in the audit trail; or another cause of suspension
    /// began or ended.
    Suspension(Suspension),
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 9] = [
        Self::Approved,
        Self::Renewed,
        Self::Time,
        Self::Record,
        Self::Suspension(Suspension::DeceptionFinding),
        Self::Suspension(Suspension::FundDebt),
        Self::Suspension(Suspension::DomainLost),
        Self::Suspension(Suspension::AgreementSuperseded),
        Self::Suspension(Suspension::Staff),
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Renewed => "renewed",
            Self::Time => "time",
            Self::Record => "record",
            Self::Suspension(cause) => cause.name(),
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
    /// The last change of state.
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

    /// Whether the merchant is, or may be again without a new approval, a trust merchant.
    #[must_use]
    pub fn lives_at(&self, now: Timestamp) -> bool {
        self.state_at(now).lives()
    }

    /// From when the merchant may ask for renewal.
    #[must_use]
    pub fn renewal_opens_at(&self) -> Timestamp {
        self.expires_at - RENEWAL_OPENS
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

/// What a line of the history was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happened {
    /// Granted on an approved application.
    Grant,
    /// Extended on an approved renewal.
    Renew,
    /// A cause of suspension began.
    Begin,
    /// A cause of suspension ended.
    End,
    /// Taken away.
    Revoke,
    /// Its time was over.
    Expire,
    /// The credit record earned another tier.
    Tier,
}

impl Happened {
    /// Every kind of line.
    pub const ALL: [Self; 7] =
        [Self::Grant, Self::Renew, Self::Begin, Self::End, Self::Revoke, Self::Expire, Self::Tier];

    /// The name in the database and in the keys of texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Renew => "renew",
            Self::Begin => "begin",
            Self::End => "end",
            Self::Revoke => "revoke",
            Self::Expire => "expire",
            Self::Tier => "tier",
        }
    }

    /// What a line was; lines from before this was written down say it by where they led.
    #[must_use]
    pub fn read(name: Option<&str>, to: BadgeState, cause: Cause) -> Self {
        let named = name.and_then(|name| Self::ALL.into_iter().find(|h| h.name() == name));
        named.unwrap_or(match (to, cause) {
            (_, Cause::Record) => Self::Tier,
            (BadgeState::Active, Cause::Approved) => Self::Grant,
            (BadgeState::Active, _) => Self::End,
            (BadgeState::Suspended, _) => Self::Begin,
            (BadgeState::Revoked, _) => Self::Revoke,
            (BadgeState::Expired, _) => Self::Expire,
        })
    }
}

/// A move of a badge that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadgeEvent {
    /// The version that it led to.
    pub version: i32,
    /// What it was.
    pub happened: Happened,
    /// From where; none for the first grant.
    pub from: Option<BadgeState>,
    /// Where to.
    pub to: BadgeState,
    /// Why.
    pub cause: Cause,
    /// The causes of suspension that stood after it.
    pub standing: Vec<Suspension>,
    /// When.
    pub at: Timestamp,
    /// Who, when it was a person.
    pub user_id: Option<i64>,
    /// The tier that it moved to, when that is what moved.
    pub tier: Option<Tier>,
}
