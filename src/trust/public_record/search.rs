//! Turns what somebody types into queries on the table `merchant_search`.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use crate::db::like_pattern;
use crate::kernel::domain_name::DomainName;
use crate::kernel::merchant_code::MerchantCode;
use crate::trust::merchant::Industry;

/// Looking up each pair costs time, so only this many are used, spread over the text; the pattern
/// filters the results.
const GRAMS_MAX: usize = 8;

/// One interpretation of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Pairs of adjacent characters, for the index.
    pub grams: Vec<String>,
    /// A LIKE pattern for the lines.
    pub pattern: String,
}

impl Wanted {
    fn words(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let grams: BTreeSet<String> = match chars.as_slice() {
            [one] => [one.to_string()].into(),
            more => {
                let every = more.len().div_ceil(GRAMS_MAX);
                more.windows(2).step_by(every).map(|pair| pair.iter().collect()).collect()
            }
        };
        Self { grams: grams.into_iter().collect(), pattern: like_pattern(text) }
    }

    fn industry(industry: Industry) -> Self {
        Self { grams: vec![industry.name().to_owned()], pattern: "%".to_owned() }
    }
}

/// All interpretations: the text itself, a code, a domain in A-labels, and the named industries. A
/// merchant must match one of them.
pub(super) fn wanted(text: &str, named: &[Industry]) -> Vec<Wanted> {
    let plain = plain(text);
    let mut readings: BTreeSet<String> = BTreeSet::new();
    if let Ok(code) = MerchantCode::parse(&plain) {
        readings.insert(code.as_str().to_lowercase());
    }
    if let Ok(domain) = DomainName::parse(&plain) {
        let host = domain.as_str();
        readings.insert(host.strip_prefix("www.").unwrap_or(host).to_owned());
    } else if !plain.is_ascii()
        && let Ok(labels) = idna::domain_to_ascii(&plain)
    {
        readings.insert(labels);
    }
    readings.insert(plain);
    let words = readings.iter().filter(|text| !text.is_empty()).map(|text| Wanted::words(text));
    words.chain(named.iter().map(|industry| Wanted::industry(*industry))).collect()
}

/// Normalises like the table, with single spaces.
fn plain(text: &str) -> String {
    let shown = text.nfkc().map(|c| if c.is_control() { ' ' } else { c });
    let folded = shown.collect::<String>().to_lowercase();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(text: &str) -> Vec<String> {
        wanted(text, &[]).into_iter().map(|w| w.pattern).collect()
    }

    #[test]
    fn full_width_large_letters_and_blanks_are_one() {
        assert_eq!(patterns("  ＬＡＮＴＥＲＮ　 Bikes "), ["%lantern bikes%"]);
        assert_eq!(patterns("云途"), ["%xn--9kq001n%", "%云途%"]);
        assert_eq!(patterns("100%"), ["%100\\%%"]);
    }

    #[test]
    fn a_domain_is_looked_for_in_the_form_that_is_stored() {
        assert_eq!(
            patterns("https://www.灯笼.example/shop"),
            ["%https://www.灯笼.example/shop%", "%xn--znx83u.example%"]
        );
        assert_eq!(patterns("Bikes.Example"), ["%bikes.example%"]);
    }

    #[test]
    fn the_index_is_asked_for_pairs_or_for_the_one_character() {
        let grams = |text: &str| wanted(text, &[]).pop().map(|w| w.grams).unwrap_or_default();
        assert_eq!(grams("abab"), ["ab", "ba"]);
        assert_eq!(grams("x"), ["x"]);
        assert_eq!(wanted("", &[]), []);
        assert_eq!(grams("abcdefghijklmnopq"), ["ab", "de", "gh", "jk", "mn", "pq"]);
    }

    #[test]
    fn an_industry_is_found_beside_the_words() {
        let found = wanted("机", &[Industry::AirTickets]);
        assert!(found.iter().any(|w| w.grams == ["air_tickets"]), "{found:?}");
    }
}
