//! Reads the audit trail. The acts themselves write it.

use diesel::pg::Pg;
use diesel::prelude::*;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::db::schema::audit_entries;
use crate::db::{Db, DbError, Fetch, append_audit, only};
use crate::kernel::time::Timestamp;

/// The most people whose names are searched.
const ACTORS_MAX: usize = 500;

#[derive(Debug, Clone, Queryable)]
pub struct AuditEntry {
    pub id: i64,
    pub at: Timestamp,
    /// `None` for the clock or the command line.
    pub user_id: Option<i64>,
    /// Such as `application.approve`.
    pub action: String,
    /// Such as `application:UUID` or `merchant:CODE`.
    pub subject: String,
    pub before: Option<Json>,
    pub after: Option<Json>,
    pub reason: String,
    /// Name, address and public id of the person when they acted; `None` as `user_id`.
    pub by_name: Option<String>,
    pub by_email: Option<String>,
    pub by_public_id: Option<Uuid>,
}

impl AuditEntry {
    pub const fn key(&self) -> AuditKey {
        (self.at, self.id)
    }
}

/// A position in the trail: time and row id.
pub type AuditKey = (Timestamp, i64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoneBy {
    /// The clock and the command line.
    Nobody,
    People(Vec<i64>),
}

#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub by: Option<DoneBy>,
    /// Only this action, by its full name; empty for all.
    pub action: String,
    /// Only these subjects; `None` for all.
    pub subjects: Option<Vec<String>>,
    /// Only entries from this moment on; `until` is exclusive.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Only entries with a lower id.
    pub below: Option<i64>,
}

/// The position from which to read the trail, newest to oldest; `Start` is the newest entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditFrom {
    Start,
    OlderThan(AuditKey),
    NewerThan(AuditKey),
}

/// A page of the trail, newest first, and whether there is more in the direction of reading.
pub async fn trail(
    db: &Db,
    filter: &AuditFilter,
    from: AuditFrom,
    limit: usize,
) -> Result<(Vec<AuditEntry>, bool), DbError> {
    let query = filtered(filter);
    // The redundant first condition lets the index find the start; an OR would not.
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
        // Comparing with a single person lets the index provide the order.
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

/// The ids of everybody who acted in the trail, including former staff, at most [`ACTORS_MAX`].
/// Takes one index step per person, however long the trail is.
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

/// Records that somebody exported part of the trail. Returns the id of the entry.
pub async fn note_export(db: &Db, user_id: i64, asked: Json) -> Result<i64, DbError> {
    let entry = append_audit(Some(user_id), "audit.export", "audit:trail", None::<Json>, asked, "");
    let rows: Vec<i64> = diesel::select(entry).fetch_all(db).await?;
    Ok(only(rows)?)
}
