//! An order as decisions see it, and what a decision hands to the database: the whole change.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use super::policy::{Clock, DeliveryKind, Policy};
use super::self_dealing::Link;
use crate::kernel::money::{Money, MoneyError};
use crate::kernel::time::Timestamp;
use crate::ledger::journal::Journal;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
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
    /// Whether money is held in this status.
    pub const fn is_held(self) -> bool {
        matches!(self, Self::AwaitingDelivery | Self::AwaitingConfirmation)
    }

    /// Whether the order has ended.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Closed)
    }
}

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
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

/// A side of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Side {
    Buyer,
    Merchant,
    /// Those who decide when the parties cannot agree.
    Staff,
    /// The clock, and what the program finds out by itself.
    System,
    /// The payment provider.
    Gateway,
}

/// What kind of case holds an order up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum HoldKind {
    /// A request for a refund.
    Refund,
    Dispute,
}

/// A case that holds an order up: the order's clock stands until it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    pub kind: HoldKind,
    /// Who has to act on the case.
    pub turn: Side,
    /// Until when; then the case's own clock acts.
    pub due_at: Timestamp,
    /// Since when the order's clock stands.
    pub since: Timestamp,
    /// What was left on it then, in microseconds.
    pub left_us: i64,
}

/// What the channel asks for when an order is made: from the form to the row to the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    pub description: String,
    /// New, used, …
    pub condition: String,
    /// How it will be delivered, as the buyer agreed by paying. It decides how long the buyer has
    /// to confirm, so the merchant can deliver in no other way.
    pub delivery: Option<DeliveryKind>,
}

impl Terms {
    /// Whether it may be delivered by a carrier that tracks.
    pub fn may_be_tracked(&self) -> bool {
        self.delivery.is_none_or(DeliveryKind::is_tracked)
    }
}

/// How the merchant delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub kind: DeliveryKind,
    /// The carrier; empty where none carries.
    pub carrier: String,
    /// The tracking number; empty where there is none.
    pub tracking: String,
}

/// An order as decisions and pages see it.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: i64,
    /// The id in addresses.
    pub public_id: Uuid,
    pub merchant_id: i64,
    /// The buyer's row, once known.
    pub buyer_id: Option<i64>,
    /// The address that the buyer typed.
    pub buyer_email: Option<String>,
    /// The policy that the order began under.
    pub policy: Arc<Policy>,
    pub status: Status,
    /// Counts the changes.
    pub version: i32,
    /// What is traded.
    pub title: String,
    pub terms: Terms,
    /// What the buyer pays.
    pub price: Money,
    /// The fee if all of it is released.
    pub max_fee: Money,
    /// Whether the guarantee covers it.
    pub covered: bool,
    pub paid_at: Option<Timestamp>,
    pub clock: Clock,
    pub hold: Option<Hold>,
    /// All holds that have ended, in microseconds.
    pub paused_total_us: i64,
    /// Days to confirm that the merchant granted on top.
    pub extension_days: i32,
    /// When the buyer asked for more.
    pub extension_asked_at: Option<Timestamp>,
    pub delivery: Option<Delivery>,
    pub ended_at: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    /// Refund requests so far.
    pub refunds_asked: i32,
}

impl Order {
    /// What is held for the order now.
    pub fn held(&self) -> Money {
        if self.status.is_held() { self.price } else { Money::zero(self.price.currency()) }
    }

    /// How it was delivered; none before.
    pub fn delivery_kind(&self) -> Option<DeliveryKind> {
        self.delivery.as_ref().map(|delivery| delivery.kind)
    }

    /// Whether the merchant is late with its delivery.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == Status::AwaitingDelivery
            && self.hold.is_none()
            && self.clock.overdue_at.is_some_and(|at| at <= now)
    }

    /// Whether a case waits for this side.
    pub fn case_waits_for(&self, side: Side) -> bool {
        self.hold.is_some_and(|hold| hold.turn == side)
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
    System,
    /// The payment provider.
    Gateway,
}

impl Party {
    /// The side that the party is on, as the history names it.
    pub const fn side(self) -> Side {
        match self {
            Self::Buyer(..) | Self::Payer => Side::Buyer,
            Self::Merchant(..) => Side::Merchant,
            Self::System => Side::System,
            Self::Gateway => Side::Gateway,
        }
    }

    /// The person's row and from where.
    pub const fn person(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Buyer(user, origin) | Self::Merchant(user, origin) => (Some(user), Some(origin)),
            Self::Payer | Self::System | Self::Gateway => (None, None),
        }
    }
}

/// A part that few changes have. Each stands in the database as a pair of functions,
/// `check_<part>` and `apply_<part>`, beside the rows that it writes; which event needs or may have
/// which part stands in `order_moves`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Part {
    Receipt(Receipt),
    /// Somebody proved to be the buyer.
    Buyer {
        user_id: i64,
    },
    /// The address that was typed at checkout is another one, in the payer's language.
    Address {
        email: String,
        locale: String,
    },
    Delivery(Delivery),
    /// Days to confirm on top, all together.
    Extension {
        total_days: i32,
    },
    ExtensionAsked,
    /// The parties are connected: the order is not covered. Comes after a receipt.
    SelfDealt {
        links: Vec<Link>,
    },
    CaseOpened(CaseOpened),
    CaseMoved(CaseMoved),
}

