//! Whole trades over HTTP, as two people with browsers make them.

use chrono::Duration;

use surety::web::throttle;

use super::Trade;
use super::trade::{NEW, make_order};

#[tokio::test]
async fn a_merchant_cannot_flood_a_mailbox() {
    let mut trade = Trade::new().await;
    let key = trade.world.config.key_bytes();
    let buyer = throttle::address_key("order-mails", key, &trade.person.email);
    let merchant = format!("order-mails:merchant:{}", trade.merchant.id);
    for (key, hits) in [(buyer, 19), (merchant, 199)] {
        let hit = format!("INSERT INTO throttles VALUES ('{key}', surety_now(), {hits})");
        trade.world.owner_sql(&hit).await;
        assert!(!trade.order("10.00").await.is_empty(), "this one is within the limit");
        let fields = [
            ("title", "City bicycle"),
            ("description", "52 cm, with lights"),
            ("price", "10.00"),
            ("buyer_email", &trade.person.email),
        ];
        let page = make_order(&mut trade.seller, &fields).await;
        page.expect(429);
        assert!(page.error("buyer_email").contains("in the last hour"), "{}", page.text());
        assert_eq!(page.field("title"), "City bicycle", "what was typed is kept");
        let fields = [("buyer_email", "")];
        let by_hand = trade.seller.submit_on(&page, NEW, &fields).await;
        by_hand.sends_to("/merchant/orders/");
        trade.world.advance(chrono::Duration::hours(1)).await;
        assert!(!trade.order("10.00").await.is_empty(), "an hour later it mails again");
        trade.world.owner_sql("DELETE FROM throttles").await;
    }
}

#[tokio::test]
async fn paid_delivered_confirmed_and_drawn() {
    let mut trade = Trade::new().await;
    let id = trade.order("1280").await;
    let mails = trade.world.mails_to(&trade.person.email.clone()).await;
    assert_eq!(mails[0].message, "order-created");
    assert!(mails[0].href().contains(&format!("/orders/{id}/pay?key=")));
    // Whoever is signed in under that address finds the same link at the order.
    let unpaid = trade.buyer.get(&format!("/orders/{id}")).await;
    assert!(mails[0].href().ends_with(&unpaid.link("Pay ¥1,280.00 into escrow")));

    trade.pay_as(&id, "success").await;
    assert_eq!(trade.of(&id, "status").await, "awaiting_delivery");
    trade.buyer.get(&format!("/orders/{id}")).await.ok().sees("¥1,280.00 is held safely");
    let seller_s = trade.seller.get(&format!("/merchant/orders/{id}")).await;
    seller_s.ok().sees("¥1,280.00 is held for you. Deliver now.");
    assert_eq!(trade.balance("merchant").await, "0");

    trade.deliver(&id).await;
    let page = trade.buyer.get(&format!("/orders/{id}")).await;
    page.ok().sees("says that it is delivered").sees("SF1029384756");
    trade.audited().await;

    let done = trade
        .buyer
        .submit(&format!("/orders/{id}/confirm"), &format!("/orders/{id}/confirm"), &[])
        .await;
    trade.buyer.follow(done).await.ok().sees("You confirmed receipt").sees("was paid");
    assert_eq!(trade.balance("merchant").await, "1267.2");
    assert_eq!(trade.balance("fees").await, "12.8");

    let account = [("holder", "Lantern Bikes Ltd"), ("number", "DE02 1203 0000 0000 2020 51")];
    let saved = trade.seller.submit("/merchant/balance", "/merchant/balance/account", &account);
    saved.await.expect(303);
    let held = trade
        .seller
        .submit("/merchant/balance", "/merchant/balance/payout", &[("amount", "1000")])
        .await;
    held.expect(422).sees("less than 24 hours ago");

    trade.later(Duration::hours(24)).await;
    let thousand = [("amount", "1000")];
    let payout = "/merchant/balance/payout";
    // What was typed is kept, and the form asks for the password itself.
    trade.world.advance(Duration::minutes(16)).await;
    let other = [("holder", "Somebody Else"), ("number", "GB29NWBK60161331926819")];
    let late = trade.seller.submit("/merchant/balance", "/merchant/balance/account", &other).await;
    late.expect(422).sees("Enter your password to go on.");
    assert_eq!(late.field("holder"), "Somebody Else");
    assert_eq!(late.count("input[type=password]"), 1);
    let asked = trade.seller.submit("/merchant/balance", payout, &thousand).await;
    asked.expect(422).sees("Enter your password to go on.");
    assert_eq!(
        (asked.field("amount"), trade.balance("payouts").await),
        ("1000".into(), "0".into())
    );
    let password = [("password", crate::support::PASSWORD)];
    let asked = trade.seller.submit_on(&asked, payout, &password).await;
    asked.expect(303);
    assert_eq!(trade.balance("payouts").await, "1000");
    trade.world.work().await;
    assert_eq!(trade.balance("payouts").await, "0");
    assert_eq!(trade.balance("gateway").await, "-280");
    trade
        .seller
        .get("/merchant/balance")
        .await
        .ok()
        .sees("paid out")
        .sees("¥267.20 is yours to draw");
    trade.audited().await;
}

