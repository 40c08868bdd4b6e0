//! `/`, `/rules`, `/report` and `/merchant/badge`.

use surety::accounts::actor::Role;

use super::{set_badge, shop};
use crate::support::World;

#[tokio::test]
async fn reports_from_one_network_count_together() {
    let world = World::builder().behind_proxy().start().await;
    let hit =
        "INSERT INTO throttles VALUES ('report:address:2001:db8:1:2::/64', surety_now(), 999)";
    world.owner_sql(hit).await;
    let fields = [("origin", "https://fake.example"), ("words", "It copies a badge.")];
    let mut eve = world.visitor().header("x-forwarded-for", "2001:db8:1:2::7");
    eve.submit("/report", "/report", &fields).await.expect(429);
    let mut other = world.visitor().header("x-forwarded-for", "2001:db8:1:3::7");
    other.submit("/report", "/report", &fields).await.expect(303);
}

#[tokio::test]
async fn home_says_what_this_is_and_lets_check_a_shop() {
    let world = World::new().await;
    let reply = world.visitor().get("/").await;
    assert!(reply.ok().h1().starts_with("Check a shop before you pay."));
    assert_eq!(reply.attribute("main form", "action").as_deref(), Some("/verify"));
    assert_eq!(reply.link("Apply for the trust badge"), "/merchant/application");
    reply.sees("Surety is not a bank");
    world.visitor().chinese().get("/").await.ok().sees("Surety 不是银行");
}

#[tokio::test]
async fn the_rules_are_the_policys_own() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let reply = visitor.get("/rules").await;
    for words in [
        "3 calendar months",
        "within 1 day after",
        "within 7 days after payment",
        "by express: 10 days",
        "by surface mail: 30 days",
        "supplied automatically: 3 days",
        "answers within 2 days",
        "3 requests for an order",
        "The merchant pays 1% of",
        "no claim can be made",
        "for 12 months",
    ] {
        reply.ok().sees(words);
    }
    world
        .owner_sql(
            "INSERT INTO policies SELECT channel, 2, jsonb_set(jsonb_set(rules, '{fee_rate}', \
             '\"0.0125\"'), '{pay_within_s}', '5400'), surety_now() FROM policies; \
             INSERT INTO criteria_thresholds SELECT 2, jsonb_set(thresholds, '{tenure_months}', \
             '5'), surety_now() FROM criteria_thresholds",
        )
        .await;
    let later = visitor.get("/rules").await;
    later.ok().sees("1.25%").sees("5 calendar months").sees("Version 2");
}

#[tokio::test]
async fn anybody_may_report_an_impostor() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes", "bikes.example").await;
    let reviewer = world.staff(Role::Reviewer).await;
    let mut visitor = world.visitor();
    let prefilled = format!("/report?origin=https%3A%2F%2Fevil.top&merchant={}", shop.code);
    let page = visitor.get(&prefilled).await;
    assert_eq!(page.ok().field("origin"), "https://evil.top");
    assert_eq!(page.field("merchant"), shop.code);
    let words = [("What did you see?", "It says <b>Gold</b> & asks for my PIN")];
    let reply = visitor.submit_on(&page, "Send the report", &words).await;
    reply.sends_to("/report?received=IR-");
    let thanks = visitor.get(reply.location()).await;
    let reference = thanks.ok().text_of("strong.code");
    let mail = world.mail_to(&reviewer.email).await;
    assert_eq!(mail.message, "impostor-reported");
    assert!(mail.subject.contains("https://evil.top"), "{}", mail.subject);
    assert!(mail.text.contains(&shop.name) && mail.text.contains(&shop.code), "{}", mail.text);
    assert!(mail.href().ends_with(&format!("/admin/impostors/{reference}")), "{}", mail.href());
    let row = "SELECT origin || ' ' || merchant_id || ' ' || words FROM impostor_reports \
        WHERE reference = ";
    let written = world.value(&format!("{row}'{reference}'")).await;
    let expected = format!("https://evil.top {} It says <b>Gold</b> & asks for my PIN", shop.id);
    assert_eq!(written, expected);
    // What is no reference is not shown as one.
    let forged = visitor.get("/report?received=%3Cb%3ECall%20us").await;
    assert!(forged.ok().has_button("Send the report"));
    assert!(!forged.body().contains("Call us"));
}

