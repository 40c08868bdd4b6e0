//! Opening an account and confirming its address.

use chrono_tz::Tz;

use super::{AccountError, Confirmed, GoodLink, SignedIn, letter};
use crate::accounts::password::{self, Lane};
use crate::accounts::state::Purpose;
use crate::accounts::store::{self, Hand, NewAccount};
use crate::config::Mode;
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::locale::Locale;

#[derive(Debug, Clone, Copy)]
pub struct NewPerson<'a> {
    pub email: &'a Email,
    pub name: &'a str,
    /// The caller must have checked it with [`password::weakness`].
    pub password: &'a str,
    pub locale: Locale,
    pub time_zone: Tz,
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

/// Opens an account and mails the link that confirms it. If the address already has an account,
/// mails its owner instead; the caller cannot tell, and it takes as long.
pub async fn register(db: &Db, person: &NewPerson<'_>, next: &str) -> Result<(), AccountError> {
    let password_hash = password::hash(person.password, Lane::Anybody).await?;
    let path = confirm_path(next);
    let new = NewAccount {
        email: person.email,
        name: person.name,
        password_hash: &password_hash,
        locale: person.locale,
        time_zone: person.time_zone,
        is_confirmed: false,
        staff_roles: Vec::new(),
        hand: Hand::NOBODY,
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
        // Keep the first password: whoever registers the address again has not proved it either.
        Some(a) if a.email_confirmed_at.is_none() => {
            let letter = letter(Purpose::ConfirmEmail, CONFIRM, path);
            store::send_link(db, a.id, &a.email, &letter).await?;
        }
        Some(a) => store::send_message(db, &a, "accounts-already-registered", "/login").await?,
        None => {}
    }
    Ok(())
}

/// Mails the confirmation link again, if there is an unconfirmed account.
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

/// Creates an account with a confirmed address; for the demo and tests. Fails with
/// [`AccountError::NotInProduction`] or [`AccountError::Taken`].
pub async fn register_confirmed(
    db: &Db,
    mode: Mode,
    person: &NewPerson<'_>,
) -> Result<i64, AccountError> {
    if !mode.is_development() {
        return Err(AccountError::NotInProduction);
    }
    let password_hash = password::hash(person.password, Lane::Anybody).await?;
    let new = NewAccount {
        email: person.email,
        name: person.name,
        password_hash: &password_hash,
        locale: person.locale,
        time_zone: person.time_zone,
        is_confirmed: true,
        staff_roles: Vec::new(),
        hand: Hand::NOBODY,
    };
    match store::open_account(db, &new, None).await {
        Ok((user_id, _)) => Ok(user_id),
        Err(DbError::Taken(_)) => Err(AccountError::Taken),
        Err(error) => Err(error.into()),
    }
}

/// Confirms the address of an account. Somebody might open an account for another person's address
/// and wait for them to confirm it, so whoever follows the link must be signed in to the account
/// (`viewer`) or give its password.
pub(in crate::accounts) async fn confirm_email(
    db: &Db,
    link: &GoodLink,
    viewer: Option<i64>,
    password: &str,
) -> Result<(Confirmed, SignedIn), AccountError> {
    let is_owner = viewer == Some(link.account.id)
        || password::verify(password, Some(&link.account.password_hash), Lane::Known).await?;
    if !is_owner {
        return Err(AccountError::WrongPassword);
    }
    if !store::confirm_email(db, link.id, link.account.id, link.now).await? {
        return Err(AccountError::DeadLink);
    }
    let confirmed = Confirmed { user_id: link.account.id, email: link.account.email.clone() };
    Ok((confirmed, SignedIn::from(link.account.clone())))
}
