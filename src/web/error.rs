//! Error pages: what happened, a link onwards, and a reference that is in the log too.

use std::error::Error as StdError;
use std::fmt;

use actix_session::storage::{LoadError, SaveError, UpdateError};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use askama::Template;

use super::page::Page;
use crate::db::DbError;

#[derive(Debug)]
pub struct PageError {
    pub status: StatusCode,
    pub message: String,
    /// The path and the text key of a link.
    pub way_on: Option<(String, String)>,
    source: Option<Box<dyn StdError>>,
}

impl PageError {
    /// `text_key` names the text that says what happened.
    pub fn new(status: StatusCode, text_key: &str) -> Self {
        Self { status, message: text_key.to_owned(), way_on: None, source: None }
    }

    /// The thing does not exist, or is not the reader's.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "error-not-found")
    }

    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "error-forbidden")
    }

    /// The state of the thing does not allow this; the text says why.
    pub fn conflict(text_key: &str) -> Self {
        Self::new(StatusCode::CONFLICT, text_key)
    }

    /// The request came from another site, or its form is out of date.
    pub fn cross_site() -> Self {
        Self::new(StatusCode::FORBIDDEN, "error-cross-site")
    }

    pub fn bad_request() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "error-bad-request")
    }

    pub fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "error-too-many")
    }

    pub fn timeout() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "error-unavailable")
    }

    pub fn internal(source: impl StdError + 'static) -> Self {
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "error-internal");
        error.source = Some(Box::new(source));
        error
    }

    /// Links to `path` instead of the home page.
    pub fn with_way_on(mut self, path: &str, text_key: &str) -> Self {
        self.way_on = Some((path.to_owned(), text_key.to_owned()));
        self
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status.as_u16(), self.message)?;
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        self.status
    }
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::not_found(),
            DbError::Unavailable(_) | DbError::Busy(_) => {
                let busy = matches!(error, DbError::Busy(_));
                let text = if busy { "error-busy" } else { "error-unavailable" };
                let mut page = Self::new(StatusCode::SERVICE_UNAVAILABLE, text);
                page.source = Some(Box::new(error));
                page
            }
            other => Self::internal(other),
        }
    }
}

/// Renders an error that a handler or actix returned, and logs its cause.
pub fn render(request: &HttpRequest, error: &actix_web::Error) -> HttpResponse {
    render_for(&Page::of(request), error)
}

/// Like [`render`], for when the request is gone.
pub fn render_for(page: &Page, error: &actix_web::Error) -> HttpResponse {
    let from_status;
    let page_error = if let Some(error) = error.as_error::<PageError>() {
        error
    } else {
        let status = if is_of_session_store(error) {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            error.as_response_error().status_code()
        };
        from_status = PageError::new(status, text_of(status));
        &from_status
    };
    if page_error.status.is_server_error() {
        let request_id = page.reference;
        tracing::error!(%request_id, cause = %error, %page_error, "request failed");
    } else {
        tracing::debug!(request_id = %page.reference, cause = %error, "request refused");
    }
    answer(page, page_error)
}

/// Whether a session could not be read or written. actix-session answers an opaque 500 if the
/// database cannot be reached.
fn is_of_session_store(error: &actix_web::Error) -> bool {
    error.as_error::<InternalError<anyhow::Error>>().is_some()
        || error.as_error::<InternalError<LoadError>>().is_some()
        || error.as_error::<InternalError<SaveError>>().is_some()
        || error.as_error::<InternalError<UpdateError>>().is_some()
}

/// The text for a status that actix chose.
fn text_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "error-not-found",
        StatusCode::PAYLOAD_TOO_LARGE => "error-too-large",
        StatusCode::SERVICE_UNAVAILABLE => "error-unavailable",
        s if s.is_client_error() => "error-bad-request",
        _ => "error-internal",
    }
}

pub fn answer(page: &Page, error: &PageError) -> HttpResponse {
    let mut page = page.clone();
    if let (true, Some((way_on, _))) = (page.posted, &error.way_on) {
        page.back.clone_from(way_on);
    }
    let internal = page.t("error-internal");
    let (href, label) =
        error.way_on.clone().unwrap_or_else(|| ("/".to_owned(), "error-way-home".to_owned()));
    let body = ErrorPage {
        status: error.status.as_u16(),
        heading: page.t(heading_of(error.status)),
        message: page.t(&error.message),
        href,
        label: page.t(&label),
        page,
    }
    .render();
    let mut answer = HttpResponse::build(error.status);
    if error.status == StatusCode::SERVICE_UNAVAILABLE {
        answer.insert_header(("retry-after", "5"));
    }
    answer.insert_header((CONTENT_TYPE, "text/html; charset=utf-8")).body(body.unwrap_or(internal))
}

fn heading_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "error-heading-401",
        404 => "error-heading-404",
        403 => "error-heading-403",
        409 => "error-heading-409",
        410 => "error-heading-410",
        429 => "error-heading-429",
        503 => "error-heading-503",
        500..=599 => "error-heading-500",
        _ => "error-heading-400",
    }
}

#[derive(Template)]
#[template(path = "web/error.html")]
struct ErrorPage {
    page: Page,
    status: u16,
    heading: String,
    message: String,
    href: String,
    label: String,
}
