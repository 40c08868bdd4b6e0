//! What the public may see of a merchant: read models for badges, authentication pages and the
//! directory. A badge counts as expired from its date, even before the clock records it.

mod search;
mod store;

use super::badge::{BadgeEventKind, BadgeState, Cause, Suspension, Tier};
use super::criteria::Evaluation;
use super::merchant::Industry;
use crate::db::{Db, DbError};
use crate::kernel::domain_name::DomainName;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::time::Timestamp;

/// The channel on which the database announces the codes of changed merchants: see
/// `tell_public_record` in `src/db/functions/trust.sql`.
pub const CHANGES: &str = "public_record";

/// What the drawing of a badge depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicStanding {
    pub merchant_id: i64,
    /// `None` if no badge was ever granted.
    pub badge: Option<(BadgeState, Tier)>,
    pub domains: Vec<DomainName>,
}

impl PublicStanding {
    pub fn is_active(&self) -> bool {
        matches!(self.badge, Some((BadgeState::Active, _)))
    }
}

/// What an authentication page shows.
#[derive(Debug, Clone)]
pub struct PublicRecord {
    pub code: MerchantCode,
    pub name: String,
    /// As judged by a reviewer; empty before the first approval.
    pub registered_name: String,
    pub industry: Industry,
    pub standing: PublicStanding,
    pub badge: Option<PublicBadge>,
    /// Newest first.
    pub history: Vec<BadgeEvent>,
}

impl PublicRecord {
    /// Empty unless the badge is suspended now.
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
    pub expires_at: Timestamp,
    /// When the state last changed.
    pub changed_at: Timestamp,
    /// The standing causes, if suspended.
    pub suspended_for: Vec<Suspension>,
    pub evaluation: Evaluation,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadgeEvent {
    pub happened: BadgeEventKind,
    pub to: BadgeState,
    pub cause: Cause,
    /// The causes of suspension that stood afterwards.
    pub standing: Vec<Suspension>,
    pub at: Timestamp,
    pub tier: Option<Tier>,
}

impl BadgeEvent {
    /// The message key of the cause.
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

/// A verified domain and its merchant, for finding look-alikes.
#[derive(Debug, Clone)]
pub struct KnownDomain {
    pub domain: DomainName,
    pub name: String,
    pub code: MerchantCode,
}

#[derive(Debug, Clone, Default)]
pub struct DirectoryQuery {
    pub industry: Option<Industry>,
    /// Matches name, verified domain or code, ignoring case and character width; domains in either
    /// form.
    pub text: Option<String>,
    /// Industries that the text names, as alternatives to matching `text`.
    pub named: Vec<Industry>,
    /// Whether to include merchants whose badge is suspended or has ended.
    pub with_former: bool,
    pub from: ListFrom,
    pub limit: usize,
}

/// Lists run from the newest merchant to the oldest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListFrom {
    #[default]
    Start,
    OlderThan(MerchantCode),
    NewerThan(MerchantCode),
}

/// `None` for an unknown code.
pub async fn standing(db: &Db, code: &MerchantCode) -> Result<Option<PublicStanding>, DbError> {
    store::standing(db, code).await
}

/// `None` for an unknown code.
pub async fn record(db: &Db, code: &MerchantCode) -> Result<Option<PublicRecord>, DbError> {
    store::record(db, code).await
}

/// The owner of the first of these domains that has one, and whether its badge is active or
/// suspended, that is, whether the domain is among [`known_domains`].
pub async fn owner_of(db: &Db, domains: &[&str]) -> Result<Option<(KnownDomain, bool)>, DbError> {
    store::owner_of(db, domains).await
}

/// All verified domains of merchants whose badge is active or suspended.
pub async fn known_domains(db: &Db) -> Result<Vec<KnownDomain>, DbError> {
    store::known_domains(db).await
}

/// Leaves out merchants that never had a badge.
pub async fn listed(db: &Db, codes: &[MerchantCode]) -> Result<Vec<Listed>, DbError> {
    store::listed(db, codes).await
}

pub async fn directory(db: &Db, query: &DirectoryQuery) -> Result<Vec<Listed>, DbError> {
    store::directory(db, query).await
}
