//! What people do with their accounts, one function a verb. Attempts are counted at the edge
//! (`sign_in_pages`).

use chrono::Duration;
use chrono_tz::Tz;
use uuid::Uuid;

use super::actor::Role;
use super::password::{self, HashError};
use super::session_store::IDLE;
use super::state::{self, Purpose};
use super::store::{self, Account, Letter, NewAccount};
use crate::config::Mode;
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::locale::Locale;
use crate::kernel::signing;
use crate::kernel::time::Timestamp;

/// Why something about an account could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// Address or password is wrong; which of them is nobody's business.
    #[error("address or password is wrong")]
    WrongPassword,
    /// The mailed link was used, is too old, or was never ours.
    #[error("the link is not good any more")]
    DeadLink,
    /// The address has an account.
    #[error("the address has an account already")]
    Taken,
    /// Only for development and the demo.
    #[error("this is refused in production")]
    NotInProduction,
    /// The operating system gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

/// Somebody who opens an account.
#[derive(Debug, Clone, Copy)]
pub struct NewPerson<'a> {
    /// The address, unique among accounts.
    pub email: &'a Email,
    /// The name that other people see.
    pub name: &'a str,
    /// Checked with [`password::weakness`] before.
    pub password: &'a str,
    /// The language of pages and mails.
    pub locale: Locale,
    /// The zone of their times.
    pub time_zone: Tz,
}

/// An address that was just proved to be an account's: what waits for it can be given to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// Row of the person.
    pub user_id: i64,
    /// The address.
    pub email: String,
}

/// Who signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// Row of the person.
    pub user_id: i64,
    /// Whether the person is staff.
    pub is_staff: bool,
}

impl From<&Account> for SignedIn {
    fn from(account: &Account) -> Self {
        Self { user_id: account.id, is_staff: !account.staff_roles.is_empty() }
    }
}

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct OwnSession {
    /// Public id.
    pub id: Uuid,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to five minutes.
    pub last_seen_at: Timestamp,
    /// From which network address.
    pub address: String,
    /// What the browser called itself.
    pub agent: String,
}

const CONFIRM: &str = "accounts-confirm";

fn confirm_path(next: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    if next.is_empty() {
        "/confirm-email?token=".to_owned()
    } else {
        format!("/confirm-email?next={next}&token=")
    }
}

fn letter<'a>(purpose: Purpose, message: &'a str, path: &'a str) -> Letter<'a> {
    Letter { purpose, lifetime: purpose.lifetime(), message: Some(message), path }
}

/// Opens an account and mails the link that confirms it. When the address has an account already,
/// its owner is told instead; the caller learns nothing of it, and it takes as long.
///
/// # Errors
/// The database, or hashing.
pub async fn register(db: &Db, person: &NewPerson<'_>, next: &str) -> Result<(), AccountError> {
    let password_hash = password::hash(person.password).await?;
    let path = confirm_path(next);
    let new = NewAccount {
        email: person.email,
        name: person.name,
        password_hash: &password_hash,
        locale: person.locale,
        time_zone: person.time_zone,
        is_confirmed: false,
        staff_roles: Vec::new(),
    };
    let letter = letter(Purpose::ConfirmEmail, CONFIRM, &path);
    match store::open_account(db, &new, Some(&letter)).await {
        Ok(_) => Ok(()),
        Err(DbError::Taken(_)) => remind_owner(db, person.email, &path).await,
        Err(error) => Err(error.into()),
    }
}

async fn remind_owner(db: &Db, email: &Email, path: &str) -> Result<(), AccountError> {
    match store::by_email(db, email.as_str()).await? {
        Some(a) if a.disabled_at.is_some() => {}
        // The first password stays: whoever registers an address again has not proved it either.
        Some(a) if a.email_confirmed_at.is_none() => {
            let letter = letter(Purpose::ConfirmEmail, CONFIRM, path);
            store::send_link(db, a.id, &a.email, &letter).await?;
        }
        Some(a) => store::send_message(db, &a, "accounts-already-registered", "/login").await?,
        None => {}
    }
    Ok(())
}

