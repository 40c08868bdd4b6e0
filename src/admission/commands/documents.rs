//! The documents that an applicant adds and removes while the application is editable.

use std::fs::File;

use chrono_tz::Tz;
use uuid::Uuid;

use super::{AdmissionError, last_of, write};
use crate::admission::application::{Application, Category};
use crate::admission::state::{Act, decide_application};
use crate::admission::store::documents::{self as store, Paper};
use crate::admission::submission::Document;
use crate::db::{Db, DbError};
use crate::files::{self, Files, StoredFile};

/// How often an act is decided again if somebody else was faster.
const TRIES: usize = 5;

#[derive(Debug)]
pub struct NewDocument {
    pub category: Category,
    /// The applicant's name for it; may be empty.
    pub label: String,
    /// The id of the form: sent twice, it counts once.
    pub idempotency_key: Uuid,
    pub name: String,
    /// The content, still unchecked.
    pub content: File,
}

/// The documents of an application, oldest first.
pub async fn documents(db: &Db, application: &Application) -> Result<Vec<Document>, DbError> {
    match application.documents {
        0 => Ok(Vec::new()),
        _ => store::of_application(db, application.id).await,
    }
}

/// Adds a document to a merchant's open application. Takes no version, since several members may
/// add documents at once. Fails with [`AdmissionError::File`] if the file is refused.
pub async fn add_document(
    db: &Db,
    files: &Files,
    merchant_id: i64,
    user_id: i64,
    document: NewDocument,
    zone: Tz,
) -> Result<(), AdmissionError> {
    let NewDocument { category, label, idempotency_key, name, content } = document;
    let application = last_of(db, merchant_id).await?.ok_or(AdmissionError::Changed)?;
    if store::is_added(db, application.id, idempotency_key).await? {
        return Ok(());
    }
    let act = |name: &str| Act::AddDocument { category, name: name.to_owned() };
    // Before anything is stored for nothing.
    decide_application(&application, &act(&name), Some(user_id), db.now().await?)?;
    let kept = files.keep(db, content, &name).await?;
    let act = act(if label.is_empty() { &kept.name } else { &label });
    let paper = Paper::Added { file: &kept, category, label: &label, idempotency_key };
    for _ in 0..TRIES {
        let application = last_of(db, merchant_id).await?.ok_or(AdmissionError::Changed)?;
        let seen = (application.id, application.version);
        match write(db, seen, &act, Some(user_id), zone, Some(paper)).await {
            Err(AdmissionError::Changed) => {}
            // The same form, sent twice at once.
            Err(AdmissionError::Db(DbError::Taken(key))) if key.contains("idempotency_key") => {
                return Ok(());
            }
            other => return other.map(|_| ()),
        }
    }
    Err(AdmissionError::Changed)
}

pub async fn remove_document(
    db: &Db,
    merchant_id: i64,
    user_id: i64,
    file: Uuid,
    zone: Tz,
) -> Result<(), AdmissionError> {
    for _ in 0..TRIES {
        let application = last_of(db, merchant_id).await?.ok_or(AdmissionError::NotThere)?;
        let all = documents(db, &application).await?;
        let document = all.iter().find(|d| d.file.public_id == file);
        let document = document.ok_or(AdmissionError::NotThere)?;
        let name = document.title().to_owned();
        let act = Act::RemoveDocument { category: document.category, name };
        let paper = Paper::Removed { file_id: document.file.id };
        let seen = (application.id, application.version);
        match write(db, seen, &act, Some(user_id), zone, Some(paper)).await {
            Err(AdmissionError::Changed) => {}
            other => return other.map(|_| ()),
        }
    }
    Err(AdmissionError::Changed)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Merchant(i64),
    Application(Uuid),
}

/// The file of a document. Fails with [`AdmissionError::NotThere`] if it belongs to somebody else.
pub async fn document_file(db: &Db, file: Uuid, of: Whose) -> Result<StoredFile, AdmissionError> {
    let file = files::find(db, file).await?.ok_or(AdmissionError::NotThere)?;
    let owner = store::owner_of(db, file.id).await?.ok_or(AdmissionError::NotThere)?;
    let is_there = match of {
        Whose::Merchant(merchant_id) => owner.1 == merchant_id,
        Whose::Application(id) => owner.0 == id,
    };
    if is_there { Ok(file) } else { Err(AdmissionError::NotThere) }
}
