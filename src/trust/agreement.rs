//! The alliance agreement, its versions, and the signatures.

pub mod copy;
pub mod diff;
pub mod draft;

use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;

use crate::kernel::locale::Locale;
use crate::kernel::signing;
use crate::kernel::time::Timestamp;

/// The versions shipped with the program: number, English, Chinese. Administrators publish later
/// ones. A published version is never edited.
pub const PUBLISHED: [(i32, &str, &str); 1] =
    [(1, include_str!("agreement/1.en.txt"), include_str!("agreement/1.zh-Hans.txt"))];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    pub version: i32,
    pub text_en: String,
    pub text_zh: String,
    pub published_at: Timestamp,
    pub effective_at: Timestamp,
}

impl Agreement {
    pub fn text(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.text_en,
            Locale::ZhHans => &self.text_zh,
        }
    }

    pub fn sha256(&self, locale: Locale) -> [u8; 32] {
        signing::sha256(self.text(locale).as_bytes())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub version: i32,
    pub published_at: Timestamp,
    pub effective_at: Timestamp,
    /// `None` for a version shipped with the program.
    pub published_by: Option<i64>,
    pub reason: String,
}

/// How long a merchant has to sign again, from the day a newer version takes effect.
pub const SIGN_AGAIN: Duration = Duration::days(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignAgain {
    /// The first version after the one signed.
    pub version: i32,
    pub by: Timestamp,
}

/// The time runs from the first version that superseded the signed one, however many followed.
/// `None` for merchants that never signed.
pub fn sign_again(versions: &[Version], signed: &[Signature]) -> Option<SignAgain> {
    let newest = signed.iter().map(|s| s.version).max()?;
    let next = versions.iter().filter(|v| v.version > newest).min_by_key(|v| v.version)?;
    Some(SignAgain { version: next.version, by: next.effective_at + SIGN_AGAIN })
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub version: i32,
    pub user_id: i64,
    pub typed_name: String,
    /// SHA-256 of the signed text, in hex.
    pub text_sha256: String,
    pub locale: Locale,
    pub signed_at: Timestamp,
    /// The time zone of the signer.
    pub zone: Tz,
}

/// Since when a merchant has a record with the operator, as entered by staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDate {
    /// In the operator's time zone.
    pub date: NaiveDate,
    pub reason: String,
    pub entered_by: i64,
    pub entered_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn signature(version: i32) -> Signature {
        Signature {
            version,
            user_id: 1,
            typed_name: "Anna Weber".to_owned(),
            text_sha256: String::new(),
            locale: Locale::En,
            signed_at: at("2026-01-01T00:00:00Z"),
            zone: Tz::UTC,
        }
    }

    #[test]
    fn the_time_to_sign_again_runs_from_the_first_newer_version() {
        let version = |version, effective_at| Version {
            version,
            published_at: at("2026-01-01T00:00:00Z"),
            effective_at: at(effective_at),
            published_by: None,
            reason: String::new(),
        };
        let versions = [
            version(1, "2025-01-01T00:00:00Z"),
            version(2, "2026-03-01T00:00:00Z"),
            version(3, "2026-03-20T00:00:00Z"),
        ];
        let due = |signed: &[i32]| {
            let signed: Vec<_> = signed.iter().map(|v| signature(*v)).collect();
            sign_again(&versions, &signed)
        };
        let second = SignAgain { version: 2, by: at("2026-03-31T00:00:00Z") };
        let third = SignAgain { version: 3, by: at("2026-04-19T00:00:00Z") };
        assert_eq!(due(&[]), None, "who never signed has nothing to sign again");
        assert_eq!(due(&[1]), Some(second));
        assert_eq!(due(&[1, 2]), Some(third));
        assert_eq!(due(&[1, 3]), None, "the newest counts, whatever was left out");
    }
}
