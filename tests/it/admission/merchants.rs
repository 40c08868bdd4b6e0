//! The staff's desk for merchants.

use chrono::Duration;
use surety::trust::{self, BadgeState, Suspension};

use crate::support::{Merchant, PASSWORD, Reply, Visitor, World};
use crate::trust::suspensions::{begin, end};

const REASON: &str = "Complaints are being checked.";

async fn state(world: &World, merchant: &Merchant) -> BadgeState {
    let badge = trust::badge(&world.db, merchant.id).await.unwrap().unwrap();
    badge.state_at(world.now().await)
}

fn path_of(merchant: &Merchant) -> String {
    format!("/admin/merchants/{}", merchant.code)
}

async fn suspends(visitor: &mut Visitor, page: &Reply, merchant: &Merchant) -> Reply {
    let form = format!("{}/suspend", path_of(merchant));
    visitor.submit_on(page, &form, &[("suspend_reason", REASON)]).await
}

#[tokio::test]
async fn staff_suspend_and_reinstate_on_the_desk() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let (_, mut staff) = world.reviewer().await;
    let path = path_of(&shop);
    let page = staff.get(&path).await;
    page.ok().sees("Lantern Bikes is a trust merchant.").sees("Lantern Bikes Owner");
    assert!(!page.has_button("Lift the suspension"));
    let suspended = suspends(&mut staff, &page, &shop).await;
    suspended.sends_to(&format!("{path}?done=badge-suspended"));
    let page = staff.follow(suspended).await;
    page.ok().sees("Lantern Bikes is suspended.").sees(REASON).sees("Staff reviewer");
    assert!(!page.has_button("Suspend the badge"));
    begin(&world, &shop, Suspension::FundDebt, "debt 1").await;
    // What was seen is no longer what is.
    let form = format!("{path}/reinstate");
    let reason = [("reinstate_reason", "Unfounded.")];
    let late = staff.submit_on(&page, &form, &reason).await;
    late.expect(409).sees("Something happened to this badge");
    assert_eq!(late.field("reinstate_reason"), "Unfounded.", "what was typed is kept");
    late.sees("A debt to the guarantee fund");
    staff.submit_on(&late, &form, &reason).await.expect(303);
    assert_eq!(state(&world, &shop).await, BadgeState::Suspended, "the debt stands");
    let page = staff.get(&path).await;
    assert!(!page.has_button("Lift the suspension"), "nothing of theirs is left");
    end(&world, &shop, Suspension::FundDebt, "debt 1").await.unwrap();
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    staff.get(&path).await.ok().sees("Causes that have ended").sees("Unfounded.");
}

#[tokio::test]
async fn a_revocation_is_confirmed_as_final() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let (_, mut staff) = world.reviewer().await;
    let (path, form) = (path_of(&shop), format!("{}/revoke", path_of(&shop)));
    let reason = ("revoke_reason", "Deception.");
    let page = staff.get(&path).await;
    page.sees("This is final.");
    let unsure = staff.submit_on(&page, &form, &[reason]).await;
    unsure.expect(422).sees("Confirm that the badge is to be taken away for good.");
    staff.submit_on(&page, &form, &[("revoke_sure", "yes")]).await.expect(422);
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    staff.submit_on(&page, &form, &[reason, ("revoke_sure", "yes")]).await.expect(303);
    let page = staff.get(&path).await;
    page.ok().sees("was revoked").sees("It may apply again from");
    assert_eq!(page.count("aside form"), 0, "nothing can be done any more");
    assert_eq!(state(&world, &shop).await, BadgeState::Revoked);
}

