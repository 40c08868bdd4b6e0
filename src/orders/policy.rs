//! Channels and their policies: timers, fees and limits, as versioned data. An order keeps the
//! version that it began under.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::Duration;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::change::{Side, Status};
use crate::kernel::money::{Currency, Money, MoneyError};
use crate::kernel::time::Timestamp;

/// The kind of trade. A channel is data: it is what its published policies and the rows of
/// `order_moves` under its name say, so that no line of the program knows one but by its texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Channel(Cow<'static, str>);

impl Channel {
    /// Second-hand and new goods.
    pub const GOODS: Self = Self(Cow::Borrowed("goods"));

    /// The channel of a name; that it has a policy is found out when that is read.
    pub const fn named(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The name in the database and in texts.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// How goods are delivered. It decides how long the buyer has to confirm.
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
pub enum DeliveryKind {
    /// By a carrier that tracks.
    Express,
    SurfaceMail,
    InPerson,
    Online,
    /// Supplied by a machine, at once.
    Automatic,
}

impl DeliveryKind {
    /// Whether a carrier and a tracking number belong to it.
    pub const fn is_tracked(self) -> bool {
        matches!(self, Self::Express | Self::SurfaceMail)
    }
}

/// What happens when the party whose turn it is lets its time run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The party is reminded, and its time begins anew.
    Remind,
    /// What is held goes to the merchant, less the fee.
    Release,
    /// What is held goes back to the buyer; an order that nobody has paid is closed.
    Return,
    /// The order waits.
    Nothing,
}

/// The clock of an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    /// From when the party is late, in a stage with a time of grace.
    pub overdue_at: Option<Timestamp>,
    /// When the stage's timeout comes. None while the order is on hold, and once it has ended.
    pub due_at: Option<Timestamp>,
    /// When the worker has to look next: at a reminder or at `due_at`.
    pub wake_at: Option<Timestamp>,
}

/// A row of a channel's table: who has to act while an order has a status, within what time, and
/// what happens if they do not. All times in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Whose turn it is.
    pub acts: Side,
    /// What happens after the time, and the grace, is over.
    pub then: OnTimeout,
    within_s: i64,
    /// In place of `within_s`, where the time depends on how the order was delivered.
    #[serde(default)]
    within_by_delivery_s: HashMap<DeliveryKind, i64>,
    #[serde(default)]
    grace_s: i64,
    #[serde(default)]
    remind_before_s: Vec<i64>,
}

impl Stage {
    /// How long the party has.
    pub fn within(&self, delivery: Option<DeliveryKind>) -> Duration {
        let by_kind = delivery.and_then(|kind| self.within_by_delivery_s.get(&kind));
        Duration::seconds(by_kind.copied().unwrap_or(self.within_s))
    }

    /// How much longer it has once it is late.
    pub fn grace(&self) -> Duration {
        Duration::seconds(self.grace_s)
    }

    /// The clock of an order that comes to this stage now.
    pub fn begin(&self, delivery: Option<DeliveryKind>, was: Clock, now: Timestamp) -> Clock {
        let end = now + self.within(delivery);
        let overdue_at = if self.grace_s > 0 { Some(end) } else { was.overdue_at };
        let clock = Clock { overdue_at, due_at: Some(end + self.grace()), wake_at: None };
        self.run(clock, delivery, now)
    }

    /// How long before the end a reminder comes: at half the time where that is no longer.
    fn lead(&self, before_s: i64, delivery: Option<DeliveryKind>) -> Duration {
        let (before, whole) = (Duration::seconds(before_s), self.within(delivery));
        if before < whole { before } else { whole / 2 }
    }

    /// The same clock with the next moment to look: the first reminder that lies ahead, or the end.
    /// Reminders come before the party is late.
    pub fn run(&self, clock: Clock, delivery: Option<DeliveryKind>, now: Timestamp) -> Clock {
        let end = if self.grace_s > 0 { clock.overdue_at } else { clock.due_at };
        let wake_at = clock.due_at.zip(end).and_then(|(due, end)| {
            let reminders = self.remind_before_s.iter().map(|s| end - self.lead(*s, delivery));
            let last = (self.then != OnTimeout::Nothing).then_some(due);
            reminders.filter(|at| *at > now).chain(last).min()
        });
        Clock { wake_at, ..clock }
    }
}

/// The stages of a channel, by the status that an order has meanwhile.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stages {
    awaiting_payment: Stage,
    awaiting_delivery: Stage,
    awaiting_confirmation: Stage,
}

