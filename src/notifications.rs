//! Tells people about changes, in the portal and by mail. Owns the tables `outbox`, `notifications`
//! and `mails`. A change appends to the outbox in its own transaction (`db::append_outbox`); the
//! worker does the rest. Invariants: an outbox row is expanded exactly once, even if a worker dies;
//! a person gets each message of a row once in the portal and at least once by mail, always with
//! the same `Message-ID`.
//!
//! An element of `tell` is `AUDIENCE:MESSAGE` (see [`Audience`]). The texts of a message are
//! `mail-MESSAGE-subject`, `mail-MESSAGE-body` (paragraphs separated by empty lines) and, for its
//! button, optionally `mail-MESSAGE-action`. `args` is a flat object, formatted for the reader:
//! - a key ending in `_at`: an RFC 3339 timestamp, shown in the reader's time zone;
//! - `{"amount": "12.00", "currency": "CNY"}`: money;
//! - `{"text": "KEY"}`: the text of that key in the reader's language;
//! - `link`: the path on our site that the button leads to. Secrets in it are not stored: with
//!   `"link_token": {"purpose": …, "id": …}` the mail appends `signing::mailed_token`;
//! - `buyer_only`: an object whose keys override the others for the audience `buyer` only;
//! - `locale`: the language for the audience `email`. `name` is reserved for the recipient's name.

pub mod commands;
pub mod dev_pages;
pub mod mail;
pub mod pages;
pub mod send;
pub mod state;
mod store;
mod wording;

pub use commands::{Recipients, expand, measure};
pub use mail::{Rendered, Site, render};
pub use send::{Sender, send_due};
pub use state::{Audience, Recipient};
pub use store::{Mail, OutboxRow, newest_mails};
