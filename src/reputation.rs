//! The credit record: a merchant's trade over twelve months, the tier that it earns, and ratings by
//! buyers. No rating affects a tier, and no tier affects a rank.
//!
//! Owns the tables `ratings`, `rating_replies`, `rating_publications`, `ratings_to_publish`,
//! `credit_records`, `credit_months` and `credit_turns`. Invariants: an order gets one rating and
//! one reply, both final; neither side reads the other's words until both have written or seven
//! days have passed; the record of a day uses only what happened before it, so that computing it
//! again gives the same rows; a tier changes in the transaction that stores the record; self-dealt
//! orders do not count.

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
