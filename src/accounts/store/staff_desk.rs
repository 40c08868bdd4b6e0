//! What administrators see and change about staff. Each change locks the rows of both people, in
//! order of id, and checks again that the actor is an administrator. So if two administrators
//! remove each other's role, the second fails, and one administrator always remains.

use diesel::dsl::{max, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Account, Hand, second_factor, staff, tell};
use crate::accounts::actor::Role;
use crate::db::schema::{origins, second_factors, sessions, users};
use crate::db::{Db, DbError, Fetch, append_audit, now_in};
use crate::kernel::time::Timestamp;

#[derive(Debug, Clone)]
pub(in crate::accounts) struct MemberRow {
    pub account: Account,
    pub public_id: Uuid,
    pub has_second_factor: bool,
    pub signed_in_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    pub actor_id: i64,
    pub reason: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::accounts) enum Changed {
    Done,
    NotAdministrator,
    /// The account is no longer as it was when it was read.
    Lost,
}

pub(in crate::accounts) async fn members(
    db: &Db,
    only: Option<Uuid>,
) -> Result<Vec<MemberRow>, DbError> {
    // The partial index's condition, verbatim.
    let mut query = users::table
        .filter(sql::<Bool>("staff_roles <> '{}'"))
        .order((users::name, users::id))
        .select((Account::as_select(), users::public_id))
        .into_boxed();
    if let Some(id) = only {
        query = query.filter(users::public_id.eq(id));
    }
    let people: Vec<(Account, Uuid)> = query.fetch_all(db).await?;
    let ids: Vec<i64> = people.iter().map(|(a, _)| a.id).collect();
    let with_factor: Vec<i64> = second_factors::table
        .filter(second_factors::user_id.eq_any(&ids))
        .select(second_factors::user_id)
        .fetch_all(db)
        .await?;
    let signed_in: Vec<(i64, Option<Timestamp>)> = origins::table
        .filter(origins::user_id.eq_any(&ids))
        .filter(origins::awaited_second_factor.eq(false))
        .group_by(origins::user_id)
        .select((origins::user_id, max(origins::created_at)))
        .fetch_all(db)
        .await?;
    let last = |id: i64| signed_in.iter().find(|(of, _)| *of == id).and_then(|(_, at)| *at);
    let row = |(account, public_id): (Account, Uuid)| MemberRow {
        has_second_factor: with_factor.contains(&account.id),
        signed_in_at: last(account.id),
        account,
        public_id,
    };
    Ok(people.into_iter().map(row).collect())
}

/// Locks both rows and returns whether the actor is still an administrator.
async fn lock(conn: &mut AsyncPgConnection, by: By<'_>, target: i64) -> Result<bool, DbError> {
    let both: Vec<(i64, Vec<String>, Option<Timestamp>)> = users::table
        .filter(users::id.eq_any([by.actor_id, target]))
        .order(users::id)
        .select((users::id, users::staff_roles, users::disabled_at))
        .for_update()
        .load(conn)
        .await?;
    let administers = |roles: &[String]| roles.iter().any(|r| r == Role::Administrator.name());
    Ok(both.iter().any(|(id, roles, disabled)| {
        *id == by.actor_id && disabled.is_none() && administers(roles)
    }))
}

async fn audit(
    conn: &mut AsyncPgConnection,
    by: By<'_>,
    action: &str,
    target: i64,
    after: Value,
) -> Result<(), DbError> {
    let subject = format!("user:{target}");
    let line =
        append_audit(Some(by.actor_id), action, subject, None::<Value>, Some(after), by.reason);
    diesel::select(line).execute(conn).await?;
    Ok(())
}

/// Sets a person's roles and notifies them of each role added or removed.
pub(in crate::accounts) async fn change_roles(
    db: &Db,
    by: By<'_>,
    account: &Account,
    roles: &[String],
) -> Result<Changed, DbError> {
    db.transaction(async |conn| {
        if !lock(conn, by, account.id).await? {
            return Ok(Changed::NotAdministrator);
        }
        let same = users::table
            .find(account.id)
            .filter(users::staff_roles.eq(&account.staff_roles))
            .filter(users::disabled_at.is_null());
        let changed = diesel::update(same).set(users::staff_roles.eq(roles)).execute(conn).await?;
        if changed == 0 {
            return Ok(Changed::Lost);
        }
        let before = &account.staff_roles;
        let hand = Hand { actor_id: Some(by.actor_id), reason: by.reason };
        staff::audit_roles(conn, account.id, before, roles, hand).await?;
        staff::tell_roles(conn, account.id, before, roles).await?;
        Ok::<_, DbError>(Changed::Done)
    })
    .await
}

pub(in crate::accounts) async fn end_all_sessions(
    db: &Db,
    by: By<'_>,
    target: i64,
) -> Result<Changed, DbError> {
    db.transaction(async |conn| {
        if !lock(conn, by, target).await? {
            return Ok(Changed::NotAdministrator);
        }
        let ended = end_sessions_of(conn, target).await?;
        audit(conn, by, "staff-sessions-ended", target, json!({ "sessions": ended })).await?;
        let at = now_in(conn).await?.to_rfc3339();
        let args = json!({ "link": "/login", "ended_at": at });
        tell(conn, "user:accounts-sessions-ended", target, None, args).await?;
        Ok::<_, DbError>(Changed::Done)
    })
    .await
}

async fn end_sessions_of(conn: &mut AsyncPgConnection, user_id: i64) -> Result<usize, DbError> {
    let all = sessions::table.filter(sessions::user_id.eq(user_id));
    Ok(diesel::delete(all).execute(conn).await?)
}

/// Removes a second factor that its owner has lost, and ends every session. Staff must set up
/// another before their roles count again.
pub(in crate::accounts) async fn reset_factor(
    db: &Db,
    by: By<'_>,
    target: i64,
) -> Result<Changed, DbError> {
    db.transaction(async |conn| {
        if !lock(conn, by, target).await? {
            return Ok(Changed::NotAdministrator);
        }
        if !second_factor::forget(conn, target).await? {
            return Ok(Changed::Lost);
        }
        let ended = end_sessions_of(conn, target).await?;
        audit(conn, by, "second-factor-reset", target, json!({ "sessions": ended })).await?;
        let at = now_in(conn).await?.to_rfc3339();
        let args = json!({ "link": "/account/security/second-factor", "changed_at": at });
        tell(conn, "user:accounts-second-factor-reset", target, None, args).await?;
        Ok::<_, DbError>(Changed::Done)
    })
    .await
}
