//! Who pays without an account: what the way back from the bank says, and who may become the
//! buyer. Everybody who knows the payment link can begin a payment; only who paid is the buyer.

use super::Trade;
use super::trade::make_order;
use crate::support::{Reply, Visitor};

pub(super) const GUEST: &str = "guest@example.com";

/// Begins a payment with this browser; the bank's page.
pub(super) async fn begin(visitor: &mut Visitor, link: &str, id: &str, email: &str) -> String {
    let pay = format!("/orders/{id}/pay");
    let bank = visitor.submit(link, &pay, &[("email", email)]).await;
    bank.sends_to("/sandbox/checkout/");
    bank.location().to_owned()
}

/// Lets the bank do something and reads the page that the payer comes back to.
pub(super) async fn play(visitor: &mut Visitor, bank: &str, play: &str) -> Reply {
    let back = visitor.submit(bank, bank, &[("play", play)]).await;
    visitor.follow(back).await
}

#[tokio::test]
async fn who_presses_twice_goes_on_with_the_attempt_that_is_open() {
    let mut trade = Trade::new().await;
    let id = trade.order("10").await;
    let link = trade.link(&id).await;
    let mut guest = trade.world.visitor();
    let first = begin(&mut guest, &link, &id, GUEST).await;
    for _ in 0..3 {
        assert_eq!(begin(&mut guest, &link, &id, GUEST).await, first);
    }
    let attempts = "SELECT count(*) FROM payments";
    assert_eq!(trade.world.value(attempts).await, "1");
    // In another browser, or with another address, it would be somebody else's proof of paying.
    let mut other = trade.world.visitor();
    assert_ne!(begin(&mut other, &link, &id, GUEST).await, first);
    assert_ne!(begin(&mut guest, &link, &id, "other@example.com").await, first);
    assert_eq!(trade.world.value(attempts).await, "3");
    // Nobody makes endless attempts, each of which the gateway is asked about.
    for (key, hits) in [("pay:order:1", 60), ("pay:address:127.0.0.1", 120)] {
        let hit = format!("INSERT INTO throttles VALUES ('{key}', surety_now(), {hits})");
        trade.world.owner_sql(&format!("DELETE FROM throttles; {hit}")).await;
        let pay = format!("/orders/{id}/pay");
        let fresh = trade.world.visitor().submit(&link, &pay, &[("email", GUEST)]).await;
        fresh.expect(429);
    }
    assert_eq!(trade.world.value(attempts).await, "3");
}

#[tokio::test]
async fn who_began_another_payment_is_not_the_buyer() {
    let mut trade = Trade::new().await;
    let id = trade.order("10").await;
    let link = trade.link(&id).await;
    // The merchant opens its own link and presses Pay; somebody else with the link does too.
    let colleague = trade.world.person("Second account").await;
    let mut merchant = trade.world.visitor_as(&colleague).await;
    begin(&mut merchant, &link, &id, &colleague.email).await;
    let mut other = trade.world.visitor_as(&trade.person).await;
    let others = begin(&mut other, &link, &id, GUEST).await;
    let mut guest = trade.world.visitor();
    let bank = begin(&mut guest, &link, &id, GUEST).await;
    // Trying once more takes nothing from the attempt that pays.
    begin(&mut guest, &link, &id, "another@example.com").await;
    play(&mut guest, &bank, "success").await.ok().sees("¥10.00 is held safely");

    let claim = format!("/orders/{id}/claim");
    for thief in [&mut merchant, &mut other] {
        thief.get(&format!("/orders/{id}/paid")).await.expect(404);
        thief.get(&claim).await.expect(404);
        let token = thief.csrf_token("/orders").await;
        thief.post(&claim, &[("csrf_token", &token)]).await.expect(404);
        thief.get(&format!("/orders/{id}")).await.expect(404);
    }
    let late = play(&mut other, &others, "failure").await;
    late.ok().sees_not("held safely");
    assert_eq!(trade.of(&id, "buyer_id IS NULL").await, "true");

    // The browser that paid may: signed in as whoever it likes.
    let owner = trade.world.person("Guest").await;
    guest.sign_in_as(&owner).await;
    let paid = guest.get(&format!("/orders/{id}/paid")).await;
    assert_eq!(paid.link("Follow the order in my account"), claim);
    let taken = guest.submit(&claim, &claim, &[]).await;
    guest.follow(taken).await.ok().sees("The order is in your account now.");
    assert_eq!(trade.of(&id, "buyer_id").await, owner.id.to_string());
    trade.audited().await;
}

