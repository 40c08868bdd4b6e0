//! The published criteria as a table: merchants with known histories, and what each criterion comes
//! to. The table says what differs from the usual merchant, which meets all six.

use chrono_tz::Tz;
use serde_json::Value as Json;
use surety::admission::application::Application;
use surety::admission::criteria::{Facts, OrderRecord, evaluate};
use surety::kernel::domain_name::DomainName;
use surety::kernel::locale::Locale;
use surety::kernel::time::Timestamp;
use surety::trust::Domain;
use surety::trust::agreement::{RecordDate, Signature};
use surety::trust::criteria::{Criterion, Thresholds};
use uuid::Uuid;

const TABLE: &str = include_str!("../../fixtures/criteria/cases.json");

/// The thresholds of version 1, as the first migration publishes them.
fn thresholds() -> Thresholds {
    let published = r#"{"version": 1, "tenure_months": 3, "deception_findings_max": 0,
        "deception_window_months": 24, "completion_rate_min": "0.95", "dispute_rate_max": "0.01",
        "rating_min": "4.0", "reputation_orders_min": 10, "reputation_window_months": 12,
        "domain_verified_within_days": 30}"#;
    serde_json::from_str(published).unwrap()
}

/// What each criterion is measured against.
const NEEDED: [(&str, &str); 6] = [
    ("agreement", r#"{"kind": "signed"}"#),
    ("tenure", r#"{"kind": "months", "months": 3}"#),
    ("no_deception", r#"{"kind": "findings", "max": 0, "months": 24}"#),
    (
        "reputation",
        r#"{"kind": "rates", "completion_min": "0.95", "dispute_max": "0.01", "rating_min": "4.0",
            "orders_min": 10, "months": 12}"#,
    ),
    ("domain", r#"{"kind": "verified_within", "days": 30}"#),
    ("identity", r#"{"kind": "judged"}"#),
];

fn at(json: &Json) -> Timestamp {
    json.as_str().unwrap().parse().unwrap()
}

fn signature(json: &Json) -> Signature {
    Signature {
        version: i32::try_from(json["version"].as_i64().unwrap()).unwrap(),
        user_id: 1,
        typed_name: "Lin".to_owned(),
        text_sha256: "00".to_owned(),
        locale: Locale::En,
        signed_at: at(&json["at"]),
        zone: chrono_tz::Tz::UTC,
    }
}

fn domain(json: &Json) -> Domain {
    let before: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    Domain {
        id: 1,
        public_id: Uuid::nil(),
        merchant_id: 1,
        name: DomainName::parse(json["name"].as_str().unwrap()).unwrap(),
        token: "t".to_owned(),
        token_expires_at: before,
        verified_at: json["verified_at"].is_string().then(|| at(&json["verified_at"])),
        last_checked_at: None,
        last_failure: None,
        failing_since: None,
        created_at: before,
    }
}

fn facts(history: &Json) -> Facts {
    let list = |key: &str| history[key].as_array().unwrap().iter();
    let orders = &history["orders"];
    let record_date = history["record_date"].as_str().map(|date| RecordDate {
        date: date.parse().unwrap(),
        reason: "Seen in the archive.".to_owned(),
        entered_by: 9,
        entered_at: "2026-01-01T00:00:00Z".parse().unwrap(),
    });
    Facts {
        agreement_version: i32::try_from(history["agreement"].as_i64().unwrap()).unwrap(),
        signatures: list("signatures").map(signature).collect(),
        record_date,
        deceptions: list("deceptions").map(at).collect(),
        orders: OrderRecord {
            paid: orders["paid"].as_u64().unwrap(),
            ended: orders["ended"].as_u64().unwrap(),
            completed: orders["completed"].as_u64().unwrap(),
            disputed: orders["disputed"].as_u64().unwrap(),
            rating: orders["rating"].as_str().map(|rating| rating.parse().unwrap()),
            is_cut: false,
        },
        domains: list("domains").map(domain).collect(),
        details_given: u32::try_from(history["particulars"].as_u64().unwrap()).unwrap(),
        details_asked: u32::try_from(Application::ASKED).unwrap(),
        identity: history["identity"].as_bool(),
        reputation: history["reputation"].as_bool(),
    }
}

/// The usual with what differs, one level deep.
fn with(usual: &Json, case: &Json) -> Json {
    let mut all = usual.clone();
    for (key, value) in case.as_object().into_iter().flatten() {
        all[key] = value.clone();
    }
    all
}

/// Whether each part that is named is as it is named; numbers by their value, not their digits.
fn is_as(named: &Json, found: &Json) -> bool {
    if let Some(parts) = named.as_object() {
        return parts.iter().all(|(key, part)| is_as(part, &found[key]));
    }
    let number = |json: &Json| json.as_str().and_then(|text| text.parse::<f64>().ok());
    match (number(named), number(found)) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        _ => named == found,
    }
}

#[test]
fn each_case_of_the_table_comes_to_what_it_says() {
    let table: Json = serde_json::from_str(TABLE).unwrap();
    let (usual, cases) = (&table["usual"], table["cases"].as_array().unwrap());
    assert!(cases.len() >= 40, "{} cases", cases.len());
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let part = |key: &str| if case[key].is_null() { &usual[key] } else { &case[key] };
        let (now, zone) = (at(part("now")), part("zone").as_str().unwrap());
        let facts = facts(&with(&usual["history"], &case["history"]));
        let zone: Tz = zone.parse().unwrap();
        let evaluation = evaluate(&facts, &thresholds(), now, zone);
        assert_eq!(evaluation.thresholds_version, 1, "{name}");
        for (criterion, (key, needed)) in Criterion::ALL.into_iter().zip(NEEDED) {
            assert_eq!(criterion.key(), key);
            let result = evaluation.get(criterion).unwrap();
            assert_eq!(result.evaluated_at, now, "{name}");
            let found = serde_json::to_value(result).unwrap();
            let expected = with(&usual["expected"][key], &case["expected"][key]);
            assert!(is_as(&expected, &found), "{name}: {key}\n{expected:#}\nfound {found:#}");
            let needed: Json = serde_json::from_str(needed).unwrap();
            assert!(is_as(&needed, &found["threshold"]), "{name}: {found:#}");
            // What is told as the earliest moment is one at which it is met, not a second before.
            if let Some(earliest) = result.earliest_at {
                let met = |now| {
                    evaluate(&facts, &thresholds(), now, zone).get(criterion).map(|r| r.met.key())
                };
                let is_signed =
                    key != "tenure" || !facts.signatures.is_empty() || facts.record_date.is_some();
                assert_eq!(met(earliest) == Some("met"), is_signed, "{name}: {key}");
                let before = earliest - chrono::Duration::seconds(1);
                assert_eq!(met(before), Some("not_met"), "{name}: {key}");
            }
        }
    }
}
