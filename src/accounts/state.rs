//! Pure decisions about accounts: whether a mailed link is still valid, and what may be a name.

use chrono::Duration;

use crate::kernel::look_alike::poses_as_operator;
use crate::kernel::time::Timestamp;
use crate::kernel::typed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Proves that the mailbox belongs to the account.
    ConfirmEmail,
    ResetPassword,
}

impl Purpose {
    /// The name used in the database and in the link's signature.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "confirm_email",
            Self::ResetPassword => "reset_password",
        }
    }

    /// How long a link is valid.
    pub const fn lifetime(self) -> Duration {
        match self {
            Self::ConfirmEmail => Duration::hours(72),
            Self::ResetPassword => Duration::hours(1),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Link {
    pub purpose: String,
    pub email: String,
    pub account_email: String,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub is_disabled: bool,
}

/// Whether a link is still valid: unexpired, unused, and sent to the account's current address.
pub fn is_good(link: &Link, purpose: Purpose, now: Timestamp) -> bool {
    link.purpose == purpose.name()
        && link.used_at.is_none()
        && now < link.expires_at
        && link.email == link.account_email
        && !link.is_disabled
}

/// Whether a text can be a person's name. Mails to unconfirmed addresses greet people by name, so a
/// name must not pass for a link or an address.
pub fn is_name(text: &str) -> bool {
    let forbidden = |c: char| c.is_control() || "/\\@<>{}[]|".contains(c);
    let has_letter = text.chars().any(char::is_alphabetic) && typed::is_visible(text);
    has_letter
        && !poses_as_operator(text)
        && !typed::narrow(text).chars().any(forbidden)
        && !typed::has_link(text)
}

/// Parses a user agent into browser and system, such as `Firefox` and `Windows`.
pub fn browser_of(agent: &str) -> (Option<&'static str>, Option<&'static str>) {
    // Order matters: a browser's user agent also contains the names of those further down.
    let browsers = [
        ("MicroMessenger", "WeChat"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
        ("curl", "curl"),
    ];
    let systems = [
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |signs: &[(&str, &'static str)]| {
        signs.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    (find(&browsers), find(&systems))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_link_is_good_once_in_time_and_for_its_purpose() {
        let now = at("2026-11-22T12:00:00Z");
        let link = Link {
            purpose: "reset_password".to_owned(),
            email: "a@b.example".to_owned(),
            account_email: "a@b.example".to_owned(),
            expires_at: at("2026-11-22T12:30:00Z"),
            used_at: None,
            is_disabled: false,
        };
        assert!(is_good(&link, Purpose::ResetPassword, now));
        assert!(!is_good(&link, Purpose::ConfirmEmail, now));
        assert!(!is_good(&link, Purpose::ResetPassword, link.expires_at));
        let used = Link { used_at: Some(now), ..link.clone() };
        assert!(!is_good(&used, Purpose::ResetPassword, now));
        let moved = Link { account_email: "c@d.example".to_owned(), ..link.clone() };
        assert!(!is_good(&moved, Purpose::ResetPassword, now));
        let closed = Link { is_disabled: true, ..link };
        assert!(!is_good(&closed, Purpose::ResetPassword, now));
    }

    #[test]
    fn names_are_no_links() {
        for good in ["林伟", "Mei-Lin O’Hara Jr.", "Dr. Ada Lovelace", "N. Ö", "3 Brothers"] {
            assert!(is_name(good), "{good}");
        }
        for bad in [
            "win at www.evil.example",
            "https:evil",
            "a@b.c",
            "<b>x</b>",
            "123",
            "x\ny",
            "Surety Support",
        ] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn browsers_are_named() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
            Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0";
        assert_eq!(browser_of(edge), (Some("Edge"), Some("Windows")));
        assert_eq!(browser_of("surety-test"), (None, None));
    }
}
