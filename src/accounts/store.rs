//! All SQL for accounts, except for reading the session of each request (`session_store`).

mod cleaning;
mod devices;
mod links;
mod passkeys;
mod passwords;
mod second_factor;
mod sessions;
mod staff;
mod staff_desk;

use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::db::schema::users;
use crate::db::{About, Db, DbError, Fetch, now_in, only, tell_in};
use crate::kernel::email::Email;
use crate::kernel::locale::Locale;
use crate::kernel::time::Timestamp;

pub(super) use cleaning::{
    delete_dead_links, delete_ended_sessions, delete_old_enrolments, delete_old_origins,
};
pub(super) use devices::{delete_old_devices, is_known, note_device_in};
pub use devices::{devices_of, note_device, people_on};
pub(super) use links::{Letter, confirm_email, link, send_link};
pub(super) use passkeys::{
    PasskeyRow, add as add_passkey, handle_of, keep_challenge, note_use, of_person as passkeys_of,
    remove as remove_passkey, take_challenge,
};
pub(super) use passwords::{change_password, reset_password};
pub(super) use second_factor::{
    factor, has_factor, pending, recovery_codes_left, remove as remove_factor, set as set_factor,
    set_recovery_codes, shown, use_recovery_code, use_step,
};
pub(super) use sessions::{end_other_sessions, end_session, sessions_of};
pub(super) use staff::{Hand, set_roles, take_over};
pub use staff_desk::By;
pub(super) use staff_desk::{
    Changed, MemberRow, change_roles, end_all_sessions, members, reset_factor,
};

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

pub(super) struct NewAccount<'a> {
    pub email: &'a Email,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub locale: Locale,
    pub time_zone: Tz,
    pub is_confirmed: bool,
    pub staff_roles: Vec<String>,
    pub hand: Hand<'a>,
}

pub(super) async fn by_email(db: &Db, email: &str) -> Result<Option<Account>, DbError> {
    users::table
        .filter(users::email.eq(email))
        .select(Account::as_select())
        .fetch_optional(db)
        .await
}

pub(super) async fn by_ids(db: &Db, ids: &[i64]) -> Result<Vec<Account>, DbError> {
    users::table
        .filter(users::id.eq_any(ids))
        .order(users::id)
        .select(Account::as_select())
        .fetch_all(db)
        .await
}

pub(super) async fn by_role(db: &Db, role: &str) -> Result<Vec<Account>, DbError> {
    users::table
        // The first filter selects the people; the second makes the partial index usable.
        .filter(users::staff_roles.contains(vec![role]))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("staff_roles <> '{}'"))
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select(Account::as_select())
        .fetch_all(db)
        .await
}

async fn insert_account(
    conn: &mut AsyncPgConnection,
    new: &NewAccount<'_>,
    now: Timestamp,
) -> Result<i64, DbError> {
    let ids: Vec<i64> = diesel::insert_into(users::table)
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
        .load(conn)
        .await?;
    Ok(only(ids)?)
}

async fn tell(
    conn: &mut AsyncPgConnection,
    whom: &str,
    user_id: i64,
    email: Option<&str>,
    args: Value,
) -> Result<(), DbError> {
    tell_in(conn, whom, About { user_id: Some(user_id), email, ..About::default() }, args).await
}

/// Makes an account, and a link that goes with it. [`DbError::Taken`] when the address has one.
pub(super) async fn open_account(
    db: &Db,
    new: &NewAccount<'_>,
    letter: Option<&Letter<'_>>,
) -> Result<(i64, Option<Uuid>), DbError> {
    db.transaction(async |conn| {
        let now = now_in(conn).await?;
        let user_id = insert_account(conn, new, now).await?;
        let mut link = None;
        if let Some(letter) = letter {
            link = Some(links::insert(conn, user_id, new.email.as_str(), letter, now).await?);
        }
        if !new.staff_roles.is_empty() {
            staff::audit_roles(conn, user_id, &[], &new.staff_roles, new.hand).await?;
        }
        Ok::<_, DbError>((user_id, link))
    })
    .await
}

/// Mails a message that contains no token to the address of an account.
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

pub(super) async fn set_profile(
    db: &Db,
    user_id: i64,
    name: &str,
    locale: Locale,
    time_zone: Tz,
) -> Result<(), DbError> {
    diesel::update(users::table.find(user_id))
        .set((
            users::name.eq(name),
            users::locale.eq(locale.tag()),
            users::time_zone.eq(time_zone.name()),
        ))
        .run(db)
        .await?;
    Ok(())
}

pub(super) async fn set_locale(db: &Db, user_id: i64, locale: Locale) -> Result<(), DbError> {
    diesel::update(users::table.find(user_id)).set(users::locale.eq(locale.tag())).run(db).await?;
    Ok(())
}

pub(super) async fn any(db: &Db) -> Result<bool, DbError> {
    diesel::select(diesel::dsl::exists(users::table.select(users::id))).fetch_one(db).await
}