/// The rules of a policy, as they stand in its row. All times in seconds.
#[derive(Debug, Clone, Deserialize)]
struct Rules {
    stages: Stages,
    extension_days_max: i32,
    refund_answer_s: i64,
    refund_declined_s: i64,
    refund_requests_max: i32,
    refund_pause_max_s: i64,
    claim_window_s: i64,
    fee_rate: Decimal,
    fee_caps: HashMap<String, Decimal>,
    #[serde(default)]
    price_max: HashMap<String, Decimal>,
}

/// 10^12, which the database holds every price to. Source: the product's specification, *Limits*.
const PRICE_MAX: Decimal = Decimal::from_parts(0xd4a5_1000, 0xe8, 0, false, 0);

/// A version of a channel's policy.
#[derive(Debug, Clone)]
pub struct Policy {
    pub channel: Channel,
    pub version: i32,
    rules: Rules,
}

impl Policy {
    /// Reads a policy from its row.
    /// Fails when the row's rules are not those of this program.
    pub fn new(
        channel: Channel,
        version: i32,
        rules: serde_json::Value,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self { channel, version, rules: serde_json::from_value(rules)? })
    }

    /// The stage of an order in a status; none once it has ended.
    pub const fn stage(&self, status: Status) -> Option<&Stage> {
        let stages = &self.rules.stages;
        match status {
            Status::AwaitingPayment => Some(&stages.awaiting_payment),
            Status::AwaitingDelivery => Some(&stages.awaiting_delivery),
            Status::AwaitingConfirmation => Some(&stages.awaiting_confirmation),
            Status::Completed | Status::Closed => None,
        }
    }

    /// The buyer pays within this.
    pub fn pay_within(&self) -> Duration {
        self.rules.stages.awaiting_payment.within(None)
    }

    /// How long after an order was made the clock looks at it first, if it does.
    pub fn first_look(&self) -> Option<Duration> {
        let made = Timestamp::UNIX_EPOCH;
        let clock = self.rules.stages.awaiting_payment.begin(None, Clock::default(), made);
        clock.wake_at.map(|at| at - made)
    }

    /// The merchant delivers within this; then the buyer may cancel.
    pub fn deliver_within(&self) -> Duration {
        self.rules.stages.awaiting_delivery.within(None)
    }

    /// After this much more the clock acts.
    pub fn delivery_grace(&self) -> Duration {
        self.rules.stages.awaiting_delivery.grace()
    }

    /// The buyer confirms within this, or the clock acts.
    pub fn confirm_within(&self, kind: DeliveryKind) -> Duration {
        self.rules.stages.awaiting_confirmation.within(Some(kind))
    }

    /// Days that a merchant may grant on top, all together.
    pub const fn extension_days_max(&self) -> i32 {
        self.rules.extension_days_max
    }

    /// The merchant answers a refund request within this; silence agrees.
    pub fn refund_answer(&self) -> Duration {
        Duration::seconds(self.rules.refund_answer_s)
    }

    /// The buyer acts on a declined request within this; silence withdraws.
    pub fn refund_declined(&self) -> Duration {
        Duration::seconds(self.rules.refund_declined_s)
    }

    /// Requests that an order may see.
    pub const fn refund_requests_max(&self) -> i32 {
        self.rules.refund_requests_max
    }

    /// Pause that requests may cause, all together.
    pub fn refund_pause_max(&self) -> Duration {
        Duration::seconds(self.rules.refund_pause_max_s)
    }

    /// After completion a claim may be made within this.
    pub fn claim_window(&self) -> Duration {
        Duration::seconds(self.rules.claim_window_s)
    }

    /// The share of what is released that the operator takes.
    /// The highest price in a currency.
    /// Fails when the row has one that is no amount of the currency.
    pub fn price_max(&self, currency: Currency) -> Result<Money, MoneyError> {
        let of_currency = self.rules.price_max.get(currency.code());
        Money::new(of_currency.copied().unwrap_or(PRICE_MAX).min(PRICE_MAX), currency)
    }

    pub const fn fee_rate(&self) -> Decimal {
        self.rules.fee_rate
    }

    /// The fee on an amount that is released, rounded half-even, capped for the currency.
    /// Fails when the fee cannot be computed.
    pub fn fee(&self, released: Money) -> Result<Money, MoneyError> {
        let fee = released.share(self.rules.fee_rate)?;
        match self.rules.fee_caps.get(released.currency().code()) {
            Some(cap) => fee.min(Money::new(*cap, released.currency())?),
            None => Ok(fee),
        }
    }
}
