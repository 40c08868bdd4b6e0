//! What every page knows of its reader, and how a page becomes a response.

use std::borrow::Borrow;
use std::sync::Arc;

use actix_web::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use chrono::{NaiveDate, Utc};
use chrono_tz::Tz;

use super::error::PageError;
use super::identity::{Identity, RequestId};
use super::query::VALUE_MAX;
use super::{WebConfig, assets, csrf, notice};
use crate::kernel::locale::Locale;
use crate::kernel::money::{Money, grouped};
use crate::kernel::texts::{Arg, Texts};
use crate::kernel::time::{self, Timestamp};

pub const fn language_cookie(secure: bool) -> &'static str {
    if secure { "__Host-surety_language" } else { "surety_language" }
}

/// The reader and the request, for templates. Every page struct has one as `page`.
#[derive(Clone)]
pub struct Page {
    pub locale: Locale,
    pub zone: Tz,
    pub now: Timestamp,
    pub viewer: Option<Identity>,
    /// The hidden `csrf_token` of every form on the page.
    pub csrf: String,
    pub path: String,
    /// Where to return to: `path`, or its nearest parent that can be read with GET.
    pub back: String,
    pub posted: bool,
    /// The key of a short notice after a redirect to `?done=KEY`: see [`notice`].
    pub done: Option<String>,
    pub reference: RequestId,
    /// Whether `/dev` pages exist.
    pub development: bool,
    /// Our own origin, for URLs that people copy.
    pub origin: Arc<str>,
    /// The address that people write to, if the operator has one.
    pub support: Option<Arc<str>>,
}

/// The parts of a request that a page needs, for when the request itself is gone.
pub struct Asked {
    id: RequestId,
    method: Method,
    uri: Uri,
    /// The chosen language of a signed-out reader, and the `Accept-Language` header.
    language: (Option<Locale>, Option<HeaderValue>),
    csrf_cookie: Option<String>,
    done: Option<String>,
    config: Option<Data<WebConfig>>,
    map: Option<Data<RouteMap>>,
}

impl Asked {
    pub fn of(request: &HttpRequest) -> Self {
        let config = request.app_data::<Data<WebConfig>>().cloned();
        let chosen = config
            .as_ref()
            .and_then(|c| request.cookie(language_cookie(c.http.secure()))?.value().parse().ok());
        Self {
            id: RequestId::of(request),
            method: request.method().clone(),
            uri: request.uri().clone(),
            language: (chosen, request.headers().get(ACCEPT_LANGUAGE).cloned()),
            csrf_cookie: config.as_ref().and_then(|c| csrf::held(request, c)),
            done: config.as_ref().and_then(|c| notice::of(request, c)),
            config,
            map: request.app_data::<Data<RouteMap>>().cloned(),
        }
    }

    pub const fn id(&self) -> RequestId {
        self.id
    }

    /// Whether the page says what a form has done.
    pub const fn has_notice(&self) -> bool {
        self.done.is_some()
    }

