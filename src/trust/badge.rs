//! Badges: state and tier, causes of suspension, and history. [`life`] decides how they move.

pub mod life;

use chrono::Duration;
use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::criteria::Evaluation;
use crate::kernel::named::named;
use crate::kernel::time::Timestamp;

/// In calendar months of the operator's time zone.
pub const LIFETIME_MONTHS: u32 = 12;
pub const REAPPLY_AFTER_REVOCATION_MONTHS: u32 = 12;
/// How long before the end of the term.
pub const RENEWAL_OPENS: Duration = Duration::days(60);

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum BadgeState {
    Active,
    Suspended,
    /// Withdrawn for good.
    Revoked,
    Expired,
}

named!(BadgeState, name);

impl BadgeState {
    /// Whether it is neither revoked nor expired.
    pub const fn lives(self) -> bool {
        matches!(self, Self::Active | Self::Suspended)
    }
}

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
    Silver,
    Gold,
    Platinum,
}

named!(Tier, name);

/// Several causes may stand at once.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Suspension {
    /// A dispute was decided with a finding of malicious deception.
    DeceptionFinding,
    /// None of its domains could be verified for seven days.
    DomainLost,
    /// The merchant owes money to the guarantee fund.
    FundDebt,
    /// It did not sign the new agreement within thirty days.
    AgreementSuperseded,
    Staff,
}

impl Suspension {
    /// In display order.
    pub const ALL: [Self; 5] = [
        Self::DeceptionFinding,
        Self::FundDebt,
        Self::DomainLost,
        Self::AgreementSuperseded,
        Self::Staff,
    ];

    /// The name in the database, in JSON and in message keys.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// The message to the merchant when the cause begins.
    pub const fn message(self) -> &'static str {
        match self {
            Self::DeceptionFinding => "badge-suspended-deception-finding",
            Self::DomainLost => "badge-suspended-domain-lost",
            Self::FundDebt => "badge-suspended-fund-debt",
            Self::AgreementSuperseded => "badge-suspended-agreement-superseded",
            Self::Staff => "badge-suspended",
        }
    }

    /// Whether it ends automatically once its reason is gone. Staff lift the others.
    pub const fn ends_by_itself(self) -> bool {
        matches!(self, Self::DomainLost | Self::FundDebt | Self::AgreementSuperseded)
    }

    /// Whether the clock detects it. The others come with a reason of their own.
    pub const fn is_found_by_clock(self) -> bool {
        matches!(self, Self::DomainLost | Self::AgreementSuperseded)
    }

    /// The page where the merchant can resolve it; `None` if only staff can act.
    pub const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::DomainLost => Some("/merchant/domains"),
            Self::AgreementSuperseded => Some("/merchant/agreement"),
            Self::FundDebt => Some("/merchant/balance"),
            Self::DeceptionFinding | Self::Staff => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveCause {
    pub id: i64,
    pub cause: Suspension,
    /// What it is based on: a decision, a debt, a version.
    pub reference: String,
    /// Only for merchant and staff.
    pub detail: String,
    pub reason: String,
    pub since: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Approved,
    Renewed,
    Time,
    /// The credit record earned another tier.
    Record,
    /// A decision by staff, or another cause of suspension that began or ended.
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

#[derive(Debug, Clone, PartialEq)]
pub struct Badge {
    pub merchant_id: i64,
    /// The stored state. For display use [`Badge::state_at`].
    pub state: BadgeState,
    pub tier: Tier,
    pub granted_at: Timestamp,
    pub expires_at: Timestamp,
    /// When the state last changed.
    pub changed_at: Timestamp,
    /// Counts moves, from 0.
    pub version: i32,
    pub evaluation: Evaluation,
}

impl Badge {
    /// The state at a moment. A badge counts as expired from its date, even before the worker
    /// records it.
    pub fn state_at(&self, now: Timestamp) -> BadgeState {
        state_at(self.state, self.expires_at, now)
    }

    /// Whether the badge is active, or may become so without a new approval.
    pub fn lives_at(&self, now: Timestamp) -> bool {
        self.state_at(now).lives()
    }

    pub fn renewal_opens_at(&self) -> Timestamp {
        self.expires_at - RENEWAL_OPENS
    }
}

/// See [`Badge::state_at`].
pub fn state_at(state: BadgeState, expires_at: Timestamp, now: Timestamp) -> BadgeState {
    match state {
        BadgeState::Active | BadgeState::Suspended if expires_at <= now => BadgeState::Expired,
        state => state,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum BadgeEventKind {
    Grant,
    Renew,
    /// A cause of suspension began.
    Begin,
    /// A cause of suspension ended.
    End,
    Revoke,
    Expire,
    Tier,
}

named!(BadgeEventKind, name);

impl BadgeEventKind {
    /// Old rows have no name, so it is inferred from the state and the cause.
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadgeEvent {
    pub version: i32,
    pub happened: BadgeEventKind,
    /// `None` for the first grant.
    pub from: Option<BadgeState>,
    pub to: BadgeState,
    pub cause: Cause,
    /// The causes of suspension that stood afterwards.
    pub standing: Vec<Suspension>,
    pub at: Timestamp,
    pub user_id: Option<i64>,
    pub tier: Option<Tier>,
}
