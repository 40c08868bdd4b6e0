//! Bad input on every form of a trade: words beside the field and what was typed kept, or another
//! refusal; never a mistake of the server, and nothing changed.

use chrono::Duration;
use surety::kernel::typed;

use super::Trade;
use super::trade::{NEW, make_order};
use crate::support::Visitor;

/// What people and machines type that is no text, amount, number of days, address or choice.
const ODD: [&str; 20] = [
    "",
    "   ",
    "\u{0}\u{7}",
    "a\u{1b}[31mb",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%00%ff{{7*7}}",
    "\u{202e}gnp.exe \u{1F9FE}",
    "../../etc/passwd",
    "0",
    "-1",
    "-0.01",
    "NaN",
    "Infinity",
    "1e9",
    "0.001",
    "2026-02-30",
    "99999999999999999999999999999999999999",
    "9223372036854775808",
    "１２",
];

/// Fields whose value is one of a list: what is not in it cannot be shown again.
const CHOICES: [&str; 4] = ["kind", "condition", "currency", "delivery"];

/// Sends a form with one field odd or missing at a time, together with `spoiled`, which keeps it
/// from being accepted; without such a field the words have to be beside the odd one.
async fn try_odd(
    visitor: &mut Visitor,
    (page, form): (&str, &str),
    good: &[(&str, &str)],
    spoiled: Option<(&str, &str)>,
) {
    let shown = visitor.get(page).await;
    let token = shown.field("csrf_token");
    let once = shown.field("idempotency_key");
    let long = "长".repeat(10_000);
    for (field, _) in good {
        for odd in ODD.into_iter().chain([long.as_str()]).map(Some).chain([None]) {
            let mut fields: Vec<(&str, &str)> = good
                .iter()
                .filter_map(
                    |(n, v)| if n == field { odd.map(|odd| (*n, odd)) } else { Some((*n, *v)) },
                )
                .collect();
            fields.extend(spoiled);
            let typed = fields.clone();
            fields.extend([("csrf_token", token.as_str()), ("idempotency_key", once.as_str())]);
            let reply = visitor.post(form, &fields).await;
            let what = format!("{form} {field} {odd:?}");
            if reply.status == 303 && spoiled.is_none() {
                continue; // an odd title may be one
            }
            assert!((400..500).contains(&reply.status), "{what}: {}", reply.status);
            if reply.status != 422 {
                continue;
            }
            let beside = spoiled.map_or(*field, |(name, _)| name);
            let said = !reply.error(beside).is_empty() || !reply.error(field).is_empty();
            assert!(said, "{what}: {}", reply.text());
            for (name, value) in typed.iter().filter(|(name, _)| !CHOICES.contains(name)) {
                let kept = typed::clean(value);
                assert_eq!(reply.field(name), kept, "{what} does not keep {name}");
            }
        }
    }
}

