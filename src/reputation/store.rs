//! All SQL of the capability, a file a concern. Row structs stay in their file.

pub mod night;
pub mod ratings;
pub mod records;

use diesel::result::Error as DieselError;

use crate::db::DbError;

/// What a row says cannot be understood: a mistake of ours.
fn unreadable(table: &str, what: &str) -> DbError {
    let text = format!("{table}: {what} cannot be understood");
    DbError::Query(DieselError::DeserializationError(text.into()))
}
