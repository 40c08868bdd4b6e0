//! Pure decisions: where a visitor comes from, and what the badge therefore shows.

use url::Url;

use super::seal::{BadgeState as SealState, SealTier};
use super::sightings::OTHER;
use crate::kernel::domain_name::{DomainName, OriginHost, origin_host};
use crate::trust::{BadgeState, Tier};

/// No honest site has a longer origin.
const ORIGIN_BYTES_MAX: usize = 280;

/// The site of a visitor, or of the page that embeds a badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The browser names no site, or one that cannot be a shop's.
    Unsaid,
    Ours,
    /// A verified domain of the merchant, or its `www.`.
    Verified(DomainName),
    Elsewhere(Elsewhere),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elsewhere {
    /// As stored: `https://shop.example`, or *other*.
    pub origin: String,
    pub host: OriginHost,
}

/// Search engines and webmail: following a link there does not mean having seen a shop.
const NEUTRAL: [&str; 21] = [
    "baidu.com",
    "bing.com",
    "duckduckgo.com",
    "ecosia.org",
    "google.co.jp",
    "google.co.uk",
    "google.com",
    "google.com.hk",
    "google.de",
    "google.fr",
    "mail.163.com",
    "mail.126.com",
    "mail.proton.me",
    "mail.qq.com",
    "mail.yahoo.com",
    "outlook.live.com",
    "outlook.office.com",
    "search.yahoo.com",
    "so.com",
    "sogou.com",
    "yandex.com",
];

/// Accepts a listed host with `www.`, `mail.` or `m.` before it.
fn is_neutral(host: &DomainName) -> bool {
    let name = host.as_str();
    let bare = ["www.", "mail.", "m."].iter().find_map(|before| name.strip_prefix(before));
    NEUTRAL.contains(&name) || bare.is_some_and(|bare| NEUTRAL.contains(&bare))
}

/// Compares a `Referer` header with the verified domains. Only a domain and its `www.` count: other
/// subdomains may belong to somebody else. Apps, extensions and files count as [`Origin::Unsaid`].
pub(super) fn origin_of(referer: Option<&[u8]>, ours: &str, verified: &[DomainName]) -> Origin {
    let text = std::str::from_utf8(referer.unwrap_or_default()).unwrap_or_default().trim();
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let (Some(url), Some(host)) = (url, origin_host(text)) else { return Origin::Unsaid };
    let origin = ascii_origin(&url);
    if origin == ours {
        return Origin::Ours;
    }
    if let Some(domain) = host.domain()
        && verified.iter().any(|v| is_site_of(domain, v))
    {
        return Origin::Verified(domain.clone());
    }
    if host.domain().is_some_and(is_neutral) {
        return Origin::Unsaid;
    }
    Origin::Elsewhere(Elsewhere { origin, host })
}

pub(super) fn is_site_of(host: &DomainName, verified: &DomainName) -> bool {
    host == verified || host.as_str().strip_prefix("www.") == Some(verified.as_str())
}

/// Scheme, host and port as browsers write them; *other* if too long to store.
pub(super) fn ascii_origin(url: &Url) -> String {
    let origin = url.origin().ascii_serialization();
    if origin.len() > ORIGIN_BYTES_MAX { OTHER.to_owned() } else { origin }
}

/// What a badge shows when requested from `from`.
pub(super) fn drawn(badge: Option<(BadgeState, Tier)>, from: &Origin) -> SealState {
    match (badge, from) {
        (Some(_), Origin::Elsewhere(_)) => SealState::NotVerifiedHere,
        (badge, _) => seal_state(badge),
    }
}

