//! Money's way in and out of the product: the gateway as a trait, and its implementations.
//!
//! Owns the tables `sandbox_payments` and `sandbox_transactions` (the sandbox bank's own books).
//! Invariant: every call is idempotent by our reference.

pub mod gateway;
pub mod sandbox;
pub mod sandbox_store;
