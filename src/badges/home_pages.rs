//! `/`: what this is, and a search for a shop.

use askama::Template;

use super::picture_pages::badge_texts;
use super::seal::{BadgeScheme, BadgeSize, BadgeSpec, BadgeState, SealTier, large_seal_svg};
use crate::kernel::merchant_code::MerchantCode;
use crate::web::error::PageError;
use crate::web::page::{Page, PageResult, html};

#[derive(Template)]
#[template(path = "badges/home.html")]
struct HomePage {
    page: Page,
    seal: String,
}

pub async fn home(page: Page) -> PageResult {
    // Number zero is never assigned, so this seal belongs to nobody.
    let code = MerchantCode::from_number(0).ok_or_else(PageError::not_found)?;
    let state = BadgeState::Active { tier: SealTier::Trusted };
    let mut texts = badge_texts(&code, state, page.locale);
    texts.title = page.t("badges-home-seal");
    let (size, scheme) = (BadgeSize::Large, BadgeScheme::Auto);
    let seal = large_seal_svg(&BadgeSpec { code, size, scheme, state, texts });
    html(&HomePage { page, seal })
}
