//! The operator's back office: the staff's start page, merchants and the acts on their badges, the
//! thresholds of the criteria, and the audit trail of it all.
//!
//! Owns no table. It reads `audit_entries`, to which the database's own functions append.

pub mod audit_export_pages;
pub mod audit_pages;
pub mod merchant_pages;
pub mod overview_pages;
mod store;
pub mod threshold_pages;
