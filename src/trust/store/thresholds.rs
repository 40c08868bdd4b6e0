//! The thresholds of the criteria, version by version. The database writes them itself: see
//! `publish_thresholds` in `src/db/functions/thresholds.sql`.

use diesel::prelude::*;
use serde_json::Value as Json;

use super::unreadable;
use crate::db::schema::criteria_thresholds;
use crate::db::{Db, DbError, Fetch, only};
use crate::kernel::time::Timestamp;
use crate::trust::agreement::Version;
use crate::trust::criteria::Thresholds;
use crate::trust::thresholds::Published;

diesel::define_sql_function! {
    /// Publishes a version with its line in the audit trail, and says what became of it.
    fn publish_thresholds(
        version: diesel::sql_types::Int4,
        thresholds: diesel::sql_types::Jsonb,
        user_id: diesel::sql_types::Int8,
        reason: diesel::sql_types::Text,
    ) -> diesel::sql_types::Text;
}

fn read(version: i32, thresholds: Json) -> Result<Thresholds, DbError> {
    let thresholds: Thresholds = serde_json::from_value(thresholds)
        .map_err(|e| unreadable("criteria_thresholds", &e.to_string()))?;
    Ok(Thresholds { version, ..thresholds })
}

pub async fn thresholds(db: &Db, now: Timestamp) -> Result<Thresholds, DbError> {
    let (version, thresholds): (i32, Json) = criteria_thresholds::table
        .filter(criteria_thresholds::effective_at.le(now))
        .order(criteria_thresholds::version.desc())
        .select((criteria_thresholds::version, criteria_thresholds::thresholds))
        .limit(1)
        .fetch_one(db)
        .await?;
    read(version, thresholds)
}

type Row = (i32, Json, Timestamp, Option<i64>, String);

/// Every version, the newest first: there are few.
pub async fn threshold_versions(db: &Db) -> Result<Vec<Published>, DbError> {
    let rows: Vec<Row> = criteria_thresholds::table
        .order(criteria_thresholds::version.desc())
        .select((
            criteria_thresholds::version,
            criteria_thresholds::thresholds,
            criteria_thresholds::effective_at,
            criteria_thresholds::published_by,
            criteria_thresholds::reason,
        ))
        .fetch_all(db)
        .await?;
    let published = |(version, thresholds, at, published_by, reason): Row| {
        let thresholds = read(version, thresholds)?;
        // They are in force from their publication.
        let (published_at, effective_at) = (at, at);
        let version = Version { version, published_at, effective_at, published_by, reason };
        Ok(Published { version, thresholds })
    };
    rows.into_iter().map(published).collect()
}

/// What became of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Somebody published a version meanwhile.
    Lost,
    /// It says what the version in force says.
    Same,
    /// Whoever publishes is no administrator.
    Forbidden,
}

pub async fn publish(
    db: &Db,
    thresholds: &Thresholds,
    user_id: i64,
    reason: &str,
) -> Result<Outcome, DbError> {
    let json = serde_json::to_value(thresholds)
        .map_err(|e| unreadable("criteria_thresholds", &e.to_string()))?;
    let call = publish_thresholds(thresholds.version, json, user_id, reason);
    let rows: Vec<String> = diesel::select(call).fetch_all(db).await?;
    match only(rows)?.as_str() {
        "done" => Ok(Outcome::Done),
        "lost" => Ok(Outcome::Lost),
        "same" => Ok(Outcome::Same),
        "forbidden" => Ok(Outcome::Forbidden),
        other => Err(unreadable("criteria_thresholds", other)),
    }
}
