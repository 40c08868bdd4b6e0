//! Applications and their history.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel_async::RunQueryDsl;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::admission::application::{Application, BusinessDetails, Claim, Kind, Status};
use crate::admission::state::Act;
use crate::admission::store::documents::{self, Paper};
use crate::admission::store::history::insert_event;
use crate::admission::store::submissions;
use crate::db::batch::put_off;
use crate::db::schema::applications;
use crate::db::{Conn, Db, DbError, Fetch, append_audit, now_in, only};
use crate::kernel::time::Timestamp;
use crate::trust::criteria::Criterion;
use crate::trust::{HeldBadge, hold_badge};

#[derive(Queryable, Selectable)]
#[diesel(table_name = applications, check_for_backend(Pg))]
struct Row {
    id: i64,
    public_id: Uuid,
    merchant_id: i64,
    kind: String,
    status: String,
    version: i32,
    created_at: Timestamp,
    status_since: Timestamp,
    submitted_at: Option<Timestamp>,
    registered_name: String,
    registration_number: String,
    address: String,
    responsible_person: String,
    about: String,
    documents: i32,
    licences: i32,
    claimed_by: Option<i64>,
    claim_expires_at: Option<Timestamp>,
    identity_judgement: Option<String>,
    reputation_judgement: Option<String>,
    decided_by: Option<i64>,
    decided_at: Option<Timestamp>,
    reason: String,
    failed_criteria: Vec<String>,
    reapply_from: Option<Timestamp>,
    evaluation: Option<Json>,
}

fn unreadable(what: &str) -> DbError {
    let text = format!("applications: {what} cannot be understood");
    DbError::Query(DieselError::DeserializationError(text.into()))
}

const GOOD: &str = "met";
const BAD: &str = "not_met";

impl TryFrom<Row> for Application {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let evaluation = row.evaluation.map(serde_json::from_value).transpose();
        let claim = row.claimed_by.zip(row.claim_expires_at);
        Ok(Self {
            id: row.id,
            public_id: row.public_id,
            merchant_id: row.merchant_id,
            kind: Kind::parse(&row.kind).ok_or_else(|| unreadable(&row.kind))?,
            status: Status::parse(&row.status).ok_or_else(|| unreadable(&row.status))?,
            version: row.version,
            created_at: row.created_at,
            status_since: row.status_since,
            submitted_at: row.submitted_at,
            business_details: BusinessDetails {
                registered_name: row.registered_name,
                registration_number: row.registration_number,
                address: row.address,
                responsible_person: row.responsible_person,
                about: row.about,
            },
            documents: row.documents,
            licences: row.licences,
            claim: claim.map(|(by, until)| Claim { by, until }),
            identity: row.identity_judgement.map(|j| j == GOOD),
            reputation: row.reputation_judgement.map(|j| j == GOOD),
            decided: row.decided_by.zip(row.decided_at),
            reason: row.reason,
            failed: row.failed_criteria.iter().filter_map(|key| Criterion::parse(key)).collect(),
            reapply_from: row.reapply_from,
            evaluation: evaluation.map_err(|e| unreadable(&e.to_string()))?,
        })
    }
}

pub async fn application(db: &Db, public_id: Uuid) -> Result<Option<Application>, DbError> {
    let row: Option<Row> = applications::table
        .filter(applications::public_id.eq(public_id))
        .select(Row::as_select())
        .fetch_optional(db)
        .await?;
    row.map(Application::try_from).transpose()
}

/// The applications of a merchant, newest first. A merchant has only a few; at most 50 are read.
pub async fn of_merchant(db: &Db, merchant_id: i64) -> Result<Vec<Application>, DbError> {
    let rows: Vec<Row> = applications::table
        .filter(applications::merchant_id.eq(merchant_id))
        .order(applications::id.desc())
        .limit(50)
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(Application::try_from).collect()
}

/// Begins a draft with the details and documents of the merchant's last application. Fails with
/// [`DbError::Taken`] for `applications_one_open` if one is open.
pub async fn insert_draft(
    db: &Db,
    merchant_id: i64,
    user_id: i64,
    kind: Kind,
    last: Option<&Application>,
) -> Result<Application, DbError> {
    let none = BusinessDetails::default();
    let business_details = last.map_or(&none, |last| &last.business_details);
    let row = db
        .transaction(async |conn: &mut Conn| -> Result<Row, DbError> {
            let now = now_in(conn).await?;
            let rows: Vec<Row> = diesel::insert_into(applications::table)
                .values((
                    applications::merchant_id.eq(merchant_id),
                    applications::kind.eq(kind.name()),
                    applications::status.eq(Status::Draft.name()),
                    applications::created_at.eq(now),
                    applications::status_since.eq(now),
                    applications::registered_name.eq(&business_details.registered_name),
                    applications::registration_number.eq(&business_details.registration_number),
                    applications::address.eq(&business_details.address),
                    applications::responsible_person.eq(&business_details.responsible_person),
                    applications::about.eq(&business_details.about),
                    applications::documents.eq(last.map_or(0, |last| last.documents)),
                    applications::licences.eq(last.map_or(0, |last| last.licences)),
                ))
                .returning(Row::as_returning())
                .load(conn)
                .await?;
            let row = only(rows)?;
            if let Some(last) = last.filter(|last| last.documents > 0) {
                documents::take_over(conn, last.id, row.id).await?;
            }
            insert_event(conn, row.id, row.version, "start", now, Some(user_id), "").await?;
            Ok(row)
        })
        .await?;
    row.try_into()
}

