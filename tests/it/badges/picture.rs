//! `/badge/{code}.svg`.

use chrono::Duration;
use surety::badges::{ORIGINS_MAX, flush_sightings, sightings};

use super::{set_badge, shop, untold_world};
use crate::support::{Reply, World};

/// Asks for a badge as a browser on a page would.
async fn badge_on(world: &World, code: &str, referer: Option<&str>) -> Reply {
    let mut visitor = world.visitor();
    if let Some(referer) = referer {
        visitor = visitor.header("referer", referer);
    }
    visitor.get(&format!("/badge/{code}.svg")).await
}

fn says(reply: &Reply, words: &str) -> bool {
    reply.body().contains(&format!(": {words}</title>"))
}

#[tokio::test]
async fn every_state_is_drawn_and_a_change_shows_within_a_minute() {
    let world = untold_world().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    for (set, words) in [
        ("tier = 'trusted'", "Trust merchant"),
        ("tier = 'silver'", "Silver merchant"),
        ("tier = 'gold'", "Gold merchant"),
        ("tier = 'platinum'", "Platinum merchant"),
        ("state = 'suspended'", "SUSPENDED"),
        ("state = 'active'", "Platinum merchant"),
        ("state = 'revoked'", "REVOKED"),
        ("state = 'expired'", "EXPIRED"),
        ("state = 'active', expires_at = surety_now() - interval '1 s'", "EXPIRED"),
    ] {
        set_badge(&world, &shop, set).await;
        world.advance(Duration::seconds(20)).await;
        let reply = badge_on(&world, &shop.code, None).await;
        assert!(says(reply.ok(), words), "{set}: {}", reply.body());
    }
}

#[tokio::test]
async fn the_answer_is_for_this_page_alone_and_may_stand_on_any_site() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let reply = badge_on(&world, &shop.code, Some("https://bikes.example/")).await;
    assert_eq!(reply.ok().header("content-type"), "image/svg+xml");
    assert!(reply.header("vary").contains("Referer"));
    assert_eq!(reply.header("cache-control"), "private, max-age=30");
    assert_eq!(reply.header("cross-origin-resource-policy"), "cross-origin");
    let policy = reply.header("content-security-policy");
    assert_eq!(policy, "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    assert_eq!(reply.header("set-cookie"), "");
    // On no other answer.
    let page = world.visitor().get("/no/such/page").await;
    assert_eq!(page.header("cross-origin-resource-policy"), "same-origin");
}

#[tokio::test]
async fn size_scheme_and_language_are_the_merchants_wish() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let mut visitor = world.visitor();
    let path = |query: &str| format!("/badge/{}.svg?{query}", shop.code);
    let large = visitor.get(&path("size=large&scheme=dark&lang=zh-Hans")).await;
    assert!(large.ok().body().contains("width=\"216\""));
    assert!(!large.body().contains("<style>"));
    assert!(large.body().contains("信用商家"));
    let usual = visitor.get(&path("size=../../etc&scheme=%3Cscript%3E&lang=xx")).await;
    assert!(usual.ok().body().contains("width=\"144\""));
    assert!(usual.body().contains("<style>") && says(&usual, "Trust merchant"));
}

#[tokio::test]
async fn only_the_merchants_own_sites_get_its_drawing() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let ours = format!("{}/directory", world.config.http.origin());
    for own in [
        None,
        Some("https://bikes.example/"),
        Some("https://www.bikes.example/shop?x"),
        Some("http://bikes.example:8080/"),
        Some(ours.as_str()),
        // No site that a shop could stand on.
        Some("not an address"),
        Some("\"><script>alert(1)</script>"),
        Some("android-app://com.tencent.mm/"),
        Some("https://mail.google.com/"),
    ] {
        let reply = badge_on(&world, &shop.code, own).await;
        assert!(says(reply.ok(), "Trust merchant"), "{own:?}");
        assert!(!reply.body().contains("script"), "{own:?}");
    }
    for foreign in [
        "https://bikes.example.evil.top/",
        "https://bikes-example.top/",
        "https://pay.bikes.example/",
        "https://evil.top/?bikes.example",
        "http://192.0.2.1/",
    ] {
        let reply = badge_on(&world, &shop.code, Some(foreign)).await;
        assert!(says(reply.ok(), "NOT VERIFIED HERE"), "{foreign}");
    }
    flush_sightings(&world.db, &world.badges).await.expect("sightings are written");
    let seen = sightings(&world.db, shop.id).await.expect("sightings");
    let expected = [
        ("https://bikes.example.evil.top", 1),
        ("https://bikes-example.top", 1),
        ("https://pay.bikes.example", 1),
        ("https://evil.top", 1),
        ("http://192.0.2.1", 1),
    ];
    assert_eq!(seen, expected.map(|(origin, times)| (origin.to_owned(), times)).into());
}

