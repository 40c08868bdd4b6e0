//! All SQL of accounts, save the reading of sessions at each request (`session_store`).

use chrono::Duration;
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use uuid::Uuid;

use super::state::{Link, Purpose};
use crate::db::schema::{email_tokens, origins, sessions, users};
use crate::db::{Db, DbError, append_audit, append_outbox, surety_now};
use crate::kernel::email::Email;
use crate::kernel::locale::Locale;
use crate::kernel::time::Timestamp;

/// A person's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub(super) struct Account {
    pub id: i64,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub email_confirmed_at: Option<Timestamp>,
    pub locale: String,
    pub time_zone: String,
    pub staff_roles: Vec<String>,
    pub disabled_at: Option<Timestamp>,
}

/// What a new row is made of.
pub(super) struct NewAccount<'a> {
    pub email: &'a Email,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub locale: Locale,
    pub time_zone: Tz,
    pub is_confirmed: bool,
    pub staff_roles: Vec<String>,
}

/// A mail with a link that carries a token.
pub(super) struct Letter<'a> {
    pub purpose: Purpose,
    pub lifetime: Duration,
    /// The message, as in `mail-MESSAGE-subject`; none when the link is handed over otherwise.
    pub message: Option<&'a str>,
    /// Path and query up to where the token goes.
    pub path: &'a str,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, Queryable)]
pub(super) struct SessionRow {
    pub public_id: Uuid,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub address: String,
    pub agent: String,
}

pub(super) async fn by_email(db: &Db, email: &str) -> Result<Option<Account>, DbError> {
    let mut conn = db.conn().await?;
    users::table
        .filter(users::email.eq(email))
        .select(Account::as_select())
        .get_result(&mut conn)
        .await
        .optional()
        .map_err(|e| db.note(e))
}

pub(super) async fn by_ids(db: &Db, ids: &[i64]) -> Result<Vec<Account>, DbError> {
    let mut conn = db.conn().await?;
    users::table
        .filter(users::id.eq_any(ids))
        .order(users::id)
        .select(Account::as_select())
        .load(&mut conn)
        .await
        .map_err(|e| db.note(e))
}

pub(super) async fn by_role(db: &Db, role: &str) -> Result<Vec<Account>, DbError> {
    let mut conn = db.conn().await?;
    users::table
        .filter(users::staff_roles.contains(vec![role]))
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select(Account::as_select())
        .load(&mut conn)
        .await
        .map_err(|e| db.note(e))
}

async fn insert_account(
    conn: &mut AsyncPgConnection,
    new: &NewAccount<'_>,
    now: Timestamp,
) -> Result<i64, DbError> {
    Ok(diesel::insert_into(users::table)
        .values((
            users::email.eq(new.email.as_str()),
            users::name.eq(new.name),
            users::password_hash.eq(new.password_hash),
            users::email_confirmed_at.eq(new.is_confirmed.then_some(now)),
            users::locale.eq(new.locale.tag()),
            users::time_zone.eq(new.time_zone.name()),
            users::staff_roles.eq(&new.staff_roles),
            users::created_at.eq(now),
        ))
        .returning(users::id)
        .get_result(conn)
        .await?)
}

async fn insert_link(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    email: &str,
    letter: &Letter<'_>,
    now: Timestamp,
) -> Result<Uuid, DbError> {
    let expires_at = now + letter.lifetime;
    let id: Uuid = diesel::insert_into(email_tokens::table)
        .values((
            email_tokens::user_id.eq(user_id),
            email_tokens::purpose.eq(letter.purpose.name()),
            email_tokens::email.eq(email),
            email_tokens::created_at.eq(now),
            email_tokens::expires_at.eq(expires_at),
        ))
        .returning(email_tokens::id)
        .get_result(conn)
        .await?;
    if let Some(message) = letter.message {
        let args = json!({
            "link": letter.path,
            "link_token": { "purpose": letter.purpose.name(), "id": id.simple().to_string() },
            "expires_at": expires_at.to_rfc3339(),
        });
        // To the address alone: a list of notifications is no place for a key to the account.
        tell(conn, &format!("email:{message}"), user_id, Some(email), args).await?;
    }
    Ok(id)
}

async fn tell(
    conn: &mut AsyncPgConnection,
    whom: &str,
    user_id: i64,
    email: Option<&str>,
    args: Value,
) -> Result<(), DbError> {
    let row = append_outbox(vec![whom], None::<i64>, None::<i64>, Some(user_id), email, args);
    diesel::select(row).execute(conn).await?;
    Ok(())
}

