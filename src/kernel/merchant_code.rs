//! The public code of a merchant, `TM-XXXX-XXXX`: seven Crockford base32 symbols for a number below
//! 2³⁵, and a check symbol, the number modulo 37. As 37 is prime and above 32, the check catches
//! every single wrong symbol and every swap of neighbours. Crockford's check symbols `*~$=U` for 32
//! to 36 are hard to type and say, so numbers that need them (one in seven) are skipped. Sources:
//! the specification, <https://www.crockford.com/base32.html>.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

use super::typed;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DATA_SYMBOLS: usize = 7;
const SYMBOLS: usize = DATA_SYMBOLS + 1;
const CHECK_MODULUS: u64 = 37;
const MAX_INPUT_BYTES: usize = 64;

/// A verified merchant code in its canonical spelling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MerchantCode {
    text: [u8; 12],
}

/// Why a text is not a merchant code. After `NotACode` a search goes on with names and domains;
/// after `Mistyped` it asks the user to check the typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MerchantCodeError {
    #[error("not a merchant code")]
    NotACode,
    /// Meant as a code, but with a wrong, missing, extra or swapped symbol.
    #[error("a merchant code with a typing error")]
    Mistyped,
}

impl MerchantCode {
    pub const NUMBER_LIMIT: u64 = 1 << (5 * DATA_SYMBOLS);

    /// `None` if `number` is too large or needs a check symbol that is not used.
    pub fn from_number(number: u64) -> Option<Self> {
        if number >= Self::NUMBER_LIMIT {
            return None;
        }
        // Both lookups stay below 32: `get` checks the first, the mask bounds the second.
        let check = *ALPHABET.get((number % CHECK_MODULUS) as usize)?;
        let mut symbols = [check; SYMBOLS];
        for (place, symbol) in symbols.iter_mut().take(DATA_SYMBOLS).enumerate() {
            let shift = 5 * (DATA_SYMBOLS - 1 - place);
            *symbol = ALPHABET[((number >> shift) & 31) as usize];
        }
        let mut text = *b"TM-0000-0000";
        text[3..7].copy_from_slice(&symbols[..4]);
        text[8..].copy_from_slice(&symbols[4..]);
        Some(Self { text })
    }

    /// Reads a code as people type it: any case, with or without prefix, hyphens and spaces, in
    /// full-width forms, with `O` for `0`, `I` and `L` for `1`. Fails with `Mistyped` if the text
    /// was clearly meant as a code (it says `TM-`, or has the right length and a digit), else with
    /// `NotACode`.
    pub fn parse(input: &str) -> Result<Self, MerchantCodeError> {
        use MerchantCodeError::{Mistyped, NotACode};
        let trimmed = input.trim();
        if trimmed.is_empty() || trimmed.len() > MAX_INPUT_BYTES {
            return Err(NotACode);
        }
        let mut symbols = String::with_capacity(SYMBOLS + 2);
        let mut separator_after_prefix = false;
        for c in typed::narrow(trimmed).chars() {
            if c.is_ascii_alphanumeric() {
                symbols.push(c.to_ascii_uppercase());
            } else if is_separator(c) {
                separator_after_prefix |= symbols == "TM";
            } else {
                return Err(NotACode);
            }
        }
        // `T` and `M` are symbols too, so without a separator only the length reveals a prefix.
        let (body, meant) = match symbols.strip_prefix("TM") {
            Some(rest) if separator_after_prefix => (rest, true),
            Some(rest) if rest.len() == SYMBOLS => (rest, has_digit(rest)),
            _ => (symbols.as_str(), has_digit(&symbols)),
        };
        if body.len() != SYMBOLS {
            // With the prefix present, up to two symbols too few or too many count as a slip.
            let near = body.len().abs_diff(SYMBOLS) <= 2;
            let slip = separator_after_prefix && near;
            return Err(if slip { Mistyped } else { NotACode });
        }
        let refused = if meant { Mistyped } else { NotACode };
        let (number, check) = read_symbols(body).ok_or(refused)?;
        if number % CHECK_MODULUS != check {
            return Err(refused);
        }
        Self::from_number(number).ok_or(refused)
    }

    pub fn as_str(&self) -> &str {
        // The bytes are ASCII by construction, so this never falls back to the default.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    pub fn number(&self) -> u64 {
        let data = self.text[3..7].iter().chain(&self.text[8..11]);
        data.filter_map(|&symbol| value_of(symbol)).fold(0, |sum, value| sum * 32 + value)
    }
}

fn read_symbols(body: &str) -> Option<(u64, u64)> {
    let mut number = 0;
    let (data, check) = body.split_at_checked(DATA_SYMBOLS)?;
    for symbol in data.bytes() {
        number = number * 32 + value_of(symbol)?;
    }
    Some((number, value_of(check.bytes().next()?)?))
}

