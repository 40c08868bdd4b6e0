//! `/badge/{code}.svg`, the most requested address: no session and no page context, and no query
//! while the cache is fresh.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue, REFERER, VARY,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::memory::{Memory, Picture, PictureKey};
use super::seal::{BadgeScheme, BadgeSize, BadgeSpec, BadgeState, BadgeTexts, SealTier, badge_svg};
use super::state::{Origin, drawn, origin_of};
use crate::db::Db;
use crate::kernel::locale::Locale;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::texts::{Arg, Texts};
use crate::web::error::PageError;
use crate::web::{WebConfig, compression};

/// The drawing has its own style and may do nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// Matches [`BROWSER`](super::cache::BROWSER). Private, because the picture depends on the
/// referring page.
const KEPT: &str = "private, max-age=30";

/// Fails if the database is unreachable and the cache holds nothing recent enough.
pub async fn badge(
    request: HttpRequest,
    code: Path<String>,
    db: Data<Db>,
    memory: Data<Memory>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let wanted = PictureRequest::of(request.query_string());
    let Ok(code) = MerchantCode::parse(&code) else {
        // A rosette needs a code; number zero is never assigned.
        let zero = MerchantCode::from_number(0).ok_or_else(PageError::not_found)?;
        return Ok(answer(&request, &picture(&memory, zero, wanted, BadgeState::Unknown), true));
    };
    let Some(standing) = memory.standing(&db, &code).await? else {
        return Ok(answer(&request, &picture(&memory, code, wanted, BadgeState::Unknown), true));
    };
    let referer = request.headers().get(REFERER).map(|value| value.as_bytes());
    let origin = origin_of(referer, &config.origin, &standing.domains);
    if let Origin::Elsewhere(place) = &origin {
        memory.sightings.count(standing.merchant_id, &place.origin, 1);
    }
    let state = drawn(standing.badge, &origin);
    let picture = picture(&memory, code, wanted, state);
    Ok(answer(&request, &picture, state == BadgeState::Unknown))
}

/// Parameters that cannot be parsed are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PictureRequest {
    pub size: BadgeSize,
    pub scheme: BadgeScheme,
    pub locale: Locale,
}

impl PictureRequest {
    pub(super) fn of(query: &str) -> Self {
        let mut wanted =
            Self { size: BadgeSize::Medium, scheme: BadgeScheme::Auto, locale: Locale::default() };
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match (name, value) {
                ("size", "small") => wanted.size = BadgeSize::Small,
                ("size", "medium") => wanted.size = BadgeSize::Medium,
                ("size", "large") => wanted.size = BadgeSize::Large,
                ("scheme", "light") => wanted.scheme = BadgeScheme::Light,
                ("scheme", "dark") => wanted.scheme = BadgeScheme::Dark,
                ("scheme", "auto") => wanted.scheme = BadgeScheme::Auto,
                ("lang", tag) => wanted.locale = tag.parse().unwrap_or(wanted.locale),
                _ => {}
            }
        }
        wanted
    }

    pub(super) fn size_name(self) -> &'static str {
        match self.size {
            BadgeSize::Small => "small",
            BadgeSize::Medium => "medium",
            BadgeSize::Large => "large",
        }
    }

    pub(super) fn scheme_name(self) -> &'static str {
        match self.scheme {
            BadgeScheme::Light => "light",
            BadgeScheme::Dark => "dark",
            BadgeScheme::Auto => "auto",
        }
    }
}

fn picture(
    memory: &Memory,
    code: MerchantCode,
    wanted: PictureRequest,
    state: BadgeState,
) -> Picture {
    let PictureRequest { size, scheme, locale } = wanted;
    memory.picture(PictureKey { code, size, scheme, locale, state }, || {
        let texts = badge_texts(&code, state, locale);
        let svg = badge_svg(&BadgeSpec { code, size, scheme, state, texts });
        Picture { gzip: compression::best_gzip(svg.as_bytes()), plain: Bytes::from(svg) }
    })
}

/// The title states everything that the drawing shows.
pub(super) fn badge_texts(code: &MerchantCode, state: BadgeState, locale: Locale) -> BadgeTexts {
    let texts = Texts::new(locale);
    let state_line = texts.get(&format!("badges-seal-{}", state_name(state)), &[]);
    let (shown, number) = (Arg::from(state_line.as_str()), Arg::from(code.as_str()));
    BadgeTexts {
        title: texts.get("badges-seal-title", &[("state", shown), ("code", number)]),
        brand_line: texts.get("badges-seal-brand", &[]),
        state_line,
    }
}

fn state_name(state: BadgeState) -> &'static str {
    match state {
        BadgeState::Active { tier: SealTier::Trusted } => "trusted",
        BadgeState::Active { tier: SealTier::Silver } => "silver",
        BadgeState::Active { tier: SealTier::Gold } => "gold",
        BadgeState::Active { tier: SealTier::Platinum } => "platinum",
        BadgeState::Suspended => "suspended",
        BadgeState::Expired => "expired",
        BadgeState::Revoked => "revoked",
        BadgeState::NotVerifiedHere => "not-here",
        BadgeState::Unknown => "unknown",
    }
}

fn answer(request: &HttpRequest, picture: &Picture, unknown: bool) -> HttpResponse {
    let compressed = compression::accepts_gzip(request.headers()) && !picture.gzip.is_empty();
    let mut answer = if unknown { HttpResponse::NotFound() } else { HttpResponse::Ok() };
    for (name, value) in [
        (CONTENT_TYPE, "image/svg+xml"),
        (VARY, "Referer, Accept-Encoding"),
        (CACHE_CONTROL, KEPT),
        (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ] {
        answer.insert_header((name, HeaderValue::from_static(value)));
    }
    if compressed {
        answer.insert_header((CONTENT_ENCODING, HeaderValue::from_static("gzip")));
        return answer.body(picture.gzip.clone());
    }
    answer.body(picture.plain.clone())
}

/// `/verify/{code}/qr.svg`: the address of an authentication page. Responds with 404 for an invalid
/// code.
pub async fn qr(code: Path<String>, config: Data<WebConfig>) -> Result<HttpResponse, PageError> {
    let code = MerchantCode::parse(&code).map_err(|_| PageError::not_found())?;
    let address = config.http.absolute(&format!("/verify/{}", code.as_str()));
    let drawing = QrCode::with_error_correction_level(address, EcLevel::M)
        .map_err(PageError::internal)?
        .render::<svg::Color<'_>>()
        .min_dimensions(200, 200)
        .build();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "image/svg+xml"))
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(drawing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_keep_a_badge_as_long_as_the_minute_allows() {
        let seconds = crate::badges::cache::BROWSER.as_secs();
        assert_eq!(KEPT, format!("private, max-age={seconds}"));
    }

    #[test]
    fn what_cannot_be_understood_is_left_out() {
        let usual = PictureRequest::of("");
        assert_eq!(usual, PictureRequest::of("size=huge&scheme=&lang=xx&x&=&size"));
        let wanted = PictureRequest::of("size=large&scheme=dark&lang=zh-Hans");
        assert_eq!((wanted.size, wanted.scheme), (BadgeSize::Large, BadgeScheme::Dark));
        assert_eq!(wanted.locale, Locale::ZhHans);
    }
}
