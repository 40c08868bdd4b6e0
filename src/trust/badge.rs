//! A badge, its state and tier, why it is suspended, and its history. How it moves is decided in
//! [`life`].

pub mod life;

use chrono::Duration;
use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::criteria::Evaluation;
use crate::kernel::named::named;
use crate::kernel::time::Timestamp;

/// How long an approval carries, in calendar months of the operator's zone.
pub const LIFETIME_MONTHS: u32 = 12;
/// After a revocation the merchant may apply again so many calendar months later.
pub const REAPPLY_AFTER_REVOCATION_MONTHS: u32 = 12;
/// Renewal opens so long before the end of the term.
pub const RENEWAL_OPENS: Duration = Duration::days(60);

/// Where a badge stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
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

named!(BadgeState, name);

impl BadgeState {
    /// Whether it is neither revoked nor expired.
    pub const fn lives(self) -> bool {
        matches!(self, Self::Active | Self::Suspended)
    }
}

/// What the record of a trust merchant has earned.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Tier {
    Trusted,
    /// See the specification for what the higher tiers ask.
    Silver,
    Gold,
    Platinum,
}

named!(Tier, name);

/// Why a badge is suspended. Several causes may stand at once.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
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
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// What the merchant is told when it begins.
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
    pub const fn ends_by_itself(self) -> bool {
        matches!(self, Self::DomainLost | Self::FundDebt | Self::AgreementSuperseded)
    }

    /// Whether the clock finds it. The others come with somebody's words.
    pub const fn is_found_by_clock(self) -> bool {
        matches!(self, Self::DomainLost | Self::AgreementSuperseded)
    }

    /// Where the merchant does something about it; nowhere while it is staff's turn.
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
pub struct ActiveCause {
    pub id: i64,
    pub cause: Suspension,
    /// What it stands on: a decision, a debt, a version.
    pub reference: String,
    /// What it is about, for merchant and staff alone.
    pub detail: String,
    /// Why, in words.
    pub reason: String,
    pub since: Timestamp,
}

/// Why a badge moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Approved,
    /// A renewal was approved.
    Renewed,
    Time,
    /// The merchant's credit record earned it another tier.
    Record,
    /// Staff decided, with a reason that is in the audit trail; or another cause of suspension
    /// began or ended.
    Suspension(Suspension),
}

impl Cause {
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

    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Renewed => "renewed",
            Self::Time => "time",
            Self::Record => "record",
            Self::Suspension(cause) => cause.name(),
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }
}

/// A badge, as its row says.
#[derive(Debug, Clone, PartialEq)]
pub struct Badge {
    pub merchant_id: i64,
    /// The stored state; what is shown is [`Badge::state_at`].
    pub state: BadgeState,
    pub tier: Tier,
    pub granted_at: Timestamp,
    pub expires_at: Timestamp,
    /// The last change of state.
    pub changed_at: Timestamp,
    /// Counts the moves, from 0.
    pub version: i32,
    pub evaluation: Evaluation,
}

impl Badge {
    /// The state at a moment: a badge is expired from its date on, even before the worker has
    /// written it down.
    pub fn state_at(&self, now: Timestamp) -> BadgeState {
        state_at(self.state, self.expires_at, now)
    }

    /// Whether the merchant is, or may be again without a new approval, a trust merchant.
    pub fn lives_at(&self, now: Timestamp) -> bool {
        self.state_at(now).lives()
    }

    /// From when the merchant may ask for renewal.
    pub fn renewal_opens_at(&self) -> Timestamp {
        self.expires_at - RENEWAL_OPENS
    }
}

/// What a stored state means at a moment: see [`Badge::state_at`].
pub fn state_at(state: BadgeState, expires_at: Timestamp, now: Timestamp) -> BadgeState {
    match state {
        BadgeState::Active | BadgeState::Suspended if expires_at <= now => BadgeState::Expired,
        state => state,
    }
}

/// What a line of the history was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum BadgeEventKind {
    /// Granted on an approved application.
    Grant,
    /// Extended on an approved renewal.
    Renew,
    /// A cause of suspension began.
    Begin,
    /// A cause of suspension ended.
    End,
    Revoke,
    /// Its time was over.
    Expire,
    /// The credit record earned another tier.
    Tier,
}

named!(BadgeEventKind, name);

impl BadgeEventKind {
    /// What a line was; lines from before this was written down say it by where they led.
    pub fn read(name: Option<&str>, to: BadgeState, cause: Cause) -> Self {
        name.and_then(Self::parse).unwrap_or(match (to, cause) {
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
    pub version: i32,
    pub happened: BadgeEventKind,
    /// From where; none for the first grant.
    pub from: Option<BadgeState>,
    pub to: BadgeState,
    pub cause: Cause,
    /// The causes of suspension that stood after it.
    pub standing: Vec<Suspension>,
    pub at: Timestamp,
    pub user_id: Option<i64>,
    pub tier: Option<Tier>,
}
