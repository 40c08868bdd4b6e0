//! Opening a merchant, and its home.

use futures::future::join_all;

use crate::support::World;

#[tokio::test]
async fn whoever_has_no_merchant_opens_one() {
    let world = World::new().await;
    let person = world.person("Anna Weber").await;
    let mut anna = world.visitor_as(&person).await;
    anna.get("/merchant").await.ok().sees("Open your shop");
    let fields = [("Name of the shop", "Lantern Bikes"), ("Industry", "second_hand")];
    let opened = anna.submit("/merchant", "Open the shop", &fields).await;
    opened.sends_to("/merchant?done=merchant-opened");
    let home = anna.follow(opened).await;
    home.ok().sees("Lantern Bikes").sees("No badge yet");
    assert_eq!(home.notice(), "Your shop is open.");
    let code = home.text_of("main .code");
    let sql = "SELECT m.code || ' ' || m.industry || ' ' || mm.role FROM merchants m \
               JOIN merchant_members mm ON mm.merchant_id = m.id";
    assert_eq!(world.value(sql).await, format!("{code} second_hand owner"));
    surety::kernel::merchant_code::MerchantCode::parse(&code).expect("a code that checks");
    // A person belongs to one merchant.
    let token = anna.csrf_token("/merchant").await;
    let again = [("shop_name", "Second Shop"), ("industry", "other"), ("csrf_token", &token)];
    anna.post("/merchant", &again).await.expect(409).sees("You belong to a shop already");
    assert_eq!(world.value("SELECT count(*) FROM merchants").await, "1");
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_the_field_and_what_was_typed_is_kept() {
    let world = World::new().await;
    let mut anna = world.visitor_as(&world.person("Anna Weber").await).await;
    let long = "x".repeat(81);
    for (name, industry, wrong_name, wrong_industry) in [
        ("", "other", "Enter the name", ""),
        ("x", "other", "at least two letters", ""),
        ("——", "other", "Enter the name", ""),
        ("Lantern evil.example", "other", "at least two letters", ""),
        (long.as_str(), "other", "at most 80 characters", ""),
        ("Lantern", "", "", "nearest"),
        ("Lantern", "tulips", "", "nearest"),
        ("", "", "Enter the name", "nearest"),
    ] {
        let fields = [("shop_name", name), ("industry", industry)];
        let page = anna.forge("/merchant", "/merchant", &fields).await;
        page.expect(422);
        let (name_error, industry_error) = (page.error("shop_name"), page.error("industry"));
        assert!(name_error.contains(wrong_name), "{name:?}: {name_error}");
        assert_eq!(name_error.is_empty(), wrong_name.is_empty(), "{name:?}: {name_error}");
        assert!(industry_error.contains(wrong_industry), "{industry:?}: {industry_error}");
        assert_eq!(industry_error.is_empty(), wrong_industry.is_empty(), "{industry:?}");
        assert_eq!(page.field("shop_name"), name);
        assert_eq!(page.count("[role=alert]"), 1, "a summary");
    }
    assert_eq!(world.value("SELECT count(*) FROM merchants").await, "0");
}

#[tokio::test]
async fn a_person_who_opens_twice_at_once_has_one_merchant() {
    let world = World::new().await;
    let anna = world.visitor_as(&world.person("Anna Weber").await).await;
    let tries = (0..6).map(|_| {
        let mut anna = anna.clone();
        async move {
            let token = anna.csrf_token("/account").await;
            let fields = [("shop_name", "Lantern"), ("industry", "other"), ("csrf_token", &token)];
            anna.post("/merchant", &fields).await.status
        }
    });
    let mut statuses = join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409, 409, 409, 409, 409]);
    assert_eq!(world.value("SELECT count(*) FROM merchants").await, "1");
}

#[tokio::test]
async fn the_home_says_where_the_badge_stands() {
    let world = World::new().await;
    let merchant = world.trust_merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    owner.get("/merchant").await.ok().sees("You are a trust merchant.").sees("Badge active");
    for (state, words) in [
        ("suspended", "Your badge is suspended."),
        ("revoked", "Your badge was revoked."),
        ("expired", "Your badge has expired."),
    ] {
        let id = merchant.id;
        let sql = format!("UPDATE badges SET state = '{state}' WHERE merchant_id = {id}");
        world.owner_sql(&sql).await;
        owner.get("/merchant").await.ok().sees(words);
    }
    // Past its date an active badge is expired, whether or not the worker has said so.
    let sql = format!("UPDATE badges SET state = 'active' WHERE merchant_id = {}", merchant.id);
    world.owner_sql(&sql).await;
    world.advance(chrono::Duration::days(366)).await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    owner.get("/merchant").await.ok().sees("Your badge has expired.");
}