/// A decided act, to be written while the merchant is held.
pub struct Change<'a> {
    pub before: &'a Application,
    pub next: &'a Application,
    pub act: &'a Act,
    /// `None` for the clock.
    pub by: Option<i64>,
    pub now: Timestamp,
    pub paper: Option<Paper<'a>>,
}

/// The merchant of an application and its badge, held to the end of the transaction.
pub async fn hold(conn: &mut Conn, id: i64) -> Result<(i64, HeldBadge), DbError> {
    let merchant_id =
        applications::table.find(id).select(applications::merchant_id).get_result(conn).await?;
    Ok((merchant_id, hold_badge(conn, merchant_id).await?))
}

pub async fn application_in(conn: &mut Conn, id: i64) -> Result<Application, DbError> {
    let row: Row = applications::table.find(id).select(Row::as_select()).get_result(conn).await?;
    row.try_into()
}

/// Writes a change of an application that is held, with its history and audit trail.
pub async fn write(conn: &mut Conn, change: &Change<'_>) -> Result<(), DbError> {
    write_row(conn, change).await?;
    if let Some(paper) = &change.paper {
        documents::write(conn, change.before.id, paper, change.by, change.now).await?;
    }
    if let Act::Submit { .. } = change.act {
        submissions::insert(conn, change.next, change.now).await?;
    }
    write_traces(conn, change).await
}

async fn write_row(conn: &mut Conn, change: &Change<'_>) -> Result<(), DbError> {
    let (before, next) = (change.before, change.next);
    let evaluation = next.evaluation.as_ref().map(serde_json::to_value).transpose();
    let evaluation = evaluation.map_err(|e| unreadable(&e.to_string()))?;
    let judgement = |good: bool| if good { GOOD } else { BAD };
    let failed: Vec<&str> = next.failed.iter().map(|c| c.key()).collect();
    let target =
        applications::table.find(before.id).filter(applications::version.eq(before.version));
    let written = diesel::update(target)
        .set((
            applications::status.eq(next.status.name()),
            applications::version.eq(next.version),
            applications::status_since.eq(next.status_since),
            applications::submitted_at.eq(next.submitted_at),
            applications::registered_name.eq(&next.business_details.registered_name),
            applications::registration_number.eq(&next.business_details.registration_number),
            applications::address.eq(&next.business_details.address),
            applications::responsible_person.eq(&next.business_details.responsible_person),
            applications::about.eq(&next.business_details.about),
            applications::documents.eq(next.documents),
            applications::licences.eq(next.licences),
            applications::claimed_by.eq(next.claim.map(|c| c.by)),
            applications::claim_expires_at.eq(next.claim.map(|c| c.until)),
            applications::identity_judgement.eq(next.identity.map(judgement)),
            applications::reputation_judgement.eq(next.reputation.map(judgement)),
            applications::decided_by.eq(next.decided.map(|(by, _)| by)),
            applications::decided_at.eq(next.decided.map(|(_, at)| at)),
            applications::reason.eq(&next.reason),
            applications::failed_criteria.eq(failed),
            applications::reapply_from.eq(next.reapply_from),
            applications::evaluation.eq(evaluation),
        ))
        .execute(conn)
        .await?;
    if written == 1 { Ok(()) } else { Err(DbError::NotFound) }
}

async fn write_traces(conn: &mut Conn, change: &Change<'_>) -> Result<(), DbError> {
    let (before, next, act, by) = (change.before, change.next, change.act, change.by);
    let event = act.history();
    insert_event(conn, before.id, next.version, event, change.now, by, act.note()).await?;
    if act.is_staff() {
        let audit = append_audit(
            by,
            format!("application.{}", act.name()),
            format!("application:{}", before.public_id),
            Some(summary(before)),
            Some(summary(next)),
            act.note(),
        );
        let _: i64 = diesel::select(audit).get_result(conn).await?;
    }
    Ok(())
}

fn summary(application: &Application) -> Json {
    let judgement = |good: bool| if good { GOOD } else { BAD };
    json!({
        "status": application.status.name(),
        "claimed_by": application.claim.map(|c| c.by),
        "identity": application.identity.map(judgement),
        "reputation": application.reputation.map(judgement),
    })
}

/// Merchants whose renewal waits for us to decide on it.
pub async fn waiting_renewals(db: &Db) -> Result<Vec<i64>, DbError> {
    applications::table
        .filter(applications::kind.eq(Kind::Renewal.name()))
        .filter(applications::status.eq_any([Status::Submitted.name(), Status::InReview.name()]))
        .select(applications::merchant_id)
        .fetch_all(db)
        .await
}

/// The job that lets the clock act on applications.
pub const CLOCK: &str = "application-clock";

/// Reviews with an expired claim, and questions unanswered since `silent_since`.
pub async fn due(
    db: &Db,
    now: Timestamp,
    silent_since: Timestamp,
    limit: i64,
) -> Result<Vec<Application>, DbError> {
    let idle = applications::status
        .eq(Status::InReview.name())
        .and(applications::claim_expires_at.le(now));
    let silent = applications::status
        .eq(Status::NeedsInformation.name())
        .and(applications::status_since.le(silent_since));
    let rows: Vec<Row> = applications::table
        .filter(idle.or(silent))
        .filter(applications::id.ne_all(put_off(CLOCK)))
        .order(applications::id)
        .limit(limit)
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(Application::try_from).collect()
}
