//! The life of a badge: staff suspend it, the public sees it, staff lift it; a new agreement
//! supersedes the old one, and the merchant signs again.

use chrono::Duration;
use surety::accounts::actor::Role;
use surety::kernel::locale::Locale;
use surety::trust::commands::{current_agreement, sign_agreement};

use crate::chromium::{DESK, PHONE, Profile};
use crate::person::Person;
use crate::support::{Merchant, World};

/// A trust merchant that has signed the agreement.
async fn shop(world: &World) -> Merchant {
    let shop = world.trust_merchant("Lantern Bikes").await;
    let version = current_agreement(&world.db).await.expect("an agreement").version;
    let (db, owner) = (&world.db, shop.owner.id);
    sign_agreement(db, shop.id, owner, "Anna Weber", version, Locale::En).await.expect("signed");
    shop
}

async fn staff_suspend_and_reinstate(at: &str, profile: Profile) {
    let world = World::new().await;
    let shop = shop(&world).await;
    let (reviewer, owner, buyer) = (
        Person::with(&world, profile).await,
        Person::with(&world, profile).await,
        Person::with(&world, profile).await,
    );
    reviewer.sign_in(&world.staff(Role::Reviewer).await).await.goto("/admin").await;
    reviewer.follow("Merchants").await.sees("Find a merchant by its name").await.check_both().await;
    reviewer.fill("Name, domain or code", "lantern").await.press("Search").await;
    reviewer.follow("Lantern Bikes").await.sees("Lantern Bikes is a trust merchant.").await;
    reviewer.check_both().await;
    reviewer.screenshot(&format!("desk-merchant-{at}")).await;
    reviewer.press("Suspend the badge").await.sees("Give a reason for the suspension.").await;
    reviewer.check().await;
    reviewer.fill("Reason", "Complaints are being checked.").await;
    reviewer.press("Suspend the badge").await.sees("The badge is suspended.").await;
    reviewer.sees("Causes that stand").await.check_both().await;
    reviewer.screenshot(&format!("desk-suspended-{at}")).await;
    let page = format!("/verify/{}", shop.code);
    buyer.goto(&page).await.sees("Lantern Bikes is suspended.").await;
    buyer.sees("Staff decided so").await.sees_not("Complaints are being checked.").await;
    buyer.check_both().await;
    buyer.screenshot(&format!("verify-suspended-{at}")).await;
    owner.sign_in(&shop.owner).await.goto("/merchant").await;
    owner.sees("Suspended by our staff").await.sees("Our turn").await.check_both().await;
    owner.screenshot(&format!("merchant-suspended-{at}")).await;
    owner.goto("/merchant/badge").await.sees("Complaints are being checked.").await;
    owner.check_both().await;
    reviewer.fill("Reason", "They were unfounded.").await.press("Lift the suspension").await;
    reviewer.sees("Lantern Bikes is a trust merchant.").await.check_both().await;
    buyer.goto(&page).await.sees("Lantern Bikes is a trust merchant").await.check_both().await;
}

async fn an_agreement_is_superseded(at: &str, profile: Profile) {
    let world = World::new().await;
    let shop = shop(&world).await;
    let administrator = Person::with(&world, profile).await;
    administrator.sign_in(&world.staff(Role::Administrator).await).await.goto("/admin").await;
    administrator.follow("Policies").await.sees("Published versions").await.check_both().await;
    administrator.press("Write the next version").await.check_both().await;
    let english = "ALLIANCE AGREEMENT, VERSION 2\n\n1. Lamps\nYou sell lamps that shine.";
    let chinese = "联盟协议（第 2 版）\n\n一、灯\n您出售的灯应当会亮。";
    administrator.fill("English text", english).await.fill("Chinese text", chinese).await;
    administrator.press("Save the draft and look at it").await.sees("The draft is saved.").await;
    administrator.sees("You sell lamps that shine.").await.check_both().await;
    administrator.screenshot(&format!("policies-preview-{at}")).await;
    administrator.fill("Reason", "Lamps must shine.").await.press("Publish version 2").await;
    administrator.sees("The version is published.").await.check_both().await;
    world.advance(Duration::days(31)).await;
    world.work().await;
    let owner = Person::with(&world, profile).await;
    owner.sign_in(&shop.owner).await.goto("/merchant").await;
    owner.sees("The new agreement is not signed").await.sees("Your turn").await.check_both().await;
    owner.screenshot(&format!("merchant-unsigned-{at}")).await;
    owner.goto("/merchant/agreement").await.sees("What changes").await.check_both().await;
    owner.screenshot(&format!("agreement-again-{at}")).await;
    owner.fill("Your full name", "Anna Weber").await.choose("I have read the agreement").await;
    owner.press("Sign the agreement").await.sees("The agreement is signed.").await;
    owner.sees("Your signed copies").await.check_both().await;
    owner.goto("/merchant").await.sees("You are a trust merchant.").await.check_both().await;
}

#[tokio::test]
async fn staff_suspend_and_reinstate_on_a_desk() {
    staff_suspend_and_reinstate("desk", DESK).await;
}

#[tokio::test]
async fn staff_suspend_and_reinstate_on_a_phone() {
    staff_suspend_and_reinstate("phone", PHONE).await;
}

#[tokio::test]
async fn an_agreement_is_superseded_on_a_desk() {
    an_agreement_is_superseded("desk", DESK).await;
}

#[tokio::test]
async fn an_agreement_is_superseded_on_a_phone() {
    an_agreement_is_superseded("phone", PHONE).await;
}