/// Mails the confirming link again, if there is an account that waits for it.
///
/// # Errors
/// The database.
pub async fn resend_confirmation(db: &Db, email: &Email, next: &str) -> Result<(), AccountError> {
    if let Some(account) = store::by_email(db, email.as_str()).await?
        && account.email_confirmed_at.is_none()
        && account.disabled_at.is_none()
    {
        let path = confirm_path(next);
        let letter = letter(Purpose::ConfirmEmail, CONFIRM, &path);
        store::send_link(db, account.id, &account.email, &letter).await?;
    }
    Ok(())
}

/// Makes an account whose address counts as confirmed: for the demo and for tests.
///
/// # Errors
/// [`AccountError::NotInProduction`] there; [`AccountError::Taken`].
pub async fn register_confirmed(
    db: &Db,
    mode: Mode,
    person: &NewPerson<'_>,
) -> Result<i64, AccountError> {
    if !mode.is_development() {
        return Err(AccountError::NotInProduction);
    }
    let password_hash = password::hash(person.password).await?;
    let new = NewAccount {
        email: person.email,
        name: person.name,
        password_hash: &password_hash,
        locale: person.locale,
        time_zone: person.time_zone,
        is_confirmed: true,
        staff_roles: Vec::new(),
    };
    match store::open_account(db, &new, None).await {
        Ok((user_id, _)) => Ok(user_id),
        Err(DbError::Taken(_)) => Err(AccountError::Taken),
        Err(error) => Err(error.into()),
    }
}

/// A mailed link that is still good, with its account.
pub(super) struct GoodLink {
    id: Uuid,
    pub(super) account: Account,
    now: Timestamp,
}

/// Reads a mailed link; changes nothing.
///
/// # Errors
/// [`AccountError::DeadLink`].
pub(super) async fn open_link(
    db: &Db,
    key: &[u8],
    purpose: Purpose,
    token: &str,
) -> Result<GoodLink, AccountError> {
    let id = signing::mailed_id(key, purpose.name(), token)
        .and_then(|id| Uuid::try_parse(id).ok())
        .ok_or(AccountError::DeadLink)?;
    let (link, account, now) = store::link(db, id).await?.ok_or(AccountError::DeadLink)?;
    if !state::is_good(&link, purpose, now) {
        return Err(AccountError::DeadLink);
    }
    Ok(GoodLink { id, account, now })
}

/// Confirms the address of an account. Mailbox and account must be the same person's, or somebody
/// could open an account for another's address and wait: so whoever follows the link is signed in
/// as the account (`viewer`) or gives its password.
///
/// # Errors
/// [`AccountError::WrongPassword`], [`AccountError::DeadLink`].
pub(super) async fn confirm_email(
    db: &Db,
    link: &GoodLink,
    viewer: Option<i64>,
    password: &str,
) -> Result<(Confirmed, SignedIn), AccountError> {
    let is_owner = viewer == Some(link.account.id)
        || password::verify(password, Some(&link.account.password_hash)).await?;
    if !is_owner {
        return Err(AccountError::WrongPassword);
    }
    if !store::confirm_email(db, link.id, link.account.id, link.now).await? {
        return Err(AccountError::DeadLink);
    }
    let confirmed = Confirmed { user_id: link.account.id, email: link.account.email.clone() };
    Ok((confirmed, SignedIn::from(&link.account)))
}

/// Checks address and password. Takes as long for an address without an account.
///
/// # Errors
/// [`AccountError::WrongPassword`].
pub async fn sign_in(db: &Db, email: &str, password: &str) -> Result<SignedIn, AccountError> {
    let email = Email::parse(email).ok();
    let account = match &email {
        Some(email) => store::by_email(db, email.as_str()).await?,
        None => None,
    };
    let hash = account.as_ref().map(|a| a.password_hash.as_str());
    let is_right = password::verify(password, hash).await?;
    match account {
        Some(a) if is_right && a.disabled_at.is_none() => Ok(SignedIn::from(&a)),
        _ => Err(AccountError::WrongPassword),
    }
}

