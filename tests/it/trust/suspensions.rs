//! Why badges are suspended: each cause, several at once, and what the merchant is told.

use chrono::Duration;
use diesel_async::AsyncConnection;
use surety::accounts::actor::Role;
use surety::db::Conn;
use surety::trust::badge::BadgeEventKind;
use surety::trust::commands::{ByStaff, reinstate, revoke, suspend};
use surety::trust::{self, BadgeState, MoveError, NewCause, Suspension, begin_cause, end_cause};

use super::site::Sites;
use crate::support::{Merchant, Person, World};

/// A cause as another capability finds it, in a transaction of its own.
pub async fn begin(world: &World, merchant: &Merchant, cause: Suspension, on: &str) -> bool {
    let mut conn = world.db.conn().await.expect("a connection");
    let new = NewCause {
        merchant_id: merchant.id,
        cause,
        reference: on,
        detail: "Case 7.",
        reason: "Found by another desk.",
        user_id: None,
    };
    let begun = conn.transaction(async |conn: &mut Conn| begin_cause(conn, new).await).await;
    begun.expect("begun")
}

/// The end of a cause, likewise.
pub async fn end(
    world: &World,
    merchant: &Merchant,
    cause: Suspension,
    on: &str,
) -> Result<bool, MoveError> {
    let mut conn = world.db.conn().await.expect("a connection");
    let id = merchant.id;
    conn.transaction(async |conn: &mut Conn| end_cause(conn, id, cause, on, "Gone.").await).await
}

async fn state(world: &World, merchant: &Merchant) -> BadgeState {
    let badge = trust::badge(&world.db, merchant.id).await.unwrap().unwrap();
    badge.state_at(world.now().await)
}

async fn messages(world: &World, person: &Person) -> Vec<String> {
    world.mails_to(&person.email).await.into_iter().map(|m| m.message).collect()
}

