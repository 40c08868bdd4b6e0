//! Audiences, and when a mail is retried: pure decisions.

use chrono::Duration;
use chrono_tz::Tz;

use crate::kernel::locale::Locale;
use crate::kernel::time::Timestamp;

/// Who is told about an outbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    User,
    Merchant,
    /// The buyer of the order in `order_id`: an account, or the address typed at checkout.
    Buyer,
    /// The address in `email`, which may have no account.
    Email,
    Staff(String),
}

impl Audience {
    /// Parses `AUDIENCE:MESSAGE`.
    pub fn parse(told: &str) -> Option<(Self, &str)> {
        let (audience, message) = told.split_once(':')?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if message.is_empty() || !message.chars().all(plain) {
            return None;
        }
        let audience = match audience {
            "user" => Self::User,
            "merchant" => Self::Merchant,
            "buyer" => Self::Buyer,
            "email" => Self::Email,
            staff => match staff.strip_prefix("staff-") {
                Some(role) if !role.is_empty() => Self::Staff(role.to_owned()),
                _ => return None,
            },
        };
        Some((audience, message))
    }
}

/// Somebody to tell: always by mail, and in the portal too if there is an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub user_id: Option<i64>,
    pub email: String,
    /// For the greeting; may be empty.
    pub name: String,
    pub locale: Locale,
    pub time_zone: Tz,
}

/// Spread over almost four days. A try during which the worker dies counts too.
pub const TRIES: i32 = 20;

/// How long a worker has a claimed mail to itself; longer than a batch can take. After a crash the
/// mail becomes due again when the claim expires.
pub const CLAIM: Duration = Duration::minutes(5);

/// When to retry after the `attempts`-th failure; `None` if the mail is to be parked.
pub fn next_attempt(attempts: i32, now: Timestamp) -> Option<Timestamp> {
    let wait = match attempts {
        ..=1 => Duration::minutes(1),
        2 => Duration::minutes(5),
        3 => Duration::minutes(30),
        4 => Duration::hours(2),
        _ => Duration::hours(6),
    };
    (attempts < TRIES).then(|| now + wait)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Temporary(String),
    Permanent(String),
}

impl Failure {
    /// On one line, in at most 300 characters.
    pub fn reason(&self) -> String {
        let (Self::Temporary(text) | Self::Permanent(text)) = self;
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_one_of_a_few() {
        assert_eq!(Audience::parse("user:welcome"), Some((Audience::User, "welcome")));
        assert_eq!(
            Audience::parse("staff-reviewer:application-submitted"),
            Some((Audience::Staff("reviewer".into()), "application-submitted"))
        );
        for wrong in ["", "user", "user:", "nobody:x", "staff-:x", "user:A", "user:a b", ":x"] {
            assert_eq!(Audience::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_mail_is_tried_less_and_less_often_and_then_parked() {
        let first: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        let mut now = first;
        let mut waits = Vec::new();
        while let Some(next) = next_attempt(i32::try_from(waits.len()).unwrap() + 1, now) {
            waits.push((next - now).num_minutes());
            now = next;
        }
        assert_eq!(waits[..6], [1, 5, 30, 120, 360, 360]);
        let hours = (now - first).num_hours();
        assert!((90..=96).contains(&hours), "parked after {hours} hours");
    }

    #[test]
    fn a_reason_is_one_short_line() {
        let reason = Failure::Permanent(format!("550 no\r\n such\tuser {}", "x".repeat(400)));
        assert!(reason.reason().starts_with("550 no such user xxx"));
        assert_eq!(reason.reason().chars().count(), 300);
    }
}
