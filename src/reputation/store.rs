//! The SQL of this capability. Row structs stay in their files.

pub mod night;
pub mod ratings;
pub mod records;

use diesel::result::Error as DieselError;

use crate::db::DbError;

/// An error for a stored value that should be impossible.
fn unreadable(table: &str, what: &str) -> DbError {
    let text = format!("{table}: {what} cannot be understood");
    DbError::Query(DieselError::DeserializationError(text.into()))
}
