//! When the gateway is asked about an attempt to pay of which no notice has come. Pure.

use chrono::Duration;

use crate::kernel::time::Timestamp;

/// How long after the order's time to pay the gateway is still asked: what was paid late has to go
/// back.
const MARGIN: Duration = Duration::hours(24);
/// How long before the end of the time to pay it is asked once more: who paid in time is not to
/// find the order closed.
const LAST_CALL: Duration = Duration::minutes(2);

/// The polls about an attempt to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polls {
    /// When the next one is due.
    pub at: Timestamp,
    /// When the last one is.
    pub until: Timestamp,
}

const fn pause(asked: i32) -> Duration {
    match asked {
        0 => Duration::minutes(3),
        1 => Duration::minutes(5),
        2 => Duration::minutes(15),
        3 => Duration::hours(1),
        _ => Duration::hours(4),
    }
}

/// The polls about an attempt that begins now, of an order that can be paid until `pay_by`.
pub fn begin(pay_by: Option<Timestamp>, now: Timestamp) -> Polls {
    let until = pay_by.unwrap_or(now).max(now) + MARGIN;
    Polls { at: at(0, until, now), until }
}

/// When to ask again, having asked so often before now; `None` when this was the last time.
pub fn next(asked: i32, until: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (now < until).then(|| at(asked.saturating_add(1), until, now))
}

fn at(asked: i32, until: Timestamp, now: Timestamp) -> Timestamp {
    let last_call = until - MARGIN - LAST_CALL;
    let end = if now < last_call { last_call } else { until };
    (now + pause(asked)).min(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pay_within: Duration) -> (Vec<Duration>, Duration) {
        let start: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let polls = begin(Some(start + pay_within), start);
        let (mut at, mut asked, mut times) = (Some(polls.at), 0, Vec::new());
        while let Some(now) = at {
            times.push(now - start);
            at = next(asked, polls.until, now);
            asked += 1;
        }
        (times, polls.until - start)
    }

    #[test]
    fn the_gateway_is_asked_ever_more_rarely_and_not_for_ever() {
        let (times, until) = all(Duration::hours(24));
        assert_eq!(times[0], Duration::minutes(3));
        assert_eq!(times.last(), Some(&until));
        assert!(until == Duration::hours(48) && times.len() < 20, "{times:?}");
        assert!(times.windows(2).all(|w| w[0] < w[1]));
        let before_the_end = Duration::hours(24) - LAST_CALL;
        assert!(times.contains(&before_the_end), "{times:?}");
    }

    #[test]
    fn an_attempt_in_the_last_minute_is_asked_about_too() {
        let (times, until) = all(Duration::minutes(1));
        assert_eq!(times[0], Duration::minutes(3));
        assert_eq!((times.last(), until), (Some(&until), Duration::minutes(1) + MARGIN));
        let start: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(begin(None, start).until, start + MARGIN);
        // A worker that was away for days asks once.
        assert_eq!(next(0, start, start + Duration::days(3)), None);
    }
}
