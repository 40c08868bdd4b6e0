//! `/verify`, `/verify/{code}` and its JSON.

use chrono::Duration;
use surety::accounts::actor::Role;
use surety::trust::commands::{ByStaff, reinstate, revoke, suspend};
use surety::trust::promise::FUND_IS_OPEN;

use super::{add_domain, set_badge, shop, untold_world};
use crate::support::{Merchant, Reply, World};

/// Comes to the page of a merchant from somewhere.
async fn arrive(world: &World, merchant: &Merchant, referer: Option<&str>) -> Reply {
    let mut visitor = world.visitor();
    if let Some(referer) = referer {
        visitor = visitor.header("referer", referer);
    }
    visitor.get(&format!("/verify/{}", merchant.code)).await
}

/// Asks the search.
async fn ask(world: &World, question: &str) -> Reply {
    let query: String = url::form_urlencoded::byte_serialize(question.as_bytes()).collect();
    world.visitor().get(&format!("/verify?q={query}")).await
}

#[tokio::test]
async fn the_verdict_is_made_for_each_visitor() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let ours = format!("{}/directory", world.config.http.origin());
    let reply = arrive(&world, &shop, Some(&ours)).await;
    assert_eq!(reply.ok().count(".verdict"), 0);
    assert_eq!(reply.h1(), "Lantern Bikes is a trust merchant.");
    // An impostor's link can hide where it stands: the page says yes only to the address.
    for silent in [None, Some("android-app://com.example/"), Some("https://www.google.com/")] {
        let mut visitor = world.visitor();
        if let Some(referer) = silent {
            visitor = visitor.header("referer", referer);
        }
        let page = visitor.get(&format!("/verify/{}", shop.code)).await;
        assert_eq!(page.ok().count(".verdict"), 0, "{silent:?}");
        let asks = "This page speaks only for bikes.example. Is that in your address bar?";
        assert_eq!(page.h1(), asks, "{silent:?}");
        let own = visitor.submit_on(&page, "Compare", &[("q", "https://bikes.example/x")]).await;
        own.sends_to(&format!("/verify/{}?checked=bikes.example", shop.code));
        let own = visitor.get(own.location()).await;
        assert!(own.ok().text_of(".verdict.ok h2").contains("belongs to this merchant"));
        assert_eq!(own.h1(), "Lantern Bikes is a trust merchant.");
        let false_one = [("q", "bikes-login.example")];
        let other = visitor.submit_on(&page, "Compare", &false_one).await;
        assert_eq!(other.ok().count(".verdict.bad"), 1);
    }
    for own in ["https://bikes.example/", "https://www.bikes.example/cart"] {
        let reply = arrive(&world, &shop, Some(own)).await;
        let verdict = reply.ok().text_of(".verdict.ok h2");
        assert!(verdict.ends_with("bikes.example, which belongs to this merchant."), "{verdict}");
    }
    for (foreign, host) in [
        ("https://bikes-login.example/pay", "bikes-login.example"),
        ("https://pay.bikes.example/", "pay.bikes.example"),
        ("https://bikes.example@evil.top/", "evil.top"),
        ("http://192.0.2.7/", "192.0.2.7"),
        ("https://xn--bkes-vpa.example/", "xn--bkes-vpa.example (bíkes.example)"),
    ] {
        let reply = arrive(&world, &shop, Some(foreign)).await;
        let verdict = reply.ok().text_of(".verdict.bad");
        assert!(verdict.contains(&format!("You came from {host}, which does not")), "{verdict}");
        assert!(
            verdict.contains("Do not pay there") && verdict.contains("own site is bikes.example")
        );
        assert_eq!(reply.h1(), "Lantern Bikes is a trust merchant. The site you came from is not.");
        let report = reply.link("Report the false one");
        assert!(report.starts_with("/report?origin=") && report.contains(&shop.code));
    }
    let garbage = arrive(&world, &shop, Some("\"><script>alert(1)</script>")).await;
    assert_eq!(garbage.ok().count(".verdict"), 0);
    assert!(!garbage.body().contains("alert(1)"));
}