#[tokio::test]
async fn the_forms_of_an_order_answer_odd_input() {
    let mut trade = Trade::new().await;
    let new = [
        ("title", "City bicycle"),
        ("description", "52 cm, with lights"),
        ("condition", "used"),
        ("delivery", "express"),
        ("currency", "CNY"),
        ("price", "10"),
        ("buyer_email", "guest@example.com"),
    ];
    let path = "/merchant/orders/new";
    try_odd(&mut trade.seller, (path, path), &new, None).await;
    try_odd(&mut trade.seller, (path, path), &new[..6], Some(("buyer_email", "nobody"))).await;

    let id = trade.order("100").await;
    let link = trade.link(&id).await;
    let pay = format!("/orders/{id}/pay");
    let key = link.split_once("key=").map(|(_, key)| key.to_owned()).expect("a key");
    let mut guest = trade.world.visitor();
    try_odd(&mut guest, (&link, &pay), &[("key", &key)], Some(("email", "nobody"))).await;
    let token = guest.csrf_token(&link).await;
    for odd in ODD {
        let fields = [("csrf_token", token.as_str()), ("key", &key), ("email", odd)];
        let reply = guest.post(&pay, &fields).await;
        assert!(!reply.expect(422).error("email").is_empty(), "{odd:?}");
    }
    assert_eq!(trade.world.value("SELECT count(*) FROM payments").await, "0");

    trade.pay_as(&id, "success").await;
    let order = format!("/merchant/orders/{id}");
    let deliver = format!("{order}/deliver");
    let how = [("kind", "express"), ("carrier", "SF Express")];
    try_odd(&mut trade.seller, (&order, &deliver), &how, Some(("tracking", "\u{7}"))).await;
    let how = [("kind", "express"), ("tracking", "SF1029384756")];
    try_odd(&mut trade.seller, (&order, &deliver), &how, Some(("carrier", ""))).await;
    assert_eq!(trade.of(&id, "status").await, "awaiting_delivery");
    trade.deliver(&id).await;
    let extend = format!("{order}/extend");
    let token = trade.seller.csrf_token(&order).await;
    let is_number = |odd: &&str| *odd == "１２";
    for odd in
        ODD.into_iter().filter(|o| !is_number(o)).chain(["61", "1.5", "４２９４９６７２９７"])
    {
        let reply = trade.seller.post(&extend, &[("csrf_token", &token), ("days", odd)]).await;
        assert!(!reply.expect(422).error("days").is_empty(), "{odd:?}");
        assert_eq!(reply.field("days"), typed::clean(odd));
    }
    let twelve = [("csrf_token", token.as_str()), ("days", "１２")];
    trade.seller.post(&extend, &twelve).await.expect(303);
    assert_eq!(trade.of(&id, "extension_days").await, "12");

    let refund = format!("/orders/{id}/refund");
    let ask = [("reason", "The frame is bent")];
    try_odd(&mut trade.buyer, (&refund, &refund), &ask, Some(("amount", "101"))).await;
    try_odd(&mut trade.buyer, (&refund, &refund), &[("amount", "40")], Some(("reason", ""))).await;
    assert_eq!(trade.of(&id, "hold IS NULL").await, "true");
    let ask = [("amount", "40"), ("reason", "The frame is bent")];
    trade.buyer.submit(&refund, &refund, &ask).await.expect(303);
    let token = trade.seller.csrf_token(&refund).await;
    let long = "长".repeat(10_000);
    for odd in ["", "  ", "\u{0}\u{7}", "\u{200B}…", long.as_str()] {
        let fields = [("csrf_token", token.as_str()), ("decline_reason", odd)];
        let reply = trade.seller.post(&format!("{refund}/decline"), &fields).await;
        assert!(!reply.expect(422).error("decline_reason").is_empty());
        assert_eq!(reply.field("decline_reason"), typed::clean(odd));
    }
    assert_eq!(trade.of(&id, "hold_turn").await, "merchant");
    // What was taken, odd as it is, can be mailed and shown.
    trade.world.work().await;
    trade.seller.get("/merchant/orders").await.ok();
    trade.audited().await;
}

#[tokio::test]
async fn the_forms_of_the_balance_answer_odd_input() {
    let mut trade = Trade::new().await;
    let id = trade.delivered("100").await;
    let confirm = format!("/orders/{id}/confirm");
    trade.buyer.submit(&confirm, &confirm, &[]).await.expect(303);
    let (balance, change) = ("/merchant/balance", "/merchant/balance/account");
    let held = [("holder", "Lantern Bikes Ltd")];
    try_odd(&mut trade.seller, (balance, change), &held, Some(("number", "12"))).await;
    try_odd(&mut trade.seller, (balance, change), &[("number", "DE021")], Some(("holder", "")))
        .await;
    let account = "SELECT count(*) FROM payment_accounts";
    assert_eq!(trade.world.value(account).await, "0");
    let good = [("holder", "Lantern Bikes Ltd"), ("number", "DE02120300000000202051")];
    trade.seller.submit(balance, change, &good).await.expect(303);
    trade.later(Duration::hours(24)).await;
    let payout = "/merchant/balance/payout";
    let shown = trade.seller.get(balance).await;
    let (token, once) = (shown.field("csrf_token"), shown.field("idempotency_key"));
    // Full-width digits are an amount.
    let odd = ODD.into_iter().filter(|odd| *odd != "１２");
    for odd in odd.chain(["99.01", "1,000,000", "1.280", "1,28,0"]) {
        for (currency, amount) in [("CNY", odd), (odd, "10")] {
            let fields = [
                ("csrf_token", &*token),
                ("idempotency_key", &*once),
                ("currency", currency),
                ("amount", amount),
            ];
            let reply = trade.seller.post(payout, &fields).await;
            assert!(!reply.expect(422).error("amount").is_empty(), "{currency:?} {amount:?}");
            assert_eq!(reply.field("amount"), typed::clean(amount));
        }
    }
    for once in ODD {
        let fields = [
            ("csrf_token", &*token),
            ("idempotency_key", once),
            ("currency", "CNY"),
            ("amount", "1"),
        ];
        trade.seller.post(payout, &fields).await.expect(400);
    }
    let outgoing = "SELECT count(*) FROM disbursements";
    assert_eq!(trade.world.value(outgoing).await, "0");
    trade.audited().await;
}

