//! Reading and changing the thresholds of the criteria, one by one and within bounds. Pure.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::agreement::Version;
use super::criteria::{Criterion, Thresholds};
use crate::kernel::locale::Locale;
use crate::kernel::texts::{Arg, Texts};
use crate::kernel::typed;

#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    pub version: Version,
    pub thresholds: Thresholds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    TenureMonths,
    DeceptionFindings,
    DeceptionMonths,
    /// Minimum of completed ÷ ended.
    CompletionRate,
    /// Maximum of disputed ÷ paid.
    DisputeRate,
    Rating,
    /// With fewer paid orders, a reviewer decides.
    ReputationOrders,
    ReputationMonths,
    /// Days within which a domain must have been verified.
    DomainDays,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Count,
    Months,
    Days,
    /// Stored as a fraction of one, typed as a percentage.
    Percent,
    /// 1 to 5.
    Stars,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Not a number, or too many decimals.
    NotANumber,
    OutOfBounds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    pub which: Threshold,
    pub from: Decimal,
    pub to: Decimal,
}

impl Changed {
    pub fn words(&self, locale: Locale) -> String {
        let value = |value| Arg::from(self.which.words(value, locale));
        let args = [
            ("what", Arg::from(self.which.label(locale))),
            ("from", value(self.from)),
            ("to", value(self.to)),
        ];
        Texts::new(locale).get("threshold-changed", &args)
    }
}

impl Threshold {
    /// In display order.
    pub const ALL: [Self; 9] = [
        Self::TenureMonths,
        Self::DeceptionFindings,
        Self::DeceptionMonths,
        Self::CompletionRate,
        Self::DisputeRate,
        Self::Rating,
        Self::ReputationOrders,
        Self::ReputationMonths,
        Self::DomainDays,
    ];

