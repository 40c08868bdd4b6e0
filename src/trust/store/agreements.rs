//! The SQL of agreements, signatures and record dates.

use chrono::NaiveDate;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use super::badge_moves::{By, MoveError, apply_event_in, hold};
use super::members::is_or_was_member_in;
use crate::db::schema::{agreement_signatures, agreements, merchants, record_dates};
use crate::db::{Conn, Db, DbError, Fetch, append_audit, surety_now};
use crate::kernel::time::{self, Timestamp};
use crate::trust::agreement::{Agreement, RecordDate, Signature, Version};
use crate::trust::badge::Suspension;
use crate::trust::badge::life::Event;

#[derive(Queryable, Selectable)]
#[diesel(table_name = agreements, check_for_backend(Pg))]
struct Row {
    version: i32,
    text_en: String,
    text_zh: String,
    published_at: Timestamp,
    effective_at: Option<Timestamp>,
}

impl From<Row> for Agreement {
    fn from(row: Row) -> Self {
        Self {
            version: row.version,
            text_en: row.text_en,
            text_zh: row.text_zh,
            published_at: row.published_at,
            effective_at: row.effective_at.unwrap_or(row.published_at),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = agreement_signatures, check_for_backend(Pg))]
struct SignatureRow {
    version: i32,
    user_id: i64,
    typed_name: String,
    text_sha256: Vec<u8>,
    locale: String,
    signed_at: Timestamp,
    time_zone: String,
}

impl From<SignatureRow> for Signature {
    fn from(row: SignatureRow) -> Self {
        Self {
            version: row.version,
            user_id: row.user_id,
            typed_name: row.typed_name,
            text_sha256: hex::encode(row.text_sha256),
            locale: row.locale.parse().unwrap_or_default(),
            signed_at: row.signed_at,
            zone: time::zone(&row.time_zone),
        }
    }
}

/// The newest version that has taken effect.
pub async fn current(db: &Db) -> Result<Option<Agreement>, DbError> {
    let row: Option<Row> = agreements::table
        .filter(
            agreements::effective_at
                .is_null()
                .or(agreements::effective_at.le(surety_now().nullable())),
        )
        .order(agreements::version.desc())
        .select(Row::as_select())
        .limit(1)
        .fetch_optional(db)
        .await?;
    Ok(row.map(Agreement::from))
}

pub async fn agreement(db: &Db, version: i32) -> Result<Option<Agreement>, DbError> {
    let row = agreements::table.find(version).select(Row::as_select()).fetch_optional::<Row>(db);
    Ok(row.await?.map(Agreement::from))
}

type VersionRow = (i32, Timestamp, Option<Timestamp>, Option<i64>, String);

/// Newest first.
pub async fn versions(db: &Db) -> Result<Vec<Version>, DbError> {
    let rows: Vec<VersionRow> = agreements::table
        .order(agreements::version.desc())
        .select((
            agreements::version,
            agreements::published_at,
            agreements::effective_at,
            agreements::published_by,
            agreements::reason,
        ))
        .fetch_all(db)
        .await?;
    let version = |(version, published_at, effective_at, published_by, reason): VersionRow| {
        let effective_at = effective_at.unwrap_or(published_at);
        Version { version, published_at, effective_at, published_by, reason }
    };
    Ok(rows.into_iter().map(version).collect())
}

/// Does nothing if the version exists.
pub async fn publish(db: &Db, version: i32, text_en: &str, text_zh: &str) -> Result<(), DbError> {
    diesel::insert_into(agreements::table)
        .values((
            agreements::version.eq(version),
            agreements::text_en.eq(text_en),
            agreements::text_zh.eq(text_zh),
            agreements::published_at.eq(surety_now()),
        ))
        .on_conflict_do_nothing()
        .run(db)
        .await?;
    Ok(())
}

pub struct NewSignature<'a> {
    pub merchant_id: i64,
    pub user_id: i64,
    pub typed_name: &'a str,
    pub version: i32,
    pub text_sha256: [u8; 32],
    pub locale: &'a str,
    /// The time zone of the signer.
    pub time_zone: &'a str,
}

