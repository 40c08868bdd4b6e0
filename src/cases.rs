//! When a trade does not go as promised: cases. Today these are refund requests; disputes follow.
//!
//! Owns the tables `cases`, `case_events` and `case_moves`; the function that changes the order
//! writes them, in the same call (`src/db/functions/cases.sql`). Invariants: an order has at most
//! one open case; while it is open the order is on hold and its clock stands, unless the order has
//! ended; an open case always waits for somebody until some time; a case ends exactly once.

pub mod commands;
pub mod pages;
pub mod refund;
pub mod store;
