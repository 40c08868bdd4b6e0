//! How a merchant becomes a trust merchant: the six criteria, applications, and the reviewers'
//! queue.
//!
//! Owns the tables `applications`, `application_events`, `application_documents`,
//! `application_submissions` and `submitted_documents`. Invariants: a merchant has one open
//! application; its documents come and go only while it is the applicant's to change, and stay for
//! ever once something was decided on it; what was submitted is kept as it was submitted, each
//! time; documents are taken over from the merchant's own applications only; only the reviewer who
//! claimed it decides, never one who belongs to the merchant; nothing is approved while a
//! criterion is unmet or unjudged; a change is written only on the version it was decided on.

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
