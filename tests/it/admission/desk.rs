//! A reviewer's desk: finding work, taking it, going on to the next, their own numbers; and the
//! merchants that they must not decide on.

use chrono::Duration;

use super::ready::{decide, judge, take};
use crate::support::{Reply, World};

fn merchants(page: &Reply) -> Vec<String> {
    page.ok().texts("tbody th a")
}

#[tokio::test]
async fn work_is_found_by_name_number_and_by_who_has_it() {
    let world = World::new().await;
    let alder = world.applicant("Alder 100% Rentals").await;
    let birch = world.applicant("Birch Books").await;
    world.applicant("山东书店").await;
    let (_, mut me) = world.reviewer().await;
    take(&mut me, &birch.path()).await;
    let code = alder.merchant.code.to_lowercase();
    for (query, expected) in [
        ("name=birch".to_owned(), vec!["Birch Books"]),
        ("name=+BOOKS+".to_owned(), vec!["Birch Books"]),
        (format!("name={code}"), vec!["Alder 100% Rentals"]),
        ("name=0%25+r".to_owned(), vec!["Alder 100% Rentals"]),
        ("name=_irch".to_owned(), vec![]),
        ("name=%E4%B9%A6%E5%BA%97".to_owned(), vec!["山东书店"]),
        (format!("name={}", "x".repeat(2_000)), vec![]),
        ("reviewer=me".to_owned(), vec!["Birch Books"]),
        ("reviewer=nobody".to_owned(), vec!["Alder 100% Rentals", "山东书店"]),
        ("reviewer=nobody&name=books".to_owned(), vec![]),
        ("reviewer=&name=books".to_owned(), vec!["Birch Books"]),
    ] {
        let page = me.get(&format!("/admin/applications?{query}")).await;
        assert_eq!(merchants(&page), expected, "{query}");
    }
    let empty = me.get("/admin/applications?name=tulips").await;
    empty.ok().sees("Nothing to review here").sees("Show all that wait");
    // A claim that ran out is nobody's again, before the worker has come by.
    world.advance(Duration::minutes(31)).await;
    let page = me.get("/admin/applications?reviewer=nobody&name=birch").await;
    assert_eq!(merchants(&page), ["Birch Books"]);
}

#[tokio::test]
async fn an_application_is_taken_in_the_queue_and_the_next_one_follows() {
    let world = World::new().await;
    let alder = world.applicant("Alder Rentals").await;
    world.advance(Duration::hours(1)).await;
    let birch = world.applicant("Birch Books").await;
    let (_, mut me) = world.reviewer().await;
    let queue = me.get("/admin/applications").await;
    assert_eq!(queue.count("tbody button[data-key=c]"), 2, "c has what it needs");
    queue.ok().sees("c takes");
    let taken = me.submit_on(&queue, &format!("{}/claim", alder.path()), &[]).await;
    taken.sends_to(&format!("{}?done=review-claimed", alder.path()));
    // The other took the same from the same page: told who, and when.
    let (_, mut other) = world.reviewer().await;
    let late = other.submit_on(&queue, &format!("{}/claim", alder.path()), &[]).await;
    assert_eq!(late.status, 403, "the form is another reader's");
    let decided = decide(&mut me, &alder.path(), "ask", "Which street?").await;
    let page = me.follow(decided).await;
    let next = page.ok().link("Next in the queue: Birch Books");
    assert_eq!(next, birch.path());
    take(&mut me, &next).await;
    let decided = decide(&mut me, &next, "ask", "Which street?").await;
    me.follow(decided).await.ok().sees("Nothing else waits for a reviewer.");
}

#[tokio::test]
async fn who_was_idle_is_told_so_when_they_decide() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let (person, mut me) = world.reviewer().await;
    take(&mut me, &applicant.path()).await;
    // An act prolongs it.
    world.advance(Duration::minutes(14)).await;
    judge(&mut me, &applicant.path(), "good", "good").await;
    world.advance(Duration::minutes(29)).await;
    let page = me.get(&applicant.path()).await;
    page.ok().sees("Before you review");
    assert_eq!(world.status_of(&applicant).await, "in_review");
    world.advance(Duration::minutes(2)).await;
    let version = world.value("SELECT version FROM applications").await;
    let mut me = world.visitor_as(&person).await;
    let token = me.csrf_token("/account/security").await;
    let fields = [
        ("csrf_token", token.as_str()),
        ("version", version.as_str()),
        ("decision", "approve"),
        ("reason", "All good."),
    ];
    let late = me.post(&format!("{}/decide", applicant.path()), &fields).await;
    late.expect(409).sees("You did nothing here for 30 minutes").sees("All good.");
    assert_eq!(world.value("SELECT count(*) FROM badges").await, "0");
}

#[tokio::test]
async fn whoever_joins_the_merchant_in_between_decides_nothing() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let (person, mut me) = world.reviewer().await;
    let path = applicant.path();
    take(&mut me, &path).await;
    judge(&mut me, &path, "good", "good").await;
    let page = me.get(&path).await;
    let (user, merchant) = (person.id, applicant.merchant.id);
    world
        .owner_sql(&format!(
            "INSERT INTO merchant_members VALUES ({user}, {merchant}, 'member', surety_now()); \
             INSERT INTO merchant_member_events (merchant_id, event, at, by_user_id, user_id) \
             VALUES ({merchant}, 'joined', surety_now(), {user}, {user})"
        ))
        .await;
    let sum = world.checksum(&["sessions", "merchant_members"]).await;
    for has_left in [false, true] {
        if has_left {
            let leave = format!("DELETE FROM merchant_members WHERE user_id = {user}");
            world.owner_sql(&leave).await;
        }
        let shown = me.get(&path).await;
        shown.ok().sees("This is your own merchant");
        assert_eq!(shown.count("main form[method=post]"), 0);
        for decision in ["approve", "ask", "reject"] {
            let fields = [("decision", decision), ("reason", "Mine.")];
            let refused = me.submit_on(&page, "Record this decision", &fields).await;
            refused.expect(403).sees("You belong to this merchant");
        }
        me.submit_on(&page, "Put it back", &[]).await.expect(403);
        me.submit_on(&page, "Keep it for 30 minutes more", &[]).await.expect(403);
    }
    let after = world.checksum(&["sessions", "merchant_members"]).await;
    assert_eq!(after, sum, "nothing was recorded");
}

#[tokio::test]
async fn a_reviewer_sees_their_own_numbers_and_nobody_elses() {
    let world = World::new().await;
    let (_, mut me) = world.reviewer().await;
    let (_, mut other) = world.reviewer().await;
    me.get("/admin").await.ok().sees("You have decided nothing this month or week.");
    for (name, decision) in [("A", "approve"), ("B", "reject"), ("C", "ask"), ("D", "approve")] {
        let applicant = world.applicant(&format!("Shop {name}")).await;
        let path = applicant.path();
        let who = if name == "D" { &mut other } else { &mut me };
        take(who, &path).await;
        judge(who, &path, if decision == "reject" { "bad" } else { "good" }, "good").await;
        decide(who, &path, decision, "Looked at.").await.expect(303);
    }
    let mine = me.get("/admin").await;
    mine.ok().sees("2 this week, 2 this month");
    mine.sees("1 approved, 1 rejected, 1 asked for information").sees("2 of 2");
    other.get("/admin").await.ok().sees("1 approved, 0 rejected, 0 asked");
    // Late ones count as late.
    world
        .owner_sql(
            "UPDATE applications SET submitted_at = submitted_at - interval '20 days' \
             WHERE status = 'rejected'",
        )
        .await;
    me.get("/admin").await.ok().sees("1 of 2");
}
