//! The SQL of reported impostors.

use diesel::dsl::max;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value as Json, json};

use crate::badges::impostors::{Closing, Refused, Report, may_close, may_take};
use crate::db::schema::impostor_reports;
use crate::db::{About, Db, DbError, Fetch, append_audit, now_in, tell_in};
use crate::kernel::time::Timestamp;

#[derive(Queryable, Selectable)]
#[diesel(table_name = impostor_reports)]
struct Row {
    id: i64,
    reference: String,
    origin: String,
    merchant_id: Option<i64>,
    words: String,
    created_at: Timestamp,
    taken_by: Option<i64>,
    taken_at: Option<Timestamp>,
    closed_by: Option<i64>,
    closed_at: Option<Timestamp>,
    outcome: Option<String>,
    reason: String,
}

impl From<Row> for Report {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            reference: row.reference,
            origin: row.origin,
            merchant_id: row.merchant_id,
            words: row.words,
            created_at: row.created_at,
            taken: row.taken_by.zip(row.taken_at),
            closed: row.closed_by.zip(row.closed_at),
            outcome: row.outcome.as_deref().and_then(Closing::parse),
            reason: row.reason,
        }
    }
}

/// Oldest first.
pub(in crate::badges) async fn open_reports(db: &Db, limit: i64) -> Result<Vec<Report>, DbError> {
    let rows: Vec<Row> = impostor_reports::table
        .filter(impostor_reports::closed_at.is_null())
        .order(impostor_reports::id)
        .limit(limit)
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(Report::from).collect())
}

/// How many impostors the page of a merchant names.
const NAMED_MAX: i64 = 20;

/// Origins of confirmed impostors of a merchant, newest report first.
pub(in crate::badges) async fn confirmed_impostors(
    db: &Db,
    merchant_id: i64,
) -> Result<Vec<String>, DbError> {
    impostor_reports::table
        .filter(impostor_reports::merchant_id.eq(merchant_id))
        .filter(impostor_reports::outcome.eq(Closing::Confirmed.name()))
        .group_by(impostor_reports::origin)
        .order(max(impostor_reports::id).desc())
        .limit(NAMED_MAX)
        .select(impostor_reports::origin)
        .fetch_all(db)
        .await
}

/// `Some` if the newest finding about these origins is that they are an impostor; inside, the
/// imitated merchant, if reported.
pub(in crate::badges) async fn confirmed_impostor(
    db: &Db,
    origins: &[String],
) -> Result<Option<Option<i64>>, DbError> {
    let newest: Option<(Option<String>, Option<i64>)> = impostor_reports::table
        .filter(impostor_reports::origin.eq_any(origins))
        .filter(impostor_reports::closed_at.is_not_null())
        .order(impostor_reports::closed_at.desc())
        .limit(1)
        .select((impostor_reports::outcome, impostor_reports::merchant_id))
        .fetch_optional(db)
        .await?;
    let confirmed = |(outcome, _): &(Option<String>, _)| outcome.as_deref() == Some("confirmed");
    Ok(newest.filter(confirmed).map(|(_, merchant_id)| merchant_id))
}

/// Reports of the same site, newest first; empty for an unknown reference.
pub(in crate::badges) async fn reports_beside(
    db: &Db,
    reference: &str,
    limit: i64,
) -> Result<Vec<Report>, DbError> {
    let origin: Option<String> = impostor_reports::table
        .filter(impostor_reports::reference.eq(reference))
        .select(impostor_reports::origin)
        .limit(1)
        .fetch_optional(db)
        .await?;
    let Some(origin) = origin else { return Ok(Vec::new()) };
    let rows: Vec<Row> = impostor_reports::table
        .filter(impostor_reports::origin.eq(origin))
        .order(impostor_reports::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(Report::from).collect())
}

pub(in crate::badges) enum NotDone {
    Refused(Refused),
    Db(DbError),
}

