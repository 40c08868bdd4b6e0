//! Who is meant, and when a mail is tried again: pure decisions.

use chrono::Duration;
use chrono_tz::Tz;

use crate::kernel::locale::Locale;
use crate::kernel::time::Timestamp;

/// Whom an outbox row tells something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// The person in `user_id`.
    User,
    /// Every member of the merchant in `merchant_id`.
    Merchant,
    /// The buyer of the order in `order_id`: the person, or the address typed at checkout.
    Buyer,
    /// The address in `email`, which may belong to nobody; `args.locale` says the language.
    Email,
    /// Every member of the staff with this role.
    Staff(String),
}

impl Audience {
    /// Reads `AUDIENCE:MESSAGE`; nothing when it is not of this shape.
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

/// Somebody who is told: in the portal when there is an account, by mail in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub user_id: Option<i64>,
    pub email: String,
    /// How the mail greets; may be empty.
    pub name: String,
    pub locale: Locale,
    /// The zone of the mail's times.
    pub time_zone: Tz,
}

/// How often a mail is tried: over almost four days. A worker that dies on the way counts too.
pub const TRIES: i32 = 20;

/// For how long a worker has a mail to itself. Longer than a batch can take; after a crash the mail
/// is due again when it has passed.
pub const CLAIM: Duration = Duration::minutes(5);

/// When a mail is tried again after its `attempts`-th failure, or never: then it is parked.
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

/// Why a mail did not leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Temporary(String),
    /// Will never work.
    Permanent(String),
}

impl Failure {
    /// What happened, on one line and at most 300 characters.
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
