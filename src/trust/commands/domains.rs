//! Claiming, verifying and removing domains.

use chrono::Duration;
use uuid::Uuid;

use crate::db::{Db, DbError};
use crate::kernel::domain_name::{DomainName, DomainNameError};
use crate::kernel::signing;
use crate::kernel::time::Timestamp;
use crate::trust::domain::{Checked, Domain, Failure, PROOF_PATH, TOKEN_LIFETIME, decide_check};
use crate::trust::fetch::Fetcher;
use crate::trust::look_alikes::{Warning, domains_alike};
use crate::trust::store::badge_moves::MoveError;
use crate::trust::store::badges::badge;
use crate::trust::store::domains::{self as store, Found, NewToken, Removed};

#[derive(Debug, thiserror::Error)]
pub enum DomainError {
    #[error(transparent)]
    Name(#[from] DomainNameError),
    #[error("the merchant has this domain already")]
    AlreadyYours,
    #[error("the merchant has as many domains as it may")]
    TooMany,
    /// The only verified domain of a badge that has not ended.
    #[error("the badge stands on this domain")]
    LastOfBadge,
    #[error("no such domain")]
    NotThere,
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Claims a domain, to be verified by a check.
pub async fn add_domain(db: &Db, merchant_id: i64, typed: &str) -> Result<Domain, DomainError> {
    let name = DomainName::parse(typed)?;
    let (now, token) = (db.now().await?, signing::random_token()?);
    match store::insert(db, merchant_id, &name, &token, now + TOKEN_LIFETIME, now).await {
        Err(DbError::Taken(_)) => Err(DomainError::AlreadyYours),
        other => other?.ok_or(DomainError::TooMany),
    }
}

/// Checks the site now, at a member's request. `None` means verified; a missing proof is a normal
/// result and not an error.
pub async fn check_domain(
    db: &Db,
    fetcher: &Fetcher,
    merchant_id: i64,
    asked_by: i64,
    public_id: Uuid,
) -> Result<Option<Failure>, DomainError> {
    let own = store::domains(db, merchant_id).await?;
    let domain = own.iter().find(|d| d.public_id == public_id).ok_or(DomainError::NotThere)?;
    check(db, fetcher, domain, Some(asked_by)).await
}

/// How often to retry storing a valid proof when concurrent checks come first.
const TRIES: usize = 4;

/// After losing a race, decides again on the new state. A proof that was seen always counts; a
/// failure does not undo what another check stored meanwhile.
async fn check(
    db: &Db,
    fetcher: &Fetcher,
    domain: &Domain,
    asked_by: Option<i64>,
) -> Result<Option<Failure>, DomainError> {
    let found = fetcher.get(&domain.name, PROOF_PATH).await;
    let found = found.as_deref().map_err(|f| *f);
    let mut domain = domain.clone();
    for _ in 0..TRIES {
        if let Some(failure) = decide_and_write(db, &domain, asked_by, found).await? {
            return Ok(failure);
        }
        let own = store::domains(db, domain.merchant_id).await?;
        let now = own.into_iter().find(|d| d.id == domain.id).ok_or(DomainError::NotThere)?;
        if !found.is_ok_and(|text| text.trim() == now.token) {
            return Ok(now.last_failure);
        }
        domain = now;
    }
    // Constantly overtaken, so the others' result stands.
    Ok(domain.last_failure)
}

/// The failure, if any; the outer `None` if another check came first.
async fn decide_and_write(
    db: &Db,
    domain: &Domain,
    asked_by: Option<i64>,
    found: Result<&str, Failure>,
) -> Result<Option<Option<Failure>>, DomainError> {
    // Read after fetching, since the token may have expired meanwhile.
    let now = db.now().await?;
    let checked = decide_check(domain, found, now);
    let new_token: NewToken = if checked.renew_token {
        Some((signing::random_token()?, now + TOKEN_LIFETIME))
    } else {
        None
    };
    let alike = match checked.verified_at {
        Some(_) if domain.verified_at.is_none() => alike(db, domain, now).await?,
        _ => None,
    };
    let found = Found { domain, asked_by, checked, alike: alike.as_ref() };
    match write(db, &found, new_token, now).await {
        Ok(is_written) => Ok(is_written.then_some(checked.failure)),
        Err(DbError::Taken(constraint)) if constraint == "domains_one_owner" => {
            let taken = Checked::taken(domain, now);
            let found = Found { checked: taken, alike: None, ..found };
            let is_written = write(db, &found, None, now).await?;
            Ok(is_written.then_some(taken.failure))
        }
        Err(error) => Err(error.into()),
    }
}

/// For a merchant with a badge, what the new domain resembles: it is vouched for at once, without
/// another review. Before an approval, the reviewer sees this.
async fn alike(db: &Db, domain: &Domain, now: Timestamp) -> Result<Option<Warning>, DbError> {
    let badge = badge(db, domain.merchant_id).await?;
    if !badge.is_some_and(|b| b.lives_at(now)) {
        return Ok(None);
    }
    Ok(domains_alike(db, domain.merchant_id, std::slice::from_ref(domain)).await?.pop())
}

async fn write(
    db: &Db,
    found: &Found<'_>,
    new_token: NewToken,
    now: Timestamp,
) -> Result<bool, DbError> {
    match store::write_check(db, found, new_token, now).await {
        Ok(written) => Ok(written),
        Err(MoveError::Db(error)) => Err(error),
        // Nothing refuses the consequences of a check; after a lost race it is repeated.
        Err(MoveError::Lost | MoveError::OwnMerchant | MoveError::Refused(_)) => Ok(false),
    }
}

pub async fn remove_domain(
    db: &Db,
    merchant_id: i64,
    removed_by: i64,
    public_id: Uuid,
) -> Result<(), DomainError> {
    match store::remove(db, merchant_id, removed_by, public_id, db.now().await?).await? {
        Removed::Gone => Ok(()),
        Removed::NotThere => Err(DomainError::NotThere),
        Removed::LastOfBadge => Err(DomainError::LastOfBadge),
    }
}

/// Sites per run.
const ROUND: i64 = 20;

/// Checks verified domains not checked for a day. Returns how many.
pub async fn recheck_due(db: &Db, fetcher: &Fetcher, now: Timestamp) -> Result<usize, DbError> {
    let due = store::due(db, now - Duration::days(1), ROUND).await?;
    let looks = due.iter().map(|domain| check(db, fetcher, domain, None));
    let mut done = 0;
    for look in futures::future::join_all(looks).await {
        match look {
            Ok(_) => done += 1,
            Err(DomainError::Db(error)) => return Err(error),
            // Removed meanwhile, or no random bytes: the next run tries again.
            Err(error) => tracing::warn!(%error, "a domain was not checked"),
        }
    }
    Ok(done)
}