#[tokio::test]
async fn a_badge_is_suspended_while_any_cause_stands() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    assert!(begin(&world, &shop, Suspension::FundDebt, "debt 1").await);
    assert!(!begin(&world, &shop, Suspension::FundDebt, "debt 1").await, "the same begins once");
    assert!(begin(&world, &shop, Suspension::FundDebt, "debt 2").await);
    assert!(begin(&world, &shop, Suspension::DomainLost, "loss 1").await);
    assert_eq!(state(&world, &shop).await, BadgeState::Suspended);
    assert!(!trust::is_covered(&world.db, shop.id).await.unwrap());
    assert!(end(&world, &shop, Suspension::FundDebt, "debt 1").await.unwrap());
    assert!(!end(&world, &shop, Suspension::FundDebt, "debt 1").await.unwrap(), "it ends once");
    assert!(end(&world, &shop, Suspension::DomainLost, "loss 1").await.unwrap());
    assert_eq!(state(&world, &shop).await, BadgeState::Suspended, "one debt is left");
    assert!(!begin(&world, &shop, Suspension::FundDebt, "debt 1").await, "nor does it come back");
    assert!(end(&world, &shop, Suspension::FundDebt, "debt 2").await.unwrap());
    assert_eq!(state(&world, &shop).await, BadgeState::Active, "by itself, when none is left");
    let events = trust::badge_events(&world.db, shop.id).await.unwrap();
    let history: Vec<_> =
        events.iter().rev().map(|e| (e.happened, e.to, e.standing.len())).collect();
    use BadgeState::{Active, Suspended};
    assert_eq!(
        history,
        [
            (BadgeEventKind::Grant, Active, 0),
            (BadgeEventKind::Begin, Suspended, 1),
            (BadgeEventKind::Begin, Suspended, 1),
            (BadgeEventKind::Begin, Suspended, 2),
            (BadgeEventKind::End, Suspended, 2),
            (BadgeEventKind::End, Suspended, 1),
            (BadgeEventKind::End, Active, 0),
        ]
    );
    assert_eq!(
        messages(&world, &shop.owner).await,
        [
            "badge-suspended-fund-debt",
            "badge-suspended-fund-debt",
            "badge-suspended-domain-lost",
            "badge-cause-ended",
            "badge-cause-ended",
            "badge-active-again",
        ]
    );
    let mails = world.mails_to(&shop.owner.email).await;
    assert!(mails[0].text.contains("Found by another desk."), "{}", mails[0].text);
    assert!(!mails[0].text.contains("suspended for another cause too"), "{}", mails[0].text);
    assert!(mails[2].text.contains("suspended for another cause too"), "{}", mails[2].text);
    assert!(mails[2].href().ends_with("/merchant/domains"), "{}", mails[2].href());
    let left = &mails[4].text;
    assert!(left.contains("your site was verified"), "{left}");
    assert!(left.contains("a debt to the guarantee fund;"), "{left}");
    assert!(!left.contains("a site that cannot be verified"), "{left}");
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn a_finding_is_lifted_by_staff_and_by_nobody_else() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let reviewer = world.staff(Role::Reviewer).await;
    let by = |reason| ByStaff { user_id: reviewer.id, reason };
    begin(&world, &shop, Suspension::DeceptionFinding, "dispute 9").await;
    begin(&world, &shop, Suspension::FundDebt, "debt 1").await;
    let tried = end(&world, &shop, Suspension::DeceptionFinding, "dispute 9").await;
    assert!(matches!(tried, Err(MoveError::Refused(_))), "{tried:?}");
    // Staff lift what is theirs; the debt stands until it is paid.
    reinstate(&world.db, shop.id, by("They have changed their ways.")).await.unwrap();
    assert_eq!(state(&world, &shop).await, BadgeState::Suspended);
    let again = reinstate(&world.db, shop.id, by("again")).await;
    assert!(matches!(again, Err(MoveError::Refused(_))), "a debt is not lifted: {again:?}");
    let mail = world.mail_to(&shop.owner.email).await;
    assert_eq!(mail.message, "badge-cause-ended");
    assert!(mail.text.contains("our staff have lifted"), "{}", mail.text);
    end(&world, &shop, Suspension::FundDebt, "debt 1").await.unwrap();
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    let trail = world
        .value(
            "SELECT (user_id IS NOT NULL) || ' ' || (before->>'causes') || ' ' || \
             (after->>'causes') FROM audit_entries WHERE action = 'badge.reinstate'",
        )
        .await;
    assert_eq!(trail, r#"true ["deception_finding", "fund_debt"] ["fund_debt"]"#);
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn what_another_capability_rolls_back_never_was() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let mut conn = world.db.conn().await.unwrap();
    let new = NewCause {
        merchant_id: shop.id,
        cause: Suspension::DeceptionFinding,
        reference: "dispute 9",
        detail: "",
        reason: "found",
        user_id: None,
    };
    let undone = conn
        .transaction(async |conn: &mut Conn| -> Result<(), MoveError> {
            begin_cause(conn, new).await?;
            // The money could not be booked.
            Err(MoveError::Lost)
        })
        .await;
    assert!(undone.is_err());
    drop(conn);
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    assert_eq!(world.value("SELECT count(*) FROM suspension_causes").await, "0");
    assert_eq!(messages(&world, &shop.owner).await, Vec::<String>::new());
}