async fn now_of(conn: &mut AsyncPgConnection) -> Result<Timestamp, DbError> {
    Ok(diesel::select(surety_now()).get_result(conn).await?)
}

/// Makes an account, and a link that goes with it. [`DbError::Taken`] when the address has one.
pub(super) async fn open_account(
    db: &Db,
    new: &NewAccount<'_>,
    letter: Option<&Letter<'_>>,
) -> Result<(i64, Option<Uuid>), DbError> {
    let mut conn = db.conn().await?;
    let made = conn
        .transaction(async |conn| {
            let now = now_of(conn).await?;
            let user_id = insert_account(conn, new, now).await?;
            let mut link = None;
            if let Some(letter) = letter {
                link = Some(insert_link(conn, user_id, new.email.as_str(), letter, now).await?);
            }
            if !new.staff_roles.is_empty() {
                audit_roles(conn, user_id, &[], &new.staff_roles).await?;
            }
            Ok::<_, DbError>((user_id, link))
        })
        .await;
    made.map_err(|e| db.note(e))
}

/// Makes a link and mails it.
pub(super) async fn send_link(
    db: &Db,
    user_id: i64,
    email: &str,
    letter: &Letter<'_>,
) -> Result<Uuid, DbError> {
    let mut conn = db.conn().await?;
    let made = conn
        .transaction(async |conn| {
            let now = now_of(conn).await?;
            insert_link(conn, user_id, email, letter, now).await
        })
        .await;
    made.map_err(|e| db.note(e))
}

/// Mails a message without a token to the address of an account.
pub(super) async fn send_message(
    db: &Db,
    account: &Account,
    message: &str,
    link: &str,
) -> Result<(), DbError> {
    let mut conn = db.conn().await?;
    let args = json!({ "link": link });
    let whom = format!("email:{message}");
    tell(&mut conn, &whom, account.id, Some(&account.email), args).await.map_err(|e| db.note(e))
}

/// A link, with its account and the time.
pub(super) async fn link(db: &Db, id: Uuid) -> Result<Option<(Link, Account, Timestamp)>, DbError> {
    type Row = (String, String, Timestamp, Option<Timestamp>, Account, Timestamp);
    let mut conn = db.conn().await?;
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
        .get_result(&mut conn)
        .await
        .optional()
        .map_err(|e| db.note(e))?;
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

/// Uses up a link. False when somebody was faster.
async fn use_link(conn: &mut AsyncPgConnection, id: Uuid, now: Timestamp) -> Result<bool, DbError> {
    let link = email_tokens::table.find(id).filter(email_tokens::used_at.is_null());
    let used = diesel::update(link).set(email_tokens::used_at.eq(now)).execute(conn).await?;
    Ok(used == 1)
}

async fn confirm(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    now: Timestamp,
) -> Result<(), DbError> {
    let user = users::table.find(user_id).filter(users::email_confirmed_at.is_null());
    diesel::update(user).set(users::email_confirmed_at.eq(now)).execute(conn).await?;
    Ok(())
}

/// Confirms the address that a link was mailed to. False when the link was used meanwhile.
pub(super) async fn confirm_email(
    db: &Db,
    link_id: Uuid,
    user_id: i64,
    now: Timestamp,
) -> Result<bool, DbError> {
    let mut conn = db.conn().await?;
    let done = conn
        .transaction(async |conn| {
            if !use_link(conn, link_id, now).await? {
                return Ok(false);
            }
            confirm(conn, user_id, now).await?;
            Ok::<_, DbError>(true)
        })
        .await;
    done.map_err(|e| db.note(e))
}

/// Tells the owner that the password is another one.
async fn tell_password_changed(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    now: Timestamp,
) -> Result<(), DbError> {
    let args = json!({ "link": "/password/forgot", "changed_at": now.to_rfc3339() });
    tell(conn, "user:accounts-password-changed", user_id, None, args).await
}

/// Sets a new password by a mailed link: which also proves the address, ends every session and
/// every other such link. False when the link was used meanwhile.
pub(super) async fn reset_password(
    db: &Db,
    link_id: Uuid,
    user_id: i64,
    password_hash: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let mut conn = db.conn().await?;
    let done = conn
        .transaction(async |conn| {
            if !use_link(conn, link_id, now).await? {
                return Ok(false);
            }
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
            diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id)))
                .execute(conn)
                .await?;
            tell_password_changed(conn, user_id, now).await?;
            Ok::<_, DbError>(true)
        })
        .await;
    done.map_err(|e| db.note(e))
}

