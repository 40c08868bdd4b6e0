//! A person's sessions, listed and ended by their owner.

use chrono::Duration;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::schema::{origins, sessions};
use crate::db::{Db, DbError, Fetch};
use crate::kernel::time::Timestamp;

#[derive(Debug, Clone, Queryable)]
pub(in crate::accounts) struct SessionRow {
    pub public_id: Uuid,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub address: String,
    pub agent: String,
}

pub(super) async fn delete_others(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    keep: Uuid,
) -> Result<usize, DbError> {
    let others =
        sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::public_id.ne(keep));
    Ok(diesel::delete(others).execute(conn).await?)
}

pub(in crate::accounts) async fn end_other_sessions(
    db: &Db,
    user_id: i64,
    keep: Uuid,
) -> Result<usize, DbError> {
    let mut conn = db.conn().await?;
    delete_others(&mut conn, user_id, keep).await.map_err(|e| db.note(e))
}

/// Ends one session of a person. Returns `false` if it is not theirs or has ended.
pub(in crate::accounts) async fn end_session(
    db: &Db,
    user_id: i64,
    session: Uuid,
) -> Result<bool, DbError> {
    let own = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::public_id.eq(session));
    let ended = diesel::delete(own).run(db).await?;
    Ok(ended == 1)
}

/// The live sessions of a person, most recently seen first.
pub(in crate::accounts) async fn sessions_of(
    db: &Db,
    user_id: i64,
    idle: Duration,
) -> Result<Vec<SessionRow>, DbError> {
    let now = db.now().await?;
    sessions::table
        .inner_join(origins::table.on(origins::id.eq(sessions::origin_id)))
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_seen_at.ge(now - idle))
        .filter(sessions::awaits_second_factor.eq(false))
        .order((sessions::last_seen_at.desc(), sessions::public_id))
        .select((
            sessions::public_id,
            sessions::created_at,
            sessions::last_seen_at,
            origins::address,
            origins::agent,
        ))
        .fetch_all(db)
        .await
}
