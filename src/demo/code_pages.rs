//! The second-factor codes of the demo's staff, who have no phones.

use actix_web::web::Data;
use askama::Template;

use super::people;
use crate::accounts::commands::{self, DemoCode};
use crate::config::Config;
use crate::db::Db;
use crate::web::error::PageError;
use crate::web::page::{Page, PageResult, html};

#[derive(Template)]
#[template(path = "demo/codes.html")]
struct Codes {
    page: Page,
    codes: Vec<(&'static str, DemoCode)>,
}

/// `GET /dev/codes`: shows the codes of the demo's own staff only, not of other staff.
pub async fn show(page: Page, db: Data<Db>, config: Data<Config>) -> PageResult {
    let mut codes = Vec::new();
    for email in people::staff() {
        let code = commands::demo_code(&db, config.mode, config.key_bytes(), email).await;
        if let Some(code) = code.map_err(PageError::from)? {
            codes.push((email, code));
        }
    }
    html(&Codes { page, codes })
}
