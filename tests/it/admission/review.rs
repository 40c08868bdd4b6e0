//! Reviewing: judgements, decisions, questions, clocks, and who must not.

use chrono::Duration;

use super::ready::{decide, judge, take, taken};
use crate::support::World;

#[tokio::test]
async fn nobody_decides_on_a_merchant_they_belong_to() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let owner = &applicant.merchant.owner;
    let id = owner.id;
    world
        .owner_sql(&format!("UPDATE users SET staff_roles = '{{reviewer}}' WHERE id = {id}"))
        .await;
    world.give_factor(owner).await;
    let mut own = world.visitor_as(owner).await;
    let path = applicant.path();
    let page = own.get(&path).await;
    page.ok().sees("This is your own merchant");
    assert_eq!(page.count("main form[method=post]"), 0);
    let sum = world.checksum(&["sessions"]).await;
    let token = own.csrf_token("/merchant/domains").await;
    let fields = [
        ("version", "2"),
        ("csrf_token", token.as_str()),
        ("decision", "approve"),
        ("reason", "It is mine."),
        ("criterion", "identity"),
        ("identity_verdict", "good"),
        ("identity_reason", "It is mine."),
        ("record_date", "2020-01-01"),
        ("record_reason", "It is mine."),
    ];
    for act in ["claim", "release", "judge", "decide", "record-date"] {
        let reply = own.post(&format!("{path}/{act}"), &fields).await;
        reply.expect(403).sees("You belong to this merchant");
    }
    assert_eq!(world.checksum(&["sessions"]).await, sum);
}

#[tokio::test]
async fn decisions_ask_for_the_password_again() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let (person, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &path).await;
    let page = reviewer.get(&path).await;
    world.advance(Duration::minutes(16)).await;
    let shown = reviewer.get(&path).await;
    shown.ok().sees("Before you review");
    assert_eq!(shown.count("form[action$=decide]"), 0);
    let fields = [("decision", "reject"), ("reason", "No.")];
    // What was typed is not lost: the form comes back and asks for the password.
    let sent = reviewer.submit_on(&page, "Record this decision", &fields).await;
    assert_eq!(sent.expect(422).error("password"), ASKED);
    assert_eq!((sent.field("decision"), sent.field("reason")), ("reject".into(), "No.".into()));
    assert_eq!(sent.count("input[type=password]"), 1, "only in the form that was sent");
    // Acts without a text lead over the page that asks, and do nothing before.
    let sum = world.checksum(&["sessions"]).await;
    let token = reviewer.csrf_token(&path).await;
    let version = page.field("version");
    for act in ["claim", "release"] {
        let fields = [("csrf_token", token.as_str()), ("version", version.as_str())];
        let first = reviewer.post(&format!("{path}/{act}"), &fields).await;
        first.sends_to("/account/security/confirm?next=");
    }
    assert_eq!(world.checksum(&["sessions"]).await, sum);
    let wrong = [("Password", "not my password"), ("Code from your app", "000000")];
    let sent = reviewer.submit_on(&sent, "Record this decision", &wrong).await;
    assert!(sent.expect(422).error("password").starts_with("This is not your password."));
    assert_eq!((sent.field("reason"), sent.field("password")), ("No.".into(), String::new()));
    assert_eq!(world.status_of(&applicant).await, "in_review");
    let code = world.code_of(&person.email).await;
    let password = [("Password", crate::support::PASSWORD), ("Code from your app", &code)];
    let confirm = shown.link("Enter your password again");
    let back = reviewer.submit(&confirm, "Go on", &password).await;
    back.sends_to(&path);
    reviewer.follow(back).await.ok().sees("Record this decision");
}

const ASKED: &str = "Enter your password to go on. What you typed is kept.";

