//! A merchant's record as it was computed for a day, and what pages show of it.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::rank::{Rank, rank};
use super::rating::{self, Marks};
use super::tier::Measured;
use crate::kernel::rate::{Better, share};
use crate::kernel::time::Timestamp;
use crate::trust::Tier;

/// What twelve months came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub merchant_id: i64,
    /// The day, in the operator's zone, that it was computed for.
    pub day: NaiveDate,
    pub since: Timestamp,
    /// Their end: the beginning of the day.
    pub until: Timestamp,
    /// Orders paid in that time, without self-dealt ones.
    pub paid: u64,
    pub ended: u64,
    pub completed: u64,
    pub disputed: u64,
    /// Orders paid in that time that were left out.
    pub self_dealt: u64,
    pub ratings: u64,
    pub rating_points: u64,
    /// The sum that the rank is read from, of all published ratings ever.
    pub score: i64,
    /// Whole calendar months as a trust merchant; none without a badge that lives.
    pub months_trusted: Option<u32>,
    pub tier: Option<Tier>,
}

impl Record {
    /// The mean of the marks, 1 to 5, to be compared as it is.
    pub fn rating(&self) -> Option<Decimal> {
        rating::mean(self.rating_points, self.ratings)
    }

    /// The mean of the marks as it is shown.
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

    /// What tiers are decided by.
    pub fn measured(&self) -> Measured {
        let Self { paid, completed, disputed, .. } = *self;
        let months_trusted = self.months_trusted.unwrap_or_default();
        Measured { paid, completed, disputed, months_trusted }
    }

    /// Whether anything was there to be counted.
    pub fn is_empty(&self) -> bool {
        self.paid == 0
            && self.self_dealt == 0
            && self.ratings == 0
            && self.score == 0
            && self.tier.is_none()
    }
}

/// What happened in a calendar month of the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub month: NaiveDate,
    pub paid: u64,
    pub completed: u64,
    /// Orders closed in it after they were paid.
    pub refunded: u64,
    pub disputed: u64,
    pub ratings: u64,
    pub rating_points: u64,
}

impl Month {
    /// A month in which nothing happened.
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

    /// The mean of its marks, as it is shown.
    pub fn rating(&self) -> Option<Decimal> {
        rating::mean(self.rating_points, self.ratings).map(rating::shown)
    }
}

/// A rating that everybody reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Row: where a list goes on.
    pub id: i64,
    pub order_id: i64,
    pub marks: Marks,
    /// The buyer's words; may be empty.
    pub words: String,
    pub rated_at: Timestamp,
    pub reply: Option<(String, Timestamp)>,
}

/// All that pages show of a merchant's record.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// The latest record; none before the first night.
    pub record: Option<Record>,
    /// The last twelve calendar months, the earliest first.
    pub months: Vec<Month>,
    /// The newest ratings that are published.
    pub ratings: Vec<Published>,
}
