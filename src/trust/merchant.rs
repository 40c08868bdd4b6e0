//! Merchants and their industries.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::kernel::domain_name::DomainName;
use crate::kernel::look_alike::poses_as_operator;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::named::named;
use crate::kernel::time::Timestamp;
use crate::kernel::typed;

/// In characters.
pub const NAME_MAX: usize = 80;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    pub id: i64,
    pub code: MerchantCode,
    pub name: String,
    pub industry: Industry,
    /// As judged at the last approval; empty before.
    pub registered_name: String,
    pub created_at: Timestamp,
}

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
    Other,
}

named!(Industry, name);

impl Industry {
    pub fn text_key(self) -> String {
        format!("industry-{}", self.name())
    }
}

/// Whether a text may be a merchant's name. Invitations carry names to strangers, so a name must
/// not contain links or pose as ours; only a name that is nothing but a site's name, such as
/// `58.com`, is allowed.
pub fn is_name(text: &str) -> bool {
    let plain = typed::narrow(text);
    let forbidden = |c: char| c.is_control() || "/\\@<>{}[]|".contains(c);
    let is_a_sites = !plain.contains(char::is_whitespace) && DomainName::parse(&plain).is_ok();
    text.chars().count() <= NAME_MAX
        && typed::clean(text) == text
        && text.chars().filter(|c| c.is_alphanumeric()).nth(1).is_some()
        && !plain.chars().any(forbidden)
        && (is_a_sites || !typed::has_link(text))
        && !poses_as_operator(text)
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
            "Surety Security Team",
            "SURETY",
            "ｓｕｒｅｔｙ support",
            "Surеty help",
            "信保客服",
            "Alert: https://evil.example/login",
            "Sign in at evil.example",
            "请登录evil.example，否则关闭",
            "Your account is closed, see evil.example.",
            "www evil.example",
            "evil.example/login",
            "evil.example：请登录",
            "Sign in at evil．example",
            "shop evil.co.uk",
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
