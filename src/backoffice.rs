//! The operator's back office: the start page of the staff, the merchants with the acts on their
//! badges, the thresholds of the criteria, and the audit trail that all of it leaves.
//!
//! Owns no table. It reads `audit_entries`, to which the database's own functions append.

pub mod audit_export_pages;
pub mod audit_pages;
pub mod merchant_pages;
pub mod overview_pages;
mod store;
pub mod threshold_pages;
