//! `/report`: anybody may report a fake badge or page.

use std::time::Duration;

use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;
use url::Url;

use super::commands::{Report, ReportError, report};
use super::lookup::{Found, find};
use super::memory::Memory;
use super::state::ascii_origin;
use crate::db::{Db, DbError};
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::signing;
use crate::trust::public_record;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::identity::ClientAddress;
use crate::web::page::{Page, PageResult, html, html_refused, see_other};
use crate::web::query::Query;
use crate::web::throttle::{Limit, allow, network_key};

const LIMIT: Limit = Limit { hits: 5, window: Duration::from_secs(3_600) };
/// In characters.
const ADDRESS_MAX: usize = 2_000;
const WORDS_MAX: usize = 2_000;

impl From<ReportError> for PageError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Db(error) => error.into(),
            ReportError::Random(error) => Self::internal(error),
        }
    }
}

/// Prefills the form, or the signed reference of a report already sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Given {
    origin: String,
    merchant: String,
    received: String,
}

#[derive(Template)]
#[template(path = "badges/report.html")]
struct ReportPage {
    page: Page,
    form: Form,
    received: Option<String>,
}

/// The reference in the URL is signed, so that nobody can make the page confirm a report that does
/// not exist.
const RECEIVED: &str = "report-received";

pub async fn form(page: Page, config: Data<WebConfig>, given: Query<Given>) -> PageResult {
    let fields = [("origin", given.origin.as_str()), ("merchant", given.merchant.as_str())];
    let form = Form::filled(Fields::from_pairs(&fields));
    let received = signing::mailed_id(&config.key, RECEIVED, &given.received).map(str::to_owned);
    html(&ReportPage { page, form, received })
}

/// Fails with 429 after too many reports.
pub async fn send(
    page: Page,
    Posted(fields): Posted,
    client: ClientAddress,
    config: Data<WebConfig>,
    db: Data<Db>,
    memory: Data<Memory>,
) -> PageResult {
    let mut form = Form::filled(fields);
    let address = form.optional(&page, "origin", ADDRESS_MAX);
    let merchant = form.optional(&page, "merchant", ADDRESS_MAX);
    let words = form.optional_text(&page, "words", WORDS_MAX);
    if words.is_empty() {
        form.wrong("words", page.t("badges-report-no-words"));
    }
    let origin = read_origin(&address);
    if origin.is_none() && form.error("origin").is_none() {
        form.wrong("origin", page.t("badges-report-no-address"));
    }
    if origin.as_deref() == Some(&*page.origin) {
        form.wrong("origin", page.t("badges-report-ours"));
    }
    let merchant_id = match imitated(&db, &memory, &merchant, page.host()).await? {
        Some(id) => Some(id),
        None if merchant.is_empty() || form.error("merchant").is_some() => None,
        None => {
            form.wrong("merchant", page.t("badges-report-no-merchant"));
            None
        }
    };
    let Some(origin) = origin.filter(|_| form.is_ok()) else {
        let page = ReportPage { page, form, received: None };
        return html_refused(&page);
    };
    if !allow(&db, &network_key("report", &client.0), LIMIT).await? {
        return Err(PageError::too_many().with_way_on("/verify", "nav-verify"));
    }
    let reference = report(&db, &Report { origin, merchant_id, words }).await?;
    let received = signing::mailed_token(&config.key, RECEIVED, &reference);
    Ok(see_other(&format!("/report?received={received}")))
}

/// The origin of a typed address, with or without a scheme.
fn read_origin(address: &str) -> Option<String> {
    if address.chars().any(char::is_whitespace) {
        return None;
    }
    let with_scheme =
        if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let url = Url::parse(&with_scheme).ok()?;
    let is_site = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| host.contains(['.', ':']));
    is_site.then(|| ascii_origin(&url))
}

/// The merchant that is imitated, given by code, domain, address or name.
async fn imitated(
    db: &Db,
    memory: &Memory,
    text: &str,
    ours: &str,
) -> Result<Option<i64>, DbError> {
    if text.is_empty() {
        return Ok(None);
    }
    let code: Option<MerchantCode> = match find(db, memory, text, ours).await? {
        Found::Code(code) => Some(code),
        Found::Domain(known, _) | Found::Below(known, _) => Some(known.code),
        Found::Name(listed, _) | Found::Stranger(_, listed) => match listed.as_slice() {
            [only] => Some(only.code),
            several => several.iter().find(|m| m.name == text).map(|m| m.code),
        },
        _ => None,
    };
    let Some(code) = code else { return Ok(None) };
    Ok(public_record::standing(db, &code).await?.map(|standing| standing.merchant_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_from_what_people_type() {
        for (typed, origin) in [
            ("evil.top", Some("https://evil.top")),
            ("https://Evil.top/pay?x=1", Some("https://evil.top")),
            ("http://evil.top:8080/", Some("http://evil.top:8080")),
            ("http://192.0.2.1/", Some("http://192.0.2.1")),
            ("商店.top", Some("https://xn--czrs0t.top")),
            ("evil", None),
            ("the shop at the corner", None),
            ("javascript://evil.top/", None),
            ("ftp://evil.top", None),
            ("https://", None),
        ] {
            assert_eq!(read_origin(typed).as_deref(), origin, "{typed}");
        }
    }
}
