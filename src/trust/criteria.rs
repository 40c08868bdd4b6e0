//! The six criteria as they are measured, shown to applicant, reviewer and public, and kept with
//! the badge that was granted on them. How they are evaluated is `admission`'s.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::kernel::time::Timestamp;

/// Which criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Is who it says it is.
    Identity,
}

impl Criterion {
    /// Every criterion, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Agreement,
        Self::Tenure,
        Self::NoDeception,
        Self::Reputation,
        Self::Domain,
        Self::Identity,
    ];

    /// The key in the database, in JSON and in the keys of texts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::Tenure => "tenure",
            Self::NoDeception => "no_deception",
            Self::Reputation => "reputation",
            Self::Domain => "domain",
            Self::Identity => "identity",
        }
    }

    /// The criterion of a key.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.key() == key)
    }
}

/// Whether a criterion is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// It is.
    Met,
    /// It is not.
    NotMet,
    /// Only a reviewer can say.
    NeedsJudgement,
}

impl Met {
    /// The name in JSON and in the keys of texts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::NeedsJudgement => "needs_judgement",
        }
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Value {
    /// The signature under the current version of the agreement.
    Agreement {
        /// The version that is current.
        version: i32,
        /// When it was signed.
        signed_at: Option<Timestamp>,
        /// SHA-256 of the text that was signed, in hex.
        text_sha256: Option<String>,
        /// The newest version that was signed, whether or not it is the current one.
        #[serde(default)]
        signed_version: Option<i32>,
    },
    /// Whole calendar months, and days beyond them, with the operator.
    Tenure {
        /// Since when.
        since: Option<Timestamp>,
        /// Whole months.
        months: u32,
        /// Days beyond the whole months.
        days: u32,
    },
    /// Upheld disputes with a finding of deception.
    NoDeception {
        /// How many in the window.
        findings: u32,
    },
    /// The orders of the window.
    Reputation {
        /// Paid orders.
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
        /// Its name, as A-labels.
        name: Option<String>,
        /// When it was last verified.
        verified_at: Option<Timestamp>,
    },
    /// What the merchant states of itself.
    Identity {
        /// Particulars that are given.
        given: u32,
        /// Particulars that are asked for.
        asked: u32,
    },
}

/// What was needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Needed {
    /// The current version signed.
    Signed,
    /// So many calendar months.
    Months {
        /// How many.
        months: u32,
    },
    /// At most so many findings in so many calendar months.
    Findings {
        /// At most.
        max: u32,
        /// The window.
        months: u32,
    },
    /// Rates and rating, where there are enough orders.
    Rates {
        /// Completion at least.
        completion_min: Decimal,
        /// Disputes at most.
        dispute_max: Decimal,
        /// Rating at least.
        rating_min: Decimal,
        /// Below so many paid orders a reviewer judges.
        orders_min: u64,
        /// The window, in calendar months.
        months: u32,
    },
    /// A domain verified in the last so many days.
    VerifiedWithin {
        /// Days.
        days: u32,
    },
    /// A reviewer's judgement.
    Judged,
}

/// What a measurement was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The signatures under the agreement.
    Signatures,
    /// A record date that staff entered with a reason.
    RecordDate,
    /// Decided disputes.
    Disputes,
    /// Orders and ratings.
    Orders,
    /// The checks of the domain.
    DomainChecks,
    /// What the merchant states, and a reviewer's judgement of it.
    Reviewer,
}

impl Source {
    /// The name in the keys of texts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Signatures => "signatures",
            Self::RecordDate => "record_date",
            Self::Disputes => "disputes",
            Self::Orders => "orders",
            Self::DomainChecks => "domain_checks",
            Self::Reviewer => "reviewer",
        }
    }
}

/// One criterion, evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriterionResult {
    /// Which.
    pub key: Criterion,
    /// Whether it is met.
    pub met: Met,
    /// What was measured.
    pub value: Value,
    /// What was needed.
    pub threshold: Needed,
    /// When.
    pub evaluated_at: Timestamp,
    /// What from.
    pub source: Source,
    /// The earliest moment at which it can be met, when time alone decides.
    pub earliest_at: Option<Timestamp>,
}

/// All six, evaluated at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Evaluation {
    /// The version of the thresholds.
    pub thresholds_version: i32,
    /// The criteria in their order.
    pub criteria: Vec<CriterionResult>,
}

impl Evaluation {
    /// One of them.
    #[must_use]
    pub fn get(&self, key: Criterion) -> Option<&CriterionResult> {
        self.criteria.iter().find(|r| r.key == key)
    }

    /// How many are in a state.
    #[must_use]
    pub fn count(&self, met: Met) -> usize {
        self.criteria.iter().filter(|r| r.met == met).count()
    }

    /// Whether all six are met.
    #[must_use]
    pub fn all_met(&self) -> bool {
        Criterion::ALL.iter().all(|c| self.get(*c).is_some_and(|r| r.met == Met::Met))
    }

    /// Those that are in a state, in order.
    #[must_use]
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
    /// Calendar months with the operator.
    pub tenure_months: u32,
    /// Findings of deception, at most.
    pub deception_findings_max: u32,
    /// The calendar months in which findings count.
    pub deception_window_months: u32,
    /// Completed ÷ ended, at least.
    pub completion_rate_min: Decimal,
    /// Disputed ÷ paid, at most.
    pub dispute_rate_max: Decimal,
    /// The mean rating, at least.
    pub rating_min: Decimal,
    /// Below so many paid orders a reviewer judges the reputation.
    pub reputation_orders_min: u64,
    /// The calendar months in which orders count.
    pub reputation_window_months: u32,
    /// Days in which a domain must have been verified.
    pub domain_verified_within_days: u32,
}
