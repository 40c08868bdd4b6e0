//! The ledger: double entry, append-only, written by database functions only. This room knows how a
//! journal is made up, reads balances and statements, follows money on its way out, and proves the
//! books from their rows.
//!
//! Reads the tables `ledger_accounts`, `journals`, `entries`, `account_rollups` and
//! `disbursements`; `disbursement_accounts` is its functions' own. Invariants: every journal sums
//! to zero in one currency; a kept balance equals its entries; an outgoing payment is booked as
//! left exactly once.

pub mod disbursement;
pub mod disbursement_store;
pub mod journal;
pub mod store;

pub use store::{
    Difference, StatementLine, audit, balance, merchant_balances, money, platform_balances,
    roll_up, statement,
};
