//! Telling people: what a change wrote into the outbox becomes a line in the portal and a mail.
//!
//! Owns the tables `outbox`, `notifications` and `mails`. Whoever changes something appends to the
//! outbox in the same transaction (`db::append_outbox`); nobody sends mail by himself. An element
//! of `tell` is `AUDIENCE:MESSAGE`; see [`Audience`]. The texts of a message are
//! `mail-MESSAGE-subject`, `mail-MESSAGE-body` (paragraphs parted by empty lines: what happened,
//! what to do, by when) and, where there is a button, `mail-MESSAGE-action`.
//!
//! `args` is a flat object. Values are written in the reader's form:
//! - a key that ends in `_at`: an RFC 3339 timestamp, shown in the reader's zone;
//! - `{"amount": "12.00", "currency": "CNY"}`: money;
//! - `{"text": "KEY"}`: the text of that key in the reader's language;
//! - a number chooses plural forms; anything else is shown as it is.
//! - `link`: the path on our site that the button leads to. A secret in it is not stored: with
//!   `"link_token": {"purpose": …, "id": …}` the mail gets `signing::mailed_token` at its end.
//! - `buyer_only`: an object whose keys the audience `buyer` gets in place of the others'; no other
//!   audience sees it.
//! - `locale`: the language of the audience `email`. `name` is taken: the recipient's own.
//!
//! Invariants: an outbox row is expanded exactly once, whatever dies when; a person gets a message
//! of a row once in the portal, and a mail at least once, always with the same `Message-ID`.

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
