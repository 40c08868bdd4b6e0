//! The six criteria as they are measured, shown to applicant, reviewer and public, and kept with
//! the badge that was granted on them. How they are evaluated is `admission`'s.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::kernel::named::named;
use crate::kernel::time::Timestamp;

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Criterion {
    /// Has signed the alliance agreement.
    Agreement,
    /// Has a record with the operator.
    Tenure,
    /// No malicious deception of consumers.
    NoDeception,
    /// Good social and industry reputation.
    Reputation,
    /// Controls the site that will carry the badge.
    Domain,
    Identity,
}

named!(Criterion, key);

/// Whether a criterion is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Met {
    Met,
    /// It is not.
    NotMet,
    /// Only a reviewer can say.
    NeedsJudgement,
}

impl Met {
    /// The name in JSON and in the keys of texts.
    pub const fn key(self) -> &'static str {
        self.into_str()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Value {
    /// The signature under the current version of the agreement.
    Agreement {
        version: i32,
        signed_at: Option<Timestamp>,
        /// SHA-256 of the text that was signed, in hex.
        text_sha256: Option<String>,
        /// The newest version that was signed, whether or not it is the current one.
        #[serde(default)]
        signed_version: Option<i32>,
    },
    /// Whole calendar months, and days beyond them, with the operator.
    Tenure { since: Option<Timestamp>, months: u32, days: u32 },
    /// Upheld disputes with a finding of deception.
    NoDeception { findings: u32 },
    /// The orders of the window.
    Reputation {
        paid: u64,
        /// Completed ÷ ended; none when none has ended.
        completion_rate: Option<Decimal>,
        /// Disputed ÷ paid; none when none was paid.
        dispute_rate: Option<Decimal>,
        /// The mean of the ratings, 1 to 5.
        rating: Option<Decimal>,
        /// Measured from the newest orders alone: there are more in the window.
        #[serde(default)]
        is_cut: bool,
    },
    /// The domain that was verified last.
    Domain {
        name: Option<String>,
        /// When it was last verified.
        verified_at: Option<Timestamp>,
    },
    /// What the merchant states of itself.
    Identity { given: u32, asked: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Needed {
    /// The current version signed.
    Signed,
    Months {
        months: u32,
    },
    /// At most so many findings in so many calendar months.
    Findings {
        /// At most.
        max: u32,
        months: u32,
    },
    /// Rates and rating, where there are enough orders.
    Rates {
        completion_min: Decimal,
        /// Disputes at most.
        dispute_max: Decimal,
        rating_min: Decimal,
        orders_min: u64,
        months: u32,
    },
    /// A domain verified in the last so many days.
    VerifiedWithin {
        days: u32,
    },
    Judged,
}

/// What a measurement was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Source {
    /// The signatures under the agreement.
    Signatures,
    /// A record date that staff entered with a reason.
    RecordDate,
    Disputes,
    Orders,
    DomainChecks,
    /// What the merchant states, and a reviewer's judgement of it.
    Reviewer,
}

impl Source {
    /// The name in the keys of texts.
    pub const fn key(self) -> &'static str {
        self.into_str()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriterionResult {
    pub key: Criterion,
    pub met: Met,
    pub value: Value,
    pub threshold: Needed,
    pub evaluated_at: Timestamp,
    pub source: Source,
    /// The earliest moment at which it can be met, when time alone decides.
    pub earliest_at: Option<Timestamp>,
}

/// All six, evaluated at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Evaluation {
    pub thresholds_version: i32,
    pub criteria: Vec<CriterionResult>,
}

impl Evaluation {
    pub fn get(&self, key: Criterion) -> Option<&CriterionResult> {
        self.criteria.iter().find(|r| r.key == key)
    }

    pub fn count(&self, met: Met) -> usize {
        self.criteria.iter().filter(|r| r.met == met).count()
    }

    /// Whether all six are met.
    pub fn all_met(&self) -> bool {
        Criterion::ALL.iter().all(|c| self.get(*c).is_some_and(|r| r.met == Met::Met))
    }

    /// Those that are in a state, in order.
    pub fn with(&self, met: Met) -> Vec<Criterion> {
        self.criteria.iter().filter(|r| r.met == met).map(|r| r.key).collect()
    }
}

/// The thresholds, versioned: a change never alters a decision already made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// The version; stands in its own column.
    #[serde(default, skip_serializing)]
    pub version: i32,
    pub tenure_months: u32,
    /// Findings of deception, at most.
    pub deception_findings_max: u32,
    /// The calendar months in which findings count.
    pub deception_window_months: u32,
    /// Completed ÷ ended, at least.
    pub completion_rate_min: Decimal,
    /// Disputed ÷ paid, at most.
    pub dispute_rate_max: Decimal,
    pub rating_min: Decimal,
    pub reputation_orders_min: u64,
    /// The calendar months in which orders count.
    pub reputation_window_months: u32,
    pub domain_verified_within_days: u32,
}
