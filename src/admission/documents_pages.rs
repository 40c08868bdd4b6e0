//! Supporting documents: applicants add, view and remove them; reviewers view them.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use uuid::Uuid;

use super::application::{Application, Category, DOCUMENTS_MAX};
use super::commands::{self, AdmissionError, NewDocument, Whose};
use super::state::Refused;
use super::submission::Document;
use crate::accounts::actor::{Actor, Desk};
use crate::db::Db;
use crate::files::{FileError, Files, ShownFile, hand_over};
use crate::kernel::time::Timestamp;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::page::{Page, PageResult, html_with, see_other};
use crate::web::throttle::{Limit, allow};
use crate::web::upload::{Brought, FILE_FIELD, Upload};

/// In characters.
const LABEL_MAX: usize = 80;
/// Limits the files that one merchant may send, since each costs memory and time.
const UPLOADS: Limit = Limit { hits: 120, window: std::time::Duration::from_secs(60 * 60) };

pub struct ShownDocument {
    pub file: ShownFile,
    /// The applicant's label, or else the file name.
    pub title: String,
    pub category: String,
    pub at: Timestamp,
    pub id: Uuid,
    pub is_taken_over: bool,
}

/// Documents for a list, with links below `path`.
pub fn shown(page: &Page, documents: &[Document], path: &str) -> Vec<ShownDocument> {
    let one = |document: &Document| {
        let id = document.file.public_id;
        let file = ShownFile::of(page, &document.file, format!("{path}/{id}"));
        let title = match document.title() {
            "" => file.name.clone(),
            title => title.to_owned(),
        };
        let category = page.t(format!("documents-category-{}", document.category.name()));
        let (at, is_taken_over) = (document.file.uploaded_at, document.is_taken_over);
        ShownDocument { file, title, category, at, id, is_taken_over }
    };
    documents.iter().map(one).collect()
}

pub const PATH: &str = "/merchant/application/documents";

#[derive(Template)]
#[template(path = "admission/documents.html")]
struct DocumentsPage {
    page: Page,
    form: Form,
    application: Application,
    documents: Vec<ShownDocument>,
    categories: Vec<(&'static str, String)>,
    left: i32,
}

impl DocumentsPage {
    /// Whether documents may be added and removed.
    fn is_open(&self) -> bool {
        self.application.status.is_editable()
    }

    fn has_taken_over(&self) -> bool {
        self.documents.iter().any(|d| d.is_taken_over)
    }

    /// Whether a reviewer is waiting for the applicant's answer.
    fn is_asked(&self) -> bool {
        self.application.status.name() == "needs_information"
    }
}

/// GET `/merchant/application/documents`
pub async fn list(Desk { page, actor, db, .. }: Desk) -> PageResult {
    render(page, &actor, &db, None, StatusCode::OK).await
}

async fn render(
    page: Page,
    actor: &Actor,
    db: &Db,
    form: Option<Form>,
    status: StatusCode,
) -> PageResult {
    let Some(application) = commands::last_of(db, actor.merchant_id()?).await? else {
        return Ok(see_other("/merchant/application"));
    };
    let documents = commands::documents(db, &application).await?;
    let category = if application.licences == 0 { Category::Licence } else { Category::Other };
    let fresh = || {
        Form::filled(Fields::from_pairs(&[("category", category.name())])).with_idempotency_key()
    };
    let words = |c: Category| (c.name(), page.t(format!("documents-category-{}", c.name())));
    let view = DocumentsPage {
        form: form.unwrap_or_else(fresh),
        documents: shown(&page, &documents, PATH),
        categories: Category::ALL.map(words).to_vec(),
        left: DOCUMENTS_MAX - application.documents,
        application,
        page,
    };
    html_with(status, &view)
}

/// POST `/merchant/application/documents`
pub async fn add(
    Desk { page, actor, db, config }: Desk,
    upload: Upload,
    files: Data<Files>,
) -> PageResult {
    let (merchant_id, user_id) = (actor.merchant_id()?, actor.0.user_id);
    let mut form = Form::filled(upload.fields);
    let idempotency_key = form.idempotency_key()?;
    let category = Category::parse(form.value("category"));
    if category.is_none() {
        form.wrong("category", page.t("form-choose"));
    }
    let label = form.optional(&page, "label", LABEL_MAX);
    let brought = match upload.file {
        Brought::File { name, content } => Some((name, content)),
        Brought::Nothing => {
            form.wrong(FILE_FIELD, page.t("files-missing"));
            None
        }
        Brought::TooBig => {
            form.wrong(FILE_FIELD, page.t("files-too-big"));
            None
        }
    };
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let (Some(category), Some((name, content)), true) = (category, brought, form.is_ok()) else {
        return render(page, &actor, &db, Some(form), unprocessable).await;
    };
    if !allow(&db, &format!("uploads:merchant:{merchant_id}"), UPLOADS).await? {
        form.wrong(FILE_FIELD, page.t("documents-too-often"));
        let status = StatusCode::TOO_MANY_REQUESTS;
        return render(page, &actor, &db, Some(form), status).await;
    }
    let document = NewDocument { category, label, idempotency_key, name, content };
    let zone = config.time_zone;
    match commands::add_document(&db, &files, merchant_id, user_id, document, zone).await {
        Ok(()) => return Ok(see_other(&format!("{PATH}?done=document-added"))),
        Err(AdmissionError::File(FileError::Problem(problem))) => {
            form.wrong(FILE_FIELD, page.t(problem.text_key()));
        }
        Err(AdmissionError::Refused(Refused::TooManyDocuments)) => {
            form.wrong(FILE_FIELD, page.t1("documents-too-many", "max", DOCUMENTS_MAX));
        }
        Err(error) => return Err(error.into()),
    }
    render(page, &actor, &db, Some(form), unprocessable).await
}

/// POST `/merchant/application/documents/{id}/remove`
pub async fn remove(
    actor: Actor,
    id: Path<Uuid>,
    Posted(_): Posted,
    db: Data<Db>,
    config: Data<WebConfig>,
) -> PageResult {
    let (merchant_id, user_id) = (actor.merchant_id()?, actor.0.user_id);
    commands::remove_document(&db, merchant_id, user_id, *id, config.time_zone).await?;
    Ok(see_other(&format!("{PATH}?done=document-removed")))
}

/// GET `/merchant/application/documents/{id}`
pub async fn own_file(
    actor: Actor,
    id: Path<Uuid>,
    db: Data<Db>,
    files: Data<Files>,
) -> PageResult {
    let of = Whose::Merchant(actor.merchant_id()?);
    hand_over(&files, &commands::document_file(&db, *id, of).await?).await
}

/// GET `/admin/applications/{id}/documents/{document}`
pub async fn reviewed_file(
    ids: Path<(Uuid, Uuid)>,
    db: Data<Db>,
    files: Data<Files>,
) -> PageResult {
    let (application, document) = *ids;
    let of = Whose::Application(application);
    hand_over(&files, &commands::document_file(&db, document, of).await?).await
}

pub async fn of_application(
    page: &Page,
    db: &Db,
    application: &Application,
    path: &str,
) -> Result<Vec<ShownDocument>, PageError> {
    Ok(shown(page, &commands::documents(db, application).await?, path))
}
