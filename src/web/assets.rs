//! Static files, compiled in. Their URLs contain a hash, so caches may keep them for ever.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;

use super::compression::{accepts_gzip, best_gzip};
use super::error::PageError;
use super::page::PageResult;
use crate::kernel::signing::sha256;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    gzip: Bytes,
    address: String,
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {{
        let bytes: &[u8] = include_bytes!(concat!("../../static/", $name));
        let address = format!("/static/{}/{}", hex::encode(&sha256(bytes)[..6]), $name);
        Asset { name: $name, kind: $kind, bytes, gzip: best_gzip(bytes), address }
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

pub fn address(name: &str) -> &'static str {
    ASSETS.iter().find(|a| a.name == name).map_or("/static/missing", |a| a.address.as_str())
}

/// `GET /static/{hash}/{name}`. An outdated hash gets today's content, cached only briefly.
pub async fn serve(request: HttpRequest, path: web::Path<(String, String)>) -> PageResult {
    let (_, name) = path.into_inner();
    let asset = ASSETS.iter().find(|a| a.name == name).ok_or_else(PageError::not_found)?;
    let cache = if asset.address == request.path() {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=60"
    };
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header(("content-type", asset.kind))
        .insert_header(("cache-control", cache))
        .insert_header(("vary", "accept-encoding"));
    if accepts_gzip(request.headers()) && !asset.gzip.is_empty() {
        return Ok(answer.insert_header(("content-encoding", "gzip")).body(asset.gzip.clone()));
    }
    Ok(answer.body(asset.bytes))
}
