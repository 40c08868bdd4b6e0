//! Adding staff, on the command line or by an administrator's invitation.

use chrono::Duration;
use chrono_tz::Tz;
use uuid::Uuid;

use super::AccountError;
use crate::accounts::actor::Role;
use crate::accounts::password::{self, Lane};
use crate::accounts::state::Purpose;
use crate::accounts::store::{self, Hand, Letter, NewAccount};
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::locale::Locale;
use crate::kernel::signing;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffAdded {
    pub user_id: i64,
    /// Path for setting the first password; `None` for an account already in use.
    pub first_password_path: Option<String>,
}

const PATH: &str = "/password/reset?token=";
const PURPOSE: Purpose = Purpose::ResetPassword;

/// The link for a first password: printed on the command line, or mailed with an invitation.
const fn letter(hand: Hand<'_>) -> Letter<'static> {
    let message = if hand.actor_id.is_some() { Some("accounts-staff-invited") } else { None };
    Letter { purpose: PURPOSE, lifetime: Duration::hours(24), message, path: PATH }
}

fn first_password_path(key: &[u8], link: Uuid) -> String {
    let id = link.simple().to_string();
    format!("{PATH}{}", signing::mailed_token(key, PURPOSE.name(), &id))
}

/// Gives a role to the account of an address, creating the account if needed. A new account has a
/// random password; the returned path sets one, once, within a day. An unconfirmed account counts
/// as new: whoever opened it has not proved the address, so its password, sessions and links become
/// invalid. Fails with [`AccountError::Disabled`] for a closed account.
pub async fn add_staff(
    db: &Db,
    key: &[u8],
    email: &Email,
    role: Role,
    time_zone: Tz,
) -> Result<StaffAdded, AccountError> {
    let hand = Hand { actor_id: None, reason: "surety staff add" };
    join_staff(db, key, hand, email, &[role.name().to_owned()], time_zone).await
}

/// Like [`add_staff`], but with several roles and for the command line or an administrator.
pub(super) async fn join_staff(
    db: &Db,
    key: &[u8],
    hand: Hand<'_>,
    email: &Email,
    added: &[String],
    time_zone: Tz,
) -> Result<StaffAdded, AccountError> {
    // If the account changes at the same moment, try again.
    for _ in 0..3 {
        let Some(account) = store::by_email(db, email.as_str()).await? else {
            match open_staff_account(db, key, hand, email, added, time_zone).await {
                Err(AccountError::Taken) => continue,
                other => return other,
            }
        };
        if account.disabled_at.is_some() {
            return Err(AccountError::Disabled);
        }
        let mut roles = account.staff_roles.clone();
        roles.extend(added.iter().filter(|role| !account.staff_roles.contains(role)).cloned());
        let user_id = account.id;
        if account.email_confirmed_at.is_none() {
            let hash = password::hash(&signing::random_token()?, Lane::Known).await?;
            let new = (name_of(email), hash.as_str());
            let taken = store::take_over(db, &account, new, (&roles, hand), &letter(hand)).await?;
            if let Some(link) = taken {
                let first_password_path = Some(first_password_path(key, link));
                return Ok(StaffAdded { user_id, first_password_path });
            }
        } else if roles == account.staff_roles
            || store::set_roles(db, &account, &roles, hand).await?
        {
            return Ok(StaffAdded { user_id, first_password_path: None });
        }
    }
    Err(AccountError::Taken)
}

/// The id of the member of staff with an address, if there is one.
pub async fn staff_at(db: &Db, email: &str) -> Result<Option<i64>, AccountError> {
    let account = store::by_email(db, email).await?;
    Ok(account.filter(|a| !a.staff_roles.is_empty()).map(|a| a.id))
}

/// The name of a member of staff until they choose another.
fn name_of(email: &Email) -> &str {
    email.as_str().split('@').next().unwrap_or_default()
}

async fn open_staff_account(
    db: &Db,
    key: &[u8],
    hand: Hand<'_>,
    email: &Email,
    roles: &[String],
    time_zone: Tz,
) -> Result<StaffAdded, AccountError> {
    let password_hash = password::hash(&signing::random_token()?, Lane::Known).await?;
    let new = NewAccount {
        email,
        name: name_of(email),
        password_hash: &password_hash,
        locale: Locale::default(),
        time_zone,
        is_confirmed: false,
        staff_roles: roles.to_vec(),
        hand,
    };
    match store::open_account(db, &new, Some(&letter(hand))).await {
        Ok((user_id, link)) => {
            let first_password_path = link.map(|link| first_password_path(key, link));
            Ok(StaffAdded { user_id, first_password_path })
        }
        Err(DbError::Taken(_)) => Err(AccountError::Taken),
        Err(error) => Err(error.into()),
    }
}
