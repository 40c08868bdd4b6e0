//! The self-dealing guard over HTTP: each thing that is shared, before, at and after the payment.

use crate::orders::Trade;
use crate::support::{Merchant, Visitor, World};

const CONNECTED: &str = "You and this shop are connected";
const SEEN: &str = "Buyer and shop of this order are connected";

/// Lets a browser go to the bank, from an account; the answer of the checkout.
async fn pay(trade: &mut Trade, id: &str, payer: &mut Visitor, email: &str, account: &str) {
    let link = trade.link(id).await;
    let action = format!("/orders/{id}/pay");
    let to_bank = payer.submit(&link, &action, &[("email", email)]).await;
    let bank = to_bank.expect(303).location().to_owned();
    payer.submit(&bank, &bank, &[("play", "success"), ("account", account)]).await.expect(303);
}

async fn links(trade: &Trade, id: &str) -> String {
    trade
        .world
        .value(&format!(
            "SELECT coalesce((SELECT array_to_string(s.links, ' ') FROM self_dealt_orders s \
             JOIN orders o ON o.id = s.order_id WHERE o.public_id = '{id}'), 'none')"
        ))
        .await
}

/// The shop draws its money to an account.
async fn draws_to(world: &World, merchant: &Merchant, number: &str) {
    let (id, owner) = (merchant.id, merchant.owner.id);
    world
        .owner_sql(&format!("SELECT change_payment_account({id}, 'Shop', '{number}', {owner})"))
        .await;
}

#[tokio::test]
async fn an_honest_order_is_covered_and_says_nothing() {
    let mut trade = Trade::new().await;
    draws_to(&trade.world, &trade.merchant, "DE02 1203").await;
    let id = trade.order("100.00").await;
    let link = trade.link(&id).await;
    trade.buyer.get(&link).await.ok().sees_not("connected").sees("Marked for cover");
    let (mut buyer, email) =
        (trade.world.visitor_as(&trade.person).await, trade.person.email.clone());
    pay(&mut trade, &id, &mut buyer, &email, "DE99 0000").await;
    assert_eq!(trade.of(&id, "covered").await, "true");
    assert_eq!(links(&trade, &id).await, "none");
    trade.buyer.get(&format!("/orders/{id}")).await.ok().sees_not("connected");
    trade.audited().await;
}

#[tokio::test]
async fn a_member_who_buys_is_told_before_paying_and_not_covered() {
    let mut trade = Trade::new().await;
    let id = trade.order("100.00").await;
    let link = trade.link(&id).await;
    let mut owner = trade.world.visitor_as(&trade.merchant.owner).await;
    let page = owner.get(&link).await;
    page.ok().sees(CONNECTED).sees("The buyer belongs to the shop").sees("does not cover it");
    page.sees_not("Marked for cover");
    // A form that was shown before the connection was known is answered with the notice first.
    let mut fields = vec![("email", trade.merchant.owner.email.as_str())];
    let key = page.attribute("input[name=key]", "value").expect("the key");
    let token = page.attribute("input[name=csrf_token]", "value").expect("a token");
    fields.extend([("key", key.as_str()), ("csrf_token", token.as_str())]);
    let unsaid = owner.post(&format!("/orders/{id}/pay"), &fields).await;
    unsaid.expect(422).sees(CONNECTED);
    assert_eq!(trade.world.value("SELECT count(*) FROM payments").await, "0");
    let email = trade.merchant.owner.email.clone();
    pay(&mut trade, &id, &mut owner, &email, "").await;
    assert_eq!((trade.of(&id, "covered").await, links(&trade, &id).await), {
        ("false".to_owned(), "membership device".to_owned())
    });
    trade.seller.get(&format!("/merchant/orders/{id}")).await.ok().sees(SEEN);
    // It can be carried out, but not rated, and counts for nothing.
    trade.deliver(&id).await;
    let confirm = format!("/orders/{id}/confirm");
    owner.submit(&confirm, &confirm, &[]).await.expect(303);
    let rating = format!("/orders/{id}/rating");
    let page = owner.get(&rating).await;
    assert!(!page.ok().sees("are connected, so it cannot be rated").has_button("Give this rating"));
    trade.world.night().await;
    let counted = trade.world.record_of(&trade.merchant, "paid, completed, self_dealt").await;
    assert_eq!(counted, "0 0 1");
    trade.audited().await;
}