    /// The method.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The pattern of the route, found by its path.
    pub fn pattern(&self) -> &'static str {
        let found = self.map.as_ref().and_then(|map| (map.pattern_of)(self.uri.path()));
        found.unwrap_or("unmatched")
    }

    /// A page for a reader whose session is not known.
    pub fn strangers_page(&self) -> Page {
        let base = self.csrf_cookie.as_deref().unwrap_or_default();
        let csrf = self.config.as_ref().map(|c| csrf::visitors_token(c, base));
        self.page(None, csrf.unwrap_or_default())
    }

    fn page(&self, viewer: Option<Identity>, csrf: String) -> Page {
        let config = self.config.as_ref();
        let operator_zone = config.map_or(Tz::UTC, |c| c.time_zone);
        let whole = self.uri.path_and_query().map_or("/", |p| p.as_str());
        Page {
            locale: viewer.as_ref().map_or_else(|| self.readers_locale(), |v| v.locale),
            zone: viewer.as_ref().map_or(operator_zone, |v| time::zone(&v.time_zone)),
            now: viewer.as_ref().map_or_else(Utc::now, |v| v.now),
            csrf,
            path: whole.to_owned(),
            back: self.path_back(whole).to_owned(),
            posted: self.method == Method::POST,
            done: self.done.clone(),
            reference: self.id,
            development: config.is_some_and(|c| c.mode.is_development()),
            support: config.and_then(|c| c.support.clone()),
            origin: config.map_or_else(|| Arc::from(""), |c| Arc::clone(&c.origin)),
            viewer,
        }
    }

    fn readers_locale(&self) -> Locale {
        let (chosen, accepted) = &self.language;
        chosen.unwrap_or_else(|| {
            let header = accepted.as_ref().and_then(|h| h.to_str().ok());
            header.map_or_else(Locale::default, Locale::from_accept_language)
        })
    }

    fn path_back<'a>(&'a self, whole: &'a str) -> &'a str {
        let path = self.uri.path();
        let Some(map) = &self.map else { return whole };
        if self.method != Method::POST || (map.is_readable)(path) {
            return whole;
        }
        let mut above = path.rmatch_indices('/').map(|(end, _)| &path[..end]);
        above.find(|p| (map.is_readable)(p)).unwrap_or("/")
    }
}

impl Page {
    pub fn of(request: &HttpRequest) -> Self {
        let viewer = Identity::of(request);
        let csrf = csrf::token_for(request, viewer.as_ref());
        Asked::of(request).page(viewer, csrf)
    }

    pub fn t(&self, key: impl AsRef<str>) -> String {
        Texts::new(self.locale).get(key.as_ref(), &[])
    }

    pub fn t1<'a>(&self, key: &str, name: &str, value: impl Into<Arg<'a>>) -> String {
        Texts::new(self.locale).get(key, &[(name, value.into())])
    }

    pub fn t2<'a>(
        &self,
        key: &str,
        name: &str,
        value: impl Into<Arg<'a>>,
        name2: &str,
        value2: impl Into<Arg<'a>>,
    ) -> String {
        Texts::new(self.locale).get(key, &[(name, value.into()), (name2, value2.into())])
    }

    #[expect(clippy::too_many_arguments, reason = "three pairs, as templates write them")]
    pub fn t3<'a>(
        &self,
        key: &str,
        name: &str,
        value: impl Into<Arg<'a>>,
        name2: &str,
        value2: impl Into<Arg<'a>>,
        name3: &str,
        value3: impl Into<Arg<'a>>,
    ) -> String {
        let args = [(name, value.into()), (name2, value2.into()), (name3, value3.into())];
        Texts::new(self.locale).get(key, &args)
    }

    /// Formats a text with any number of values; unused values are ignored.
    pub fn text(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        Texts::new(self.locale).get(key, args)
    }

    /// The key of a text for one of our identifiers: `outgoing` and `needs_details` make
    /// `outgoing-needs-details`.
    pub fn key(&self, family: &str, word: &str) -> String {
        format!("{family}-{}", word.replace('_', "-"))
    }

    /// A duration in whole days, or else in hours.
    pub fn span(&self, time: chrono::Duration) -> String {
        if time.num_seconds() % 86_400 == 0 {
            self.t1("span-days", "count", time.num_days())
        } else {
            self.t1("span-hours", "count", time.num_hours())
        }
    }

    pub fn zone_name(&self) -> String {
        time::zone_label(self.zone, self.locale, self.now)
    }

    /// The separator between a label and its value.
    pub const fn colon(&self) -> &'static str {
        match self.locale {
            Locale::En => ": ",
            Locale::ZhHans => "：",
        }
    }

    /// With grouped digits: `10,000`.
    pub fn number(&self, number: impl Borrow<u64>) -> String {
        grouped(&number.borrow().to_string())
    }

    pub fn money(&self, money: &Money) -> String {
        money.format(self.locale)
    }

    /// With date, time and offset, in the reader's zone.
    pub fn when(&self, at: &Timestamp) -> String {
        time::format_moment(*at, self.zone, self.locale)
    }

    pub fn day(&self, at: &Timestamp) -> String {
        time::format_day(*at, self.zone, self.locale)
    }

    pub fn month(&self, month: &NaiveDate) -> String {
        time::format_month(*month, self.locale)
    }

    pub fn month_short(&self, month: &NaiveDate) -> String {
        time::format_month_short(*month, self.locale)
    }

    pub fn relative(&self, at: &Timestamp) -> String {
        time::format_relative(*at, self.now, self.locale)
    }

    /// In RFC 3339.
    pub fn iso(&self, at: &Timestamp) -> String {
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    pub fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    /// Our host, as the address bar shows it.
    pub fn host(&self) -> &str {
        self.origin.split_once("://").map_or(&*self.origin, |(_, host)| host)
    }

    /// Whether this page is at or below `path`; marks the current place in the navigation.
    pub fn is_at(&self, path: &str) -> bool {
        self.path
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }

    pub const fn locales(&self) -> [Locale; 2] {
        Locale::ALL
    }

    /// Whether sensitive actions ask this viewer for a second factor too.
    pub fn has_second_factor(&self) -> bool {
        self.viewer.as_ref().is_some_and(|v| v.has_second_factor)
    }

    /// The page that asks for the password again, and then returns to this page.
    pub fn confirm_first(&self) -> String {
        confirm_address(&self.back)
    }

    pub fn done_text(&self) -> Option<String> {
        Some(self.t(format!("done-{}", self.done.as_deref()?)))
    }
}

