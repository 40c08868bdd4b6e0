//! Applications and the types they consist of.

use chrono_tz::Tz;
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::kernel::named::named;
use crate::kernel::time::{Timestamp, plus_working_days};
use crate::trust::criteria::{Criterion, Evaluation};

/// A decision is promised within this many working days.
pub const PROMISE_WORKING_DAYS: u32 = 5;

pub const DOCUMENTS_MAX: i32 = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Status {
    Draft,
    /// Waiting for a reviewer.
    Submitted,
    /// Claimed by a reviewer.
    InReview,
    /// Waiting for the applicant's answer.
    NeedsInformation,
    Approved,
    Rejected,
    /// Withdrawn by the applicant, or because nobody answered.
    Withdrawn,
}

named!(Status, name);

impl Status {
    /// Whether it is undecided. A merchant has at most one open application.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::InReview | Self::NeedsInformation)
    }

    /// Whether the applicant may still change details and documents.
    pub const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::NeedsInformation)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// For a badge, if there is no live one.
    First,
    /// For another term of a live badge.
    Renewal,
}

named!(Kind, name);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BusinessDetails {
    pub registered_name: String,
    pub registration_number: String,
    pub address: String,
    pub responsible_person: String,
    /// What the merchant sells, in its own words; no criterion asks for it.
    pub about: String,
}

impl BusinessDetails {
    /// How many details the identity criterion requires.
    pub const ASKED: usize = 4;

    /// All details under the names of their form fields, the required ones first.
    pub fn fields(&self) -> [(&'static str, &str); Self::ASKED + 1] {
        [
            ("registered_name", &self.registered_name),
            ("registration_number", &self.registration_number),
            ("address", &self.address),
            ("responsible_person", &self.responsible_person),
            ("about", &self.about),
        ]
    }

    /// The form field names of the required details that are missing.
    pub fn missing(&self) -> Vec<&'static str> {
        let asked = self.fields().into_iter().take(Self::ASKED);
        asked.filter(|(_, text)| text.trim().is_empty()).map(|(name, _)| name).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub by: i64,
    /// Extended whenever the reviewer acts.
    pub until: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    pub id: i64,
    pub public_id: Uuid,
    pub merchant_id: i64,
    pub kind: Kind,
    pub status: Status,
    pub version: i32,
    pub created_at: Timestamp,
    pub status_since: Timestamp,
    /// When it was last submitted; its age and the promise are counted from here.
    pub submitted_at: Option<Timestamp>,
    pub business_details: BusinessDetails,
    pub documents: i32,
    pub licences: i32,
    pub claim: Option<Claim>,
    pub identity: Option<bool>,
    /// The reviewer's judgement of reputation, if it could not be measured.
    pub reputation: Option<bool>,
    pub decided: Option<(i64, Timestamp)>,
    /// The reviewer's reason for the decision, or their question.
    pub reason: String,
    pub failed: Vec<Criterion>,
    pub reapply_from: Option<Timestamp>,
    pub evaluation: Option<Evaluation>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Category {
    /// The licence or an extract from the register; the identity criterion requires one.
    Licence,
    Other,
}

named!(Category, name);

impl Category {
    /// How many licences such a document counts as.
    pub const fn licences(self) -> i32 {
        match self {
            Self::Licence => 1,
            Self::Other => 0,
        }
    }
}

impl Application {
    /// How many items the identity criterion requires: the details and a licence.
    pub const ASKED: usize = BusinessDetails::ASKED + 1;

    /// The form field names of the required items that are missing.
    pub fn missing(&self) -> Vec<&'static str> {
        let mut missing = self.business_details.missing();
        if self.licences == 0 {
            missing.push("licence");
        }
        missing
    }

    /// The claim in force at a moment.
    pub fn claim_at(&self, now: Timestamp) -> Option<Claim> {
        self.claim.filter(|claim| self.status == Status::InReview && claim.until > now)
    }

    /// Whether it is in review with an expired claim.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        self.status == Status::InReview && self.claim_at(now).is_none()
    }

    /// The status at a moment. An expired claim has no effect, even before the worker releases it.
    pub fn status_at(&self, now: Timestamp) -> Status {
        match self.status {
            Status::InReview if self.claim_at(now).is_none() => Status::Submitted,
            status => status,
        }
    }

    pub fn promised_by(&self, zone: Tz) -> Option<Timestamp> {
        self.submitted_at.map(|at| promised_by(at, zone))
    }
}

/// The deadline for a decision on an application submitted at this moment.
pub fn promised_by(submitted_at: Timestamp, zone: Tz) -> Timestamp {
    // The last second of the day, as midnight would be read as the next day.
    plus_working_days(submitted_at, PROMISE_WORKING_DAYS, zone) - chrono::Duration::seconds(1)
}
