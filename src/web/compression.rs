//! Gzip for responses. Bodies are compressed whole: each piece of a stream would be a packet.

use std::io::Write as _;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Shorter bodies fit into one packet anyway.
const SHORTEST: u64 = 1024;
/// Longer bodies are compressed off the threads that serve requests.
const LONGEST_IN_PLACE: usize = 256 * 1024;

/// Whether the client accepts gzip (RFC 9110, 12.5.3); if in doubt, no.
pub fn accepts_gzip(headers: &HeaderMap) -> bool {
    let header = headers.get(ACCEPT_ENCODING).and_then(|h| h.to_str().ok());
    header.is_some_and(names_gzip)
}

fn names_gzip(header: &str) -> bool {
    header.split(',').any(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let is_gzip = pieces.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = pieces.any(|p| {
            p.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0))
        });
        is_gzip && !refused
    })
}

/// At the highest level, for bytes that are compressed once and sent often.
pub fn best_gzip(bytes: &[u8]) -> Bytes {
    gzip(bytes, Compression::best())
}

fn gzip(bytes: &[u8], level: Compression) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), level);
    // Writing to memory cannot fail; if it did, the empty result would never be sent.
    let written = encoder.write_all(bytes).is_ok();
    encoder.finish().ok().filter(|_| written).map(Bytes::from).unwrap_or_default()
}

/// Compresses a body if it is text, not a stream, and not yet compressed.
pub async fn compress<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    takes_gzip: bool,
) -> ServiceResponse<BoxBody> {
    let is_long = matches!(response.response().body().size(), BodySize::Sized(n) if n >= SHORTEST);
    if !is_long || !is_plain_text(response.headers()) {
        return response.map_into_boxed_body();
    }
    let (request, response) = response.into_parts();
    let (mut head, body) = response.into_parts();
    head.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    let body = match body.try_into_bytes() {
        Ok(plain) if takes_gzip => match in_gzip(&plain).await {
            gzip if gzip.is_empty() => BoxBody::new(plain),
            gzip => {
                head.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                BoxBody::new(gzip)
            }
        },
        Ok(plain) => BoxBody::new(plain),
        Err(body) => BoxBody::new(body),
    };
    ServiceResponse::new(request, head.set_body(body))
}

async fn in_gzip(plain: &Bytes) -> Bytes {
    if plain.len() <= LONGEST_IN_PLACE {
        return gzip(plain, Compression::fast());
    }
    let plain = plain.clone();
    let compressed = actix_web::web::block(move || gzip(&plain, Compression::fast())).await;
    compressed.unwrap_or_default()
}

fn is_plain_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let is_text = kind.starts_with("text/")
        || kind.starts_with("application/json")
        || kind.starts_with("image/svg+xml");
    // A handler that sets `Vary` has already chosen what to send.
    is_text && !headers.contains_key(CONTENT_ENCODING) && !headers.contains_key(VARY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_ask_for_it() {
        for yes in ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.8", "deflate,gzip"] {
            assert!(names_gzip(yes), "{yes}");
        }
        for no in ["", "br", "identity", "gzip;q=0", "gzip; q=0.0", "*", "xgzip"] {
            assert!(!names_gzip(no), "{no}");
        }
    }
}
