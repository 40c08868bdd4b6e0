//! `/verify`: the search and its results.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use super::lookup::{Found, find};
use super::memory::Memory;
use super::verdict::{self, Verdict};
use crate::db::Db;
use crate::kernel::merchant_code::MerchantCode;
use crate::trust::BadgeState;
use crate::trust::public_record::Listed;
use crate::web::page::{Page, PageResult, html, html_with, see_other};
use crate::web::query::Query;

#[derive(Debug, Deserialize)]
pub struct Question {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "badges/verify.html")]
struct SearchPage {
    page: Page,
    question: String,
    verdict: Option<Verdict>,
    listed: Vec<Listed>,
    alike: Vec<Listed>,
}

impl SearchPage {
    fn any_active(&self) -> bool {
        self.listed.iter().any(|merchant| merchant.state == BadgeState::Active)
    }
}

pub async fn search(
    page: Page,
    question: Query<Question>,
    db: Data<Db>,
    memory: Data<Memory>,
) -> PageResult {
    let question = question.into_inner().q.trim().to_owned();
    if question.is_empty() {
        let (listed, alike) = (Vec::new(), Vec::new());
        return html(&SearchPage { page, question, verdict: None, listed, alike });
    }
    let found = find(&db, &memory, &question, page.host()).await?;
    let verdict = verdict::on_found(&found, &question, page.locale);
    let (listed, alike) = match found {
        Found::Code(code) => return Ok(see_other(&format!("/verify/{code}"))),
        Found::Domain(known, domain) => {
            return Ok(see_other(&format!("/verify/{}?checked={domain}", known.code)));
        }
        Found::Stranger(_, listed) => (listed, Vec::new()),
        Found::Name(listed, alike) => (listed, alike),
        _ => (Vec::new(), Vec::new()),
    };
    html(&SearchPage { page, question, verdict, listed, alike })
}

pub(super) fn unknown_code(page: Page, code: &MerchantCode) -> PageResult {
    let verdict = Some(verdict::on_unknown_code(code, page.locale));
    not_found(page, code.to_string(), verdict)
}

pub(super) fn no_code(page: Page, typed: &str) -> PageResult {
    let typed: String = typed.chars().take(40).collect();
    let verdict = Some(verdict::on_mistyped(&typed, page.locale));
    not_found(page, typed, verdict)
}

fn not_found(page: Page, question: String, verdict: Option<Verdict>) -> PageResult {
    let (listed, alike) = (Vec::new(), Vec::new());
    let answer = SearchPage { page, question, verdict, listed, alike };
    html_with(StatusCode::NOT_FOUND, &answer)
}
