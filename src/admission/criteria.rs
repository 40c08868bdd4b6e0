//! The six criteria, evaluated purely from what the system knows. The applicant enters no result; a
//! reviewer judges two of them.

use chrono::Duration;
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::kernel::rate::{Better, share};
use crate::kernel::time::{Timestamp, months_between, plus_months, start_of_day};
use crate::reputation;
use crate::trust::agreement::{RecordDate, Signature};
use crate::trust::criteria::{
    Criterion, CriterionResult, Evaluation, Met, Needed, Source, Thresholds, Value,
};
use crate::trust::domain::Domain;

/// The paid orders within the reputation window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderRecord {
    pub paid: u64,
    /// Paid orders that ended, except those found to have ended through the buyer's own fault.
    pub ended: u64,
    pub completed: u64,
    /// Paid orders with a dispute that was opened and not withdrawn.
    pub disputed: u64,
    /// The mean rating, 1 to 5.
    pub rating: Option<Decimal>,
    /// Whether only the newest orders of the window were counted.
    pub is_cut: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub agreement_version: i32,
    /// The merchant's signatures, oldest first.
    pub signatures: Vec<Signature>,
    pub record_date: Option<RecordDate>,
    pub deceptions: Vec<Timestamp>,
    pub orders: OrderRecord,
    pub domains: Vec<Domain>,
    pub details_given: u32,
    pub details_asked: u32,
    pub identity: Option<bool>,
    pub reputation: Option<bool>,
}

/// The result of one criterion, without its key.
struct Outcome {
    met: Met,
    value: Value,
    threshold: Needed,
    source: Source,
    earliest_at: Option<Timestamp>,
}

/// Evaluates all six criteria. Calendar months are counted in the operator's zone.
pub fn evaluate(facts: &Facts, thresholds: &Thresholds, now: Timestamp, zone: Tz) -> Evaluation {
    let criteria = Criterion::ALL.into_iter().map(|key| {
        let outcome = match key {
            Criterion::Agreement => agreement(facts),
            Criterion::Tenure => tenure(facts, thresholds, now, zone),
            Criterion::NoDeception => no_deception(facts, thresholds, now, zone),
            Criterion::Reputation => reputation(facts, thresholds),
            Criterion::Domain => domain(facts, thresholds, now),
            Criterion::Identity => identity(facts),
        };
        CriterionResult {
            key,
            met: outcome.met,
            value: outcome.value,
            threshold: outcome.threshold,
            evaluated_at: now,
            source: outcome.source,
            earliest_at: outcome.earliest_at,
        }
    });
    Evaluation { thresholds_version: thresholds.version, criteria: criteria.collect() }
}

const fn met_if(condition: bool) -> Met {
    if condition { Met::Met } else { Met::NotMet }
}

fn agreement(facts: &Facts) -> Outcome {
    let newest = facts.signatures.iter().max_by_key(|s| s.version);
    // A signature ahead of time, of a version published for later, already counts.
    let signature = newest.filter(|s| s.version >= facts.agreement_version);
    Outcome {
        met: met_if(signature.is_some()),
        value: Value::Agreement {
            version: facts.agreement_version,
            signed_at: signature.map(|s| s.signed_at),
            text_sha256: signature.map(|s| s.text_sha256.clone()),
            signed_version: newest.map(|s| s.version),
        },
        threshold: Needed::Signed,
        source: Source::Signatures,
        earliest_at: None,
    }
}

fn tenure(facts: &Facts, thresholds: &Thresholds, now: Timestamp, zone: Tz) -> Outcome {
    let signed = facts.signatures.iter().map(|s| s.signed_at).min();
    let recorded = facts.record_date.as_ref().map(|r| start_of_day(r.date, zone));
    // The earlier one counts: a record date stands for the time before the first signature.
    let (since, source) = match (signed, recorded) {
        (Some(signed), Some(recorded)) if recorded < signed => (Some(recorded), Source::RecordDate),
        (Some(signed), _) => (Some(signed), Source::Signatures),
        (None, Some(recorded)) => (Some(recorded), Source::RecordDate),
        (None, None) => (None, Source::Signatures),
    };
    let from = since.unwrap_or(now);
    let reached = plus_months(from, thresholds.tenure_months, zone);
    let (months, days) = since.map_or((0, 0), |since| elapsed(since, now, zone));
    Outcome {
        met: met_if(since.is_some() && reached <= now),
        value: Value::Tenure { since, months, days },
        threshold: Needed::Months { months: thresholds.tenure_months },
        source,
        earliest_at: (reached > now).then_some(reached),
    }
}

