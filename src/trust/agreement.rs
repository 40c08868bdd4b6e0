//! The alliance agreement and the signatures under it.

use chrono::NaiveDate;

use crate::kernel::locale::Locale;
use crate::kernel::signing;
use crate::kernel::time::Timestamp;

/// The versions that come with the program: number, English, Chinese. A version that was published
/// is never edited: a new one is added.
pub const PUBLISHED: [(i32, &str, &str); 1] =
    [(1, include_str!("agreement/1.en.txt"), include_str!("agreement/1.zh-Hans.txt"))];

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its number.
    pub version: i32,
    /// The English text.
    pub text_en: String,
    /// The Chinese text.
    pub text_zh: String,
    /// Since when it is in force.
    pub published_at: Timestamp,
}

impl Agreement {
    /// The text in a language: what is shown is what is signed.
    #[must_use]
    pub fn text(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.text_en,
            Locale::ZhHans => &self.text_zh,
        }
    }

    /// SHA-256 of the text in a language.
    #[must_use]
    pub fn sha256(&self, locale: Locale) -> [u8; 32] {
        signing::sha256(self.text(locale).as_bytes())
    }
}

/// A signature under a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The version.
    pub version: i32,
    /// Who signed.
    pub user_id: i64,
    /// The name as typed.
    pub typed_name: String,
    /// SHA-256 of the text that was signed, in hex.
    pub text_sha256: String,
    /// In which language.
    pub locale: Locale,
    /// When.
    pub signed_at: Timestamp,
}

/// Since when a merchant has a record with the operator, as staff entered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDate {
    /// The day, in the operator's zone.
    pub date: NaiveDate,
    /// Why.
    pub reason: String,
    /// By whom.
    pub entered_by: i64,
    /// When it was entered.
    pub entered_at: Timestamp,
}
