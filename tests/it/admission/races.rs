//! Two reviewers at once: one wins, the others are told who did what and when.

use futures::future::join_all;

use super::ready::{decide, judge, take, taken};
use crate::support::World;

#[tokio::test]
async fn of_many_who_claim_at_once_one_has_it_and_the_others_are_told() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let mut pages = Vec::new();
    for _ in 0..6 {
        let (_, mut reviewer) = world.reviewer().await;
        let page = reviewer.get(&path).await;
        pages.push((reviewer, page));
    }
    let claims = pages.into_iter().map(|(mut reviewer, page)| async move {
        reviewer.submit_on(&page, "Take this application", &[]).await
    });
    let replies = join_all(claims).await;
    let won = replies.iter().filter(|r| r.status == 303).count();
    assert_eq!(won, 1);
    for late in replies.iter().filter(|r| r.status != 303) {
        late.expect(409).sees("Staff reviewer took this application");
        assert_eq!(late.link("See the application as it is now"), path);
    }
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "1");
    let (_, mut other) = world.reviewer().await;
    let page = other.get(&path).await;
    page.ok().sees("Staff reviewer reviews this");
    assert_eq!(page.count("main form[method=post][action$=decide]"), 0);
}

#[tokio::test]
async fn the_second_of_two_decisions_changes_nothing_and_keeps_its_words() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let (person, mut one) = world.reviewer().await;
    take(&mut one, &path).await;
    judge(&mut one, &path, "good", "good").await;
    // The same reviewer in two windows; in one of them for too long.
    let stale = one.get(&path).await;
    decide(&mut one, &path, "approve", "All good.").await.expect(303);
    let sum = world.checksum(&["sessions"]).await;
    let fields = [("decision", "reject"), ("reason", "No licence at all.")];
    let late = one.submit_on(&stale, "Record this decision", &fields).await;
    late.expect(409).sees("You approved this application").sees("No licence at all.");
    assert_eq!(world.checksum(&["sessions"]).await, sum);
    // Another reviewer, with the version that is current.
    let (_, mut two) = world.reviewer().await;
    let version = world.value("SELECT version FROM applications").await;
    let token = two.csrf_token(&path).await;
    let sum = world.checksum(&["sessions"]).await;
    for (act, more) in [
        ("claim", vec![]),
        ("release", vec![]),
        ("decide", vec![("decision", "reject"), ("reason", "No.")]),
        (
            "judge",
            vec![
                ("criterion", "identity"),
                ("identity_verdict", "bad"),
                ("identity_reason", "No."),
            ],
        ),
    ] {
        let mut fields = vec![("version", version.as_str()), ("csrf_token", token.as_str())];
        fields.extend(more);
        let reply = two.post(&format!("{path}/{act}"), &fields).await;
        reply.expect(409).sees(&format!("{} approved this application", person.name));
    }
    assert_eq!(world.checksum(&["sessions"]).await, sum);
}

#[tokio::test]
async fn approvals_at_once_grant_one_badge() {
    let (world, applicant, path, mut reviewer) = taken().await;
    judge(&mut reviewer, &path, "good", "good").await;
    let page = reviewer.get(&path).await;
    let tries = (0..6).map(|_| {
        let (mut reviewer, page) = (reviewer.clone(), page.clone());
        async move {
            let fields = [("decision", "approve"), ("reason", "All good.")];
            reviewer.submit_on(&page, "Record this decision", &fields).await.status
        }
    });
    let mut statuses = join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409, 409, 409, 409, 409]);
    for table in ["badges", "badge_events"] {
        assert_eq!(world.value(&format!("SELECT count(*) FROM {table}")).await, "1", "{table}");
    }
    let mails = world.mails_to(&applicant.merchant.owner.email).await;
    assert_eq!(mails.iter().filter(|m| m.message == "application-approved").count(), 1);
}

#[tokio::test]
async fn what_is_decided_on_an_older_page_is_not_recorded() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let (_, mut reviewer) = world.reviewer().await;
    let stale = take(&mut reviewer, &path).await;
    judge(&mut reviewer, &path, "good", "good").await;
    // It is still this reviewer's, and a rejection would be legal; but it rests on what was then.
    let sum = world.checksum(&["sessions"]).await;
    let fields = [("decision", "reject"), ("reason", "Nobody knows them.")];
    let late = reviewer.submit_on(&stale, "Record this decision", &fields).await;
    late.expect(409).sees("You recorded a judgement").sees("Nobody knows them.");
    assert_eq!(world.checksum(&["sessions"]).await, sum);
}