#[tokio::test]
async fn a_badge_that_does_not_hold_says_so_first() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    for (set, heading, chip) in [
        (
            "state = 'suspended'",
            "Lantern Bikes is suspended. New orders are not covered.",
            "Suspended",
        ),
        ("state = 'active'", "Lantern Bikes is a trust merchant.", "Active, trusted"),
        (
            "state = 'revoked'",
            "Lantern Bikes has lost its badge for good. New orders are not covered.",
            "Revoked",
        ),
        (
            "state = 'active', expires_at = surety_now()",
            "The badge of Lantern Bikes has expired. New orders are not covered.",
            "Expired",
        ),
    ] {
        set_badge(&world, &shop, set).await;
        world.advance(Duration::seconds(20)).await;
        let reply = arrive(&world, &shop, Some("https://bikes.example/")).await;
        assert_eq!(reply.ok().h1(), heading, "{set}");
        assert_eq!(reply.text_of(".over .chip"), chip, "{set}");
        // A tier, and green ticks, are claims that only a badge that stands can make.
        let is_active = chip.starts_with("Active");
        assert_eq!(reply.text_of(".figures").contains("Tier"), is_active, "{set}");
        let json = world.visitor().get(&format!("/verify/{}.json", shop.code)).await.ok().json();
        assert_eq!(json["tier"].is_null(), !is_active, "{set}");
        let covered = reply.text_of(".figures").contains("Marked for cover");
        assert_eq!(covered, chip.starts_with("Active"), "{set}");
        // What does not hold stands before the visitor's own good verdict.
        let text = reply.text();
        let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
        let first = place(heading) < place("You came from");
        assert_eq!(first, !chip.starts_with("Active"), "{set}");
    }
}

#[tokio::test]
async fn the_page_shows_who_it_is_and_how_to_check_it() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    add_domain(&world, &shop, "xn--fiqs8s.example").await;
    world
        .owner_sql(&format!(
            "UPDATE merchants SET registered_name = 'Lantern <b>Bikes</b> GmbH' WHERE id = {}",
            shop.id
        ))
        .await;
    let reply = arrive(&world, &shop, None).await;
    for words in [
        "Lantern <b>Bikes</b> GmbH",
        "bikes.example",
        "xn--fiqs8s.example (中国.example)",
        "Second-hand goods",
        "Trust merchant since",
        "None yet",
        "Marked for cover",
        "Its application was approved.",
        "The address bar must read",
    ] {
        reply.ok().sees(words);
    }
    reply.sees(reply.text_of("aside strong.code").as_str());
    assert_eq!(
        format!("http://{}", reply.text_of("aside strong.code")),
        world.config.http.origin()
    );
    assert_eq!(reply.count("figure.seal > svg.seal-active"), 1);
    let qr = format!("/verify/{}/qr.svg", shop.code);
    assert_eq!(reply.attribute("img.qr", "src"), Some(qr));
    assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(!reply.body().contains(" style="), "the policy forbids inline styles");
    let chinese = world.visitor().chinese().get(&format!("/verify/{}", shop.code)).await;
    assert_eq!(chinese.ok().h1(), "本页面只为 bikes.example 作证。您的地址栏里是这个域名吗？");
    chinese.sees("二手商品");
}

#[tokio::test]
async fn criteria_are_shown_as_they_were_measured() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    set_badge(&world, &shop, &format!("evaluation = '{EVALUATION}'")).await;
    let reply = arrive(&world, &shop, None).await;
    assert_eq!(reply.ok().count("ol.criteria > li"), 2);
    reply.sees("3 months and 12 days, since 10 August 2026");
    reply.sees("bikes.example, verified on 20 November 2026");
    let json = world.visitor().get(&format!("/verify/{}.json", shop.code)).await.json();
    assert_eq!(json["criteria"][0]["key"], "tenure");
    assert_eq!(json["criteria"][0]["met"], "met");
    assert_eq!(json["criteria"][0]["value"]["months"], 3);
    assert_eq!(json["criteria"][0]["threshold"]["months"], 3);
    assert_eq!(json["criteria"][0]["evaluated_at"], "2026-11-22T03:00:00Z");
}

