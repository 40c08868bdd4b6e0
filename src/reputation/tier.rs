//! Which tier a record earns, as a pure function that explains each condition.

use rust_decimal::Decimal;
use serde::Serialize;
use strum::IntoStaticStr;

use crate::kernel::rate::{Better, share};
use crate::kernel::time::Timestamp;
use crate::trust::{BadgeEvent, BadgeState, Tier};

/// What a tier above the first requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    pub tier: Tier,
    /// Minimum over the last twelve months.
    pub completed: u64,
    /// Maximum of disputed ÷ paid.
    pub dispute_max: Decimal,
    /// Minimum of calendar months as a trust merchant.
    pub months: u32,
}

/// Lowest first.
pub const BARS: [Bar; 3] = [
    Bar { tier: Tier::Silver, completed: 100, dispute_max: per_mille(5), months: 6 },
    Bar { tier: Tier::Gold, completed: 1_000, dispute_max: per_mille(3), months: 12 },
    Bar { tier: Tier::Platinum, completed: 10_000, dispute_max: per_mille(1), months: 24 },
];

const fn per_mille(parts: u32) -> Decimal {
    Decimal::from_parts(parts, 0, 0, false, 3)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    pub paid: u64,
    pub completed: u64,
    pub disputed: u64,
    pub months_trusted: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "kebab-case", const_into_str)]
pub enum What {
    Completed,
    DisputeRate,
    MonthsTrusted,
}

impl What {
    /// The name in message keys.
    pub const fn key(self) -> &'static str {
        self.into_str()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Condition {
    pub what: What,
    /// `None` if it cannot be measured.
    pub value: Option<Decimal>,
    /// The minimum; for the dispute rate, the maximum.
    pub threshold: Decimal,
    pub met: bool,
}

pub fn conditions(bar: &Bar, measured: &Measured) -> [Condition; 3] {
    let Measured { paid, completed, disputed, months_trusted } = *measured;
    // Multiplied rather than divided, so that no rounding decides at the boundary.
    let calm = Decimal::from(disputed) <= bar.dispute_max * Decimal::from(paid);
    let rate = share(disputed, paid, Better::Lower);
    let at_least = |what, value: u64, threshold: u64| Condition {
        what,
        value: Some(value.into()),
        threshold: threshold.into(),
        met: value >= threshold,
    };
    [
        at_least(What::Completed, completed, bar.completed),
        Condition { what: What::DisputeRate, value: rate, threshold: bar.dispute_max, met: calm },
        at_least(What::MonthsTrusted, months_trusted.into(), bar.months.into()),
    ]
}

/// The highest tier whose conditions are all met.
pub fn earned(measured: &Measured) -> Tier {
    let reached = |bar: &&Bar| conditions(bar, measured).iter().all(|c| c.met);
    BARS.iter().rev().find(reached).map_or(Tier::Trusted, |bar| bar.tier)
}

/// `None` for the first tier, which the approval grants.
pub fn bar_of(tier: Tier) -> Option<&'static Bar> {
    BARS.iter().find(|bar| bar.tier == tier)
}

/// `None` at the top.
pub fn bar_above(tier: Tier) -> Option<&'static Bar> {
    BARS.iter().find(|bar| bar.tier > tier)
}

/// Since when the badge has existed without interruption; `None` once it has ended. A suspension
/// does not interrupt.
pub fn trusted_since(events: &[BadgeEvent]) -> Option<Timestamp> {
    let is_end = |state: BadgeState| matches!(state, BadgeState::Revoked | BadgeState::Expired);
    let mut moves: Vec<&BadgeEvent> = events.iter().collect();
    moves.sort_unstable_by_key(|event| event.version);
    moves.into_iter().fold(None, |since, event| match event.from {
        _ if is_end(event.to) => None,
        None => Some(event.at),
        Some(from) if is_end(from) => Some(event.at),
        Some(_) => since.or(Some(event.at)),
    })
}

#[cfg(test)]
mod tests;
