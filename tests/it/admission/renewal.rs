//! Renewal: reminders before a badge ends, the application that extends it, and what follows a
//! revocation or an expiry.

use chrono::Duration;
use surety::accounts::actor::Role;
use surety::admission::commands as admission;
use surety::admission::state::StartRefused;
use surety::reputation::tier::trusted_since;
use surety::trust::commands::{ByStaff, remind, revoke, suspend};
use surety::trust::{self, Badge, BadgeState};

use super::ready::{Applicant, decide, judge, take};
use crate::support::{Merchant, Visitor, World};

const ZONE: chrono_tz::Tz = chrono_tz::Tz::UTC;

async fn badge(world: &World, id: i64) -> Badge {
    trust::badge(&world.db, id).await.unwrap().unwrap()
}

/// An approved merchant, some days before its badge ends.
async fn near_the_end(world: &World, days: i64) -> (Merchant, Visitor) {
    let applicant = world.applicant("Lantern Bikes").await;
    let (_, mut reviewer) = world.reviewer().await;
    approve(&mut reviewer, &applicant.path(), "Good.").await;
    let merchant = applicant.merchant;
    let ends = badge(world, merchant.id).await.expires_at;
    world.advance(ends - world.now().await - Duration::days(days)).await;
    verify(world).await;
    let (_, reviewer) = world.reviewer().await;
    (merchant, reviewer)
}

/// What the audit finds of badges and causes.
async fn audit(world: &World) -> Vec<String> {
    let found = world.audit().await.into_iter().filter_map(|row| row[0].clone());
    found.filter(|rule| !rule.starts_with("an application")).collect()
}

/// Its site was looked at today, and is not looked at again in this test.
async fn verify(world: &World) {
    let sql = "UPDATE domains SET verified_at = surety_now(), \
               last_checked_at = surety_now() + interval '1 year'";
    world.owner_sql(sql).await;
}

async fn approve(reviewer: &mut Visitor, path: &str, reason: &str) {
    take(reviewer, path).await;
    judge(reviewer, path, "good", "good").await;
    decide(reviewer, path, "approve", reason).await.expect(303);
}

async fn messages(world: &World, shop: &Merchant, about: &str) -> Vec<String> {
    let mails = world.mails_to(&shop.owner.email).await;
    mails.into_iter().map(|m| m.message).filter(|m| m.contains(about)).collect()
}

