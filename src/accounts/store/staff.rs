//! Staff roles. Each change is recorded in the audit trail.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use super::{Account, Letter, links, second_factor, tell};
use crate::db::schema::{email_tokens, sessions, users};
use crate::db::{Db, DbError, append_audit, now_in};

/// Who changes roles, and why, as recorded in the audit trail.
#[derive(Debug, Clone, Copy)]
pub(in crate::accounts) struct Hand<'a> {
    /// The administrator; `None` for the command line.
    pub actor_id: Option<i64>,
    pub reason: &'a str,
}

impl Hand<'static> {
    /// For operations that change no roles.
    pub(in crate::accounts) const NOBODY: Self = Self { actor_id: None, reason: "" };
}

/// Notifies a person of each role added or removed.
pub(super) async fn tell_roles(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    before: &[String],
    after: &[String],
) -> Result<(), DbError> {
    for (message, from, to, link) in [
        ("user:accounts-role-given", after, before, "/admin"),
        ("user:accounts-role-taken", before, after, "/account"),
    ] {
        for role in from.iter().filter(|role| !to.contains(role)) {
            let role = json!({ "text": format!("staff-role-{role}") });
            tell(conn, message, user_id, None, json!({ "link": link, "role": role })).await?;
        }
    }
    Ok(())
}

pub(super) async fn audit_roles(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    before: &[String],
    after: &[String],
    hand: Hand<'_>,
) -> Result<(), DbError> {
    let line = append_audit(
        hand.actor_id,
        "staff-roles-changed",
        format!("user:{user_id}"),
        Some(json!({ "roles": before })),
        Some(json!({ "roles": after })),
        hand.reason,
    );
    diesel::select(line).execute(conn).await?;
    Ok(())
}

/// Sets a person's roles. Returns `false` if they have changed since they were read.
pub(in crate::accounts) async fn set_roles(
    db: &Db,
    account: &Account,
    roles: &[String],
    hand: Hand<'_>,
) -> Result<bool, DbError> {
    db.transaction(async |conn| {
        let same =
            users::table.find(account.id).filter(users::staff_roles.eq(&account.staff_roles));
        let changed = diesel::update(same).set(users::staff_roles.eq(roles)).execute(conn).await?;
        if changed == 0 {
            return Ok(false);
        }
        audit_roles(conn, account.id, &account.staff_roles, roles, hand).await?;
        tell_roles(conn, account.id, &account.staff_roles, roles).await?;
        Ok::<_, DbError>(true)
    })
    .await
}

/// Turns an account with an unconfirmed address into a staff account: replaces name and password,
/// and ends all sessions and links of whoever opened it. Returns the id of the new link, or `None`
/// if the account has changed since.
pub(in crate::accounts) async fn take_over(
    db: &Db,
    account: &Account,
    (name, password_hash): (&str, &str),
    (roles, hand): (&[String], Hand<'_>),
    letter: &Letter<'_>,
) -> Result<Option<Uuid>, DbError> {
    db.transaction(async |conn| {
        let same = users::table
            .find(account.id)
            .filter(users::email_confirmed_at.is_null())
            .filter(users::disabled_at.is_null())
            .filter(users::staff_roles.eq(&account.staff_roles));
        let changed = diesel::update(same)
            .set((
                users::name.eq(name),
                users::password_hash.eq(password_hash),
                users::staff_roles.eq(roles),
            ))
            .execute(conn)
            .await?;
        if changed == 0 {
            return Ok(None);
        }
        let now = now_in(conn).await?;
        let open = email_tokens::table
            .filter(email_tokens::user_id.eq(account.id))
            .filter(email_tokens::used_at.is_null());
        diesel::update(open).set(email_tokens::used_at.eq(now)).execute(conn).await?;
        diesel::delete(sessions::table.filter(sessions::user_id.eq(account.id)))
            .execute(conn)
            .await?;
        // Whoever opened the account may have set up their own second factor.
        second_factor::forget(conn, account.id).await?;
        if roles != account.staff_roles {
            audit_roles(conn, account.id, &account.staff_roles, roles, hand).await?;
        }
        links::insert(conn, account.id, &account.email, letter, now).await.map(Some)
    })
    .await
}
