//! Domains that are lost: for how long, to whom it shows, and that nothing hides it.

use chrono::Duration;
use surety::trust::{self, BadgeState};

use super::site::Sites;
use crate::support::{Merchant, Reply, World};

const DAY: Duration = Duration::hours(25);

async fn state(world: &World, shop: &Merchant) -> BadgeState {
    let badge = trust::badge(&world.db, shop.id).await.unwrap().unwrap();
    badge.state_at(world.now().await)
}

async fn messages(world: &World, shop: &Merchant) -> Vec<String> {
    world.mails_to(&shop.owner.email).await.into_iter().map(|m| m.message).collect()
}

/// What a domain has in a column.
async fn of(world: &World, name: &str, column: &str) -> String {
    world
        .value(&format!("SELECT coalesce({column}::text, '') FROM domains WHERE name = '{name}'"))
        .await
}

async fn check(world: &World, shop: &Merchant, name: &str) -> Reply {
    let mut owner = world.visitor_as(&shop.owner).await;
    let form = format!("/merchant/domains/{}/check", of(world, name, "public_id").await);
    let checked = owner.submit("/merchant/domains", &form, &[]).await;
    owner.follow(checked).await
}

pub async fn remove(world: &World, shop: &Merchant, name: &str) -> Reply {
    let mut owner = world.visitor_as(&shop.owner).await;
    let form = format!("/merchant/domains/{}/remove", of(world, name, "public_id").await);
    owner.submit("/merchant/domains", &form, &[]).await
}

/// Adds a domain and proves it.
pub async fn prove(world: &World, sites: &Sites, shop: &Merchant, name: &str) {
    let mut owner = world.visitor_as(&shop.owner).await;
    owner.submit("/merchant/domains", "Add domain", &[("Domain", name)]).await.expect(303);
    sites.put(name, &of(world, name, "token").await);
    check(world, shop, name).await.ok();
    assert_ne!(of(world, name, "verified_at").await, "", "{name} is proved");
}

/// Looks each day, for some days.
async fn days(world: &World, count: usize) {
    for _ in 0..count {
        world.advance(DAY).await;
        world.work().await;
    }
}