#[tokio::test]
async fn a_late_form_goes_on_with_the_password_in_it() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let (person, mut reviewer) = world.reviewer().await;
    let page = take(&mut reviewer, &path).await;
    world.advance(Duration::minutes(16)).await;
    let button = "Record the judgement: Is who it says it is";
    let judged = [("identity_verdict", "good"), ("identity_reason", "Seen at the register.")];
    let asked = reviewer.submit_on(&page, button, &judged).await;
    assert_eq!(asked.expect(422).error("password"), ASKED);
    assert_eq!(asked.field("identity_reason"), "Seen at the register.");
    let code = world.code_of(&person.email).await;
    let password = [("Password", crate::support::PASSWORD), ("Code from your app", &code)];
    let done = reviewer.submit_on(&asked, button, &password).await;
    done.sends_to(&format!("{path}?done=review-judged"));
    // The password counts for the next quarter of an hour.
    let page = reviewer.follow(done).await;
    let missing = reviewer.submit_on(&page, "Record this decision", &[("reason", "Why?")]).await;
    assert_eq!(missing.expect(422).error("password"), "");
    world.advance(Duration::minutes(16)).await;
    let late = [("record_date", "2020-01-01"), ("record_reason", "Seen in the archive.")];
    let asked = reviewer.submit_on(&page, "Enter the record date", &late).await;
    assert_eq!(asked.expect(422).field("record_reason"), "Seen in the archive.");
}

#[tokio::test]
async fn what_was_written_outlives_the_claim() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let (_, mut reviewer) = world.reviewer().await;
    let page = take(&mut reviewer, &applicant.path()).await;
    world.advance(Duration::minutes(31)).await;
    let fields = [("decision", "ask"), ("reason", "Which street is it?")];
    let late = reviewer.submit_on(&page, "Record this decision", &fields).await;
    late.expect(409).sees("Which street is it?");
}

#[tokio::test]
async fn a_question_is_answered_and_judged_anew() {
    let (world, applicant, path, mut reviewer) = taken().await;
    judge(&mut reviewer, &path, "bad", "good").await;
    decide(&mut reviewer, &path, "ask", "Which street is it?").await.expect(303);
    reviewer.get(&path).await.ok().sees("Nothing to decide here");
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    let page = owner.get("/merchant/application").await;
    page.ok().sees("The reviewer needs something from you.").sees("Which street is it?");
    let empty = owner.submit_on(&page, "Send the answer", &[]).await;
    empty.expect(422);
    assert_eq!(empty.error("note"), "Write your answer.");
    let change = [("Address", "2 Canal Street")];
    owner.submit("/merchant/application/details", "Save", &change).await.expect(303);
    let answer = [("Answer", "Canal Street, number two.")];
    let sent = owner.submit("/merchant/application", "Send the answer", &answer).await;
    sent.sends_to("/merchant/application?done=application-submitted");
    let page = reviewer.get(&path).await;
    page.ok().sees("Canal Street, number two.").sees("2 Canal Street").sees("2 are yours to judge");
    take(&mut reviewer, &path).await;
    judge(&mut reviewer, &path, "good", "good").await;
    decide(&mut reviewer, &path, "approve", "Now it is clear.").await.expect(303);
    let mails = world.mails_to(&applicant.merchant.owner.email).await;
    let told: Vec<_> = mails.iter().map(|m| m.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "application-submitted",
            "application-needs-information",
            "application-submitted",
            "application-approved"
        ]
    );
    assert!(mails[1].text.contains("Which street is it?"), "{}", mails[1].text);
    for mail in &mails {
        assert!(mail.text.contains("Lantern Bikes"), "{}: {}", mail.message, mail.text);
    }
}

#[tokio::test]
async fn silence_withdraws_after_thirty_days() {
    let (world, applicant, path, mut reviewer) = taken().await;
    decide(&mut reviewer, &path, "ask", "Which street is it?").await.expect(303);
    world.advance(Duration::days(30) - Duration::minutes(5)).await;
    world.work().await;
    assert_eq!(world.status_of(&applicant).await, "needs_information");
    world.advance(Duration::minutes(5)).await;
    world.work().await;
    assert_eq!(world.status_of(&applicant).await, "withdrawn");
    let mails = world.mails_to(&applicant.merchant.owner.email).await;
    assert_eq!(mails.last().map(|m| m.message.as_str()), Some("application-silent"));
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    let page = owner.get("/merchant/application").await;
    page.ok().sees("Withdrawn, since no answer came for 30 days");
    assert!(page.has_button("Begin an application"));
}