const EVALUATION: &str = r#"{"thresholds_version": 1, "criteria": [
  {"key": "tenure", "met": "met", "source": "signatures", "earliest_at": null,
   "value": {"kind": "tenure", "since": "2026-08-10T00:00:00Z", "months": 3, "days": 12},
   "threshold": {"kind": "months", "months": 3}, "evaluated_at": "2026-11-22T03:00:00Z"},
  {"key": "domain", "met": "met", "source": "domain_checks", "earliest_at": null,
   "value": {"kind": "domain", "name": "bikes.example", "verified_at": "2026-11-20T00:00:00Z"},
   "threshold": {"kind": "verified_within", "days": 30}, "evaluated_at": "2026-11-22T03:00:00Z"}
]}"#;

#[tokio::test]
async fn programs_read_the_same_facts() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let mut visitor = world.visitor();
    let reply = visitor.get(&format!("/verify/{}.json", shop.code)).await;
    let json = reply.ok().json();
    let mut keys: Vec<_> = json.as_object().expect("an object").keys().cloned().collect();
    keys.sort();
    let expected = [
        "code",
        "criteria",
        "domains",
        "expires_at",
        "guarantee",
        "history",
        "industry",
        "name",
        "rating",
        "record",
        "registered_name",
        "state",
        "suspended_for",
        "tier",
        "trusted_since",
    ];
    assert_eq!(keys, expected);
    assert_eq!(json["code"], shop.code);
    assert_eq!(json["state"], "active");
    assert_eq!(json["tier"], "trusted");
    assert_eq!(json["industry"], "second_hand");
    assert_eq!(json["domains"], serde_json::json!(["bikes.example"]));
    // Orders are marked, but no fund pays yet.
    assert_eq!(
        json["guarantee"],
        serde_json::json!({
            "marked": true, "covered": FUND_IS_OPEN, "up_to": null
        })
    );
    let mut program = world.visitor().header("accept", "application/json");
    let same = program.get(&format!("/verify/{}", shop.code)).await;
    assert_eq!(same.ok().json(), json);
    set_badge(&world, &shop, "state = 'suspended'").await;
    world.advance(Duration::seconds(20)).await;
    let later = visitor.get(&format!("/verify/{}.json", shop.code)).await.json();
    assert_eq!(later["state"], "suspended");
    assert_eq!(later["guarantee"]["marked"], false);
    assert_eq!(later["guarantee"]["covered"], false);
    for (path, kind) in [("TM-0000-0000.json", "unknown_code"), ("nonsense.json", "mistyped_code")]
    {
        let reply = visitor.get(&format!("/verify/{path}")).await;
        assert_eq!(reply.expect(404).json()["type"], kind);
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
}

#[tokio::test]
async fn a_code_is_found_in_any_spelling_and_a_wrong_one_is_helped() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let page = format!("/verify/{}", shop.code);
    let plain = shop.code.replace('-', "").to_lowercase();
    ask(&world, &plain).await.sends_to(&page);
    ask(&world, &format!("  {}  ", shop.code)).await.sends_to(&page);
    ask(&world, &format!("{}{page}", world.config.http.origin())).await.sends_to(&page);
    world.visitor().get(&format!("/verify/{plain}")).await.sends_to(&page);
    // No merchant has it, though its check symbol is right.
    let unknown = world.visitor().get("/verify/TM-0000-0000").await;
    unknown.expect(404).sees("No merchant has the code TM-0000-0000.");
    assert_eq!(unknown.link("Report the false one"), "/report");
    assert!(unknown.has_button("Check this shop"));
    // Two symbols swapped.
    let mut typed: Vec<char> = shop.code.chars().collect();
    let (a, b) = (typed[10], typed[11]);
    assert_ne!(a, b, "a code whose last symbols differ");
    typed.swap(10, 11);
    let typed: String = typed.into_iter().collect();
    ask(&world, &typed).await.ok().sees("has a typing error");
    world.visitor().get(&format!("/verify/{typed}")).await.expect(404).sees("has a typing error");
}

