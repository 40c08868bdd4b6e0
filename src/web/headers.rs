//! The middleware that every answer passes: request id, security headers, the visitor's cookie,
//! refusal of cross-site requests, a time limit, and one line in the log.

use std::time::{Duration, Instant};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use metrics::{counter, histogram};

use super::WebConfig;
use super::csrf;
use super::error::PageError;
use super::identity::{RequestId, request_id};
use super::page::Page;
use super::upload;
use crate::kernel::signing;

/// A CSRF cookie that was made with this request, before the browser has it.
#[derive(Clone)]
struct FreshCsrf(String);

/// The CSRF cookie that this answer will set.
#[must_use]
pub fn fresh_csrf_cookie(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<FreshCsrf>().map(|f| f.0.clone())
}

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

const FIXED: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
];

/// How long a request may take before it is answered with 503: longer than a statement may run.
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// What was asked for: counted and logged when it is answered, however that ends.
struct Asked {
    started: Instant,
    method: Method,
    route: String,
}

impl Asked {
    fn answered(&self, request_id: &str, status: StatusCode) {
        let (method, route, status) = (&self.method, &self.route, status.as_u16());
        let took = self.started.elapsed();
        counter!(
            "surety_http_requests_total", "route" => route.clone(), "status" => status.to_string()
        )
        .increment(1);
        histogram!("surety_http_seconds", "route" => route.clone()).record(took.as_secs_f64());
        tracing::info!(
            request_id, %method, route, status,
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), "request"
        );
    }
}

/// Runs around everything else.
///
/// # Errors
/// Only what the inner service cannot turn into an answer itself.
pub async fn around<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    request.extensions_mut().insert(RequestId(id));
    let config = request.app_data::<Data<WebConfig>>().cloned();
    let secure = config.as_ref().is_some_and(|c| c.http.secure());
    let name = csrf::cookie_name(secure);
    let fresh = (request.cookie(&name).is_none_or(|c| c.value().len() < 32))
        .then(|| signing::random_token().unwrap_or_default());
    if let Some(token) = &fresh {
        request.extensions_mut().insert(FreshCsrf(token.clone()));
    }
    let asked = Asked {
        started: Instant::now(),
        method: request.method().clone(),
        // The pattern and not the path: paths carry ids, queries carry tokens.
        route: request.match_pattern().unwrap_or_else(|| "unmatched".to_owned()),
    };
    // Where the request itself is lost with its error; before the session is known.
    let stranger = Page::of(request.request());
    let uploads = upload::is_form_data(request.request());
    let limit = if uploads { upload::TIME_LIMIT } else { TIME_LIMIT };
    let result = tokio::time::timeout(limit, next.call(request)).await;
    let mut response = match result {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(lost(&stranger, error, secure, &asked)),
        Err(_) => return Err(lost(&stranger, PageError::timeout().into(), secure, &asked)),
    };
    set_headers(response.headers_mut(), secure);
    if let Some(token) = fresh
        && is_page(response.headers())
    {
        let cookie = Cookie::build(name, token)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(secure)
            .finish();
        response.response_mut().add_cookie(&cookie).ok();
    }
    let given = response.request().extensions_mut().remove::<Given>().unwrap_or_default();
    for cookie in &given.0 {
        response.response_mut().add_cookie(cookie).ok();
    }
    asked.answered(&request_id(response.request()), response.status());
    Ok(response)
}

/// Turns the error of a handler into its page. Runs inside the session, which forgets who is signed
/// in once it is left.
///
/// # Errors
/// What the inner service returned.
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
fn lost(stranger: &Page, error: actix_web::Error, secure: bool, asked: &Asked) -> actix_web::Error {
    let mut answer = super::error::render_for(stranger, &error);
    set_headers(answer.headers_mut(), secure);
    asked.answered(&stranger.reference, answer.status());
    InternalError::from_response(error, answer).into()
}

fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|h| h.to_str().ok())
        .is_some_and(|t| t.starts_with("text/html"))
}

fn set_headers(headers: &mut HeaderMap, secure: bool) {
    for (name, value) in FIXED {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if secure {
        headers.insert(
            HeaderName::from_static("strict-transport-security"),
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    // Pages show a person's own things: no cache may keep them unless a handler says so.
    let cache = HeaderName::from_static("cache-control");
    if !headers.contains_key(&cache) {
        headers.insert(cache, HeaderValue::from_static("no-store"));
    }
}
