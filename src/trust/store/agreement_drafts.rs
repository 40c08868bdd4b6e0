//! The SQL of drafting and publishing the agreement.

use chrono::NaiveDate;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::db::schema::{agreement_drafts, agreements};
use crate::db::{Conn, Db, DbError, Fetch, append_audit, surety_now};
use crate::kernel::time::Timestamp;
use crate::trust::agreement::draft::Draft;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agreement_drafts, check_for_backend(Pg))]
struct Row {
    version: i32,
    text_en: String,
    text_zh: String,
    effective_on: NaiveDate,
    revision: i32,
    saved_by: i64,
    saved_at: Timestamp,
}

impl From<Row> for Draft {
    fn from(row: Row) -> Self {
        Self {
            version: row.version,
            text_en: row.text_en,
            text_zh: row.text_zh,
            effective_on: row.effective_on,
            revision: row.revision,
            saved_by: row.saved_by,
            saved_at: row.saved_at,
        }
    }
}

pub async fn draft(db: &Db, version: i32) -> Result<Option<Draft>, DbError> {
    let row = agreement_drafts::table.find(version).select(Row::as_select());
    let row = row.fetch_optional(db).await?;
    Ok(row.map(Draft::from))
}

/// Replaces the previous revision. False if somebody else saved meanwhile.
pub async fn save(db: &Db, draft: &Draft) -> Result<bool, DbError> {
    let row = Row {
        version: draft.version,
        text_en: draft.text_en.clone(),
        text_zh: draft.text_zh.clone(),
        effective_on: draft.effective_on,
        revision: draft.revision,
        saved_by: draft.saved_by,
        saved_at: draft.saved_at,
    };
    let written = if draft.revision == 0 {
        diesel::insert_into(agreement_drafts::table)
            .values(&row)
            .on_conflict_do_nothing()
            .run(db)
            .await
    } else {
        let before = agreement_drafts::revision.eq(draft.revision - 1);
        diesel::update(agreement_drafts::table.find(draft.version).filter(before))
            .set(&row)
            .run(db)
            .await
    };
    Ok(written? == 1)
}

/// Publishes a draft, with an audit entry. False if it was changed or published meanwhile.
pub async fn publish(
    db: &Db,
    draft: &Draft,
    effective_at: Timestamp,
    user_id: i64,
    reason: &str,
) -> Result<bool, DbError> {
    db.transaction(async |conn: &mut Conn| -> Result<bool, DbError> {
        let same = agreement_drafts::table
            .find(draft.version)
            .filter(agreement_drafts::revision.eq(draft.revision))
            .select(agreement_drafts::version)
            .for_update()
            .get_result::<i32>(conn)
            .await
            .optional()?;
        if same.is_none() {
            return Ok(false);
        }
        let published = diesel::insert_into(agreements::table)
            .values((
                agreements::version.eq(draft.version),
                agreements::text_en.eq(&draft.text_en),
                agreements::text_zh.eq(&draft.text_zh),
                agreements::published_at.eq(surety_now()),
                agreements::effective_at.eq(effective_at),
                agreements::published_by.eq(user_id),
                agreements::reason.eq(reason),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        if published == 0 {
            return Ok(false);
        }
        let audit = append_audit(
            Some(user_id),
            "agreement.publish",
            format!("agreement:{}", draft.version),
            Some(json!({ "version": draft.version - 1 })),
            Some(json!({ "version": draft.version, "effective_at": effective_at.to_rfc3339() })),
            reason,
        );
        let _: i64 = diesel::select(audit).get_result(conn).await?;
        Ok(true)
    })
    .await
}