    /// The key in the database, in forms and, with hyphens, in message keys.
    pub const fn key(self) -> &'static str {
        match self {
            Self::TenureMonths => "tenure_months",
            Self::DeceptionFindings => "deception_findings_max",
            Self::DeceptionMonths => "deception_window_months",
            Self::CompletionRate => "completion_rate_min",
            Self::DisputeRate => "dispute_rate_max",
            Self::Rating => "rating_min",
            Self::ReputationOrders => "reputation_orders_min",
            Self::ReputationMonths => "reputation_window_months",
            Self::DomainDays => "domain_verified_within_days",
        }
    }

    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.key() == key)
    }

    pub const fn criterion(self) -> Criterion {
        match self {
            Self::TenureMonths => Criterion::Tenure,
            Self::DeceptionFindings | Self::DeceptionMonths => Criterion::NoDeception,
            Self::DomainDays => Criterion::Domain,
            Self::CompletionRate
            | Self::DisputeRate
            | Self::Rating
            | Self::ReputationOrders
            | Self::ReputationMonths => Criterion::Reputation,
        }
    }

    pub const fn unit(self) -> Unit {
        match self {
            Self::TenureMonths | Self::DeceptionMonths | Self::ReputationMonths => Unit::Months,
            Self::DeceptionFindings | Self::ReputationOrders => Unit::Count,
            Self::CompletionRate | Self::DisputeRate => Unit::Percent,
            Self::Rating => Unit::Stars,
            Self::DomainDays => Unit::Days,
        }
    }

    /// The same as `threshold_bounds` in the database. Domains are checked once a day, so with
    /// fewer than two days one would lapse between checks.
    pub fn bounds(self) -> (Decimal, Decimal) {
        let half = Decimal::new(5, 1);
        let (least, most): (u32, u32) = match self {
            Self::CompletionRate => return (half, Decimal::ONE),
            Self::DisputeRate => return (Decimal::ZERO, half),
            Self::TenureMonths => (0, 60),
            Self::DeceptionFindings => (0, 10),
            Self::DeceptionMonths => (1, 120),
            Self::Rating => (1, 5),
            Self::ReputationOrders => (1, 1_000),
            Self::ReputationMonths => (1, 60),
            Self::DomainDays => (2, 365),
        };
        (least.into(), most.into())
    }

    /// Decimals stored; rates have two in the percentage.
    const fn places(self) -> u32 {
        match self.unit() {
            Unit::Count | Unit::Months | Unit::Days => 0,
            Unit::Percent => 4,
            Unit::Stars => 1,
        }
    }

    /// Parses user input; rates as a percentage, with or without its sign.
    pub fn read(self, typed: &str) -> Result<Decimal, Wrong> {
        let is_percent = self.unit() == Unit::Percent;
        let narrow = typed::narrow(typed);
        let number =
            narrow.strip_suffix('%').filter(|_| is_percent).map_or(&*narrow, str::trim_end);
        // Rejects signs and exponents, which `Decimal` would accept.
        if number.len() > 12 || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(Wrong::NotANumber);
        }
        let value: Decimal = number.parse().map_err(|_| Wrong::NotANumber)?;
        let value = if is_percent { value / Decimal::ONE_HUNDRED } else { value }.normalize();
        if value.scale() > self.places() {
            return Err(Wrong::NotANumber);
        }
        let (least, most) = self.bounds();
        if value < least || value > most { Err(Wrong::OutOfBounds) } else { Ok(value) }
    }

    /// For forms and display, without unit: 95 for 0.95, and 4.0 stars.
    pub fn shown(self, value: Decimal) -> String {
        match self.unit() {
            Unit::Percent => (value * Decimal::ONE_HUNDRED).normalize().to_string(),
            Unit::Stars => format!("{value:.1}"),
            Unit::Count | Unit::Months | Unit::Days => value.normalize().to_string(),
        }
    }

    pub fn label(self, locale: Locale) -> String {
        Texts::new(locale).get(&format!("threshold-{}", self.key().replace('_', "-")), &[])
    }

    pub fn words(self, value: Decimal, locale: Locale) -> String {
        let counted = |key| {
            let count = Arg::from(value.to_u32().unwrap_or_default());
            Texts::new(locale).get(key, &[("count", count)])
        };
        match self.unit() {
            Unit::Count | Unit::Stars => self.shown(value),
            Unit::Percent => format!("{}%", self.shown(value)),
            Unit::Months => counted("threshold-months"),
            Unit::Days => counted("threshold-days"),
        }
    }

    pub fn of(self, thresholds: &Thresholds) -> Decimal {
        let t = thresholds;
        match self {
            Self::TenureMonths => t.tenure_months.into(),
            Self::DeceptionFindings => t.deception_findings_max.into(),
            Self::DeceptionMonths => t.deception_window_months.into(),
            Self::CompletionRate => t.completion_rate_min,
            Self::DisputeRate => t.dispute_rate_max,
            Self::Rating => t.rating_min,
            Self::ReputationOrders => t.reputation_orders_min.into(),
            Self::ReputationMonths => t.reputation_window_months.into(),
            Self::DomainDays => t.domain_verified_within_days.into(),
        }
    }

    /// `value` must come from [`Self::read`].
    pub fn set(self, thresholds: &mut Thresholds, value: Decimal) {
        let t = thresholds;
        let whole = value.to_u32().unwrap_or_default();
        match self {
            Self::TenureMonths => t.tenure_months = whole,
            Self::DeceptionFindings => t.deception_findings_max = whole,
            Self::DeceptionMonths => t.deception_window_months = whole,
            Self::CompletionRate => t.completion_rate_min = value,
            Self::DisputeRate => t.dispute_rate_max = value,
            Self::Rating => t.rating_min = value,
            Self::ReputationOrders => t.reputation_orders_min = whole.into(),
            Self::ReputationMonths => t.reputation_window_months = whole,
            Self::DomainDays => t.domain_verified_within_days = whole,
        }
    }
}