/// The value of an upper-case symbol, reading `O` as `0`, and `I` and `L` as `1`.
fn value_of(symbol: u8) -> Option<u64> {
    let meant = match symbol {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.iter().position(|&known| known == meant).map(|place| place as u64)
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// Spaces and everything that word processors make of a hyphen.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '.' | '·' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

impl fmt::Display for MerchantCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for MerchantCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MerchantCode({})", self.as_str())
    }
}

impl FromStr for MerchantCode {
    type Err = MerchantCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for MerchantCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for MerchantCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MerchantCodeError::{Mistyped, NotACode};
    use proptest::prelude::*;

    fn code(number: u64) -> MerchantCode {
        MerchantCode::from_number(number).unwrap()
    }

    #[test]
    fn numbers_become_codes() {
        assert_eq!(code(0).as_str(), "TM-0000-0000");
        assert_eq!(code(31).as_str(), "TM-0000-00ZZ");
        assert_eq!(code(37).as_str(), "TM-0000-0150");
        assert_eq!(MerchantCode::from_number(32), None, "check symbol would be *");
        assert_eq!(MerchantCode::from_number(36), None, "check symbol would be U");
        assert_eq!(MerchantCode::from_number(MerchantCode::NUMBER_LIMIT), None);
        assert_eq!(MerchantCode::from_number(u64::MAX), None);
        assert_eq!(format!("[{:>14}]", code(0)), "[  TM-0000-0000]");
    }

    #[test]
    fn reads_what_people_type() {
        let meant = code(1_111);
        assert_eq!(meant.as_str(), "TM-0000-12Q1");
        let spellings = [
            "TM-0000-12Q1",
            "tm-0000-12q1",
            " TM 0000 12Q1 ",
            "TM000012Q1",
            "000012q1",
            "0000-12Q1",
            "tm-oooo-l2qI",
            "ＴＭ－００００－１２Ｑ１",
            "TM–0000–12Q1",
        ];
        for spelling in spellings {
            assert_eq!(MerchantCode::parse(spelling), Ok(meant), "{spelling}");
        }
    }

    #[test]
    fn tells_a_typing_error_from_something_else() {
        let slips = ["TM-0000-12Q2", "000012Q2", "TM-0000-12Q", "TM-0000-12Q11", "TM-0000-12U1"];
        for slip in slips {
            assert_eq!(MerchantCode::parse(slip), Err(Mistyped), "{slip}");
        }
        let others =
            ["", "shop.example", "Brigth Lamps", "lamp", "tm", "TM-", "灯具店", "goodcafe"];
        for other in others {
            assert_eq!(MerchantCode::parse(other), Err(NotACode), "{other}");
        }
        assert_eq!(MerchantCode::parse(&"1".repeat(10_000)), Err(NotACode));
    }

    #[test]
    fn travels_as_a_string() {
        let json = serde_json::to_string(&code(1_111)).unwrap();
        assert_eq!(json, "\"TM-0000-12Q1\"");
        assert_eq!(serde_json::from_str::<MerchantCode>(&json).unwrap(), code(1_111));
        assert!(serde_json::from_str::<MerchantCode>("\"TM-0000-12Q2\"").is_err());
    }

    fn issued() -> impl Strategy<Value = MerchantCode> {
        (0..MerchantCode::NUMBER_LIMIT).prop_filter_map("given out", MerchantCode::from_number)
    }

    const PLACES: [usize; 8] = [3, 4, 5, 6, 8, 9, 10, 11];

    proptest! {
        #[test]
        fn comes_back(code in issued()) {
            prop_assert_eq!(MerchantCode::parse(code.as_str()), Ok(code));
            prop_assert_eq!(MerchantCode::from_number(code.number()), Some(code));
        }

        #[test]
        fn every_wrong_symbol_is_caught(code in issued()) {
            for place in PLACES {
                for &symbol in ALPHABET {
                    let mut bytes = code.text;
                    if bytes[place] == symbol {
                        continue;
                    }
                    bytes[place] = symbol;
                    let wrong = String::from_utf8(bytes.to_vec()).unwrap();
                    prop_assert_eq!(MerchantCode::parse(&wrong), Err(Mistyped), "{}", wrong);
                }
            }
        }

        #[test]
        fn every_swap_of_neighbours_is_caught(code in issued()) {
            for pair in PLACES.windows(2) {
                let mut bytes = code.text;
                if bytes[pair[0]] == bytes[pair[1]] {
                    continue;
                }
                bytes.swap(pair[0], pair[1]);
                let wrong = String::from_utf8(bytes.to_vec()).unwrap();
                prop_assert_eq!(MerchantCode::parse(&wrong), Err(Mistyped), "{}", wrong);
            }
        }

        #[test]
        fn never_panics(text in "\\PC*") {
            let _ = MerchantCode::parse(&text);
        }
    }
}
