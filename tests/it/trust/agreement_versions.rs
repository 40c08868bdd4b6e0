//! A version of the agreement is published and supersedes the one before: what merchants are told,
//! what they sign again, and what happens if they do not.

use chrono::Duration;
use surety::accounts::actor::Role;
use surety::kernel::locale::Locale;
use surety::kernel::signing;
use surety::trust::agreement::copy::signed_text;
use surety::trust::commands::{current_agreement, sign_agreement, suspend_unsigned};
use surety::trust::{self, BadgeState, Suspension};

use super::suspensions::begin;
use crate::support::{Merchant, World};

async fn state(world: &World, merchant: &Merchant) -> BadgeState {
    let badge = trust::badge(&world.db, merchant.id).await.unwrap().unwrap();
    badge.state_at(world.now().await)
}

/// A trust merchant that has signed the first version.
async fn signed_shop(world: &World, name: &str) -> Merchant {
    let shop = world.trust_merchant(name).await;
    sign(world, &shop, 1).await;
    shop
}

async fn sign(world: &World, shop: &Merchant, version: i32) {
    current_agreement(&world.db).await.unwrap();
    let owner = shop.owner.id;
    sign_agreement(&world.db, shop.id, owner, "Anna Weber", version, Locale::En).await.unwrap();
}

/// Publishes the next version over the pages, in force at once.
pub async fn publish(world: &World, change: &str) {
    let administrator = world.staff(Role::Administrator).await;
    let mut visitor = world.visitor_as(&administrator).await;
    let page = visitor.get("/admin/policies/agreement").await;
    let (en, zh) = (page.field("text_en"), page.field("text_zh"));
    let en = format!("{en}\n\n9. {change}\n{change}.");
    let zh = format!("{zh}\n\n九、新增\n新增。");
    let fields = [("text_en", en.as_str()), ("text_zh", zh.as_str())];
    let saved = visitor.submit_on(&page, "/admin/policies/agreement", &fields).await;
    saved.sends_to("/admin/policies/agreement/preview?done=policies-saved");
    let preview = visitor.follow(saved).await;
    preview.ok().sees(&format!("{change}."));
    let reason = [("publish_reason", "The law has changed.")];
    let published = visitor.submit_on(&preview, "/admin/policies/agreement/publish", &reason).await;
    published.sends_to("/admin/policies?done=policies-published");
    visitor.follow(published).await.ok().sees("The law has changed.").sees("In force");
}

async fn messages(world: &World, shop: &Merchant) -> Vec<String> {
    world.mails_to(&shop.owner.email).await.into_iter().map(|m| m.message).collect()
}