#[tokio::test]
async fn a_renewal_goes_on_from_the_old_date_and_keeps_the_tier() {
    let world = World::new().await;
    let (shop, _) = near_the_end(&world, 61).await;
    let early = admission::start(&world.db, shop.id, shop.owner.id, ZONE).await;
    assert!(
        matches!(early, Err(admission::AdmissionError::Start(StartRefused::HasBadge(_)))),
        "{early:?}"
    );
    world.advance(Duration::days(2)).await;
    world.owner_sql("UPDATE badges SET tier = 'silver'").await;
    let before = badge(&world, shop.id).await;
    let mut owner = world.visitor_as(&shop.owner).await;
    owner.get("/merchant").await.ok().sees("Renew your badge").sees("Go to the renewal");
    let page = owner.get("/merchant/application").await;
    page.ok().sees("You can renew your badge now.");
    owner.submit_on(&page, "Begin the renewal", &[]).await.expect(303);
    let details = owner.get("/merchant/application/details").await;
    assert_eq!(details.field("registered_name"), "Lantern Bikes Ltd", "filled in already");
    // The licence is there already; if it changed in the year, another can be added.
    let papers = owner.get("/merchant/application/documents").await;
    papers.ok().sees("licence.pdf").sees("From your earlier application");
    owner.submit("/merchant/application", "Send the application", &[]).await.expect(303);
    owner.get("/merchant").await.ok().sees("Your renewal waits").sees_not("Go to the renewal");
    let id = world.value("SELECT public_id FROM applications WHERE kind = 'renewal'").await;
    let path = format!("/admin/applications/{id}");
    let (_, mut reviewer) = world.reviewer().await;
    reviewer.get(&path).await.ok().sees("This is a renewal");
    approve(&mut reviewer, &path, "Still good.").await;
    let after = badge(&world, shop.id).await;
    let days = (after.expires_at - before.expires_at).num_days();
    assert!((365..=366).contains(&days), "{days}");
    assert_eq!((after.granted_at, after.state), (before.granted_at, BadgeState::Active));
    assert_eq!(after.tier, trust::Tier::Silver);
    assert!(after.evaluation != before.evaluation, "evaluated anew");
    assert_eq!(messages(&world, &shop, "renewal-approved").await.len(), 1);
    let mut visitor = world.visitor();
    visitor.get(&format!("/verify/{}", shop.code)).await.ok().sees("It was renewed");
    assert_eq!(audit(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_rejected_renewal_leaves_the_badge_until_its_date() {
    let world = World::new().await;
    let (shop, _) = near_the_end(&world, 40).await;
    let before = badge(&world, shop.id).await;
    let application = world.submitted(&shop).await;
    let path = format!("/admin/applications/{}", application.public_id);
    let (_, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &path).await;
    judge(&mut reviewer, &path, "bad", "good").await;
    decide(&mut reviewer, &path, "reject", "The register says otherwise.").await.expect(303);
    let after = badge(&world, shop.id).await;
    assert_eq!(after, before);
    assert_eq!(messages(&world, &shop, "renewal-rejected").await.len(), 1);
    // After its date the merchant applies anew, and its time with us counts on.
    world.advance(Duration::days(41)).await;
    world.work().await;
    verify(&world).await;
    let applicant = Applicant { application: world.submitted(&shop).await, merchant: shop };
    let kind = "SELECT kind FROM applications ORDER BY id DESC LIMIT 1";
    assert_eq!(world.value(kind).await, "first");
    let (_, mut reviewer) = world.reviewer().await;
    reviewer.get(&applicant.path()).await.ok().sees("months");
    approve(&mut reviewer, &applicant.path(), "Good again.").await;
    let again = badge(&world, applicant.merchant.id).await;
    assert_eq!(again.state, BadgeState::Active);
    assert!(again.granted_at > before.expires_at, "a new term, from its approval on");
    assert_eq!(audit(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_suspended_badge_can_be_renewed_and_stays_suspended() {
    let world = World::new().await;
    let (shop, _) = near_the_end(&world, 30).await;
    let staff = world.staff(Role::Reviewer).await;
    let by = ByStaff { user_id: staff.id, reason: "Being looked at." };
    suspend(&world.db, shop.id, by).await.unwrap();
    let before = badge(&world, shop.id).await;
    let application = world.submitted(&shop).await;
    let path = format!("/admin/applications/{}", application.public_id);
    let (_, mut reviewer) = world.reviewer().await;
    approve(&mut reviewer, &path, "All six are met.").await;
    let after = badge(&world, shop.id).await;
    assert!(after.expires_at > before.expires_at);
    assert_eq!(after.state, BadgeState::Suspended);
    assert_eq!(after.changed_at, before.changed_at, "suspended since when it was");
    assert_eq!(
        messages(&world, &shop, "approved").await.last().unwrap(),
        "renewal-approved-suspended"
    );
    assert_eq!(messages(&world, &shop, "badge-suspended").await.len(), 2, "why, once more");
    assert_eq!(audit(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_renewal_that_waits_past_the_end_begins_a_new_term() {
    let world = World::new().await;
    let (shop, _) = near_the_end(&world, 5).await;
    let before = badge(&world, shop.id).await;
    let application = world.submitted(&shop).await;
    world.advance(Duration::days(6)).await;
    world.work().await;
    assert_eq!(badge(&world, shop.id).await.state, BadgeState::Expired);
    verify(&world).await;
    let (_, mut reviewer) = world.reviewer().await;
    let path = format!("/admin/applications/{}", application.public_id);
    approve(&mut reviewer, &path, "All six are met.").await;
    let after = badge(&world, shop.id).await;
    assert_eq!(after.state, BadgeState::Active);
    assert!(after.granted_at > before.expires_at, "the days between were not covered");
    assert_eq!(messages(&world, &shop, "approved").await.last().unwrap(), "application-approved");
    assert_eq!(audit(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_approval_before_the_clock_has_written_the_end_writes_it_first() {
    let world = World::new().await;
    let (shop, _) = near_the_end(&world, 5).await;
    let why = [("completed", "120"), ("disputes", "0 %"), ("months", "11")];
    let earned = why.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect();
    let before = badge(&world, shop.id).await;
    let at = world.now().await;
    let silver = trust::TierMove { badge: &before, to: trust::Tier::Silver, at, why: &earned };
    let mut conn = world.db.conn().await.unwrap();
    assert!(trust::set_tier_in(&mut conn, silver).await.unwrap());
    drop(conn);
    let application = world.submitted(&shop).await;
    world.advance(Duration::days(5) + Duration::seconds(20)).await;
    assert_eq!(badge(&world, shop.id).await.state, BadgeState::Active, "no clock has run");
    let path = format!("/admin/applications/{}", application.public_id);
    let (_, mut reviewer) = world.reviewer().await;
    approve(&mut reviewer, &path, "All six are met.").await;
    let events = trust::badge_events(&world.db, shop.id).await.unwrap();
    let moves: Vec<_> = events.iter().rev().map(|e| (e.happened, e.from, e.to)).collect();
    use trust::badge::BadgeEventKind::{Expire, Grant, Tier};
    let (active, expired) = (Some(BadgeState::Active), Some(BadgeState::Expired));
    assert_eq!(
        moves,
        [
            (Grant, None, BadgeState::Active),
            (Tier, active, BadgeState::Active),
            (Expire, active, BadgeState::Expired),
            (Grant, expired, BadgeState::Active),
        ]
    );
    assert_eq!(trusted_since(&events), Some(events[0].at), "its months begin anew");
    assert_eq!(messages(&world, &shop, "badge-expired").await.len(), 1);
    assert_eq!(audit(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_badge_that_was_revoked_meanwhile_is_not_renewed() {
    let world = World::new().await;
    let (shop, _) = near_the_end(&world, 30).await;
    let application = world.submitted(&shop).await;
    let path = format!("/admin/applications/{}", application.public_id);
    let (_, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &path).await;
    judge(&mut reviewer, &path, "good", "good").await;
    let staff = world.staff(Role::Reviewer).await;
    let by = ByStaff { user_id: staff.id, reason: "Deception." };
    revoke(&world.db, shop.id, by).await.unwrap();
    let tried = decide(&mut reviewer, &path, "approve", "All six are met.").await;
    tried.expect(409).sees("The badge of this merchant was revoked");
    assert_eq!(badge(&world, shop.id).await.state, BadgeState::Revoked);
    let open = "SELECT status FROM applications ORDER BY id DESC LIMIT 1";
    assert_eq!(world.value(open).await, "in_review");
    assert_eq!(audit(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn each_reminder_goes_out_once_though_workers_race_or_were_stopped() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let ends = badge(&world, shop.id).await.expires_at;
    let to = async |before: Duration| {
        world.advance(ends - before - world.now().await).await;
        let now = world.now().await;
        let all =
            tokio::join!(remind(&world.db, now), remind(&world.db, now), remind(&world.db, now));
        for sent in [all.0, all.1, all.2] {
            sent.unwrap();
        }
        world.work().await;
        let mut mails = messages(&world, &shop, "badge-renewal").await;
        mails.extend(messages(&world, &shop, "badge-end").await);
        mails
    };
    assert_eq!(to(Duration::days(60) + Duration::minutes(1)).await, Vec::<String>::new());
    assert_eq!(to(Duration::days(60) - Duration::seconds(1)).await, ["badge-renewal-opens"]);
    assert_eq!(to(Duration::days(15)).await, ["badge-renewal-opens"]);
    // Stopped for two weeks: what is still to come is told, each once.
    let all = ["badge-renewal-opens", "badge-ends-soon", "badge-ends-tomorrow"];
    assert_eq!(to(Duration::hours(3)).await, all);
    assert_eq!(to(Duration::hours(1)).await, all);
    assert_eq!(to(-Duration::hours(1)).await, all);
    assert_eq!(messages(&world, &shop, "badge-expired").await.len(), 1);
    assert_eq!(audit(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_renewal_sent_in_time_keeps_the_badge_however_late_we_are() {
    let world = World::new().await;
    let (shop, _) = near_the_end(&world, 20).await;
    let ends = badge(&world, shop.id).await.expires_at;
    let mut owner = world.visitor_as(&shop.owner).await;
    owner.submit("/merchant/application", "Begin the renewal", &[]).await.expect(303);
    owner.submit("/merchant/application", "Send the application", &[]).await.expect(303);
    for _ in 0..56 {
        world.advance(Duration::days(1)).await;
        verify(&world).await;
        world.work().await;
    }
    assert!(world.now().await > ends + Duration::days(35));
    let now = world.now().await;
    assert_eq!(badge(&world, shop.id).await.state_at(now), BadgeState::Active);
    assert!(messages(&world, &shop, "badge-expired").await.is_empty());
    assert!(messages(&world, &shop, "badge-ends-tomorrow").await.is_empty());
    assert_eq!(
        messages(&world, &shop, "badge-ends-soon").await.len(),
        1,
        "once, before it was kept"
    );
    // Once it is decided against, the badge ends within days, and that is said before.
    let mut reviewer = world.reviewer().await.1;
    let path = world.value("SELECT public_id FROM applications WHERE kind = 'renewal'").await;
    let path = format!("/admin/applications/{path}");
    take(&mut reviewer, &path).await;
    judge(&mut reviewer, &path, "bad", "good").await;
    decide(&mut reviewer, &path, "reject", "It trades no more.").await.expect(303);
    for _ in 0..11 {
        world.advance(Duration::days(1)).await;
        verify(&world).await;
        world.work().await;
    }
    let now = world.now().await;
    assert_eq!(badge(&world, shop.id).await.state_at(now), BadgeState::Expired);
    assert_eq!(messages(&world, &shop, "badge-ends-tomorrow").await.len(), 1);
    assert!(audit(&world).await.is_empty());
}
