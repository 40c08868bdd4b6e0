//! People: their accounts, how they sign in, their sessions, and who may do what.
//!
//! Owns the tables `users`, `origins`, `sessions` and `email_tokens`. Invariants: an address
//! belongs to one account; of a session only the hash of its key is kept; a session is renewed at
//! sign-in and at each rise in privilege.

pub mod actor;
pub mod recipients;
pub mod session_store;
