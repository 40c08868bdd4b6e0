//! The SQL of sightings and reports.

pub(super) mod impostors;

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use serde_json::Value as Json;

use super::sightings::{Counts, within_limit};
use crate::db::schema::{badge_sightings, impostor_reports};
use crate::db::{About, Db, DbError, Fetch, now_in, surety_now, tell_in};

/// Keeps two servers from filling the last places of one merchant's list at the same time.
const SIGHTINGS_LOCK: i64 = 0x5345_454e_0000_0000;

/// Adds a batch of sightings of one merchant's badge.
pub(super) async fn add_sightings(
    db: &Db,
    merchant_id: i64,
    batch: &Counts,
) -> Result<(), DbError> {
    db.transaction(async |conn| {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<BigInt, _>(SIGHTINGS_LOCK ^ merchant_id)
            .execute(conn)
            .await?;
        let known: Vec<String> = badge_sightings::table
            .filter(badge_sightings::merchant_id.eq(merchant_id))
            .select(badge_sightings::origin)
            .load(conn)
            .await?;
        let now = now_in(conn).await?;
        let rows: Vec<_> = within_limit(&known, batch.clone())
            .into_iter()
            .map(|(origin, times)| {
                (
                    badge_sightings::merchant_id.eq(merchant_id),
                    badge_sightings::origin.eq(origin),
                    badge_sightings::first_seen_at.eq(now),
                    badge_sightings::last_seen_at.eq(now),
                    badge_sightings::seen.eq(i64::try_from(times).unwrap_or(i64::MAX)),
                )
            })
            .collect();
        diesel::insert_into(badge_sightings::table)
            .values(rows)
            .on_conflict((badge_sightings::merchant_id, badge_sightings::origin))
            .do_update()
            .set((
                badge_sightings::last_seen_at.eq(excluded(badge_sightings::last_seen_at)),
                badge_sightings::seen.eq(badge_sightings::seen + excluded(badge_sightings::seen)),
            ))
            .execute(conn)
            .await?;
        Ok(())
    })
    .await
}

/// How often a merchant's badge was seen where, as far as it is written down.
pub(super) async fn sightings(db: &Db, merchant_id: i64) -> Result<HashMap<String, i64>, DbError> {
    let rows: Vec<(String, i64)> = badge_sightings::table
        .filter(badge_sightings::merchant_id.eq(merchant_id))
        .select((badge_sightings::origin, badge_sightings::seen))
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// A report of a fake badge or page, ready to be written down.
pub(super) struct NewReport<'a> {
    pub reference: &'a str,
    pub origin: &'a str,
    pub merchant_id: Option<i64>,
    pub words: &'a str,
}

/// Writes a report down, and tells the reviewers of it. A reference that is taken is
/// Fails with [`DbError::Taken`].
pub(super) async fn insert_report(
    db: &Db,
    report: &NewReport<'_>,
    told: &Json,
) -> Result<(), DbError> {
    db.transaction(async |conn| {
        diesel::insert_into(impostor_reports::table)
            .values((
                impostor_reports::reference.eq(report.reference),
                impostor_reports::origin.eq(report.origin),
                impostor_reports::merchant_id.eq(report.merchant_id),
                impostor_reports::words.eq(report.words),
                impostor_reports::created_at.eq(surety_now()),
            ))
            .execute(conn)
            .await?;
        tell_in(conn, "staff-reviewer:impostor-reported", About::default(), told.clone()).await
    })
    .await
}
