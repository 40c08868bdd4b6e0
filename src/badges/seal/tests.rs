use super::*;

const STATES: [(BadgeState, &str, &str); 7] = [
    (BadgeState::Active { tier: SealTier::Trusted }, "Trust merchant", "信用商家"),
    (BadgeState::Active { tier: SealTier::Platinum }, "Platinum merchant", "白金信用商家"),
    (BadgeState::Suspended, "Suspended", "已暂停"),
    (BadgeState::Expired, "Expired", "已过期"),
    (BadgeState::Revoked, "Revoked", "已撤销"),
    (BadgeState::NotVerifiedHere, "NOT VERIFIED HERE", "此网站未经验证"),
    (BadgeState::Unknown, "Unknown code", "编号不存在"),
];
const SIZES: [BadgeSize; 3] = [BadgeSize::Small, BadgeSize::Medium, BadgeSize::Large];
const SCHEMES: [BadgeScheme; 3] = [BadgeScheme::Light, BadgeScheme::Dark, BadgeScheme::Auto];

fn spec(number: u64, state: BadgeState, state_line: &str, chinese: bool) -> BadgeSpec {
    let brand_line = if chinese { "Surety 信用联盟" } else { "SURETY TRUST ALLIANCE" };
    BadgeSpec {
        code: MerchantCode::from_number(number).unwrap(),
        size: BadgeSize::Medium,
        scheme: BadgeScheme::Auto,
        state,
        texts: BadgeTexts {
            title: format!("Surety: {state_line}, TM"),
            state_line: state_line.to_owned(),
            brand_line: brand_line.to_owned(),
        },
    }
}

fn all() -> Vec<BadgeSpec> {
    let mut specs = Vec::new();
    for (state, english, chinese) in STATES {
        for (words, is_chinese) in [(english, false), (chinese, true)] {
            for (size, scheme) in SIZES.into_iter().flat_map(|s| SCHEMES.map(|c| (s, c))) {
                for number in [0, 1_111, 34_359_738_300] {
                    specs.push(BadgeSpec {
                        size,
                        scheme,
                        ..spec(number, state, words, is_chinese)
                    });
                }
            }
        }
    }
    specs
}

#[test]
fn every_badge_is_small_and_self_contained() {
    for spec in all() {
        let svg = badge_svg(&spec);
        assert!(svg.len() < 6_000, "{} bytes: {spec:?}", svg.len());
        assert!(svg.contains("role=\"img\"") && svg.contains("<title "), "{spec:?}");
        assert!(svg.contains(spec.code.as_str()), "{spec:?}");
        for outside in ["<script", "<image", "url(", "@import", "@font-face", "https:"] {
            assert!(!svg.contains(outside), "{outside} in {spec:?}");
        }
        let media = svg.contains("prefers-color-scheme");
        assert_eq!(media, spec.scheme == BadgeScheme::Auto);
        assert_eq!(svg.contains("<style"), media);
    }
}

/// Tags nest and no attribute is repeated; browsers refuse to draw anything else.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').expect(piece);
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{svg}");
            continue;
        }
        // Outside the quotes are the names: ` name=`.
        let mut names: Vec<_> = tag.split('"').step_by(2).map(str::trim).collect();
        let name = names[0].split(' ').next().unwrap_or_default();
        names[0] = names[0].trim_start_matches(name).trim();
        let empty = names.pop() == Some("/") || tag.ends_with('/');
        assert!(names.iter().all(|n| n.ends_with('=')) || names == [""], "{tag}");
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len(), "twice in <{tag}>");
        if !empty {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} stays open");
}

#[test]
fn every_drawing_is_well_formed() {
    for spec in all() {
        assert_well_formed(&badge_svg(&spec));
        assert_well_formed(&large_seal_svg(&spec));
    }
    for wrong in ["<a b=\"1\" c=\"\" b=\"2\"/>", "<a><b></a></b>", "<a>"] {
        let found = std::panic::catch_unwind(|| assert_well_formed(wrong));
        assert!(found.is_err(), "{wrong} passes");
    }
}

#[test]
fn the_inline_seal_obeys_a_strict_policy() {
    for spec in all() {
        let svg = large_seal_svg(&spec);
        for forbidden in ["<style", "style=", "<script", " on", "#0f6b4f", "width=\"216\""] {
            assert!(!svg.contains(forbidden), "{forbidden} in {spec:?}");
        }
        assert!(svg.contains("currentColor") && svg.contains(&rosette(&spec.code)));
        assert!(svg.contains(&format!("seal-{}", state_class(spec.state))));
    }
}

#[test]
fn words_are_escaped_wherever_they_stand() {
    let mut nasty = spec(0, BadgeState::Suspended, "</text><script>", false);
    nasty.texts.title = "a\"><script>&".to_owned();
    nasty.texts.brand_line = "<b>'x'</b>".to_owned();
    for svg in [badge_svg(&nasty), large_seal_svg(&nasty)] {
        assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
        assert!(svg.contains("&lt;script&gt;&amp;</title>"), "{svg}");
    }
}

#[test]
fn states_differ_by_more_than_colour() {
    let drawings: std::collections::HashSet<String> = STATES
        .iter()
        .map(|&(state, ..)| {
            let svg =
                badge_svg(&BadgeSpec { scheme: BadgeScheme::Light, ..spec(0, state, "x", false) });
            // The drawing with all colours removed.
            svg.split("\"#").map(|part| part.get(6..).unwrap_or(part)).collect()
        })
        .collect();
    assert_eq!(drawings.len(), STATES.len());
    let struck = badge_svg(&spec(0, BadgeState::NotVerifiedHere, "x", false));
    assert!(struck.contains("M55 55l130 130"));
}

#[test]
fn colours_have_contrast() {
    use paint::{INK, PAPER};
    for scheme in [0, 1] {
        assert!(contrast(INK[scheme], PAPER[scheme]) >= 7.0);
        for tone in [Tone::Jade, Tone::Amber, Tone::Slate, Tone::Vermilion] {
            let colour = tone.colours()[scheme];
            assert!(contrast(colour, PAPER[scheme]) >= 4.5, "{tone:?} {scheme}");
        }
    }
}

/// The WCAG 2.2 contrast ratio of two `#rrggbb` colours.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (a, b) = (luminance(one) + 0.05, luminance(other) + 0.05);
    a.max(b) / a.min(b)
}
