//! The audit trail of the staff, as it is read. It is written by the acts themselves.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value as Json;

use crate::db::schema::audit_entries;
use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;

/// A line of the trail.
#[derive(Debug, Clone, Queryable)]
pub struct AuditEntry {
    /// Its row.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who; nobody when it was the clock.
    pub user_id: Option<i64>,
    /// What: `application.approve`.
    pub action: String,
    /// Of what: `application:UUID`, `merchant:CODE`.
    pub subject: String,
    /// As it was.
    pub before: Option<Json>,
    /// As it is.
    pub after: Option<Json>,
    /// Why.
    pub reason: String,
}

/// From where on the trail is read; it runs from the newest to the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditFrom {
    /// From the newest.
    Start,
    /// Older than this row.
    OlderThan(i64),
    /// Newer than this row.
    NewerThan(i64),
}

/// A part of the trail, newest first, and whether more lies beyond it in the direction of reading.
/// `action` is the beginning of an action's name, `subject` the whole subject.
///
/// # Errors
/// [`DbError`].
pub async fn trail(
    db: &Db,
    action: &str,
    subject: &str,
    from: AuditFrom,
    limit: usize,
) -> Result<(Vec<AuditEntry>, bool), DbError> {
    let mut conn = db.conn().await?;
    let mut query = audit_entries::table.into_boxed();
    if !action.is_empty() {
        let escaped = action.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query = query.filter(audit_entries::action.like(format!("{escaped}%")));
    }
    if !subject.is_empty() {
        query = query.filter(audit_entries::subject.eq(subject.to_owned()));
    }
    query = match from {
        AuditFrom::Start => query.order(audit_entries::id.desc()),
        AuditFrom::OlderThan(id) => {
            query.filter(audit_entries::id.lt(id)).order(audit_entries::id.desc())
        }
        AuditFrom::NewerThan(id) => {
            query.filter(audit_entries::id.gt(id)).order(audit_entries::id.asc())
        }
    };
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut entries: Vec<AuditEntry> =
        query.limit(one_more).load(&mut conn).await.map_err(|e| db.note(e))?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    if matches!(from, AuditFrom::NewerThan(_)) {
        entries.reverse();
    }
    Ok((entries, more))
}
