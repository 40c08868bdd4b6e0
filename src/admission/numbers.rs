//! A reviewer's own statistics, computed from their decisions.

use chrono::{Datelike, Days, Duration, NaiveDate};
use chrono_tz::Tz;

use super::application::promised_by;
use crate::kernel::time::{Timestamp, start_of_day};

/// An application that a reviewer approved or rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    pub is_approved: bool,
    /// When it was last submitted.
    pub submitted_at: Timestamp,
    pub at: Timestamp,
}

/// A reviewer's decisions. Every field but `week` covers the calendar month so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    pub week: usize,
    pub month: usize,
    pub approved: usize,
    pub rejected: usize,
    /// The median time from submission to decision.
    pub median: Option<Duration>,
    pub kept: usize,
}

/// When the current week and month began, in the operator's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    pub week: Timestamp,
    pub month: Timestamp,
}

impl Since {
    pub fn of(now: Timestamp, zone: Tz) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        let monday = Days::new(u64::from(today.weekday().num_days_from_monday()));
        let start = |date: Option<NaiveDate>| date.map_or(now, |d| start_of_day(d, zone));
        Self { week: start(today.checked_sub_days(monday)), month: start(today.with_day(1)) }
    }

    pub fn first(&self) -> Timestamp {
        self.week.min(self.month)
    }
}

pub fn numbers(decided: &[Decided], since: Since, zone: Tz) -> Numbers {
    let month: Vec<&Decided> = decided.iter().filter(|d| d.at >= since.month).collect();
    let approved = month.iter().filter(|d| d.is_approved).count();
    let mut times: Vec<Duration> = month.iter().map(|d| d.at - d.submitted_at).collect();
    times.sort_unstable();
    // For an even count, the lower of the two middle values, so that it is a real waiting time.
    let median = times.len().checked_sub(1).and_then(|last| times.get(last / 2)).copied();
    Numbers {
        week: decided.iter().filter(|d| d.at >= since.week).count(),
        month: month.len(),
        approved,
        rejected: month.len() - approved,
        median,
        kept: month.iter().filter(|d| d.at <= promised_by(d.submitted_at, zone)).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn decided(submitted: &str, when: &str, is_approved: bool) -> Decided {
        Decided { is_approved, submitted_at: at(submitted), at: at(when) }
    }

    const SHANGHAI: Tz = Tz::Asia__Shanghai;

    #[test]
    fn week_and_month_begin_in_the_operators_zone() {
        // Sunday evening in UTC is Monday morning in Shanghai, and the first of the month.
        let since = Since::of(at("2026-05-31T20:00:00Z"), SHANGHAI);
        assert_eq!(since.month, at("2026-05-31T16:00:00Z"));
        assert_eq!(since.week, at("2026-05-31T16:00:00Z"));
        let since = Since::of(at("2026-05-31T20:00:00Z"), Tz::UTC);
        assert_eq!(since.month, at("2026-05-01T00:00:00Z"));
        assert_eq!(since.week, at("2026-05-25T00:00:00Z"));
        // A week may begin in the previous month.
        let since = Since::of(at("2026-07-02T00:00:00Z"), Tz::UTC);
        assert_eq!(since.first(), at("2026-06-29T00:00:00Z"));
    }

    #[test]
    fn what_was_decided_is_counted() {
        let since = Since::of(at("2026-07-02T12:00:00Z"), Tz::UTC);
        assert_eq!(numbers(&[], since, Tz::UTC), Numbers::default());
        let all = [
            // Last month, this week.
            decided("2026-06-29T08:00:00Z", "2026-06-30T08:00:00Z", true),
            decided("2026-07-01T00:00:00Z", "2026-07-01T02:00:00Z", true),
            decided("2026-06-30T10:00:00Z", "2026-07-01T10:00:00Z", true),
            // Five working days after Wednesday end with the next Wednesday; this took longer.
            decided("2026-06-17T10:00:00Z", "2026-07-02T10:00:00Z", false),
            decided("2026-06-24T10:00:00Z", "2026-07-01T23:59:59Z", false),
        ];
        let counted = numbers(&all, since, Tz::UTC);
        let median = Some(Duration::hours(24));
        let expected = Numbers { week: 5, month: 4, approved: 2, rejected: 2, median, kept: 3 };
        assert_eq!(counted, expected);
    }
}
