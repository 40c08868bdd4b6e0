//! The second factor: set, shown, lost.

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

/// A person's second factor as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    pub created_at: Timestamp,
    /// Recovery codes that are not used yet.
    pub recovery_codes_left: i64,
}

/// The second factor of a person.
pub async fn second_factor_of(db: &Db, user_id: i64) -> Result<Option<SecondFactor>, AccountError> {
    let Some(factor) = store::factor(db, user_id).await? else { return Ok(None) };
    let recovery_codes_left = store::recovery_codes_left(db, user_id).await?;
    Ok(Some(SecondFactor { created_at: factor.created_at, recovery_codes_left }))
}

/// The secret that a person puts into an app. Nothing counts before [`enrol`].
/// The database; [`AccountError::Unreadable`] when the operator's key was changed meanwhile.
pub async fn secret_to_enrol(db: &Db, key: &[u8], user_id: i64) -> Result<Secret, AccountError> {
    let email = account_of(db, user_id).await?.email;
    let (_, fresh) = Secret::fresh(key, user_id, &email)?;
    let sealed = store::pending(db, user_id, &fresh, ENROLMENT).await?;
    Secret::open(key, user_id, &email, &sealed)
}

/// Sets the secret that was shown as the person's second factor, proved by a first code of it. All
/// sessions end but `keep`, which the caller renews.
/// Fails with [`AccountError::WrongCode`]; [`AccountError::DeadLink`] when nothing was shown in the
/// last hour.
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

/// Takes the second factor of somebody away who is not staff, at their own wish.
/// Fails with [`AccountError::FactorRequired`] for staff, and where there is none.
pub async fn remove_second_factor(db: &Db, user_id: i64, keep: Uuid) -> Result<(), AccountError> {
    if store::remove_factor(db, user_id, keep).await? {
        Ok(())
    } else {
        Err(AccountError::FactorRequired)
    }
}

/// Makes recovery codes anew; those of before are good no more. They are returned once and kept as
/// hashes.
/// Fails with [`AccountError::NoFactor`] where there is nothing to recover.
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

/// Checks what was given beside the password, and uses it up.
/// Fails with [`AccountError::WrongCode`]; [`AccountError::UsedCode`] for a code that was right,
/// but not for the first time.
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

/// Somebody's second factor without an app: for the demo and for tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoCode {
    /// The next code that is good; none before the clock shows it.
    pub code: Option<String>,
    pub seconds: i64,
}

/// The code that somebody's app would show; none for who has no account or no app.
/// Fails with [`AccountError::NotInProduction`] there; [`AccountError::Unreadable`].
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

/// Sets a second factor for who has none, as if an app had shown its first code: for the demo and
/// for tests.
/// Fails with [`AccountError::NotInProduction`] there.
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
