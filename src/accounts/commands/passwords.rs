//! Setting a new password, by a mailed link or with the old one.

use uuid::Uuid;

use super::{AccountError, Confirmed, GoodLink, SignedIn, account_of, letter};
use crate::accounts::password::{self, Lane};
use crate::accounts::state::Purpose;
use crate::accounts::store::{self, Account};
use crate::db::Db;
use crate::kernel::email::Email;

/// Mails a link for setting a new password, if the address has an account.
pub async fn forgot_password(db: &Db, email: &Email) -> Result<(), AccountError> {
    if let Some(account) = store::by_email(db, email.as_str()).await?
        && account.disabled_at.is_none()
    {
        let letter = letter(Purpose::ResetPassword, "accounts-reset", "/password/reset?token=");
        store::send_link(db, account.id, &account.email, &letter).await?;
    }
    Ok(())
}

/// Sets a new password by a mailed link. This also confirms the address and ends every session.
pub(in crate::accounts) async fn reset_password(
    db: &Db,
    link: &GoodLink,
    new_password: &str,
) -> Result<Confirmed, AccountError> {
    let hash = password::hash(new_password, Lane::Known).await?;
    if !store::reset_password(db, link.id, link.account.id, &hash, link.now).await? {
        return Err(AccountError::DeadLink);
    }
    Ok(Confirmed { user_id: link.account.id, email: link.account.email.clone() })
}

/// Changes the password of a signed-in person. Ends the other sessions; the caller must begin this
/// one anew. Fails with [`AccountError::WrongPassword`] if `current` is wrong or has changed since.
pub async fn change_password(
    db: &Db,
    user_id: i64,
    session: Uuid,
    current: &str,
    new: &str,
) -> Result<SignedIn, AccountError> {
    let account = account_of(db, user_id).await?;
    if !password::verify(current, Some(&account.password_hash), Lane::Known).await? {
        return Err(AccountError::WrongPassword);
    }
    let hash = password::hash(new, Lane::Known).await?;
    if !store::change_password(db, &account, &hash, session).await? {
        return Err(AccountError::WrongPassword);
    }
    Ok(SignedIn::from(Account { password_hash: hash, ..account }))
}
