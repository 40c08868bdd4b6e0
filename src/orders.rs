//! Secured transactions: a buyer's money is held until the merchant's promise is kept.
//!
//! Owns the tables `policies`, `orders`, `order_events`, `payments`, `payment_fingerprints`,
//! `receipts`, `self_dealt_orders` and `payment_accounts`; orders, their history and money are
//! written by database functions only. Invariants: one change moves an order from one version to
//! the next, with its journal, its line of history and its messages, or not at all; exactly one of
//! confirm, cancel, refund and clock ends an order; an ended order holds nothing; an order whose
//! parties are connected is not covered.

pub mod actions;
pub mod change;

pub mod commands;
pub mod disbursements;
pub mod pages;
pub mod payment;
pub mod policy;
pub mod polling;
pub mod self_dealing;
pub mod state;
pub mod store;

pub use pages::access;
pub use store::history::{MonthOfOrders, Totals, Window, months, totals};
pub use store::recipients::{Buyer, buyer};
pub use store::record::{NEWEST_MAX, Record, record};
pub use store::{
    Key, apply, change_payment_account, current_policy, find, links_of, self_dealt_of, titles_of,
};
