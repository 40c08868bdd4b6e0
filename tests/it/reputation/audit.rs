//! Each rule that the audit holds the credit record to is broken once, by hand.

use chrono::Duration;

use crate::orders::Trade;

/// Lets the guards rest that would refuse to break anything.
const OFF: &str = "ALTER TABLE ratings DISABLE TRIGGER USER; \
                   ALTER TABLE rating_replies DISABLE TRIGGER USER; \
                   ALTER TABLE self_dealt_orders DISABLE TRIGGER USER";

#[tokio::test]
async fn each_rule_of_the_record_is_found_broken() {
    let mut trade = Trade::new().await;
    let marks = [("goods", "5"), ("service", "5"), ("delivery", "5")];
    let mut paths = Vec::new();
    for _ in 0..2 {
        let id = trade.completed("100.00").await;
        let path = format!("/orders/{id}/rating");
        trade.buyer.submit(&path, &path, &marks).await.expect(303);
        paths.push(path);
    }
    let reply = format!("{}/reply", paths[0]);
    trade.seller.submit(&paths[0], &reply, &[("reply", "Thanks")]).await.expect(303);
    let owned = trade.order("50.00").await;
    let link = trade.link(&owned).await;
    let owner = trade.merchant.owner.clone();
    let mut buyer = trade.world.visitor_as(&owner).await;
    let pay = format!("/orders/{owned}/pay");
    let to_bank = buyer.submit(&link, &pay, &[("email", &owner.email)]).await;
    let bank = to_bank.expect(303).location().to_owned();
    buyer.submit(&bank, &bank, &[("play", "success")]).await.expect(303);
    trade.world.advance(Duration::days(1)).await;
    trade.world.work().await;
    trade.audited().await;
    let merchant = trade.merchant.id;
    let tier = format!(
        "INSERT INTO badge_events (merchant_id, version, from_state, to_state, cause, at, \
         from_tier, to_tier) VALUES ({merchant}, 1, 'active', 'active', 'record', surety_now(), \
         'trusted', 'silver'); UPDATE badges SET version = 1 WHERE merchant_id = {merchant}"
    );
    for (rule, sql) in [
        ("a guard is on its table", "ALTER TABLE ratings DISABLE TRIGGER ratings_append_only"),
        (
            "the server's role does not write what functions write",
            "GRANT INSERT ON self_dealt_orders TO surety_server",
        ),
        (
            "a rating is its buyer's, of a completed order",
            "UPDATE ratings SET user_id = (SELECT max(id) FROM users WHERE id <> user_id)",
        ),
        (
            "an order is rated once",
            "ALTER TABLE ratings DROP CONSTRAINT ratings_order_id_key; INSERT INTO ratings \
             (order_id, merchant_id, user_id, goods, service, delivery, words, rated_at, \
             publish_at) SELECT order_id, merchant_id, user_id, goods, service, delivery, words, \
             rated_at, publish_at FROM ratings",
        ),
        ("a rating is published with its answer or in its time", "DELETE FROM ratings_to_publish"),
        ("a rating is published with its answer or in its time", "DELETE FROM rating_replies"),
        ("a self-dealt order is not covered", "UPDATE orders SET covered = true"),
        ("a badge's tier is what its history says", &tier),
    ] {
        let owner = trade.world.as_owner().await;
        let broken =
            format!("BEGIN; {OFF}; {sql}; SELECT DISTINCT rule FROM audit_credit(); ROLLBACK");
        let found = owner.rows(&broken).await;
        let found: Vec<_> = found.iter().filter_map(|row| row[0].as_deref()).collect();
        assert!(found.contains(&rule), "{rule}: {found:?}");
    }
    trade.audited().await;
}
