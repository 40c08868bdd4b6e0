//! The nightly run: what it counts, that it can be run again, by several workers and after a crash,
//! and how tiers move.

use std::time::Instant;

use chrono::Duration;
use futures::future::join_all;
use serde_json::json;
use surety::reputation::night;

use super::{COMPLETED, RETURNED};
use crate::support::{Merchant, Person, World};

async fn shop(world: &World) -> (Merchant, Person) {
    (world.trust_merchant("Lantern Bikes").await, world.person("Mei Lin").await)
}

/// A world whose operator lives in Shanghai.
async fn shanghai() -> World {
    World::builder().set("SURETY_TIME_ZONE", "Asia/Shanghai").start().await
}

/// Runs the night that is due once over all merchants.
async fn run(world: &World) -> usize {
    let services = world.services();
    let gateway = services.payments.gateway.as_ref();
    let done = night::run_due(&world.db, gateway, world.config.time_zone, 1_000).await;
    done.expect("the night")
}

/// Makes every merchant due again.
async fn again(world: &World) {
    world.owner_sql("UPDATE credit_turns SET done_day = '2000-01-01'").await;
}

/// Everything that nights write.
async fn rows(world: &World) -> String {
    let tables = ["credit_records", "credit_months", "badges", "badge_events", "outbox"];
    let mut all = String::new();
    for table in tables {
        let sql = format!(
            "SELECT coalesce(string_agg(t::text, ';' ORDER BY t::text), '') FROM {table} t"
        );
        all.push_str(&world.value(&sql).await);
        all.push('\n');
    }
    all
}

/// A year of trade, with ratings.
async fn year(world: &World, shop: &Merchant, buyer: &Person) {
    for (count, stand, ago) in
        [(60, COMPLETED, "11 months"), (50, COMPLETED, "40 days"), (5, RETURNED, "20 days")]
    {
        let at = format!("surety_now() - interval '{ago}'");
        let orders = world.past_orders(shop, buyer, count, stand, &at).await;
        for (n, order) in orders.iter().enumerate().filter(|_| stand == COMPLETED) {
            let marks = [[5, 5, 5], [3, 3, 3], [1, 2, 1]][n % 3];
            world.past_rating(order, marks, &format!("{at} + interval '1 day'")).await;
        }
    }
    let trusted = "UPDATE badge_events SET at = surety_now() - interval '7 months'";
    let sql = format!(
        "ALTER TABLE badge_events DISABLE TRIGGER badge_events_append_only; {trusted}; \
         ALTER TABLE badge_events ENABLE TRIGGER badge_events_append_only"
    );
    world.owner_sql(&sql).await;
}

#[tokio::test]
async fn the_same_night_makes_the_same_rows_however_often_it_runs() {
    let world = World::new().await;
    let (shop, buyer) = shop(&world).await;
    year(&world, &shop, &buyer).await;
    world.night().await;
    assert_eq!(
        world.record_of(&shop, "paid, ended, completed, disputed, ratings, tier").await,
        "115 115 110 0 110 silver"
    );
    let first = rows(&world).await;
    for _ in 0..2 {
        again(&world).await;
        assert!(run(&world).await > 0);
        assert_eq!(rows(&world).await, first);
    }
    assert_eq!(
        world.owner_sql("SELECT rule, detail FROM audit_credit()").await,
        Vec::<Vec<Option<String>>>::new()
    );
}

#[tokio::test]
async fn two_workers_at_once_do_each_merchant_once() {
    let world = World::new().await;
    let (shop, buyer) = shop(&world).await;
    year(&world, &shop, &buyer).await;
    for n in 0..10 {
        let other = world.trust_merchant(&format!("Shop {n}")).await;
        world.past_orders(&other, &buyer, 3, COMPLETED, "surety_now() - interval '9 days'").await;
    }
    let done: usize = join_all((0..4).map(|_| run(&world))).await.into_iter().sum();
    assert_eq!(done, 11, "each merchant once");
    assert_eq!(world.value("SELECT count(*) FROM credit_records").await, "11");
    let moves = "SELECT count(*) FROM badge_events WHERE cause = 'record'";
    assert_eq!(world.value(moves).await, "1");
    assert_eq!(run(&world).await, 0, "nothing is left to do");
}

