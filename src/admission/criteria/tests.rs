//! Each criterion at its boundaries, with the calendars of several zones.

use uuid::Uuid;

use super::*;
use crate::kernel::domain_name::DomainName;
use crate::kernel::locale::Locale;

const SHANGHAI: Tz = Tz::Asia__Shanghai;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn thresholds() -> Thresholds {
    Thresholds {
        version: 7,
        tenure_months: 3,
        deception_findings_max: 0,
        deception_window_months: 24,
        completion_rate_min: Decimal::new(95, 2),
        dispute_rate_max: Decimal::new(1, 2),
        rating_min: Decimal::new(40, 1),
        reputation_orders_min: 10,
        reputation_window_months: 12,
        domain_verified_within_days: 30,
    }
}

fn signed(when: &str, version: i32) -> Signature {
    Signature {
        version,
        user_id: 1,
        typed_name: "Lin".to_owned(),
        text_sha256: "00".to_owned(),
        locale: Locale::En,
        signed_at: at(when),
        zone: Tz::UTC,
    }
}

fn recorded(date: &str) -> Option<RecordDate> {
    let entered_at = at("2026-01-01T00:00:00Z");
    Some(RecordDate {
        date: date.parse().unwrap(),
        reason: "r".to_owned(),
        entered_by: 9,
        entered_at,
    })
}

fn of(facts: &Facts, key: Criterion, now: &str, zone: Tz) -> CriterionResult {
    evaluate(facts, &thresholds(), at(now), zone).get(key).cloned().unwrap()
}

fn met(facts: &Facts, key: Criterion, now: &str) -> Met {
    of(facts, key, now, SHANGHAI).met
}

#[test]
fn all_six_are_evaluated_at_one_moment_under_one_version() {
    let now = at("2026-11-22T00:00:00Z");
    let evaluation = evaluate(&Facts::default(), &thresholds(), now, SHANGHAI);
    let keys: Vec<_> = evaluation.criteria.iter().map(|r| r.key).collect();
    assert_eq!(keys, Criterion::ALL);
    assert_eq!(evaluation.thresholds_version, 7);
    assert!(evaluation.criteria.iter().all(|r| r.evaluated_at == now));
    assert!(!evaluation.all_met());
    let stored = serde_json::to_value(&evaluation).unwrap();
    assert_eq!(serde_json::from_value::<Evaluation>(stored).unwrap(), evaluation);
}

#[test]
fn only_a_signature_under_the_current_version_counts() {
    let mut facts = Facts { agreement_version: 2, ..Facts::default() };
    assert_eq!(met(&facts, Criterion::Agreement, "2026-11-22T00:00:00Z"), Met::NotMet);
    facts.signatures = vec![signed("2026-01-01T00:00:00Z", 1)];
    assert_eq!(met(&facts, Criterion::Agreement, "2026-11-22T00:00:00Z"), Met::NotMet);
    facts.signatures.push(signed("2026-11-21T00:00:00Z", 2));
    assert_eq!(met(&facts, Criterion::Agreement, "2026-11-22T00:00:00Z"), Met::Met);
    // Tenure counts from the first signature, whatever its version.
    assert_eq!(met(&facts, Criterion::Tenure, "2026-11-22T00:00:00Z"), Met::Met);
}

/// When it was signed, the zone, and the first moment at which tenure is met.
const TENURES: [(&str, Tz, &str); 9] = [
    ("2026-08-22T05:00:00Z", SHANGHAI, "2026-11-22T05:00:00Z"),
    // 30 November in Shanghai: the end of February.
    ("2026-11-29T20:00:00Z", SHANGHAI, "2027-02-27T20:00:00Z"),
    // The same moment is still 29 November in UTC, which also leads to 28 February.
    ("2026-11-29T20:00:00Z", Tz::UTC, "2027-02-28T20:00:00Z"),
    // Into a leap year.
    ("2027-11-30T00:00:00Z", Tz::UTC, "2028-02-29T00:00:00Z"),
    // 31 March: three months later is 30 June.
    ("2026-03-31T12:00:00Z", Tz::UTC, "2026-06-30T12:00:00Z"),
    // Over the end of a year.
    ("2026-10-31T15:59:59Z", SHANGHAI, "2027-01-31T15:59:59Z"),
    // Midnight in Shanghai is the afternoon before in UTC.
    ("2026-01-31T16:00:00Z", SHANGHAI, "2026-04-30T16:00:00Z"),
    // Berlin sets its clocks forward in between: the local time of day stays the same.
    ("2026-01-15T09:00:00Z", Tz::Europe__Berlin, "2026-04-15T08:00:00Z"),
    // 02:30 does not exist on 29 March 2026: tenure is met once the clocks have gone forward.
    ("2025-12-29T01:30:00Z", Tz::Europe__Berlin, "2026-03-29T01:30:00Z"),
];

