//! The draft of the next version of the agreement. Pure.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::kernel::time::{Timestamp, start_of_day};

/// In characters.
pub const TEXT_MAX: usize = 60_000;
pub const AHEAD_MAX_DAYS: i64 = 366;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub version: i32,
    pub text_en: String,
    pub text_zh: String,
    /// In the operator's time zone.
    pub effective_on: NaiveDate,
    pub revision: i32,
    pub saved_by: i64,
    pub saved_at: Timestamp,
}

/// Why a version cannot take effect on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DayRefused {
    #[error("the day is over")]
    Past,
    #[error("the day lies too far ahead")]
    TooFar,
    /// The version before it takes effect later.
    #[error("the version before comes into force later")]
    BeforeTheLast,
}

/// The start of `day`, or `now` if that is today.
pub fn effective_at(
    day: NaiveDate,
    last_effective_at: Timestamp,
    now: Timestamp,
    zone: Tz,
) -> Result<Timestamp, DayRefused> {
    let today = now.with_timezone(&zone).date_naive();
    if day < today {
        return Err(DayRefused::Past);
    }
    if (day - today).num_days() > AHEAD_MAX_DAYS {
        return Err(DayRefused::TooFar);
    }
    let at = start_of_day(day, zone).max(now);
    if at <= last_effective_at { Err(DayRefused::BeforeTheLast) } else { Ok(at) }
}

/// The form stored and signed: LF line ends, one empty line between paragraphs, and a final LF.
pub fn tidy(typed: &str) -> String {
    let unix = typed.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = unix.trim().lines().map(str::trim_end).collect();
    let mut text = String::with_capacity(unix.len() + 1);
    let mut empty = 0;
    for line in lines {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty <= 1 {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_text_is_kept_as_it_will_be_signed() {
        assert_eq!(tidy("  Title \r\n\r\n\r\n\r\n1. One\r\nfirst \n"), "Title\n\n1. One\nfirst\n");
        let tidied = tidy("a\n\nb\n");
        assert_eq!(tidied, tidy(&tidied), "twice is once");
    }

    #[test]
    fn a_version_comes_into_force_on_its_day_and_after_the_last() {
        let zone = Tz::Asia__Shanghai;
        let (now, last) = (at("2026-11-22T04:00:00Z"), at("2026-01-01T00:00:00Z"));
        let day = |d: &str| d.parse::<NaiveDate>().unwrap();
        let of = |d| effective_at(day(d), last, now, zone);
        assert_eq!(of("2026-11-21"), Err(DayRefused::Past));
        assert_eq!(of("2026-11-22"), Ok(now), "today means now");
        assert_eq!(of("2026-11-23"), Ok(at("2026-11-22T16:00:00Z")));
        assert_eq!(of("2028-01-01"), Err(DayRefused::TooFar));
        let before = effective_at(day("2026-11-23"), at("2026-12-01T00:00:00Z"), now, zone);
        assert_eq!(before, Err(DayRefused::BeforeTheLast));
    }
}
