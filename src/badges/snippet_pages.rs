//! `/merchant/badge`: the HTML for a merchant's own site, with a live preview.

use actix_web::HttpRequest;
use askama::Template;

use super::picture_pages::PictureRequest;
use crate::accounts::actor::Desk;
use crate::kernel::texts::{Arg, Texts};
use crate::trust;
use crate::trust::duties::duties;
use crate::trust::duty_words::{DutyWords, duty_words};
use crate::trust::public_record::{self, PublicRecord};
use crate::web::error::PageError;
use crate::web::page::{Page, PageResult, html};

#[derive(Template)]
#[template(path = "badges/snippet.html")]
struct SnippetPage {
    page: Page,
    record: PublicRecord,
    duties: Vec<DutyWords>,
    wanted: PictureRequest,
    picture: String,
    alternative: String,
    snippet: String,
}

/// The choices are in the query, so that the page works without scripts.
pub async fn snippet(Desk { page, actor, db, .. }: Desk, request: HttpRequest) -> PageResult {
    let merchant = trust::merchant(&db, actor.merchant_id()?).await?;
    let merchant = merchant.ok_or_else(PageError::not_found)?;
    let record =
        public_record::record(&db, &merchant.code).await?.ok_or_else(PageError::not_found)?;
    let query = request.query_string();
    let mut wanted = PictureRequest::of(query);
    if !query.contains("lang=") {
        wanted.locale = page.locale;
    }
    let (size, scheme, lang) = (wanted.size_name(), wanted.scheme_name(), wanted.locale.tag());
    let picture = format!("/badge/{}.svg?size={size}&scheme={scheme}&lang={lang}", record.code);
    let alternative = Texts::new(wanted.locale).get(
        "badges-snippet-alternative",
        &[("name", Arg::from(&record.name)), ("code", Arg::from(record.code.as_str()))],
    );
    let snippet = snippet_of(&page.origin, &record, &wanted, &picture, &alternative);
    let badge = trust::badge(&db, merchant.id).await?;
    let duties = duties(&db, merchant.id, badge.as_ref(), page.now).await?;
    let duties = duty_words(&duties, page.locale);
    html(&SnippetPage { page, record, duties, wanted, picture, alternative, snippet })
}

/// `referrerpolicy` tells the badge which site it is on, and the authentication page where the
/// visitor came from.
fn snippet_of(
    origin: &str,
    record: &PublicRecord,
    wanted: &PictureRequest,
    picture: &str,
    alternative: &str,
) -> String {
    let side = wanted.size.side_px();
    let (code, picture) = (record.code, escape(picture));
    let alternative = escape(alternative);
    format!(
        "<a href=\"{origin}/verify/{code}\" referrerpolicy=\"origin\">\
         <img src=\"{origin}{picture}\" referrerpolicy=\"origin\" \
         width=\"{side}\" height=\"{side}\" alt=\"{alternative}\"></a>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

impl SnippetPage {
    fn sizes(&self) -> [&'static str; 3] {
        ["small", "medium", "large"]
    }

    fn schemes(&self) -> [&'static str; 3] {
        ["auto", "light", "dark"]
    }

    fn side(&self) -> u32 {
        self.wanted.size.side_px()
    }

    fn lead(&self) -> String {
        let state = self.record.standing.badge.map_or("none", |(state, _)| state.name());
        format!("badges-snippet-lead-{state}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_the_snippet() {
        let escaped = escape("\"><script>alert(1)</script>&");
        assert!(!escaped.contains(['<', '>', '"']), "{escaped}");
    }
}