/// The gateway's word that an attempt to pay came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The row of the attempt.
    pub payment_id: i64,
    /// The provider's transaction.
    pub provider_reference: String,
    pub covered: bool,
    pub buyer_email: String,
    /// The buyer's row, if the payer was signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_id: Option<i64>,
    /// The fingerprint of the account that the money came from, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_fingerprint: Option<String>,
}

/// A case that begins on an order. Whose turn it is, and what it holds up, stands in `case_moves`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseOpened {
    pub kind: &'static str,
    pub public_id: Uuid,
    #[serde(serialize_with = "plain_amount")]
    pub amount: Money,
    pub reason: String,
    pub due_at: Timestamp,
}

/// The next move of an open case, on the version that was decided on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseMoved {
    pub public_id: Uuid,
    pub version: i32,
    pub event: &'static str,
    /// When its clock acts then; none for a move that ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// The other side's reason for declining.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// Case and order have one currency: the amount alone is handed over.
fn plain_amount<S: serde::Serializer>(money: &Money, to: S) -> Result<S::Ok, S::Error> {
    Serialize::serialize(&money.amount(), to)
}

/// What the history keeps of an event besides who and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    pub delivery: Option<Delivery>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Days granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// A reminder that came when its date had passed, and told nobody.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
}

/// A link that is mailed to one reader alone: its path, and what its key is made from when the mail
/// is written, so that the key is stored nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Letter {
    pub link: String,
    pub link_token: LinkToken,
}

/// What the key of a mailed link is for, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkToken {
    pub purpose: &'static str,
    pub id: String,
}

/// What the messages of a change are filled with. A message names the variables that it uses; the
/// build fails when a translation lacks one, and a debug build when a message asks for one that is
/// not here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MessageArgs {
    pub title: String,
    pub price: Option<Money>,
    pub link: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_token: Option<LinkToken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    /// What only the buyer is told, in place of the same names above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_only: Option<Letter>,
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
    pub party: Party,
    pub clock: Clock,
    /// How the order ends by it; the database has the same from the table of legal moves.
    pub outcome: Option<Outcome>,
    /// What is booked.
    pub journal: Journal,
    /// Who is told what: `buyer:order-delivered`.
    pub tell: Vec<&'static str>,
    pub args: MessageArgs,
    pub detail: Option<Detail>,
    pub parts: Vec<Part>,
}

impl Change {
    /// A change that keeps everything as it is.
    pub fn new(order: &Order, event: &'static str, party: Party, at: Timestamp) -> Self {
        Self {
            version: order.version,
            at,
            event,
            status: order.status,
            party,
            clock: order.clock,
            outcome: order.outcome,
            journal: Journal::default(),
            tell: Vec::new(),
            args: MessageArgs {
                title: order.title.clone(),
                price: Some(order.price),
                link: format!("/orders/{}", order.public_id),
                ..MessageArgs::default()
            },
            detail: None,
            parts: Vec::new(),
        }
    }

    /// Brings the order to a stage, whose clock begins to run.
    #[must_use]
    pub fn entering(mut self, order: &Order, status: Status, kind: Option<DeliveryKind>) -> Self {
        self.status = status;
        if let Some(stage) = order.policy.stage(status) {
            self.clock = stage.begin(kind, order.clock, self.at);
        }
        self
    }

    /// Ends the order: no clock runs any more.
    #[must_use]
    pub fn ending(mut self, status: Status, outcome: Outcome, journal: Journal) -> Self {
        self.status = status;
        self.outcome = Some(outcome);
        self.journal = journal;
        self.stopped()
    }

    /// Stops the clock.
    #[must_use]
    pub const fn stopped(mut self) -> Self {
        self.clock.due_at = None;
        self.clock.wake_at = None;
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
    pub fn with(mut self, fill: impl FnOnce(&mut MessageArgs)) -> Self {
        fill(&mut self.args);
        self
    }

    /// Adds one of the rarer parts.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Adds what the history keeps of the event.
    #[must_use]
    pub fn detail(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }
}

/// Why something cannot be done with an order now. Each has a sentence of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the order is in another state")]
    WrongState,
    #[error("the order has ended")]
    Ended,
    /// A refund request has to be answered first.
    #[error("a refund request is open")]
    CaseOpen,
    #[error("no refund request is open")]
    NoCase,
    /// The merchant still has time to deliver.
    #[error("delivery is not overdue")]
    NotOverdue,
    #[error("asked already")]
    AlreadyAsked,
    #[error("no more days can be granted")]
    TooLong,
    #[error("delivery of another kind was agreed")]
    OtherDelivery,
    /// The number of requests, or of days paused, is used up.
    #[error("no more requests")]
    NoMoreRequests,
    #[error("only the whole before delivery")]
    OnlyWhole,
    /// The amount is not one between nothing and what is held.
    #[error("not an amount that is held")]
    BadAmount,
    #[error("nothing is due")]
    NotDue,
    /// It is for the other side.
    #[error("not for this party")]
    NotYours,
    #[error("the amount cannot be computed")]
    Money,
}

impl From<MoneyError> for Refused {
    fn from(_: MoneyError) -> Self {
        Self::Money
    }
}