#[tokio::test]
async fn a_domain_is_told_from_those_that_look_like_it() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "lanternbikes.example").await;
    let page = format!("/verify/{}", shop.code);
    for own in
        ["lanternbikes.example", "https://www.LanternBikes.example/cart?x", "lanternbikes.example."]
    {
        let reply = ask(&world, own).await;
        reply.sends_to(&format!("{page}?checked="));
        let shown = world.visitor().get(reply.location()).await;
        assert!(shown.text_of(".verdict.ok h2").ends_with("belongs to this merchant."), "{own}");
    }
    // Nothing is said of a domain that is not the merchant's, whatever the address claims.
    let forged = world.visitor().get(&format!("{page}?checked=evil.top")).await;
    assert_eq!(forged.ok().count(".verdict"), 0);
    let below = ask(&world, "pay.lanternbikes.example").await;
    below.ok().sees("pay.lanternbikes.example is not verified.");
    assert_eq!(below.link("See this merchant"), page);
    for (fake, why) in [
        ("lanternbikes.top", "the ending is another"),
        ("lanternbikes-login.example", "A word was added"),
        ("lanternbikes.example.evil.top", "built into the false one"),
        ("lantembikes.example", "only look the same"),
        ("lantrnbikes.example", "by a letter or two"),
    ] {
        let reply = ask(&world, fake).await;
        let heading = format!("{fake} is not a trust merchant. Do not pay there.");
        assert_eq!(reply.ok().h1(), heading);
        reply.sees("It looks like lanternbikes.example, which belongs to Lantern Bikes.");
        reply.sees(why);
        assert_eq!(reply.link("See the real one"), page);
    }
    let stranger = ask(&world, "quiet-teapots.top").await;
    assert_eq!(stranger.ok().h1(), "quiet-teapots.top is not a trust merchant.");
    assert_eq!(stranger.count(".verdict.bad"), 0);
    ask(&world, "http://192.0.2.1/").await.ok().sees("made of numbers");
    ask(&world, &world.config.http.origin()).await.ok().sees("That is this site.");
}

#[tokio::test]
async fn a_name_finds_merchants_and_never_stands_for_one() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let gone = world.trust_merchant("Lantern Boats").await;
    set_badge(&world, &gone, "state = 'revoked'").await;
    world.merchant("Lantern Applicants").await;
    let reply = ask(&world, "lantern").await;
    assert_eq!(reply.ok().texts("ul.list h3"), ["Lantern Bikes", "Lantern Boats"]);
    assert_eq!(reply.texts("ul.list .chip"), ["Trusted", "Revoked"]);
    assert_eq!(reply.link("Lantern Bikes"), format!("/verify/{}", shop.code));
    // Much the same, but not quite.
    let alike = ask(&world, "Lantem Bikes").await;
    alike.ok().sees("No trust merchant is called “Lantem Bikes”");
    assert_eq!(alike.texts("ul.list h3"), ["Lantern Bikes"]);
    ask(&world, "100% Teapots_").await.ok().sees("No trust merchant is called “100% Teapots_”.");
    assert_eq!(ask(&world, "%").await.ok().count("ul.list"), 0, "a wildcard is taken as typed");
}

#[tokio::test]
async fn hostile_questions_are_answered_as_text() {
    let world = World::new().await;
    for question in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' OR 1=1 --",
        "javascript:alert(1)//x.y",
        "TM-<b>0-0000",
        &"x".repeat(2_000),
        &"a.".repeat(1_000),
        "\u{202E}evil\0",
        "{{ 7 * 7 }}",
    ] {
        let reply = ask(&world, question).await;
        assert_eq!(reply.ok().count("script:not([src]), img[onerror], main b"), 0, "{question}");
    }
    let path = world.visitor().get("/verify/%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert_eq!(path.expect(404).count("script:not([src])"), 0);
}

