//! Ratios, rounded so that none appears to reach a threshold that it has not reached.

use rust_decimal::{Decimal, RoundingStrategy};

/// Which values of a ratio are better; rounding goes the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// For example the completed share, rounded down.
    Higher,
    /// For example the disputed share, rounded up.
    Lower,
}

impl Better {
    const fn rounding(self) -> RoundingStrategy {
        match self {
            Self::Higher => RoundingStrategy::ToZero,
            Self::Lower => RoundingStrategy::AwayFromZero,
        }
    }
}

/// A ratio rounded to the six places that are stored; `None` if `whole` is 0. Decisions must
/// compare the exact ratio instead.
pub fn share(part: u64, whole: u64, better: Better) -> Option<Decimal> {
    (whole > 0).then(|| {
        let exact = Decimal::from(part) / Decimal::from(whole);
        exact.round_dp_with_strategy(6, better.rounding())
    })
}

/// With at most two decimal places: `98.6%`.
pub fn percent(share: &Decimal, better: Better) -> String {
    let percent = share * Decimal::ONE_HUNDRED;
    format!("{}%", percent.round_dp_with_strategy(2, better.rounding()).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_written_without_needless_places() {
        for (share, text) in [("0.0025", "0.25%"), ("1", "100%"), ("0", "0%"), ("0.95", "95%")] {
            for better in [Better::Higher, Better::Lower] {
                assert_eq!(percent(&share.parse().unwrap(), better), text);
            }
        }
    }

    #[test]
    fn what_is_missed_by_little_is_not_shown_as_reached() {
        let completed = share(949_951, 1_000_000, Better::Higher).unwrap();
        assert_eq!(percent(&completed, Better::Higher), "94.99%");
        let disputed = share(10_001, 1_000_000, Better::Lower).unwrap();
        assert_eq!(percent(&disputed, Better::Lower), "1.01%");
        let almost = share(9_999_999, 10_000_000, Better::Higher);
        assert_eq!(almost, Some("0.999999".parse().unwrap()));
        assert_eq!(share(1, 10_000_000, Better::Lower), Some("0.000001".parse().unwrap()));
        assert_eq!(share(0, 0, Better::Lower), None);
    }
}
