//! The outermost middleware: request ids, security headers, cookies, compression, a time limit,
//! metrics and the request log.

use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use tracing::Level;

use super::error::PageError;
use super::identity::RequestId;
use super::page::Asked;
use super::{WebConfig, compression, csrf, metrics, notice, upload};

/// Cookies that handlers set apart from their response.
#[derive(Default)]
struct Given(Vec<Cookie<'static>>);

/// Sets a cookie on whatever response this request gets, even an error page.
pub fn give_cookie(request: &HttpRequest, cookie: Cookie<'static>) {
    let mut extensions = request.extensions_mut();
    match extensions.get_mut::<Given>() {
        Some(given) => given.0.push(cookie),
        None => {
            extensions.insert(Given(vec![cookie]));
        }
    }
}

/// Forbids `unsafe-*`, other origins and frames.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";

static FIXED: [(HeaderName, HeaderValue); 8] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
    (header::CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin")),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    (
        header::PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=()"),
    ),
    // Pages show personal data, so nothing may be cached unless a handler says so.
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// After this a request gets 503; longer than a database statement may run.
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// Successful reads that are faster are logged only at debug level.
const SLOW: Duration = Duration::from_secs(1);

struct Pattern(&'static str);

/// Records the matched route, which its guard knows without a lookup.
pub fn note_pattern(request: &ServiceRequest, pattern: &'static str) {
    request.extensions_mut().insert(Pattern(pattern));
}

/// Counts a response, and logs it unless it is a fast successful read.
fn answered(asked: &Asked, pattern: &'static str, status: StatusCode, began: Instant) {
    let took = began.elapsed();
    metrics::count(pattern, status, took);
    // Logging every badge that is shown took a fifth of the time to show it.
    let plain = asked.method().is_safe() && status.as_u16() < 400 && took < SLOW;
    if plain && !tracing::enabled!(Level::DEBUG) {
        return;
    }
    tracing::info!(
        request_id = %asked.id(), method = %asked.method(), route = pattern,
        status = status.as_u16(), micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "request"
    );
}

/// Wraps everything else. Its errors are finished responses: see `lost`.
pub async fn around<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    request.extensions_mut().insert(RequestId::random());
    // Needed if the request is lost with its error; the session is not known yet.
    let asked = Asked::of(request.request());
    let secure = request.app_data::<Data<WebConfig>>().is_some_and(|c| c.http.secure());
    let takes_gzip = compression::accepts_gzip(request.headers());
    // Only where an upload is expected: a header alone gives nobody more time.
    let uploads = upload::is_form_data(request.request()) && upload::is_taken_at(asked.pattern());
    let limit = if uploads { upload::TIME_LIMIT } else { TIME_LIMIT };
    let mut response = match tokio::time::timeout(limit, next.call(request)).await {
        Ok(Ok(response)) => compression::compress(response, takes_gzip).await,
        Ok(Err(error)) => return Err(lost(&asked, error, secure, began)),
        Err(_) => return Err(lost(&asked, PageError::timeout().into(), secure, began)),
    };
    set_headers(response.headers_mut(), secure);
    let fresh = csrf::take_fresh(response.request());
    let given = response.request().extensions_mut().remove::<Given>().unwrap_or_default();
    if let Some(token) = fresh
        && is_page(response.headers())
    {
        let cookie = Cookie::build(csrf::cookie_name(secure), token)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(secure)
            .finish();
        response.response_mut().add_cookie(&cookie).ok();
    }
    let config = response.request().app_data::<Data<WebConfig>>().cloned();
    let notice = config.and_then(|config| {
        let has_shown = asked.has_notice() && is_page(response.headers());
        notice::take(response.headers_mut(), &config).or(has_shown.then(|| notice::shown(&config)))
    });
    for cookie in given.0.iter().chain(&notice) {
        response.response_mut().add_cookie(cookie).ok();
    }
    let pattern = response.request().extensions().get().map(|Pattern(pattern)| *pattern);
    answered(&asked, pattern.unwrap_or_else(|| asked.pattern()), response.status(), began);
    Ok(response)
}

/// Renders the errors of handlers. Runs inside the session middleware, because the viewer is
/// unknown outside it.
pub async fn error_pages<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let response = next.call(request).await?;
    let page = response.response().error().map(|e| super::error::render(response.request(), e));
    Ok(match page {
        Some(page) => response.into_response(page).map_into_right_body(),
        None => response.map_into_left_body(),
    })
}

/// Makes a response of an error that no handler returned (an unreadable session, a timeout).
fn lost(asked: &Asked, error: actix_web::Error, secure: bool, began: Instant) -> actix_web::Error {
    let mut answer = super::error::render_for(&asked.strangers_page(), &error);
    set_headers(answer.headers_mut(), secure);
    answered(asked, asked.pattern(), answer.status(), began);
    InternalError::from_response(error, answer).into()
}

fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|h| h.to_str().ok())
        .is_some_and(|t| t.starts_with("text/html"))
}

fn set_headers(headers: &mut HeaderMap, secure: bool) {
    headers.reserve(FIXED.len() + 1);
    for (name, value) in &FIXED {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
    if secure {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
}
