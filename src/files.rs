//! Uploaded files. Owns the tables `files` and `stored_objects`. The object store keys contents by
//! their SHA-256. Invariants: only PDFs (byte for byte, for download only) and pictures that we
//! encoded ourselves are kept; a file's row is written in the transaction of what it belongs to
//! ([`keep_in`]), after its object was stored ([`Files::keep`]); what belongs to two things has two
//! rows for one object ([`name_again_in`]); every object has a row in `stored_objects`; an object
//! that no file names for a day is removed, but never while somebody may be about to name it. The
//! capability that a file belongs to decides who may read it.

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
