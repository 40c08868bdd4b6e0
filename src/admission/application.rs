//! An application: where it stands, what it states, who reviews it.

use chrono_tz::Tz;
use uuid::Uuid;

use crate::kernel::time::{Timestamp, plus_working_days};
use crate::trust::criteria::{Criterion, Evaluation};

/// The promise: a decision within so many working days.
pub const PROMISE_WORKING_DAYS: u32 = 5;

/// The most documents of one application.
pub const DOCUMENTS_MAX: i32 = 20;

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Being filled in.
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

impl Status {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Submitted,
        Self::InReview,
        Self::NeedsInformation,
        Self::Approved,
        Self::Rejected,
        Self::Withdrawn,
    ];

    /// The name in the database, in addresses and in the keys of texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::InReview => "in_review",
            Self::NeedsInformation => "needs_information",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The status of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Whether the application is still on its way. One a merchant.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::InReview | Self::NeedsInformation)
    }

    /// Whether the applicant may still change what it states.
    #[must_use]
    pub const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::NeedsInformation)
    }
}

/// What is applied for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A badge, where none lives.
    First,
    /// That the badge goes on for another term.
    Renewal,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::First, Self::Renewal];

    /// The name in the database and in the keys of texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Renewal => "renewal",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// What the applicant states of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Particulars {
    /// The name in the register.
    pub registered_name: String,
    /// The number in the register.
    pub registration_number: String,
    /// Where it sits.
    pub address: String,
    /// Who answers for it.
    pub responsible_person: String,
    /// What it sells, in its own words; not asked for by a criterion.
    pub about: String,
}

impl Particulars {
    /// How many particulars the identity criterion asks for.
    pub const ASKED: usize = 4;

    /// All of them, under the names of the form's fields; those that are asked for come first.
    #[must_use]
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
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let asked = self.fields().into_iter().take(Self::ASKED);
        asked.filter(|(_, text)| text.trim().is_empty()).map(|(name, _)| name).collect()
    }
}

/// A reviewer at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Who.
    pub by: i64,
    /// Until when, unless they act.
    pub until: Timestamp,
}

/// An application, as its row says.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// Its row.
    pub id: i64,
    /// Its id in addresses.
    pub public_id: Uuid,
    /// Whose it is.
    pub merchant_id: i64,
    /// What is applied for.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// Counts the changes.
    pub version: i32,
    /// When it was begun.
    pub created_at: Timestamp,
    /// The last change of status.
    pub status_since: Timestamp,
    /// When it was last submitted: what its age and the promise are counted from.
    pub submitted_at: Option<Timestamp>,
    /// What it states.
    pub particulars: Particulars,
    /// How many documents support it.
    pub documents: i32,
    /// How many of these are licences.
    pub licences: i32,
    /// Who reviews it.
    pub claim: Option<Claim>,
    /// The reviewer's judgement of the identity.
    pub identity: Option<bool>,
    /// The reviewer's judgement of the reputation, where orders are too few.
    pub reputation: Option<bool>,
    /// Who decided, and when.
    pub decided: Option<(i64, Timestamp)>,
    /// The reviewer's words: of the decision, or of the question.
    pub reason: String,
    /// What failed, of a rejected one.
    pub failed: Vec<Criterion>,
    /// From when the merchant may apply again, of a rejected one.
    pub reapply_from: Option<Timestamp>,
    /// The evaluation that was decided on.
    pub evaluation: Option<Evaluation>,
}

/// What a supporting document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// The licence or the entry in the register: the identity criterion asks for one.
    Licence,
    /// Anything else that speaks for the merchant.
    Other,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 2] = [Self::Licence, Self::Other];

    /// The name in the database, in forms and in the keys of texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Licence => "licence",
            Self::Other => "other",
        }
    }

    /// The category of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    /// How many licences such a document is.
    #[must_use]
    pub const fn licences(self) -> i32 {
        match self {
            Self::Licence => 1,
            Self::Other => 0,
        }
    }
}

impl Application {
    /// How much the identity criterion asks for: the particulars and a licence document.
    pub const ASKED: usize = Particulars::ASKED + 1;

    /// What of that is missing, as the fields of forms are called.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let mut missing = self.particulars.missing();
        if self.licences == 0 {
            missing.push("licence");
        }
        missing
    }

    /// The claim that holds at a moment.
    #[must_use]
    pub fn claim_at(&self, now: Timestamp) -> Option<Claim> {
        self.claim.filter(|claim| self.status == Status::InReview && claim.until > now)
    }

    /// Whether a review has lost its claim without being put back.
    #[must_use]
    pub fn is_idle(&self, now: Timestamp) -> bool {
        self.status == Status::InReview && self.claim_at(now).is_none()
    }

    /// The status at a moment: a review whose claim has run out waits again, even before the
    /// worker has written it down.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> Status {
        match self.status {
            Status::InReview if self.claim_at(now).is_none() => Status::Submitted,
            status => status,
        }
    }

    /// Until when a decision is promised.
    #[must_use]
    pub fn promised_by(&self, zone: Tz) -> Option<Timestamp> {
        self.submitted_at.map(|at| promised_by(at, zone))
    }
}

/// Until when a decision is promised for what was submitted at a moment.
#[must_use]
pub fn promised_by(submitted_at: Timestamp, zone: Tz) -> Timestamp {
    // The last second of the day: midnight would read as the day after.
    plus_working_days(submitted_at, PROMISE_WORKING_DAYS, zone) - chrono::Duration::seconds(1)
}
