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

mod cache;
#[allow(dead_code, reason = "the pages that use the rest follow")]
mod commands;
#[allow(dead_code, reason = "the pages that use the rest follow")]
mod memory;
#[allow(dead_code, reason = "the pages that use the rest follow")]
pub mod picture_pages;
pub mod seal;
mod sightings;
mod state;
mod store;

pub use commands::{Report, ReportError, flush_sightings, report, sightings};
pub use memory::Memory;
pub use sightings::{ORIGINS_MAX, OTHER};