/// Replaces a password that was just verified, and ends the other sessions. False when the
/// password was changed meanwhile.
pub(super) async fn change_password(
    db: &Db,
    account: &Account,
    new_hash: &str,
    keep: Uuid,
) -> Result<bool, DbError> {
    let mut conn = db.conn().await?;
    let done = conn
        .transaction(async |conn| {
            let same = users::table
                .find(account.id)
                .filter(users::password_hash.eq(&account.password_hash));
            let changed =
                diesel::update(same).set(users::password_hash.eq(new_hash)).execute(conn).await?;
            if changed == 0 {
                return Ok(false);
            }
            delete_others(conn, account.id, keep).await?;
            let now = now_of(conn).await?;
            tell_password_changed(conn, account.id, now).await?;
            Ok::<_, DbError>(true)
        })
        .await;
    done.map_err(|e| db.note(e))
}

async fn delete_others(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    keep: Uuid,
) -> Result<usize, DbError> {
    let others =
        sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::public_id.ne(keep));
    Ok(diesel::delete(others).execute(conn).await?)
}

pub(super) async fn end_other_sessions(
    db: &Db,
    user_id: i64,
    keep: Uuid,
) -> Result<usize, DbError> {
    let mut conn = db.conn().await?;
    delete_others(&mut conn, user_id, keep).await.map_err(|e| db.note(e))
}

/// Ends one session of a person. False when it is not theirs, or gone.
pub(super) async fn end_session(db: &Db, user_id: i64, session: Uuid) -> Result<bool, DbError> {
    let mut conn = db.conn().await?;
    let own = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::public_id.eq(session));
    let ended = diesel::delete(own).execute(&mut conn).await.map_err(|e| db.note(e))?;
    Ok(ended == 1)
}

/// The sessions of a person that still live, the last seen first.
pub(super) async fn sessions_of(
    db: &Db,
    user_id: i64,
    idle: Duration,
) -> Result<Vec<SessionRow>, DbError> {
    let now = db.now().await?;
    let mut conn = db.conn().await?;
    sessions::table
        .inner_join(origins::table.on(origins::id.eq(sessions::origin_id)))
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_seen_at.ge(now - idle))
        .order((sessions::last_seen_at.desc(), sessions::public_id))
        .select((
            sessions::public_id,
            sessions::created_at,
            sessions::last_seen_at,
            origins::address,
            origins::agent,
        ))
        .load(&mut conn)
        .await
        .map_err(|e| db.note(e))
}

pub(super) async fn set_profile(
    db: &Db,
    user_id: i64,
    name: &str,
    locale: Locale,
    time_zone: Tz,
) -> Result<(), DbError> {
    let mut conn = db.conn().await?;
    diesel::update(users::table.find(user_id))
        .set((
            users::name.eq(name),
            users::locale.eq(locale.tag()),
            users::time_zone.eq(time_zone.name()),
        ))
        .execute(&mut conn)
        .await
        .map_err(|e| db.note(e))?;
    Ok(())
}

pub(super) async fn set_locale(db: &Db, user_id: i64, locale: Locale) -> Result<(), DbError> {
    let mut conn = db.conn().await?;
    diesel::update(users::table.find(user_id))
        .set(users::locale.eq(locale.tag()))
        .execute(&mut conn)
        .await
        .map_err(|e| db.note(e))?;
    Ok(())
}

async fn audit_roles(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    before: &[String],
    after: &[String],
) -> Result<(), DbError> {
    let line = append_audit(
        None::<i64>,
        "staff-roles-changed",
        format!("user:{user_id}"),
        Some(json!({ "roles": before })),
        Some(json!({ "roles": after })),
        "surety staff add",
    );
    diesel::select(line).execute(conn).await?;
    Ok(())
}

/// Gives a person a role. False when the roles were changed meanwhile.
pub(super) async fn set_roles(
    db: &Db,
    account: &Account,
    roles: &[String],
) -> Result<bool, DbError> {
    let mut conn = db.conn().await?;
    let done = conn
        .transaction(async |conn| {
            let same =
                users::table.find(account.id).filter(users::staff_roles.eq(&account.staff_roles));
            let changed =
                diesel::update(same).set(users::staff_roles.eq(roles)).execute(conn).await?;
            if changed == 0 {
                return Ok(false);
            }
            audit_roles(conn, account.id, &account.staff_roles, roles).await?;
            Ok::<_, DbError>(true)
        })
        .await;
    done.map_err(|e| db.note(e))
}