#[tokio::test]
async fn a_mailed_claim_works_once_and_its_buyer_confirms() {
    let mut trade = Trade::new().await;
    let id = trade.order("10").await;
    let link = trade.link(&id).await;
    let mut guest = trade.world.visitor();
    let bank = begin(&mut guest, &link, &id, GUEST).await;
    play(&mut guest, &bank, "success").await.ok();
    let mail = trade.world.mails_to(GUEST).await.pop().expect("a mail");
    let claim = mail.href().to_owned();
    let action = format!("/orders/{id}/claim");

    // Another machine than the one that paid; following the link alone changes nothing.
    let owner = trade.world.person("Guest").await;
    let mut at_home = trade.world.visitor_as(&owner).await;
    at_home.get(&claim).await.ok().sees("¥10.00");
    assert_eq!(trade.of(&id, "buyer_id IS NULL").await, "true");
    let forged = claim.replace("key=", "key=x");
    at_home.get(&forged).await.expect(404);
    at_home.submit(&claim, &action, &[]).await.sends_to(&format!("/orders/{id}?done="));

    // The key is used up: whoever finds the mail later gets nothing, nor does the other browser.
    let finder = trade.world.person("Finder").await;
    let mut finder = trade.world.visitor_as(&finder).await;
    finder.get(&claim).await.expect(404);
    let token = finder.csrf_token("/orders").await;
    let key = claim.split_once("key=").map(|(_, key)| key).expect("a key");
    finder.post(&action, &[("csrf_token", &token), ("key", key)]).await.expect(409);
    assert_eq!(trade.of(&id, "buyer_id").await, owner.id.to_string());

    trade.deliver(&id).await;
    let confirm = format!("/orders/{id}/confirm");
    at_home.submit(&confirm, &confirm, &[]).await.expect(303);
    assert_eq!(trade.of(&id, "outcome").await, "released");
    guest.get(&format!("/orders/{id}/paid")).await.ok().sees("completed: Lantern Bikes was paid");
    trade.audited().await;
}

#[tokio::test]
async fn an_account_finds_what_was_paid_with_its_confirmed_address() {
    let mut trade = Trade::new().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let id = trade.order("10").await;
        let link = trade.link(&id).await;
        let mut guest = trade.world.visitor();
        let bank = begin(&mut guest, &link, &id, &trade.person.email).await;
        play(&mut guest, &bank, "success").await.ok();
        ids.push(id);
    }
    let person = trade.person.id;
    let confirmed = format!("UPDATE users SET email_confirmed_at = NULL WHERE id = {person}");
    trade.world.owner_sql(&confirmed).await;
    trade.buyer.get("/orders").await.ok().sees_not("City bicycle");
    let confirm = confirmed.replace("NULL", "surety_now()");
    trade.world.owner_sql(&confirm).await;
    let list = trade.buyer.get("/orders").await;
    assert_eq!(list.ok().count("tbody tr"), 2, "{}", list.text());
    for id in &ids {
        assert_eq!(trade.of(id, "buyer_id").await, trade.person.id.to_string());
    }
}

#[tokio::test]
async fn a_guest_is_written_to_in_the_language_that_it_paid_in() {
    let mut trade = Trade::new().await;
    let id = trade.order("10").await;
    let link = trade.link(&id).await;
    trade.world.work().await;
    let mut guest = trade.world.visitor().chinese();
    let bank = begin(&mut guest, &link, &id, GUEST).await;
    play(&mut guest, &bank, "success").await.ok();
    trade.deliver(&id).await;
    trade.world.advance(chrono::Duration::days(8)).await;
    let mails = trade.world.mails_to(GUEST).await;
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    let expected = ["您的 ¥10.00 已安全保管", "已发货：“City bicycle”", "“City bicycle”收到了吗？"];
    assert_eq!(subjects, expected);
}