#[tokio::test]
async fn a_report_with_something_wrong_keeps_what_was_typed() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let ours = world.config.http.origin();
    for (origin, merchant, words, wrong) in [
        ("", "", "", vec!["origin", "words"]),
        ("no address", "", "w", vec!["origin"]),
        ("javascript:alert(1)", "", "w", vec!["origin"]),
        (ours.as_str(), "", "w", vec!["origin"]),
        ("evil.top", "Nobody Ltd", "w", vec!["merchant"]),
        ("evil.top", "TM-1111-1111", "w", vec!["merchant"]),
        ("evil.top", "", &"w".repeat(2_001), vec!["words"]),
        (&"a.".repeat(2_000), "", "w", vec!["origin"]),
    ] {
        let fields = [("origin", origin), ("merchant", merchant), ("words", words)];
        let token = visitor.csrf_token("/report").await;
        let mut posted = fields.to_vec();
        posted.push(("csrf_token", token.as_str()));
        let reply = visitor.post("/report", &posted).await;
        reply.expect(422);
        let with_errors: Vec<_> = ["origin", "merchant", "words"]
            .into_iter()
            .filter(|f| !reply.error(f).is_empty())
            .collect();
        assert_eq!(with_errors, wrong, "{origin} {merchant}");
        for (name, value) in fields {
            assert_eq!(reply.field(name), value, "{name}");
        }
    }
    assert_eq!(world.value("SELECT count(*) FROM impostor_reports").await, "0");
}

#[tokio::test]
async fn reports_are_throttled_by_address() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let fields = [("Where did you see it?", "evil.top"), ("What did you see?", "a seal")];
    for _ in 0..5 {
        visitor.submit("/report", "Send the report", &fields).await.expect(303);
    }
    visitor.submit("/report", "Send the report", &fields).await.expect(429);
    assert_eq!(world.value("SELECT count(*) FROM impostor_reports").await, "5");
    world.advance(chrono::Duration::hours(1)).await;
    visitor.submit("/report", "Send the report", &fields).await.expect(303);
}

#[tokio::test]
async fn a_merchant_gets_the_lines_for_its_own_badge() {
    let world = World::builder().https().start().await;
    let shop = shop(&world, "Lantern \"Bikes\" <Ltd>", "bikes.example").await;
    let mut visitor = world.visitor_as(&shop.owner).await;
    let reply = visitor.get("/merchant/badge?size=large&scheme=dark&lang=zh-Hans").await;
    assert_eq!(reply.ok().h1(), "Your badge is active. Put it on your site.");
    let lines = reply.text_of("#snippet");
    let code = &shop.code;
    assert!(
        lines.contains(&format!("<a href=\"https://surety.example/verify/{code}\"")),
        "{lines}"
    );
    let query = "size=large&amp;scheme=dark&amp;lang=zh-Hans";
    assert!(lines.contains(&format!("src=\"https://surety.example/badge/{code}.svg?{query}\"")));
    assert_eq!(lines.matches("referrerpolicy=\"origin\"").count(), 2);
    assert!(
        lines.contains("width=\"216\"") && lines.contains("Lantern &quot;Bikes&quot; &lt;Ltd&gt;")
    );
    let picture = reply.attribute("main img", "src").expect("a preview");
    assert!(visitor.get(&picture).await.ok().body().contains("信用商家"));
    set_badge(&world, &shop, "state = 'suspended'").await;
    visitor.get("/merchant/badge").await.ok().sees("Your badge is suspended");
    let plain = world.merchant("Only Registered").await;
    let mut visitor = world.visitor_as(&plain.owner).await;
    let reply = visitor.get("/merchant/badge").await;
    assert_eq!(reply.ok().link("Apply for the trust badge"), "/merchant/application");
    assert_eq!(reply.count("#snippet"), 0);
    world.visitor().get("/merchant/badge").await.sends_to("/login?next=");
}
