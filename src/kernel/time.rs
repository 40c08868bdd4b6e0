//! Time arithmetic and formatting. The current time always comes from the database, as a value.

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::locale::Locale;
use super::texts::{Arg, Texts};
use super::typed;

pub type Timestamp = DateTime<Utc>;

/// Parses an IANA time zone name; an unknown one becomes UTC.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The offset from UTC as people write it: `UTC+8`, `UTC−3:30`, `UTC`.
pub fn offset_text(at: Timestamp, zone: Tz) -> String {
    use chrono::Offset;
    let seconds = zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
    let sign = if seconds < 0 { "−" } else { "+" };
    let minutes = seconds.abs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (h, 0) => format!("UTC{sign}{h}"),
        (h, m) => format!("UTC{sign}{h}:{m:02}"),
    }
}

/// The text `zone-NAME` (in lower case, with dashes) or else the name, with the current offset.
pub fn zone_label(zone: Tz, locale: Locale, now: Timestamp) -> String {
    let texts = Texts::new(locale);
    let key = format!("zone-{}", zone.name().to_ascii_lowercase().replace(['/', '_'], "-"));
    let cities = if texts.has(&key) { texts.get(&key, &[]) } else { zone.name().replace('_', " ") };
    let offset = offset_text(now, zone);
    match locale {
        _ if zone == Tz::UTC => cities,
        Locale::En => format!("{cities} ({offset})"),
        Locale::ZhHans => format!("{cities}（{offset}）"),
    }
}

const WEEKDAYS_EN: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const WEEKDAYS_ZH: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// For example `Friday 27 November 2026`, `2026年11月27日星期五`.
pub fn format_date(date: NaiveDate, locale: Locale) -> String {
    let weekday = date.weekday().num_days_from_monday() as usize;
    let month = date.month0() as usize;
    match locale {
        Locale::En => {
            format!("{} {} {} {}", WEEKDAYS_EN[weekday], date.day(), MONTHS_EN[month], date.year())
        }
        Locale::ZhHans => format!(
            "{}年{}月{}日星期{}",
            date.year(),
            date.month(),
            date.day(),
            WEEKDAYS_ZH[weekday]
        ),
    }
}

/// For example `27 November 2026`, `2026年11月27日`.
pub fn format_day(at: Timestamp, zone: Tz, locale: Locale) -> String {
    let date = at.with_timezone(&zone).date_naive();
    match locale {
        Locale::En => {
            format!("{} {} {}", date.day(), MONTHS_EN[date.month0() as usize], date.year())
        }
        Locale::ZhHans => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
    }
}

/// For example `Friday 27 November 2026, 14:00 UTC+8`.
pub fn format_moment(at: Timestamp, zone: Tz, locale: Locale) -> String {
    let local = at.with_timezone(&zone);
    let date = format_date(local.date_naive(), locale);
    let time = local.format("%H:%M");
    let offset = offset_text(at, zone);
    match locale {
        Locale::En => format!("{date}, {time} {offset}"),
        Locale::ZhHans => format!("{date} {time}（{offset}）"),
    }
}

/// The distance from now to the nearest minute, hour or day: `in 3 days`, `2 hours ago`.
pub fn format_relative(at: Timestamp, now: Timestamp, locale: Locale) -> String {
    let seconds = (at - now).num_seconds();
    let (key, count) = match seconds.unsigned_abs() {
        s if s < 60 => return Texts::new(locale).get("time-now", &[]),
        s if s < 3_600 => ("minutes", s / 60),
        s if s < 48 * 3_600 => ("hours", (s + 1_800) / 3_600),
        s => ("days", (s + 43_200) / 86_400),
    };
    let key = format!("time-{}-{key}", if seconds > 0 { "in" } else { "ago" });
    Texts::new(locale).get(&key, &[("count", Arg::from(i64::try_from(count).unwrap_or(i64::MAX)))])
}

/// Adds calendar months; if the month is too short, takes its last day.
pub fn plus_months(at: Timestamp, months: u32, zone: Tz) -> Timestamp {
    let local = at.with_timezone(&zone).naive_local();
    let moved = local.checked_add_months(Months::new(months)).unwrap_or(local);
    at_local(moved, zone).unwrap_or(at)
}

/// Subtracts calendar months; if the month is too short, takes its last day.
pub fn minus_months(at: Timestamp, months: u32, zone: Tz) -> Timestamp {
    let local = at.with_timezone(&zone).naive_local();
    let moved = local.checked_sub_months(Months::new(months)).unwrap_or(local);
    at_local(moved, zone).unwrap_or(at)
}

/// A day as a date field sends it, `2026-03-15`; from 1900 to 2199, which the database and every
/// sum of ours can hold.
pub fn read_day(text: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(&typed::narrow(text), "%Y-%m-%d").ok()?;
    (1900..2200).contains(&day.year()).then_some(day)
}

/// The first moment of a day.
pub fn start_of_day(date: NaiveDate, zone: Tz) -> Timestamp {
    at_local(date.and_time(chrono::NaiveTime::MIN), zone)
        .unwrap_or_else(|| date.and_time(chrono::NaiveTime::MIN).and_utc())
}

/// Whole calendar months between two moments, at most 1,200.
pub fn months_between(since: Timestamp, until: Timestamp, zone: Tz) -> u32 {
    const MOST: u32 = 1_200;
    (1..=MOST).take_while(|m| plus_months(since, *m, zone) <= until).last().unwrap_or(0)
}

