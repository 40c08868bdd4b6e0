//! Every component of the design on one page, made from the same parts as real pages.

use askama::Template;
use chrono::Duration;
use rust_decimal::Decimal;

use super::form::{Fields, Form};
use super::page::{Page, PageResult, html};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Timestamp;

#[derive(Template)]
#[template(path = "web/components.html")]
struct Components {
    page: Page,
    form: Form,
    options: Vec<(String, String)>,
    price: String,
    released: String,
    past: Timestamp,
    soon: Timestamp,
    newer: Option<String>,
    older: Option<String>,
    chips: &'static [(&'static str, &'static str, &'static str)],
    icons: &'static [&'static str],
}

/// Kind, icon and text key.
const CHIPS: &[(&str, &str, &str)] = &[
    ("held", "clock", "components-held"),
    ("done", "check", "components-completed"),
    ("done", "shield", "components-verified"),
    ("bad", "scale", "components-disputed"),
    ("", "cross", "components-closed"),
];

const ICONS: &[&str] = &[
    "check",
    "cross",
    "clock",
    "shield",
    "seal",
    "lock",
    "truck",
    "box",
    "person",
    "people",
    "store",
    "bank",
    "arrow-right",
    "arrow-left",
    "return",
    "alert",
    "info",
    "mail",
    "bell",
    "document",
    "search",
    "link",
    "menu",
    "edit",
    "plus",
    "external",
    "download",
    "globe",
    "calendar",
    "scale",
    "heart",
    "diamond",
    "crown",
];

/// `GET /dev/components`.
pub async fn show(page: Page) -> PageResult {
    let typed = [("sample-email", "mei.lin"), ("sample-amount", "1280"), ("sample-choice", "two")];
    let mut form = Form::filled(Fields::from_pairs(&typed));
    form.wrong("sample-email", page.t("components-email-wrong"));
    form.wrong("sample-agree", page.t("form-required"));
    let option = |value: &str, key| (value.to_owned(), page.t(key));
    html(&Components {
        form,
        options: vec![option("one", "components-first"), option("two", "components-second")],
        price: yuan(&page, 128_000),
        released: yuan(&page, 126_720),
        past: page.now - Duration::days(4),
        soon: page.now + Duration::days(8),
        newer: Some("?".to_owned()),
        older: Some("?".to_owned()),
        chips: CHIPS,
        icons: ICONS,
        page,
    })
}

fn yuan(page: &Page, hundredths: i64) -> String {
    let money = Currency::parse("CNY").and_then(|c| Money::new(Decimal::new(hundredths, 2), c));
    money.map(|money| page.money(&money)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_of_the_sprite_is_shown() {
        let sprite = include_str!("../../static/icons.svg");
        let count = sprite.matches("id=\"i-").count();
        assert_eq!(count, ICONS.len(), "the sprite and the page differ");
        for icon in ICONS {
            assert!(sprite.contains(&format!("id=\"i-{icon}\"")), "{icon}");
        }
    }
}
