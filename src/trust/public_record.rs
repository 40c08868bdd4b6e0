//! What the public may see of a merchant: read models for badges, authentication pages and the
//! directory. Reads only.
//!
//! A badge whose date has passed counts as expired here from that moment on, also before the clock
//! has written it down.

mod search;
mod store;

use super::badge::{BadgeEventKind, BadgeState, Cause, Suspension, Tier};
use super::criteria::Evaluation;
use super::merchant::Industry;
use crate::db::{Db, DbError};
use crate::kernel::domain_name::DomainName;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::time::Timestamp;

/// The channel on which the database tells the codes of merchants of whom something here changed:
/// see `tell_public_record` in `src/db/functions/trust.sql`.
pub const CHANGES: &str = "public_record";

/// As much as the drawing of a badge depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicStanding {
    pub merchant_id: i64,
    /// State and tier of the badge; none where none was ever granted.
    pub badge: Option<(BadgeState, Tier)>,
    pub domains: Vec<DomainName>,
}

impl PublicStanding {
    /// Whether the merchant is a trust merchant now.
    pub fn is_active(&self) -> bool {
        matches!(self.badge, Some((BadgeState::Active, _)))
    }
}

/// Everything that an authentication page tells.
#[derive(Debug, Clone)]
pub struct PublicRecord {
    pub code: MerchantCode,
    pub name: String,
    /// The registered name as a reviewer judged it; empty before the first approval.
    pub registered_name: String,
    pub industry: Industry,
    pub standing: PublicStanding,
    pub badge: Option<PublicBadge>,
    /// What happened to the badge, newest first.
    pub history: Vec<BadgeEvent>,
}

impl PublicRecord {
    /// The causes of a suspension that lasts.
    pub fn suspended_for(&self) -> &[Suspension] {
        match (self.standing.badge, &self.badge) {
            (Some((BadgeState::Suspended, _)), Some(badge)) => &badge.suspended_for,
            _ => &[],
        }
    }
}

#[derive(Debug, Clone)]
pub struct PublicBadge {
    pub granted_at: Timestamp,
    /// Until when the badge holds unless it is renewed.
    pub expires_at: Timestamp,
    /// When the state last changed.
    pub changed_at: Timestamp,
    /// Why it is suspended, if it is: each cause that stands.
    pub suspended_for: Vec<Suspension>,
    /// The criteria as they were evaluated last.
    pub evaluation: Evaluation,
}

/// A change in the life of a badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadgeEvent {
    pub happened: BadgeEventKind,
    /// The state after it.
    pub to: BadgeState,
    pub cause: Cause,
    /// The causes of suspension that stood after it.
    pub standing: Vec<Suspension>,
    pub at: Timestamp,
    pub tier: Option<Tier>,
}

impl BadgeEvent {
    /// The key of the text that says why.
    pub fn text_key(&self) -> String {
        let family = if self.happened == BadgeEventKind::End { "ended" } else { "cause" };
        format!("badges-{family}-{}", self.cause.name())
    }
}

#[derive(Debug, Clone)]
pub struct Listed {
    pub code: MerchantCode,
    pub name: String,
    pub industry: Industry,
    pub state: BadgeState,
    pub tier: Tier,
    pub domains: Vec<DomainName>,
}

/// A verified domain of a merchant, with the merchant's name: what look-alikes are told by.
#[derive(Debug, Clone)]
pub struct KnownDomain {
    pub domain: DomainName,
    pub name: String,
    pub code: MerchantCode,
}

/// Which merchants to list.
#[derive(Debug, Clone, Default)]
pub struct DirectoryQuery {
    /// Of one industry alone.
    pub industry: Option<Industry>,
    /// Whose name, verified domain or code holds this text: large or small, full or half width, a
    /// domain in either of its forms.
    pub text: Option<String>,
    /// Beside those that the text finds: the industries that it names to its reader.
    pub named: Vec<Industry>,
    /// Also those whose badge is suspended or has ended; else trust merchants alone.
    pub with_former: bool,
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
    OlderThan(MerchantCode),
    NewerThan(MerchantCode),
}

/// Where a merchant stands, by its code; none for a code that nobody has.
pub async fn standing(db: &Db, code: &MerchantCode) -> Result<Option<PublicStanding>, DbError> {
    store::standing(db, code).await
}

/// The public record of a merchant, by its code; none for a code that nobody has.
pub async fn record(db: &Db, code: &MerchantCode) -> Result<Option<PublicRecord>, DbError> {
    store::record(db, code).await
}

/// To whom one of these domains belongs: the first in the list that is anybody's; and whether its
/// badge lives, that is, whether it is among [`known_domains`].
pub async fn owner_of(db: &Db, domains: &[&str]) -> Result<Option<(KnownDomain, bool)>, DbError> {
    store::owner_of(db, domains).await
}

/// Every verified domain of merchants whose badge is active or suspended.
pub async fn known_domains(db: &Db) -> Result<Vec<KnownDomain>, DbError> {
    store::known_domains(db).await
}

/// These merchants as a list shows them; those that never had a badge are left out.
pub async fn listed(db: &Db, codes: &[MerchantCode]) -> Result<Vec<Listed>, DbError> {
    store::listed(db, codes).await
}

/// Trust merchants whose badge is active, newest first; with the others who had one, if asked.
pub async fn directory(db: &Db, query: &DirectoryQuery) -> Result<Vec<Listed>, DbError> {
    store::directory(db, query).await
}
