//! Cross-site requests are refused twice: by the origin that the browser states, and by a token in
//! the form that another site cannot know.

use actix_web::http::Method;
use actix_web::http::header::{HeaderValue, ORIGIN};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};

use super::WebConfig;
use super::identity::Identity;
use crate::kernel::signing;

/// The cookie that a signed-out reader's tokens are bound to.
pub const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-surety_csrf" } else { "surety_csrf" }
}

/// A cookie value created in this request, before the browser has it.
struct Fresh(String);

/// The cookie value that the response must set, if a form needed a new one.
pub fn take_fresh(request: &HttpRequest) -> Option<String> {
    request.extensions_mut().remove::<Fresh>().map(|Fresh(value)| value)
}

/// The browser's cookie value, unless it is too short to be ours.
pub fn held(request: &HttpRequest, config: &WebConfig) -> Option<String> {
    let cookie = request.cookie(cookie_name(config.http.secure()))?;
    (cookie.value().len() >= 32).then(|| cookie.value().to_owned())
}

pub fn token_for(request: &HttpRequest, viewer: Option<&Identity>) -> String {
    let Some(config) = request.app_data::<Data<WebConfig>>() else { return String::new() };
    if let Some(viewer) = viewer {
        return signing::token(&config.key, "csrf-session", &[viewer.session_id.as_bytes()]);
    }
    visitors_token(config, &held(request, config).unwrap_or_else(|| fresh(request)))
}

/// The token for a signed-out reader's forms, derived from the cookie value.
pub fn visitors_token(config: &WebConfig, cookie: &str) -> String {
    signing::token(&config.key, "csrf-visitor", &[cookie.as_bytes()])
}

/// The same value for all forms of one response.
fn fresh(request: &HttpRequest) -> String {
    let mut extensions = request.extensions_mut();
    if let Some(Fresh(value)) = extensions.get() {
        return value.clone();
    }
    let value = signing::random_token().unwrap_or_default();
    extensions.insert(Fresh(value.clone()));
    value
}

pub fn is_valid(request: &HttpRequest, token: &str) -> bool {
    let viewer = Identity::of(request);
    if viewer.is_none() {
        // Without the cookie every visitor would have the same token.
        let Some(config) = request.app_data::<Data<WebConfig>>() else { return false };
        if held(request, config).is_none() {
            return false;
        }
    }
    signing::same(token, &token_for(request, viewer.as_ref()))
}

/// What is safe to repeat after the session has changed under an open page.
const REPEATABLE: [&str; 3] = ["/login", "/logout", "/language"];

/// Whether a form without a valid token is still taken: signing in, out and choosing a language in
/// a tab that was open while another tab signed in or out. The browser must say itself that the
/// form is ours, which no other site can make it say.
pub fn is_harmlessly_stale(request: &HttpRequest) -> bool {
    let site = request.headers().get("sec-fetch-site").map(HeaderValue::as_bytes);
    REPEATABLE.contains(&request.path()) && site == Some(b"same-origin")
}

/// Whether the browser says that this request comes from another site. If it says nothing, only the
/// token protects the form.
pub fn is_cross_site(request: &HttpRequest) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let header = |name: &str| request.headers().get(name).and_then(|h| h.to_str().ok());
    match header("sec-fetch-site") {
        // No page can forge this header. The origin may still be `null`, where a referrer policy
        // or a private window hides it.
        Some("same-origin") => return false,
        Some("none") | None => {}
        Some(_) => return true,
    }
    let Some(origin) = request.headers().get(ORIGIN) else { return false };
    let own = request.app_data::<Data<WebConfig>>().map(|c| c.origin.as_bytes());
    Some(origin.as_bytes()) != own
}
