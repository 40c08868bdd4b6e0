//! The six criteria as measured, shown to applicant, reviewer and public, and stored with the
//! badge. `admission` evaluates them.

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
    Agreement,
    Tenure,
    NoDeception,
    Reputation,
    /// Controls the site that will carry the badge.
    Domain,
    Identity,
}

named!(Criterion, key);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Met {
    Met,
    NotMet,
    NeedsJudgement,
}

impl Met {
    /// The name in JSON and in message keys.
    pub const fn key(self) -> &'static str {
        self.into_str()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Value {
    /// The signature under the current version.
    Agreement {
        version: i32,
        signed_at: Option<Timestamp>,
        /// SHA-256 of the signed text, in hex.
        text_sha256: Option<String>,
        /// The newest version signed, current or not.
        #[serde(default)]
        signed_version: Option<i32>,
    },
    /// Whole calendar months, and the remaining days.
    Tenure { since: Option<Timestamp>, months: u32, days: u32 },
    /// Upheld disputes with a finding of deception.
    NoDeception { findings: u32 },
    Reputation {
        paid: u64,
        /// Completed ÷ ended; `None` if none has ended.
        completion_rate: Option<Decimal>,
        /// Disputed ÷ paid; `None` if none was paid.
        dispute_rate: Option<Decimal>,
        /// The mean of the ratings, 1 to 5.
        rating: Option<Decimal>,
        /// Only the newest orders were measured, because there are more in the window.
        #[serde(default)]
        is_cut: bool,
    },
    /// The domain verified last.
    Domain {
        name: Option<String>,
        /// When it was last verified.
        verified_at: Option<Timestamp>,
    },
    /// How many details the merchant gave, of how many asked.
    Identity { given: u32, asked: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Needed {
    Signed,
    Months {
        months: u32,
    },
    Findings {
        max: u32,
        months: u32,
    },
    /// Applies only if there are enough orders.
    Rates {
        completion_min: Decimal,
        dispute_max: Decimal,
        rating_min: Decimal,
        orders_min: u64,
        months: u32,
    },
    VerifiedWithin {
        days: u32,
    },
    Judged,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Source {
    Signatures,
    /// A date entered by staff.
    RecordDate,
    Disputes,
    Orders,
    DomainChecks,
    Reviewer,
}

impl Source {
    /// The name in message keys.
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
    /// The earliest time at which it can be met, if that depends on time alone.
    pub earliest_at: Option<Timestamp>,
}

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

    pub fn all_met(&self) -> bool {
        Criterion::ALL.iter().all(|c| self.get(*c).is_some_and(|r| r.met == Met::Met))
    }

    pub fn with(&self, met: Met) -> Vec<Criterion> {
        self.criteria.iter().filter(|r| r.met == met).map(|r| r.key).collect()
    }
}

/// Versioned: a change never affects earlier decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Stored in its own column.
    #[serde(default, skip_serializing)]
    pub version: i32,
    pub tenure_months: u32,
    pub deception_findings_max: u32,
    /// Calendar months.
    pub deception_window_months: u32,
    /// Minimum of completed ÷ ended.
    pub completion_rate_min: Decimal,
    /// Maximum of disputed ÷ paid.
    pub dispute_rate_max: Decimal,
    pub rating_min: Decimal,
    pub reputation_orders_min: u64,
    /// Calendar months.
    pub reputation_window_months: u32,
    pub domain_verified_within_days: u32,
}
