//! Second factors: setting up, checking, removing and renewing.

use chrono::Duration;
use uuid::Uuid;

use super::passkeys::show_passkey;
use super::{AccountError, SignedIn, account_of};
use crate::accounts::passkey::Site;
use crate::accounts::second_factor::{self, Door, Given, Secret};
use crate::accounts::session_store::Shown;
use crate::accounts::store;
use crate::config::Mode;
use crate::db::Db;
use crate::kernel::time::Timestamp;

/// How long a secret that was shown waits for its first code.
pub(super) const ENROLMENT: Duration = Duration::hours(1);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    pub created_at: Timestamp,
    pub recovery_codes_left: i64,
}

pub async fn second_factor_of(db: &Db, user_id: i64) -> Result<Option<SecondFactor>, AccountError> {
    let Some(factor) = store::factor(db, user_id).await? else { return Ok(None) };
    let recovery_codes_left = store::recovery_codes_left(db, user_id).await?;
    Ok(Some(SecondFactor { created_at: factor.created_at, recovery_codes_left }))
}

/// The secret that a person enters into an app; it has no effect before [`enrol`]. Fails with
/// [`AccountError::Unreadable`] if the operator's key has changed since the secret was first shown.
pub async fn secret_to_enrol(db: &Db, key: &[u8], user_id: i64) -> Result<Secret, AccountError> {
    let email = account_of(db, user_id).await?.email;
    let (_, fresh) = Secret::fresh(key, user_id, &email)?;
    let sealed = store::pending(db, user_id, &fresh, ENROLMENT).await?;
    Secret::open(key, user_id, &email, &sealed)
}

/// Makes the secret that was shown the person's second factor, given a first code. Ends all
/// sessions but `keep`, which the caller renews. Fails with [`AccountError::WrongCode`], or with
/// [`AccountError::DeadLink`] if no secret was shown in the last hour.
pub async fn enrol(
    db: &Db,
    key: &[u8],
    user_id: i64,
    code: &str,
    keep: Uuid,
) -> Result<SignedIn, AccountError> {
    let account = account_of(db, user_id).await?;
    let shown = store::shown(db, user_id).await?;
    let (sealed, shown_at, now) = shown.ok_or(AccountError::DeadLink)?;
    if now - shown_at >= ENROLMENT {
        return Err(AccountError::DeadLink);
    }
    let secret = Secret::open(key, user_id, &account.email, &sealed)?;
    let step = secret.step_of(code, now).ok_or(AccountError::WrongCode)?;
    if !store::set_factor(db, user_id, &sealed, step, keep).await? {
        return Err(AccountError::DeadLink);
    }
    Ok(SignedIn { has_second_factor: true, shown: Shown::Now, ..account.into() })
}

/// Removes a person's second factor at their own wish. Fails with [`AccountError::FactorRequired`]
/// for staff, or if there is none.
pub async fn remove_second_factor(db: &Db, user_id: i64, keep: Uuid) -> Result<(), AccountError> {
    if store::remove_factor(db, user_id, keep).await? {
        Ok(())
    } else {
        Err(AccountError::FactorRequired)
    }
}

/// Replaces the recovery codes and returns the new ones, which are stored only as hashes. Fails
/// with [`AccountError::NoFactor`] if there is no second factor.
pub async fn renew_recovery_codes(db: &Db, user_id: i64) -> Result<Vec<String>, AccountError> {
    let codes = second_factor::fresh_recovery_codes()?;
    let hashes: Vec<[u8; 32]> =
        codes.iter().filter_map(|c| second_factor::recovery_hash(user_id, c)).collect();
    if store::set_recovery_codes(db, user_id, &hashes).await? {
        Ok(codes)
    } else {
        Err(AccountError::NoFactor)
    }
}

/// Checks the second factor and uses it up. Fails with [`AccountError::WrongCode`],
/// [`AccountError::WrongPasskey`], or [`AccountError::UsedCode`] for a code used before.
pub async fn show_second_factor(
    db: &Db,
    door: Door<'_>,
    user_id: i64,
    given: &Given,
) -> Result<(), AccountError> {
    let used = match given {
        Given::Passkey(answer) => {
            let site = Site::of(door.origin).ok_or(AccountError::WrongPasskey)?;
            show_passkey(db, &site, user_id, door.session_id, answer).await?;
            true
        }
        Given::Nothing => return Err(AccountError::WrongCode),
        Given::Recovery(typed) => {
            let hash = second_factor::recovery_hash(user_id, typed);
            let hash = hash.ok_or(AccountError::WrongCode)?;
            if !store::use_recovery_code(db, user_id, &hash).await? {
                return Err(AccountError::WrongCode);
            }
            true
        }
        Given::Code(typed) => {
            let email = account_of(db, user_id).await?.email;
            let factor = store::factor(db, user_id).await?.ok_or(AccountError::NoFactor)?;
            let secret = Secret::open(door.key, user_id, &email, &factor.sealed_secret)?;
            let step = secret.step_of(typed, factor.now).ok_or(AccountError::WrongCode)?;
            store::use_step(db, user_id, step).await?
        }
    };
    if used { Ok(()) } else { Err(AccountError::UsedCode) }
}

/// What a person's app would show; for the demo and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoCode {
    /// The next valid code; `None` if it is too early to know.
    pub code: Option<String>,
    pub seconds: i64,
}

/// The code that a person's app would show; `None` if there is no account or no app. Fails with
/// [`AccountError::NotInProduction`] or [`AccountError::Unreadable`].
pub async fn demo_code(
    db: &Db,
    mode: Mode,
    key: &[u8],
    email: &str,
) -> Result<Option<DemoCode>, AccountError> {
    if !mode.is_development() {
        return Err(AccountError::NotInProduction);
    }
    let Some(account) = store::by_email(db, email).await? else { return Ok(None) };
    let Some(factor) = store::factor(db, account.id).await? else { return Ok(None) };
    let secret = Secret::open(key, account.id, &account.email, &factor.sealed_secret)?;
    let code = secret.next_code(factor.last_used_step, factor.now);
    Ok(Some(DemoCode { code, seconds: second_factor::seconds_left(factor.now) }))
}

/// Sets up a second factor for a person who has none, as if an app had shown its first code; for
/// the demo and tests. Fails with [`AccountError::NotInProduction`].
pub async fn demo_factor(
    db: &Db,
    mode: Mode,
    key: &[u8],
    user_id: i64,
) -> Result<(), AccountError> {
    if !mode.is_development() {
        return Err(AccountError::NotInProduction);
    }
    if !store::has_factor(db, user_id).await? {
        let secret = secret_to_enrol(db, key, user_id).await?;
        let code = secret.code_of(second_factor::step_at(db.now().await?));
        enrol(db, key, user_id, &code, Uuid::nil()).await?;
        renew_recovery_codes(db, user_id).await?;
    }
    Ok(())
}
