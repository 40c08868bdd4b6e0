//! `/directory`: trust merchants by industry, newest first, with keyset pagination.

use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::db::Db;
use crate::kernel::locale::Locale;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::texts::Texts;
use crate::trust::Industry;
use crate::trust::public_record::{DirectoryQuery, ListFrom, Listed, directory};
use crate::web::page::{Page, PageResult, html};
use crate::web::query::{Query, chosen};

const PAGE_SIZE: usize = 25;
/// Longer searches are truncated.
const SEARCH_CHARS_MAX: usize = 100;

/// The shortest text that can name an industry. A Chinese character counts as two letters.
const NAMING_WEIGHT_MIN: usize = 4;

/// `older` and `newer` are merchant codes; one that cannot be parsed means the first page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    industry: String,
    q: String,
    older: String,
    newer: String,
}

#[derive(Template)]
#[template(path = "badges/directory.html")]
struct DirectoryPage {
    page: Page,
    text: String,
    industry: Option<Industry>,
    listed: Vec<Listed>,
    newer: Option<String>,
    older: Option<String>,
}

pub async fn list(page: Page, filter: Query<Filter>, db: Data<Db>) -> PageResult {
    let text: String = filter.q.trim().chars().take(SEARCH_CHARS_MAX).collect();
    let industry = chosen(&filter.industry, Industry::parse)?;
    let anchor = |code: &str| MerchantCode::parse(code).ok();
    let from = match (anchor(&filter.newer), anchor(&filter.older)) {
        (Some(code), _) => ListFrom::NewerThan(code),
        (None, Some(code)) => ListFrom::OlderThan(code),
        (None, None) => ListFrom::Start,
    };
    let query = DirectoryQuery {
        industry,
        named: industries_named(&text),
        text: (!text.is_empty()).then(|| text.clone()),
        with_former: false,
        from,
        limit: PAGE_SIZE + 1,
    };
    let mut listed = directory(&db, &query).await?;
    let more = listed.len() > PAGE_SIZE;
    let (has_newer, has_older) = match from {
        ListFrom::Start => (false, more),
        ListFrom::OlderThan(_) => (true, more),
        ListFrom::NewerThan(_) => (more, true),
    };
    if more {
        // The surplus entry is the one farthest from the anchor.
        let extra = if matches!(from, ListFrom::NewerThan(_)) { 0 } else { PAGE_SIZE };
        listed.remove(extra);
    }
    let address = |way: &str, merchant: Option<&Listed>| {
        merchant.map(|m| page_address(industry, &text, way, &m.code))
    };
    let newer = if has_newer { address("newer", listed.first()) } else { None };
    let older = if has_older { address("older", listed.last()) } else { None };
    html(&DirectoryPage { page, text, industry, listed, newer, older })
}

/// Industries whose name in either language contains the text.
fn industries_named(text: &str) -> Vec<Industry> {
    let words = text.to_lowercase();
    let weight: usize = words.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    if weight < NAMING_WEIGHT_MIN {
        return Vec::new();
    }
    let names_it = |industry: &Industry| {
        let key = industry.text_key();
        Locale::ALL.iter().any(|l| Texts::new(*l).get(&key, &[]).to_lowercase().contains(&words))
    };
    Industry::ALL.into_iter().filter(names_it).collect()
}

fn page_address(industry: Option<Industry>, text: &str, way: &str, code: &MerchantCode) -> String {
    let mut query = Serializer::new(String::new());
    if let Some(industry) = industry {
        query.append_pair("industry", industry.name());
    }
    if !text.is_empty() {
        query.append_pair("q", text);
    }
    query.append_pair(way, code.as_str());
    format!("/directory?{}", query.finish())
}

impl DirectoryPage {
    fn industries(&self) -> [Industry; 10] {
        Industry::ALL
    }

    /// Where to check a shop that the list does not contain.
    fn check_address(&self) -> String {
        format!("/verify?q={}", self.asked())
    }

    /// The search text, encoded for a URL.
    fn asked(&self) -> String {
        byte_serialize(self.text.as_bytes()).collect()
    }

    fn everywhere_address(&self) -> String {
        format!("/directory?q={}", self.asked())
    }
}
