//! What the public may see of a merchant: read models for badges, authentication pages and the
//! directory. Reads only.
//!
//! A badge whose date has passed counts as expired here from that moment on, also before the clock
//! has written it down.

mod store;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::Value;

use crate::db::{Db, DbError};
use crate::kernel::domain_name::DomainName;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::time::Timestamp;

/// Where a merchant stands in the trust programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicState {
    /// No badge was ever granted.
    None,
    /// A trust merchant.
    Active,
    /// For the time being not one.
    Suspended,
    /// Taken away for good.
    Revoked,
    /// Not renewed in time.
    Expired,
}

impl PublicState {
    /// The name in the database, in addresses and in texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// The state of a badge row at a moment. A suspended badge expires on its date too.
    #[must_use]
    pub fn of_badge(state: &str, expires_at: Timestamp, now: Timestamp) -> Self {
        match state {
            "active" | "suspended" if expires_at <= now => Self::Expired,
            "active" => Self::Active,
            "suspended" => Self::Suspended,
            "expired" => Self::Expired,
            // The schema allows nothing else; what is not known must not look good.
            _ => Self::Revoked,
        }
    }
}

/// How high a badge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicTier {
    /// Approved.
    Trusted,
    /// One step up.
    Silver,
    /// Two steps up.
    Gold,
    /// The highest.
    Platinum,
}

impl PublicTier {
    /// Every tier, lowest first.
    pub const ALL: [Self; 4] = [Self::Trusted, Self::Silver, Self::Gold, Self::Platinum];

    /// The name in the database, in addresses and in texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Silver => "silver",
            Self::Gold => "gold",
            Self::Platinum => "platinum",
        }
    }

    /// The tier of a name; an unknown one is the lowest.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|t| t.name() == name).unwrap_or(Self::Trusted)
    }
}

/// As much as the drawing of a badge depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Row of the merchant.
    pub merchant_id: i64,
    /// Whether there is a badge, and in what state.
    pub state: PublicState,
    /// Its tier; the lowest where there is no badge.
    pub tier: PublicTier,
    /// Domains that the merchant has proved to control.
    pub domains: Vec<DomainName>,
}

/// Everything that an authentication page tells.
#[derive(Debug, Clone)]
pub struct PublicRecord {
    /// The merchant's code.
    pub code: MerchantCode,
    /// The name that it trades under.
    pub name: String,
    /// The registered name as a reviewer judged it; empty before the first approval.
    pub registered_name: String,
    /// The industry by name, as in the database.
    pub industry: String,
    /// Where it stands, and its domains.
    pub standing: Standing,
    /// The badge, if one was ever granted.
    pub badge: Option<PublicBadge>,
    /// What happened to the badge, newest first.
    pub history: Vec<BadgeEvent>,
}

/// The badge of a merchant.
#[derive(Debug, Clone)]
pub struct PublicBadge {
    /// Since when it is a trust merchant.
    pub granted_at: Timestamp,
    /// Until when the badge holds unless it is renewed.
    pub expires_at: Timestamp,
    /// When the state last changed.
    pub changed_at: Timestamp,
    /// The criteria as they were evaluated last.
    pub criteria: Vec<PublicCriterion>,
}

/// A criterion as it was evaluated. What value and threshold mean depends on the criterion.
#[derive(Debug, Clone, Deserialize)]
pub struct PublicCriterion {
    /// Which one: `agreement`, `tenure`, …
    pub key: String,
    /// Whether it is met: true or false, or a word where a reviewer judges.
    #[serde(default)]
    pub met: Value,
    /// What was measured.
    #[serde(default)]
    pub value: Value,
    /// What is asked for.
    #[serde(default)]
    pub threshold: Value,
    /// When.
    pub evaluated_at: Timestamp,
}

/// A change in the life of a badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadgeEvent {
    /// The state after it.
    pub to: PublicState,
    /// Why, as a key.
    pub cause: String,
    /// When.
    pub at: Timestamp,
}

/// A merchant in a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The merchant's code.
    pub code: MerchantCode,
    /// The name that it trades under.
    pub name: String,
    /// The industry by name.
    pub industry: String,
    /// The tier of its badge.
    pub tier: PublicTier,
    /// Its verified domains.
    pub domains: Vec<DomainName>,
}

/// A verified domain of a merchant, with the merchant's name: what look-alikes are told by.
#[derive(Debug, Clone)]
pub struct KnownDomain {
    /// The domain.
    pub domain: DomainName,
    /// The merchant's name.
    pub name: String,
    /// The merchant's code.
    pub code: MerchantCode,
}

/// Which trust merchants to list.
#[derive(Debug, Clone, Default)]
pub struct DirectoryQuery {
    /// Of one industry alone.
    pub industry: Option<String>,
    /// Whose name or domain holds this text, or whose code it is.
    pub text: Option<String>,
    /// From which merchant on.
    pub from: ListFrom,
    /// At most so many.
    pub limit: usize,
}

/// From which merchant a list goes on. Lists run from the newest merchant to the oldest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListFrom {
    /// From the newest.
    #[default]
    Start,
    /// Older than this one.
    OlderThan(MerchantCode),
    /// Newer than this one.
    NewerThan(MerchantCode),
}

/// Where a merchant stands, by its code; none for a code that nobody has.
///
/// # Errors
/// [`DbError`].
pub async fn standing(db: &Db, code: &MerchantCode) -> Result<Option<Standing>, DbError> {
    store::standing(db, code).await
}

/// The public record of a merchant, by its code; none for a code that nobody has.
///
/// # Errors
/// [`DbError`].
pub async fn record(db: &Db, code: &MerchantCode) -> Result<Option<PublicRecord>, DbError> {
    store::record(db, code).await
}

/// The code and name of a merchant, by its row.
///
/// # Errors
/// [`DbError`], `NotFound` for a row that is not there.
pub async fn code_and_name(db: &Db, merchant_id: i64) -> Result<(MerchantCode, String), DbError> {
    store::code_and_name(db, merchant_id).await
}

/// Every verified domain of merchants whose badge is active or suspended.
///
/// # Errors
/// [`DbError`].
pub async fn known_domains(db: &Db) -> Result<Vec<KnownDomain>, DbError> {
    store::known_domains(db).await
}

/// Trust merchants whose badge is active, newest first.
///
/// # Errors
/// [`DbError`].
pub async fn directory(db: &Db, query: &DirectoryQuery) -> Result<Vec<Listed>, DbError> {
    store::directory(db, query).await
}

/// The thresholds of the criteria that hold now.
///
/// # Errors
/// [`DbError`].
pub async fn thresholds(db: &Db) -> Result<Value, DbError> {
    store::thresholds(db).await
}

/// Reads a stored evaluation: a list of criteria, or an object that holds one. What cannot be read
/// is left out, so that one odd criterion does not take the page down.
fn read_evaluation(evaluation: &Value) -> Vec<PublicCriterion> {
    let list = evaluation.as_array().or_else(|| evaluation.get("criteria")?.as_array());
    let read = |value: &Value| match PublicCriterion::deserialize(value) {
        Ok(criterion) => Some(criterion),
        Err(error) => {
            tracing::error!(%error, "a stored criterion cannot be read");
            None
        }
    };
    list.into_iter().flatten().filter_map(read).collect()
}
