//! Signing in, confirming the password, and listing and ending sessions.

use uuid::Uuid;

use super::{AccountError, account_of, show_second_factor};
use crate::accounts::password::{self, Lane};
use crate::accounts::second_factor::{Door, Given};
use crate::accounts::session_store::{IDLE, PendingSecondFactor, Shown};
use crate::accounts::store::{self, Account};
use crate::db::Db;
use crate::kernel::email::Email;
use crate::kernel::time::Timestamp;

/// A person who gave the right password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub user_id: i64,
    pub staff_roles: Vec<String>,
    pub has_second_factor: bool,
    /// Whether the second factor was presented as well.
    pub(in crate::accounts) shown: Shown,
    /// The hash that the password was checked against. A session begins only if it is unchanged.
    pub(in crate::accounts) password_hash: String,
}

impl From<Account> for SignedIn {
    fn from(account: Account) -> Self {
        Self {
            user_id: account.id,
            staff_roles: account.staff_roles,
            has_second_factor: false,
            shown: Shown::No,
            password_hash: account.password_hash,
        }
    }
}

#[derive(Debug, Clone)]
pub struct OwnSession {
    pub id: Uuid,
    pub created_at: Timestamp,
    /// Accurate to five minutes.
    pub last_seen_at: Timestamp,
    pub address: String,
    pub agent: String,
}

/// Checks address and password. Takes as long if the address has no account.
pub async fn sign_in(
    db: &Db,
    email: &str,
    password: &str,
    lane: Lane,
) -> Result<SignedIn, AccountError> {
    let email = Email::parse(email).ok();
    let account = match &email {
        Some(email) => store::by_email(db, email.as_str()).await?,
        None => None,
    };
    let hash = account.as_ref().map(|a| a.password_hash.as_str());
    let is_right = password::verify(password, hash, lane).await?;
    match account {
        Some(a) if is_right && a.disabled_at.is_none() => {
            let has_second_factor = store::has_factor(db, a.id).await?;
            Ok(SignedIn { has_second_factor, ..SignedIn::from(a) })
        }
        _ => Err(AccountError::WrongPassword),
    }
}

pub(in crate::accounts) async fn second_step(
    db: &Db,
    door: Door<'_>,
    half: PendingSecondFactor,
    given: &Given,
) -> Result<SignedIn, AccountError> {
    show_second_factor(db, door, half.user_id, given).await?;
    Ok(SignedIn {
        user_id: half.user_id,
        staff_roles: half.staff_roles,
        has_second_factor: true,
        shown: Shown::Now,
        password_hash: half.password_hash,
    })
}

/// Checks a signed-in person's password, and any second factor, before a sensitive act.
pub async fn step_up(
    db: &Db,
    door: Door<'_>,
    user_id: i64,
    password: &str,
    given: &Given,
) -> Result<SignedIn, AccountError> {
    let account = account_of(db, user_id).await?;
    if !password::verify(password, Some(&account.password_hash), Lane::Known).await? {
        return Err(AccountError::WrongPassword);
    }
    let has_second_factor = store::has_factor(db, user_id).await?;
    if has_second_factor {
        show_second_factor(db, door, user_id, given).await?;
    }
    let shown = if has_second_factor { Shown::Now } else { Shown::No };
    Ok(SignedIn { has_second_factor, shown, ..SignedIn::from(account) })
}

pub async fn sessions_of(db: &Db, user_id: i64) -> Result<Vec<OwnSession>, AccountError> {
    let rows = store::sessions_of(db, user_id, IDLE).await?;
    Ok(rows
        .into_iter()
        .map(|r| OwnSession {
            id: r.public_id,
            created_at: r.created_at,
            last_seen_at: r.last_seen_at,
            address: r.address,
            agent: r.agent,
        })
        .collect())
}

/// Ends one of a person's sessions. Returns `false` if they have none with this id.
pub async fn end_session(db: &Db, user_id: i64, session: Uuid) -> Result<bool, AccountError> {
    Ok(store::end_session(db, user_id, session).await?)
}

pub async fn end_other_sessions(db: &Db, user_id: i64, keep: Uuid) -> Result<(), AccountError> {
    store::end_other_sessions(db, user_id, keep).await?;
    Ok(())
}
