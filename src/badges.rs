//! Badges, authentication pages and impostors.
//!
//! Owns the tables `badge_sightings` and `impostor_reports`. What it tells of a merchant it reads
//! from `trust::public_record`.
//!
//! Invariants:
//! - A badge is drawn as good only for the merchant's verified domains, our own pages, and
//!   browsers that do not say where they are.
//! - A change of a badge shows at once: the database tells every server (see [`watch`]). When it
//!   cannot be heard, what is shown is at most 20 seconds old, 25 while it is away; after that
//!   there is no answer rather than an old one. With the 30 seconds that a browser keeps a badge,
//!   a change shows within a minute in any case.
//! - Of two reviewers one works on the reports of a site; what is closed says by whom and why.
//! - A merchant has at most 1,000 origins written down, the rest counts as *other*.

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