/// The page that asks for the password again, and then goes on to `next`.
pub fn confirm_address(next: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("/account/security/confirm?next={next}")
}

/// What this module needs to know about the routes, in actix's application data.
#[derive(Clone, Copy)]
pub struct RouteMap {
    /// Whether GET is allowed on a path.
    pub is_readable: fn(&str) -> bool,
    pub pattern_of: fn(&str) -> Option<&'static str>,
}

impl FromRequest for Page {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        std::future::ready(Ok(Self::of(request)))
    }
}

pub type PageResult = Result<HttpResponse, PageError>;

pub fn html(template: &impl askama::Template) -> PageResult {
    html_with(StatusCode::OK, template)
}

/// Renders a refused form again, with status 422.
pub fn html_refused(template: &impl askama::Template) -> PageResult {
    html_with(StatusCode::UNPROCESSABLE_ENTITY, template)
}

pub fn html_with(status: StatusCode, template: &impl askama::Template) -> PageResult {
    let body = template.render().map_err(PageError::internal)?;
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")))
        .body(body))
}

/// Cuts a list that was read with one row more than the page shows. Returns the last row shown, if
/// there is more behind it.
pub fn cut<T>(rows: &mut Vec<T>, shown: i64) -> Option<&T> {
    let shown = usize::try_from(shown).unwrap_or(usize::MAX);
    let has_more = rows.len() > shown;
    rows.truncate(shown);
    rows.last().filter(|_| has_more)
}

/// Sends the reader on after a form was accepted (303, so that a reload repeats nothing). With
/// `?done=KEY` in the address the next page says `done-KEY`: see [`notice`].
pub fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("Location", to)).finish()
}

/// `path` if it stays on this site, else `fallback`; prevents open redirects.
pub fn local_path<'a>(path: &'a str, fallback: &'a str) -> &'a str {
    let local = path.len() <= VALUE_MAX
        && path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(char::is_control);
    if local { path } else { fallback }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_followed() {
        for bad in ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\nb"] {
            assert_eq!(local_path(bad, "/"), "/", "{bad}");
        }
        assert_eq!(local_path("/orders?x=1", "/"), "/orders?x=1");
        assert_eq!(local_path(&format!("/{}", "x".repeat(VALUE_MAX)), "/"), "/");
    }
}
