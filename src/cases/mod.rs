//! When a trade does not go as promised: refund requests (disputes follow).
//!
//! Owns the table `refunds`; it is written by the function that changes the order, in the same
//! call. Invariants: one open request an order; while it is open every clock of the order is
//! paused; a request ends exactly once.

pub mod commands;
pub mod pages;
pub mod refund;
pub mod store;