#[tokio::test]
async fn the_clock_confirms_when_nobody_acts_and_reminds_before() {
    let mut trade = Trade::new().await;
    let id = trade.delivered("100").await;
    let due = trade.time_of(&id, "due_at").await;
    assert_eq!(due - trade.time_of(&id, "delivered_at").await, Duration::days(10));

    trade.world.advance(Duration::days(7) + Duration::minutes(1)).await;
    trade.world.advance(Duration::days(2)).await;
    let email = trade.person.email.clone();
    let reminders = |mails: Vec<crate::support::Letter>| {
        mails.iter().filter(|m| m.message == "remind-confirm").count()
    };
    assert_eq!(reminders(trade.world.mails_to(&email).await), 1, "one reminder for two missed");
    trade.world.advance(Duration::hours(23)).await;
    trade.world.work().await;
    assert_eq!(trade.of(&id, "status").await, "awaiting_confirmation", "not early");
    trade.world.advance(Duration::hours(1)).await;
    trade.world.work().await;
    assert_eq!(trade.of(&id, "outcome").await, "released");
    assert_eq!(trade.balance("merchant").await, "99");
    trade.audited().await;
}

#[tokio::test]
async fn an_undelivered_order_goes_back() {
    let mut trade = Trade::new().await;
    let late = trade.paid("50").await;
    let never = trade.paid("70").await;
    let early = trade.buyer.csrf_token("/orders").await;
    let cancel = format!("/orders/{late}/cancel");
    let refused = trade.buyer.post(&cancel, &[("csrf_token", &early)]).await;
    refused.expect(409).sees("still has time to deliver");
    trade.later(Duration::days(7)).await;
    let cancelled = trade
        .buyer
        .submit(&format!("/orders/{late}"), &format!("/orders/{late}/cancel"), &[])
        .await;
    cancelled.expect(303);
    assert_eq!(trade.of(&late, "outcome").await, "cancelled");
    trade.world.work().await;
    assert_eq!(trade.of(&never, "status").await, "awaiting_delivery");
    trade.world.advance(Duration::days(7)).await;
    trade.world.work().await;
    assert_eq!(trade.of(&never, "outcome").await, "cancelled");
    assert_eq!(trade.balance("refunds").await, "0", "all of it has left");
    assert_eq!(trade.balance("gateway").await, "0");
    trade.audited().await;
}