#[tokio::test]
async fn a_merchant_without_a_badge_is_no_trust_merchant() {
    let world = World::new().await;
    let plain = world.merchant("Only Registered").await;
    let reply = arrive(&world, &plain, None).await;
    assert_eq!(reply.ok().h1(), "Only Registered is not a trust merchant.");
    assert_eq!(reply.count("svg.seal-unknown"), 1);
    reply.sees_not("Marked for cover");
    let json = world.visitor().get(&format!("/verify/{}.json", plain.code)).await.json();
    assert_eq!((&json["state"], &json["tier"]), (&"none".into(), &serde_json::Value::Null));
    // That a domain is its own makes nobody a trust merchant.
    add_domain(&world, &plain, "only-registered.example").await;
    world.advance(Duration::seconds(20)).await;
    let found = ask(&world, "only-registered.example").await;
    found.sends_to(&format!("/verify/{}?checked=", plain.code));
    let checked = world.visitor().get(found.location()).await;
    let came = arrive(&world, &plain, Some("https://only-registered.example/")).await;
    for reply in [checked, came] {
        assert_eq!(reply.ok().count(".verdict.ok, .verdict.bad"), 0);
        reply.sees_not("when you pay");
        let text = reply.text();
        let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
        assert!(place("is not a trust merchant.") < place("belongs to this merchant"), "{text}");
        assert_eq!(reply.count(".verdict.wait"), 1);
        reply.sees("That makes it no trust merchant");
    }
}

#[tokio::test]
async fn an_impostor_with_a_shop_of_its_own_is_still_warned_of() {
    let world = World::new().await;
    let real = shop(&world, "Lantern Bikes", "lanternbikes.example").await;
    let impostor = world.merchant("Lantern Bikes Login").await;
    add_domain(&world, &impostor, "lanternbikes-login.top").await;
    let warned = ask(&world, "https://www.lanternbikes-login.top/pay").await;
    assert!(warned.ok().h1().ends_with("is not a trust merchant. Do not pay there."));
    warned.sees("It looks like lanternbikes.example, which belongs to Lantern Bikes.");
    assert_eq!(warned.link("See the real one"), format!("/verify/{}", real.code));
    // What was a trust merchant's is told like anybody's.
    for (set, is_known) in [
        ("state = 'suspended'", true),
        ("state = 'revoked'", false),
        ("state = 'active', expires_at = surety_now()", false),
    ] {
        set_badge(&world, &real, set).await;
        let below = ask(&world, "pay.lanternbikes.example").await;
        assert_eq!(below.ok().text().contains("It lies under"), is_known, "{set}");
        let own = ask(&world, "lanternbikes.example").await;
        own.sends_to(&format!("/verify/{}?checked=", real.code));
    }
}

#[tokio::test]
async fn what_staff_decide_shows_within_a_minute() {
    let world = untold_world().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    set_badge(&world, &shop, &format!("evaluation = '{EVALUATION}'")).await;
    let reviewer = world.staff(Role::Reviewer).await;
    let by = ByStaff { user_id: reviewer.id, reason: "complaints" };
    let heading = async || arrive(&world, &shop, Some("https://bikes.example/")).await.ok().h1();
    assert_eq!(heading().await, "Lantern Bikes is a trust merchant.");
    suspend(&world.db, shop.id, by).await.expect("suspended");
    world.advance(Duration::seconds(20)).await;
    assert_eq!(heading().await, "Lantern Bikes is suspended. New orders are not covered.");
    reinstate(&world.db, shop.id, by).await.expect("reinstated");
    world.advance(Duration::seconds(20)).await;
    assert_eq!(heading().await, "Lantern Bikes is a trust merchant.");
    revoke(&world.db, shop.id, by).await.expect("revoked");
    world.advance(Duration::seconds(20)).await;
    let reply = arrive(&world, &shop, None).await;
    let history = ["Revoked", "Active", "Suspended", "Active"];
    assert_eq!(reply.ok().texts("ol.timeline h3"), history);
    reply.sees("Staff decided so").sees_not("complaints");
}