#[tokio::test]
async fn revoked_is_final_and_a_suspended_badge_still_expires() {
    let world = World::new().await;
    let (gone, late) =
        (world.trust_merchant("Lantern Bikes").await, world.trust_merchant("Harbour Books").await);
    let reviewer = world.staff(Role::Reviewer).await;
    let by = |reason| ByStaff { user_id: reviewer.id, reason };
    for shop in [&gone, &late] {
        begin(&world, shop, Suspension::FundDebt, "debt 1").await;
    }
    revoke(&world.db, gone.id, by("Deception.")).await.unwrap();
    end(&world, &gone, Suspension::FundDebt, "debt 1").await.unwrap();
    begin(&world, &gone, Suspension::DomainLost, "loss 1").await;
    assert_eq!(state(&world, &gone).await, BadgeState::Revoked);
    world.advance(Duration::days(366)).await;
    // Whoever comes by first writes the expiry down.
    end(&world, &late, Suspension::FundDebt, "debt 1").await.unwrap();
    let stored = format!("SELECT state FROM badges WHERE merchant_id = {}", late.id);
    assert_eq!(world.value(&stored).await, "expired");
    world.work().await;
    assert_eq!(messages(&world, &late.owner).await.last().unwrap(), "badge-expired");
    assert_eq!(state(&world, &gone).await, BadgeState::Revoked);
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn staff_who_reinstate_while_a_cause_begins_hide_nothing() {
    let world = World::new().await;
    let reviewer = world.staff(Role::Reviewer).await;
    for round in 0..8 {
        let shop = world.trust_merchant(&format!("Shop {round}")).await;
        let by = ByStaff { user_id: reviewer.id, reason: "looked at" };
        suspend(&world.db, shop.id, by).await.unwrap();
        let (lifted, begun) = tokio::join!(
            reinstate(&world.db, shop.id, by),
            begin(&world, &shop, Suspension::FundDebt, "debt 1")
        );
        lifted.unwrap();
        assert!(begun);
        assert_eq!(state(&world, &shop).await, BadgeState::Suspended, "round {round}");
    }
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn a_cause_is_begun_once_by_all_who_find_it_at_once() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let one = || begin(&world, &shop, Suspension::FundDebt, "debt 1");
    let (a, b, c) = tokio::join!(one(), one(), one());
    assert_eq!([a, b, c].into_iter().filter(|begun| *begun).count(), 1);
    assert_eq!(messages(&world, &shop.owner).await, ["badge-suspended-fund-debt"]);
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn a_site_that_cannot_be_verified_for_seven_days_suspends_until_it_can() {
    let (world, sites) = Sites::world().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    for name in ["lantern.test", "bikes.test"] {
        owner.submit("/merchant/domains", "Add domain", &[("Domain", name)]).await.expect(303);
        let sql = format!("SELECT token FROM domains WHERE name = '{name}'");
        sites.put(name, &world.value(&sql).await);
        let sql = format!("SELECT public_id FROM domains WHERE name = '{name}'");
        let form = format!("/merchant/domains/{}/check", world.value(&sql).await);
        owner.submit("/merchant/domains", &form, &[]).await.expect(303);
    }
    // One of two is gone: the badge stands on the other.
    sites.clear("lantern.test");
    for _ in 0..9 {
        world.advance(Duration::hours(25)).await;
        world.work().await;
    }
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    sites.clear("bikes.test");
    // The first look that fails, and six days and a bit.
    for _ in 0..7 {
        world.advance(Duration::hours(25)).await;
        world.work().await;
    }
    assert_eq!(state(&world, &shop).await, BadgeState::Active, "not yet seven days");
    owner = world.visitor_as(&shop.owner).await;
    owner.get("/merchant").await.ok().sees("Your site cannot be verified now").sees("Your turn");
    world.advance(Duration::hours(25)).await;
    world.work().await;
    assert_eq!(state(&world, &shop).await, BadgeState::Suspended);
    let mail = world.mail_to(&shop.owner.email).await;
    assert_eq!(mail.message, "badge-suspended-domain-lost");
    owner = world.visitor_as(&shop.owner).await;
    let page = owner.get("/merchant/badge").await;
    page.ok().sees("Your site cannot be verified").sees("lantern.test, bikes.test");
    // A domain that is verified again ends it at once.
    let sql = "SELECT token FROM domains WHERE name = 'bikes.test'";
    sites.put("bikes.test", &world.value(sql).await);
    let sql = "SELECT public_id FROM domains WHERE name = 'bikes.test'";
    let form = format!("/merchant/domains/{}/check", world.value(sql).await);
    owner.submit("/merchant/domains", &form, &[]).await.expect(303);
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    let mails = messages(&world, &shop.owner).await;
    assert_eq!(mails, ["badge-suspended-domain-lost", "badge-active-again"]);
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}
