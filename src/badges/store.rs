//! The SQL of sightings and reports.

pub(super) mod impostors;

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use serde_json::Value as Json;

use super::sightings::{Counts, NEW_MAX, OFTEN_MAX};
use crate::db::schema::{badge_sightings, impostor_reports};
use crate::db::{About, Db, DbError, Fetch, now_in, surety_now, tell_in};

/// Keeps two servers from filling the last places of a merchant's list at the same time.
const SIGHTINGS_LOCK: i64 = 0x5345_454e_0000_0000;

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
        let now = now_in(conn).await?;
        let rows: Vec<_> = batch
            .iter()
            .map(|(origin, times)| {
                (
                    badge_sightings::merchant_id.eq(merchant_id),
                    badge_sightings::origin.eq(origin),
                    badge_sightings::first_seen_at.eq(now),
                    badge_sightings::last_seen_at.eq(now),
                    badge_sightings::seen.eq(i64::try_from(*times).unwrap_or(i64::MAX)),
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
        let limits = [OFTEN_MAX, NEW_MAX].map(|max| i64::try_from(max).unwrap_or(i64::MAX));
        diesel::sql_query(TRIM)
            .bind::<BigInt, _>(merchant_id)
            .bind::<BigInt, _>(limits[0])
            .bind::<BigInt, _>(limits[1])
            .execute(conn)
            .await?;
        Ok(())
    })
    .await
}

/// Moves to *other* what is among neither the most frequent nor the newest origins of a merchant,
/// so that forged origins, which come once, make room.
const TRIM: &str = "WITH ranked AS (SELECT origin, \
      row_number() OVER (ORDER BY seen DESC, last_seen_at DESC, origin) AS by_seen, \
      row_number() OVER (ORDER BY first_seen_at DESC, origin DESC) AS by_age \
    FROM badge_sightings WHERE merchant_id = $1 AND origin <> 'other'), \
  gone AS (DELETE FROM badge_sightings s USING ranked r WHERE s.merchant_id = $1 \
      AND s.origin = r.origin AND r.by_seen > $2 AND r.by_age > $3 RETURNING seen) \
  INSERT INTO badge_sightings \
    SELECT $1, 'other', surety_now(), surety_now(), sum(seen)::bigint FROM gone \
    HAVING count(*) > 0 \
    ON CONFLICT (merchant_id, origin) DO UPDATE SET last_seen_at = excluded.last_seen_at, \
      seen = badge_sightings.seen + excluded.seen";

pub(super) async fn sightings(db: &Db, merchant_id: i64) -> Result<HashMap<String, i64>, DbError> {
    let rows: Vec<(String, i64)> = badge_sightings::table
        .filter(badge_sightings::merchant_id.eq(merchant_id))
        .select((badge_sightings::origin, badge_sightings::seen))
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

pub(super) struct NewReport<'a> {
    pub reference: &'a str,
    pub origin: &'a str,
    pub merchant_id: Option<i64>,
    pub words: &'a str,
}

/// Inserts a report and notifies the reviewers. Fails with [`DbError::Taken`] if the reference is
/// in use.
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
