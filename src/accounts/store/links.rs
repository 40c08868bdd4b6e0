//! Mailed links: creating, reading and using them up.

use chrono::Duration;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use super::{Account, tell};
use crate::accounts::state::{Link, Purpose};
use crate::db::schema::{email_tokens, users};
use crate::db::{Db, DbError, Fetch, now_in, only, surety_now};
use crate::kernel::time::Timestamp;

/// A mail with a link that carries a token.
pub(in crate::accounts) struct Letter<'a> {
    pub purpose: Purpose,
    pub lifetime: Duration,
    /// The message key, as in `mail-MESSAGE-subject`; `None` if the link is not mailed.
    pub message: Option<&'a str>,
    /// The path and query up to the token.
    pub path: &'a str,
}

pub(super) async fn insert(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    email: &str,
    letter: &Letter<'_>,
    now: Timestamp,
) -> Result<Uuid, DbError> {
    let expires_at = now + letter.lifetime;
    let ids: Vec<Uuid> = diesel::insert_into(email_tokens::table)
        .values((
            email_tokens::user_id.eq(user_id),
            email_tokens::purpose.eq(letter.purpose.name()),
            email_tokens::email.eq(email),
            email_tokens::created_at.eq(now),
            email_tokens::expires_at.eq(expires_at),
        ))
        .returning(email_tokens::id)
        .load(conn)
        .await?;
    let id = only(ids)?;
    if let Some(message) = letter.message {
        let args = json!({
            "link": letter.path,
            "link_token": { "purpose": letter.purpose.name(), "id": id.simple().to_string() },
            "expires_at": expires_at.to_rfc3339(),
        });
        // By mail only: a key to the account must not appear in the list of notifications.
        tell(conn, &format!("email:{message}"), user_id, Some(email), args).await?;
    }
    Ok(id)
}

pub(in crate::accounts) async fn send_link(
    db: &Db,
    user_id: i64,
    email: &str,
    letter: &Letter<'_>,
) -> Result<Uuid, DbError> {
    db.transaction(async |conn| {
        let now = now_in(conn).await?;
        insert(conn, user_id, email, letter, now).await
    })
    .await
}

pub(in crate::accounts) async fn link(
    db: &Db,
    id: Uuid,
) -> Result<Option<(Link, Account, Timestamp)>, DbError> {
    type Row = (String, String, Timestamp, Option<Timestamp>, Account, Timestamp);
    let row: Option<Row> = email_tokens::table
        .inner_join(users::table.on(users::id.eq(email_tokens::user_id)))
        .filter(email_tokens::id.eq(id))
        .select((
            email_tokens::purpose,
            email_tokens::email,
            email_tokens::expires_at,
            email_tokens::used_at,
            Account::as_select(),
            surety_now(),
        ))
        .fetch_optional(db)
        .await?;
    Ok(row.map(|(purpose, email, expires_at, used_at, account, now)| {
        let link = Link {
            purpose,
            email,
            account_email: account.email.clone(),
            expires_at,
            used_at,
            is_disabled: account.disabled_at.is_some(),
        };
        (link, account, now)
    }))
}

/// Uses up a link. Returns `false` if it has already been used.
pub(super) async fn use_up(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: Timestamp,
) -> Result<bool, DbError> {
    let link = email_tokens::table.find(id).filter(email_tokens::used_at.is_null());
    let used = diesel::update(link).set(email_tokens::used_at.eq(now)).execute(conn).await?;
    Ok(used == 1)
}

pub(super) async fn confirm(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    now: Timestamp,
) -> Result<(), DbError> {
    let user = users::table.find(user_id).filter(users::email_confirmed_at.is_null());
    diesel::update(user).set(users::email_confirmed_at.eq(now)).execute(conn).await?;
    Ok(())
}

/// Confirms the address that a link was mailed to. Returns `false` if the link has been used.
pub(in crate::accounts) async fn confirm_email(
    db: &Db,
    link_id: Uuid,
    user_id: i64,
    now: Timestamp,
) -> Result<bool, DbError> {
    db.transaction(async |conn| {
        if !use_up(conn, link_id, now).await? {
            return Ok(false);
        }
        confirm(conn, user_id, now).await?;
        Ok::<_, DbError>(true)
    })
    .await
}
