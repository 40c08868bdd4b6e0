//! A single reviewer's decisions, read by index rather than from everybody's history.

use diesel::prelude::*;

use crate::admission::application::Status;
use crate::admission::numbers::Decided;
use crate::db::schema::{application_events, applications};
use crate::db::{Db, DbError, Fetch};
use crate::kernel::time::Timestamp;

/// The most decisions to read: nobody makes more in a month.
const MOST: i64 = 5_000;

/// What a reviewer approved or rejected since a moment, newest first, at most 5,000.
pub async fn decided_by(db: &Db, user_id: i64, since: Timestamp) -> Result<Vec<Decided>, DbError> {
    let rows: Vec<(String, Option<Timestamp>, Option<Timestamp>)> = applications::table
        .filter(applications::decided_by.eq(user_id))
        .filter(applications::decided_at.ge(since))
        .order(applications::decided_at.desc())
        .limit(MOST)
        .select((applications::status, applications::submitted_at, applications::decided_at))
        .fetch_all(db)
        .await?;
    let decided = |(status, submitted_at, at): (String, Option<Timestamp>, Option<Timestamp>)| {
        let (submitted_at, at) = submitted_at.zip(at)?;
        Some(Decided { is_approved: status == Status::Approved.name(), submitted_at, at })
    };
    Ok(rows.into_iter().filter_map(decided).collect())
}

/// How often a reviewer asked for information since a moment.
pub async fn asked_by(db: &Db, user_id: i64, since: Timestamp) -> Result<i64, DbError> {
    application_events::table
        .filter(application_events::user_id.eq(user_id))
        .filter(application_events::event.eq("ask"))
        .filter(application_events::at.ge(since))
        .count()
        .fetch_one(db)
        .await
}