#[tokio::test]
async fn sightings_add_up_and_forged_ones_do_not_fill_the_table() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let evil = Some("https://evil.top/");
    for _ in 0..3 {
        badge_on(&world, &shop.code, evil).await.ok();
    }
    assert_eq!(flush_sightings(&world.db, &world.badges).await.ok(), Some(1));
    let first = world.value("SELECT first_seen_at FROM badge_sightings").await;
    world.advance(Duration::hours(1)).await;
    badge_on(&world, &shop.code, evil).await.ok();
    let mut visitor = world.visitor();
    for number in 0..ORIGINS_MAX + 50 {
        visitor = visitor.header("referer", &format!("https://shop{number}.top/"));
        visitor.get(&format!("/badge/{}.svg", shop.code)).await.ok();
    }
    flush_sightings(&world.db, &world.badges).await.expect("sightings are written");
    let seen = sightings(&world.db, shop.id).await.expect("sightings");
    assert!((ORIGINS_MAX / 2..=ORIGINS_MAX + 1).contains(&seen.len()), "{}", seen.len());
    assert_eq!(seen["https://evil.top"], 4);
    assert_eq!(seen.values().sum::<i64>(), 1_054);
    // A new impostor is not blinded by the forged ones: what comes again is kept.
    for round in 0..4 {
        world.advance(Duration::minutes(1)).await;
        badge_on(&world, &shop.code, Some("https://worse.top/")).await.ok();
        for number in 0..50 {
            let forged = format!("https://forged{round}-{number}.top/");
            badge_on(&world, &shop.code, Some(&forged)).await.ok();
        }
        flush_sightings(&world.db, &world.badges).await.expect("sightings are written");
    }
    let seen = sightings(&world.db, shop.id).await.expect("sightings");
    assert_eq!(seen["https://worse.top"], 4);
    assert!(seen.len() <= ORIGINS_MAX + 1, "{}", seen.len());
    assert_eq!(seen.values().sum::<i64>(), 1_054 + 4 * 51);
    let row = "FROM badge_sightings WHERE origin = 'https://evil.top'";
    assert_eq!(world.value(&format!("SELECT first_seen_at {row}")).await, first);
    let hours = format!("SELECT extract(hour FROM last_seen_at - first_seen_at)::int {row}");
    assert_eq!(world.value(&hours).await, "1");
}

#[tokio::test]
async fn what_cannot_be_written_now_is_written_later() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    badge_on(&world, &shop.code, Some("https://evil.top/")).await.ok();
    world.owner_sql("ALTER TABLE badge_sightings RENAME TO away").await;
    assert!(flush_sightings(&world.db, &world.badges).await.is_err());
    world.owner_sql("ALTER TABLE away RENAME TO badge_sightings").await;
    assert_eq!(flush_sightings(&world.db, &world.badges).await.ok(), Some(1));
    assert_eq!(flush_sightings(&world.db, &world.badges).await.ok(), Some(0));
}

#[tokio::test]
async fn a_code_that_nobody_has_gets_a_drawing_that_says_so() {
    let world = World::new().await;
    let plain = world.merchant("Only Registered").await;
    for code in ["TM-0000-1ZZZ", "TM-1111-1111", "nonsense", "%3Csvg%20onload%3D1%3E", &plain.code]
    {
        let reply = badge_on(&world, code, None).await;
        reply.expect(404);
        assert_eq!(reply.header("content-type"), "image/svg+xml", "{code}");
        assert!(says(&reply, "NO SUCH BADGE") && !reply.body().contains("onload"), "{code}");
    }
}

#[tokio::test]
async fn while_it_is_fresh_a_badge_asks_nothing_of_the_database() {
    let world = untold_world().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    badge_on(&world, &shop.code, None).await.ok();
    // Whoever asked now would be told something else.
    set_badge(&world, &shop, "state = 'suspended'").await;
    for _ in 0..50 {
        let reply = badge_on(&world, &shop.code, Some("https://bikes.example")).await;
        assert!(says(reply.ok(), "Trust merchant"));
    }
    world.advance(Duration::seconds(20)).await;
    assert!(says(badge_on(&world, &shop.code, None).await.ok(), "SUSPENDED"));
}

#[tokio::test]
async fn in_an_outage_the_last_answer_stands_in_for_less_than_a_minute() {
    let world = untold_world().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    badge_on(&world, &shop.code, None).await.ok();
    world.owner_sql("ALTER TABLE badges RENAME TO away").await;
    world.advance(Duration::seconds(20)).await;
    assert!(says(badge_on(&world, &shop.code, None).await.ok(), "Trust merchant"));
    // After that there is none rather than an old one.
    world.advance(Duration::seconds(5)).await;
    badge_on(&world, &shop.code, None).await.expect(500);
    world.owner_sql("ALTER TABLE away RENAME TO badges").await;
    world.advance(Duration::seconds(2)).await;
    assert!(says(badge_on(&world, &shop.code, None).await.ok(), "Trust merchant"));
}

#[tokio::test]
async fn a_scanner_finds_the_authentication_page() {
    let world = World::builder().https().start().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut visitor = world.visitor();
    let reply = visitor.get(&format!("/verify/{}/qr.svg", shop.code)).await;
    assert_eq!(reply.ok().header("content-type"), "image/svg+xml");
    assert!(reply.body().contains("<path"));
    visitor.get("/verify/nonsense/qr.svg").await.expect(404);
}

#[tokio::test]
async fn a_browser_gets_the_same_drawing_compressed() {
    use std::io::Read;
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let plain = badge_on(&world, &shop.code, None).await;
    assert_eq!(plain.ok().header("content-encoding"), "");
    let mut browser = world.visitor().header("accept-encoding", "gzip, deflate, br");
    let packed = browser.get(&format!("/badge/{}.svg", shop.code)).await;
    assert_eq!(packed.ok().header("content-encoding"), "gzip");
    assert!(packed.header("vary").contains("Accept-Encoding"));
    // Each code has a drawing of its own, and which code a test gets depends on the others: some
    // pack to a little more than the half.
    assert!(packed.bytes.len() * 5 < plain.bytes.len() * 3, "{}", packed.bytes.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed.bytes[..]).read_to_end(&mut unpacked).expect("gzip");
    assert_eq!(unpacked, plain.bytes);
}
