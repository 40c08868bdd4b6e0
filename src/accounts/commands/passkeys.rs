//! Passkeys: adding one in addition to an app, using one instead of the app's code, removing one. A
//! challenge is bound to its session and answered once, on whichever instance receives the answer.

use chrono::Duration;
use uuid::Uuid;

use super::{AccountError, account_of};
use crate::accounts::passkey::{Begun, Kept, Refused, Site};
use crate::accounts::store::{self, PasskeyRow};
use crate::db::Db;
use crate::kernel::time::Timestamp;

/// How long a browser may take to answer.
const ANSWER: Duration = Duration::minutes(5);
/// More than anybody needs, and few enough to send with each challenge.
pub const PASSKEYS: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    pub id: Uuid,
    pub name: String,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// The passkeys of a person, oldest first.
pub async fn passkeys_of(db: &Db, user_id: i64) -> Result<Vec<Passkey>, AccountError> {
    let rows = store::passkeys_of(db, user_id).await?;
    let passkey = |row: PasskeyRow| Passkey {
        id: row.public_id,
        name: row.name,
        created_at: row.created_at,
        used_at: row.used_at,
    };
    Ok(rows.into_iter().map(passkey).collect())
}

fn kept(rows: &[PasskeyRow]) -> Vec<Kept> {
    rows.iter().map(|row| row.kept.clone()).collect()
}

fn refused(error: Refused) -> AccountError {
    tracing::info!(%error, "a passkey");
    AccountError::WrongPasskey
}

/// Stores the challenge for the session; returns the options for the browser.
async fn keep(
    db: &Db,
    session: Uuid,
    begun: Begun,
    name: Option<&str>,
) -> Result<String, AccountError> {
    if store::keep_challenge(db, session, &begun.state, name).await? {
        Ok(begun.options)
    } else {
        Err(AccountError::WrongPasskey)
    }
}

/// Begins to add a passkey: returns the options for the browser, as JSON. Fails with
/// [`AccountError::TooMany`], or with [`AccountError::NoFactor`] if there is no app, since a
/// browser without scripts would then lock the person out.
pub async fn begin_passkey(
    db: &Db,
    site: &Site,
    user_id: i64,
    session: Uuid,
    name: &str,
) -> Result<String, AccountError> {
    if !store::has_factor(db, user_id).await? {
        return Err(AccountError::NoFactor);
    }
    let others = store::passkeys_of(db, user_id).await?;
    if others.len() >= PASSKEYS {
        return Err(AccountError::TooMany);
    }
    let (email, handle) =
        (account_of(db, user_id).await?.email, store::handle_of(db, user_id).await?);
    let begun = site.begin_create(handle, &email, &kept(&others)).map_err(refused)?;
    keep(db, session, begun, Some(name)).await
}

/// Adds a passkey. Fails with [`AccountError::WrongPasskey`], also if it is already registered.
pub async fn add_passkey(
    db: &Db,
    site: &Site,
    user_id: i64,
    session: Uuid,
    answer: &str,
) -> Result<(), AccountError> {
    let taken = store::take_challenge(db, session, ANSWER).await?;
    let Some((state, Some(name))) = taken else { return Err(AccountError::WrongPasskey) };
    let kept = site.finish_create(&state, answer).map_err(refused)?;
    if store::add_passkey(db, user_id, &name, &kept).await? {
        Ok(())
    } else {
        Err(AccountError::WrongPasskey)
    }
}

/// Asks a session's browser for one of a person's passkeys: returns the options as JSON. Fails with
/// [`AccountError::WrongPasskey`] if there are none.
pub async fn ask_for_passkey(
    db: &Db,
    site: &Site,
    user_id: i64,
    session: Uuid,
) -> Result<String, AccountError> {
    let passkeys = store::passkeys_of(db, user_id).await?;
    let begun = site.begin_show(&kept(&passkeys)).map_err(refused)?;
    keep(db, session, begun, None).await
}

/// Checks a presented passkey. Fails with [`AccountError::WrongPasskey`] if the answer is forged,
/// late, repeated or somebody else's, or if the counter did not rise, as with a copy.
pub(super) async fn show_passkey(
    db: &Db,
    site: &Site,
    user_id: i64,
    session: Uuid,
    answer: &str,
) -> Result<(), AccountError> {
    let taken = store::take_challenge(db, session, ANSWER).await?;
    let Some((state, None)) = taken else { return Err(AccountError::WrongPasskey) };
    let passkeys = store::passkeys_of(db, user_id).await?;
    let handle = store::handle_of(db, user_id).await?;
    let (place, changed) =
        site.finish_show(&state, answer, handle, &kept(&passkeys)).map_err(refused)?;
    let shown = passkeys.get(place).ok_or(AccountError::WrongPasskey)?;
    if store::note_use(db, shown, &changed).await? {
        Ok(())
    } else {
        Err(AccountError::WrongPasskey)
    }
}

/// Removes a passkey. Returns `false` if it is not the person's.
pub async fn remove_passkey(db: &Db, user_id: i64, id: Uuid) -> Result<bool, AccountError> {
    Ok(store::remove_passkey(db, user_id, id).await?)
}
