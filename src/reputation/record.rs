//! A merchant's record as computed for a day, and what pages show of it.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::rank::{Rank, rank};
use super::rating::{self, Marks};
use super::tier::Measured;
use crate::kernel::rate::{Better, share};
use crate::kernel::time::Timestamp;
use crate::trust::Tier;

/// The totals of twelve months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub merchant_id: i64,
    /// In the operator's time zone.
    pub day: NaiveDate,
    pub since: Timestamp,
    /// The beginning of `day`, exclusive.
    pub until: Timestamp,
    /// Without self-dealt orders, as are the counts below.
    pub paid: u64,
    pub ended: u64,
    pub completed: u64,
    pub disputed: u64,
    /// Orders paid in this time that do not count.
    pub self_dealt: u64,
    pub ratings: u64,
    pub rating_points: u64,
    /// The sum of the scores of all published ratings ever, which gives the rank.
    pub score: i64,
    /// Whole calendar months; `None` without an active or suspended badge.
    pub months_trusted: Option<u32>,
    pub tier: Option<Tier>,
}

impl Record {
    /// The exact mean, for comparisons.
    pub fn rating(&self) -> Option<Decimal> {
        rating::mean(self.rating_points, self.ratings)
    }

    pub fn rating_shown(&self) -> Option<Decimal> {
        self.rating().map(rating::shown)
    }

    pub fn rank(&self) -> Option<Rank> {
        rank(self.score)
    }

    pub fn completion_rate(&self) -> Option<Decimal> {
        share(self.completed, self.ended, Better::Higher)
    }

    pub fn dispute_rate(&self) -> Option<Decimal> {
        share(self.disputed, self.paid, Better::Lower)
    }

    pub fn measured(&self) -> Measured {
        let Self { paid, completed, disputed, .. } = *self;
        let months_trusted = self.months_trusted.unwrap_or_default();
        Measured { paid, completed, disputed, months_trusted }
    }

    /// Whether there was nothing to count.
    pub fn is_empty(&self) -> bool {
        self.paid == 0
            && self.self_dealt == 0
            && self.ratings == 0
            && self.score == 0
            && self.tier.is_none()
    }
}

/// The totals of a calendar month in the operator's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    pub month: NaiveDate,
    pub paid: u64,
    pub completed: u64,
    /// Orders closed in this month after payment.
    pub refunded: u64,
    pub disputed: u64,
    pub ratings: u64,
    pub rating_points: u64,
}

impl Month {
    pub const fn empty(month: NaiveDate) -> Self {
        Self {
            month,
            paid: 0,
            completed: 0,
            refunded: 0,
            disputed: 0,
            ratings: 0,
            rating_points: 0,
        }
    }

    /// Rounded down for display.
    pub fn rating(&self) -> Option<Decimal> {
        rating::mean(self.rating_points, self.ratings).map(rating::shown)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The row id, for pagination.
    pub id: i64,
    pub order_id: i64,
    pub marks: Marks,
    /// May be empty.
    pub words: String,
    pub rated_at: Timestamp,
    pub reply: Option<(String, Timestamp)>,
}

#[derive(Debug, Clone, Default)]
pub struct File {
    /// `None` before the first night.
    pub record: Option<Record>,
    /// The last twelve calendar months, earliest first.
    pub months: Vec<Month>,
    /// Newest first.
    pub ratings: Vec<Published>,
}
