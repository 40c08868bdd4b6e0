//! Second factors: setting, using and removing them. Each change locks the person's row, as the
//! creation of a session does (`session_store`), so no session can begin unaware of the change.

use chrono::Duration;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use super::sessions::delete_others;
use super::tell;
use crate::db::schema::{
    passkeys, recovery_codes, second_factor_enrolments, second_factors, users,
};
use crate::db::{Db, DbError, Fetch, now_in, surety_now};
use crate::kernel::time::Timestamp;

const LINK: &str = "/account/security/second-factor";

#[derive(Debug, Clone, Queryable)]
pub(in crate::accounts) struct Factor {
    pub sealed_secret: Vec<u8>,
    pub last_used_step: i64,
    pub created_at: Timestamp,
    pub now: Timestamp,
}

pub(in crate::accounts) async fn has_factor(db: &Db, user_id: i64) -> Result<bool, DbError> {
    diesel::select(exists(second_factors::table.find(user_id))).fetch_one(db).await
}

pub(in crate::accounts) async fn factor(db: &Db, user_id: i64) -> Result<Option<Factor>, DbError> {
    second_factors::table
        .find(user_id)
        .select((
            second_factors::sealed_secret,
            second_factors::last_used_step,
            second_factors::created_at,
            surety_now(),
        ))
        .fetch_optional(db)
        .await
}

/// Uses up the code of a step. Returns `false` if it or a later one has been used: if two browsers
/// send the same code, only one gets in.
pub(in crate::accounts) async fn use_step(
    db: &Db,
    user_id: i64,
    step: i64,
) -> Result<bool, DbError> {
    let unused =
        second_factors::table.find(user_id).filter(second_factors::last_used_step.lt(step));
    let used = diesel::update(unused).set(second_factors::last_used_step.eq(step)).run(db).await?;
    Ok(used == 1)
}

/// The secret shown for enrolment: the last one if younger than `lifetime`, otherwise `fresh`.
pub(in crate::accounts) async fn pending(
    db: &Db,
    user_id: i64,
    fresh: &[u8],
    lifetime: Duration,
) -> Result<Vec<u8>, DbError> {
    use second_factor_enrolments::dsl as e;
    db.transaction(async |conn| {
        let now = lock(conn, user_id).await?;
        let old: Option<(Vec<u8>, Timestamp)> = e::second_factor_enrolments
            .find(user_id)
            .select((e::sealed_secret, e::created_at))
            .get_result(conn)
            .await
            .optional()?;
        if let Some((sealed, at)) = old
            && now - at < lifetime
        {
            return Ok(sealed);
        }
        let row = (e::user_id.eq(user_id), e::sealed_secret.eq(fresh), e::created_at.eq(now));
        diesel::delete(e::second_factor_enrolments.find(user_id)).execute(conn).await?;
        diesel::insert_into(e::second_factor_enrolments).values(row).execute(conn).await?;
        Ok::<_, DbError>(fresh.to_vec())
    })
    .await
}

/// The secret last shown for enrolment, when it was created, and the current time.
pub(in crate::accounts) async fn shown(
    db: &Db,
    user_id: i64,
) -> Result<Option<(Vec<u8>, Timestamp, Timestamp)>, DbError> {
    use second_factor_enrolments::dsl as e;
    e::second_factor_enrolments
        .find(user_id)
        .select((e::sealed_secret, e::created_at, surety_now()))
        .fetch_optional(db)
        .await
}

pub(super) async fn lock(conn: &mut AsyncPgConnection, user_id: i64) -> Result<Timestamp, DbError> {
    Ok(users::table.find(user_id).select(surety_now()).for_update().get_result(conn).await?)
}

/// Makes the secret shown last the second factor and uses up its first code. Ends all sessions but
/// `keep` and deletes old recovery codes. Returns `false` if another was shown since.
pub(in crate::accounts) async fn set(
    db: &Db,
    user_id: i64,
    sealed: &[u8],
    step: i64,
    keep: Uuid,
) -> Result<bool, DbError> {
    db.transaction(async |conn| {
        let now = lock(conn, user_id).await?;
        let same = second_factor_enrolments::table
            .find(user_id)
            .filter(second_factor_enrolments::sealed_secret.eq(sealed));
        if diesel::delete(same).execute(conn).await? == 0 {
            return Ok(false);
        }
        forget(conn, user_id).await?;
        diesel::insert_into(second_factors::table)
            .values((
                second_factors::user_id.eq(user_id),
                second_factors::sealed_secret.eq(sealed),
                second_factors::last_used_step.eq(step),
                second_factors::created_at.eq(now),
            ))
            .execute(conn)
            .await?;
        delete_others(conn, user_id, keep).await?;
        let args = json!({ "link": LINK, "changed_at": now.to_rfc3339() });
        tell(conn, "user:accounts-second-factor-set", user_id, None, args).await?;
        Ok::<_, DbError>(true)
    })
    .await
}

