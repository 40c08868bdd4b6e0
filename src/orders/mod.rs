//! Secured transactions.

pub mod recipients;
