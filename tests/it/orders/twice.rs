//! Forms that are sent twice, answers that lead nowhere, and an order that ends unpaid.

use chrono::Duration;

use super::Trade;
use super::trade::NEW;
use crate::support::Visitor;

const PAYOUT: &str = "/merchant/balance/payout";

#[tokio::test]
async fn a_new_order_that_is_sent_twice_is_one() {
    let trade = Trade::new().await;
    let (mut seller, email) = (trade.seller.clone(), trade.person.email.clone());
    let fields = [
        ("title", "City bicycle"),
        ("description", "52 cm"),
        ("condition", "used"),
        ("delivery", "express"),
        ("price", "10"),
        ("buyer_email", email.as_str()),
    ];
    let page = seller.submit(NEW, NEW, &fields).await;
    page.ok().sees("The buyer pays ¥10.00. You receive ¥9.90 (fee ¥0.10).");
    assert_eq!(trade.world.value("SELECT count(*) FROM orders").await, "0", "nothing is made yet");
    let mut other_tab = seller.clone();
    let (first, second) =
        tokio::join!(seller.submit_on(&page, NEW, &[]), other_tab.submit_on(&page, NEW, &[]));
    first.expect(303);
    assert_eq!(first.location(), second.location());
    assert_eq!(trade.world.value("SELECT count(*) FROM orders").await, "1");
    assert_eq!(trade.world.mails_to(&email).await.len(), 1);
    // The form that the browser kept, with another price: nothing is made in silence.
    let changed = seller.submit_on(&page, NEW, &[("price", "20")]).await;
    changed.ok().sees("The buyer pays ¥20.00. You receive ¥19.80 (fee ¥0.20).");
    let refused = seller.submit_on(&changed, NEW, &[]).await;
    refused.expect(409).sees("made an order then");
    seller.get(&refused.link("Go to the order")).await.ok().sees("¥10.00");
    // Nor does the id of another shop's order say anything of it.
    let other = trade.world.trust_merchant("Harbour Books").await;
    let mut other = trade.world.visitor_as(&other.owner).await;
    let used = page.field("idempotency_key");
    let forged = async |visitor: &mut Visitor, key: &str| {
        let token = visitor.csrf_token(NEW).await;
        let own = [("currency", "CNY"), ("csrf_token", &*token), ("idempotency_key", key)];
        visitor.post(NEW, &[&fields[..], &own[..]].concat()).await
    };
    let refused = forged(&mut other, &used).await;
    other.get(&refused.expect(409).link("Go to the order")).await.expect(404);
    forged(&mut seller, "no id").await.expect(400);
    assert_eq!(trade.world.value("SELECT count(*) FROM orders").await, "1");
    trade.audited().await;
}

#[tokio::test]
async fn a_payout_that_is_sent_twice_is_one() {
    let mut trade = Trade::new().await;
    let id = trade.delivered("1000").await;
    let confirm = format!("/orders/{id}/confirm");
    trade.buyer.submit(&confirm, &confirm, &[]).await.expect(303);
    let account = [("holder", "Lantern Bikes Ltd"), ("number", "DE02120300000000202051")];
    let change = "/merchant/balance/account";
    trade.seller.submit("/merchant/balance", change, &account).await.expect(303);
    trade.later(Duration::hours(24)).await;

    let page = trade.seller.get("/merchant/balance").await;
    let mut other_tab = trade.seller.clone();
    let amount = [("amount", "600")];
    let (first, second) = tokio::join!(
        trade.seller.submit_on(&page, PAYOUT, &amount),
        other_tab.submit_on(&page, PAYOUT, &amount)
    );
    first.sends_to("/merchant/balance?done=payout-asked");
    second.sends_to("/merchant/balance?done=payout-asked");
    // The balance would not suffice any more: it is the answer of the first all the same.
    trade.seller.submit_on(&page, PAYOUT, &amount).await.sends_to("/merchant/balance?done=");
    let booked = "SELECT count(*) FROM disbursements WHERE kind = 'payout'";
    assert_eq!(trade.world.value(booked).await, "1");
    assert_eq!(trade.balance("merchant").await, "390");

    let other = trade.seller.submit_on(&page, PAYOUT, &[("amount", "90")]).await;
    other.expect(422).sees("with another amount");
    assert_eq!(trade.world.value(booked).await, "1");
    trade.seller.submit_on(&other, PAYOUT, &[]).await.expect(303);
    assert_eq!(trade.balance("merchant").await, "300");
    trade.audited().await;
}

