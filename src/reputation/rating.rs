//! Ratings as pure decisions: who may rate what and when, and how a rating scores.

use chrono::Duration;
use rust_decimal::Decimal;

use crate::kernel::time::Timestamp;
use crate::orders::change::{Order, Status};

/// How long after completion an order can be rated.
pub const WINDOW: Duration = Duration::days(30);
/// How long an unanswered rating stays hidden from the merchant and the public.
pub const BLIND: Duration = Duration::days(7);
/// In characters.
pub const WORDS_MAX: usize = 1_000;
/// The worst mark is 1.
pub const MARK_MAX: i16 = 5;
const MARKS: u32 = 3;

/// Each from 1 to [`MARK_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    goods: i16,
    service: i16,
    delivery: i16,
}

impl Marks {
    pub fn new(goods: i16, service: i16, delivery: i16) -> Option<Self> {
        let all = [goods, service, delivery].iter().all(|m| (1..=MARK_MAX).contains(m));
        all.then_some(Self { goods, service, delivery })
    }

    pub const fn goods(self) -> i16 {
        self.goods
    }

    pub const fn service(self) -> i16 {
        self.service
    }

    pub const fn delivery(self) -> i16 {
        self.delivery
    }

    /// With the names used in forms and message keys.
    pub const fn named(self) -> [(&'static str, i16); 3] {
        [("goods", self.goods), ("service", self.service), ("delivery", self.delivery)]
    }

    fn sum(self) -> Decimal {
        Decimal::from(self.goods) + Decimal::from(self.service) + Decimal::from(self.delivery)
    }

    /// Rounded down for display.
    pub fn mean(self) -> Decimal {
        shown(self.sum() / Decimal::from(MARKS))
    }

    /// What the rating adds to the rank: 1 for a mean of at least 4, −1 for one below 3.
    pub fn score(self) -> i16 {
        let thrice = |mean: u32| Decimal::from(mean * MARKS);
        if self.sum() >= thrice(4) {
            1
        } else if self.sum() < thrice(3) {
            -1
        } else {
            0
        }
    }
}

/// The exact mean over all marks, for comparisons.
pub fn mean(points: u64, ratings: u64) -> Option<Decimal> {
    let marks = Decimal::from(ratings) * Decimal::from(MARKS);
    (ratings > 0).then(|| Decimal::from(points) / marks)
}

/// Two decimals, rounded down so that nothing looks better than it is.
pub fn shown(mean: Decimal) -> Decimal {
    let mut shown = mean.trunc_with_scale(2);
    shown.rescale(2);
    shown
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the order is not completed")]
    NotCompleted,
    #[error("the time to rate is over")]
    TooLate,
    /// Buyer and merchant are connected.
    #[error("the order is self-dealt")]
    SelfDealt,
    #[error("rated already")]
    Rated,
    #[error("not rated")]
    NotRated,
    #[error("answered already")]
    Replied,
}

/// When the time to rate ends; `None` unless the order is completed.
pub fn until(order: &Order) -> Option<Timestamp> {
    order.ended_at.filter(|_| order.status == Status::Completed).map(|at| at + WINDOW)
}

pub fn may_rate(
    order: &Order,
    is_self_dealt: bool,
    is_rated: bool,
    now: Timestamp,
) -> Result<(), Refused> {
    match until(order) {
        _ if is_rated => Err(Refused::Rated),
        None => Err(Refused::NotCompleted),
        Some(_) if is_self_dealt => Err(Refused::SelfDealt),
        Some(until) if until <= now => Err(Refused::TooLate),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_turns_at_three_and_at_four() {
        for goods in 1..=5 {
            for service in 1..=5 {
                for delivery in 1..=5 {
                    let marks = Marks::new(goods, service, delivery).unwrap();
                    let sum = goods + service + delivery;
                    let expected = if sum >= 12 {
                        1
                    } else if sum < 9 {
                        -1
                    } else {
                        0
                    };
                    assert_eq!(marks.score(), expected, "{marks:?}");
                }
            }
        }
        let score = |a, b, c| Marks::new(a, b, c).unwrap().score();
        assert_eq!((score(4, 4, 4), score(5, 5, 2), score(5, 5, 1)), (1, 1, 0));
        assert_eq!((score(3, 3, 3), score(5, 3, 1), score(3, 3, 2)), (0, 0, -1));
    }

    #[test]
    fn a_mean_has_two_places() {
        let mean_of = |a, b, c| Marks::new(a, b, c).unwrap().mean().to_string();
        assert_eq!(mean_of(5, 5, 4), "4.66");
        assert_eq!(mean_of(5, 4, 3), "4.00");
        assert_eq!(mean_of(1, 1, 2), "1.33");
        assert_eq!(mean(0, 0), None);
        // Slightly below four, so not displayed as four.
        let almost = mean(11_999, 1_000).unwrap();
        assert!(almost < Decimal::from(4));
        assert_eq!(shown(almost).to_string(), "3.99");
        assert_eq!(mean(12, 1), Some(Decimal::from(4)));
    }

    #[test]
    fn marks_are_one_to_five() {
        for bad in [[0, 3, 3], [3, 6, 3], [3, 3, -1]] {
            assert_eq!(Marks::new(bad[0], bad[1], bad[2]), None, "{bad:?}");
        }
    }
}
