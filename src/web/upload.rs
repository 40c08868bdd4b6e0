//! Forms with a file. Texts are read into memory and the file into an unnamed temporary file that
//! vanishes when closed; both are limited in size.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use tokio::io::AsyncWriteExt as _;

use super::csrf;
use super::error::PageError;
use super::form::{Fields, Posted};
use crate::config::FILE_BYTES_MAX;

pub const FILE_FIELD: &str = "file";
/// Enough for 10 MB over a slow connection.
pub const TIME_LIMIT: Duration = Duration::from_secs(180);

/// In bytes, for all text fields together.
const TEXTS_MAX: usize = 64 * 1024;
const PARTS_MAX: usize = 20;
/// Uploads that are too big are read up to here: browsers read the response only after sending.
const BODY_MAX: u64 = 6 * FILE_BYTES_MAX;
/// An upload that sends nothing for this long is dropped.
const STALL: Duration = Duration::from_secs(20);

/// Where uploads are kept while they are checked; in actix's application data.
#[derive(Clone)]
pub struct Incoming(pub PathBuf);

/// A posted form that may contain a file. Extraction checks origin and token before it reads any of
/// the file, so the token must come first.
#[derive(Debug)]
pub struct Upload {
    pub fields: Fields,
    pub file: Brought,
}

#[derive(Debug)]
pub enum Brought {
    Nothing,
    /// More than [`FILE_BYTES_MAX`].
    TooBig,
    File {
        /// As the sender calls it; not to be trusted.
        name: String,
        content: std::fs::File,
    },
}

impl FromRequest for Upload {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let cross_site = csrf::is_cross_site(request);
        let request = request.clone();
        if !is_form_data(&request) {
            let posted = Posted::from_request(&request, payload);
            return Box::pin(async move {
                posted.await.map(|Posted(fields)| Self { fields, file: Brought::Nothing })
            });
        }
        let body = payload.take();
        Box::pin(async move {
            if cross_site {
                return Err(PageError::cross_site().into());
            }
            Ok(read(&request, body).await?)
        })
    }
}

/// The routes whose handlers take an [`Upload`].
const ROUTES: [&str; 1] = ["/merchant/application/documents"];

/// Whether a route, by its pattern, takes uploads.
pub fn is_taken_at(pattern: &str) -> bool {
    ROUTES.contains(&pattern)
}

/// Whether a request brings its form in parts.
pub fn is_form_data(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|h| h.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_lowercase().starts_with("multipart/form-data"))
}

fn broken() -> PageError {
    PageError::new(StatusCode::BAD_REQUEST, "files-upload-broken")
}

fn too_large() -> PageError {
    PageError::new(StatusCode::PAYLOAD_TOO_LARGE, "error-too-large")
}

async fn read(
    request: &HttpRequest,
    body: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> Result<Upload, PageError> {
    let mut parts = Multipart::new(request.headers(), bounded(body));
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut file = None;
    let mut count = 0;
    while let Some(mut part) = next(&mut parts).await? {
        count += 1;
        if count > PARTS_MAX {
            return Err(broken());
        }
        let name = part.name().unwrap_or_default().to_owned();
        if name != FILE_FIELD {
            let room = TEXTS_MAX.saturating_sub(texts.iter().map(|(k, v)| k.len() + v.len()).sum());
            let text = text(&mut part, room.saturating_sub(name.len())).await?;
            texts.push((name, text));
            continue;
        }
        // Only our own readers may fill our disk.
        let token = texts.iter().find(|(name, _)| name == "csrf_token").map(|(_, text)| text);
        if !token.is_some_and(|token| csrf::is_valid(request, token)) {
            return Err(PageError::cross_site());
        }
        if file.is_some() {
            return Err(broken());
        }
        file = Some(content(request, &mut part).await?);
    }
    let pairs = texts.into_iter().map(|(name, text)| (name.into(), text.into()));
    let fields = Fields::typed(pairs);
    if !csrf::is_valid(request, fields.raw("csrf_token")) {
        return Err(PageError::cross_site());
    }
    Ok(Upload { fields, file: file.unwrap_or(Brought::Nothing) })
}

/// Limits the body in total size and in time between chunks.
fn bounded(
    body: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    let body = Box::pin(body);
    futures::stream::try_unfold((body, 0_u64), async |(mut body, before)| {
        let chunk = tokio::time::timeout(STALL, body.try_next()).await;
        let Some(chunk) = chunk.map_err(|_| PayloadError::Incomplete(None))?? else {
            return Ok(None);
        };
        let after = before + chunk.len() as u64;
        if after > BODY_MAX {
            Err(PayloadError::Overflow)
        } else {
            Ok(Some((chunk, (body, after))))
        }
    })
}

async fn next(parts: &mut Multipart) -> Result<Option<Field>, PageError> {
    parts.next().await.transpose().map_err(of_reading)
}

fn of_reading(error: MultipartError) -> PageError {
    match error {
        MultipartError::Payload(PayloadError::Overflow) => too_large(),
        error => {
            tracing::debug!(%error, "an upload cannot be read");
            broken()
        }
    }
}

async fn text(part: &mut Field, max: usize) -> Result<String, PageError> {
    let bytes = part.bytes(max).await.map_err(|_| too_large())?.map_err(of_reading)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn content(request: &HttpRequest, part: &mut Field) -> Result<Brought, PageError> {
    let name = part.content_disposition().and_then(|d| d.get_filename()).unwrap_or_default();
    let name = name.to_owned();
    let mut content = tokio::fs::File::from_std(unnamed_file(request).await?);
    let mut length = 0_u64;
    while let Some(chunk) = part.next().await.transpose().map_err(of_reading)? {
        length += chunk.len() as u64;
        if length <= FILE_BYTES_MAX {
            content.write_all(&chunk).await.map_err(unwritable)?;
        }
    }
    content.flush().await.map_err(unwritable)?;
    Ok(match length {
        // Browsers send this if no file was chosen.
        0 if name.is_empty() => Brought::Nothing,
        _ if length > FILE_BYTES_MAX => Brought::TooBig,
        _ => Brought::File { name, content: content.into_std().await },
    })
}

async fn unnamed_file(request: &HttpRequest) -> Result<std::fs::File, PageError> {
    let folder = request.app_data::<Data<Incoming>>().map(|incoming| incoming.0.clone());
    let folder = folder.unwrap_or_else(std::env::temp_dir);
    let made = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder)?;
        tempfile::tempfile_in(folder)
    });
    made.await.map_err(std::io::Error::other).and_then(|file| file).map_err(unwritable)
}

/// Reports 503, since a later attempt may succeed.
fn unwritable(error: std::io::Error) -> PageError {
    tracing::error!(%error, "an upload cannot be written to the disk");
    PageError::new(StatusCode::SERVICE_UNAVAILABLE, "error-unavailable")
}
