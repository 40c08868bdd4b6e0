//! An order as decisions see it, and what a decision hands to the database: the whole change.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::policy::{DeliveryKind, Policy};
use crate::kernel::money::{Money, MoneyError};
use crate::kernel::time::Timestamp;
use crate::ledger::journal::Journal;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Agreed, not paid.
    AwaitingPayment,
    /// Paid; the merchant was told to deliver.
    AwaitingDelivery,
    /// The merchant says it is delivered.
    AwaitingConfirmation,
    /// Performed and settled.
    Completed,
    /// Not performed.
    Closed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::AwaitingPayment,
        Self::AwaitingDelivery,
        Self::AwaitingConfirmation,
        Self::Completed,
        Self::Closed,
    ];

    /// The name in the database and in texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwaitingPayment => "awaiting_payment",
            Self::AwaitingDelivery => "awaiting_delivery",
            Self::AwaitingConfirmation => "awaiting_confirmation",
            Self::Completed => "completed",
            Self::Closed => "closed",
        }
    }

    /// The status of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Whether money is held in this status.
    #[must_use]
    pub const fn is_held(self) -> bool {
        matches!(self, Self::AwaitingDelivery | Self::AwaitingConfirmation)
    }

    /// Whether the order has ended.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Closed)
    }
}

/// The open refund request of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseState {
    /// The merchant has to answer.
    AwaitingMerchant,
    /// The merchant said no; the buyer has to act.
    Declined,
}

impl CaseState {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwaitingMerchant => "awaiting_merchant",
            Self::Declined => "declined",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::AwaitingMerchant, Self::Declined].into_iter().find(|s| s.name() == name)
    }
}

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Never paid.
    Unpaid,
    /// Paid and cancelled before delivery: everything went back.
    Cancelled,
    /// Released to the merchant.
    Released,
    /// Returned to the buyer.
    Returned,
    /// A part each.
    Split,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 5] =
        [Self::Unpaid, Self::Cancelled, Self::Released, Self::Returned, Self::Split];

    /// The name in the database and in texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Cancelled => "cancelled",
            Self::Released => "released",
            Self::Returned => "returned",
            Self::Split => "split",
        }
    }

    /// The outcome of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.name() == name)
    }
}

/// How the merchant delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// In which way.
    pub kind: DeliveryKind,
    /// The carrier; empty where none carries.
    pub carrier: String,
    /// The tracking number; empty where there is none.
    pub tracking: String,
}

/// An order as decisions and pages see it.
#[derive(Debug, Clone)]
pub struct Order {
    /// Row.
    pub id: i64,
    /// The id in addresses.
    pub public_id: Uuid,
    /// The merchant's row.
    pub merchant_id: i64,
    /// The buyer's row, once known.
    pub buyer_id: Option<i64>,
    /// The address that the buyer typed.
    pub buyer_email: Option<String>,
    /// The policy that the order began under.
    pub policy: Arc<Policy>,
    /// Where it stands.
    pub status: Status,
    /// Counts the changes.
    pub version: i32,
    /// What is traded.
    pub title: String,
    /// More about it.
    pub description: String,
    /// New, used, …
    pub condition: String,
    /// What the buyer pays.
    pub price: Money,
    /// The fee if all of it is released.
    pub fee_full: Money,
    /// Whether the guarantee covers it.
    pub covered: bool,
    /// When it was agreed.
    pub created_at: Timestamp,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// From when the buyer may cancel for want of delivery.
    pub overdue_at: Option<Timestamp>,
    /// When the clock acts.
    pub due_at: Option<Timestamp>,
    /// When the clock looks next.
    pub wake_at: Option<Timestamp>,
    /// Since when the clock is paused.
    pub paused_since: Option<Timestamp>,
    /// What was left then, in microseconds.
    pub paused_left_us: Option<i64>,
    /// All pauses that have ended, in microseconds.
    pub paused_total_us: i64,
    /// Days that the merchant granted on top.
    pub extension_days: i32,
    /// When the buyer asked for more.
    pub extension_asked_at: Option<Timestamp>,
    /// How it was delivered.
    pub delivery: Option<Delivery>,
    /// When.
    pub delivered_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Refund requests so far.
    pub refunds_asked: i32,
    /// The open refund request.
    pub case_state: Option<CaseState>,
    /// SHA-256 of the payment link's key.
    pub link_hash: Option<Vec<u8>>,
}

