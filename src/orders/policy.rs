//! Channels and their policies: timers, fees and limits, as versioned data. An order keeps the
//! version that it began under.

use std::collections::HashMap;

use chrono::Duration;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::kernel::money::{Money, MoneyError};

/// The kind of trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Second-hand and new goods.
    Goods,
}

impl Channel {
    /// Every channel that is open.
    pub const ALL: [Self; 1] = [Self::Goods];

    /// The name in the database and in texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Goods => "goods",
        }
    }

    /// The channel of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }
}

/// How goods are delivered. It decides how long the buyer has to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryKind {
    /// By a carrier that tracks.
    Express,
    /// By surface mail.
    SurfaceMail,
    /// Handed over.
    InPerson,
    /// Supplied online.
    Online,
    /// Supplied by a machine, at once.
    Automatic,
}

impl DeliveryKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Express, Self::SurfaceMail, Self::InPerson, Self::Online, Self::Automatic];

    /// The name in the database, in forms and texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Express => "express",
            Self::SurfaceMail => "surface_mail",
            Self::InPerson => "in_person",
            Self::Online => "online",
            Self::Automatic => "automatic",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }

    /// Whether a carrier and a tracking number belong to it.
    #[must_use]
    pub const fn is_tracked(self) -> bool {
        matches!(self, Self::Express | Self::SurfaceMail)
    }
}

/// The rules of a policy, as they stand in its row. All times in seconds.
#[derive(Debug, Clone, Deserialize)]
struct Rules {
    pay_within_s: i64,
    deliver_within_s: i64,
    delivery_grace_s: i64,
    confirm_within_s: HashMap<DeliveryKind, i64>,
    extension_days_max: i32,
    refund_answer_s: i64,
    refund_declined_s: i64,
    refund_requests_max: i32,
    refund_pause_max_s: i64,
    claim_window_s: i64,
    fee_rate: Decimal,
    fee_caps: HashMap<String, Decimal>,
}

/// A version of a channel's policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The channel.
    pub channel: Channel,
    /// The version.
    pub version: i32,
    rules: Rules,
}

impl Policy {
    /// Reads a policy from its row.
    ///
    /// # Errors
    /// When the row's rules are not those of this program.
    pub fn new(
        channel: Channel,
        version: i32,
        rules: serde_json::Value,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self { channel, version, rules: serde_json::from_value(rules)? })
    }

    /// The buyer pays within this, or the order closes.
    #[must_use]
    pub fn pay_within(&self) -> Duration {
        Duration::seconds(self.rules.pay_within_s)
    }

    /// The merchant delivers within this; then the buyer may cancel.
    #[must_use]
    pub fn deliver_within(&self) -> Duration {
        Duration::seconds(self.rules.deliver_within_s)
    }

    /// After this much more the clock cancels.
    #[must_use]
    pub fn delivery_grace(&self) -> Duration {
        Duration::seconds(self.rules.delivery_grace_s)
    }

    /// The buyer confirms within this, or the clock does.
    #[must_use]
    pub fn confirm_within(&self, kind: DeliveryKind) -> Duration {
        let seconds = self.rules.confirm_within_s.get(&kind);
        // A kind that a policy does not name has the longest time of all.
        let longest = self.rules.confirm_within_s.values().max();
        Duration::seconds(seconds.or(longest).copied().unwrap_or(2_592_000))
    }

    /// Days that a merchant may grant on top, all together.
    #[must_use]
    pub const fn extension_days_max(&self) -> i32 {
        self.rules.extension_days_max
    }

    /// The merchant answers a refund request within this; silence agrees.
    #[must_use]
    pub fn refund_answer(&self) -> Duration {
        Duration::seconds(self.rules.refund_answer_s)
    }

    /// The buyer acts on a declined request within this; silence withdraws.
    #[must_use]
    pub fn refund_declined(&self) -> Duration {
        Duration::seconds(self.rules.refund_declined_s)
    }

    /// Requests that an order may see.
    #[must_use]
    pub const fn refund_requests_max(&self) -> i32 {
        self.rules.refund_requests_max
    }

    /// Pause that requests may cause, all together.
    #[must_use]
    pub fn refund_pause_max(&self) -> Duration {
        Duration::seconds(self.rules.refund_pause_max_s)
    }

    /// After completion a claim may be made within this.
    #[must_use]
    pub fn claim_window(&self) -> Duration {
        Duration::seconds(self.rules.claim_window_s)
    }

    /// The share of what is released that the operator takes.
    #[must_use]
    pub const fn fee_rate(&self) -> Decimal {
        self.rules.fee_rate
    }

    /// The fee on an amount that is released, rounded half-even, capped for the currency.
    pub fn fee(&self, released: Money) -> Result<Money, MoneyError> {
        let fee = released.share(self.rules.fee_rate)?;
        match self.rules.fee_caps.get(released.currency().code()) {
            Some(cap) => fee.min(Money::new(*cap, released.currency())?),
            None => Ok(fee),
        }
    }
}