/// Deletes all data of a person's second factor. Returns `false` if there was none.
pub(super) async fn forget(conn: &mut AsyncPgConnection, user_id: i64) -> Result<bool, DbError> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user_id)))
        .execute(conn)
        .await?;
    diesel::delete(second_factor_enrolments::table.find(user_id)).execute(conn).await?;
    diesel::delete(passkeys::table.filter(passkeys::user_id.eq(user_id))).execute(conn).await?;
    Ok(diesel::delete(second_factors::table.find(user_id)).execute(conn).await? == 1)
}

/// Removes the second factor of a person who is not staff, and ends every session except `keep`.
/// Returns `false` if there is none, or if the person has a staff role.
pub(in crate::accounts) async fn remove(
    db: &Db,
    user_id: i64,
    keep: Uuid,
) -> Result<bool, DbError> {
    db.transaction(async |conn| {
        let now = lock(conn, user_id).await?;
        let roles: Vec<String> =
            users::table.find(user_id).select(users::staff_roles).get_result(conn).await?;
        if !roles.is_empty() || !forget(conn, user_id).await? {
            return Ok(false);
        }
        delete_others(conn, user_id, keep).await?;
        let args = json!({ "link": LINK, "changed_at": now.to_rfc3339() });
        tell(conn, "user:accounts-second-factor-removed", user_id, None, args).await?;
        Ok::<_, DbError>(true)
    })
    .await
}

/// Replaces the recovery codes of a person. Returns `false` if there is no second factor.
pub(in crate::accounts) async fn set_recovery_codes(
    db: &Db,
    user_id: i64,
    hashes: &[[u8; 32]],
) -> Result<bool, DbError> {
    use recovery_codes::dsl as r;
    db.transaction(async |conn| {
        let now = lock(conn, user_id).await?;
        let factor = second_factors::table.find(user_id);
        if !diesel::select(exists(factor)).get_result::<bool>(conn).await? {
            return Ok(false);
        }
        diesel::delete(r::recovery_codes.filter(r::user_id.eq(user_id))).execute(conn).await?;
        let row = |hash: &[u8; 32]| {
            (r::user_id.eq(user_id), r::code_hash.eq(hash.to_vec()), r::created_at.eq(now))
        };
        let rows: Vec<_> = hashes.iter().map(row).collect();
        diesel::insert_into(r::recovery_codes).values(rows).execute(conn).await?;
        let args = json!({ "link": LINK, "changed_at": now.to_rfc3339() });
        tell(conn, "user:accounts-recovery-codes-made", user_id, None, args).await?;
        Ok::<_, DbError>(true)
    })
    .await
}

pub(in crate::accounts) async fn recovery_codes_left(
    db: &Db,
    user_id: i64,
) -> Result<i64, DbError> {
    let mut conn = db.conn().await?;
    count_left(&mut conn, user_id).await.map_err(|e| db.note(e))
}

async fn count_left(conn: &mut AsyncPgConnection, user_id: i64) -> Result<i64, DbError> {
    use recovery_codes::dsl as r;
    let left = r::recovery_codes.filter(r::user_id.eq(user_id)).filter(r::used_at.is_null());
    Ok(left.count().get_result(conn).await?)
}

/// Uses up a recovery code and notifies its owner. Returns `false` if there is no such unused code.
pub(in crate::accounts) async fn use_recovery_code(
    db: &Db,
    user_id: i64,
    hash: &[u8; 32],
) -> Result<bool, DbError> {
    use recovery_codes::dsl as r;
    db.transaction(async |conn| {
        let now = now_in(conn).await?;
        let code = r::recovery_codes.find((user_id, hash.to_vec())).filter(r::used_at.is_null());
        let used = diesel::update(code).set(r::used_at.eq(now)).execute(conn).await?;
        if used == 0 {
            return Ok(false);
        }
        let left = count_left(conn, user_id).await?;
        let args = json!({ "link": LINK, "used_at": now.to_rfc3339(), "left": left });
        tell(conn, "user:accounts-recovery-code-used", user_id, None, args).await?;
        Ok::<_, DbError>(true)
    })
    .await
}
