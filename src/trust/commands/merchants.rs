//! Opening a merchant, signing the agreement, entering a record date.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::accounts;
use crate::db::{Db, DbError};
use crate::kernel::locale::Locale;
use crate::kernel::merchant_code::MerchantCode;
use crate::trust::agreement::{Agreement, PUBLISHED};
use crate::trust::merchant::{Industry, Merchant, is_name};
use crate::trust::store;

#[derive(Debug, thiserror::Error)]
pub enum MerchantError {
    #[error("not a name")]
    Name,
    #[error("the person belongs to a merchant already")]
    AlreadyMember,
    /// No random bytes, or no unused code.
    #[error("no free merchant code was found")]
    NoCode,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// With a million merchants, three codes in a hundred thousand are taken.
const TRIES: usize = 64;

/// Opens a merchant with the person as its owner.
pub async fn open_merchant(
    db: &Db,
    user_id: i64,
    name: &str,
    industry: Industry,
) -> Result<Merchant, MerchantError> {
    let name = name.trim();
    if !is_name(name) {
        return Err(MerchantError::Name);
    }
    for _ in 0..TRIES {
        let Some(code) = random_code()? else { continue };
        match store::merchants::insert(db, code, name, industry, user_id).await {
            Err(DbError::Taken(constraint)) if constraint == "merchants_code_key" => {}
            Err(DbError::Taken(constraint)) if constraint == "merchant_members_pkey" => {
                return Err(MerchantError::AlreadyMember);
            }
            other => return Ok(other?),
        }
    }
    Err(MerchantError::NoCode)
}

/// `None` for numbers that are never assigned.
fn random_code() -> Result<Option<MerchantCode>, MerchantError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| MerchantError::NoCode)?;
    Ok(MerchantCode::from_number(u64::from_be_bytes(bytes) % MerchantCode::NUMBER_LIMIT))
}

/// Publishes the versions shipped with the program, if missing.
pub async fn ensure_agreement(db: &Db) -> Result<(), DbError> {
    for (version, text_en, text_zh) in PUBLISHED {
        store::agreements::publish(db, version, text_en, text_zh).await?;
    }
    Ok(())
}

/// The agreement in force. Publishes the shipped versions if necessary.
pub async fn current_agreement(db: &Db) -> Result<Agreement, DbError> {
    let newest = PUBLISHED.iter().map(|(version, ..)| *version).max().unwrap_or_default();
    match store::agreements::current(db).await? {
        Some(agreement) if agreement.version >= newest => Ok(agreement),
        _ => {
            ensure_agreement(db).await?;
            store::agreements::current(db).await?.ok_or(DbError::NotFound)
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The version is older than the one in force, or does not exist.
    #[error("a newer version is in force")]
    Superseded,
    #[error("not a person's name")]
    Name,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// In characters.
const SIGNER_MAX: usize = 100;

/// Signs the version in force or a later one, in the language shown, and lifts the suspension for
/// not signing in time. Signing again has no effect.
pub async fn sign_agreement(
    db: &Db,
    merchant_id: i64,
    user_id: i64,
    typed_name: &str,
    version: i32,
    locale: Locale,
) -> Result<(), SignError> {
    let typed_name = typed_name.trim();
    let letters = typed_name.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 || typed_name.chars().count() > SIGNER_MAX {
        return Err(SignError::Name);
    }
    let current = current_agreement(db).await?.version;
    // A version not yet in force may be signed in advance.
    let agreement = match version >= current {
        true => store::agreements::agreement(db, version).await?,
        false => None,
    };
    let agreement = agreement.ok_or(SignError::Superseded)?;
    let signer = accounts::recipients(db, &[user_id]).await?.pop();
    let zone = signer.map_or(Tz::UTC, |s| s.time_zone);
    let signature = store::agreements::NewSignature {
        merchant_id,
        user_id,
        typed_name,
        version,
        text_sha256: agreement.sha256(locale),
        locale: locale.tag(),
        time_zone: zone.name(),
    };
    Ok(store::agreements::sign(db, &signature).await?)
}

#[derive(Debug, thiserror::Error)]
pub enum RecordDateError {
    #[error("the date lies in the future")]
    Future,
    /// Staff must not act for a merchant that they belong or belonged to.
    #[error("the person belongs to the merchant")]
    OwnMerchant,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Enters since when a merchant has a record with the operator. Audited.
pub async fn enter_record_date(
    db: &Db,
    merchant_id: i64,
    user_id: i64,
    date: NaiveDate,
    reason: &str,
    zone: Tz,
) -> Result<(), RecordDateError> {
    if date > db.now().await?.with_timezone(&zone).date_naive() {
        return Err(RecordDateError::Future);
    }
    match store::agreements::enter_record_date(db, merchant_id, date, user_id, reason).await? {
        true => Ok(()),
        false => Err(RecordDateError::OwnMerchant),
    }
}
