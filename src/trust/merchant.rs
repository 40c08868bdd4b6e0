//! A merchant, and what it trades in.

use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::time::Timestamp;

/// The longest name of a merchant, in characters.
pub const NAME_MAX: usize = 80;

/// A merchant as everybody may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// Its row.
    pub id: i64,
    /// Its public number.
    pub code: MerchantCode,
    /// The name that it gave itself.
    pub name: String,
    /// What it trades in.
    pub industry: Industry,
    /// The name in the register, as judged at the last approval; empty before it.
    pub registered_name: String,
    /// When it was opened here.
    pub created_at: Timestamp,
}

/// What a merchant trades in: how the public directory is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Industry {
    /// Online games.
    OnlineGames,
    /// Digital communications.
    DigitalCommunications,
    /// Air tickets.
    AirTickets,
    /// Real estate.
    RealEstate,
    /// Insurance.
    Insurance,
    /// Lottery.
    Lottery,
    /// Second-hand goods.
    SecondHand,
    /// Rentals.
    Rentals,
    /// Used cars.
    UsedCars,
    /// Anything else.
    Other,
}

impl Industry {
    /// Every industry, in the order of the directory.
    pub const ALL: [Self; 10] = [
        Self::OnlineGames,
        Self::DigitalCommunications,
        Self::AirTickets,
        Self::RealEstate,
        Self::Insurance,
        Self::Lottery,
        Self::SecondHand,
        Self::Rentals,
        Self::UsedCars,
        Self::Other,
    ];

    /// The name in the database and in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnlineGames => "online_games",
            Self::DigitalCommunications => "digital_communications",
            Self::AirTickets => "air_tickets",
            Self::RealEstate => "real_estate",
            Self::Insurance => "insurance",
            Self::Lottery => "lottery",
            Self::SecondHand => "second_hand",
            Self::Rentals => "rentals",
            Self::UsedCars => "used_cars",
            Self::Other => "other",
        }
    }

    /// The industry of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|i| i.name() == name)
    }

    /// The key of the text that names it to readers.
    #[must_use]
    pub fn text_key(self) -> String {
        format!("industry-{}", self.name())
    }
}

/// Whether a text can be a merchant's name: it says something, and hides nothing.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
            || matches!(c, '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    text.chars().count() <= NAME_MAX
        && text.chars().filter(|c| c.is_alphanumeric()).nth(1).is_some()
        && !text.chars().any(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_something_and_hides_nothing() {
        for good in ["Lantern Bikes", "云途票务", "58.com", "A1", "Ö & Å"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a", "——", "Lan\u{202E}tern", "zero\u{200B}width", "a\nb", &"x".repeat(81)]
        {
            assert!(!is_name(bad), "{bad:?}");
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
