//! Passkeys and pending challenges. A challenge belongs to one session and is deleted by the first
//! answer, right or wrong.

use chrono::Duration;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use super::{second_factor, tell};
use crate::accounts::passkey::Kept;
use crate::db::schema::{passkey_challenges, passkeys, second_factors, sessions, users};
use crate::db::{Db, DbError, Fetch, surety_now};
use crate::kernel::time::Timestamp;

#[derive(Debug, Clone)]
pub(in crate::accounts) struct PasskeyRow {
    pub public_id: Uuid,
    pub name: String,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub kept: Kept,
}

/// The passkeys of a person, oldest first.
pub(in crate::accounts) async fn of_person(
    db: &Db,
    user_id: i64,
) -> Result<Vec<PasskeyRow>, DbError> {
    type Row = (Uuid, String, Timestamp, Option<Timestamp>, Vec<u8>, i16, Vec<u8>, Vec<u8>);
    let rows: Vec<Row> = passkeys::table
        .filter(passkeys::user_id.eq(user_id))
        .order((passkeys::created_at, passkeys::public_id))
        .select((
            passkeys::public_id,
            passkeys::name,
            passkeys::created_at,
            passkeys::used_at,
            passkeys::credential_id,
            passkeys::transports,
            passkeys::static_state,
            passkeys::dynamic_state,
        ))
        .fetch_all(db)
        .await?;
    let row = |(public_id, name, created_at, used_at, credential_id, bits, fixed, changing)| {
        let transports = u8::try_from(bits).unwrap_or_default();
        let kept = Kept { credential_id, transports, static_state: fixed, dynamic_state: changing };
        PasskeyRow { public_id, name, created_at, used_at, kept }
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The id that browsers know a person by.
pub(in crate::accounts) async fn handle_of(db: &Db, user_id: i64) -> Result<Uuid, DbError> {
    users::table.find(user_id).select(users::public_id).fetch_one(db).await
}

/// Replaces the challenge of a session. Returns `false` if the session has ended.
pub(in crate::accounts) async fn keep_challenge(
    db: &Db,
    session: Uuid,
    state: &[u8],
    name: Option<&str>,
) -> Result<bool, DbError> {
    use passkey_challenges::dsl as c;
    db.transaction(async |conn| {
        let now: Option<Timestamp> = sessions::table
            .filter(sessions::public_id.eq(session))
            .select(surety_now())
            .for_key_share()
            .get_result(conn)
            .await
            .optional()?;
        let Some(now) = now else { return Ok(false) };
        diesel::delete(c::passkey_challenges.find(session)).execute(conn).await?;
        diesel::insert_into(c::passkey_challenges)
            .values((
                c::session_id.eq(session),
                c::state.eq(state),
                c::name.eq(name),
                c::created_at.eq(now),
            ))
            .execute(conn)
            .await?;
        Ok::<_, DbError>(true)
    })
    .await
}

/// Takes a session's challenge and the new passkey's name. Only a challenge to create has a name.
pub(in crate::accounts) async fn take_challenge(
    db: &Db,
    session: Uuid,
    lifetime: Duration,
) -> Result<Option<(Vec<u8>, Option<String>)>, DbError> {
    use passkey_challenges::dsl as c;
    type Row = (Vec<u8>, Option<String>, Timestamp, Timestamp);
    let taken: Vec<Row> = diesel::delete(c::passkey_challenges.find(session))
        .returning((c::state, c::name, c::created_at, surety_now()))
        .fetch_all(db)
        .await?;
    let in_time = taken.into_iter().find(|(_, _, at, now)| *now - *at < lifetime);
    Ok(in_time.map(|(state, name, ..)| (state, name)))
}

/// Adds a passkey. Returns `false` without a second factor, or if the passkey is already taken.
pub(in crate::accounts) async fn add(
    db: &Db,
    user_id: i64,
    name: &str,
    kept: &Kept,
) -> Result<bool, DbError> {
    db.transaction(async |conn| {
        let now = second_factor::lock(conn, user_id).await?;
        let factor = second_factors::table.find(user_id);
        let has = diesel::select(diesel::dsl::exists(factor)).get_result::<bool>(conn).await?;
        if !has {
            return Ok(false);
        }
        let added = diesel::insert_into(passkeys::table)
            .values((
                passkeys::user_id.eq(user_id),
                passkeys::name.eq(name),
                passkeys::credential_id.eq(&kept.credential_id),
                passkeys::transports.eq(i16::from(kept.transports)),
                passkeys::static_state.eq(&kept.static_state),
                passkeys::dynamic_state.eq(&kept.dynamic_state),
                passkeys::created_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        if added == 0 {
            return Ok(false);
        }
        tell_owner(conn, "user:accounts-passkey-added", user_id, name, now).await?;
        Ok::<_, DbError>(true)
    })
    .await
}

/// Records that a passkey was used. Returns `false` if its state has changed: if two browsers send
/// the same answer, only one gets in.
pub(in crate::accounts) async fn note_use(
    db: &Db,
    passkey: &PasskeyRow,
    dynamic_state: &[u8],
) -> Result<bool, DbError> {
    let now = db.now().await?;
    let same = passkeys::table
        .filter(passkeys::public_id.eq(passkey.public_id))
        .filter(passkeys::dynamic_state.eq(&passkey.kept.dynamic_state));
    let noted = diesel::update(same)
        .set((passkeys::dynamic_state.eq(dynamic_state), passkeys::used_at.eq(now)))
        .run(db)
        .await?;
    Ok(noted == 1)
}

/// Removes a person's passkey and notifies them. Returns `false` if it is not theirs.
pub(in crate::accounts) async fn remove(
    db: &Db,
    user_id: i64,
    public_id: Uuid,
) -> Result<bool, DbError> {
    db.transaction(async |conn| {
        let now = second_factor::lock(conn, user_id).await?;
        let own = passkeys::table
            .filter(passkeys::user_id.eq(user_id))
            .filter(passkeys::public_id.eq(public_id));
        let names: Vec<String> = diesel::delete(own).returning(passkeys::name).load(conn).await?;
        let Some(name) = names.into_iter().next() else { return Ok(false) };
        tell_owner(conn, "user:accounts-passkey-removed", user_id, &name, now).await?;
        Ok::<_, DbError>(true)
    })
    .await
}

async fn tell_owner(
    conn: &mut AsyncPgConnection,
    whom: &str,
    user_id: i64,
    passkey: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let link = "/account/security/second-factor";
    let args = json!({ "link": link, "passkey": passkey, "changed_at": now.to_rfc3339() });
    tell(conn, whom, user_id, None, args).await
}