#[tokio::test]
async fn who_has_not_paid_yet_is_written_to_in_the_language_of_the_shop() {
    let mut trade = Trade::new().await;
    let owner = trade.merchant.owner.id;
    let sql = format!("UPDATE users SET locale = 'zh-Hans' WHERE id = {owner}");
    trade.world.owner_sql(&sql).await;
    let fields = [
        ("title", "自行车"),
        ("description", "七速"),
        ("condition", "used"),
        ("delivery", "express"),
        ("currency", "CNY"),
        ("price", "10"),
        ("buyer_email", GUEST),
    ];
    make_order(&mut trade.seller, &fields).await.sends_to("/merchant/orders/");
    assert_eq!(trade.world.mail_to(GUEST).await.subject, "Lantern Bikes 请您付款 ¥10.00");
}

#[tokio::test]
async fn the_way_back_says_what_the_bank_did() {
    let mut trade = Trade::new().await;
    let id = trade.order("10").await;
    let link = trade.link(&id).await;
    let mut guest = trade.world.visitor();
    let bank = begin(&mut guest, &link, &id, GUEST).await;
    let reference = bank.rsplit('/').next().unwrap_or_default();
    let here = format!("/orders/{id}/paid?payment={reference}");
    guest.get(&here).await.ok().sees("you have not paid yet");

    let refused = play(&mut guest, &bank, "failure").await;
    refused.ok().sees("The bank refused the payment. Nothing was charged.");
    assert_eq!(refused.link("Back to the checkout"), link);

    let bank = begin(&mut guest, &link, &id, GUEST).await;
    let short = play(&mut guest, &bank, "wrong-amount").await;
    short.ok().sees("¥9.99 came in and goes back to you: the wrong amount.");
    assert_eq!(short.link("Back to the checkout"), link);

    let bank = begin(&mut guest, &link, &id, GUEST).await;
    let late = play(&mut guest, &bank, "late").await;
    late.ok().sees("The bank has not told us of your payment yet.").sees("do not pay again");
    assert_eq!(late.count(&format!("a[href='{link}']")), 0);
    trade.world.advance(chrono::Duration::minutes(1)).await;
    trade.world.work().await;
    guest.get(&late.link("Look again")).await.ok().sees("¥10.00 is held safely");

    // The attempts before it say still what became of them.
    guest.get(&short.path).await.ok().sees("¥9.99 came in");
    assert_eq!(guest.get(&short.path).await.count(&format!("a[href='{link}']")), 0);

    let twice = trade.order("20").await;
    let link = trade.link(&twice).await;
    let bank = begin(&mut guest, &link, &twice, GUEST).await;
    play(&mut guest, &bank, "twice").await.ok().sees("¥20.00 is held safely");
    // Paid a second time at the bank: that goes back, and the order stands.
    play(&mut guest, &bank, "success").await.ok().sees("¥20.00 is held safely");
    trade.audited().await;
}

#[tokio::test]
async fn the_way_back_to_an_order_that_ended() {
    let mut trade = Trade::new().await;
    let cancelled = trade.order("10").await;
    let link = trade.link(&cancelled).await;
    let mut guest = trade.world.visitor();
    let bank = begin(&mut guest, &link, &cancelled, GUEST).await;
    let unpaid = begin(&mut guest, &link, &cancelled, "other@example.com").await;
    let order = format!("/merchant/orders/{cancelled}");
    trade.seller.submit(&order, &format!("{order}/cancel"), &[]).await.expect(303);
    let back = play(&mut guest, &bank, "success").await;
    back.ok().sees("¥10.00 came in and goes back to you: the order was closed.");
    assert_eq!(back.count("a.btn.primary"), 0);
    let reference = unpaid.rsplit('/').next().unwrap_or_default();
    let unpaid = guest.get(&format!("/orders/{cancelled}/paid?payment={reference}")).await;
    unpaid.ok().sees("closed and takes no money any more").sees("Nothing was charged");

    let returned = trade.order("30").await;
    let link = trade.link(&returned).await;
    let bank = begin(&mut guest, &link, &returned, GUEST).await;
    play(&mut guest, &bank, "success").await.ok();
    let order = format!("/merchant/orders/{returned}");
    trade.seller.submit(&order, &format!("{order}/cancel"), &[]).await.expect(303);
    let ended = guest.get(&format!("/orders/{returned}/paid")).await;
    ended.ok().sees("closed: your ¥30.00 goes back").sees_not("told to deliver");
    // Another order's attempt is none of this one's.
    let reference = bank.rsplit('/').next().unwrap_or_default();
    guest.get(&format!("/orders/{cancelled}/paid?payment={reference}")).await.expect(404);
    trade.audited().await;
}