#[tokio::test]
async fn of_two_who_decide_on_what_they_saw_one_wins() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let ((_, mut one), (_, mut two)) = (world.reviewer().await, world.reviewer().await);
    let (seen, seen_too) = (one.get(&path_of(&shop)).await, two.get(&path_of(&shop)).await);
    let revoke = format!("{}/revoke", path_of(&shop));
    let sure = [("revoke_reason", "Deception."), ("revoke_sure", "yes")];
    let (a, b) =
        tokio::join!(suspends(&mut one, &seen, &shop), two.submit_on(&seen_too, &revoke, &sure));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "1");
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn nobody_decides_on_their_own_merchant_nor_without_password_and_reason() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let id = shop.owner.id;
    world
        .owner_sql(&format!("UPDATE users SET staff_roles = '{{reviewer}}' WHERE id = {id}"))
        .await;
    world.give_factor(&shop.owner).await;
    let mut own = world.visitor_as(&shop.owner).await;
    let path = path_of(&shop);
    let page = own.get(&path).await;
    page.ok().sees("You belong to this merchant");
    assert_eq!(page.count("main form[method=post]"), 0);
    let token = own.csrf_token("/merchant/domains").await;
    for act in ["suspend", "reinstate", "revoke"] {
        let reason = format!("{act}_reason");
        let fields = [
            ("version", "0"),
            ("csrf_token", token.as_str()),
            (reason.as_str(), "It is mine."),
            ("revoke_sure", "yes"),
        ];
        own.post(&format!("{path}/{act}"), &fields).await.expect(403);
    }
    let (reviewer, mut staff) = world.reviewer().await;
    let page = staff.get(&path).await;
    let silent = staff.submit_on(&page, &format!("{path}/suspend"), &[]).await;
    silent.expect(422).sees("Give a reason for the suspension.");
    world.advance(Duration::minutes(16)).await;
    let stale = suspends(&mut staff, &page, &shop).await;
    stale.expect(422).sees("Password");
    assert_eq!(stale.field("suspend_reason"), REASON);
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    let code = world.code_of(&reviewer.email).await;
    let password = [("Password", PASSWORD), ("Code from your app", code.as_str())];
    let fields = [("suspend_reason", REASON), password[0], password[1]];
    staff.submit_on(&stale, &format!("{path}/suspend"), &fields).await.expect(303);
    assert_eq!(state(&world, &shop).await, BadgeState::Suspended);
}

#[tokio::test]
async fn merchants_are_found_by_name_domain_code_and_state() {
    let world = World::new().await;
    let shops = [
        world.trust_merchant("Lantern Bikes").await,
        world.trust_merchant("Harbour Books").await,
        world.merchant("Paper Cranes").await,
    ];
    world
        .owner_sql(&format!(
            "INSERT INTO domains (merchant_id, name, token, token_expires_at, created_at) \
             VALUES ({}, 'cranes.example', 't', surety_now(), surety_now())",
            shops[2].id
        ))
        .await;
    begin(&world, &shops[1], Suspension::FundDebt, "debt 1").await;
    let (_, mut staff) = world.reviewer().await;
    let names = async |staff: &mut Visitor, query: &str| {
        let page = staff.get(&format!("/admin/merchants?{query}")).await;
        page.ok().texts("main .list h2")
    };
    assert_eq!(
        names(&mut staff, "").await,
        ["Paper Cranes", "Harbour Books", "Lantern Bikes"],
        "the newest first"
    );
    assert_eq!(names(&mut staff, "q=lantern").await, ["Lantern Bikes"]);
    assert_eq!(names(&mut staff, "q=cranes.ex").await, ["Paper Cranes"]);
    assert_eq!(names(&mut staff, &format!("q={}", shops[1].code)).await, ["Harbour Books"]);
    assert_eq!(names(&mut staff, "state=active").await, ["Lantern Bikes"]);
    assert_eq!(names(&mut staff, "state=suspended").await, ["Harbour Books"]);
    assert_eq!(names(&mut staff, "state=none").await, ["Paper Cranes"]);
    assert_eq!(names(&mut staff, "state=revoked").await, Vec::<String>::new());
    assert_eq!(names(&mut staff, "q=%25").await, Vec::<String>::new(), "no wildcard");
    // A badge whose date has come has expired, also before the clock has written it down.
    world.advance(Duration::days(366)).await;
    let (_, mut staff) = world.reviewer().await;
    assert_eq!(names(&mut staff, "state=active").await, Vec::<String>::new());
    assert_eq!(names(&mut staff, "state=expired").await.len(), 2);
    // By key, forth and back.
    for n in 0..30 {
        world.merchant(&format!("Shop {n:02}")).await;
    }
    let first = staff.get("/admin/merchants?q=shop").await;
    assert_eq!(first.texts("main .list h2").len(), 25);
    let second = staff.get(&first.link("Older")).await;
    let older = second.texts("main .list h2");
    assert_eq!((older.len(), older[0].as_str()), (5, "Shop 04"));
    let back = staff.get(&second.link("Newer")).await;
    assert_eq!(back.texts("main .list h2"), first.texts("main .list h2"));
}