#[tokio::test]
async fn a_browser_that_both_signed_in_with_connects_them() {
    let mut trade = Trade::new().await;
    let id = trade.order("100.00").await;
    // The owner signs in and out; then the buyer sits down at the same browser.
    let mut browser = trade.world.visitor();
    browser.sign_in_as(&trade.merchant.owner).await.expect(303);
    let cookie = browser.cookie("surety_device").expect("a device cookie").to_owned();
    assert_eq!(cookie.len(), 43);
    let hashes =
        "SELECT count(*) FROM devices WHERE position(convert_to('{}', 'UTF8') IN fingerprint) > 0";
    let hashes = hashes.replace("{}", &cookie[..8]);
    assert_eq!(trade.world.value(&hashes).await, "0", "only a keyed hash is kept");
    browser.submit("/orders", "/logout", &[]).await.expect(303);
    browser.sign_in_as(&trade.person).await.expect(303);
    assert_eq!(browser.cookie("surety_device"), Some(cookie.as_str()), "it outlives sessions");
    let link = trade.link(&id).await;
    browser.get(&link).await.ok().sees(CONNECTED).sees("signed in with the buyer’s browser");
    // From another browser the person is still known to share one.
    let mut elsewhere = trade.world.visitor_as(&trade.person).await;
    elsewhere.get(&link).await.ok().sees(CONNECTED);
    let email = trade.person.email.clone();
    pay(&mut trade, &id, &mut elsewhere, &email, "").await;
    assert_eq!(links(&trade, &id).await, "device");
    assert_eq!(trade.of(&id, "covered").await, "false");
    // A guest at the shared browser, whoever they say they are.
    let id = trade.order("90.00").await;
    browser.submit("/orders", "/logout", &[]).await.expect(303);
    pay(&mut trade, &id, &mut browser, "somebody@example.com", "").await;
    assert_eq!(links(&trade, &id).await, "device");
    trade.audited().await;
}

#[tokio::test]
async fn a_payment_account_that_both_use_connects_them() {
    let mut trade = Trade::new().await;
    draws_to(&trade.world, &trade.merchant, "DE02 1203 0000").await;
    // Paid from the account that the shop draws to, however it is written.
    let id = trade.order("100.00").await;
    let (mut buyer, email) =
        (trade.world.visitor_as(&trade.person).await, trade.person.email.clone());
    pay(&mut trade, &id, &mut buyer, &email, "de0212030000").await;
    assert_eq!(links(&trade, &id).await, "payment_account");
    // Who once did is known by it.
    let id = trade.order("90.00").await;
    let link = trade.link(&id).await;
    buyer.get(&link).await.ok().sees(CONNECTED).sees("share a payment account");
    // A member of another merchant that draws to the same account.
    let twin = trade.world.merchant("Harbour Books").await;
    draws_to(&trade.world, &twin, "DE02 1203 0000").await;
    let mut owner = trade.world.visitor_as(&twin.owner).await;
    owner.get(&link).await.ok().sees(CONNECTED);
    let stranger = trade.world.merchant("Paper Cranes").await;
    draws_to(&trade.world, &stranger, "DE77").await;
    let mut owner = trade.world.visitor_as(&stranger.owner).await;
    owner.get(&link).await.ok().sees_not("connected");
    trade.audited().await;
}

#[tokio::test]
async fn what_becomes_known_later_is_found_at_night_and_told_to_both() {
    let mut trade = Trade::new().await;
    let id = trade.completed("100.00").await;
    let other = trade.completed("90.00").await;
    let path = format!("/orders/{id}/rating");
    let marks = [("goods", "5"), ("service", "5"), ("delivery", "5")];
    trade.buyer.submit(&path, &path, &marks).await.expect(303);
    let answer = [("reply", "Thank you")];
    trade.seller.submit(&path, &format!("{path}/reply"), &answer).await.expect(303);
    assert_eq!(trade.of(&id, "covered").await, "true");
    trade.world.night().await;
    let columns = "paid, completed, self_dealt, ratings, score";
    assert_eq!(trade.world.record_of(&trade.merchant, columns).await, "2 2 0 1 1");
    let page = format!("/verify/{}", trade.merchant.code);
    trade.world.visitor().get(&page).await.ok().sees("Thank you");
    // The buyer joins the shop.
    let (buyer, merchant) = (trade.person.id, trade.merchant.id);
    trade
        .world
        .owner_sql(&format!(
            "INSERT INTO merchant_members VALUES ({buyer}, {merchant}, 'member', surety_now())"
        ))
        .await;
    trade.world.night().await;
    assert_eq!(trade.world.record_of(&trade.merchant, columns).await, "0 0 2 0 0");
    for order in [&id, &other] {
        assert_eq!(links(&trade, order).await, "membership device");
        assert_eq!(trade.of(order, "covered").await, "false");
    }
    trade.world.visitor().get(&page).await.ok().sees_not("Thank you");
    trade.later(chrono::Duration::zero()).await;
    let order = trade.buyer.get(&format!("/orders/{id}")).await;
    order.ok().sees(SEEN).sees("Buyer and shop were found to be connected");
    let mail = trade.world.mail_to(&trade.merchant.owner.email).await;
    assert!(mail.subject.contains("is not covered"), "{}", mail.subject);
    // Found once: another night finds nothing new.
    let events = "SELECT count(*) FROM order_events WHERE event = 'find_self_dealt'";
    trade.world.night().await;
    assert_eq!(trade.world.value(events).await, "2");
    trade.audited().await;
}