#[tokio::test]
async fn a_claim_is_put_back_by_hand_or_after_thirty_idle_minutes() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let (_, mut one) = world.reviewer().await;
    take(&mut one, &path).await;
    one.submit(&path, "Put it back", &[]).await.sends_to(&format!("{path}?done=review-released"));
    assert_eq!(world.status_of(&applicant).await, "submitted");
    take(&mut one, &path).await;
    world.advance(Duration::minutes(29)).await;
    world.work().await;
    assert_eq!(world.status_of(&applicant).await, "in_review");
    world.advance(Duration::minutes(1)).await;
    // It waits again from that moment, whether or not the worker runs.
    let (_, mut two) = world.reviewer().await;
    two.get(&path).await.ok().sees("Nobody reviews this");
    two.get("/admin/applications?state=waiting").await.ok().sees("Lantern Bikes");
    world.work().await;
    assert_eq!(world.status_of(&applicant).await, "submitted");
    two.get(&path).await.ok().sees("put back after 30 idle minutes");
    take(&mut two, &path).await;
}

#[tokio::test]
async fn a_rejection_says_what_failed_and_when_to_come_again() {
    let (world, applicant, path, mut reviewer) = taken().await;
    // Nothing has failed yet, so there is nothing to reject it for.
    let refused = decide(&mut reviewer, &path, "reject", "I do not like it.").await;
    refused.expect(422);
    assert!(refused.error("decision").contains("no criterion has failed"));
    assert_eq!(refused.field("reason"), "I do not like it.");
    judge(&mut reviewer, &path, "bad", "good").await;
    decide(&mut reviewer, &path, "reject", "The register knows nothing of it.").await.expect(303);
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    let page = owner.get("/merchant/application").await;
    page.ok()
        .sees("Your application was rejected.")
        .sees("The register knows nothing of it.")
        .sees("Is who it says it is")
        .sees("You can apply again from");
    assert!(!page.has_button("Begin an application"));
    let token = owner.csrf_token("/merchant/application").await;
    let early = owner.post("/merchant/application", &[("csrf_token", token.as_str())]).await;
    early.expect(409).sees("You cannot apply again yet");
    world.advance(Duration::days(30)).await;
    let mut owner = world.visitor_as(&applicant.merchant.owner).await;
    owner.submit("/merchant/application", "Begin an application", &[]).await.expect(303);
    // The reviewer sees what was before.
    let again = world.value("SELECT public_id FROM applications ORDER BY id DESC LIMIT 1").await;
    let (_, mut reviewer) = world.reviewer().await;
    let page = reviewer.get(&format!("/admin/applications/{again}")).await;
    page.ok().sees("Earlier applications").sees("The register knows nothing of it.");
}

#[tokio::test]
async fn what_is_wrong_in_a_decision_is_said_and_kept() {
    let (world, applicant, path, mut reviewer) = taken().await;
    let long = "x".repeat(2_001);
    let decide = format!("{path}/decide");
    for (decision, reason, wrong_decision, wrong_reason) in [
        ("", "", "Choose one of the three.", "Give a reason."),
        ("maybe", "Because.", "Choose one of the three.", ""),
        ("ask", "  ", "", "Give a reason."),
        ("approve", long.as_str(), "", "at most 2000"),
    ] {
        let fields = [("decision", decision), ("reason", reason)];
        let page = reviewer.forge(&path, &decide, &fields).await;
        page.expect(422);
        assert!(page.error("decision").contains(wrong_decision), "{decision}");
        assert!(page.error("reason").contains(wrong_reason), "{decision}");
        assert_eq!(page.field("reason"), reason);
    }
    let record = format!("{path}/record-date");
    for (date, reason, wrong) in [
        ("", "Known.", "Enter a date since 1970"),
        ("yesterday", "Known.", "Enter a date since 1970"),
        ("1850-01-01", "Known.", "Enter a date since 1970"),
        ("2026-02-30", "Known.", "Enter a date since 1970"),
        ("9999-01-01", "Known.", "Enter a date since 1970"),
        ("2199-12-31", "Known.", "lies in the future"),
    ] {
        let fields = [("record_date", date), ("record_reason", reason)];
        let page = reviewer.forge(&path, &record, &fields).await;
        page.expect(422);
        assert!(page.error("record_date").contains(wrong), "{date}: {}", page.text());
        assert_eq!(page.field("record_reason"), "Known.");
    }
    let token = reviewer.csrf_token(&path).await;
    for criterion in ["", "tenure", "tulips"] {
        let fields = [("criterion", criterion), ("csrf_token", token.as_str())];
        reviewer.post(&format!("{path}/judge"), &fields).await.expect(400);
    }
    assert_eq!(world.status_of(&applicant).await, "in_review");
    assert_eq!(world.value("SELECT count(*) FROM record_dates").await, "0");
}

