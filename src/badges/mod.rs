//! Badges, authentication pages and impostors.
//!
//! Owns the tables `badge_sightings` and `impostor_reports`. What it tells of a merchant it reads
//! from `trust::public_record`.
//!
//! Invariants:
//! - A badge is drawn as good only for the merchant's verified domains, our own pages, and
//!   browsers that do not say where they are.
//! - What a badge or page shows is at most 20 seconds old, 50 while the database is away; after
//!   that there is no answer rather than an old one.
//! - A merchant has at most 1,000 origins written down, the rest counts as *other*.

pub mod authentication_pages;
mod cache;
mod commands;
pub mod directory_pages;
pub mod home_pages;
mod lookup;
mod memory;
pub mod picture_pages;
pub mod report_pages;
pub mod rules_pages;
pub mod seal;
pub mod search_pages;
mod sightings;
pub mod snippet_pages;
mod state;
mod store;
mod verdict;

pub use commands::{Report, ReportError, flush_sightings, report, sightings};
pub use memory::Memory;
pub use sightings::{ORIGINS_MAX, OTHER};
