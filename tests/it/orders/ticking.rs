//! The clock under two workers at once, while the time of the database jumps to and fro: never
//! early, never twice, and nothing is left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use surety::orders::policy::DeliveryKind;
use surety::{cases, orders};

use super::stock::{Stock, violations};
use crate::support::{Chance, World, prove};

const DAY: i64 = 86_400;

/// Orders in every state that a clock runs in.
async fn prepare(stock: &Stock, world: &World, each: usize) {
    for _ in 0..each {
        stock.agreed(700).await;
        stock.paid(800).await;
        stock.delivered(900, DeliveryKind::Express).await;
        stock.delivered(1_000, DeliveryKind::SurfaceMail).await;
        stock.delivered(1_100, DeliveryKind::InPerson).await;
        let silent = stock.delivered(1_200, DeliveryKind::Online).await;
        stock.ask(silent, 500).await;
        let declined = stock.delivered(1_300, DeliveryKind::Express).await;
        stock.ask(declined, 1_300).await;
        let no = cases::commands::decline(&world.db, declined, stock.seller(), "No").await;
        no.expect("declined");
    }
    // When each is due, before any clock has looked.
    world
        .owner_sql(
            "CREATE TEMP TABLE expected AS SELECT o.id, o.due_at, r.due_at AS case_due_at, \
               coalesce(o.due_at, r.due_at) AS first_due_at, o.status, o.overdue_at \
             FROM orders o LEFT JOIN cases r ON r.order_id = o.id",
        )
        .await;
}

/// A worker's two clocks, until it is stopped. A decision that the jump itself overtakes is made
/// again.
async fn worker(world: Arc<World>, rounds: Arc<AtomicUsize>, stop: Arc<AtomicBool>) -> usize {
    let (db, mut moved) = (world.services().db, 0);
    while !stop.load(Ordering::Relaxed) {
        moved += orders::commands::tick_due(&db, 20).await.expect("the clock");
        moved += cases::commands::tick_due(&db, 20).await.expect("the clock");
        rounds.fetch_add(1, Ordering::Relaxed);
    }
    moved
}

async fn a_while(rounds: &AtomicUsize, more: usize) {
    let (until, began) = (rounds.load(Ordering::Relaxed) + more, Instant::now());
    while rounds.load(Ordering::Relaxed) < until {
        assert!(began.elapsed() < Duration::from_secs(60), "the workers stand still");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_early_never_twice_nothing_left() {
    let mut chance = Chance::new("clock");
    let world = Arc::new(World::new().await);
    let stock = Stock::of(&world).await;
    prepare(&stock, &world, prove(100, 5)).await;
    let rounds = Arc::new(AtomicUsize::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..2)
        .map(|_| tokio::spawn(worker(Arc::clone(&world), Arc::clone(&rounds), Arc::clone(&stop))))
        .collect();
    for _ in 0..prove(200, 15) {
        world.set_offset(chance.between(-DAY, 12 * DAY)).await;
        a_while(&rounds, 3).await;
    }
    world.set_offset(15 * DAY).await;
    let left = "SELECT (SELECT count(*) FROM orders WHERE wake_at <= surety_now()) \
        + (SELECT count(*) FROM cases WHERE due_at <= surety_now())";
    let began = Instant::now();
    while world.value(left).await != "0" {
        assert!(began.elapsed() < Duration::from_secs(60), "something is left behind");
        a_while(&rounds, 2).await;
    }
    stop.store(true, Ordering::Relaxed);
    for worker in workers {
        println!("moved {}", worker.await.expect("a worker"));
    }
    nothing_early(&world).await;
    nothing_twice(&world).await;
    let wrong = violations(&world).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn nothing_early(world: &World) {
    let early = world
        .owner_sql(
            "SELECT e.* FROM expected x JOIN order_events e ON e.order_id = x.id \
             WHERE e.actor = 'system' AND (CASE e.event \
               WHEN 'remind' THEN CASE x.status \
                 WHEN 'awaiting_delivery' THEN e.at < x.overdue_at - interval '1 day' \
                 ELSE e.at < coalesce(x.due_at - interval '3 days', x.case_due_at) END \
               ELSE e.at < x.first_due_at END)",
        )
        .await;
    assert!(early.is_empty(), "early: {early:?}");
    // Only what was due by now has ended; what was, has.
    let ended = world
        .owner_sql(
            "SELECT x.id, o.status FROM expected x JOIN orders o ON o.id = x.id \
             WHERE x.due_at IS NOT NULL AND (x.due_at <= surety_now()) <> (o.ended_at IS NOT NULL)",
        )
        .await;
    assert!(ended.is_empty(), "{ended:?}");
}

async fn nothing_twice(world: &World) {
    let twice = world
        .owner_sql(
            "SELECT order_id, event, count(*) FROM order_events WHERE actor = 'system' \
             GROUP BY order_id, event HAVING count(*) > CASE event WHEN 'remind' THEN 2 ELSE 1 END",
        )
        .await;
    assert!(twice.is_empty(), "{twice:?}");
    let told = world
        .owner_sql(
            "SELECT order_id, tell, count(*) FROM outbox WHERE order_id IS NOT NULL \
             AND tell::text NOT LIKE '%remind%' GROUP BY 1, 2 HAVING count(*) > 1",
        )
        .await;
    assert!(told.is_empty(), "told twice: {told:?}");
}

/// Between reading and writing a request may be held up, and the clock may be put back.
#[tokio::test]
async fn what_was_decided_too_long_ago_is_decided_again() {
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    for (late, name) in [(-120, "held up"), (120, "before its time")] {
        let order = stock.delivered(900, DeliveryKind::Express).await;
        let tries = AtomicUsize::new(0);
        let changed =
            orders::commands::change(&world.db, orders::store::Key::Public(order), |o, now| {
                let first = tries.fetch_add(1, Ordering::Relaxed) == 0;
                let off = chrono::Duration::seconds(if first { late } else { 0 });
                orders::state::confirm(o, stock.buyer(), now + off)
            })
            .await;
        changed.expect(name);
        assert_eq!(tries.load(Ordering::Relaxed), 2, "{name}");
    }
}
