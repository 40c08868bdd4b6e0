//! A merchant, and what it trades in.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::named::named;
use crate::kernel::time::Timestamp;

/// The longest name of a merchant, in characters.
pub const NAME_MAX: usize = 80;

/// A merchant as everybody may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    pub id: i64,
    pub code: MerchantCode,
    pub name: String,
    pub industry: Industry,
    /// The name in the register, as judged at the last approval; empty before it.
    pub registered_name: String,
    pub created_at: Timestamp,
}

/// What a merchant trades in: how the public directory is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Industry {
    OnlineGames,
    DigitalCommunications,
    AirTickets,
    RealEstate,
    Insurance,
    Lottery,
    SecondHand,
    Rentals,
    UsedCars,
    /// Anything else.
    Other,
}

named!(Industry, name);

impl Industry {
    /// The key of the text that names it to readers.
    pub fn text_key(self) -> String {
        format!("industry-{}", self.name())
    }
}

/// Whether a text can be a merchant's name: it says something, hides nothing, and sends nobody
/// anywhere. Invitations carry it to addresses of strangers, so it must not be a call to open some
/// site; a name that is nothing but a site's name, such as `58.com`, is one.
pub fn is_name(text: &str) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
            || matches!(c, '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    text.chars().count() <= NAME_MAX
        && text.chars().filter(|c| c.is_alphanumeric()).nth(1).is_some()
        && !text.chars().any(hidden)
        && !leads_away(text)
}

/// Whether a reader of mails would make a link of it, or of a part of it.
fn leads_away(text: &str) -> bool {
    let lower = text.to_lowercase();
    let of_a_site = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let is_site = |word: &str| {
        let last = word.trim_matches('.').rsplit_once('.').map_or("", |(_, last)| last);
        last.len() >= 2 && last.chars().all(|c| c.is_ascii_alphabetic())
    };
    text.contains(|c| "/\\@<>{}[]|".contains(c))
        || lower.contains("www.")
        || lower.contains("http")
        || (!text.trim().chars().all(of_a_site) && lower.split(|c| !of_a_site(c)).any(is_site))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_something_and_hides_nothing() {
        for good in ["Lantern Bikes", "云途票务", "A1", "Ö & Å", "St. Anne No.5", "M. & J. Weber"]
        {
            assert!(is_name(good), "{good}");
        }
        let hidden = ["Lan\u{202E}tern", "zero\u{200B}width", "a\nb"];
        for bad in ["", "a", "——", &"x".repeat(81)].into_iter().chain(hidden) {
            assert!(!is_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_name_sends_nobody_to_a_site() {
        for good in ["58.com", "Booking.com", "J.Crew"] {
            assert!(is_name(good), "{good}");
        }
        for bad in [
            "Surety alert: https://evil.example/login",
            "Sign in at evil.example",
            "请登录evil.example，否则关闭",
            "Your account is closed, see evil.example.",
            "www evil.example",
            "evil.example/login",
            "help@evil.example",
        ] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn industries_come_back_by_name() {
        for industry in Industry::ALL {
            assert_eq!(Industry::parse(industry.name()), Some(industry));
        }
        assert_eq!(Industry::parse("tulips"), None);
    }
}
