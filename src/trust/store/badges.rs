//! The SQL of badges and their history.

use std::collections::HashMap;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value as Json;

use super::unreadable;
use crate::db::batch::put_off;
use crate::db::schema::{badge_events, badges};
use crate::db::{Conn, Db, DbError, Fetch, surety_now};
use crate::kernel::time::Timestamp;
use crate::trust::badge::{Badge, BadgeEvent, BadgeEventKind, BadgeState, Cause, Suspension, Tier};

#[derive(Queryable, Selectable)]
#[diesel(table_name = badges, check_for_backend(Pg))]
struct Row {
    merchant_id: i64,
    state: String,
    tier: String,
    granted_at: Timestamp,
    expires_at: Timestamp,
    changed_at: Timestamp,
    version: i32,
    evaluation: Json,
}

impl TryFrom<Row> for Badge {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            merchant_id: row.merchant_id,
            state: BadgeState::parse(&row.state).ok_or_else(|| unreadable("badges", &row.state))?,
            tier: Tier::parse(&row.tier).ok_or_else(|| unreadable("badges", &row.tier))?,
            granted_at: row.granted_at,
            expires_at: row.expires_at,
            changed_at: row.changed_at,
            version: row.version,
            evaluation: serde_json::from_value(row.evaluation)
                .map_err(|e| unreadable("badges", &e.to_string()))?,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = badge_events, check_for_backend(Pg))]
struct EventRow {
    version: i32,
    from_state: Option<String>,
    to_state: String,
    cause: String,
    at: Timestamp,
    user_id: Option<i64>,
    event: Option<String>,
    standing: Vec<String>,
    to_tier: Option<String>,
}

impl TryFrom<EventRow> for BadgeEvent {
    type Error = DbError;

    fn try_from(row: EventRow) -> Result<Self, DbError> {
        let state =
            |name: &str| BadgeState::parse(name).ok_or_else(|| unreadable("badge_events", name));
        let to = state(&row.to_state)?;
        let cause =
            Cause::parse(&row.cause).ok_or_else(|| unreadable("badge_events", &row.cause))?;
        Ok(Self {
            version: row.version,
            happened: BadgeEventKind::read(row.event.as_deref(), to, cause),
            from: row.from_state.as_deref().map(state).transpose()?,
            to,
            cause,
            standing: row.standing.iter().filter_map(|c| Suspension::parse(c)).collect(),
            at: row.at,
            user_id: row.user_id,
            tier: row
                .to_tier
                .as_deref()
                .map(|name| Tier::parse(name).ok_or_else(|| unreadable("badge_events", name)))
                .transpose()?,
        })
    }
}

/// `None` if none was ever granted.
pub async fn badge(db: &Db, merchant_id: i64) -> Result<Option<Badge>, DbError> {
    let mut conn = db.conn().await?;
    badge_in(&mut conn, merchant_id).await.map_err(|e| db.note(e))
}

/// As [`badge`], inside a transaction.
pub(super) async fn badge_in(conn: &mut Conn, merchant_id: i64) -> Result<Option<Badge>, DbError> {
    let row = badges::table.find(merchant_id).select(Row::as_select()).get_result(conn).await;
    row.optional()?.map(Badge::try_from).transpose()
}

pub async fn badges_of(db: &Db, merchant_ids: &[i64]) -> Result<HashMap<i64, Badge>, DbError> {
    let rows: Vec<Row> = badges::table
        .filter(badges::merchant_id.eq_any(merchant_ids))
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(|row| Badge::try_from(row).map(|b| (b.merchant_id, b))).collect()
}

/// Newest first.
pub async fn badge_events(db: &Db, merchant_id: i64) -> Result<Vec<BadgeEvent>, DbError> {
    let rows: Vec<EventRow> = badge_events::table
        .filter(badge_events::merchant_id.eq(merchant_id))
        .order(badge_events::version.desc())
        .select(EventRow::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(BadgeEvent::try_from).collect()
}

/// Whether new orders are covered: the badge must be active now.
pub async fn is_covered(db: &Db, merchant_id: i64) -> Result<bool, DbError> {
    let active = badges::table
        .find(merchant_id)
        .filter(badges::state.eq(BadgeState::Active.name()))
        .filter(badges::expires_at.gt(surety_now()));
    diesel::select(diesel::dsl::exists(active)).fetch_one(db).await
}

/// The name of the job that expires badges.
pub const CLOCK: &str = "term-clock";

/// Badges past their date, longest overdue first.
pub async fn due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Badge>, DbError> {
    let rows: Vec<Row> = badges::table
        .filter(
            badges::state
                .eq(BadgeState::Active.name())
                .or(badges::state.eq(BadgeState::Suspended.name())),
        )
        .filter(badges::expires_at.le(now))
        .filter(badges::merchant_id.ne_all(put_off(CLOCK)))
        .order(badges::expires_at)
        .limit(limit)
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(Badge::try_from).collect()
}
