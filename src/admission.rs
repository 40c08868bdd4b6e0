//! How a merchant becomes a trust merchant: the six criteria, applications, and the reviewers'
//! queue.
//!
//! Owns the tables `applications`, `application_events`, `application_documents`,
//! `application_submissions` and `submitted_documents`. Invariants: a merchant has at most one open
//! application; its documents change only while the applicant may edit it, and are kept for ever
//! once it is decided; every submission is kept as it was submitted; documents are taken over only
//! from the merchant's own applications; only the reviewer who claimed an application decides on
//! it, and never a member of the merchant; nothing is approved while a criterion is unmet or
//! unjudged; a change is written only to the version it was decided on.

pub mod application;
pub mod application_pages;
pub mod commands;
pub mod criteria;
pub mod documents_pages;
pub mod domain_checks_pages;
pub mod home_pages;
pub mod numbers;
pub mod queue_pages;
pub mod review_pages;
pub mod state;
mod store;
pub mod submission;

pub use queue_pages::{age, overdue_before};
pub use store::applications::of_merchant;
pub use store::numbers::{asked_by, decided_by};
pub use store::queue::{QueueFilter, QueueState, count as queue_count};
