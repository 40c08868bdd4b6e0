use std::collections::BTreeSet;
use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

use super::locale::Locale;
use super::typed;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

/// An exact amount at the scale of its currency (ISO 4217 minor units).
/// As JSON: `{"amount": "12.00", "currency": "CNY"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "RawMoney")]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

#[derive(serde::Deserialize)]
struct RawMoney {
    amount: Decimal,
    currency: String,
}

impl TryFrom<RawMoney> for Money {
    type Error = MoneyError;

    fn try_from(raw: RawMoney) -> Result<Self, MoneyError> {
        Self::new(raw.amount, Currency::parse(&raw.currency)?)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("not a currency code of ISO 4217")]
    UnknownCurrency,
    #[error("not a number")]
    NotANumber,
    /// An amount that can be read in two ways is refused rather than guessed.
    #[error("an amount that can be read in two ways")]
    Ambiguous,
    #[error("more decimal places than the currency has")]
    TooPrecise,
    #[error("two currencies cannot be added")]
    MixedCurrency,
    /// More than 16 digits before the point.
    #[error("the amount is too large")]
    TooLarge,
}

impl Currency {
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .filter(|c| c.exponent().is_some())
            .map(Self)
            .ok_or(MoneyError::UnknownCurrency)
    }

    pub fn code(self) -> &'static str {
        self.0.code()
    }

    pub fn scale(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(2))
    }

    /// The prefix of an amount; the code where a sign would be ambiguous.
    fn sign(self) -> String {
        match self.code() {
            "CNY" => "¥".to_owned(),
            "EUR" => "€".to_owned(),
            "GBP" => "£".to_owned(),
            "USD" => "$".to_owned(),
            other => format!("{other} "),
        }
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// 10^20: what `numeric(24, 4)` holds before the point. A single price is far below it
/// (`orders::policy`), so that no sum leaves its column.
const LIMIT: Decimal = Decimal::from_parts(0x6310_0000, 0x6bc7_5e2d, 5, false, 0);

impl Money {
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let mut amount = amount.normalize();
        if amount.scale() > currency.scale() {
            return Err(MoneyError::TooPrecise);
        }
        if amount.abs() >= LIMIT {
            return Err(MoneyError::TooLarge);
        }
        amount.rescale(currency.scale());
        Ok(Self { amount, currency })
    }

    pub fn zero(currency: Currency) -> Self {
        let mut amount = Decimal::ZERO;
        amount.rescale(currency.scale());
        Self { amount, currency }
    }

    /// A sample amount for form hints: `1280.00`.
    pub fn example(currency: Currency) -> String {
        let mut amount = Decimal::from(1280);
        amount.rescale(currency.scale());
        amount.to_string()
    }

    /// Reads an amount as a person types it, with any common decimal and grouping marks: `1280`,
    /// `1,280.00`, `1.280,00`, `12,50`, `１２８０．５０`. The currency's own sign or code may precede or
    /// follow. Fails with [`MoneyError::Ambiguous`] for `1.280` or `1,28,0`.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let plain = &*typed::narrow(text);
        let sign = currency.sign();
        let marks = [currency.code(), sign.trim()];
        let bare = marks.iter().fold(plain, |text, mark| {
            text.strip_prefix(mark).or_else(|| text.strip_suffix(mark)).unwrap_or(text).trim()
        });
        let amount = exact_text(bare, currency.scale())?;
        let amount = Decimal::from_str_exact(&amount).map_err(|_| MoneyError::NotANumber)?;
        Self::new(amount, currency)
    }

    pub const fn amount(&self) -> Decimal {
        self.amount
    }

    pub const fn currency(&self) -> Currency {
        self.currency
    }

    pub fn is_positive(&self) -> bool {
        self.amount > Decimal::ZERO
    }

    pub fn is_zero(&self) -> bool {
        self.amount.is_zero()
    }

    pub fn min(self, other: Self) -> Result<Self, MoneyError> {
        Ok(if self.minus(other)?.amount > Decimal::ZERO { other } else { self })
    }

    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrency);
        }
        let sum = self.amount.checked_add(other.amount).ok_or(MoneyError::TooLarge)?;
        Self::new(sum, self.currency)
    }

    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.plus(Self { amount: -other.amount, currency: other.currency })
    }

    /// Multiplies by `rate`, rounding half-even to the currency's scale.
    pub fn share(self, rate: Decimal) -> Result<Self, MoneyError> {
        let exact = self.amount.checked_mul(rate).ok_or(MoneyError::TooLarge)?;
        let rounded = exact
            .round_dp_with_strategy(self.currency.scale(), RoundingStrategy::MidpointNearestEven);
        Self::new(rounded, self.currency)
    }

    /// For example `¥1,280.00`.
    pub fn format(&self, _locale: Locale) -> String {
        let plain = self.amount.abs().to_string();
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let grouped = grouped(whole);
        let minus =
            if self.amount.is_sign_negative() && !self.amount.is_zero() { "−" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{minus}{}{grouped}{point}{fraction}", self.currency.sign())
    }
}

