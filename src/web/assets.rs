//! Static files, compiled in. Their addresses carry a hash of the content, so that caches may keep
//! them for ever.

use std::sync::LazyLock;

use actix_web::{HttpResponse, web};

use super::error::PageError;
use super::page::PageResult;
use crate::kernel::signing::sha256;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    hash: String,
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {{
        let bytes: &[u8] = include_bytes!(concat!("../../static/", $name));
        Asset { name: $name, kind: $kind, bytes, hash: hex::encode(&sha256(bytes)[..6]) }
    }};
}

static ASSETS: LazyLock<[Asset; 5]> = LazyLock::new(|| {
    [
        asset!("surety.css", "text/css; charset=utf-8"),
        asset!("surety.js", "text/javascript; charset=utf-8"),
        asset!("passkey.js", "text/javascript; charset=utf-8"),
        asset!("icons.svg", "image/svg+xml"),
        asset!("icon.svg", "image/svg+xml"),
    ]
});

pub fn address(name: &str) -> String {
    let hash = ASSETS.iter().find(|a| a.name == name).map_or("missing", |a| a.hash.as_str());
    format!("/static/{hash}/{name}")
}

/// Serves `/static/{hash}/{name}`.
/// Answers with 404 for a file that there is not. A file of an older hash is answered with today's
/// content, for a short time only.
pub async fn serve(path: web::Path<(String, String)>) -> PageResult {
    let (hash, name) = path.into_inner();
    let asset = ASSETS.iter().find(|a| a.name == name).ok_or_else(PageError::not_found)?;
    let cache = if asset.hash == hash {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=60"
    };
    Ok(HttpResponse::Ok()
        .insert_header(("content-type", asset.kind))
        .insert_header(("cache-control", cache))
        .body(asset.bytes))
}
