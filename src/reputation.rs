//! The credit record: what a merchant's trade of the last twelve months comes to, the tier that it
//! earns, and the ratings of its buyers. Guarantee and rating stand side by side and are never
//! mixed: no rating moves a tier, no tier a rank.
//!
//! Owns the tables `ratings`, `rating_replies`, `rating_publications`, `ratings_to_publish`,
//! `credit_records`, `credit_months` and `credit_turns`. Invariants: an order is rated once and
//! answered once, for ever; neither side reads the other's words before both are there or seven
//! days have passed; a record is computed for a day from what happened before that day, so that
//! computing it again, twice at once or after a crash makes the same rows; a tier moves in the
//! transaction of the record that earned it; self-dealt orders count for nothing.

pub mod commands;
pub mod night;
pub mod plot;
pub mod rank;
pub mod rating;
pub mod rating_pages;
pub mod record;
pub mod record_pages;
mod store;
pub mod tier;

pub use record::{File, Month, Published, Record};
pub use record_pages::{Line, Plots, lines, rank_words};
pub use store::records::{file, latest};
