//! The reviewers' queue, oldest first, with keyset pagination.

use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::admission::application::{Claim, Status};
use crate::db::schema::applications;
use crate::db::{Db, DbError, Fetch};
use crate::kernel::named::named;
use crate::kernel::time::Timestamp;
use crate::trust::{Industry, ids_in_industry, ids_named};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum QueueState {
    /// Waiting for our decision, claimed or not.
    #[default]
    Open,
    /// Claimed by nobody.
    Waiting,
    Claimed,
    NeedsInformation,
}

named!(QueueState, name);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeldBy {
    #[default]
    Anybody,
    Nobody,
    Reviewer(i64),
}

#[derive(Debug, Clone, Default)]
pub struct QueueFilter {
    pub state: QueueState,
    pub industry: Option<Industry>,
    pub held: HeldBy,
    /// Only merchants whose name or number contains this; empty for all.
    pub named: String,
    /// Only applications submitted before this moment, to find the overdue ones.
    pub submitted_before: Option<Timestamp>,
}

/// A position in the queue: time of submission and row id.
pub type QueueKey = (Timestamp, i64);

/// The position from which to read the queue; `Start` is the oldest application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueFrom {
    Start,
    After(QueueKey),
    Before(QueueKey),
}

#[derive(Debug, Clone)]
pub struct Queued {
    pub id: i64,
    pub public_id: Uuid,
    pub merchant_id: i64,
    pub status: Status,
    /// The version that the viewer sees, needed to claim it.
    pub version: i32,
    pub submitted_at: Timestamp,
    pub claim: Option<Claim>,
}

type QueueRow = (i64, Uuid, i64, String, i32, Option<Timestamp>, Option<i64>, Option<Timestamp>);

/// A page of the queue, oldest first, and whether there is more in the direction of reading.
pub async fn queue(
    db: &Db,
    filter: &QueueFilter,
    from: QueueFrom,
    now: Timestamp,
    limit: usize,
) -> Result<(Vec<Queued>, bool), DbError> {
    let mut query = filtered(filter, now).select((
        applications::id,
        applications::public_id,
        applications::merchant_id,
        applications::status,
        applications::version,
        applications::submitted_at,
        applications::claimed_by,
        applications::claim_expires_at,
    ));
    query = match from {
        QueueFrom::Start => query.order((applications::submitted_at.asc(), applications::id.asc())),
        // The redundant first condition lets the index find the start; an OR would not.
        QueueFrom::After((at, id)) => query
            .filter(applications::submitted_at.ge(at))
            .filter(applications::submitted_at.gt(at).or(applications::id.gt(id)))
            .order((applications::submitted_at.asc(), applications::id.asc())),
        QueueFrom::Before((at, id)) => query
            .filter(applications::submitted_at.le(at))
            .filter(applications::submitted_at.lt(at).or(applications::id.lt(id)))
            .order((applications::submitted_at.desc(), applications::id.desc())),
    };
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut rows: Vec<QueueRow> = query.limit(one_more).fetch_all(db).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    if matches!(from, QueueFrom::Before(_)) {
        rows.reverse();
    }
    let queued = |row: QueueRow| {
        let (id, public_id, merchant_id, status, version, submitted_at, by, until) = row;
        let claim = by.zip(until).map(|(by, until)| Claim { by, until }).filter(|c| c.until > now);
        let status = match Status::parse(&status)? {
            Status::InReview if claim.is_none() => Status::Submitted,
            status => status,
        };
        let submitted_at = submitted_at?;
        Some(Queued { id, public_id, merchant_id, status, version, submitted_at, claim })
    };
    Ok((rows.into_iter().filter_map(queued).collect(), more))
}

/// Counts matching applications. Only a few are open, and they have their own index.
pub async fn count(db: &Db, filter: &QueueFilter, now: Timestamp) -> Result<i64, DbError> {
    filtered(filter, now).count().fetch_one(db).await
}

/// The condition of the partial index `applications_queue`, verbatim. With bound parameters,
/// PostgreSQL could not tell that the index applies, and would read all applications ever decided.
const IN_QUEUE: &str = "status IN ('submitted', 'in_review', 'needs_information')";

fn filtered(filter: &QueueFilter, now: Timestamp) -> applications::BoxedQuery<'static, Pg> {
    let mut query = applications::table
        .filter(sql::<Bool>(IN_QUEUE))
        .filter(applications::submitted_at.is_not_null())
        .into_boxed();
    let claimed = applications::status
        .eq(Status::InReview.name())
        .and(applications::claim_expires_at.gt(now));
    let lapsed = applications::status
        .eq(Status::InReview.name())
        .and(applications::claim_expires_at.le(now));
    query = match filter.state {
        QueueState::Open => query.filter(
            applications::status.eq_any([Status::Submitted.name(), Status::InReview.name()]),
        ),
        QueueState::Waiting => {
            query.filter(applications::status.eq(Status::Submitted.name()).or(lapsed))
        }
        QueueState::Claimed => query.filter(claimed),
        QueueState::NeedsInformation => {
            query.filter(applications::status.eq(Status::NeedsInformation.name()))
        }
    };
    if let Some(industry) = filter.industry {
        query = query.filter(applications::merchant_id.eq_any(ids_in_industry(industry)));
    }
    query = match filter.held {
        HeldBy::Anybody => query,
        HeldBy::Nobody => query.filter(
            applications::claim_expires_at.is_null().or(applications::claim_expires_at.le(now)),
        ),
        HeldBy::Reviewer(reviewer) => query.filter(
            applications::claimed_by.eq(reviewer).and(applications::claim_expires_at.gt(now)),
        ),
    };
    if !filter.named.is_empty() {
        query = query.filter(applications::merchant_id.eq_any(ids_named(&filter.named)));
    }
    if let Some(before) = filter.submitted_before {
        query = query.filter(applications::submitted_at.lt(before));
    }
    query
}
