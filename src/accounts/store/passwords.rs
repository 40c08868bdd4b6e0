//! Setting new passwords, and ending what depended on the old ones.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use super::links::{confirm, use_up};
use super::second_factor::forget;
use super::sessions::delete_others;
use super::{Account, tell};
use crate::accounts::state::Purpose;
use crate::db::schema::{devices, email_tokens, sessions, users};
use crate::db::{Db, DbError, now_in};
use crate::kernel::time::Timestamp;

async fn tell_password_changed(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    now: Timestamp,
) -> Result<(), DbError> {
    let args = json!({ "link": "/password/forgot", "changed_at": now.to_rfc3339() });
    tell(conn, "user:accounts-password-changed", user_id, None, args).await
}

/// Whoever opened an account that was never confirmed need not be the owner of its address: what
/// they left there goes, so that they can neither come back nor speak in the owner's name.
async fn forget_squatter(conn: &mut AsyncPgConnection, user_id: i64) -> Result<(), DbError> {
    let unconfirmed = users::table.find(user_id).filter(users::email_confirmed_at.is_null());
    let email: Option<String> =
        unconfirmed.select(users::email).for_update().get_result(conn).await.optional()?;
    let Some(email) = email else { return Ok(()) };
    let name = email.split('@').next().unwrap_or_default();
    diesel::update(users::table.find(user_id)).set(users::name.eq(name)).execute(conn).await?;
    diesel::delete(devices::table.filter(devices::user_id.eq(user_id))).execute(conn).await?;
    forget(conn, user_id).await?;
    Ok(())
}

/// Sets a new password by a mailed link. This also confirms the address and ends every session and
/// every other reset link. Returns `false` if the link has already been used.
pub(in crate::accounts) async fn reset_password(
    db: &Db,
    link_id: Uuid,
    user_id: i64,
    password_hash: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    db.transaction(async |conn| {
        if !use_up(conn, link_id, now).await? {
            return Ok(false);
        }
        forget_squatter(conn, user_id).await?;
        diesel::update(users::table.find(user_id))
            .set(users::password_hash.eq(password_hash))
            .execute(conn)
            .await?;
        confirm(conn, user_id, now).await?;
        let others = email_tokens::table
            .filter(email_tokens::user_id.eq(user_id))
            .filter(email_tokens::purpose.eq(Purpose::ResetPassword.name()))
            .filter(email_tokens::used_at.is_null());
        diesel::update(others).set(email_tokens::used_at.eq(now)).execute(conn).await?;
        diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id))).execute(conn).await?;
        tell_password_changed(conn, user_id, now).await?;
        Ok::<_, DbError>(true)
    })
    .await
}

/// Replaces a password that was just verified and ends all sessions except `keep`. Returns `false`
/// if the password has changed since.
pub(in crate::accounts) async fn change_password(
    db: &Db,
    account: &Account,
    new_hash: &str,
    keep: Uuid,
) -> Result<bool, DbError> {
    db.transaction(async |conn| {
        let same =
            users::table.find(account.id).filter(users::password_hash.eq(&account.password_hash));
        let changed =
            diesel::update(same).set(users::password_hash.eq(new_hash)).execute(conn).await?;
        if changed == 0 {
            return Ok(false);
        }
        delete_others(conn, account.id, keep).await?;
        let now = now_in(conn).await?;
        tell_password_changed(conn, account.id, now).await?;
        Ok::<_, DbError>(true)
    })
    .await
}