#[tokio::test]
async fn a_line_is_one_line_and_a_text_may_have_several() {
    let mut trade = Trade::new().await;
    let path = "/merchant/orders/new";
    let shown = trade.seller.get(path).await;
    let (token, once) = (shown.field("csrf_token"), shown.field("idempotency_key"));
    for (title, says) in [
        ("City\r\nbicycle", "Write this on one line."),
        ("City\nbicycle", "Write this on one line."),
        ("City\u{2028}bicycle", "Write this on one line."),
        ("City\rbicycle", "Write this on one line."),
        ("\u{200B}\u{3164}", "Fill this in."),
        ("\u{2060}…—", "Fill this in."),
        ("Pay at evil.example/now", "Leave out web and mail addresses: this text is sent by mail."),
        ("ｗｗｗ．evil．test", "Leave out web and mail addresses: this text is sent by mail."),
        ("Write to help@evil.com", "Leave out web and mail addresses: this text is sent by mail."),
        ("City\u{202E} bicycle\u{2067}\n", ""),
    ] {
        let fields = [
            ("csrf_token", &*token),
            ("idempotency_key", &*once),
            ("title", title),
            ("description", "52 cm,\r\nwith lights"),
            ("condition", "used"),
            ("delivery", "express"),
            ("currency", "CNY"),
            ("price", "10"),
            ("buyer_email", "guest@example.com"),
        ];
        let reply = trade.seller.post(path, &fields).await;
        if says.is_empty() {
            reply.expect(303);
        } else {
            assert_eq!(reply.expect(422).error("title"), says, "{title:?}");
        }
    }
    let title = "SELECT title || '|' || (terms ->> 'description') FROM orders";
    assert_eq!(trade.world.value(title).await, "City bicycle|52 cm,\nwith lights");
}

#[tokio::test]
async fn a_price_has_a_ceiling_in_each_currency() {
    let mut trade = Trade::new().await;
    for (currency, price, most) in [
        ("CNY", "100000000.01", "¥100,000,000.00"),
        ("CNY", "9999999999999999.99", "¥100,000,000.00"),
        ("EUR", "10.000.000,01", "€10,000,000.00"),
        ("JPY", "1000000001", "JPY 1,000,000,000"),
    ] {
        let fields = [
            ("title", "A ship"),
            ("description", "Whole"),
            ("currency", currency),
            ("price", price),
        ];
        let page = trade.seller.submit(NEW, NEW, &fields).await;
        let says = format!("The highest price is {most}.");
        assert_eq!(page.expect(422).error("price"), says, "{price}");
        assert_eq!(page.field("price"), price, "what was typed is kept");
    }
    // The highest price of all goes through to its end.
    let id = trade.delivered("100,000,000.00").await;
    let confirm = format!("/orders/{id}/confirm");
    trade.buyer.submit(&confirm, &confirm, &[]).await.expect(303);
    assert_eq!(trade.balance("merchant").await, "99000000");
    trade.audited().await;
}

#[tokio::test]
async fn the_kind_of_delivery_is_agreed_before_it_is_paid() {
    let mut trade = Trade::new().await;
    let fields = [
        ("title", "A ticket"),
        ("description", "One seat"),
        ("delivery", "in_person"),
        ("price", "10"),
        ("buyer_email", trade.person.email.as_str()),
    ];
    let made = make_order(&mut trade.seller, &fields).await;
    let id = made.location().rsplit('/').next().unwrap_or_default().to_owned();
    let link = trade.link(&id).await;
    trade.world.visitor().get(&link).await.ok().sees("Delivery agreed Handed over in person");
    trade.pay_as(&id, "success").await;
    let sold = format!("/merchant/orders/{id}");
    let page = trade.seller.get(&sold).await;
    page.ok().sees("Agreed with the buyer: Handed over in person.");
    assert_eq!(page.count("select[name=kind], input[name=tracking]"), 0);
    let token = page.field("csrf_token");
    for kind in ["automatic", "online", "express", "tulips"] {
        let fields = [("csrf_token", &*token), ("kind", kind), ("carrier", "x"), ("tracking", "y")];
        let refused = trade.seller.post(&format!("{sold}/deliver"), &fields).await;
        refused.expect(409).sees("Another kind of delivery was agreed");
    }
    assert_eq!(trade.of(&id, "status").await, "awaiting_delivery");
    trade.seller.submit_on(&page, &format!("{sold}/deliver"), &[]).await.expect(303);
    assert_eq!(trade.of(&id, "delivery ->> 'kind'").await, "in_person");
    // Nothing but the merchant's word says that the two met: the buyer has a week.
    assert_eq!(trade.of(&id, "(due_at - delivered_at)").await, "7 days");
}

