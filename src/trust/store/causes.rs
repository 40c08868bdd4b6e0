//! The SQL of causes of suspension.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::unreadable;
use crate::db::schema::suspension_causes;
use crate::db::{Conn, Db, DbError, Fetch};
use crate::kernel::time::Timestamp;
use crate::trust::badge::{ActiveCause, Suspension};

#[derive(Queryable, Selectable)]
#[diesel(table_name = suspension_causes, check_for_backend(Pg))]
struct Row {
    id: i64,
    cause: String,
    reference: String,
    detail: String,
    reason: String,
    since: Timestamp,
    begun_by: Option<i64>,
    ended_at: Option<Timestamp>,
    ended_by: Option<i64>,
    end_reason: Option<String>,
}

impl Row {
    fn standing(self) -> Result<ActiveCause, DbError> {
        Ok(ActiveCause {
            id: self.id,
            cause: Suspension::parse(&self.cause)
                .ok_or_else(|| unreadable("suspension_causes", &self.cause))?,
            reference: self.reference,
            detail: self.detail,
            reason: self.reason,
            since: self.since,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseRecord {
    pub begun: ActiveCause,
    pub begun_by: Option<i64>,
    pub ended: Option<(Timestamp, String)>,
    pub ended_by: Option<i64>,
}

/// Earliest first.
pub async fn standing(db: &Db, merchant_id: i64) -> Result<Vec<ActiveCause>, DbError> {
    let mut conn = db.conn().await?;
    standing_in(&mut conn, merchant_id).await.map_err(|e| db.note(e))
}

/// As [`standing`], inside a transaction.
pub(in crate::trust) async fn standing_in(
    conn: &mut Conn,
    merchant_id: i64,
) -> Result<Vec<ActiveCause>, DbError> {
    let rows: Vec<Row> = suspension_causes::table
        .filter(suspension_causes::merchant_id.eq(merchant_id))
        .filter(suspension_causes::ended_at.is_null())
        .order(suspension_causes::id)
        .select(Row::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Row::standing).collect()
}

/// Newest first; at most a hundred.
pub async fn cause_records(db: &Db, merchant_id: i64) -> Result<Vec<CauseRecord>, DbError> {
    let rows: Vec<Row> = suspension_causes::table
        .filter(suspension_causes::merchant_id.eq(merchant_id))
        .order(suspension_causes::id.desc())
        .limit(100)
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    let record = |row: Row| {
        Ok(CauseRecord {
            begun_by: row.begun_by,
            ended: row.ended_at.zip(row.end_reason.clone()),
            ended_by: row.ended_by,
            begun: row.standing()?,
        })
    };
    rows.into_iter().map(record).collect()
}

pub(super) struct Begun<'a> {
    pub merchant_id: i64,
    pub cause: Suspension,
    pub reference: &'a str,
    pub detail: &'a str,
    pub reason: &'a str,
    pub by: Option<i64>,
    pub at: Timestamp,
}

/// Fails with [`DbError::Taken`] if it began before.
pub(super) async fn begin(conn: &mut Conn, begun: &Begun<'_>) -> Result<(), DbError> {
    diesel::insert_into(suspension_causes::table)
        .values((
            suspension_causes::merchant_id.eq(begun.merchant_id),
            suspension_causes::cause.eq(begun.cause.name()),
            suspension_causes::reference.eq(begun.reference),
            suspension_causes::detail.eq(begun.detail),
            suspension_causes::reason.eq(begun.reason),
            suspension_causes::since.eq(begun.at),
            suspension_causes::begun_by.eq(begun.by),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether the cause ever began with this reference: it cannot begin twice.
pub(super) async fn has_begun(
    conn: &mut Conn,
    merchant_id: i64,
    cause: Suspension,
    reference: &str,
) -> Result<bool, DbError> {
    let same = suspension_causes::table
        .filter(suspension_causes::merchant_id.eq(merchant_id))
        .filter(suspension_causes::cause.eq(cause.name()))
        .filter(suspension_causes::reference.eq(reference));
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(conn).await?)
}

pub(super) async fn end(
    conn: &mut Conn,
    ids: &[i64],
    by: Option<i64>,
    reason: &str,
    at: Timestamp,
) -> Result<(), DbError> {
    diesel::update(suspension_causes::table.filter(suspension_causes::id.eq_any(ids)))
        .set((
            suspension_causes::ended_at.eq(at),
            suspension_causes::ended_by.eq(by),
            suspension_causes::end_reason.eq(reason),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