#[tokio::test]
async fn a_night_that_dies_half_way_is_taken_over_and_makes_the_same_rows() {
    let world = World::new().await;
    let (shop, buyer) = shop(&world).await;
    year(&world, &shop, &buyer).await;
    // A worker that took the turn and died: nobody is at it until its lease is over.
    let claim = "UPDATE credit_turns SET claimed_until = surety_now() + interval '5 minutes'";
    world.owner_sql(claim).await;
    assert_eq!(run(&world).await, 0);
    world.advance(Duration::minutes(5)).await;
    assert_eq!(run(&world).await, 1);
    let whole = rows(&world).await;
    assert!(whole.contains("silver"));
    // One that dies while it writes leaves nothing: the last of its writes is refused.
    let other = world.trust_merchant("Harbour Books").await;
    year(&world, &other, &buyer).await;
    let before = rows(&world).await;
    world
        .owner_sql(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
               RAISE EXCEPTION 'killed'; END $$; \
             CREATE TRIGGER die BEFORE INSERT ON badge_events FOR EACH ROW EXECUTE FUNCTION die()",
        )
        .await;
    let services = world.services();
    let gateway = services.payments.gateway.as_ref();
    let died = night::run_due(&world.db, gateway, world.config.time_zone, 10).await;
    assert!(died.is_err());
    assert_eq!(rows(&world).await, before, "all or nothing");
    world.owner_sql("DROP FUNCTION die() CASCADE").await;
    world.advance(Duration::minutes(5)).await;
    assert_eq!(run(&world).await, 1);
    assert_eq!(world.record_of(&other, "tier").await, "silver");
    assert_eq!(
        world.owner_sql("SELECT rule, detail FROM audit_credit()").await,
        Vec::<Vec<Option<String>>>::new()
    );
}

#[tokio::test]
async fn a_worker_whose_lease_is_over_writes_nothing() {
    let world = World::new().await;
    let (shop, buyer) = shop(&world).await;
    year(&world, &shop, &buyer).await;
    // It has taken the turn, and is held up; meanwhile somebody else takes the turn over.
    let other = world.as_owner().await;
    other.rows("BEGIN; LOCK TABLE badges IN ACCESS EXCLUSIVE MODE").await;
    let takes_over = async {
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted \
                       AND relation = 'badges'::regclass";
        let began = Instant::now();
        while world.value(waiting).await == "0" {
            assert!(began.elapsed().as_secs() < 10, "the worker does not come by");
        }
        let lease = "UPDATE credit_turns SET claimed_until = surety_now() + interval '9 minutes'";
        other.rows(&format!("{lease}; COMMIT")).await;
    };
    let (done, ()) = futures::join!(run(&world), takes_over);
    assert_eq!(done, 0, "the turn was lost");
    assert_eq!(world.value("SELECT count(*) FROM credit_records").await, "0");
    assert_eq!(world.value("SELECT tier FROM badges").await, "trusted");
    let theirs = "SELECT claimed_until > surety_now() + interval '6 minutes' FROM credit_turns";
    assert_eq!(world.value(theirs).await, "t", "nor is the other's turn given back");
}

#[tokio::test]
async fn no_rating_moves_a_tier_and_no_tier_a_rank() {
    let world = World::new().await;
    let buyer = world.person("Mei Lin").await;
    let at = "surety_now() - interval '3 days'";
    let mut shops = Vec::new();
    // Enough for silver, or not; all bad, all good, and not one rating.
    for (orders, marks) in
        [(110, Some([1, 1, 1])), (110, Some([5, 5, 5])), (110, None), (99, Some([5, 5, 5]))]
    {
        let shop = world.trust_merchant("Lantern Bikes").await;
        let rows = world.past_orders(&shop, &buyer, orders, COMPLETED, at).await;
        for order in rows.iter().take(99).filter(|_| marks.is_some()) {
            world.past_rating(order, marks.unwrap_or_default(), at).await;
        }
        shops.push(shop);
    }
    world
        .owner_sql(
            "ALTER TABLE badge_events DISABLE TRIGGER badge_events_append_only; \
             UPDATE badge_events SET at = surety_now() - interval '7 months'",
        )
        .await;
    world.night().await;
    let mut found = Vec::new();
    for shop in &shops {
        found.push(world.record_of(shop, "tier, score, ratings").await);
    }
    assert_eq!(found, ["silver -99 99", "silver 99 99", "silver 0 0", "trusted 99 99"]);
    let facts = format!("/verify/{}.json", shops[2].code);
    let json = world.visitor().get(&facts).await.json();
    assert_eq!((&json["rating"]["mean"], &json["rating"]["count"]), (&json!(null), &json!(0)));
}