/// Whole calendar months between two moments, and the days beyond them.
fn elapsed(since: Timestamp, now: Timestamp, zone: Tz) -> (u32, u32) {
    let months = months_between(since, now, zone);
    let rest = now - plus_months(since, months, zone);
    (months, u32::try_from(rest.num_days()).unwrap_or(0))
}

fn no_deception(facts: &Facts, thresholds: &Thresholds, now: Timestamp, zone: Tz) -> Outcome {
    let months = thresholds.deception_window_months;
    let mut ends: Vec<Timestamp> =
        facts.deceptions.iter().map(|at| plus_months(*at, months, zone)).collect();
    ends.retain(|end| *end > now);
    ends.sort_unstable();
    let max = thresholds.deception_findings_max;
    let findings = u32::try_from(ends.len()).unwrap_or(u32::MAX);
    // How many findings must leave the window until only `max` are left.
    let excess = findings.saturating_sub(max) as usize;
    Outcome {
        met: met_if(findings <= max),
        value: Value::NoDeception { findings },
        threshold: Needed::Findings { max, months },
        source: Source::Disputes,
        earliest_at: excess.checked_sub(1).and_then(|last| ends.get(last).copied()),
    }
}

fn reputation(facts: &Facts, thresholds: &Thresholds) -> Outcome {
    let orders = &facts.orders;
    let rate =
        |part: u64, whole: u64| (whole > 0).then(|| Decimal::from(part) / Decimal::from(whole));
    let completion = rate(orders.completed, orders.ended);
    let disputes = rate(orders.disputed, orders.paid);
    let (met, source) = if orders.paid < thresholds.reputation_orders_min {
        let judged = facts.reputation.map_or(Met::NeedsJudgement, met_if);
        (judged, Source::Reviewer)
    } else {
        let checks = [
            completion.map(|rate| rate >= thresholds.completion_rate_min),
            disputes.map(|rate| rate <= thresholds.dispute_rate_max),
            orders.rating.map(|rating| rating >= thresholds.rating_min),
        ];
        if checks.contains(&Some(false)) {
            (Met::NotMet, Source::Orders)
        } else if checks.contains(&None) {
            // Nothing measured failed, but not everything could be measured.
            (facts.reputation.map_or(Met::NeedsJudgement, met_if), Source::Reviewer)
        } else {
            (Met::Met, Source::Orders)
        }
    };
    Outcome {
        met,
        value: Value::Reputation {
            paid: orders.paid,
            // Compared exactly, shown rounded.
            completion_rate: share(orders.completed, orders.ended, Better::Higher),
            dispute_rate: share(orders.disputed, orders.paid, Better::Lower),
            rating: orders.rating.map(reputation::rating::shown),
            is_cut: orders.is_cut,
        },
        threshold: Needed::Rates {
            completion_min: thresholds.completion_rate_min,
            dispute_max: thresholds.dispute_rate_max,
            rating_min: thresholds.rating_min,
            orders_min: thresholds.reputation_orders_min,
            months: thresholds.reputation_window_months,
        },
        source,
        earliest_at: None,
    }
}

fn domain(facts: &Facts, thresholds: &Thresholds, now: Timestamp) -> Outcome {
    let proved = facts.domains.iter().filter(|d| d.verified_at.is_some());
    let latest = proved.max_by_key(|d| d.verified_at);
    let verified_at = latest.and_then(|d| d.verified_at);
    let window = Duration::days(i64::from(thresholds.domain_verified_within_days));
    Outcome {
        met: met_if(verified_at.is_some_and(|at| now - at <= window)),
        value: Value::Domain { name: latest.map(|d| d.name.as_str().to_owned()), verified_at },
        threshold: Needed::VerifiedWithin { days: thresholds.domain_verified_within_days },
        source: Source::DomainChecks,
        earliest_at: None,
    }
}

fn identity(facts: &Facts) -> Outcome {
    let complete = facts.details_given >= facts.details_asked;
    let met = match facts.identity {
        _ if !complete => Met::NotMet,
        None => Met::NeedsJudgement,
        Some(good) => met_if(good),
    };
    Outcome {
        met,
        value: Value::Identity { given: facts.details_given, asked: facts.details_asked },
        threshold: Needed::Judged,
        source: Source::Reviewer,
        earliest_at: None,
    }
}

#[cfg(test)]
mod tests;
