//! What pages show of a record: the merchant's own, the public one, the rules, and the criterion of
//! reputation.

use super::{COMPLETED, RETURNED};
use crate::support::World;

#[tokio::test]
async fn a_merchant_sees_tier_rank_plots_and_what_the_next_tier_takes() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let buyer = world.person("Mei Lin").await;
    let mut seller = world.visitor_as(&shop.owner).await;
    seller.get("/merchant/record").await.ok().sees("Your record begins with your first paid order");
    let ago = "surety_now() - interval '3 days'";
    let orders = world.past_orders(&shop, &buyer, 25, COMPLETED, ago).await;
    world.past_orders(&shop, &buyer, 5, RETURNED, ago).await;
    for order in &orders {
        world.past_rating(order, [5, 4, 5], ago).await;
    }
    world.night().await;
    let mut seller = world.visitor_as(&shop.owner).await;
    let page = seller.get("/merchant/record").await;
    page.ok().sees("You are Trusted. For Silver, 2 conditions are not met yet");
    page.sees("25").sees("of 30 that were paid").sees("83.33%").sees("4.66 of 5").sees("2 hearts");
    page.sees("16 more to 3 hearts").sees("at least 100");
    assert_eq!(page.count("svg.chart[role=img]"), 2);
    assert_eq!(page.count("svg.chart title"), 2);
    assert_eq!(page.count("svg.chart desc"), 2);
    assert_eq!(page.count("table tbody tr"), 12, "a row for each month");
    assert!(!page.body().contains(" style="));
    // Pages of ratings, by key.
    assert_eq!(page.count("ul.ratings > li"), 20);
    let older = page.link("Older");
    let next = seller.get(&older).await;
    assert_eq!(next.ok().count("ul.ratings > li"), 5);
    seller.get("/merchant").await.ok().sees("Your record");
    let chinese = world.chinese_person("Hui").await;
    let sql = format!(
        "INSERT INTO merchant_members VALUES ({}, {}, 'member', surety_now())",
        chinese.id, shop.id
    );
    world.owner_sql(&sql).await;
    let page = world.visitor_as(&chinese).await.get("/merchant/record").await;
    page.ok().sees("您现在是信用").sees("2 心");
}

#[tokio::test]
async fn the_public_page_shows_guarantee_and_rating_side_by_side() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let buyer = world.person("Mei Lin").await;
    let ago = "surety_now() - interval '3 days'";
    let orders = world.past_orders(&shop, &buyer, 6, COMPLETED, ago).await;
    for order in &orders {
        world.past_rating(order, [5, 5, 5], ago).await;
    }
    let mut visitor = world.visitor();
    let path = format!("/verify/{}", shop.code);
    visitor.get(&path).await.ok().sees("buyers have not rated this merchant");
    world.night().await;
    let page = visitor.get(&path).await;
    page.ok()
        .sees("5.00 of 5")
        .sees("6 ratings")
        .sees("one heart")
        .sees("Approved against all six");
    assert_eq!(page.count("svg.chart"), 1);
    assert_eq!(page.count("ul.ratings > li"), 5, "the newest");
    let json = visitor.get(&format!("{path}.json")).await.json();
    assert_eq!(json["rating"]["mean"], "5.00");
    assert_eq!(json["rating"]["count"], 6);
    assert_eq!(json["rating"]["rank"]["sign"], "heart");
    assert_eq!(json["tier"], "trusted", "no rating moves a tier");
    assert_eq!(json["record"]["completed"], 6);
    assert_eq!(json["record"]["tier_reasons"], serde_json::Value::Null);
    visitor
        .get("/rules")
        .await
        .ok()
        .sees("within 30 days")
        .sees("after 7 days")
        .sees("at most 0.3%");
}

#[tokio::test]
async fn the_reputation_is_measured_with_the_rating() {
    use surety::admission::commands::evaluation;
    use surety::trust::criteria::{Criterion, Met};
    let world = World::new().await;
    let buyer = world.person("Mei Lin").await;
    let ago = "surety_now() - interval '3 days'";
    // 4.0 is good, and a hair below it is not: 3.99… is not rounded up.
    for (marks, odd, met) in [([4, 4, 4], [4, 4, 4], Met::Met), ([4, 4, 4], [4, 4, 3], Met::NotMet)]
    {
        let shop = world.merchant("Lantern Bikes").await;
        let orders = world.past_orders(&shop, &buyer, 200, COMPLETED, ago).await;
        for (n, order) in orders.iter().enumerate() {
            world.past_rating(order, if n == 0 { odd } else { marks }, ago).await;
        }
        world.night().await;
        let now = world.now().await;
        let all = evaluation(&world.db, shop.id, None, now, chrono_tz::Tz::UTC).await.unwrap();
        let reputation = all.get(Criterion::Reputation).expect("one of the six");
        assert_eq!(reputation.met, met, "{reputation:?}");
    }
}

#[tokio::test]
async fn self_dealt_orders_do_not_count_for_the_reputation() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let buyer = world.person("Mei Lin").await;
    let ago = "surety_now() - interval '3 days'";
    world.past_orders(&shop, &buyer, 7, COMPLETED, ago).await;
    world.past_orders(&shop, &shop.owner, 40, COMPLETED, ago).await;
    world.night().await;
    let since = world.now().await - chrono::Duration::days(300);
    let record = surety::orders::record(&world.db, shop.id, since, 100).await.unwrap();
    assert_eq!((record.paid, record.ended, record.completed), (7, 7, 7));
}
