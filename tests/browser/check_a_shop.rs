//! Somebody checks a shop before paying: home, search, authentication page, report; and the
//! merchant who embeds its badge.

use crate::chromium::{DESK, PHONE};
use crate::person::Person;
use crate::support::{Merchant, World};

/// A trust merchant as approval leaves it, with domains and measured criteria.
async fn shop(world: &World, name: &str) -> Merchant {
    let shop = world.trust_merchant(name).await;
    world
        .owner_sql(&format!(
            "INSERT INTO domains (merchant_id, name, token, token_expires_at, verified_at, \
               created_at) SELECT {id}, d, 't', surety_now(), surety_now(), surety_now() \
               FROM unnest(ARRAY['lanternbikes.example', 'xn--fiqs8s.example']) d; \
             UPDATE badges SET tier = 'gold', evaluation = '{EVALUATION}' \
               WHERE merchant_id = {id}; \
             UPDATE merchants SET registered_name = 'Lantern Bikes Handels GmbH' WHERE id = {id}",
            id = shop.id
        ))
        .await;
    shop
}

const EVALUATION: &str = r#"{"thresholds_version": 1, "criteria": [
  {"key": "agreement", "met": "met", "source": "signatures", "earliest_at": null,
   "value": {"kind": "agreement", "version": 1, "signed_at": "2026-08-10T00:00:00Z"},
   "threshold": {"kind": "signed"}, "evaluated_at": "2026-11-22T03:00:00Z"},
  {"key": "tenure", "met": "met", "source": "signatures", "earliest_at": null,
   "value": {"kind": "tenure", "since": "2026-08-10T00:00:00Z", "months": 3, "days": 12},
   "threshold": {"kind": "months", "months": 3}, "evaluated_at": "2026-11-22T03:00:00Z"},
  {"key": "no_deception", "met": "met", "source": "disputes", "earliest_at": null,
   "value": {"kind": "no_deception", "findings": 0},
   "threshold": {"kind": "findings", "max": 0, "months": 24},
   "evaluated_at": "2026-11-22T03:00:00Z"},
  {"key": "reputation", "met": "met", "source": "orders", "earliest_at": null,
   "value": {"kind": "reputation", "paid": 214, "completion_rate": "0.986",
     "dispute_rate": "0.005", "rating": "4.7"},
   "threshold": {"kind": "rates", "completion_min": "0.95", "dispute_max": "0.01",
     "rating_min": "4.0", "orders_min": 10, "months": 12},
   "evaluated_at": "2026-11-22T03:00:00Z"},
  {"key": "domain", "met": "met", "source": "domain_checks", "earliest_at": null,
   "value": {"kind": "domain", "name": "lanternbikes.example",
     "verified_at": "2026-11-20T00:00:00Z"},
   "threshold": {"kind": "verified_within", "days": 30}, "evaluated_at": "2026-11-22T03:00:00Z"},
  {"key": "identity", "met": "met", "source": "reviewer", "earliest_at": null,
   "value": {"kind": "identity", "given": 5, "asked": 5},
   "threshold": {"kind": "judged"}, "evaluated_at": "2026-11-22T03:00:00Z"}
]}"#;

#[tokio::test]
async fn a_shop_is_checked_before_paying() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes").await;
    let page = format!("/verify/{}", shop.code);
    for (at, profile) in [("desk", DESK), ("phone", PHONE)] {
        let person = Person::with(&world, profile).await;
        person.goto("/").await.check_both().await;
        person.screenshot(&format!("home-{at}")).await;
        person.fill("Shop’s address, name or merchant code", "www.lanternbikes.example").await;
        person.press("Check this shop").await.is_at(&format!("{page}*")).await;
        person.sees("www.lanternbikes.example belongs to this merchant.").await;
        person.sees("Lantern Bikes is a trust merchant.").await.check_both().await;
        person.screenshot(&format!("verify-{at}")).await;
        person.goto("/verify").await.check_both().await;
        person.fill("Shop’s address, name or merchant code", "lanternbikes-login.top").await;
        person.press("Check this shop").await.sees("It looks like lanternbikes.example").await;
        person.check_both().await;
        person.follow("See the real one").await.is_at(&page).await;
        person.goto("/verify?q=lantern").await.check_both().await;
        person.goto("/verify?q=teapots").await.check_both().await;
        person.goto("/verify/TM-0000-0000").await.check_both().await;
        person.goto("/directory").await.check_both().await;
        person.goto("/directory?q=teapots").await.check_both().await;
        person.goto("/rules").await.check_both().await;
        person.goto("/report").await.check_both().await;
        person.press("Send the report").await.sees("Say what you saw.").await.check_both().await;
        person.fill("Where did you see it?", "https://lanternbikes-login.top/pay").await;
        person.fill("What did you see?", "A seal that leads nowhere").await;
        person.press("Send the report").await.sees("We have your report").await.check().await;
    }
}

#[tokio::test]
async fn every_state_can_be_read_by_everybody() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes").await;
    let plain = world.merchant("Only Registered").await;
    let person = Person::phone(&world).await;
    person.goto(&format!("/verify/{}", plain.code)).await.check_both().await;
    for state in ["suspended", "revoked", "expired"] {
        world
            .owner_sql(&format!(
                "UPDATE badges SET state = '{state}', changed_at = surety_now(); \
                 INSERT INTO badge_events (merchant_id, version, from_state, to_state, cause, at) \
                 SELECT {id}, count(*), 'active', '{state}', 'staff', surety_now() \
                 FROM badge_events WHERE merchant_id = {id}",
                id = shop.id
            ))
            .await;
        world.advance(chrono::Duration::seconds(20)).await;
        person.goto(&format!("/verify/{}", shop.code)).await.check_both().await;
    }
}

#[tokio::test]
async fn a_chinese_reader_checks_a_shop() {
    let world = World::new().await;
    let shop = shop(&world, "明灯单车行").await;
    world.owner_sql("UPDATE merchants SET registered_name = '明灯单车有限公司'").await;
    for profile in [DESK, PHONE] {
        let person = Person::chinese(&world, profile).await;
        for path in ["/", "/directory", "/rules", "/report", "/verify?q=lanternbikes-login.top"] {
            person.goto(path).await.check().await;
        }
        person.goto(&format!("/verify/{}", shop.code)).await;
        person
            .heads("本页面只为 lanternbikes.example 作证。您的地址栏里是这个域名吗？")
            .await
            .check()
            .await;
    }
}

#[tokio::test]
async fn a_shop_is_checked_without_scripts() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes").await;
    let person = Person::without_scripts(&world, DESK).await;
    person.goto("/").await.fill("Shop’s address, name or merchant code", &shop.code).await;
    person.press("Check this shop").await.sees("Lantern Bikes is a trust merchant.").await;
}

#[tokio::test]
async fn a_merchant_takes_the_lines_for_its_site() {
    let world = World::new().await;
    let shop = shop(&world, "Lantern Bikes").await;
    for profile in [DESK, PHONE] {
        let person = Person::with(&world, profile).await;
        person.sign_in(&shop.owner).await.goto("/merchant/badge").await.check_both().await;
        person.fill("Size", "Large, 216 px").await.fill("Background", "Dark").await;
        person.press("Show the preview").await.is_at("/merchant/badge?size=large*").await;
        let width = person.run("return document.querySelector('main img').naturalWidth", vec![]);
        assert_eq!(width.await, 216, "the preview is drawn");
        person.check().await;
    }
}