/// For example `November 2026`, `2026年11月`.
pub fn format_month(month: NaiveDate, locale: Locale) -> String {
    match locale {
        Locale::En => format!("{} {}", MONTHS_EN[month.month0() as usize], month.year()),
        Locale::ZhHans => format!("{}年{}月", month.year(), month.month()),
    }
}

/// For the axis of a plot: `Nov`, `11月`.
pub fn format_month_short(month: NaiveDate, locale: Locale) -> String {
    match locale {
        Locale::En => MONTHS_EN[month.month0() as usize].chars().take(3).collect(),
        Locale::ZhHans => format!("{}月", month.month()),
    }
}

fn at_local(moved: chrono::NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    // A time that a clock change skips is taken as one hour later.
    zone.from_local_datetime(&moved)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(moved + chrono::Duration::hours(1))).earliest())
        .map(|t| t.with_timezone(&Utc))
}

/// The end of the day that lies `days` working days (Monday to Friday) after a moment.
pub fn plus_working_days(at: Timestamp, days: u32, zone: Tz) -> Timestamp {
    let mut date = at.with_timezone(&zone).date_naive();
    let mut left = days;
    while left > 0 {
        date = date.succ_opt().unwrap_or(date);
        if !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    start_of_day(date.succ_opt().unwrap_or(date), zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_read_within_bounds() {
        for text in
            ["2026-03-15", " 2026-3-15 ", "２０２６－０３－１５", "2026\u{2011}03\u{2011}15"]
        {
            assert_eq!(read_day(text), NaiveDate::from_ymd_opt(2026, 3, 15), "{text}");
        }
        for text in [
            "",
            "-9999-01-01",
            "+262142-12-31",
            "1899-12-31",
            "2200-01-01",
            "0000-01-01",
            "26-03-15",
            "01.02.2026",
            "2026-02-30",
            "2026-03-15T00:00",
            "15/3/2026",
        ] {
            assert_eq!(read_day(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_reads_as_people_write_it() {
        let t = at("2026-11-27T06:00:00Z");
        let shanghai = zone("Asia/Shanghai");
        assert_eq!(format_moment(t, shanghai, Locale::En), "Friday 27 November 2026, 14:00 UTC+8");
        assert_eq!(
            format_moment(t, shanghai, Locale::ZhHans),
            "2026年11月27日星期五 14:00（UTC+8）"
        );
        assert!(format_moment(t, zone("America/St_Johns"), Locale::En).ends_with("UTC−3:30"));
        assert!(format_moment(t, zone("nowhere"), Locale::En).ends_with("06:00 UTC"));
    }

    #[test]
    fn how_far_is_said_to_the_nearest_unit() {
        let now = at("2026-11-22T10:00:00Z");
        for (then, words) in [
            ("2026-11-22T10:00:59Z", "just now"),
            ("2026-11-22T10:59:59Z", "in 59 minutes"),
            ("2026-11-22T11:29:59Z", "in 1 hour"),
            ("2026-11-22T11:30:00Z", "in 2 hours"),
            ("2026-11-24T10:00:00Z", "in 2 days"),
            ("2026-11-26T09:59:00Z", "in 4 days"),
            ("2026-11-19T10:01:00Z", "3 days ago"),
        ] {
            assert_eq!(format_relative(at(then), now, Locale::En), words, "{then}");
        }
    }

    #[test]
    fn months_end_where_the_calendar_says() {
        let zone = zone("Asia/Shanghai");
        assert_eq!(plus_months(at("2026-01-30T20:00:00Z"), 1, zone), at("2026-02-27T20:00:00Z"));
        assert_eq!(plus_months(at("2026-08-22T05:00:00Z"), 3, zone), at("2026-11-22T05:00:00Z"));
    }

    #[test]
    fn working_days_leave_out_the_weekend() {
        let zone = zone("Asia/Shanghai");
        assert_eq!(
            plus_working_days(at("2026-11-20T04:00:00Z"), 5, zone),
            at("2026-11-27T16:00:00Z")
        );
        // Friday 24 April 2026 has no midnight in Cairo: the clocks go from 23:59 to 01:00.
        let sent = at("2026-04-16T10:00:00Z");
        assert_eq!(
            plus_working_days(sent, 5, Tz::Africa__Cairo),
            at("2026-04-23T22:00:00Z"),
            "the end of the next Thursday"
        );
    }

    #[test]
    fn months_are_those_of_the_operator_s_calendar() {
        let shanghai = zone("Asia/Shanghai");
        // 31 August 23:30 in Shanghai, but still the afternoon in UTC.
        let since = at("2026-08-31T15:30:00Z");
        for (until, zone, months) in [
            ("2026-08-31T15:30:00Z", shanghai, 0),
            // February has no 31st, so its last day counts, at the same hour.
            ("2027-02-28T15:29:59Z", shanghai, 5),
            ("2027-02-28T15:30:00Z", shanghai, 6),
            ("2027-03-01T00:00:00Z", shanghai, 6),
            ("2027-08-31T15:29:59Z", shanghai, 11),
            ("2027-08-31T15:30:00Z", shanghai, 12),
            ("2028-08-31T15:30:00Z", shanghai, 24),
            ("2020-01-01T00:00:00Z", shanghai, 0),
        ] {
            assert_eq!(months_between(since, at(until), zone), months, "{until}");
        }
        // The same moment is 1 March in Shanghai and 28 February in London.
        let since = at("2027-02-28T17:00:00Z");
        let until = at("2027-08-31T16:30:00Z");
        assert_eq!(months_between(since, until, shanghai), 5, "1 March 01:00 to 1 September 00:30");
        assert_eq!(months_between(since, until, Tz::UTC), 6, "28 February to 31 August");
    }
}