#[tokio::test]
async fn a_proof_is_of_one_payment_and_one_address() {
    let mut trade = Trade::new().await;
    let mut guest = trade.world.visitor();
    let mut paid = Vec::new();
    for email in [GUEST, GUEST, "another@example.com"] {
        let id = trade.order("10").await;
        let link = trade.link(&id).await;
        let bank = begin(&mut guest, &link, &id, email).await;
        play(&mut guest, &bank, "success").await.ok();
        let name = format!("surety_paid_{}", bank.rsplit('/').next().unwrap_or_default());
        paid.push((id, name.replace('-', "")));
    }
    let mails = trade.world.mails_to(GUEST).await;
    let mails: Vec<_> = mails.into_iter().filter(|m| m.href().contains("/claim?")).collect();
    let key = mails[0].href().split_once("key=").map(|(_, key)| key).expect("a key").to_owned();
    let of_key = mails[0].href().split('/').rev().nth(1).expect("an order").to_owned();
    let own = guest.cookie(&paid[0].1).expect("the proof of a payment").to_owned();

    let thief = trade.world.person("Thief").await;
    let mut thief = trade.world.visitor_as(&thief).await;
    for (id, name) in &paid {
        let claim = format!("/orders/{id}/claim");
        if *id != of_key {
            // The key of another order, paid with the same address or with another.
            thief.get(&format!("{claim}?key={key}")).await.expect(404);
        }
        // The name of a cookie is no secret; a proof of another payment is none of this one.
        for value in ["", "1", if *name == paid[0].1 { "2" } else { &own }] {
            let mut forger = thief.clone();
            forger.set_cookie(name, value);
            forger.get(&claim).await.expect(404);
        }
    }
    let token = thief.csrf_token("/orders").await;
    let other = format!("/orders/{}/claim", paid[2].0);
    thief.post(&other, &[("csrf_token", &token), ("key", &key)]).await.expect(404);
    assert_eq!(trade.world.value("SELECT count(buyer_id) FROM orders").await, "0");
    thief.get(&format!("/orders/{of_key}/claim?key={key}")).await.ok();
}

#[tokio::test]
async fn a_link_that_pays_no_more_says_why_and_leads_on_without_an_account() {
    let mut trade = Trade::new().await;
    let shop = format!("/verify/{}", trade.merchant.code);
    let (closed, paid) = (trade.order("10").await, trade.order("20").await);
    let (closed_link, paid_link) = (trade.link(&closed).await, trade.link(&paid).await);
    let mut guest = trade.world.visitor();
    let stale = guest.get(&closed_link).await;
    let order = format!("/merchant/orders/{closed}");
    trade.seller.submit(&order, &format!("{order}/cancel"), &[]).await.expect(303);
    let over = guest.get(&closed_link).await;
    over.expect(410).sees("its payment link no longer works").sees("Nothing was charged");
    let name = trade.merchant.name.clone();
    assert_eq!(over.link(&format!("See {name}")), shop);
    guest.get(&shop).await.ok();
    // A form that was open meanwhile is answered alike.
    let late = guest.submit_on(&stale, &format!("/orders/{closed}/pay"), &[("email", GUEST)]).await;
    late.expect(410).sees("its payment link no longer works");
    trade.pay_as(&paid, "success").await;
    let used = guest.get(&paid_link).await;
    used.expect(410).sees("has been used").sees("our mail to the address");
    assert_eq!(used.link("Sign in to see your order"), "/login?next=/orders");
    let known = trade.buyer.get(&paid_link).await;
    assert_eq!(known.expect(410).link("Go to my orders"), "/orders");
    // Who does not hold the key learns nothing.
    let forged = paid_link.split('?').next().unwrap_or_default();
    guest.get(&format!("{forged}?key=1")).await.expect(404);
}
