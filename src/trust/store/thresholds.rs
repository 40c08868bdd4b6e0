//! The SQL of thresholds. Publishing is a function of the database: see `publish_thresholds` in
//! `src/db/functions/thresholds.sql`.

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
    /// Publishes a version with an audit entry; returns a name of [`Outcome`].
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

/// Newest first.
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
        // Thresholds take effect on publication.
        let (published_at, effective_at) = (at, at);
        let version = Version { version, published_at, effective_at, published_by, reason };
        Ok(Published { version, thresholds })
    };
    rows.into_iter().map(published).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Somebody else published a version meanwhile.
    Lost,
    /// Equal to the version in force.
    Same,
    /// The publisher is not an administrator.
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
