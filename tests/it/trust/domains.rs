//! Claiming, proving and giving up domains, against sites on this machine.

use chrono::Duration;

use super::site::Sites;
use crate::support::{Merchant, Visitor, World};

const ADD: &str = "Add domain";

async fn add(visitor: &mut Visitor, name: &str) -> String {
    let added = visitor.submit("/merchant/domains", ADD, &[("Domain", name)]).await;
    added.sends_to("/merchant/domains?done=domain-added");
    added.location().split("#domain-").nth(1).expect("an id").to_owned()
}

async fn token(world: &World, id: &str) -> String {
    world.value(&format!("SELECT token FROM domains WHERE public_id = '{id}'")).await
}

async fn check(visitor: &mut Visitor, id: &str) -> crate::support::Reply {
    let form = format!("/merchant/domains/{id}/check");
    let checked = visitor.submit("/merchant/domains", &form, &[]).await;
    visitor.follow(checked).await
}

async fn state(world: &World, id: &str) -> String {
    let sql = format!(
        "SELECT coalesce(last_failure, '-') || ' ' || (verified_at IS NOT NULL) FROM domains \
         WHERE public_id = '{id}'"
    );
    world.value(&sql).await
}

#[tokio::test]
async fn a_file_on_the_site_proves_the_domain() {
    let (world, sites) = Sites::world().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    let id = add(&mut owner, "https://Lantern-Bikes.test/shop?x=1").await;
    let page = owner.get("/merchant/domains").await;
    page.ok().sees("https://lantern-bikes.test/.well-known/surety-challenge");
    let token = token(&world, &id).await;
    assert!(token.len() >= 43, "a token that nobody guesses");
    page.sees(&token);
    // No site, no file, the wrong file, the right one.
    check(&mut owner, &id).await.ok().sees("There is no such file");
    assert_eq!(state(&world, &id).await, "no-file false");
    sites.put("lantern-bikes.test", "something else");
    check(&mut owner, &id).await.ok().sees("says something else");
    sites.put("lantern-bikes.test", &format!("{token}\n"));
    let page = check(&mut owner, &id).await;
    assert_eq!(page.notice(), "The domain is verified.");
    page.sees("Your domain is verified.");
    assert_eq!(state(&world, &id).await, "- true");
}

#[tokio::test]
async fn what_is_no_domain_is_refused_in_words() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    add(&mut owner, "lantern.example").await;
    let long = format!("{}.example", "a".repeat(3_000));
    for (typed, words) in [
        ("", "Enter a domain."),
        ("lamps", "with its ending"),
        ("192.168.0.1", "address of numbers"),
        ("https://[::1]/", "address of numbers"),
        ("localhost", "cannot be reached from the internet"),
        ("shop.local", "cannot be reached from the internet"),
        ("co.uk", "Anybody can register"),
        ("la mps.example", "not a domain"),
        ("ftp://lamps.example", "not a domain"),
        ("under_score.example", "not a domain"),
        (long.as_str(), "at most 2048 characters"),
        ("LANTERN.example", "already"),
    ] {
        let page = owner.submit("/merchant/domains", ADD, &[("domain", typed)]).await;
        page.expect(422);
        assert!(page.error("domain").contains(words), "{typed}: {}", page.error("domain"));
        assert_eq!(page.field("domain"), typed);
    }
    for number in 0..19 {
        add(&mut owner, &format!("shop{number}.example")).await;
    }
    let page = owner.submit("/merchant/domains", ADD, &[("domain", "one-more.example")]).await;
    page.expect(422).sees("You have 20 domains");
}

#[tokio::test]
async fn the_limit_holds_for_posts_at_once() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    let page = owner.get("/merchant/domains").await;
    let posts = (0..40).map(|number| {
        let (mut owner, page) = (owner.clone(), page.clone());
        async move {
            let name = format!("shop{number}.example");
            owner.submit_on(&page, ADD, &[("Domain", &name)]).await.status
        }
    });
    let mut statuses = futures::future::join_all(posts).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [[303; 20], [422; 20]].concat());
    assert_eq!(world.value("SELECT count(*) FROM domains").await, "20");
}

#[tokio::test]
async fn an_internationalised_name_is_shown_in_both_forms() {
    let world = World::new().await;
    let merchant = world.merchant("Bücher").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    add(&mut owner, "bücher.example").await;
    let page = owner.get("/merchant/domains").await;
    page.ok().sees("xn--bcher-kva.example").sees("It reads bücher.example.");
}