impl From<diesel::result::Error> for NotDone {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<DbError> for NotDone {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// Locks the open reports of a site, so that reviewers take turns.
async fn lock_open(
    conn: &mut AsyncPgConnection,
    origin: &str,
) -> Result<(Vec<Report>, Timestamp), DbError> {
    let rows: Vec<Row> = impostor_reports::table
        .filter(impostor_reports::origin.eq(origin))
        .filter(impostor_reports::closed_at.is_null())
        .order(impostor_reports::id)
        .select(Row::as_select())
        .for_update()
        .load(conn)
        .await?;
    let now = now_in(conn).await?;
    Ok((rows.into_iter().map(Report::from).collect(), now))
}

fn kept(report: &str, by: Option<i64>) -> Json {
    json!({ "report": report, "claimed_by": by })
}

pub(in crate::badges) async fn take(db: &Db, report: &Report, user_id: i64) -> Result<(), NotDone> {
    db.transaction(async |conn| {
        let (open, now) = lock_open(conn, &report.origin).await?;
        may_take(&open, user_id, now).map_err(NotDone::Refused)?;
        let ids: Vec<i64> = open.iter().map(|r| r.id).collect();
        diesel::update(impostor_reports::table.filter(impostor_reports::id.eq_any(ids)))
            .set((impostor_reports::taken_by.eq(user_id), impostor_reports::taken_at.eq(now)))
            .execute(conn)
            .await?;
        let before = open.iter().find_map(|r| r.taken).map(|(by, _)| by);
        let audit = append_audit(
            Some(user_id),
            "impostor.take",
            format!("impostor:{}", report.reference),
            Some(kept("open", before)),
            Some(kept("open", Some(user_id))),
            "",
        );
        let _: i64 = diesel::select(audit).get_result(conn).await?;
        Ok::<_, NotDone>(())
    })
    .await
}

/// Closes the open reports of a site up to row `seen`. If confirmed, notifies the imitated
/// merchants.
pub(in crate::badges) async fn close(
    db: &Db,
    report: &Report,
    (user_id, seen): (i64, i64),
    (closing, reason): (Closing, &str),
) -> Result<(), NotDone> {
    db.transaction(async |conn| {
        let (mut open, now) = lock_open(conn, &report.origin).await?;
        open.retain(|r| r.id <= seen);
        may_close(&open, user_id).map_err(NotDone::Refused)?;
        let ids: Vec<i64> = open.iter().map(|r| r.id).collect();
        diesel::update(impostor_reports::table.filter(impostor_reports::id.eq_any(ids)))
            .set((
                impostor_reports::closed_by.eq(user_id),
                impostor_reports::closed_at.eq(now),
                impostor_reports::outcome.eq(closing.name()),
                impostor_reports::reason.eq(reason),
            ))
            .execute(conn)
            .await?;
        let audit = append_audit(
            Some(user_id),
            closing.act(),
            format!("impostor:{}", report.reference),
            Some(kept("open", Some(user_id))),
            Some(kept(closing.name(), Some(user_id))),
            reason,
        );
        let _: i64 = diesel::select(audit).get_result(conn).await?;
        if closing == Closing::Confirmed {
            tell_merchants(conn, &open).await?;
        }
        Ok::<_, NotDone>(())
    })
    .await
}

async fn tell_merchants(conn: &mut AsyncPgConnection, closed: &[Report]) -> Result<(), DbError> {
    let mut merchants: Vec<_> = closed.iter().filter_map(|r| r.merchant_id).collect();
    merchants.sort_unstable();
    merchants.dedup();
    let origin = closed.first().map_or("", |r| r.origin.as_str());
    for merchant_id in merchants {
        let args = json!({ "origin": origin, "link": "/merchant/badge" });
        tell_in(conn, "merchant:impostor-confirmed", About::merchant(merchant_id), args).await?;
    }
    Ok(())
}