#[tokio::test]
async fn a_lost_domain_is_not_shaken_off_with_another() {
    let (world, sites) = Sites::world().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    prove(&world, &sites, &shop, "lantern.test").await;
    sites.clear("lantern.test");
    days(&world, 8).await;
    assert_eq!(state(&world, &shop).await, BadgeState::Suspended);
    prove(&world, &sites, &shop, "thrown.test").await;
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    // The old one still has its proof, but the badge stands on the new one.
    assert_ne!(of(&world, "lantern.test", "verified_at").await, "");
    remove(&world, &shop, "thrown.test").await.expect(409).sees("Your badge stands on this domain");
    // However it went, the same loss counts again.
    world.owner_sql("DELETE FROM domains WHERE name = 'thrown.test'").await;
    days(&world, 2).await;
    assert_eq!(state(&world, &shop).await, BadgeState::Suspended);
    let lost = "badge-suspended-domain-lost";
    assert_eq!(messages(&world, &shop).await, [lost, "badge-active-again", lost], "each loss once");
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn a_badge_keeps_the_domain_that_is_being_lost() {
    let (world, sites) = Sites::world().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    for name in ["lantern.test", "bikes.test"] {
        prove(&world, &sites, &shop, name).await;
        sites.clear(name);
    }
    days(&world, 2).await;
    // Neither could be verified today: whichever goes, nothing that can be verified is left.
    for name in ["lantern.test", "bikes.test"] {
        remove(&world, &shop, name).await.expect(409);
    }
    days(&world, 7).await;
    assert_eq!(state(&world, &shop).await, BadgeState::Suspended);
    prove(&world, &sites, &shop, "new.test").await;
    for name in ["lantern.test", "bikes.test"] {
        remove(&world, &shop, name).await.expect(303);
    }
    remove(&world, &shop, "new.test").await.expect(409);
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
}

/// A domain that has failed for almost too long, and is due for a look.
async fn almost_lost(world: &World, sites: &Sites) -> Merchant {
    let shop = world.trust_merchant("Lantern Bikes").await;
    prove(world, sites, &shop, "lantern.test").await;
    let sql = "UPDATE domains SET verified_at = surety_now() - interval '8 days', \
               failing_since = surety_now() - interval '7 days', last_failure = 'no-file', \
               last_checked_at = surety_now() - interval '25 hours'";
    world.owner_sql(sql).await;
    shop
}

#[tokio::test]
async fn a_failure_that_comes_late_does_not_undo_a_newer_proof() {
    let (world, sites) = Sites::world().await;
    let shop = almost_lost(&world, &sites).await;
    sites.clear("lantern.test");
    let mut held = sites.hold("lantern.test");
    let restored = async {
        held.asked().await;
        sites.put("lantern.test", &of(&world, "lantern.test", "token").await);
        check(&world, &shop, "lantern.test").await.ok().sees("The domain is verified.");
        held.let_go();
    };
    tokio::join!(world.work(), restored);
    assert_eq!(of(&world, "lantern.test", "failing_since").await, "");
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
    assert_eq!(messages(&world, &shop).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_proof_that_comes_late_still_counts() {
    let (world, sites) = Sites::world().await;
    let shop = almost_lost(&world, &sites).await;
    let mut held = sites.hold("lantern.test");
    let failed = async {
        held.asked().await;
        sites.clear("lantern.test");
        world.work().await;
        assert_eq!(state(&world, &shop).await, BadgeState::Suspended);
        held.let_go();
    };
    let (page, ()) = tokio::join!(check(&world, &shop, "lantern.test"), failed);
    page.ok().sees("The domain is verified.");
    assert_eq!(of(&world, "lantern.test", "failing_since").await, "");
    assert_eq!(state(&world, &shop).await, BadgeState::Active);
}

#[tokio::test]
async fn the_public_is_not_sent_to_a_domain_that_is_lost() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    for (name, since) in
        [("good.example", "NULL"), ("old.example", "surety_now() - interval '6 days'")]
    {
        let sql = format!(
            "INSERT INTO domains (merchant_id, name, token, token_expires_at, verified_at, \
             last_checked_at, failing_since, created_at) VALUES ({}, '{name}', 't', surety_now(), \
             surety_now() - interval '9 days', surety_now() + interval '1 year', {since}, \
             surety_now())",
            shop.id
        );
        world.owner_sql(&sql).await;
    }
    let ask = async |name: &str| world.visitor().get(&format!("/verify?q={name}")).await;
    let badge_on = async |name: &str| {
        let mut visitor = world.visitor().header("referer", &format!("https://{name}/"));
        let badge = visitor.get(&format!("/badge/{}.svg", shop.code)).await;
        let page = visitor.get(&format!("/verify/{}", shop.code)).await;
        (badge.ok().body().contains("Trust merchant"), page.ok().count(".verdict.ok") == 1)
    };
    let named = async || world.visitor().get(&format!("/verify/{}.json", shop.code)).await.json();
    for name in ["good.example", "old.example"] {
        ask(name).await.expect(303);
        assert_eq!(badge_on(name).await, (true, true), "{name}");
    }
    world.advance(Duration::days(1)).await;
    ask("good.example").await.expect(303);
    assert_eq!(badge_on("good.example").await, (true, true));
    ask("old.example").await.ok().sees_not("belongs to");
    assert_eq!(badge_on("old.example").await, (false, false));
    assert_eq!(named().await["domains"], serde_json::json!(["good.example"]));
    let listed = world.visitor().get("/directory").await;
    listed.ok().sees("good.example").sees_not("old.example");
    // It is found again as soon as it is verified.
    world.owner_sql("UPDATE domains SET failing_since = NULL").await;
    ask("old.example").await.expect(303);
}