#[tokio::test]
async fn the_checkout_says_first_how_the_shop_stands() {
    let mut trade = Trade::new().await;
    let id = trade.order("10").await;
    let link = trade.link(&id).await;
    let page = trade.world.visitor().get(&link).await;
    page.ok().sees("Active, trusted");
    assert_eq!(page.count(".verdict.bad"), 0);
    for (set, chip, warning) in [
        ("state = 'suspended'", "Suspended", "The badge of Lantern Bikes is suspended."),
        ("state = 'revoked'", "Revoked", "Lantern Bikes has lost its badge for good."),
        (
            "state = 'active', expires_at = surety_now()",
            "Expired",
            "The badge of Lantern Bikes has expired.",
        ),
    ] {
        let sql = format!("UPDATE badges SET {set} WHERE merchant_id = {}", trade.merchant.id);
        trade.world.owner_sql(&sql).await;
        let page = trade.world.visitor().get(&link).await;
        assert!(page.ok().text_of(".over").contains(chip), "{set}");
        assert!(page.text_of(".verdict.bad").contains(warning), "{set}");
        let text = page.text();
        let place = |words: &str| text.find(words).expect("it is there");
        assert!(place(warning) < place("Pay ¥10.00 into escrow"), "before the button");
    }
}

#[tokio::test]
async fn a_shop_without_a_badge_mails_few_strangers() {
    let mut trade = Trade::new().await;
    let merchant = trade.merchant.id;
    let revoke = format!("UPDATE badges SET state = 'revoked' WHERE merchant_id = {merchant}");
    trade.world.owner_sql(&revoke).await;
    let fields = |email: &'static str| {
        [("title", "A lamp"), ("description", "Brass"), ("price", "10"), ("buyer_email", email)]
    };
    let strangers = ["a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example"];
    for email in strangers {
        make_order(&mut trade.seller, &fields(email)).await.sends_to("/merchant/orders/");
    }
    let refused = make_order(&mut trade.seller, &fields("f@x.example")).await;
    assert!(refused.expect(429).error("buyer_email").contains("each order that you complete"));
    assert_eq!(refused.field("title"), "A lamp", "what was typed is kept");
    // By hand it goes on, and so it does to people who have bought there.
    let by_hand = trade.seller.submit_on(&refused, NEW, &[("buyer_email", "")]).await;
    by_hand.sends_to("/merchant/orders/");
    let bought = "UPDATE orders SET paid_at = created_at WHERE buyer_email = 'a@x.example'";
    trade.world.owner_sql(bought).await;
    make_order(&mut trade.seller, &fields("a@x.example")).await.sends_to("/merchant/orders/");
    trade.world.advance(Duration::days(1)).await;
    trade.seller = trade.world.visitor_as(&trade.merchant.owner).await;
    make_order(&mut trade.seller, &fields("f@x.example")).await.sends_to("/merchant/orders/");
}

#[tokio::test]
async fn what_gives_money_away_asks_for_the_password_again() {
    let mut trade = Trade::new().await;
    let id = trade.paid("10").await;
    let sold = format!("/merchant/orders/{id}");
    trade.world.advance(Duration::minutes(16)).await;
    let page = trade.seller.get(&sold).await;
    let asked = trade.seller.submit_on(&page, &format!("{sold}/cancel"), &[]).await;
    asked.sends_to(&format!("/account/security/confirm?next=%2Fmerchant%2Forders%2F{id}"));
    assert_eq!(trade.of(&id, "status").await, "awaiting_delivery");

    trade.seller = trade.world.visitor_as(&trade.merchant.owner).await;
    trade.deliver(&id).await;
    trade.buyer = trade.world.visitor_as(&trade.person).await;
    let refund = format!("/orders/{id}/refund");
    let ask = [("amount", "4"), ("reason", "The frame is bent")];
    trade.buyer.submit(&refund, &refund, &ask).await.expect(303);
    trade.world.advance(Duration::minutes(16)).await;
    let page = trade.seller.get(&refund).await;
    let agree = format!("{refund}/agree");
    let asked = trade.seller.submit_on(&page, &agree, &[]).await;
    asked.sends_to("/account/security/confirm?next=%2Forders%2F");
    assert_eq!(trade.of(&id, "hold_turn").await, "merchant");
    trade.seller = trade.world.visitor_as(&trade.merchant.owner).await;
    trade.seller.submit(&refund, &agree, &[]).await.sends_to(&sold);
    assert_eq!(trade.of(&id, "status").await, "completed");
}

#[tokio::test]
async fn a_list_that_ends_with_its_page_leads_to_no_empty_one() {
    let mut trade = Trade::new().await;
    let fields = [("title", "A lamp"), ("description", "Brass"), ("price", "10")];
    for made in 1..=26 {
        make_order(&mut trade.seller, &fields).await.expect(303);
        if made >= 25 {
            let list = trade.seller.get("/merchant/orders").await;
            let older = list.ok().count("a[href*='before=']");
            assert_eq!(older, usize::from(made > 25), "{made} orders");
        }
    }
    let list = trade.seller.get("/merchant/orders").await;
    let next = list.attribute("a[href*='before=']", "href").expect("more");
    let last = trade.seller.get(&next).await;
    assert_eq!(last.ok().count("a[href*='before=']"), 0);
    assert!(last.text().contains("A lamp"), "{}", last.text());
}
