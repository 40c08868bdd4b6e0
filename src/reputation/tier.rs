//! Which tier a record earns, decided purely and explained condition by condition.

use rust_decimal::Decimal;
use serde::Serialize;
use strum::IntoStaticStr;

use crate::kernel::rate::{Better, share};
use crate::kernel::time::Timestamp;
use crate::trust::{BadgeEvent, BadgeState, Tier};

/// What a tier above the first asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    pub tier: Tier,
    /// Completed orders of the last twelve months, at least.
    pub completed: u64,
    /// Disputed ÷ paid, at most.
    pub dispute_max: Decimal,
    /// Calendar months as a trust merchant, at least.
    pub months: u32,
}

/// The bars, the lowest first.
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
    /// Orders paid in the last twelve months.
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
    /// The name in the keys of texts.
    pub const fn key(self) -> &'static str {
        self.into_str()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Condition {
    pub what: What,
    /// What it came to; none where nothing could be measured.
    pub value: Option<Decimal>,
    /// At least so much; of the dispute rate, at most.
    pub threshold: Decimal,
    pub met: bool,
}

pub fn conditions(bar: &Bar, measured: &Measured) -> [Condition; 3] {
    let Measured { paid, completed, disputed, months_trusted } = *measured;
    // Multiplied and not divided: a rate at the boundary is compared as it is, not rounded.
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

/// The highest tier whose conditions are all met. Who meets a higher one meets those below.
pub fn earned(measured: &Measured) -> Tier {
    let reached = |bar: &&Bar| conditions(bar, measured).iter().all(|c| c.met);
    BARS.iter().rev().find(reached).map_or(Tier::Trusted, |bar| bar.tier)
}

/// The bar of a tier; none of the first, which approval gives.
pub fn bar_of(tier: Tier) -> Option<&'static Bar> {
    BARS.iter().find(|bar| bar.tier == tier)
}

/// The bar above a tier; none at the top.
pub fn bar_above(tier: Tier) -> Option<&'static Bar> {
    BARS.iter().find(|bar| bar.tier > tier)
}

/// Since when a merchant has been a trust merchant without an end in between, from the moves of its
/// badge. A suspension is no end: it hides the tier while it lasts. None when the badge has ended.
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
