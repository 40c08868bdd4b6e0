//! Files that people upload: what they are is told by their content, pictures are drawn anew, and
//! what is kept lies in an object store under the SHA-256 of its content.
//!
//! Owns the tables `files` and `stored_objects`. Invariants: nothing is kept but PDFs (byte for
//! byte, only ever handed over to be saved) and pictures that we encoded ourselves; a file's row
//! is written in the transaction of what it belongs to ([`keep_in`]), after its object was stored
//! ([`Files::keep`]); what belongs to two things has two rows that name one object
//! ([`name_again_in`]); no object lies in the store without a row in `stored_objects`; an object
//! that no file names is removed after a day, and never while somebody may be about to name it.
//!
//! Whose a file is, and who may read it, is known by the capability that it belongs to.

mod commands;
mod kind;
mod name;
mod objects;
mod pages;
mod pdf;
mod picture;
mod store;

pub use commands::{FileError, Files, Problem};
pub use kind::Kind;
pub use pages::{ShownFile, hand_over, refusal};
pub use picture::PIXELS_MAX;
pub use store::Kept;
pub use store::{StoredFile, find, keep_in, name_again_in, of_ids, remove_in};
