//! Badges, authentication pages and impostors.
//!
//! Owns the tables `badge_sightings` and `impostor_reports`; reads merchants from
//! `trust::public_record`. Invariants:
//! - A badge is drawn as valid only on the merchant's verified domains, on our own pages, and where
//!   the browser names no site or only a search engine or webmail.
//! - The database notifies every server of changes (see [`watch`]). Without notifications an answer
//!   is at most 20 seconds old, or 25 during an outage, and after that there is none. Browsers keep
//!   a badge for 30 seconds, so every change shows within a minute.
//! - Only one reviewer at a time works on the reports of a site.
//! - At most 1,000 origins are stored for each merchant; the rest count as *other*.

pub mod authentication_pages;
mod cache;
mod commands;
pub mod directory_pages;
pub mod facts_pages;
pub mod home_pages;
pub mod impostor_pages;
mod impostors;
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

pub use commands::{Report, ReportError, flush_sightings, report, sightings, watch};
pub use memory::Memory;
pub use sightings::{ORIGINS_MAX, OTHER};