#[test]
fn tenure_is_counted_in_calendar_months_of_the_operator() {
    for (when, zone, first) in TENURES {
        let facts = Facts { signatures: vec![signed(when, 1)], ..Facts::default() };
        let before = at(first) - Duration::seconds(1);
        let result = of(&facts, Criterion::Tenure, &before.to_rfc3339(), zone);
        assert_eq!(result.met, Met::NotMet, "{when} {zone}");
        assert_eq!(result.earliest_at, Some(at(first)), "{when} {zone}");
        let result = of(&facts, Criterion::Tenure, first, zone);
        assert_eq!(result.met, Met::Met, "{when} {zone}");
        assert_eq!(result.earliest_at, None);
        assert!(matches!(result.value, Value::Tenure { months: 3, days: 0, .. }), "{result:?}");
    }
}

#[test]
fn who_has_not_signed_has_no_tenure_but_is_told_when_it_could_be() {
    let result = of(&Facts::default(), Criterion::Tenure, "2026-11-22T00:00:00Z", Tz::UTC);
    assert_eq!(result.met, Met::NotMet);
    assert_eq!(result.earliest_at, Some(at("2027-02-22T00:00:00Z")));
    assert_eq!(result.value, Value::Tenure { since: None, months: 0, days: 0 });
}

#[test]
fn a_record_date_stands_before_the_first_signature() {
    let now = "2026-11-22T00:00:00Z";
    let mut facts = Facts {
        signatures: vec![signed("2026-11-01T00:00:00Z", 1)],
        record_date: recorded("2026-08-22"),
        ..Facts::default()
    };
    // In Shanghai the day begins at 16:00 UTC of the day before.
    let result = of(&facts, Criterion::Tenure, now, SHANGHAI);
    assert_eq!((result.met, result.source), (Met::Met, Source::RecordDate));
    let first = of(&facts, Criterion::Tenure, "2026-11-21T16:00:00Z", SHANGHAI);
    assert_eq!(first.met, Met::Met);
    assert_eq!(met(&facts, Criterion::Tenure, "2026-11-21T15:59:59Z"), Met::NotMet);
    // A record date later than the signature has no effect.
    facts.record_date = recorded("2026-11-20");
    let result = of(&facts, Criterion::Tenure, now, SHANGHAI);
    assert_eq!(result.source, Source::Signatures);
    facts.signatures.clear();
    assert_eq!(of(&facts, Criterion::Tenure, now, SHANGHAI).source, Source::RecordDate);
}

#[test]
fn what_was_measured_of_the_tenure_is_told_in_months_and_days() {
    let facts = Facts { signatures: vec![signed("2026-09-02T04:00:00Z", 1)], ..Facts::default() };
    let result = of(&facts, Criterion::Tenure, "2026-11-22T04:00:00Z", SHANGHAI);
    let since = Some(at("2026-09-02T04:00:00Z"));
    assert_eq!(result.value, Value::Tenure { since, months: 2, days: 20 });
}

#[test]
fn a_finding_counts_for_twenty_four_months() {
    let mut facts = Facts { deceptions: vec![at("2024-11-30T00:00:00Z")], ..Facts::default() };
    let end = "2026-11-30T00:00:00Z";
    let result = of(&facts, Criterion::NoDeception, "2026-11-29T23:59:59Z", Tz::UTC);
    assert_eq!((result.met, result.earliest_at), (Met::NotMet, Some(at(end))));
    assert_eq!(result.value, Value::NoDeception { findings: 1 });
    let result = of(&facts, Criterion::NoDeception, end, Tz::UTC);
    assert_eq!((result.met, result.earliest_at), (Met::Met, None));
    // With several findings, the last decides when the criterion can be met.
    facts.deceptions.insert(0, at("2025-03-01T00:00:00Z"));
    let result = of(&facts, Criterion::NoDeception, "2026-11-01T00:00:00Z", Tz::UTC);
    assert_eq!(result.earliest_at, Some(at("2027-03-01T00:00:00Z")));
    assert_eq!(met(&Facts::default(), Criterion::NoDeception, end), Met::Met);
}

/// Paid, ended, completed, disputed, rating in tenths, judgement; the expected result.
type Reputation = (u64, u64, u64, u64, Option<i64>, Option<bool>, Met);

