//! The short notice after a form: *Saved.* It is shown once, to the browser that sent the form, on
//! the page that it is sent on to. An address alone can never make a page say something.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{HeaderMap, HeaderValue, LOCATION};

use super::WebConfig;
use crate::kernel::signing;

/// How long a browser may take from the form to the page.
const LIFETIME: Duration = Duration::minutes(1);

/// Takes `?done=KEY` out of where an answer of ours leads, and makes it a cookie that only we can
/// make and that counts only there.
pub fn take(headers: &mut HeaderMap, config: &WebConfig) -> Option<Cookie<'static>> {
    let (to, key) = split(headers.get(LOCATION)?.to_str().ok()?)?;
    let value = format!("{key}.{}", proof(config, &key, path_of(&to)));
    headers.insert(LOCATION, HeaderValue::from_str(&to).ok()?);
    Some(cookie(config, value, LIFETIME))
}

/// The key of the notice that this page shows: the text `done-KEY`.
pub fn of(request: &HttpRequest, config: &WebConfig) -> Option<String> {
    let cookie = request.cookie(cookie_name(config))?;
    let (key, given) = cookie.value().split_once('.')?;
    signing::same(given, &proof(config, key, request.path())).then(|| key.to_owned())
}

/// Removes the cookie once its notice was shown.
pub fn shown(config: &WebConfig) -> Cookie<'static> {
    cookie(config, String::new(), Duration::ZERO)
}

fn cookie(config: &WebConfig, value: String, lifetime: Duration) -> Cookie<'static> {
    Cookie::build(cookie_name(config), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(config.http.secure())
        .max_age(lifetime)
        .finish()
}

fn cookie_name(config: &WebConfig) -> &'static str {
    if config.http.secure() { "__Host-surety_notice" } else { "surety_notice" }
}

fn proof(config: &WebConfig, key: &str, path: &str) -> String {
    signing::token(&config.key, "notice", &[key.as_bytes(), path.as_bytes()])
}

fn path_of(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

/// An address of ours without `done`, and its value.
fn split(address: &str) -> Option<(String, String)> {
    let (before, fragment) = match address.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (address, None),
    };
    let (path, query) = before.split_once('?')?;
    let pairs: Vec<&str> = query.split('&').collect();
    let key = pairs.iter().find_map(|pair| pair.strip_prefix("done="))?;
    let rest: Vec<&str> = pairs.iter().filter(|p| !p.starts_with("done=")).copied().collect();
    let mut to = path.to_owned();
    if !rest.is_empty() {
        to = format!("{to}?{}", rest.join("&"));
    }
    if let Some(fragment) = fragment {
        to = format!("{to}#{fragment}");
    }
    Some((to, key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn an_address_is_told_from_its_notice() {
        for (address, to) in [
            ("/orders/1?done=rated", "/orders/1"),
            ("/codes?done=rated&next=/a", "/codes?next=/a"),
            ("/list?show=all&done=rated#row-1", "/list?show=all#row-1"),
        ] {
            assert_eq!(split(address), Some((to.to_owned(), "rated".to_owned())), "{address}");
        }
        for address in
            ["/orders/1", "/orders?undone=1", "/login?next=/a%3Fdone=rated", "/#done=rated"]
        {
            assert_eq!(split(address), None, "{address}");
        }
    }
}
