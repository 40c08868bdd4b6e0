//! Identifies a browser by a long-lived random cookie, of which only a keyed hash is stored. It
//! reveals only that two people used the same browser.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev::Payload};

use crate::kernel::signing;
use crate::web::WebConfig;
use crate::web::headers::give_cookie;

/// The longest that browsers keep a cookie.
const KEPT: Duration = Duration::days(400);
/// The length of the values that we issue; any other value is ignored.
const CHARS: usize = 43;

/// With the `__Host-` prefix if cookies are only sent encrypted.
const fn name(secure: bool) -> &'static str {
    if secure { "__Host-surety_device" } else { "surety_device" }
}

/// The requesting browser.
#[derive(Debug, Clone)]
pub struct Device {
    request: HttpRequest,
    /// A keyed hash of the cookie; `None` if the browser does not have one yet.
    pub fingerprint: Option<Vec<u8>>,
}

impl Device {
    pub fn of(request: &HttpRequest) -> Self {
        let config = request.app_data::<Data<WebConfig>>();
        let fingerprint = config.and_then(|config| {
            let cookie = request.cookie(name(config.http.secure()))?;
            (cookie.value().len() == CHARS).then(|| fingerprint(config, cookie.value()))
        });
        Self { request: request.clone(), fingerprint }
    }

    /// The fingerprint; sets a new cookie if the browser has none.
    pub fn fingerprint_or_new(&self) -> Option<Vec<u8>> {
        let config = self.request.app_data::<Data<WebConfig>>()?;
        if self.fingerprint.is_some() {
            return self.fingerprint.clone();
        }
        let value = signing::random_token().ok()?;
        let fingerprint = fingerprint(config, &value);
        let secure = config.http.secure();
        let cookie = Cookie::build(name(secure), value)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(secure)
            .max_age(KEPT)
            .finish();
        give_cookie(&self.request, cookie);
        Some(fingerprint)
    }
}

fn fingerprint(config: &WebConfig, value: &str) -> Vec<u8> {
    signing::mac(&config.key, "device", &[value.as_bytes()]).to_vec()
}

impl FromRequest for Device {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self::of(request)))
    }
}
