//! People: their accounts, how they sign in, their sessions, and who may do what.
//!
//! Owns the tables `users`, `origins`, `devices`, `sessions`, `email_tokens`, `second_factors`,
//! `second_factor_enrolments`, `recovery_codes`, `passkeys` and `passkey_challenges`. Invariants:
//! an address belongs to one account; only the hash of a session key and only a keyed hash of a
//! browser's cookie are stored; a session is renewed at sign-in and whenever its privileges rise; a
//! mailed link works once, for one purpose, for a limited time; neither a response nor its timing
//! reveals whether an address has an account.

pub mod account_pages;
pub mod actor;
pub mod commands;
mod device_pages;
pub mod passkey;
pub mod passkey_pages;
pub mod password;
pub mod password_pages;
pub mod people;
pub mod register_pages;
pub mod second_factor;
pub mod second_factor_pages;
pub mod second_step_pages;
pub mod security_pages;
mod session_pages;
pub mod session_store;
pub mod sign_in_pages;
pub mod staff_pages;
pub mod state;
mod step_up_pages;
mod store;
pub mod zones;

pub use commands::{AccountError, Confirmed, NewPerson, register_confirmed};
pub use device_pages::Device;
pub use people::{exist, names_of, recipients, staff_with_role};
pub use step_up_pages::StepUp;
pub use store::{devices_of, note_device, people_on};
