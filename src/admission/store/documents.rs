//! The documents of applications.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::admission::application::Category;
use crate::admission::submission::Document;
use crate::db::schema::{
    application_documents, application_submissions, applications, submitted_documents,
};
use crate::db::{Conn, Db, DbError, Fetch};
use crate::files::{self, Kept, StoredFile};
use crate::kernel::time::Timestamp;

/// A document that a change adds or removes.
#[derive(Debug, Clone, Copy)]
pub enum Paper<'a> {
    Added {
        file: &'a Kept,
        category: Category,
        /// The applicant's name for it; may be empty.
        label: &'a str,
        idempotency_key: Uuid,
    },
    Removed {
        file_id: i64,
    },
}

/// Adds or removes a document, in the transaction of the change.
pub async fn write(
    conn: &mut Conn,
    application_id: i64,
    paper: &Paper<'_>,
    by: Option<i64>,
    now: Timestamp,
) -> Result<(), DbError> {
    match paper {
        Paper::Added { file, category, label, idempotency_key } => {
            let file_id = files::keep_in(conn, file, by.unwrap_or_default(), now).await?;
            diesel::insert_into(application_documents::table)
                .values((
                    application_documents::application_id.eq(application_id),
                    application_documents::file_id.eq(file_id),
                    application_documents::category.eq(category.name()),
                    application_documents::label.eq(label),
                    application_documents::idempotency_key.eq(idempotency_key),
                ))
                .execute(conn)
                .await?;
        }
        Paper::Removed { file_id } => {
            let row = application_documents::table
                .filter(application_documents::application_id.eq(application_id))
                .filter(application_documents::file_id.eq(file_id));
            if diesel::delete(row).execute(conn).await? != 1 {
                return Err(DbError::NotFound);
            }
            // What was submitted idempotency_key is kept.
            let submitted =
                submitted_documents::table.filter(submitted_documents::file_id.eq(file_id));
            if !diesel::select(exists(submitted)).get_result(conn).await? {
                files::remove_in(conn, *file_id).await?;
            }
        }
    }
    Ok(())
}

/// Copies documents to the merchant's later application, in the transaction that begins it.
pub async fn take_over(conn: &mut Conn, from: i64, into: i64) -> Result<(), DbError> {
    let rows: Vec<(i64, i64, String, String)> = application_documents::table
        .filter(application_documents::application_id.eq(from))
        .order(application_documents::file_id)
        .select((
            application_documents::id,
            application_documents::file_id,
            application_documents::category,
            application_documents::label,
        ))
        .load(conn)
        .await?;
    let ids: Vec<i64> = rows.iter().map(|(_, file_id, ..)| *file_id).collect();
    let named = files::name_again_in(conn, &ids).await?;
    for ((id, file_id, category, label), (was, now)) in rows.into_iter().zip(named) {
        debug_assert_eq!(file_id, was, "files are named in the order they were asked for");
        diesel::insert_into(application_documents::table)
            .values((
                application_documents::application_id.eq(into),
                application_documents::file_id.eq(now),
                application_documents::category.eq(category),
                application_documents::label.eq(label),
                application_documents::idempotency_key.eq(Uuid::new_v4()),
                application_documents::taken_over_from.eq(id),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Whether this form's document is there already.
pub async fn is_added(
    db: &Db,
    application_id: i64,
    idempotency_key: Uuid,
) -> Result<bool, DbError> {
    let row = application_documents::table
        .filter(application_documents::application_id.eq(application_id))
        .filter(application_documents::idempotency_key.eq(idempotency_key));
    diesel::select(exists(row)).fetch_one(db).await
}

/// The documents of an application, oldest first.
pub async fn of_application(db: &Db, application_id: i64) -> Result<Vec<Document>, DbError> {
    let rows: Vec<DocumentRow> = application_documents::table
        .filter(application_documents::application_id.eq(application_id))
        .select((
            application_documents::file_id,
            application_documents::category,
            application_documents::label,
            application_documents::taken_over_from,
        ))
        .fetch_all(db)
        .await?;
    with_files(db, &rows).await
}

/// File id, category, label, and the document from which it was taken over.
pub type DocumentRow = (i64, String, String, Option<i64>);

/// The documents with their files, oldest first.
pub async fn with_files(db: &Db, rows: &[DocumentRow]) -> Result<Vec<Document>, DbError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
    let of_file = |file: StoredFile| {
        let (_, category, label, from) = rows.iter().find(|(id, ..)| *id == file.id)?;
        let category = Category::parse(category).unwrap_or(Category::Other);
        Some(Document { file, category, label: label.clone(), is_taken_over: from.is_some() })
    };
    Ok(files::of_ids(db, &ids).await?.into_iter().filter_map(of_file).collect())
}

/// The public id and merchant of the application that a file is, or was, a document of.
pub async fn owner_of(db: &Db, file_id: i64) -> Result<Option<(Uuid, i64)>, DbError> {
    let present = application_documents::table
        .filter(application_documents::file_id.eq(file_id))
        .select(application_documents::application_id);
    let submitted = application_submissions::table
        .inner_join(
            submitted_documents::table
                .on(submitted_documents::submission_id.eq(application_submissions::id)),
        )
        .filter(submitted_documents::file_id.eq(file_id))
        .select(application_submissions::application_id);
    applications::table
        .filter(applications::id.eq_any(present).or(applications::id.eq_any(submitted)))
        .select((applications::public_id, applications::merchant_id))
        .limit(1)
        .fetch_optional(db)
        .await
}