#[tokio::test]
async fn a_tier_rises_and_falls_with_a_mail_and_a_line_of_history() {
    let world = World::new().await;
    let (shop, buyer) = shop(&world).await;
    let ago = "surety_now() - interval '1 day'";
    world.past_orders(&shop, &buyer, 99, COMPLETED, ago).await;
    let tier = format!("SELECT tier FROM badges WHERE merchant_id = {}", shop.id);
    // Trusted for six calendar months, to the day, at the midnight before.
    let granted = async |at: &str| {
        let sql = format!(
            "ALTER TABLE badge_events DISABLE TRIGGER badge_events_append_only; \
             UPDATE badge_events SET at = {at} WHERE version = 0; \
             ALTER TABLE badge_events ENABLE TRIGGER badge_events_append_only"
        );
        world.owner_sql(&sql).await;
    };
    granted("surety_now() - interval '8 months'").await;
    world.night().await;
    assert_eq!(world.value(&tier).await, "trusted", "99 orders are one too few");
    world.past_orders(&shop, &buyer, 1, COMPLETED, ago).await;
    let mut visitor = world.visitor();
    let badge = format!("/badge/{}.svg", shop.code);
    assert!(!visitor.get(&badge).await.body().to_lowercase().contains("silver"));
    world.night().await;
    assert_eq!(world.value(&tier).await, "silver");
    assert!(visitor.get(&badge).await.body().to_lowercase().contains("silver"), "it shows at once");
    let page = visitor.get(&format!("/verify/{}", shop.code)).await;
    page.ok().sees("Tier: Silver").sees("Why this tier").sees("at least 100").sees("at most 0.5%");
    let json = visitor.get(&format!("/verify/{}.json", shop.code)).await.json();
    assert_eq!(json["tier"], "silver");
    assert_eq!(json["record"]["tier_reasons"][0]["what"], "completed");
    assert_eq!(json["record"]["tier_reasons"][0]["met"], true);
    assert_eq!(json["record"]["next_tier"]["tier"], "gold");
    assert_eq!(json["rating"]["mean"], serde_json::Value::Null, "no rating moves a tier");
    let mail = world.mail_to(&shop.owner.email).await;
    assert_eq!(mail.subject, "Your badge is Silver now");
    assert!(mail.text.contains("from Trusted to Silver: 100 completed orders"), "{}", mail.text);
    // A year later the orders have left the window.
    world.advance(Duration::days(360)).await;
    world.owner_sql("UPDATE badges SET expires_at = surety_now() + interval '5 months'").await;
    world.night().await;
    assert_eq!(world.value(&tier).await, "silver", "still in the twelve months");
    world.advance(Duration::days(10)).await;
    world.night().await;
    assert_eq!(world.value(&tier).await, "trusted");
    let mail = world.mail_to(&shop.owner.email).await;
    assert_eq!(mail.subject, "Your badge is Trusted now");
    let history = format!(
        "SELECT string_agg(concat(version, cause, from_tier, to_tier), ' ' ORDER BY version) \
         FROM badge_events WHERE merchant_id = {}",
        shop.id
    );
    assert_eq!(world.value(&history).await, "0approved 1recordtrustedsilver 2recordsilvertrusted");
    assert_eq!(
        world.owner_sql("SELECT rule, detail FROM audit_credit()").await,
        Vec::<Vec<Option<String>>>::new()
    );
}