#[tokio::test]
async fn who_does_not_sign_again_in_thirty_days_is_suspended_until_they_do() {
    let world = World::new().await;
    let (late, prompt) =
        (signed_shop(&world, "Lantern Bikes").await, signed_shop(&world, "Harbour Books").await);
    let bystander = world.trust_merchant("Paper Cranes").await;
    publish(&world, "Lamps").await;
    world.work().await;
    assert_eq!(messages(&world, &late).await, ["agreement-published"]);
    assert_eq!(messages(&world, &bystander).await, Vec::<String>::new(), "signed nothing");
    // The page says what changed, until when, and what happens else.
    let mut owner = world.visitor_as(&late.owner).await;
    let page = owner.get("/merchant/agreement").await;
    page.ok().sees("Sign version 2").sees("Lamps.").sees("If it is not signed by then");
    assert_eq!(page.count("ins"), 1, "{:?}", page.texts("ins"));
    assert_eq!(page.count("del"), 0);
    owner.get("/merchant").await.ok().sees("Sign the new agreement").sees("Your turn");
    sign(&world, &prompt, 2).await;
    world.advance(Duration::days(16)).await;
    world.work().await;
    world.advance(Duration::days(14) - Duration::hours(1)).await;
    world.work().await;
    assert_eq!(state(&world, &late).await, BadgeState::Active, "not before the day");
    world.advance(Duration::hours(1)).await;
    world.work().await;
    assert_eq!(state(&world, &late).await, BadgeState::Suspended);
    assert_eq!(state(&world, &prompt).await, BadgeState::Active);
    assert_eq!(state(&world, &bystander).await, BadgeState::Active);
    assert_eq!(
        messages(&world, &late).await,
        [
            "agreement-published",
            "agreement-sign-soon",
            "agreement-sign-tomorrow",
            "badge-suspended-agreement-superseded",
        ]
    );
    assert_eq!(messages(&world, &prompt).await, ["agreement-published"]);
    // Signing lifts it at once.
    let mut owner = world.visitor_as(&late.owner).await;
    let page = owner.get("/merchant/agreement").await;
    page.ok().sees("Your trust badge is suspended until it is signed");
    let fields = [("Your full name", "Anna Weber"), ("agreed", "yes")];
    let signed = owner.submit_on(&page, "Sign the agreement", &fields).await;
    signed.sends_to("/merchant/agreement?done=agreement-signed");
    assert_eq!(state(&world, &late).await, BadgeState::Active);
    assert_eq!(world.mail_to(&late.owner.email).await.message, "badge-active-again");
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn nobody_is_told_of_a_badge_that_signing_does_not_bring() {
    let world = World::new().await;
    let (plain, late) = (world.merchant("Harbour Books").await, signed_shop(&world, "Lamps").await);
    sign(&world, &plain, 1).await;
    publish(&world, "Lamps").await;
    let mut owner = world.visitor_as(&plain.owner).await;
    let page = owner.get("/merchant/agreement").await;
    page.ok().sees("Sign version 2").sees_not("trust badge is suspended");
    world.advance(Duration::days(31)).await;
    world.work().await;
    let mut owner = world.visitor_as(&plain.owner).await;
    let page = owner.get("/merchant/agreement").await;
    page.ok().sees("you cannot be approved").sees_not("Your trust badge");
    // Signing is not all that is asked of the other.
    begin(&world, &late, Suspension::FundDebt, "debt 1").await;
    let mut owner = world.visitor_as(&late.owner).await;
    let page = owner.get("/merchant/agreement").await;
    page.ok().sees("when nothing else stands against it").sees_not("at once");
    owner.get("/merchant").await.ok().sees("The new agreement is not signed").sees_not("at once");
    let mail = world.mail_to(&late.owner.email).await;
    assert!(mail.text.contains("for another cause too"), "{}", mail.text);
    assert!(!mail.text.contains("as soon as"), "{}", mail.text);
    let chinese = format!("UPDATE users SET locale = 'zh-Hans' WHERE id = {}", late.owner.id);
    world.owner_sql(&chinese).await;
    owner.get("/merchant").await.ok().sees("新版协议尚未签署").sees_not("立即恢复");
}

#[tokio::test]
async fn the_signed_copy_proves_itself_and_stays() {
    let world = World::new().await;
    let shop = signed_shop(&world, "Lantern Bikes").await;
    let other = signed_shop(&world, "Harbour Books").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    owner.get("/merchant/agreement/2.txt").await.expect(404);
    owner.get("/merchant/agreement/x.txt").await.expect(404);
    let before = owner.get("/merchant/agreement/1.txt").await;
    assert!(before.ok().header("content-disposition").starts_with("attachment"));
    publish(&world, "Lamps").await;
    sign(&world, &shop, 2).await;
    for version in [1, 2] {
        let copy = owner.get(&format!("/merchant/agreement/{version}.txt")).await;
        let body = copy.ok().body();
        let text = signed_text(&body).expect("a text between the lines");
        let sum = hex::encode(signing::sha256(text.as_bytes()));
        let sql = format!(
            "SELECT encode(text_sha256, 'hex') FROM agreement_signatures \
             WHERE version = {version} AND merchant_id = {}",
            shop.id
        );
        assert_eq!(world.value(&sql).await, sum);
        for part in [sum.as_str(), "Anna Weber", &shop.code, "Lantern Bikes Owner", "(UTC)"] {
            assert!(body.contains(part), "{part} in {body}");
        }
    }
    let after = owner.get("/merchant/agreement/1.txt").await;
    assert_eq!(after.body(), before.body(), "for ever");
    let mut stranger = world.visitor_as(&other.owner).await;
    stranger.get("/merchant/agreement/2.txt").await.expect(404);
}

#[tokio::test]
async fn a_version_is_published_once_as_it_was_seen_and_never_edited() {
    let world = World::new().await;
    let administrator = world.staff(Role::Administrator).await;
    let mut visitor = world.visitor_as(&administrator).await;
    let publish = "/admin/policies/agreement/publish";
    let page = visitor.get("/admin/policies/agreement").await;
    let fields = [("text_en", "T\r\n\r\n\r\n1. A\r\nfirst"), ("text_zh", "题\n\n一、\n甲")];
    visitor.submit_on(&page, "/admin/policies/agreement", &fields).await.expect(303);
    let seen = visitor.get("/admin/policies/agreement/preview").await;
    // Somebody saves another text meanwhile: what was seen is not what would be published.
    let again = visitor.get("/admin/policies/agreement").await;
    let fields = [("text_en", "T\n\n1. B\nother"), ("text_zh", "题\n\n一、\n乙")];
    visitor.submit_on(&again, "/admin/policies/agreement", &fields).await.expect(303);
    // And a page from before saves nothing.
    let late = visitor.submit_on(&page, "/admin/policies/agreement", &fields).await;
    late.expect(422).sees("Somebody changed or published the draft");
    let reason = [("publish_reason", "The law has changed.")];
    let stale = visitor.submit_on(&seen, publish, &reason).await;
    stale.expect(409).sees("Somebody changed or published the draft");
    assert_eq!(world.value("SELECT max(version) FROM agreements").await, "1");
    let fresh = visitor.get("/admin/policies/agreement/preview").await;
    let unreasoned = visitor.submit_on(&fresh, publish, &[]).await;
    unreasoned.expect(422).sees("Give a reason for publishing");
    let mut other = world.visitor_as(&administrator).await;
    let fresh_too = other.get("/admin/policies/agreement/preview").await;
    let (one, two) = tokio::join!(
        visitor.submit_on(&fresh, publish, &reason),
        other.submit_on(&fresh_too, publish, &reason)
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409], "published once");
    let text = "SELECT text_en FROM agreements WHERE version = 2";
    assert_eq!(world.value(text).await, "T\n\n1. B\nother\n");
    let trail = "SELECT reason || ' ' || subject FROM audit_entries \
                 WHERE action = 'agreement.publish'";
    assert_eq!(world.value(trail).await, "The law has changed. agreement:2");
    // A new draft begins as what is in force; published as it is, it would say nothing new.
    let page = visitor.get("/admin/policies/agreement").await;
    assert_eq!(page.field("text_en").trim(), "T\n\n1. B\nother");
    visitor.submit_on(&page, "/admin/policies/agreement", &[]).await.expect(303);
    let same = visitor.submit("/admin/policies/agreement/preview", publish, &reason).await;
    same.expect(409).sees("says the same as before");
    for sql in ["UPDATE agreements SET text_en = 'x'", "DELETE FROM agreements"] {
        let refused = world.as_owner().await.try_rows(sql).await;
        assert!(refused.is_err(), "{sql}");
    }
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn whoever_signs_while_the_clock_suspends_is_not_left_suspended() {
    let world = World::new().await;
    let mut shops = Vec::new();
    for n in 0..6 {
        shops.push(signed_shop(&world, &format!("Shop {n}")).await);
    }
    publish(&world, "Lamps").await;
    world.advance(Duration::days(31)).await;
    let now = world.now().await;
    let signing = async {
        for shop in &shops {
            sign(&world, shop, 2).await;
        }
    };
    let (suspended, ()) = tokio::join!(suspend_unsigned(&world.db, now), signing);
    suspended.unwrap();
    for shop in &shops {
        assert_eq!(state(&world, shop).await, BadgeState::Active);
    }
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn who_signs_after_the_clock_has_looked_is_not_suspended() {
    let world = World::new().await;
    let shop = signed_shop(&world, "Lantern Bikes").await;
    publish(&world, "Lamps").await;
    world.advance(Duration::days(31)).await;
    // A signature that is not yet committed: the clock finds the merchant late, and waits for it.
    let signer = world.as_owner().await;
    signer
        .rows(&format!(
            "BEGIN; SELECT FROM merchants WHERE id = {id} FOR NO KEY UPDATE; \
             INSERT INTO agreement_signatures (merchant_id, version, user_id, typed_name, \
               text_sha256, locale, signed_at) \
             SELECT {id}, 2, {}, 'Anna Weber', sha256(convert_to(text_en, 'UTF8')), 'en', \
               surety_now() FROM agreements WHERE version = 2",
            shop.owner.id,
            id = shop.id
        ))
        .await;
    let now = world.now().await;
    let commits = async {
        let waits = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) \
                     WHERE datname = current_database() AND NOT granted";
        let waiting = async { while world.value(waits).await == "0" {} };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await;
        signer.rows("COMMIT").await;
        waited.expect("the clock waits for the signature");
    };
    let (suspended, ()) = tokio::join!(suspend_unsigned(&world.db, now), commits);
    assert_eq!(suspended.unwrap(), 0);
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn a_version_for_later_can_be_signed_ahead() {
    let world = World::new().await;
    let shop = signed_shop(&world, "Lantern Bikes").await;
    let fresh = world.merchant("Paper Cranes").await;
    world
        .owner_sql(
            "INSERT INTO agreements (version, text_en, text_zh, published_at, effective_at) \
             VALUES (2, E'T\\n\\nnew\\n', E'题\\n\\n新\\n', surety_now(), \
               surety_now() + interval '10 days')",
        )
        .await;
    assert_eq!(current_agreement(&world.db).await.unwrap().version, 1);
    let mut owner = world.visitor_as(&shop.owner).await;
    owner.get("/merchant/agreement").await.ok().sees("It is in force from");
    // Who signs for the first time signs what is in force.
    let mut newcomer = world.visitor_as(&fresh.owner).await;
    newcomer.get("/merchant/agreement").await.ok().sees("ALLIANCE AGREEMENT, VERSION 1");
    sign(&world, &shop, 2).await;
    world.advance(Duration::days(45)).await;
    world.work().await;
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    assert_eq!(messages(&world, &shop).await, Vec::<String>::new());
}