#[tokio::test]
async fn a_record_date_stands_for_the_time_before_the_signature() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    world.owner_sql("UPDATE agreement_signatures SET signed_at = surety_now()").await;
    let path = applicant.path();
    let (reviewer_person, mut reviewer) = world.reviewer().await;
    reviewer.get(&path).await.ok().sees("0 days, since");
    let date = (world.now().await - Duration::days(400)).date_naive().to_string();
    for (date, reason) in [("2020-01-01", "Found in the old books."), (&*date, "Corrected.")] {
        let fields = [("record_date", date), ("record_reason", reason)];
        let entered = reviewer.submit(&path, "Enter the record date", &fields).await;
        entered.sends_to(&format!("{path}?done=review-record-date"));
    }
    let page = reviewer.get(&path).await;
    page.ok().sees("13 months").sees("Corrected.");
    let sql = "SELECT user_id::text, reason, before->>'record_date', after->>'record_date' \
               FROM audit_entries WHERE action = 'merchant.record_date' ORDER BY id";
    let who = Some(reviewer_person.id.to_string());
    let text = |t: &str| Some(t.to_owned());
    assert_eq!(
        world.owner_sql(sql).await,
        [
            vec![who.clone(), text("Found in the old books."), None, text("2020-01-01")],
            vec![who, text("Corrected."), text("2020-01-01"), text(&date)],
        ]
    );
}

#[tokio::test]
async fn a_reviewer_is_warned_of_look_alikes() {
    let world = World::new().await;
    let known = world.trust_merchant("Lantern Bikes").await;
    world
        .owner_sql(&format!(
            "INSERT INTO domains (merchant_id, name, token, token_expires_at, verified_at, \
             created_at) VALUES ({}, 'lanternbikes.test', 't', surety_now(), surety_now(), \
             surety_now())",
            known.id
        ))
        .await;
    let applicant = world.applicant("Lantern Bìkes").await;
    let sql = format!(
        "UPDATE domains SET name = 'lantern-bikes-login.test' WHERE merchant_id = {}",
        applicant.merchant.id
    );
    world.owner_sql(&sql).await;
    let (_, mut reviewer) = world.reviewer().await;
    let page = reviewer.get(&applicant.path()).await;
    page.ok()
        .sees("The name looks like another merchant’s")
        .sees("A domain looks like another merchant’s")
        .sees(&known.code);
    let other = world.applicant("Harbour Books").await;
    reviewer.get(&other.path()).await.ok().sees_not("looks like another");
}

#[tokio::test]
async fn a_badge_that_lives_cannot_be_granted_again() {
    let (world, applicant, path, mut reviewer) = taken().await;
    judge(&mut reviewer, &path, "good", "good").await;
    // By another way, such as a partner's, a badge has come meanwhile.
    world
        .owner_sql(&format!(
            "INSERT INTO badges (merchant_id, state, tier, granted_at, expires_at, changed_at, \
             evaluation) VALUES ({}, 'active', 'trusted', surety_now(), \
             surety_now() + interval '1 year', surety_now(), '{{}}')",
            applicant.merchant.id
        ))
        .await;
    decide(&mut reviewer, &path, "approve", "All good.").await.expect(409);
    assert_eq!(world.status_of(&applicant).await, "in_review", "nothing half done");
    let told = world.mails_to(&applicant.merchant.owner.email).await;
    assert!(told.iter().all(|m| m.message != "application-approved"));
}
