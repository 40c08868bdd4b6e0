//! An application: where it stands, what it states, who reviews it.

use chrono_tz::Tz;
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::kernel::named::named;
use crate::kernel::time::{Timestamp, plus_working_days};
use crate::trust::criteria::{Criterion, Evaluation};

/// The promise: a decision within so many working days.
pub const PROMISE_WORKING_DAYS: u32 = 5;

/// The most documents of one application.
pub const DOCUMENTS_MAX: i32 = 20;

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Status {
    Draft,
    /// Waits for a reviewer.
    Submitted,
    /// A reviewer has claimed it.
    InReview,
    /// Waits for the applicant's answer.
    NeedsInformation,
    /// Approved; the badge was granted.
    Approved,
    /// Rejected, with criteria and a reason.
    Rejected,
    /// Given up by the applicant, or by silence.
    Withdrawn,
}

named!(Status, name);

impl Status {
    /// Whether the application is still on its way. One a merchant.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::InReview | Self::NeedsInformation)
    }

    /// Whether the applicant may still change what it states.
    pub const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::NeedsInformation)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// A badge, where none lives.
    First,
    /// That the badge goes on for another term.
    Renewal,
}

named!(Kind, name);

/// What the applicant states of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BusinessDetails {
    pub registered_name: String,
    pub registration_number: String,
    pub address: String,
    pub responsible_person: String,
    /// What it sells, in its own words; not asked for by a criterion.
    pub about: String,
}

impl BusinessDetails {
    /// How many business details the identity criterion asks for.
    pub const ASKED: usize = 4;

    /// All of them, under the names of the form's fields; those that are asked for come first.
    pub fn fields(&self) -> [(&'static str, &str); Self::ASKED + 1] {
        [
            ("registered_name", &self.registered_name),
            ("registration_number", &self.registration_number),
            ("address", &self.address),
            ("responsible_person", &self.responsible_person),
            ("about", &self.about),
        ]
    }

    /// The names of those that are missing, as the form's fields are called.
    pub fn missing(&self) -> Vec<&'static str> {
        let asked = self.fields().into_iter().take(Self::ASKED);
        asked.filter(|(_, text)| text.trim().is_empty()).map(|(name, _)| name).collect()
    }
}

/// A reviewer at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub by: i64,
    /// Until when, unless they act.
    pub until: Timestamp,
}

/// An application, as its row says.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    pub id: i64,
    pub public_id: Uuid,
    pub merchant_id: i64,
    pub kind: Kind,
    pub status: Status,
    pub version: i32,
    pub created_at: Timestamp,
    /// The last change of status.
    pub status_since: Timestamp,
    /// When it was last submitted: what its age and the promise are counted from.
    pub submitted_at: Option<Timestamp>,
    pub business_details: BusinessDetails,
    pub documents: i32,
    pub licences: i32,
    pub claim: Option<Claim>,
    pub identity: Option<bool>,
    /// The reviewer's judgement of the reputation, where orders are too few.
    pub reputation: Option<bool>,
    pub decided: Option<(i64, Timestamp)>,
    /// The reviewer's words: of the decision, or of the question.
    pub reason: String,
    pub failed: Vec<Criterion>,
    /// From when the merchant may apply again, of a rejected one.
    pub reapply_from: Option<Timestamp>,
    pub evaluation: Option<Evaluation>,
}

/// What a supporting document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Category {
    /// The licence or the entry in the register: the identity criterion asks for one.
    Licence,
    /// Anything else that speaks for the merchant.
    Other,
}

named!(Category, name);

impl Category {
    /// How many licences such a document is.
    pub const fn licences(self) -> i32 {
        match self {
            Self::Licence => 1,
            Self::Other => 0,
        }
    }
}

impl Application {
    /// How much the identity criterion asks for: the business details and a licence document.
    pub const ASKED: usize = BusinessDetails::ASKED + 1;

    /// What of that is missing, as the fields of forms are called.
    pub fn missing(&self) -> Vec<&'static str> {
        let mut missing = self.business_details.missing();
        if self.licences == 0 {
            missing.push("licence");
        }
        missing
    }

    /// The claim that holds at a moment.
    pub fn claim_at(&self, now: Timestamp) -> Option<Claim> {
        self.claim.filter(|claim| self.status == Status::InReview && claim.until > now)
    }

    /// Whether a review has lost its claim without being put back.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        self.status == Status::InReview && self.claim_at(now).is_none()
    }

    /// The status at a moment: a review whose claim has run out waits again, even before the
    /// worker has written it down.
    pub fn status_at(&self, now: Timestamp) -> Status {
        match self.status {
            Status::InReview if self.claim_at(now).is_none() => Status::Submitted,
            status => status,
        }
    }

    /// Until when a decision is promised.
    pub fn promised_by(&self, zone: Tz) -> Option<Timestamp> {
        self.submitted_at.map(|at| promised_by(at, zone))
    }
}

/// Until when a decision is promised for what was submitted at a moment.
pub fn promised_by(submitted_at: Timestamp, zone: Tz) -> Timestamp {
    // The last second of the day: midnight would read as the day after.
    plus_working_days(submitted_at, PROMISE_WORKING_DAYS, zone) - chrono::Duration::seconds(1)
}