async fn account_of(db: &Db, user_id: i64) -> Result<Account, AccountError> {
    let found = store::by_ids(db, &[user_id]).await?.into_iter().next();
    Ok(found.ok_or(DbError::NotFound)?)
}

/// Checks the password of somebody who is signed in, before a weighty act.
///
/// # Errors
/// [`AccountError::WrongPassword`].
pub async fn step_up(db: &Db, user_id: i64, password: &str) -> Result<(), AccountError> {
    let account = account_of(db, user_id).await?;
    if password::verify(password, Some(&account.password_hash)).await? {
        Ok(())
    } else {
        Err(AccountError::WrongPassword)
    }
}

/// Mails a link that sets a new password, if the address has an account.
///
/// # Errors
/// The database.
pub async fn forgot_password(db: &Db, email: &Email) -> Result<(), AccountError> {
    if let Some(account) = store::by_email(db, email.as_str()).await?
        && account.disabled_at.is_none()
    {
        let letter = letter(Purpose::ResetPassword, "accounts-reset", "/password/reset?token=");
        store::send_link(db, account.id, &account.email, &letter).await?;
    }
    Ok(())
}

/// Sets a new password by a mailed link, which also proves the address; every session ends.
///
/// # Errors
/// [`AccountError::DeadLink`].
pub(super) async fn reset_password(
    db: &Db,
    link: &GoodLink,
    new_password: &str,
) -> Result<Confirmed, AccountError> {
    let hash = password::hash(new_password).await?;
    if !store::reset_password(db, link.id, link.account.id, &hash, link.now).await? {
        return Err(AccountError::DeadLink);
    }
    Ok(Confirmed { user_id: link.account.id, email: link.account.email.clone() })
}

/// Changes the password of somebody who is signed in; the other sessions end.
///
/// # Errors
/// [`AccountError::WrongPassword`] when the current one is not right, or was changed meanwhile.
pub async fn change_password(
    db: &Db,
    user_id: i64,
    session: Uuid,
    current: &str,
    new: &str,
) -> Result<(), AccountError> {
    let account = account_of(db, user_id).await?;
    if !password::verify(current, Some(&account.password_hash)).await? {
        return Err(AccountError::WrongPassword);
    }
    let hash = password::hash(new).await?;
    if !store::change_password(db, &account, &hash, session).await? {
        return Err(AccountError::WrongPassword);
    }
    Ok(())
}

/// The sessions of a person.
///
/// # Errors
/// The database.
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

/// Ends one of a person's sessions. False when there is none of theirs with this id.
///
/// # Errors
/// The database.
pub async fn end_session(db: &Db, user_id: i64, session: Uuid) -> Result<bool, AccountError> {
    Ok(store::end_session(db, user_id, session).await?)
}

/// Ends all sessions of a person but one.
///
/// # Errors
/// The database.
pub async fn end_other_sessions(db: &Db, user_id: i64, keep: Uuid) -> Result<(), AccountError> {
    store::end_other_sessions(db, user_id, keep).await?;
    Ok(())
}

/// Sets name, language and zone.
///
/// # Errors
/// The database.
pub async fn set_profile(
    db: &Db,
    user_id: i64,
    name: &str,
    locale: Locale,
    time_zone: Tz,
) -> Result<(), AccountError> {
    Ok(store::set_profile(db, user_id, name, locale, time_zone).await?)
}

/// Sets the language.
///
/// # Errors
/// The database.
pub async fn set_locale(db: &Db, user_id: i64, locale: Locale) -> Result<(), AccountError> {
    Ok(store::set_locale(db, user_id, locale).await?)
}

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
