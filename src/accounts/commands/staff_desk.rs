//! What administrators do with staff accounts. Nobody may do any of it to their own account.

use chrono_tz::Tz;
use uuid::Uuid;

use super::staff::join_staff;
use super::{AccountError, StaffAdded};
use crate::accounts::actor::Role;
use crate::accounts::store::{self, Changed, Hand};
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::time::Timestamp;

pub use crate::accounts::store::By;

#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("nobody changes their own account here")]
    Own,
    #[error("only administrators may")]
    NotAdministrator,
    #[error("the account was changed meanwhile")]
    Changed,
    #[error("nothing would change")]
    Same,
    #[error("there is no second factor")]
    NoFactor,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    pub user_id: i64,
    pub public_id: Uuid,
    pub name: String,
    pub email: String,
    pub roles: Vec<String>,
    /// Whether the address is confirmed, by the invitation or otherwise.
    pub is_confirmed: bool,
    /// Without a second factor, no role counts.
    pub has_second_factor: bool,
    /// When they last signed in or confirmed their password, if that is still on record.
    pub signed_in_at: Option<Timestamp>,
}

impl From<store::MemberRow> for StaffMember {
    fn from(row: store::MemberRow) -> Self {
        Self {
            user_id: row.account.id,
            public_id: row.public_id,
            name: row.account.name,
            email: row.account.email,
            roles: row.account.staff_roles,
            is_confirmed: row.account.email_confirmed_at.is_some(),
            has_second_factor: row.has_second_factor,
            signed_in_at: row.signed_in_at,
        }
    }
}

/// Everybody with a role, sorted by name.
pub async fn staff(db: &Db) -> Result<Vec<StaffMember>, StaffError> {
    Ok(store::members(db, None).await?.into_iter().map(StaffMember::from).collect())
}

/// One member of staff. Fails with [`DbError::NotFound`] if the person has no role.
pub async fn staff_member(db: &Db, id: Uuid) -> Result<StaffMember, StaffError> {
    let row = store::members(db, Some(id)).await?.pop();
    Ok(row.map(StaffMember::from).ok_or(DbError::NotFound)?)
}

fn done(changed: Changed) -> Result<(), StaffError> {
    match changed {
        Changed::Done => Ok(()),
        Changed::NotAdministrator => Err(StaffError::NotAdministrator),
        Changed::Lost => Err(StaffError::Changed),
    }
}

/// In the order of [`Role::ALL`], without duplicates.
fn names(roles: &[Role]) -> Vec<String> {
    let wanted = Role::ALL.into_iter().filter(|r| roles.contains(r));
    wanted.map(|r| r.name().to_owned()).collect()
}

/// Sets the roles of a person. A removed role stops counting at their next request.
pub async fn change_roles(db: &Db, by: By<'_>, id: Uuid, roles: &[Role]) -> Result<(), StaffError> {
    let row = store::members(db, Some(id)).await?.pop().ok_or(DbError::NotFound)?;
    let roles = names(roles);
    let has = |role: &String| row.account.staff_roles.contains(role);
    if row.account.id == by.actor_id {
        return Err(StaffError::Own);
    }
    if roles.len() == row.account.staff_roles.len() && roles.iter().all(has) {
        return Err(StaffError::Same);
    }
    done(store::change_roles(db, by, &row.account, &roles).await?)
}

/// Gives the account of an address staff roles. If nobody has confirmed the address, mails a link
/// for setting a first password; it works once, within a day. Fails with [`StaffError::Same`] if a
/// confirmed account already has the roles.
pub async fn invite_staff(
    db: &Db,
    key: &[u8],
    by: By<'_>,
    email: &Email,
    roles: &[Role],
    time_zone: Tz,
) -> Result<StaffAdded, StaffError> {
    let account = store::by_email(db, email.as_str()).await?;
    if account.as_ref().is_some_and(|a| a.id == by.actor_id) {
        return Err(StaffError::Own);
    }
    let roles = names(roles);
    let has = |a: &store::Account| roles.iter().all(|r| a.staff_roles.contains(r));
    if account.is_some_and(|a| a.email_confirmed_at.is_some() && has(&a)) {
        return Err(StaffError::Same);
    }
    let hand = Hand { actor_id: Some(by.actor_id), reason: by.reason };
    Ok(join_staff(db, key, hand, email, &roles, time_zone).await?)
}

pub async fn end_staff_sessions(db: &Db, by: By<'_>, id: Uuid) -> Result<(), StaffError> {
    let member = staff_member(db, id).await?;
    if member.user_id == by.actor_id {
        return Err(StaffError::Own);
    }
    done(store::end_all_sessions(db, by, member.user_id).await?)
}

/// Resets a staff member's lost second factor, or fails with [`StaffError::NoFactor`].
pub async fn reset_second_factor(db: &Db, by: By<'_>, id: Uuid) -> Result<(), StaffError> {
    let member = staff_member(db, id).await?;
    reset(db, by, member.user_id).await
}

/// Resets anybody's lost second factor, by the address of the account. Fails with
/// [`StaffError::NoFactor`] also if there is no such account.
pub async fn reset_second_factor_of(db: &Db, by: By<'_>, email: &Email) -> Result<(), StaffError> {
    let account = store::by_email(db, email.as_str()).await?;
    reset(db, by, account.ok_or(StaffError::NoFactor)?.id).await
}

async fn reset(db: &Db, by: By<'_>, user_id: i64) -> Result<(), StaffError> {
    if user_id == by.actor_id {
        return Err(StaffError::Own);
    }
    match store::reset_factor(db, by, user_id).await? {
        Changed::Lost => Err(StaffError::NoFactor),
        other => done(other),
    }
}
