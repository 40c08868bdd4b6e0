//! People as other modules see them: names for pages, addresses and languages for messages.

use std::collections::HashMap;

use super::store::{self, Account};
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::time;
use crate::notifications::Recipient;

impl From<Account> for Recipient {
    fn from(account: Account) -> Self {
        Self {
            user_id: Some(account.id),
            locale: account.locale.parse().unwrap_or_default(),
            time_zone: time::zone(&account.time_zone),
            email: account.email,
            name: account.name,
        }
    }
}

fn open(accounts: Vec<Account>) -> Vec<Recipient> {
    let open = accounts.into_iter().filter(|a| a.disabled_at.is_none());
    open.map(Recipient::from).collect()
}

/// The people with these ids, except those with closed accounts.
pub async fn recipients(db: &Db, user_ids: &[i64]) -> Result<Vec<Recipient>, DbError> {
    Ok(open(store::by_ids(db, user_ids).await?))
}

/// Staff with a role, by its name, who have confirmed their address. Before that, the account may
/// be anybody's, as the invitation may have gone to the wrong address.
pub async fn staff_with_role(db: &Db, role: &str) -> Result<Vec<Recipient>, DbError> {
    let staff = store::by_role(db, role).await?;
    Ok(open(staff.into_iter().filter(|a| a.email_confirmed_at.is_some()).collect()))
}

pub async fn exist(db: &Db) -> Result<bool, DbError> {
    store::any(db).await
}

/// A person as colleagues see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    pub name: String,
    pub email: String,
}

/// People's names and addresses by id, including those of closed accounts.
pub async fn faces_of(db: &Db, user_ids: &[i64]) -> Result<HashMap<i64, Face>, DbError> {
    let accounts = store::by_ids(db, user_ids).await?.into_iter();
    Ok(accounts.map(|a| (a.id, Face { name: a.name, email: a.email })).collect())
}

/// The account with this confirmed address. Responses must not reveal whether it exists.
pub async fn with_address(db: &Db, email: &Email) -> Result<Option<i64>, DbError> {
    let account = store::by_email(db, email.as_str()).await?;
    Ok(account.filter(|a| a.email_confirmed_at.is_some()).map(|a| a.id))
}

/// People's names by id, including those of closed accounts.
pub async fn names_of(db: &Db, user_ids: &[i64]) -> Result<HashMap<i64, String>, DbError> {
    Ok(store::by_ids(db, user_ids).await?.into_iter().map(|a| (a.id, a.name)).collect())
}