#[tokio::test]
async fn a_refund_is_agreed_declined_or_falls_to_silence() {
    let mut trade = Trade::new().await;
    let ask = [("amount", "40"), ("reason", "The frame is bent")];

    let agreed = trade.delivered("100").await;
    let path = format!("/orders/{agreed}/refund");
    trade.buyer.submit(&path, &path, &ask).await.expect(303);
    trade.seller.submit(&path, &format!("{path}/agree"), &[]).await.expect(303);
    assert_eq!(trade.of(&agreed, "outcome").await, "split");
    assert_eq!(trade.balance("merchant").await, "59.4", "60 less 1 %");

    let declined = trade.delivered("100").await;
    let path = format!("/orders/{declined}/refund");
    let due = trade.time_of(&declined, "due_at").await;
    trade.buyer.submit(&path, &path, &ask).await.expect(303);
    trade.world.advance(Duration::hours(10)).await;
    let no = [("decline_reason", "It was straight when it left")];
    trade.seller.submit(&path, &format!("{path}/decline"), &no).await.expect(303);
    trade.buyer.get(&path).await.ok().sees("It was straight when it left");
    trade.later(Duration::days(7)).await;
    assert_eq!(trade.of(&declined, "hold IS NULL").await, "true");
    let moved = trade.time_of(&declined, "due_at").await - due;
    let paused: i64 = trade.of(&declined, "paused_total_us").await.parse().expect("microseconds");
    assert_eq!(moved.num_microseconds(), Some(paused), "exactly what was left");

    let silent = trade.delivered("100").await;
    let path = format!("/orders/{silent}/refund");
    trade
        .buyer
        .submit(&path, &path, &[("amount", "100"), ("reason", "Wrong colour")])
        .await
        .expect(303);
    trade.world.advance(Duration::hours(48)).await;
    trade.world.work().await;
    assert_eq!(trade.of(&silent, "outcome").await, "returned");
    trade.audited().await;
}

#[tokio::test]
async fn what_an_order_cannot_take_goes_back() {
    let mut trade = Trade::new().await;
    let id = trade.order("10").await;
    trade.pay_as(&id, "wrong-amount").await;
    assert_eq!(trade.of(&id, "status").await, "awaiting_payment");
    trade.pay_as(&id, "twice").await;
    assert_eq!(trade.of(&id, "status").await, "awaiting_delivery");
    trade.world.work().await;
    let receipts = "SELECT string_agg(coalesce(unmatched_because, 'paid'), ' ' ORDER BY id) \
                    FROM receipts";
    assert_eq!(trade.world.value(receipts).await, "wrong_amount paid");
    assert_eq!(trade.balance("unmatched").await, "0");
    assert_eq!(trade.balance("gateway").await, "-10", "what was too little has been sent back");
    trade.audited().await;
}

#[tokio::test]
async fn only_the_browser_that_paid_sees_the_way_back() {
    let mut trade = Trade::new().await;
    let id = trade.order("10").await;
    let link = trade.link(&id).await;
    let mut guest = trade.world.visitor();
    let pay = format!("/orders/{id}/pay");
    let bank = guest.submit(&link, &pay, &[("email", "guest@example.com")]).await;
    let bank = bank.location().to_owned();
    guest.submit(&bank, &bank, &[("play", "success")]).await.expect(303);
    let paid = format!("/orders/{id}/paid");
    guest.get(&paid).await.ok().sees("¥10.00 is held safely");
    let mut forger = trade.world.visitor();
    forger.get(&paid).await.expect(404);
    let reference = bank.rsplit('/').next().unwrap_or_default().replace('-', "");
    forger.set_cookie(&format!("surety_paid_{reference}"), "made-up-proof");
    forger.get(&paid).await.expect(404);

    // The mail to the guest carries the proof; the merchant's copy does not.
    let mail = trade.world.mails_to("guest@example.com").await.pop().expect("a mail");
    assert!(mail.href().contains(&format!("/orders/{id}/claim?key=")));
    let owner = trade.merchant.owner.email.clone();
    let told = trade.world.mails_to(&owner).await.pop().expect("a mail");
    assert!(!told.text.contains("/claim"), "{}", told.text);
}