/// Signs and, in the same transaction, lifts the suspension for not signing in time. Signing the
/// same version again has no effect.
pub async fn sign(db: &Db, new: &NewSignature<'_>) -> Result<(), DbError> {
    let signed = db
        .transaction(async |conn: &mut Conn| -> Result<(), MoveError> {
            // Locked, so that the clock does not suspend a merchant that is signing.
            hold(conn, new.merchant_id).await?;
            insert_signature(conn, new).await?;
            let by = By::clock("The agreement was signed again.");
            let end = Event::End(Suspension::AgreementSuperseded, None);
            apply_event_in(conn, new.merchant_id, end, by).await?;
            Ok(())
        })
        .await;
    match signed {
        // No state refuses this event, and nobody else can move a locked badge.
        Ok(()) | Err(MoveError::Refused(_) | MoveError::OwnMerchant | MoveError::Lost) => Ok(()),
        Err(MoveError::Db(error)) => Err(error),
    }
}

async fn insert_signature(conn: &mut Conn, new: &NewSignature<'_>) -> Result<(), DbError> {
    diesel::insert_into(agreement_signatures::table)
        .values((
            agreement_signatures::merchant_id.eq(new.merchant_id),
            agreement_signatures::version.eq(new.version),
            agreement_signatures::user_id.eq(new.user_id),
            agreement_signatures::typed_name.eq(new.typed_name),
            agreement_signatures::text_sha256.eq(new.text_sha256.to_vec()),
            agreement_signatures::locale.eq(new.locale),
            agreement_signatures::signed_at.eq(surety_now()),
            agreement_signatures::time_zone.eq(new.time_zone),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Oldest first.
pub async fn signatures(db: &Db, merchant_id: i64) -> Result<Vec<Signature>, DbError> {
    let rows: Vec<SignatureRow> = agreement_signatures::table
        .filter(agreement_signatures::merchant_id.eq(merchant_id))
        .order((agreement_signatures::signed_at, agreement_signatures::version))
        .select(SignatureRow::as_select())
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(Signature::from).collect())
}

pub async fn record_date(db: &Db, merchant_id: i64) -> Result<Option<RecordDate>, DbError> {
    let row: Option<(NaiveDate, String, i64, Timestamp)> = record_dates::table
        .find(merchant_id)
        .select((
            record_dates::record_date,
            record_dates::reason,
            record_dates::entered_by,
            record_dates::entered_at,
        ))
        .fetch_optional(db)
        .await?;
    Ok(row.map(|(date, reason, entered_by, entered_at)| RecordDate {
        date,
        reason,
        entered_by,
        entered_at,
    }))
}

/// Replaces any earlier date, with an audit entry. False if the person belongs or belonged to the
/// merchant.
pub async fn enter_record_date(
    db: &Db,
    merchant_id: i64,
    date: NaiveDate,
    user_id: i64,
    reason: &str,
) -> Result<bool, DbError> {
    db.transaction(async |conn: &mut Conn| -> Result<bool, DbError> {
        // Also serialises concurrent entries, so that "before" in the audit entry is true.
        if is_or_was_member_in(conn, user_id, merchant_id).await? {
            return Ok(false);
        }
        let code: String =
            merchants::table.find(merchant_id).select(merchants::code).get_result(conn).await?;
        let before: Option<NaiveDate> = record_dates::table
            .find(merchant_id)
            .select(record_dates::record_date)
            .get_result(conn)
            .await
            .optional()?;
        let values = (
            record_dates::record_date.eq(date),
            record_dates::reason.eq(reason),
            record_dates::entered_by.eq(user_id),
            record_dates::entered_at.eq(surety_now()),
        );
        diesel::insert_into(record_dates::table)
            .values((record_dates::merchant_id.eq(merchant_id), values))
            .on_conflict(record_dates::merchant_id)
            .do_update()
            .set(values)
            .execute(conn)
            .await?;
        let as_json = |date: NaiveDate| json!({ "record_date": date.to_string() });
        let audit = append_audit(
            Some(user_id),
            "merchant.record_date",
            format!("merchant:{code}"),
            before.map(as_json),
            Some(as_json(date)),
            reason,
        );
        let _: i64 = diesel::select(audit).get_result(conn).await?;
        Ok(true)
    })
    .await
}