pub fn changes(before: &Thresholds, after: &Thresholds) -> Vec<Changed> {
    let change = |which: Threshold| Changed { which, from: which.of(before), to: which.of(after) };
    Threshold::ALL
        .into_iter()
        .map(change)
        .filter(|c| c.from.cmp(&c.to) != Ordering::Equal)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thresholds() -> Thresholds {
        Thresholds {
            version: 1,
            tenure_months: 3,
            deception_findings_max: 0,
            deception_window_months: 24,
            completion_rate_min: Decimal::new(95, 2),
            dispute_rate_max: Decimal::new(1, 2),
            rating_min: Decimal::new(40, 1),
            reputation_orders_min: 10,
            reputation_window_months: 12,
            domain_verified_within_days: 30,
        }
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (which, typed, value) in [
            (Threshold::TenureMonths, " 3 ", "3"),
            (Threshold::TenureMonths, "0", "0"),
            (Threshold::TenureMonths, "１２", "12"),
            (Threshold::TenureMonths, "3.0", "3"),
            (Threshold::CompletionRate, "95", "0.95"),
            (Threshold::CompletionRate, "97.25 %", "0.9725"),
            (Threshold::CompletionRate, "９７．５％", "0.975"),
            (Threshold::DisputeRate, "0.50", "0.005"),
            (Threshold::Rating, "4.0", "4"),
            (Threshold::Rating, "4.5", "4.5"),
            (Threshold::DomainDays, "365", "365"),
        ] {
            assert_eq!(which.read(typed), Ok(value.parse().unwrap()), "{which:?} {typed}");
        }
        for (which, typed, wrong) in [
            (Threshold::TenureMonths, "", Wrong::NotANumber),
            (Threshold::TenureMonths, "three", Wrong::NotANumber),
            (Threshold::TenureMonths, "1.5", Wrong::NotANumber),
            (Threshold::TenureMonths, "+3", Wrong::NotANumber),
            (Threshold::TenureMonths, "-3", Wrong::NotANumber),
            (Threshold::TenureMonths, "3e1", Wrong::NotANumber),
            (Threshold::TenureMonths, "1_0", Wrong::NotANumber),
            (Threshold::TenureMonths, ".", Wrong::NotANumber),
            (Threshold::TenureMonths, "3%", Wrong::NotANumber),
            (Threshold::TenureMonths, "99999999999999999999999999999999", Wrong::NotANumber),
            (Threshold::TenureMonths, "61", Wrong::OutOfBounds),
            (Threshold::CompletionRate, "97.255", Wrong::NotANumber),
            (Threshold::CompletionRate, "100.01", Wrong::OutOfBounds),
            (Threshold::CompletionRate, "0.95", Wrong::OutOfBounds),
            (Threshold::Rating, "4.25", Wrong::NotANumber),
            (Threshold::Rating, "5.1", Wrong::OutOfBounds),
            (Threshold::DomainDays, "1", Wrong::OutOfBounds),
        ] {
            assert_eq!(which.read(typed), Err(wrong), "{which:?} {typed}");
        }
    }

    #[test]
    fn what_is_shown_is_read_again_as_the_same() {
        for which in Threshold::ALL {
            let (least, most) = which.bounds();
            for value in [which.of(&thresholds()), least, most] {
                assert_eq!(which.read(&which.shown(value)), Ok(value), "{which:?}");
            }
            assert_eq!(Threshold::parse(which.key()), Some(which));
        }
        assert_eq!(Threshold::CompletionRate.shown(Decimal::new(95, 2)), "95");
        assert_eq!(Threshold::Rating.shown(Decimal::new(4, 0)), "4.0");
    }

    #[test]
    fn each_change_stands_alone() {
        let before = thresholds();
        assert_eq!(changes(&before, &before), []);
        for which in Threshold::ALL {
            let mut after = thresholds();
            let (from, to) = (which.of(&before), which.bounds().1);
            which.set(&mut after, to);
            assert_eq!(changes(&before, &after), [Changed { which, from, to }]);
        }
        // A different scale, but the same number.
        let mut after = thresholds();
        Threshold::Rating.set(&mut after, Decimal::new(4, 0));
        assert_eq!(changes(&before, &after), []);
    }
}