/// Normalises a typed amount to ASCII digits, with a point before any decimals.
fn exact_text(typed: &str, scale: u32) -> Result<String, MoneyError> {
    let (minus, digits) = match typed.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => ("-", rest),
        None => ("", typed),
    };
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let shaped = digits.chars().all(|c| c.is_ascii_digit() || is_mark(c))
        && is_end(digits.chars().next())
        && is_end(digits.chars().next_back())
        && digits.chars().count() <= 32;
    if !shaped {
        return Err(MoneyError::NotANumber);
    }
    let marks: Vec<(usize, char)> = digits.char_indices().filter(|(_, c)| is_mark(*c)).collect();
    let Some(&(at, last)) = marks.last() else { return Ok(format!("{minus}{digits}")) };
    let (head, tail) = (&digits[..at], &digits[at + last.len_utf8()..]);
    let same = marks.iter().filter(|(_, c)| *c == last).count();
    let may_be_decimal = matches!(last, '.' | ',') && same == 1;
    // Three digits may be a group, unless a zero or more than three digits come before them.
    let may_be_group = tail.len() == 3 && head.len() <= 3 && !head.starts_with('0');
    let (whole, decimals) = if !may_be_decimal {
        (digits, "")
    } else if same < marks.len() || !may_be_group {
        (head, tail)
    } else if scale == 0 {
        (digits, "")
    } else {
        return Err(MoneyError::Ambiguous);
    };
    let groups: Vec<&str> = whole.split(is_mark).collect();
    let is_grouped = groups.len() == 1
        || (1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|g| g.len() == 3);
    let one_mark = whole.chars().filter(|c| is_mark(*c)).collect::<BTreeSet<_>>().len() <= 1;
    if !(is_grouped && one_mark) {
        return Err(MoneyError::Ambiguous);
    }
    let point = if decimals.is_empty() { "" } else { "." };
    Ok(format!("{minus}{}{point}{decimals}", groups.concat()))
}

/// Marks that people somewhere write between digits. NFKC has turned other spaces into plain ones.
const fn is_mark(c: char) -> bool {
    matches!(c, '.' | ',' | '\'' | '\u{2019}' | ' ')
}

pub fn grouped(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, code: &str) -> Money {
        Money::parse(text, Currency::parse(code).unwrap()).unwrap()
    }

    #[test]
    fn scale_is_the_currency_s() {
        assert_eq!(money("1280", "CNY").format(Locale::En), "¥1,280.00");
        assert_eq!(money("1280", "JPY").format(Locale::En), "JPY 1,280");
        assert_eq!(money("1,234.567", "KWD").format(Locale::En), "KWD 1,234.567");
        let jpy = Currency::parse("JPY").unwrap();
        assert_eq!(Money::parse("1.5", jpy), Err(MoneyError::TooPrecise));
    }

    #[test]
    fn a_share_is_rounded_half_even() {
        let rate = Decimal::new(1, 2);
        assert_eq!(money("0.50", "CNY").share(rate).unwrap(), money("0.00", "CNY"));
        assert_eq!(money("1.50", "CNY").share(rate).unwrap(), money("0.02", "CNY"));
        assert_eq!(money("2.50", "CNY").share(rate).unwrap(), money("0.02", "CNY"));
    }

    #[test]
    fn sums_are_checked() {
        let a = money("1", "CNY");
        assert_eq!(a.plus(money("1", "EUR")), Err(MoneyError::MixedCurrency));
        let huge = money("99999999999999999999.99", "CNY");
        assert_eq!(huge.plus(a), Err(MoneyError::TooLarge));
        assert_eq!(a.minus(money("3", "CNY")).unwrap().format(Locale::En), "−¥2.00");
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (typed, code, is) in [
            ("1280", "EUR", "1280.00"),
            ("1,280.00", "EUR", "1280.00"),
            ("1.280,00", "EUR", "1280.00"),
            ("12,50", "EUR", "12.50"),
            ("50,00", "EUR", "50.00"),
            ("12.5", "EUR", "12.50"),
            ("0,5", "EUR", "0.50"),
            ("1 280,5", "EUR", "1280.50"),
            ("1\u{a0}280\u{202f}000,5", "EUR", "1280000.50"),
            ("1'280.00", "CHF", "1280.00"),
            ("1\u{2019}280\u{2019}000", "CHF", "1280000.00"),
            ("1.280.000", "EUR", "1280000.00"),
            ("1,280,000.5", "EUR", "1280000.50"),
            ("1.280.000,5", "EUR", "1280000.50"),
            ("１２８０．５０", "CNY", "1280.50"),
            ("１，２８０．５０", "CNY", "1280.50"),
            ("￥1,280.00", "CNY", "1280.00"),
            ("¥ 12", "CNY", "12.00"),
            ("12 EUR", "EUR", "12.00"),
            ("EUR 12,50", "EUR", "12.50"),
            ("1,280", "JPY", "1280"),
            ("1.280", "JPY", "1280"),
            ("1,280.125", "KWD", "1280.125"),
            ("0.500", "KWD", "0.500"),
            ("1234.567", "KWD", "1234.567"),
            ("-3", "CNY", "-3.00"),
            ("\u{2212}3,5", "EUR", "-3.50"),
        ] {
            assert_eq!(money(typed, code).amount().to_string(), is, "{typed} {code}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_guessed() {
        for (typed, code) in [
            ("1.280", "EUR"),
            ("1,280", "EUR"),
            ("1.280", "KWD"),
            ("1,28,0", "EUR"),
            ("1.28.0", "EUR"),
            ("12 80", "EUR"),
            ("1,2345.00", "EUR"),
            ("1,28,000.50", "CNY"),
            ("1'280,000.5", "CHF"),
            ("12'50", "CHF"),
        ] {
            let currency = Currency::parse(code).unwrap();
            let read = Money::parse(typed, currency);
            assert!(matches!(read, Err(MoneyError::Ambiguous)), "{typed} {code}: {read:?}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let cny = Currency::parse("CNY").unwrap();
        for text in
            ["", "abc", "1e5", ".", ".5", "5.", "--1", "12.3456", "+1", "0x1", "$5", "EUR 5", "五"]
        {
            assert!(Money::parse(text, cny).is_err(), "{text}");
        }
    }
}