const REPUTATIONS: [Reputation; 20] = [
    // Too few orders: the reviewer judges, whatever the rates are.
    (0, 0, 0, 0, None, None, Met::NeedsJudgement),
    (0, 0, 0, 0, None, Some(true), Met::Met),
    (0, 0, 0, 0, None, Some(false), Met::NotMet),
    (9, 9, 9, 0, Some(50), None, Met::NeedsJudgement),
    (9, 9, 0, 9, Some(10), Some(true), Met::Met),
    // Ten orders are enough, and then the judgement is ignored.
    (10, 10, 10, 0, Some(50), None, Met::Met),
    (10, 10, 10, 0, Some(50), Some(false), Met::Met),
    (10, 10, 9, 0, Some(50), Some(true), Met::NotMet),
    // Values exactly at the thresholds pass.
    (100, 100, 95, 1, Some(40), None, Met::Met),
    (1_000, 1_000, 949, 1, Some(40), None, Met::NotMet),
    (100, 100, 95, 2, Some(40), None, Met::NotMet),
    (100, 100, 95, 1, Some(39), None, Met::NotMet),
    (1_000, 1_000, 950, 10, Some(40), None, Met::Met),
    (1_000, 1_000, 950, 11, Some(40), None, Met::NotMet),
    // A tiny shortfall fails, however it would be rounded.
    (20_000_000, 20_000_000, 18_999_999, 0, Some(40), None, Met::NotMet),
    // Rates at the boundary whose denominator is no power of ten.
    (300, 300, 285, 3, Some(40), None, Met::Met),
    // No rating, or none ended: nothing failed, but not everything was measured.
    (20, 20, 20, 0, None, None, Met::NeedsJudgement),
    (20, 20, 20, 0, None, Some(true), Met::Met),
    (20, 0, 0, 0, Some(50), None, Met::NeedsJudgement),
    // What is not measured does not excuse a measured failure.
    (20, 20, 10, 0, None, Some(true), Met::NotMet),
];

#[test]
fn reputation_is_measured_where_there_are_orders_enough() {
    for case in REPUTATIONS {
        let (paid, ended, completed, disputed, rating, reputation, expected) = case;
        let rating = rating.map(|tenths| Decimal::new(tenths, 1));
        let orders = OrderRecord { paid, ended, completed, disputed, rating, is_cut: false };
        let facts = Facts { orders, reputation, ..Facts::default() };
        assert_eq!(
            met(&facts, Criterion::Reputation, "2026-11-22T00:00:00Z"),
            expected,
            "{case:?}"
        );
    }
}

fn domain_of(name: &str, verified_at: Option<&str>) -> Domain {
    Domain {
        id: 1,
        public_id: Uuid::nil(),
        merchant_id: 1,
        name: DomainName::parse(name).unwrap(),
        token: "t".to_owned(),
        token_expires_at: at("2026-01-01T00:00:00Z"),
        verified_at: verified_at.map(at),
        last_checked_at: None,
        last_failure: None,
        failing_since: None,
        created_at: at("2026-01-01T00:00:00Z"),
    }
}

#[test]
fn the_latest_proof_of_a_domain_counts_for_thirty_days() {
    let now = "2026-11-22T00:00:00Z";
    let mut facts = Facts { domains: vec![domain_of("a.example", None)], ..Facts::default() };
    assert_eq!(met(&facts, Criterion::Domain, now), Met::NotMet);
    facts.domains.push(domain_of("b.example", Some("2026-10-22T23:59:59Z")));
    assert_eq!(met(&facts, Criterion::Domain, now), Met::NotMet);
    facts.domains.push(domain_of("c.example", Some("2026-10-23T00:00:00Z")));
    let result = of(&facts, Criterion::Domain, now, SHANGHAI);
    assert_eq!(result.met, Met::Met);
    let verified_at = Some(at("2026-10-23T00:00:00Z"));
    assert_eq!(result.value, Value::Domain { name: Some("c.example".to_owned()), verified_at });
}

#[test]
fn identity_is_judged_once_it_is_complete() {
    let now = "2026-11-22T00:00:00Z";
    let cases = [
        (3, None, Met::NotMet),
        (3, Some(true), Met::NotMet),
        (4, None, Met::NeedsJudgement),
        (4, Some(true), Met::Met),
        (4, Some(false), Met::NotMet),
    ];
    for (given, identity, expected) in cases {
        let facts = Facts { details_given: given, details_asked: 4, identity, ..Facts::default() };
        assert_eq!(met(&facts, Criterion::Identity, now), expected, "{given} {identity:?}");
    }
}
