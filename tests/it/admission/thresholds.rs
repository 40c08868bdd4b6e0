//! New thresholds are for what comes after them.

use super::ready::{decide, judge, take};
use crate::support::World;

const BADGES: &str = "SELECT string_agg(b::text, '|') FROM badges b";

#[tokio::test]
async fn new_thresholds_leave_what_was_decided_alone() {
    let world = World::new().await;
    let approved = world.applicant("Lantern Bikes").await;
    let rejected = world.applicant("Paper Kites").await;
    let (_, mut reviewer) = world.reviewer().await;
    for (applicant, identity, decision) in
        [(&approved, "good", "approve"), (&rejected, "bad", "reject")]
    {
        take(&mut reviewer, &applicant.path()).await;
        judge(&mut reviewer, &applicant.path(), identity, "good").await;
        decide(&mut reviewer, &applicant.path(), decision, "Looked at.").await.expect(303);
    }
    let open = world.applicant("Tin Drums").await;
    let record = format!("/verify/{}.json", approved.merchant.code);
    let public = world.visitor().get(&record).await.ok().json();
    let decided = "SELECT string_agg(a::text, '|' ORDER BY id) FROM applications a \
                   WHERE decided_at IS NOT NULL";
    let kept = world.value(decided).await;
    let badges = world.value(BADGES).await;
    let from: Vec<_> = public["criteria"].as_array().unwrap().iter().collect();
    let from: Vec<_> = from.iter().map(|c| c["measured_from"].as_str().unwrap()).collect();
    let sources = ["signatures", "signatures", "disputes", "reviewer", "domain_checks", "reviewer"];
    assert_eq!(from, sources);
    assert_eq!(public["history"][0]["event"], "grant");
    let page = reviewer.get(&approved.path()).await.ok().texts(".criteria li");
    assert!(page[1].contains("Needed 3 calendar months"), "{page:#?}");
    world
        .owner_sql(
            "INSERT INTO criteria_thresholds SELECT 2, \
             thresholds || '{\"tenure_months\": 24}', surety_now() FROM criteria_thresholds",
        )
        .await;
    world.advance(chrono::Duration::minutes(2)).await;
    world.work().await;
    assert_eq!(world.value(decided).await, kept);
    assert_eq!(world.value(BADGES).await, badges);
    assert_eq!(reviewer.get(&approved.path()).await.ok().texts(".criteria li"), page);
    // The applicant reads the same as the reviewer, whatever was decided.
    for applicant in [&approved, &rejected] {
        let decided = reviewer.get(&applicant.path()).await.ok().texts(".criteria li");
        let mut owner = world.visitor_as(&applicant.merchant.owner).await;
        let shown = owner.get("/merchant/application").await;
        shown.ok().sees("As they were measured for the decision on");
        assert_eq!(shown.texts(".criteria li"), decided);
    }
    let still = world.visitor().get(&record).await.ok().json();
    assert_eq!(still["criteria"], public["criteria"]);
    assert_eq!(still["state"], public["state"]);
    // What is open is measured against the new ones, and decided on them.
    let shown = reviewer.get(&open.path()).await.ok().texts(".criteria li");
    assert!(shown[1].contains("Needed 24 calendar months"), "{shown:#?}");
    take(&mut reviewer, &open.path()).await;
    judge(&mut reviewer, &open.path(), "good", "good").await;
    let refused = decide(&mut reviewer, &open.path(), "approve", "Looked at.").await;
    assert!(refused.expect(422).error("decision").contains("It cannot be approved yet"));
    decide(&mut reviewer, &open.path(), "reject", "Too young.").await.expect(303);
    let versions = "SELECT string_agg(evaluation->>'thresholds_version', ',' ORDER BY id) \
                    FROM applications";
    assert_eq!(world.value(versions).await, "1,1,2");
}
