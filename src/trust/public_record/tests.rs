use serde_json::json;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_badge_expires_on_its_date_also_before_the_clock_says_so() {
    let (before, on) = (at("2026-11-21T23:59:59Z"), at("2026-11-22T00:00:00Z"));
    let state = |name, now| PublicState::of_badge(name, on, now);
    assert_eq!(state("active", before), PublicState::Active);
    assert_eq!(state("active", on), PublicState::Expired);
    assert_eq!(state("suspended", before), PublicState::Suspended);
    assert_eq!(state("suspended", on), PublicState::Expired);
    assert_eq!(state("revoked", on), PublicState::Revoked);
    assert_eq!(state("expired", before), PublicState::Expired);
    assert_eq!(state("splendid", before), PublicState::Revoked);
}

#[test]
fn what_cannot_be_read_of_an_evaluation_is_left_out() {
    let good = json!({"key": "tenure", "met": true, "value": "4 months", "threshold": "3",
        "evaluated_at": "2026-11-22T03:00:00Z"});
    let odd = json!({"key": 7});
    assert_eq!(read_evaluation(&json!([good, odd])).len(), 1);
    assert_eq!(read_evaluation(&json!({ "criteria": [good] })).len(), 1);
    assert!(read_evaluation(&json!({})).is_empty());
}