#[tokio::test]
async fn months_and_days_are_the_operators() {
    let world = shanghai().await;
    let (shop, buyer) = shop(&world).await;
    // 1 March 2027, 00:30 in Shanghai; UTC still writes February.
    let now = world.now().await;
    let to: surety::kernel::time::Timestamp = "2027-02-28T16:30:00Z".parse().expect("a time");
    world.set_offset((to - now).num_seconds()).await;
    for at in [
        "2026-02-28T15:59:59Z", // before the twelve months
        "2026-02-28T16:00:00Z", // their first moment: 1 March
        "2027-01-31T15:59:59Z", // the last of January
        "2027-01-31T16:00:00Z", // the first of February
        "2027-02-28T15:59:59Z", // the last of February
        "2027-02-28T16:00:00Z", // today: not yet seen
    ] {
        let order = world.past_orders(&shop, &buyer, 1, COMPLETED, &format!("'{at}'")).await;
        // Published at that very moment.
        let rated = format!("'{at}'::timestamptz - interval '1 microsecond'");
        world.past_rating(&order[0], [4, 4, 4], &rated).await;
    }
    assert!(run(&world).await > 0);
    assert_eq!(world.record_of(&shop, "day, paid, ratings, score").await, "2027-03-01 4 4 5");
    let months = format!(
        "SELECT string_agg(concat(to_char(month, 'YYYY-MM'), ':', paid, '/', ratings), ' ' \
           ORDER BY month) FROM credit_months WHERE merchant_id = {} AND paid > 0",
        shop.id
    );
    assert_eq!(world.value(&months).await, "2027-01:1/1 2027-02:2/2");
    // The next night sees what was too early, and the months move on.
    world.advance(Duration::days(1)).await;
    assert!(run(&world).await > 0);
    assert_eq!(world.record_of(&shop, "day, paid, ratings, score").await, "2027-03-02 4 4 6");
    assert_eq!(world.value(&months).await, "2027-01:1/1 2027-02:2/2 2027-03:1/1");
}

#[tokio::test]
async fn nothing_is_shown_of_ratings_that_are_not_published() {
    let world = World::new().await;
    let (shop, buyer) = shop(&world).await;
    let order = world.past_orders(&shop, &buyer, 1, COMPLETED, "surety_now()").await.remove(0);
    world
        .owner_sql(&format!(
            "WITH r AS (INSERT INTO ratings (order_id, merchant_id, user_id, goods, service, \
               delivery, words, rated_at, publish_at) VALUES ({order}, {}, {}, 1, 1, 1, '', \
               surety_now(), surety_now() + interval '7 days') RETURNING *) \
             INSERT INTO ratings_to_publish SELECT id, merchant_id, publish_at FROM r",
            shop.id, buyer.id
        ))
        .await;
    world.night().await;
    assert_eq!(world.record_of(&shop, "paid, ratings, score").await, "1 0 0");
    world.advance(Duration::days(7)).await;
    world.work().await;
    world.night().await;
    assert_eq!(world.record_of(&shop, "paid, ratings, score").await, "1 1 -1");
}

/// `cargo test --test it reputation::nights::a_large_night -- --nocapture` says how long it took.
#[tokio::test]
async fn a_large_night_is_over_in_seconds() {
    let world = World::new().await;
    let (shop, buyer) = shop(&world).await;
    let all = u32::try_from(crate::support::prove(100_000, 10_000)).expect("a number");
    // Half of them of one merchant, the rest of a hundred.
    let at = "surety_now() - interval '1 day'";
    world.past_orders(&shop, &buyer, all / 2, COMPLETED, at).await;
    for n in 0..100 {
        let other = world.trust_merchant(&format!("Shop {n}")).await;
        world.past_orders(&other, &buyer, all / 200, COMPLETED, at).await;
    }
    world
        .owner_sql(
            "INSERT INTO ratings (order_id, merchant_id, user_id, goods, service, delivery, words, \
               rated_at, publish_at) SELECT id, merchant_id, buyer_id, 5, 4, 5, '', ended_at, \
               ended_at + interval '1 hour' FROM orders; \
             INSERT INTO rating_publications \
               SELECT id, merchant_id, 'time', publish_at FROM ratings; \
             ANALYZE",
        )
        .await;
    let began = Instant::now();
    assert_eq!(run(&world).await, 101);
    let took = began.elapsed();
    println!("a night over {all} orders of 101 merchants took {took:?}");
    assert_eq!(world.record_of(&shop, "completed, ratings").await, format!("{0} {0}", all / 2));
    assert!(took.as_secs() < 30, "{took:?}");
    let began = Instant::now();
    assert_eq!(run(&world).await, 0);
    assert!(began.elapsed().as_millis() < 1_000, "a night that is done costs nothing");
}
