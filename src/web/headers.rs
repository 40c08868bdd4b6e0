//! The middleware that every answer passes: request id, security headers, the visitor's cookie,
//! refusal of cross-site requests, a time limit, and a line in the log for what is not plainly
//! read.

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

/// Cookies that a handler gives the browser beside its answer.
#[derive(Default)]
struct Given(Vec<Cookie<'static>>);

/// Sets a cookie with whatever the answer to this request will be.
pub fn give_cookie(request: &HttpRequest, cookie: Cookie<'static>) {
    let mut extensions = request.extensions_mut();
    match extensions.get_mut::<Given>() {
        Some(given) => given.0.push(cookie),
        None => {
            extensions.insert(Given(vec![cookie]));
        }
    }
}

/// No `unsafe-*`, nothing from elsewhere, no frames.
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
    // Pages show a person's own things: no cache may keep them unless a handler says so.
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// How long a request may take before it is answered with 503: longer than a statement may run.
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// What is read in less is logged only where everything is.
const SLOW: Duration = Duration::from_secs(1);

/// The pattern of the route that answers.
struct Pattern(&'static str);

/// Notes which route answers: the guard of each route knows it without looking it up.
pub fn note_pattern(request: &ServiceRequest, pattern: &'static str) {
    request.extensions_mut().insert(Pattern(pattern));
}

/// Counts what was answered, however that ended, and logs it, unless it was plainly read.
fn answered(asked: &Asked, pattern: &'static str, status: StatusCode, began: Instant) {
    let took = began.elapsed();
    metrics::count(pattern, status, took);
    // A line for each badge that is shown took a fifth of showing it.
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

/// Runs around everything else.
/// Fails only with what the inner service cannot turn into an answer itself.
pub async fn around<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    request.extensions_mut().insert(RequestId::random());
    // Where the request itself is lost with its error; before the session is known.
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

/// Turns the error of a handler into its page. Runs inside the session, which forgets who is signed
/// in once it is left.
/// Fails with what the inner service returned.
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

/// An error that no handler returned (the session could not be read, the time ran out), as an
/// answer that is ready to be sent.
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
