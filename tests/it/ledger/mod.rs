//! Tests of `ledger`.

mod audit;
