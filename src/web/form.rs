//! Forms: parsed, checked field by field, and shown again with the input and its errors.

use std::borrow::Cow;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use uuid::Uuid;

use super::csrf;
use super::error::PageError;
use super::page::Page;
use crate::kernel::money::{Currency, Money, MoneyError};
use crate::kernel::texts::Texts;
use crate::kernel::typed;

/// The fields of a posted form, after its `csrf_token` was checked.
#[derive(Debug, Clone, Default)]
pub struct Fields(HashMap<String, String>);

const IDEMPOTENCY_KEY: &str = "idempotency_key";

/// How long a form may take to come: less than the request that brings it.
const BODY_LIMIT: Duration = Duration::from_secs(10);

/// More text than any of our forms can hold.
const FORM_LIMIT: usize = 256 * 1024;

impl Fields {
    /// The trimmed value; empty if the field was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |v| v.trim())
    }

    /// The value exactly as typed, for passwords.
    pub fn raw(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The version of the thing when the form was shown; if missing, −1, which matches nothing.
    pub fn version(&self) -> i32 {
        self.get("version").parse().unwrap_or(-1)
    }

    /// Fields as somebody sent them, without what cannot be seen. Passwords are kept as they are:
    /// what was set with such a character is typed with it again.
    pub fn typed<'a>(sent: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Self {
        let kept = |name: &str, value: Cow<'_, str>| match name.ends_with("password") {
            true => value.into_owned(),
            false => typed::clean(&value),
        };
        Self(sent.map(|(name, value)| (name.to_string(), kept(&name, value))).collect())
    }

    /// Fields from pairs: a form that is shown for the first time.
    pub fn from_pairs(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }
}

/// A posted form. Extraction checks the token, so handlers cannot forget to. The route's guard has
/// already refused cross-site requests.
#[derive(Debug, Clone)]
pub struct Posted(pub Fields);

impl FromRequest for Posted {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let body = web::Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let Ok(body) = tokio::time::timeout(BODY_LIMIT, body).await else {
                return Err(PageError::new(StatusCode::REQUEST_TIMEOUT, "error-slow").into());
            };
            let body = body?;
            if body.len() > FORM_LIMIT {
                return Err(PageError::new(StatusCode::PAYLOAD_TOO_LARGE, "error-too-large").into());
            }
            let fields = Fields::typed(url::form_urlencoded::parse(&body));
            let token = fields.raw("csrf_token");
            if !csrf::is_valid(&request, token) && !csrf::is_harmlessly_stale(&request) {
                return Err(PageError::cross_site().into());
            }
            Ok(Self(fields))
        })
    }
}

/// A form as a page shows it: the input and its errors.
#[derive(Debug, Clone, Default)]
pub struct Form {
    fields: Fields,
    errors: Vec<(&'static str, String)>,
}

impl Form {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn filled(fields: Fields) -> Self {
        Self { fields, errors: Vec::new() }
    }

    pub const fn fields(&self) -> &Fields {
        &self.fields
    }

    pub fn value(&self, name: &str) -> &str {
        self.fields.raw(name)
    }

    /// Adds a unique id, by which a repeated submission is recognised.
    pub fn with_idempotency_key(mut self) -> Self {
        self.fields.0.insert(IDEMPOTENCY_KEY.to_owned(), Uuid::new_v4().to_string());
        self
    }

    /// The id of [`Form::with_idempotency_key`]; fails with 400 if it was not sent.
    pub fn idempotency_key(&self) -> Result<Uuid, PageError> {
        self.value(IDEMPOTENCY_KEY).parse().map_err(|_| PageError::bad_request())
    }

    pub fn is(&self, name: &str, value: &str) -> bool {
        self.fields.raw(name) == value
    }

    /// Adds an error, in the reader's language.
    pub fn wrong(&mut self, field: &'static str, message: String) {
        self.errors.push((field, message));
    }

    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| *field == name).map(|(_, m)| m.as_str())
    }

    pub fn errors(&self) -> &[(&'static str, String)] {
        &self.errors
    }

    pub fn is_ok(&self) -> bool {
        self.errors.is_empty()
    }

    pub fn status(&self) -> StatusCode {
        if self.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// A single line of 1 to `max` characters.
    pub fn required(&mut self, page: &Page, name: &'static str, max: usize) -> String {
        let line = self.optional(page, name, max);
        if !typed::is_visible(&line) {
            self.missing(page, name);
        }
        line
    }

    /// Notes it when a line holds a web address. We mail what strangers write to each other: what
    /// opens a site in such a mail would come from us.
    pub fn without_links(&mut self, page: &Page, name: &'static str) {
        if typed::has_link(self.fields.get(name)) {
            self.wrong(name, page.t("form-no-links"));
        }
    }

    /// A line that may be empty.
    pub fn optional(&mut self, page: &Page, name: &'static str, max: usize) -> String {
        let line = self.optional_text(page, name, max);
        // Browsers send no line breaks from an input; the last two are Unicode's own.
        if line.contains(['\n', '\u{2028}', '\u{2029}']) {
            self.wrong(name, page.t("form-one-line"));
        }
        line
    }

    /// Several lines of 1 to `max` characters.
    pub fn required_text(&mut self, page: &Page, name: &'static str, max: usize) -> String {
        let text = self.optional_text(page, name, max);
        if !typed::is_visible(&text) {
            self.missing(page, name);
        }
        text
    }

    /// An amount above zero. An ambiguous one is an error rather than a guess.
    pub fn amount(&mut self, page: &Page, name: &'static str, currency: Currency) -> Option<Money> {
        let key = match Money::parse(self.fields.get(name), currency) {
            Ok(money) if money.is_positive() => return Some(money),
            Err(MoneyError::Ambiguous) => "form-amount-two-ways",
            _ => "form-amount",
        };
        self.wrong(name, page.t1(key, "example", Money::example(currency)));
        None
    }

    /// Adds the error `form-required-NAME`, or `form-required` if there is no such text.
    pub fn missing(&mut self, page: &Page, name: &'static str) {
        let texts = Texts::new(page.locale);
        let own = format!("form-required-{name}");
        let key = if texts.has(&own) { &own } else { "form-required" };
        self.wrong(name, texts.get(key, &[]));
    }

    /// Several lines of up to `max` characters.
    pub fn optional_text(&mut self, page: &Page, name: &'static str, max: usize) -> String {
        let text = self.fields.get(name).to_owned();
        if text.chars().count() > max {
            self.wrong(name, page.t1("form-too-long", "max", max));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_kept_beside_what_is_wrong() {
        let mut form = Form::filled(Fields::from_pairs(&[("name", " Lin ")]));
        form.wrong("name", "no".to_owned());
        assert_eq!(form.value("name"), " Lin ");
        assert_eq!(form.error("name"), Some("no"));
        assert!(!form.is_ok());
    }

    #[test]
    fn what_cannot_be_seen_is_dropped_but_from_passwords() {
        let sent = [("title", "a\u{0}\u{200B}b\u{202E}\r\nc"), ("new_password", "a\u{200B}b")];
        let fields = Fields::typed(sent.into_iter().map(|(k, v)| (k.into(), v.into())));
        assert_eq!(fields.get("title"), "ab\nc");
        assert_eq!(fields.raw("new_password"), "a\u{200B}b");
    }
}