#[tokio::test]
async fn a_proved_domain_belongs_to_one_merchant() {
    let (world, sites) = Sites::world().await;
    let (first, second) = (world.merchant("First").await, world.merchant("Second").await);
    let mut one = world.visitor_as(&first.owner).await;
    let mut two = world.visitor_as(&second.owner).await;
    let (own, claimed) = (add(&mut one, "lamps.test").await, add(&mut two, "lamps.test").await);
    sites.put("lamps.test", &token(&world, &own).await);
    check(&mut one, &own).await.sees("Your domain is verified.");
    sites.put("lamps.test", &token(&world, &claimed).await);
    let page = check(&mut two, &claimed).await;
    page.ok().sees("Another merchant has verified this domain");
    assert_eq!(state(&world, &claimed).await, "taken false");
    assert_eq!(state(&world, &own).await, "- true");
    // Another merchant's domain is not there at all.
    let csrf = two.csrf_token("/merchant/domains").await;
    for act in ["check", "remove"] {
        let path = format!("/merchant/domains/{own}/{act}");
        two.post(&path, &[("csrf_token", &csrf)]).await.expect(404);
    }
    assert_eq!(state(&world, &own).await, "- true");
}

#[tokio::test]
async fn a_token_older_than_seven_days_proves_nothing() {
    let (world, sites) = Sites::world().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    let id = add(&mut owner, "lamps.test").await;
    let old = token(&world, &id).await;
    sites.put("lamps.test", &old);
    world.advance(Duration::days(7)).await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    check(&mut owner, &id).await.sees("The content was too old. There is a new one");
    let new = token(&world, &id).await;
    assert_ne!(new, old);
    check(&mut owner, &id).await.sees("says something else");
    sites.put("lamps.test", &new);
    check(&mut owner, &id).await.sees("Your domain is verified.");
}

async fn proved(world: &World, sites: &Sites, merchant: &Merchant, name: &str) -> String {
    let mut owner = world.visitor_as(&merchant.owner).await;
    let id = add(&mut owner, name).await;
    sites.put(name, &token(world, &id).await);
    check(&mut owner, &id).await.sees("verified");
    id
}

#[tokio::test]
async fn a_proof_is_looked_at_each_day_and_lapses_after_thirty() {
    let (world, sites) = Sites::world().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let id = proved(&world, &sites, &merchant, "lamps.test").await;
    let verified = format!("SELECT verified_at FROM domains WHERE public_id = '{id}'");
    let first = world.value(&verified).await;
    world.advance(Duration::hours(23)).await;
    world.work().await;
    assert_eq!(world.value(&verified).await, first, "not within a day");
    world.advance(Duration::hours(1)).await;
    world.work().await;
    let second = world.value(&verified).await;
    assert_ne!(second, first);
    // The file is gone: the proof holds for thirty days from the last success.
    sites.clear("lamps.test");
    for day in 1..=30 {
        world.advance(Duration::days(1)).await;
        world.work().await;
        if day < 30 {
            assert_eq!(state(&world, &id).await, "no-file true", "day {day}");
        }
    }
    world.advance(Duration::days(1)).await;
    world.work().await;
    assert!(state(&world, &id).await.ends_with("false"));
    // Somebody else may have it now.
    let other = world.merchant("Other").await;
    proved(&world, &sites, &other, "lamps.test").await;
}

#[tokio::test]
async fn a_badge_never_stands_on_no_domain() {
    let (world, sites) = Sites::world().await;
    let merchant = world.trust_merchant("Lantern Bikes").await;
    let first = proved(&world, &sites, &merchant, "lamps.test").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    let remove = |id: &str| format!("/merchant/domains/{id}/remove");
    let page = owner.submit("/merchant/domains", &remove(&first), &[]).await;
    page.expect(409).sees("Your badge stands on this domain");
    let second = proved(&world, &sites, &merchant, "bikes.test").await;
    // Both at once: one stays.
    let mut again = owner.clone();
    let (path_a, path_b) = (remove(&first), remove(&second));
    let (a, b) = tokio::join!(
        owner.submit("/merchant/domains", &path_a, &[]),
        again.submit("/merchant/domains", &path_b, &[])
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(world.value("SELECT count(*) FROM domains").await, "1");
}
