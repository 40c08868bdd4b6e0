//! The seal: a round badge with the merchant's rosette, as SVG. Pure drawing; the caller supplies
//! translated text. The state is never conveyed by colour alone: a bar carries the word, and a sign
//! stands in the middle.

mod paint;
mod rosette;
mod text;

pub use rosette::{ROSETTE_HOLLOW, ROSETTE_RADIUS, rosette};

use crate::kernel::merchant_code::MerchantCode;
use paint::{Paint, Tone};
use std::fmt::Write;
use text::{Fitted, escape, fit};

/// The side of the view box.
const SIDE: u32 = 240;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BadgeSize {
    Small,
    Medium,
    Large,
}

impl BadgeSize {
    pub fn side_px(self) -> u32 {
        match self {
            Self::Small => 96,
            Self::Medium => 144,
            Self::Large => 216,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BadgeScheme {
    Light,
    Dark,
    /// Follows `prefers-color-scheme`.
    Auto,
}

/// Shown as one to four stars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SealTier {
    Trusted,
    Silver,
    Gold,
    Platinum,
}

impl SealTier {
    fn stars(self) -> u32 {
        self as u32 + 1
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BadgeState {
    Active {
        tier: SealTier,
    },
    Suspended,
    Expired,
    /// Withdrawn for good.
    Revoked,
    /// Shown on a site that is not a verified domain of the merchant.
    NotVerifiedHere,
    /// No merchant has this code.
    Unknown,
}

/// Translated by the caller, escaped here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadgeTexts {
    /// The text alternative, which states everything that the drawing shows.
    pub title: String,
    /// The words in the bar, such as *Gold merchant* or *NOT VERIFIED HERE*.
    pub state_line: String,
    /// The name of the alliance, along the upper rim.
    pub brand_line: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadgeSpec {
    pub code: MerchantCode,
    pub size: BadgeSize,
    pub scheme: BadgeScheme,
    pub state: BadgeState,
    pub texts: BadgeTexts,
}

/// A standalone SVG document for `<img>`, smaller than 6 KB. With [`BadgeScheme::Auto`] it contains
/// a `<style>`, which the CSP of the response must allow.
pub fn badge_svg(spec: &BadgeSpec) -> String {
    let paint = match spec.scheme {
        BadgeScheme::Light => Paint::Light,
        BadgeScheme::Dark => Paint::Dark,
        BadgeScheme::Auto => Paint::Auto,
    };
    let side = spec.size.side_px();
    let attributes = format!(r#"width="{side}" height="{side}""#);
    let fineness = match spec.size {
        BadgeSize::Small => 14,
        BadgeSize::Medium => 10,
        BadgeSize::Large => 8,
    };
    let seal = Seal { spec, paint, fineness, prefix: "" };
    seal.draw(&attributes)
}

/// The seal for inlining in the authentication page under a strict CSP, without style or script.
/// The page colours it through the classes `seal`, `seal-active` (`-suspended`, `-expired`,
/// `-revoked`, `-not-here`, `-unknown`), `seal-paper` (fill) and `seal-paper-line` (stroke). `size`
/// and `scheme` are ignored; ids begin with `seal-`.
pub fn large_seal_svg(spec: &BadgeSpec) -> String {
    let attributes = format!(r#"class="seal seal-{}""#, state_class(spec.state));
    Seal { spec, paint: Paint::Inline, fineness: 6, prefix: "seal-" }.draw(&attributes)
}

fn state_class(state: BadgeState) -> &'static str {
    match state {
        BadgeState::Active { .. } => "active",
        BadgeState::Suspended => "suspended",
        BadgeState::Expired => "expired",
        BadgeState::Revoked => "revoked",
        BadgeState::NotVerifiedHere => "not-here",
        BadgeState::Unknown => "unknown",
    }
}

struct Seal<'a> {
    spec: &'a BadgeSpec,
    paint: Paint,
    /// Stroke width of the rosette in tenths of a user unit.
    fineness: u32,
    prefix: &'a str,
}

impl Seal<'_> {
    fn tone(&self) -> Tone {
        match self.spec.state {
            BadgeState::Active { .. } => Tone::Jade,
            BadgeState::Suspended => Tone::Amber,
            BadgeState::Expired | BadgeState::Unknown => Tone::Slate,
            BadgeState::Revoked | BadgeState::NotVerifiedHere => Tone::Vermilion,
        }
    }

    fn draw(&self, attributes: &str) -> String {
        let mut svg = String::with_capacity(6_144);
        let title = escape(&self.spec.texts.title);
        let id = self.prefix;
        // Writing to a String cannot fail, here and below.
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" {attributes} viewBox=\"0 0 {SIDE} {SIDE}\" \
             role=\"img\" aria-labelledby=\"{id}t\" {}><title id=\"{id}t\">{title}</title>{}",
            text::FONT,
            self.paint.style(self.tone()),
        );
        self.rim(&mut svg);
        self.rosette(&mut svg);
        if self.spec.state == BadgeState::NotVerifiedHere {
            self.strike(&mut svg);
        }
        self.sign(&mut svg);
        self.bar(&mut svg);
        svg.push_str("</svg>");
        svg
    }

    /// Disc, double rim, brand above and code below.
    fn rim(&self, svg: &mut String) {
        let (paper, line, ink) =
            (self.paint.paper(), self.paint.line(self.tone()), self.paint.ink());
        let id = self.prefix;
        let dashes = match self.spec.state {
            BadgeState::Unknown => " stroke-dasharray=\"5 4\"",
            _ => "",
        };
        let _ = write!(
            svg,
            "<circle cx=\"120\" cy=\"120\" r=\"118\" {paper}/><g fill=\"none\" {line}>\
             <circle cx=\"120\" cy=\"120\" r=\"116.5\" stroke-width=\"3\"{dashes}/>\
             <circle cx=\"120\" cy=\"120\" r=\"91\" stroke-width=\"1.2\"/></g>\
             <defs><path id=\"{id}u\" d=\"M23 120a97 97 0 0 1 194 0\"/>\
             <path id=\"{id}l\" d=\"M11 120a109 109 0 0 0 218 0\"/></defs>"
        );
        let brand = fit(&self.spec.texts.brand_line, 270.0, 21.0);
        let code = self.spec.code.as_str();
        for (path, size, words) in [("u", brand.size, &*escape(&brand.line)), ("l", 14.0, code)] {
            let _ = write!(
                svg,
                "<text {ink} font-size=\"{size}\" font-weight=\"600\" letter-spacing=\".6\" \
                 text-anchor=\"middle\"><textPath href=\"#{id}{path}\" startOffset=\"50%\">\
                 {words}</textPath></text>"
            );
        }
    }

    fn rosette(&self, svg: &mut String) {
        // Drawn faintly unless active, so that the rosette does not vouch for the shop.
        let opacity = match self.spec.state {
            BadgeState::Active { .. } => "",
            _ => " opacity=\".5\"",
        };
        let _ = write!(
            svg,
            "<path transform=\"translate(120 120)scale(.1)\" fill=\"none\" {} \
             stroke-width=\"{}\"{opacity} d=\"{}\"/>",
            self.paint.line(self.tone()),
            self.fineness,
            rosette(&self.spec.code),
        );
    }

    fn strike(&self, svg: &mut String) {
        let _ = write!(
            svg,
            "<g fill=\"none\" stroke-linecap=\"round\"><path d=\"M55 55l130 130\" {} \
             stroke-width=\"17\"/><path d=\"M55 55l130 130\" {} stroke-width=\"9\"/></g>",
            self.paint.paper_line(),
            self.paint.line(self.tone()),
        );
    }

    /// Tick, pause, stopped clock, cross, `!` or `?`.
    fn sign(&self, svg: &mut String) {
        let d = match self.spec.state {
            BadgeState::Active { .. } => "M106 120l10 11l19-22",
            BadgeState::Suspended => "M112 109v22M128 109v22",
            BadgeState::Expired => "M120 106v15l9 7",
            BadgeState::Revoked => "M110 110l20 20M130 110l-20 20",
            BadgeState::NotVerifiedHere => "M120 105v18M120 134v.1",
            BadgeState::Unknown => "M111 112c0-12 18-12 18 0c0 7-9 6-9 13M120 134v.1",
        };
        let line = self.paint.line(self.tone());
        let _ = write!(
            svg,
            "<g {line}><circle cx=\"120\" cy=\"120\" r=\"27\" {} stroke-width=\"2\"/>\
             <path d=\"{d}\" fill=\"none\" stroke-width=\"6.500\" stroke-linecap=\"round\" \
             stroke-linejoin=\"round\"/></g>",
            self.paint.paper(),
        );
    }

    fn bar(&self, svg: &mut String) {
        let (top, height) = (150.0, 51.0);
        let _ = write!(
            svg,
            "<rect x=\"3\" y=\"{top}\" width=\"234\" height=\"{height}\" rx=\"5\" {}/>",
            self.paint.bar(self.tone()),
        );
        let stars = match self.spec.state {
            BadgeState::Active { tier } => tier.stars(),
            _ => 0,
        };
        // Above this size, two lines and the stars do not fit.
        let split_size = if stars > 0 { 17.5 } else { 22.0 };
        let words = Fitted::new(&self.spec.texts.state_line, 214.0, 28.0, split_size);
        let middle = top + height / 2.0 + if stars > 0 { 7.0 } else { 0.0 };
        let on_bar = self.paint.on_bar();
        for (place, line) in words.lines.iter().enumerate() {
            let offset = place as f64 - (words.lines.len() as f64 - 1.0) / 2.0;
            let y = middle + offset * words.size * 1.08 + words.size * 0.36;
            let _ = write!(
                svg,
                "<text x=\"120\" y=\"{y:.1}\" {on_bar} font-size=\"{}\" font-weight=\"700\" \
                 text-anchor=\"middle\">{}</text>",
                words.size,
                escape(line),
            );
        }
        for star in 0..stars {
            let x = 120.0 + (f64::from(star) - (f64::from(stars) - 1.0) / 2.0) * 17.0;
            let _ = write!(
                svg,
                "<path d=\"M{x} 152.500l1.900 4.400l4.800.4l-3.600 3.100l1.100 4.700l-4.200-2.500\
                 l-4.200 2.500l1.100-4.700l-3.600-3.100l4.800-.4z\" {on_bar}/>",
            );
        }
    }
}

#[cfg(test)]
mod tests;
