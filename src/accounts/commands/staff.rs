//! Roles of the staff, as given on the command line.

use chrono::Duration;
use chrono_tz::Tz;

use super::AccountError;
use crate::accounts::actor::Role;
use crate::accounts::password;
use crate::accounts::state::Purpose;
use crate::accounts::store::{self, Letter, NewAccount};
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::locale::Locale;
use crate::kernel::signing;

/// What became of `surety staff add`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffAdded {
    /// Row of the person.
    pub user_id: i64,
    /// Where a new account's first password is set; none for an account that was there.
    pub first_password_path: Option<String>,
}

/// Gives a role to the account of an address, and makes the account when there is none. A new one
/// has a password that nobody knows; the path returned sets one, once, within a day.
///
/// # Errors
/// The database, or hashing.
pub async fn add_staff(
    db: &Db,
    key: &[u8],
    email: &Email,
    role: Role,
    time_zone: Tz,
) -> Result<StaffAdded, AccountError> {
    // A race with another change of the same account is run again, not lost.
    for _ in 0..3 {
        if let Some(account) = store::by_email(db, email.as_str()).await? {
            let mut roles = account.staff_roles.clone();
            if !roles.iter().any(|r| r == role.name()) {
                roles.push(role.name().to_owned());
                if !store::set_roles(db, &account, &roles).await? {
                    continue;
                }
            }
            return Ok(StaffAdded { user_id: account.id, first_password_path: None });
        }
        match open_staff_account(db, key, email, role, time_zone).await {
            Err(AccountError::Taken) => {}
            other => return other,
        }
    }
    Err(AccountError::Taken)
}

async fn open_staff_account(
    db: &Db,
    key: &[u8],
    email: &Email,
    role: Role,
    time_zone: Tz,
) -> Result<StaffAdded, AccountError> {
    let password_hash = password::hash(&signing::random_token()?).await?;
    let new = NewAccount {
        email,
        name: email.as_str().split('@').next().unwrap_or_default(),
        password_hash: &password_hash,
        locale: Locale::default(),
        time_zone,
        is_confirmed: false,
        staff_roles: vec![role.name().to_owned()],
    };
    let path = "/password/reset?token=";
    let purpose = Purpose::ResetPassword;
    let letter = Letter { purpose, lifetime: Duration::hours(24), message: None, path };
    match store::open_account(db, &new, Some(&letter)).await {
        Ok((user_id, link)) => {
            let id = link.map(|id| id.simple().to_string());
            let first_password_path =
                id.map(|id| format!("{path}{}", signing::mailed_token(key, purpose.name(), &id)));
            Ok(StaffAdded { user_id, first_password_path })
        }
        Err(DbError::Taken(_)) => Err(AccountError::Taken),
        Err(error) => Err(error.into()),
    }
}