pub(super) fn seal_state(badge: Option<(BadgeState, Tier)>) -> SealState {
    let Some((state, tier)) = badge else { return SealState::Unknown };
    match state {
        BadgeState::Active => SealState::Active {
            tier: match tier {
                Tier::Trusted => SealTier::Trusted,
                Tier::Silver => SealTier::Silver,
                Tier::Gold => SealTier::Gold,
                Tier::Platinum => SealTier::Platinum,
            },
        },
        BadgeState::Suspended => SealState::Suspended,
        BadgeState::Revoked => SealState::Revoked,
        BadgeState::Expired => SealState::Expired,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://surety.example";

    fn from(referer: &str) -> Origin {
        let verified = [
            DomainName::parse("shop.example").unwrap(),
            DomainName::parse("www.lamps.example").unwrap(),
            DomainName::parse("中国.example").unwrap(),
        ];
        origin_of(Some(referer.as_bytes()), OURS, &verified)
    }

    #[test]
    fn the_merchant_s_own_sites_are_known_in_every_spelling() {
        for referer in [
            "https://shop.example/",
            "https://shop.example/lamps?x=1#y",
            "http://SHOP.example:8080",
            "https://www.shop.example/",
            "https://shop.example./",
            "https://user@shop.example/",
            "https://www.lamps.example",
            "https://中国.example/",
            "https://xn--fiqs8s.example/",
        ] {
            assert!(matches!(from(referer), Origin::Verified(_)), "{referer}");
        }
    }

    #[test]
    fn anything_else_is_elsewhere() {
        for (referer, origin) in [
            ("https://pay.shop.example/", "https://pay.shop.example"),
            ("https://www.www.shop.example/", "https://www.www.shop.example"),
            ("https://lamps.example/", "https://lamps.example"),
            ("https://shop.example.evil.top/", "https://shop.example.evil.top"),
            ("https://evil.top/?https://shop.example/", "https://evil.top"),
            ("https://shop.example@evil.top/", "https://evil.top"),
            ("https://evil.top\\@shop.example/", "https://evil.top"),
            ("https://xn--shp-tna.example/", "https://xn--shp-tna.example"),
            ("http://127.0.0.1:9/", "http://127.0.0.1:9"),
            ("http://[::1]/", "http://[::1]"),
            ("http://localhost/", "http://localhost"),
            ("http://surety.example/", "http://surety.example"),
            ("https://surety.example:444/", "https://surety.example:444"),
            ("https://google.com.evil.top/", "https://google.com.evil.top"),
            ("https://accounts.google.com/", "https://accounts.google.com"),
            ("https://mail.evil.top/", "https://mail.evil.top"),
        ] {
            match from(referer) {
                Origin::Elsewhere(place) => assert_eq!(place.origin, origin, "{referer}"),
                other => panic!("{referer}: {other:?}"),
            }
        }
        let long = format!("https://{}.top/", "a.".repeat(600));
        assert!(matches!(from(&long), Origin::Elsewhere(e) if e.origin == OTHER));
    }

    #[test]
    fn what_is_no_site_says_nothing_about_a_shop() {
        for referer in [
            "about:blank",
            "null",
            "javascript:alert(1)",
            "android-app://com.example/",
            "ios-app://284882215",
            "file:///tmp/page.html",
            "chrome-extension://cfhdojbkjhnklbpkdaibdccddilifddb/popup.html",
            "moz-extension://5a1/page",
            "data:text/html,x",
            "<script>",
            "https://www.google.com/",
            "https://www.baidu.com/link?url=x",
            "https://mail.google.com/mail/u/0/",
            "https://duckduckgo.com",
            "https://outlook.office.com/mail/",
        ] {
            assert_eq!(from(referer), Origin::Unsaid, "{referer}");
        }
        assert_eq!(origin_of(Some(b"https://shop.example/\xff"), OURS, &[]), Origin::Unsaid);
    }

    #[test]
    fn no_word_of_the_browser_and_our_own_pages_are_no_sighting() {
        assert_eq!(origin_of(None, OURS, &[]), Origin::Unsaid);
        assert_eq!(from(""), Origin::Unsaid);
        assert_eq!(from("https://surety.example/verify/X"), Origin::Ours);
        assert_eq!(from("https://surety.example:443/"), Origin::Ours);
    }

    #[test]
    fn a_stranger_s_site_never_gets_a_good_drawing() {
        let elsewhere = from("https://evil.top/");
        for state in BadgeState::ALL {
            assert_eq!(drawn(Some((state, Tier::Gold)), &elsewhere), SealState::NotVerifiedHere);
        }
        assert_eq!(drawn(None, &elsewhere), SealState::Unknown);
        let gold = Some((BadgeState::Active, Tier::Gold));
        let at_home = drawn(gold, &from("https://shop.example"));
        assert_eq!(at_home, SealState::Active { tier: SealTier::Gold });
    }
}
