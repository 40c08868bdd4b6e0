use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};

use super::{FileError, Files, StoredFile, name};
use crate::web::error::PageError;
use crate::web::page::{Page, PageResult};

/// Forbids the file to run scripts, load anything or be framed, whatever type it is taken for.
const SANDBOX: &str = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; \
    form-action 'none'";

/// Sends a file; the caller must have checked that the reader may have it. Answers 503 if the store
/// fails. The headers that every response gets, such as `nosniff`, come on top.
pub async fn hand_over(files: &Files, file: &StoredFile) -> PageResult {
    let content = files.read(file).await.map_err(|error| refusal(&error))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, SANDBOX))
        .insert_header((CONTENT_DISPOSITION, name::disposition(&file.name, file.kind)))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .content_type(file.kind.media_type())
        .no_chunking(file.bytes)
        .streaming(content))
}

/// The 503 for a failure that is not the file's fault.
pub fn refusal(error: &FileError) -> PageError {
    let busy = matches!(error, FileError::Busy | FileError::Db(crate::db::DbError::Busy(_)));
    if !busy {
        tracing::error!(%error, "a file cannot be kept or read");
    }
    let text = if busy { "files-busy" } else { "error-unavailable" };
    PageError::new(StatusCode::SERVICE_UNAVAILABLE, text)
}

pub struct ShownFile {
    pub name: String,
    /// Kind and size in words.
    pub about: String,
    pub href: String,
    pub is_picture: bool,
}

impl ShownFile {
    pub fn of(page: &Page, file: &StoredFile, href: String) -> Self {
        let kind = page.t(format!("files-kind-{}", file.kind.name()));
        let kilobytes = file.bytes.div_ceil(1024);
        let size = match kilobytes {
            0..1024 => page.t1("files-kilobytes", "count", kilobytes),
            _ => {
                #[expect(clippy::cast_precision_loss, reason = "one place after the point")]
                let megabytes = format!("{:.1}", kilobytes as f64 / 1024.0);
                page.t1("files-megabytes", "count", megabytes)
            }
        };
        Self {
            name: name::saved_as(&file.name, file.kind),
            about: page.t2("files-about", "kind", kind, "size", size),
            href,
            is_picture: file.kind.is_picture(),
        }
    }
}
