//! The audit trail of the staff, as it is read. It is written by the acts themselves.

use diesel::pg::Pg;
use diesel::prelude::*;
use serde_json::Value as Json;

use crate::db::schema::audit_entries;
use crate::db::{Db, DbError, Fetch, append_audit, only};
use crate::kernel::time::Timestamp;

/// How many people are looked through by name.
const ACTORS_MAX: usize = 500;

/// A line of the trail.
#[derive(Debug, Clone, Queryable)]
pub struct AuditEntry {
    pub id: i64,
    pub at: Timestamp,
    /// Who; nobody when it was the clock.
    pub user_id: Option<i64>,
    /// What: `application.approve`.
    pub action: String,
    /// Of what: `application:UUID`, `merchant:CODE`.
    pub subject: String,
    pub before: Option<Json>,
    pub after: Option<Json>,
    pub reason: String,
}

impl AuditEntry {
    /// Its place in the trail.
    pub const fn key(&self) -> AuditKey {
        (self.at, self.id)
    }
}

/// A place in the trail: when, and the row.
pub type AuditKey = (Timestamp, i64);

/// Whose acts are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoneBy {
    /// Nobody's: the clock's, and the command line's.
    Nobody,
    People(Vec<i64>),
}

/// What of the trail is shown.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub by: Option<DoneBy>,
    /// Of one action, by its whole name; empty for all.
    pub action: String,
    /// Of these subjects; none for all.
    pub subjects: Option<Vec<String>>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Written before this row.
    pub below: Option<i64>,
}

/// From where on the trail is read; it runs from the newest to the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditFrom {
    /// From the newest.
    Start,
    OlderThan(AuditKey),
    NewerThan(AuditKey),
}

/// A part of the trail, newest first, and whether more lies beyond it in the direction of reading.
pub async fn trail(
    db: &Db,
    filter: &AuditFilter,
    from: AuditFrom,
    limit: usize,
) -> Result<(Vec<AuditEntry>, bool), DbError> {
    let query = filtered(filter);
    // The first condition of a place is the index's, which cannot begin in the middle of an OR.
    let query = match from {
        AuditFrom::Start => query.order((audit_entries::at.desc(), audit_entries::id.desc())),
        AuditFrom::OlderThan((at, id)) => query
            .filter(audit_entries::at.le(at))
            .filter(audit_entries::at.lt(at).or(audit_entries::id.lt(id)))
            .order((audit_entries::at.desc(), audit_entries::id.desc())),
        AuditFrom::NewerThan((at, id)) => query
            .filter(audit_entries::at.ge(at))
            .filter(audit_entries::at.gt(at).or(audit_entries::id.gt(id)))
            .order((audit_entries::at.asc(), audit_entries::id.asc())),
    };
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut entries: Vec<AuditEntry> = query.limit(one_more).fetch_all(db).await?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    if matches!(from, AuditFrom::NewerThan(_)) {
        entries.reverse();
    }
    Ok((entries, more))
}

fn filtered(filter: &AuditFilter) -> audit_entries::BoxedQuery<'static, Pg> {
    let mut query = audit_entries::table.into_boxed();
    query = match &filter.by {
        None => query,
        Some(DoneBy::Nobody) => query.filter(audit_entries::user_id.is_null()),
        // Equality with one person lets the index give the order.
        Some(DoneBy::People(ids)) => match ids[..] {
            [id] => query.filter(audit_entries::user_id.eq(id)),
            _ => query.filter(audit_entries::user_id.eq_any(ids.clone())),
        },
    };
    if !filter.action.is_empty() {
        query = query.filter(audit_entries::action.eq(filter.action.clone()));
    }
    if let Some(subjects) = &filter.subjects {
        query = query.filter(audit_entries::subject.eq_any(subjects.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_entries::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_entries::at.lt(until));
    }
    if let Some(below) = filter.below {
        query = query.filter(audit_entries::id.lt(below));
    }
    query
}

/// Everybody who is named in the trail as who did something, by row, at most [`ACTORS_MAX`]: who
/// has left the staff, too. Each is one step along an index, however long the trail is.
pub async fn actors(db: &Db) -> Result<Vec<i64>, DbError> {
    let mut found: Vec<i64> = Vec::new();
    while found.len() < ACTORS_MAX {
        let after = found.last().copied().unwrap_or(i64::MIN);
        let next: Option<Option<i64>> = audit_entries::table
            .filter(audit_entries::user_id.gt(after))
            .order(audit_entries::user_id)
            .select(audit_entries::user_id)
            .limit(1)
            .fetch_optional(db)
            .await?;
        let Some(id) = next.flatten() else { break };
        found.push(id);
    }
    Ok(found)
}

/// Writes down that somebody took a copy of a part of the trail. Gives the row of that entry.
pub async fn note_export(db: &Db, user_id: i64, asked: Json) -> Result<i64, DbError> {
    let entry = append_audit(Some(user_id), "audit.export", "audit:trail", None::<Json>, asked, "");
    let rows: Vec<i64> = diesel::select(entry).fetch_all(db).await?;
    Ok(only(rows)?)
}
