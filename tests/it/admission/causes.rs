//! An approval over causes of suspension that stand: what it lifts, and what is told.

use std::time::{Duration, Instant};

use diesel_async::AsyncConnection;
use surety::db::Conn;
use surety::trust::commands::{ByStaff, suspend};
use surety::trust::{self, BadgeState, MoveError, NewCause, Suspension, begin_cause};

use super::ready::{decide, judge, take};
use crate::support::{Merchant, World};
use crate::trust::site::Sites;
use crate::trust::suspensions::begin;

async fn state(world: &World, shop: &Merchant) -> BadgeState {
    let badge = trust::badge(&world.db, shop.id).await.unwrap().unwrap();
    badge.state_at(world.now().await)
}

#[tokio::test]
async fn a_badge_that_begins_suspended_is_not_called_active() {
    let (world, _sites) = Sites::world().await;
    let applicant = world.applicant("Lantern Bikes").await;
    // The file was there to prove the domain, and gone the day after.
    let sql = "UPDATE domains SET verified_at = surety_now() - interval '8 days', \
               failing_since = surety_now() - interval '7 days', \
               last_checked_at = surety_now() - interval '25 hours'";
    world.owner_sql(sql).await;
    world.work().await;
    assert_eq!(world.value("SELECT cause FROM suspension_causes").await, "domain_lost");
    let path = applicant.path();
    let (_, mut reviewer) = world.reviewer().await;
    let page = take(&mut reviewer, &path).await;
    page.ok().sees("Its site could not be verified for seven days. An approval does not end this");
    judge(&mut reviewer, &path, "good", "good").await;
    let approved = decide(&mut reviewer, &path, "approve", "All good.").await;
    approved.sends_to(&format!("{path}?done=review-approved-suspended"));
    let page = reviewer.follow(approved).await;
    assert_eq!(page.notice(), "Approved. The badge is suspended until nothing stands against it.");
    assert_eq!(state(&world, &applicant.merchant).await, BadgeState::Suspended);
    let mails = world.mails_to(&applicant.merchant.owner.email).await;
    let of_badge: Vec<_> = mails.iter().filter(|m| m.message != "application-submitted").collect();
    let names: Vec<_> = of_badge.iter().map(|m| m.message.as_str()).collect();
    assert_eq!(names, ["badge-suspended-domain-lost", "application-approved-suspended"]);
    assert!(of_badge[0].href().ends_with("/merchant/domains"), "{}", of_badge[0].href());
    for mail in of_badge {
        assert!(!mail.text.contains("is active."), "{}", mail.text);
        assert!(!mail.subject.contains("You are a trust merchant"), "{}", mail.subject);
    }
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn each_of_several_causes_is_told() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    begin(&world, &applicant.merchant, Suspension::FundDebt, "debt 1").await;
    begin(&world, &applicant.merchant, Suspension::FundDebt, "debt 2").await;
    begin(&world, &applicant.merchant, Suspension::DomainLost, "loss 1").await;
    let path = applicant.path();
    let (_, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &path).await;
    judge(&mut reviewer, &path, "good", "good").await;
    decide(&mut reviewer, &path, "approve", "All good.").await.expect(303);
    let mails = world.mails_to(&applicant.merchant.owner.email).await;
    let told: Vec<_> = mails.iter().filter(|m| m.message.starts_with("badge-")).collect();
    let names: Vec<_> = told.iter().map(|m| m.message.as_str()).collect();
    assert_eq!(names, ["badge-suspended-fund-debt", "badge-suspended-domain-lost"]);
    assert!(told[0].text.contains("Found by another desk."), "{}", told[0].text);
    for mail in told {
        assert!(!mail.text.contains("at once"), "not while the other stands: {}", mail.text);
    }
}

/// Waits until something in this database waits for a lock.
async fn somebody_waits(world: &World) {
    let sql = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
               WHERE a.datname = current_database() AND NOT l.granted";
    let began = Instant::now();
    while world.value(sql).await == "0" {
        assert!(began.elapsed() < Duration::from_secs(20), "nobody waits");
    }
}

#[tokio::test]
async fn a_finding_that_nobody_looked_at_is_not_lifted() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let (merchant, path) = (&applicant.merchant, applicant.path());
    let (_, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &path).await;
    judge(&mut reviewer, &path, "good", "good").await;
    let page = reviewer.get(&path).await;
    // The finding is being written when the criteria are evaluated, and stands before the badge is.
    let mut conn = world.db.conn().await.unwrap();
    let new = NewCause {
        merchant_id: merchant.id,
        cause: Suspension::DeceptionFinding,
        reference: "dispute 9",
        detail: "",
        reason: "found",
        user_id: None,
    };
    let (begun, waits) = (tokio::sync::Notify::new(), tokio::sync::Notify::new());
    let found = conn.transaction(async |conn: &mut Conn| -> Result<bool, MoveError> {
        let found = begin_cause(conn, new).await?;
        begun.notify_one();
        waits.notified().await;
        Ok(found)
    });
    let approved = async {
        begun.notified().await;
        let fields = [("decision", "approve"), ("reason", "All good.")];
        reviewer.submit_on(&page, "Record this decision", &fields).await
    };
    let watched = async {
        somebody_waits(&world).await;
        waits.notify_one();
    };
    let (found, approved, ()) = tokio::join!(found, approved, watched);
    assert!(found.unwrap());
    approved.expect(409).sees("Something began to stand against").sees("All good.");
    assert_eq!(world.value("SELECT count(*) FROM badges").await, "0");
    assert_eq!(world.value("SELECT count(ended_at) FROM suspension_causes").await, "0");
    assert_eq!(world.status_of(&applicant).await, "in_review");
}

#[tokio::test]
async fn what_was_looked_at_is_lifted() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let merchant = &applicant.merchant;
    begin(&world, merchant, Suspension::Staff, "move 1").await;
    let path = applicant.path();
    let (_, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &path).await.ok().sees("An approval lifts this");
    judge(&mut reviewer, &path, "good", "good").await;
    let approved = decide(&mut reviewer, &path, "approve", "All good.").await;
    approved.sends_to(&format!("{path}?done=review-approved"));
    assert_eq!(state(&world, merchant).await, BadgeState::Active);
}

#[tokio::test]
async fn staff_read_what_the_clock_found_in_their_own_language() {
    let (world, _sites) = Sites::world().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let lost = format!(
        "INSERT INTO domains (merchant_id, name, token, token_expires_at, verified_at, \
         last_checked_at, failing_since, created_at) VALUES ({}, 'lantern.test', 't', \
         surety_now(), surety_now() - interval '9 days', surety_now() - interval '25 hours', \
         surety_now() - interval '8 days', surety_now())",
        shop.id
    );
    world.owner_sql(&lost).await;
    world.work().await;
    let (person, mut reviewer) = world.reviewer().await;
    world.owner_sql(&format!("UPDATE users SET locale = 'zh-Hans' WHERE id = {}", person.id)).await;
    let path = format!("/admin/merchants/{}", shop.code);
    let page = reviewer.get(&path).await;
    page.ok().sees("它的网站连续七天未能通过验证").sees_not("No domain could be verified");
    let by = ByStaff { user_id: person.id, reason: "Complaints are being checked." };
    suspend(&world.db, shop.id, by).await.unwrap();
    reviewer.get(&path).await.ok().sees("Complaints are being checked.");
}