#[tokio::test]
async fn a_refusal_leads_back_to_the_order_in_either_language() {
    let mut trade = Trade::new().await;
    let id = trade.paid("10").await;
    let (own, sold) = (format!("/orders/{id}"), format!("/merchant/orders/{id}"));
    let token = trade.buyer.csrf_token(&own).await;
    for verb in ["cancel", "extension", "confirm", "refund/withdraw"] {
        let refused = trade.buyer.post(&format!("{own}/{verb}"), &[("csrf_token", &token)]).await;
        assert_eq!(refused.expect(409).link("Go to the order"), own, "{verb}");
        assert_eq!(refused.field("next"), own, "{verb}");
    }
    trade.buyer.get(&format!("{own}/confirm")).await.expect(409).sees("Go to the order");
    let page = trade.seller.get(&sold).await;
    let wrong = [("carrier", ""), ("tracking", "")];
    let deliver = format!("{sold}/deliver");
    let again = trade.seller.submit_on(&page, &deliver, &wrong).await;
    assert_eq!(again.expect(422).field("next"), sold);
    trade.deliver(&id).await;
    let token = trade.seller.csrf_token(&sold).await;
    let fields = [
        ("csrf_token", token.as_str()),
        ("carrier", "SF Express"),
        ("tracking", "SF1029384756"),
        ("reason", "no"),
        ("decline_reason", "no"),
    ];
    for path in [&deliver, &format!("{sold}/cancel"), &format!("{own}/refund/agree")] {
        let refused = trade.seller.post(path, &fields).await;
        assert_eq!(refused.expect(409).link("Go to the order"), sold, "{path}");
    }

    // The checkout knows its way back: its key.
    let unpaid = trade.order("10").await;
    let link = trade.link(&unpaid).await;
    let mut guest = trade.world.visitor();
    let wrong = guest.submit(&link, &format!("/orders/{unpaid}/pay"), &[("email", "no")]).await;
    assert_eq!(wrong.expect(422).field("next"), link);
    let chinese = guest.submit_on(&wrong, "简体中文", &[]).await;
    guest.follow(chinese).await.ok().sees("由平台保管");
}

#[tokio::test]
async fn the_buyer_sees_and_cancels_what_it_has_not_paid() {
    let mut trade = Trade::new().await;
    let (id, kept) = (trade.order("10").await, trade.order("20").await);
    let list = trade.buyer.get("/orders").await;
    assert_eq!(list.ok().count("tbody tr"), 2);
    let own = format!("/orders/{id}");
    let page = trade.buyer.get(&own).await;
    page.ok().sees("The order closes if you do not pay by").sees("to pay");
    // Another's address, or one that is not confirmed, opens nothing.
    let stranger = trade.world.person("Stranger").await;
    let mut stranger = trade.world.visitor_as(&stranger).await;
    stranger.get(&own).await.expect(404);
    let token = stranger.csrf_token("/orders").await;
    let cancel = format!("{own}/cancel");
    stranger.post(&cancel, &[("csrf_token", &token)]).await.expect(404);
    let person = trade.person.id;
    let forget = format!("UPDATE users SET email_confirmed_at = NULL WHERE id = {person}");
    trade.world.owner_sql(&forget).await;
    trade.buyer.get(&own).await.expect(404);
    trade.buyer.get("/orders").await.ok().sees_not("City bicycle");
    trade.world.owner_sql(&forget.replace("NULL", "surety_now()")).await;

    let cancelled = trade.buyer.submit(&own, &cancel, &[]).await;
    let after = trade.buyer.follow(cancelled).await;
    after.ok().sees("cancelled before it was paid").sees("Nothing was charged.");
    after.sees("paid nothing").sees_not("on its way back").sees_not("goes back");
    assert_eq!(trade.of(&id, "outcome").await, "cancelled");
    let shop = trade.seller.get(&format!("/merchant/orders/{id}")).await;
    shop.ok()
        .sees("cancelled before it was paid")
        .sees("The buyer cancelled")
        .sees_not("goes back");

    // Who pays with another address is the buyer; this account is not any more.
    let link = trade.link(&kept).await;
    let mut guest = trade.world.visitor();
    let pay = format!("/orders/{kept}/pay");
    let bank = guest.submit(&link, &pay, &[("email", "guest@example.com")]).await;
    let bank = bank.location().to_owned();
    guest.submit(&bank, &bank, &[("play", "success")]).await.expect(303);
    trade.buyer.get(&format!("/orders/{kept}")).await.expect(404);
    trade.audited().await;
}

#[tokio::test]
async fn an_order_that_ended_says_how() {
    let mut trade = Trade::new().await;
    let unpaid = trade.order("10").await;
    let silent = trade.delivered("10").await;
    trade.later(Duration::days(11)).await;
    let page = trade.buyer.get(&format!("/orders/{unpaid}")).await;
    page.ok().sees("never paid and is closed").sees("received nothing");
    page.sees_not("until receipt is confirmed").sees_not("delivers, then");
    let shop = trade.seller.get(&format!("/merchant/orders/{unpaid}")).await;
    shop.ok().sees("paid nothing").sees_not("until receipt is confirmed");
    let page = trade.buyer.get(&format!("/orders/{silent}")).await;
    page.ok().sees("The time to confirm was over, so it was released").sees_not("Thank you");
    let id = trade.delivered("10").await;
    let confirm = format!("/orders/{id}/confirm");
    trade.buyer.submit(&confirm, &confirm, &[]).await.expect(303);
    trade.buyer.get(&format!("/orders/{id}")).await.ok().sees("Thank you for confirming receipt.");
}
