//! Submissions, which are only ever added.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::documents::{DocumentRow, with_files};
use crate::admission::application::{Application, BusinessDetails, Status};
use crate::admission::submission::Submission;
use crate::db::schema::{
    application_documents, application_submissions, applications, submitted_documents,
};
use crate::db::{Conn, Db, DbError, Fetch, only};
use crate::kernel::time::Timestamp;

/// Stores what an application states now, in the transaction that submits it.
pub async fn insert(conn: &mut Conn, next: &Application, now: Timestamp) -> Result<(), DbError> {
    let business_details = &next.business_details;
    let ids: Vec<i64> = diesel::insert_into(application_submissions::table)
        .values((
            application_submissions::application_id.eq(next.id),
            application_submissions::version.eq(next.version),
            application_submissions::submitted_at.eq(now),
            application_submissions::registered_name.eq(&business_details.registered_name),
            application_submissions::registration_number.eq(&business_details.registration_number),
            application_submissions::address.eq(&business_details.address),
            application_submissions::responsible_person.eq(&business_details.responsible_person),
            application_submissions::about.eq(&business_details.about),
        ))
        .returning(application_submissions::id)
        .load(conn)
        .await?;
    application_documents::table
        .filter(application_documents::application_id.eq(next.id))
        .select((
            only(ids)?.into_sql::<BigInt>(),
            application_documents::file_id,
            application_documents::category,
            application_documents::label,
        ))
        .insert_into(submitted_documents::table)
        .into_columns((
            submitted_documents::submission_id,
            submitted_documents::file_id,
            submitted_documents::category,
            submitted_documents::label,
        ))
        .execute(conn)
        .await?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = application_submissions, check_for_backend(Pg))]
struct Row {
    id: i64,
    application_id: i64,
    version: i32,
    submitted_at: Timestamp,
    registered_name: String,
    registration_number: String,
    address: String,
    responsible_person: String,
    about: String,
}

/// The last submission and the one before it, possibly of the merchant's previous application.
pub async fn last_two(
    db: &Db,
    application: &Application,
) -> Result<(Option<Submission>, Option<Submission>), DbError> {
    let (rows, documents) = read_last_two(db, application).await?;
    let mut found = Vec::new();
    for (row, public_id, status, since) in rows {
        let own: Vec<DocumentRow> = documents
            .iter()
            .filter(|(submission_id, _)| *submission_id == row.id)
            .map(|(_, document)| document.clone())
            .collect();
        found.push(Submission {
            application_id: row.application_id,
            application: public_id,
            standing: (Status::parse(&status).unwrap_or(Status::Withdrawn), since),
            version: row.version,
            at: row.submitted_at,
            business_details: BusinessDetails {
                registered_name: row.registered_name,
                registration_number: row.registration_number,
                address: row.address,
                responsible_person: row.responsible_person,
                about: row.about,
            },
            documents: with_files(db, &own).await?,
        });
    }
    let mut found = found.into_iter();
    match found.next() {
        Some(last) if last.application_id == application.id => Ok((Some(last), found.next())),
        _ => Ok((None, None)),
    }
}

type SubmissionRow = (Row, Uuid, String, Timestamp);

async fn read_last_two(
    db: &Db,
    application: &Application,
) -> Result<(Vec<SubmissionRow>, Vec<(i64, DocumentRow)>), DbError> {
    let rows: Vec<SubmissionRow> = application_submissions::table
        .inner_join(
            applications::table.on(applications::id.eq(application_submissions::application_id)),
        )
        .filter(applications::merchant_id.eq(application.merchant_id))
        .filter(applications::id.le(application.id))
        .order(application_submissions::id.desc())
        .limit(2)
        .select((
            Row::as_select(),
            applications::public_id,
            applications::status,
            applications::status_since,
        ))
        .fetch_all(db)
        .await?;
    let ids: Vec<i64> = rows.iter().map(|(row, ..)| row.id).collect();
    let present = application_documents::table
        .on(application_documents::file_id.eq(submitted_documents::file_id));
    let documents: Vec<(i64, DocumentRow)> = submitted_documents::table
        .left_join(present)
        .filter(submitted_documents::submission_id.eq_any(ids))
        .select((
            submitted_documents::submission_id,
            (
                submitted_documents::file_id,
                submitted_documents::category,
                submitted_documents::label,
                application_documents::taken_over_from.nullable(),
            ),
        ))
        .fetch_all(db)
        .await?;
    Ok((rows, documents))
}
