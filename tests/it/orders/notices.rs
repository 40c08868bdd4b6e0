//! The bank's notices in any order, repeated, forged and late: their effects are those of the
//! distinct valid ones.

use std::collections::BTreeMap;

use futures::StreamExt;
use surety::kernel::money::{Currency, Money};
use surety::orders::{commands, state};
use surety::payments::sandbox::Sandbox;
use uuid::Uuid;

use super::stock::{Stock, cny, violations};
use crate::support::{Chance, World, prove};

const PRICE: i64 = 5_000;

/// A notice, and how it has to be answered.
#[derive(Clone)]
struct Letter {
    body: String,
    genuine: bool,
}

/// What all notices together must come to: why (or that they paid) → how many receipts.
type Effects = BTreeMap<&'static str, usize>;

/// Prepares one order and its notices.
async fn letters(world: &World, stock: &Stock, nth: usize) -> (Vec<Letter>, Effects) {
    let bank = Sandbox::new(world.db.clone(), world.config.key_bytes());
    let order = stock.agreed(PRICE).await;
    let reference = stock.attempt(order, Some(stock.buyer.id)).await;
    let notice = |cents: i64| {
        let body = bank.notice_body(reference, Uuid::new_v4(), cny(cents));
        Letter { body, genuine: true }
    };
    let mut all = vec![notice(PRICE)];
    let mut effects = Effects::new();
    match nth % 10 {
        // Too late: the order is closed.
        0 | 1 => {
            let closed = commands::act(&world.db, order, stock.seller(), state::cancel).await;
            closed.expect("cancelled");
            effects.insert("order_closed", 1);
        }
        // Paid twice.
        2 => {
            all.push(notice(PRICE));
            effects.extend([("paid", 1), ("already_paid", 1)]);
        }
        // Too little came first, or last.
        3 => {
            all.push(notice(PRICE - 1));
            effects.insert("paid", 1);
            effects.insert("other", 1);
        }
        // Of nothing that we know.
        4 => {
            let body = bank.notice_body(Uuid::new_v4(), Uuid::new_v4(), cny(PRICE));
            all.push(Letter { body, genuine: true });
            effects.extend([("paid", 1), ("unknown_order", 1)]);
        }
        // The right number of another money came first, or last.
        5 => {
            let dollars = Money::new(cny(PRICE).amount(), Currency::parse("USD").expect("a code"));
            let dollars = dollars.expect("an amount");
            let body = bank.notice_body(reference, Uuid::new_v4(), dollars);
            all.push(Letter { body, genuine: true });
            effects.extend([("paid", 1), ("wrong_currency", 1)]);
        }
        _ => {
            effects.insert("paid", 1);
        }
    }
    (all, effects)
}

/// A notice that was changed on its way, or was never the bank's.
fn forged(chance: &mut Chance, of: &Letter) -> Letter {
    let another = Uuid::new_v4().simple().to_string();
    let field = |name: &str, value: &str| {
        let (before, rest) = of.body.split_once(name).expect("the field");
        let after = rest.split_once('&').map_or("", |(_, after)| after);
        format!("{before}{name}{value}&{after}")
    };
    let body = match chance.below(6) {
        0 => of.body.replace("amount=", "amount=1"),
        1 => field("currency=", "EUR"),
        2 => field("reference=", &Uuid::new_v4().to_string()),
        3 => field("transaction=", &Uuid::new_v4().to_string()),
        4 => of.body.split("&sign=").next().unwrap_or_default().to_owned(),
        _ => format!("{}&sign={another}", of.body.split("&sign=").next().unwrap_or_default()),
    };
    Letter { body, genuine: false }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_effects_are_those_of_the_distinct_valid_ones() {
    let mut chance = Chance::new("notices");
    let count = prove(10_000, 300);
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    let orders = count * 3 / 10;
    let prepared = futures::stream::iter(0..orders).map(|nth| letters(&world, &stock, nth));
    let prepared: Vec<_> = prepared.buffer_unordered(4).collect().await;
    let (mut all, mut expected) = (Vec::new(), Effects::new());
    for (letters, effects) in prepared {
        all.extend(letters);
        for (effect, n) in effects {
            *expected.entry(effect).or_default() += n;
        }
    }
    let distinct = all.clone();
    for _ in 0..count / 10 {
        let of = chance.one_of(&distinct).clone();
        all.push(forged(&mut chance, &of));
    }
    while all.len() < count {
        all.push(chance.one_of(&distinct).clone());
    }
    chance.shuffle(&mut all);
    let bank = world.visitor();
    let sent = futures::stream::iter(&all).map(|letter| {
        let mut bank = bank.clone();
        async move {
            let body = Some(letter.body.clone());
            let reply =
                bank.send(reqwest::Method::POST, "/payments/sandbox/notice", &[], body).await;
            (letter.genuine, reply.status, reply.body())
        }
    });
    let answers: Vec<_> = sent.buffer_unordered(24).collect().await;
    for (genuine, status, body) in answers {
        let right = if genuine { (200, "success") } else { (400, "fail") };
        assert_eq!((status, body.as_str()), right);
    }
    let rows = "SELECT coalesce(CASE unmatched_because WHEN 'wrong_amount' THEN 'other' \
        ELSE unmatched_because END, 'paid') AS effect, count(*) FROM receipts GROUP BY 1";
    let rows = world.owner_sql(rows).await;
    let found: BTreeMap<String, usize> = rows
        .into_iter()
        .map(|row| {
            let count = row[1].as_deref().and_then(|n| n.parse().ok()).unwrap_or_default();
            (row[0].clone().unwrap_or_default(), count)
        })
        .collect();
    let expected: BTreeMap<String, usize> =
        expected.into_iter().map(|(effect, n)| (effect.to_owned(), n)).collect();
    assert_eq!(found, expected);
    let held = "SELECT (sum(price) FILTER (WHERE status = 'awaiting_delivery') = \
        (SELECT sum(balance) FROM ledger_accounts WHERE kind = 'escrow'))::text FROM orders";
    assert_eq!(world.value(held).await, "true");
    let sent_back = "SELECT ((SELECT sum(amount) FROM disbursements \
        WHERE kind = 'return_unmatched' AND currency = 'CNY') \
        = account_balance('refunds', 0, 'CNY'))::text";
    assert_eq!(world.value(sent_back).await, "true", "what no order took goes back, once");
    assert_eq!(world.value("SELECT account_balance('unmatched', 0, 'CNY')::int").await, "0");
    let wrong = violations(&world).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_notice_of_no_money_is_refused() {
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    let bank = Sandbox::new(world.db.clone(), world.config.key_bytes());
    let reference = stock.attempt(stock.agreed(PRICE).await, None).await;
    let mut sender = world.visitor();
    for (cents, status) in [(0, 400), (-PRICE, 400), (PRICE, 200)] {
        let body = bank.notice_body(reference, Uuid::new_v4(), cny(cents));
        let path = "/payments/sandbox/notice";
        let reply = sender.send(reqwest::Method::POST, path, &[], Some(body)).await;
        assert_eq!(reply.status, status, "{cents}");
    }
    assert_eq!(world.value("SELECT count(*) FROM receipts").await, "1");
}
