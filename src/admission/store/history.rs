//! The history of an application, which is only ever added to.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::schema::application_events;
use crate::db::{Conn, Db, DbError, Fetch};
use crate::kernel::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationEvent {
    pub version: i32,
    /// The history name of an act, or `start`.
    pub event: String,
    pub at: Timestamp,
    /// `None` for the clock.
    pub user_id: Option<i64>,
    /// The text recorded with the event.
    pub note: String,
}

/// The events of an application, newest first, without the frequent saves of drafts.
pub async fn events(db: &Db, application_id: i64) -> Result<Vec<ApplicationEvent>, DbError> {
    let rows: Vec<(i32, String, Timestamp, Option<i64>, String)> = application_events::table
        .filter(application_events::application_id.eq(application_id))
        .filter(application_events::event.ne("save"))
        .order(application_events::version.desc())
        .limit(200)
        .select((
            application_events::version,
            application_events::event,
            application_events::at,
            application_events::user_id,
            application_events::note,
        ))
        .fetch_all(db)
        .await?;
    let event = |(version, event, at, user_id, note)| ApplicationEvent {
        version,
        event,
        at,
        user_id,
        note,
    };
    Ok(rows.into_iter().map(event).collect())
}

pub async fn insert_event(
    conn: &mut Conn,
    application_id: i64,
    version: i32,
    event: &str,
    at: Timestamp,
    user_id: Option<i64>,
    note: &str,
) -> Result<(), DbError> {
    diesel::insert_into(application_events::table)
        .values((
            application_events::application_id.eq(application_id),
            application_events::version.eq(version),
            application_events::event.eq(event),
            application_events::at.eq(at),
            application_events::user_id.eq(user_id),
            application_events::note.eq(note),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
