//! Cross-site requests are refused twice: by what the browser says of their origin, and by a token
//! in the form that another site cannot know.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::ORIGIN;
use actix_web::web::Data;

use super::WebConfig;
use super::identity::Identity;
use crate::kernel::signing;

/// The cookie that a signed-out reader's tokens are bound to.
const BASE: &str = "surety_csrf";

/// The cookie's name: with the `__Host-` prefix where cookies travel encrypted only.
pub fn cookie_name(secure: bool) -> String {
    if secure { format!("__Host-{BASE}") } else { BASE.to_owned() }
}

/// The token of this reader's forms.
pub fn token_for(request: &HttpRequest, viewer: Option<&Identity>) -> String {
    let Some(config) = request.app_data::<Data<WebConfig>>() else { return String::new() };
    if let Some(viewer) = viewer {
        return signing::token(&config.key, "csrf-session", &[viewer.session_id.as_bytes()]);
    }
    let cookie = request.cookie(&cookie_name(config.http.secure()));
    let fresh = super::headers::fresh_csrf_cookie(request);
    let base = cookie.map(|c| c.value().to_owned()).or(fresh).unwrap_or_default();
    signing::token(&config.key, "csrf-visitor", &[base.as_bytes()])
}

/// Whether a form's token is this reader's.
pub fn is_valid(request: &HttpRequest, token: &str) -> bool {
    let viewer = Identity::of(request);
    if viewer.is_none() {
        // Without the cookie every visitor would have the same token.
        let Some(config) = request.app_data::<Data<WebConfig>>() else { return false };
        let cookie = request.cookie(&cookie_name(config.http.secure()));
        if cookie.is_none_or(|c| c.value().len() < 32) {
            return false;
        }
    }
    signing::same(token, &token_for(request, viewer.as_ref()))
}

/// Whether the browser says that this request comes from another site. A browser that says nothing
/// is left to the token.
pub fn is_cross_site(request: &HttpRequest) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let header = |name: &str| request.headers().get(name).and_then(|h| h.to_str().ok());
    if let Some(site) = header("sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return true;
    }
    let Some(origin) = request.headers().get(ORIGIN) else { return false };
    let own = request.app_data::<Data<WebConfig>>().map(|c| c.http.origin());
    origin.to_str().ok().is_none_or(|origin| Some(origin) != own.as_deref())
}
