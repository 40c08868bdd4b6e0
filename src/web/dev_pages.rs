use askama::Template;

use super::page::{Page, PageResult, html};

#[derive(Template)]
#[template(path = "web/dev.html")]
struct Dev {
    page: Page,
    places: &'static [(&'static str, &'static str, &'static str)],
}

const PLACES: &[(&str, &str, &str)] = &[
    ("/dev/mail", "dev-mail-title", "mail"),
    ("/dev/codes", "dev-codes-title", "lock"),
    ("/dev/components", "components-title", "edit"),
];

/// `GET /dev`.
pub async fn index(page: Page) -> PageResult {
    html(&Dev { page, places: PLACES })
}
