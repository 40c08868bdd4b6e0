//! Operations on accounts. Attempts are rate-limited in the handlers (see `session_pages`).

mod cleaning;
mod passkeys;
mod passwords;
mod register;
mod second_factor;
mod sign_in;
mod staff;
mod staff_desk;

use chrono_tz::Tz;
use uuid::Uuid;

use super::password::HashError;
use super::state::{self, Purpose};
use super::store::{self, Account, Letter};
use crate::db::{Db, DbError};
use crate::kernel::locale::Locale;
use crate::kernel::signing;
use crate::kernel::time::Timestamp;

pub use cleaning::{ORIGINS_KEPT, clean_up};
pub use passkeys::{
    Passkey, add_passkey, ask_for_passkey, begin_passkey, passkeys_of, remove_passkey,
};
pub(super) use passwords::reset_password;
pub use passwords::{change_password, forgot_password};
pub(super) use register::confirm_email;
pub use register::{NewPerson, register, register_confirmed, resend_confirmation};
pub use second_factor::{
    DemoCode, SecondFactor, demo_code, demo_factor, enrol, remove_second_factor,
    renew_recovery_codes, second_factor_of, secret_to_enrol, show_second_factor,
};
pub(super) use sign_in::second_step;
pub use sign_in::{
    OwnSession, SignedIn, end_other_sessions, end_session, sessions_of, sign_in, step_up,
};
pub use staff::{StaffAdded, add_staff, staff_at};
pub use staff_desk::{
    By, StaffError, StaffMember, change_roles, end_staff_sessions, invite_staff,
    reset_second_factor, reset_second_factor_of, staff, staff_member,
};

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The address or the password is wrong. The caller must not reveal which.
    #[error("address or password is wrong")]
    WrongPassword,
    /// The code or recovery code is wrong.
    #[error("the code is wrong")]
    WrongCode,
    #[error("the code was used before")]
    UsedCode,
    /// The browser's answer does not prove a valid passkey.
    #[error("the passkey is not taken")]
    WrongPasskey,
    #[error("there are too many already")]
    TooMany,
    #[error("there is no second factor")]
    NoFactor,
    /// Staff must have a second factor, so it cannot be removed.
    #[error("a second factor is required")]
    FactorRequired,
    /// A stored secret cannot be decrypted, because the operator's key has changed.
    #[error("a kept secret cannot be opened with this key")]
    Unreadable,
    /// The mailed link is used, expired or forged.
    #[error("the link is not good any more")]
    DeadLink,
    #[error("the address has an account already")]
    Taken,
    #[error("the account of this address is disabled: nothing was changed")]
    Disabled,
    /// Only available in development and in the demo.
    #[error("this is refused in production")]
    NotInProduction,
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

/// An address just proved to be an account's, which may now claim what waits for that address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    pub user_id: i64,
    pub email: String,
}

fn letter<'a>(purpose: Purpose, message: &'a str, path: &'a str) -> Letter<'a> {
    Letter { purpose, lifetime: purpose.lifetime(), message: Some(message), path }
}

pub(super) struct GoodLink {
    id: Uuid,
    pub(super) account: Account,
    now: Timestamp,
}

/// Checks a mailed link without using it up.
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

async fn account_of(db: &Db, user_id: i64) -> Result<Account, AccountError> {
    let found = store::by_ids(db, &[user_id]).await?.into_iter().next();
    Ok(found.ok_or(DbError::NotFound)?)
}

pub async fn set_profile(
    db: &Db,
    user_id: i64,
    name: &str,
    locale: Locale,
    time_zone: Tz,
) -> Result<(), AccountError> {
    Ok(store::set_profile(db, user_id, name, locale, time_zone).await?)
}

pub async fn set_locale(db: &Db, user_id: i64, locale: Locale) -> Result<(), AccountError> {
    Ok(store::set_locale(db, user_id, locale).await?)
}
