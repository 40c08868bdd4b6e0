//! Tests of `ledger`.

mod audit;
mod audit_rules;
