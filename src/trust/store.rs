//! The SQL of this capability. Row structs stay in their files.

pub mod agreement_drafts;
pub mod agreements;
pub mod badge_moves;
mod badge_traces;
pub mod badges;
pub mod causes;
pub mod desk;
pub mod domain_checks;
pub mod domains;
pub mod invitations;
pub mod members;
pub mod merchants;
pub mod reminders;
pub mod thresholds;
pub mod tiers;
pub mod unsigned;

use diesel::result::Error as DieselError;

use crate::db::DbError;

/// An error for a stored value that should be impossible.
fn unreadable(table: &str, what: &str) -> DbError {
    let text = format!("{table}: {what} cannot be understood");
    DbError::Query(DieselError::DeserializationError(text.into()))
}
