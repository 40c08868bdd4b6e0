//! The trust alliance: merchants and their members, the agreement that they sign, the domains that
//! they verify, and their badges.
//!
//! Owns the tables `merchants`, `merchant_members`, `merchant_invitations`,
//! `merchant_member_events`, `agreements`, `agreement_signatures`, `agreement_drafts`,
//! `record_dates`, `domains`, `domain_checks`, `badges`, `badge_events`, `suspension_causes`,
//! `trust_reminders`, `criteria_thresholds` and `merchant_search`, which triggers maintain.
//! Invariants: a person belongs to at most one merchant; a merchant has an owner; a verified domain
//! belongs to one merchant; badges move only as [`badge::life`] decides; a badge that has not ended
//! is suspended exactly while a cause stands, also one that other capabilities report
//! ([`begin_cause`] and [`end_cause`]). Changes of membership, domain checks and badge moves are
//! recorded in `merchant_member_events`, `domain_checks` and `badge_events`.

pub mod agreement;
pub mod agreement_pages;
pub mod badge;
pub mod commands;
pub mod criteria;
pub mod criteria_words;
pub mod domain;
pub mod domain_check;
pub mod domain_pages;
pub mod duties;
pub mod duty_words;
pub mod fetch;
pub mod invitation_pages;
pub mod look_alikes;
pub mod member_pages;
pub mod members;
pub mod merchant;
pub mod policy_pages;
pub mod promise;
pub mod public_record;
pub mod ssrf_guard;
mod store;
pub mod thresholds;

pub use badge::{ActiveCause, Badge, BadgeEvent, BadgeState, Cause, Suspension, Tier};
pub use commands::{NewCause, begin_cause, end_cause};
pub use domain::Domain;
pub use domain_check::DomainCheck;
pub use members::Member;
pub use merchant::{Industry, Merchant};
pub use store::agreements::{agreement, record_date, signatures, versions};
pub use store::badge_moves::{Approval, By, HeldBadge, MoveError, approve_in, hold_badge};
pub use store::badges::{badge, badge_events, badges_of, is_covered};
pub use store::causes::{CauseRecord, cause_records, standing};
pub use store::desk::{DeskQuery, DeskRow, desk};
pub use store::domain_checks::{ChecksFrom, domain_checks};
pub use store::domains::{challenge_of, domains};
pub use store::members::{is_or_was_member, is_or_was_member_in, members};
pub use store::merchants::{
    ids_in_industry, ids_named, merchant, merchant_by_code, merchant_in, merchant_of,
    merchants_by_ids,
};
pub use store::thresholds::{threshold_versions, thresholds};
pub use store::tiers::{TierMove, set_tier_in};