impl Order {
    /// What is held for the order now.
    #[must_use]
    pub fn held(&self) -> Money {
        if self.status.is_held() { self.price } else { Money::zero(self.price.currency()) }
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The buyer; the person's row and from where.
    Buyer(i64, i64),
    /// A member of the merchant; the person's row and from where.
    Merchant(i64, i64),
    /// Whoever paid, before an account is known.
    Payer,
    /// Nobody: the time has come.
    Clock,
    /// The payment provider.
    Gateway,
}

impl Party {
    /// The name in the history.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buyer(..) | Self::Payer => "buyer",
            Self::Merchant(..) => "merchant",
            Self::Clock => "clock",
            Self::Gateway => "gateway",
        }
    }

    /// The person's row and from where.
    #[must_use]
    pub const fn person(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Buyer(user, origin) | Self::Merchant(user, origin) => (Some(user), Some(origin)),
            Self::Payer | Self::Clock | Self::Gateway => (None, None),
        }
    }
}

/// All that one decision changes. The database applies it whole, or not at all.
#[derive(Debug, Clone)]
pub struct Change {
    /// The version that was decided on.
    pub version: i32,
    /// The time that was decided by.
    pub at: Timestamp,
    /// The event, as in the table of legal moves.
    pub event: &'static str,
    /// The status after it.
    pub status: Status,
    /// Who acts.
    pub party: Party,
    /// When the clock acts next.
    pub due_at: Option<Timestamp>,
    /// When the clock looks next.
    pub wake_at: Option<Timestamp>,
    /// How the order ended.
    pub outcome: Option<Outcome>,
    /// What is booked.
    pub journal: Journal,
    /// Who is told what.
    pub tell: Vec<&'static str>,
    /// What the messages are filled with.
    pub args: Map<String, Value>,
    /// The rarer parts, by the names that the database function reads.
    pub extra: Map<String, Value>,
}

impl Change {
    /// A change that keeps everything as it is.
    #[must_use]
    pub fn new(order: &Order, event: &'static str, party: Party, at: Timestamp) -> Self {
        let mut args = Map::new();
        args.insert("title".to_owned(), json!(order.title));
        args.insert("price".to_owned(), json!(order.price));
        args.insert("link".to_owned(), json!(format!("/orders/{}", order.public_id)));
        Self {
            version: order.version,
            at,
            event,
            status: order.status,
            party,
            due_at: order.due_at,
            wake_at: order.wake_at,
            outcome: order.outcome,
            journal: Journal::default(),
            tell: Vec::new(),
            args,
            extra: Map::new(),
        }
    }

    /// Ends the order: no clock runs any more.
    #[must_use]
    pub fn ending(mut self, status: Status, outcome: Outcome, journal: Journal) -> Self {
        self.status = status;
        self.outcome = Some(outcome);
        self.journal = journal;
        self.due_at = None;
        self.wake_at = None;
        self
    }

    /// Tells somebody something.
    #[must_use]
    pub fn telling(mut self, tell: &[&'static str]) -> Self {
        self.tell.extend_from_slice(tell);
        self
    }

    /// Fills the messages.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.args.insert(name.to_owned(), value);
        self
    }

    /// Adds one of the rarer parts.
    #[must_use]
    pub fn extra(mut self, name: &str, value: Value) -> Self {
        self.extra.insert(name.to_owned(), value);
        self
    }

    /// Adds what the history keeps of the event.
    #[must_use]
    pub fn detail(self, value: Value) -> Self {
        self.extra("detail", value)
    }
}

/// Why something cannot be done with an order now. Each has a sentence of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The status does not allow it.
    #[error("the order is in another state")]
    WrongState,
    /// The order has ended already.
    #[error("the order has ended")]
    Ended,
    /// A refund request has to be answered first.
    #[error("a refund request is open")]
    CaseOpen,
    /// There is no open refund request.
    #[error("no refund request is open")]
    NoCase,
    /// The merchant still has time to deliver.
    #[error("delivery is not overdue")]
    NotOverdue,
    /// It was asked for already.
    #[error("asked already")]
    AlreadyAsked,
    /// No more days can be granted.
    #[error("no more days can be granted")]
    TooLong,
    /// The number of requests, or of days paused, is used up.
    #[error("no more requests")]
    NoMoreRequests,
    /// Before delivery only the whole can be asked back.
    #[error("only the whole before delivery")]
    OnlyWhole,
    /// The amount is not one between nothing and what is held.
    #[error("not an amount that is held")]
    BadAmount,
    /// Nothing is due.
    #[error("nothing is due")]
    NotDue,
    /// An amount cannot be computed.
    #[error("the amount cannot be computed")]
    Money,
}

impl From<MoneyError> for Refused {
    fn from(_: MoneyError) -> Self {
        Self::Money
    }
}
