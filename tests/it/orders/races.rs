//! Everybody at once: eight contenders for each order over HTTP, and exactly one outcome. And the
//! proof of the proof: with the guards of the database taken out, the same check fails.

use std::collections::BTreeMap;

use chrono::Duration;
use futures::StreamExt;
use futures::future::BoxFuture;
use surety::orders::policy::DeliveryKind;
use surety::payments::sandbox::Sandbox;
use surety::{cases, orders};
use uuid::Uuid;

use super::stock::{Stock, cny, violations};
use crate::support::{Chance, Visitor, World, prove};

/// How many orders are raced for at the same time.
const WAVE: usize = 6;
/// The price of each.
const PRICE: i64 = 10_000;

/// Where an order stands when everybody reaches for it. The clock is due in each.
#[derive(Debug, Clone, Copy)]
enum Scene {
    Unpaid,
    Undelivered,
    Delivered,
    RefundAsked,
}

const SCENES: [Scene; 4] =
    [Scene::Unpaid, Scene::Undelivered, Scene::Delivered, Scene::RefundAsked];

/// Who reaches for it over HTTP, and how; the eighth contender is the clock.
const fn contenders(scene: Scene) -> [(Who, &'static str); 7] {
    use Who::{Bank, Buyer, Seller};
    match scene {
        Scene::Unpaid => [
            (Bank(0), "notice"),
            (Bank(0), "notice"),
            (Bank(1), "notice"),
            (Buyer(0), "cancel"),
            (Seller(0), "cancel"),
            (Seller(1), "cancel"),
            (Buyer(1), "confirm"),
        ],
        Scene::Undelivered => [
            (Buyer(0), "cancel"),
            (Buyer(1), "cancel"),
            (Seller(0), "cancel"),
            (Seller(1), "deliver"),
            (Buyer(1), "refund"),
            (Buyer(0), "confirm"),
            (Seller(0), "refund/agree"),
        ],
        Scene::Delivered => [
            (Buyer(0), "confirm"),
            (Buyer(1), "confirm"),
            (Buyer(0), "cancel"),
            (Buyer(1), "refund"),
            (Seller(0), "refund/agree"),
            (Seller(1), "cancel"),
            (Seller(1), "extend"),
        ],
        Scene::RefundAsked => [
            (Buyer(0), "confirm"),
            (Buyer(1), "refund/withdraw"),
            (Seller(0), "refund/agree"),
            (Seller(1), "refund/agree"),
            (Seller(1), "refund/decline"),
            (Seller(0), "cancel"),
            (Buyer(0), "refund"),
        ],
    }
}

/// Whose browser, or which of the bank's transactions.
#[derive(Debug, Clone, Copy)]
enum Who {
    Buyer(usize),
    Seller(usize),
    Bank(usize),
}

/// An order to race for.
struct Prize {
    scene: Scene,
    id: Uuid,
    /// The bank's notices, where it awaits payment.
    notices: Vec<String>,
}

struct Arena {
    world: World,
    stock: Stock,
    buyers: Vec<(Visitor, String)>,
    sellers: Vec<(Visitor, String)>,
    prizes: Vec<Prize>,
}

impl Arena {
    async fn new(count: usize) -> Self {
        let world = World::builder().set("SURETY_POOL_SIZE", "12").start().await;
        let stock = Stock::of(&world).await;
        let mut arena =
            Self { world, stock, buyers: Vec::new(), sellers: Vec::new(), prizes: Vec::new() };
        for i in 0..count {
            arena.make(SCENES[i % SCENES.len()]).await;
        }
        arena.world.advance(Duration::days(15)).await;
        for _ in 0..2 {
            arena.buyers.push(signed_in(&arena.world, &arena.stock.buyer).await);
            arena.sellers.push(signed_in(&arena.world, &arena.stock.merchant.owner).await);
        }
        arena
    }

    async fn make(&mut self, scene: Scene) {
        let stock = &self.stock;
        let mut notices = Vec::new();
        let id = match scene {
            Scene::Unpaid => {
                let id = stock.agreed(PRICE).await;
                let bank = Sandbox::new(self.world.db.clone(), self.world.config.key_bytes());
                for _ in 0..2 {
                    let reference = stock.attempt(id, Some(stock.buyer.id)).await;
                    notices.push(bank.notice_body(reference, Uuid::new_v4(), cny(PRICE)));
                }
                id
            }
            Scene::Undelivered => stock.paid(PRICE).await,
            Scene::Delivered => stock.delivered(PRICE, DeliveryKind::InPerson).await,
            Scene::RefundAsked => {
                let id = stock.delivered(PRICE, DeliveryKind::Express).await;
                stock.ask(id, 4_000).await;
                id
            }
        };
        self.prizes.push(Prize { scene, id, notices });
    }

    /// All contenders of some orders, each ready to start.
    fn starters<'a>(&'a self, prizes: &'a [Prize]) -> Vec<BoxFuture<'a, Answer>> {
        let mut all: Vec<BoxFuture<'a, Answer>> = Vec::new();
        for prize in prizes {
            for (who, what) in contenders(prize.scene) {
                all.push(Box::pin(self.act(prize, who, what)));
            }
            all.push(Box::pin(self.clock(prize)));
        }
        all
    }

    async fn act(&self, prize: &Prize, who: Who, what: &'static str) -> Answer {
        let ((mut visitor, token), area) = match who {
            Who::Buyer(i) => (self.buyers[i].clone(), "/orders"),
            Who::Seller(i) if what.starts_with("refund") => (self.sellers[i].clone(), "/orders"),
            Who::Seller(i) => (self.sellers[i].clone(), "/merchant/orders"),
            Who::Bank(i) => {
                let body = Some(prize.notices[i].clone());
                let mut bank = self.buyers[0].0.clone();
                let method = reqwest::Method::POST;
                let reply = bank.send(method, "/payments/sandbox/notice", &[], body).await;
                return Answer { id: prize.id, what, status: reply.status, won: false };
            }
        };
        let fields = [
            ("csrf_token", token.as_str()),
            ("amount", "40"),
            ("reason", "It is bent"),
            ("decline_reason", "It was straight"),
            ("kind", "express"),
            ("carrier", "SF Express"),
            ("tracking", "SF1029384756"),
            ("days", "3"),
        ];
        let reply = visitor.post(&format!("{area}/{}/{what}", prize.id), &fields).await;
        let won = reply.status == 303 && !reply.notice_key().is_empty();
        Answer { id: prize.id, what, status: reply.status, won }
    }

    async fn clock(&self, prize: &Prize) -> Answer {
        let db = &self.world.db;
        let (what, done) = match prize.scene {
            Scene::RefundAsked => ("refund clock", cases::commands::tick_due(db, 1).await),
            _ => ("clock", orders::commands::tick_due(db, 1).await),
        };
        let status = match done {
            Ok(_) => 200,
            Err(error) => {
                println!("{what}: {error:?}");
                500
            }
        };
        Answer { id: prize.id, what, status, won: false }
    }

    /// Lets everybody loose, a wave at a time. Returns what was wrong.
    async fn race(&self, chance: &mut Chance) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut won: BTreeMap<Uuid, Vec<&'static str>> = BTreeMap::new();
        let mut answers: BTreeMap<(&'static str, u16), usize> = BTreeMap::new();
        for wave in self.prizes.chunks(WAVE) {
            let mut starters = self.starters(wave);
            chance.shuffle(&mut starters);
            let at_once = starters.len();
            let mut done = futures::stream::iter(starters).buffer_unordered(at_once);
            while let Some(answer) = done.next().await {
                *answers.entry((answer.what, answer.status)).or_default() += 1;
                if !matches!(answer.status, 200 | 303 | 403 | 404 | 409) {
                    wrong.push(format!("{} answered {}", answer.what, answer.status));
                }
                if answer.won && matches!(answer.what, "confirm" | "cancel" | "refund/agree") {
                    won.entry(answer.id).or_default().push(answer.what);
                }
            }
        }
        println!("answers: {answers:?}");
        for (id, winners) in won.iter().filter(|(_, winners)| winners.len() > 1) {
            wrong.push(format!("{winners:?} were all told that they ended {id}"));
        }
        wrong.extend(self.told_and_done(&won).await);
        wrong.extend(violations(&self.world).await);
        wrong
    }

    /// Whoever was told to have ended an order has, and nobody else.
    async fn told_and_done(&self, won: &BTreeMap<Uuid, Vec<&'static str>>) -> Vec<String> {
        let rows = self.world.owner_sql(
            "SELECT o.public_id, e.event FROM order_events e JOIN orders o ON o.id = e.order_id \
             WHERE e.to_status IN ('completed', 'closed') AND e.actor IN ('buyer', 'merchant')",
        );
        let done = rows.await;
        let done: BTreeMap<Uuid, String> = done
            .into_iter()
            .map(|row| {
                let id = row[0].as_deref().and_then(|id| id.parse().ok()).expect("an id");
                (id, row[1].clone().unwrap_or_default())
            })
            .collect();
        let mut wrong = Vec::new();
        for (id, winners) in won {
            if !done.contains_key(id) {
                wrong.push(format!("{winners:?} was told to have ended {id}, and has not"));
            }
        }
        for (id, event) in done.iter().filter(|(id, _)| !won.contains_key(id)) {
            wrong.push(format!("{event} ended {id}, and nobody was told"));
        }
        wrong
    }

    /// Lets the clock end whatever is left.
    async fn catch_up(&self) {
        for _ in 0..4 {
            self.world.advance(Duration::days(15)).await;
            let db = &self.world.db;
            while orders::commands::tick_due(db, 200).await.expect("the clock")
                + cases::commands::tick_due(db, 200).await.expect("the clock")
                > 0
            {}
        }
    }
}

/// What a contender was told.
struct Answer {
    id: Uuid,
    what: &'static str,
    status: u16,
    won: bool,
}

async fn signed_in(world: &World, person: &crate::support::Person) -> (Visitor, String) {
    let mut visitor = world.visitor_as(person).await;
    let token = visitor.csrf_token("/account").await;
    (visitor, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_one_outcome() {
    let mut chance = Chance::new("races");
    let arena = Arena::new(prove(1_000, 40)).await;
    let wrong = arena.race(&mut chance).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    arena.catch_up().await;
    let open = "SELECT count(*) FROM orders WHERE ended_at IS NULL";
    assert_eq!(arena.world.value(open).await, "0", "every order comes to an end");
    let wrong = violations(&arena.world).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Several kinds of contender have won, or it was no race.
    let endings = "SELECT string_agg(event || ' ' || n, ', ' ORDER BY event), count(*) FROM \
        (SELECT event, count(*) AS n FROM order_events \
         WHERE to_status IN ('completed', 'closed') GROUP BY 1) e";
    let endings = arena.world.owner_sql(endings).await;
    let kinds: usize = endings[0][1].as_deref().and_then(|n| n.parse().ok()).unwrap_or_default();
    println!("endings: {:?}", endings[0]);
    assert!(kinds >= 3, "{endings:?}");
}

/// Replaces a part of a function of the database, as somebody who forgot a guard would write it.
async fn weaken(world: &World, function: &str, guard: &str, without: &str) {
    let find = format!("SELECT pg_get_functiondef('{function}'::regproc)");
    let whole = world.value(&find).await;
    assert!(whole.contains(guard), "{function} has no {guard:?}");
    world.owner_sql(&whole.replace(guard, without)).await;
}

async fn forget_version(world: &World) {
    let guard = "IF NOT FOUND OR o.version IS DISTINCT FROM p_version THEN";
    weaken(world, "change_order", guard, "IF NOT FOUND THEN").await;
}

async fn forget_reference(world: &World) {
    world.owner_sql("ALTER TABLE journals DROP CONSTRAINT journals_reference_key").await;
}

/// The table of legal moves, what belongs to each, and what the escrow holds.
async fn forget_state_and_escrow(world: &World) {
    let moves = "from_status = o.status AND to_status = p_status";
    weaken(world, "change_order", moves, "to_status = p_status ORDER BY journal LIMIT 1").await;
    let case = "IF NOT check_case_moved(";
    weaken(world, "apply_order_parts", case, "IF false AND NOT check_case_moved(").await;
    let early = "(o.due_at <= p_at) IS NOT TRUE";
    weaken(world, "change_order", early, "(o.due_at <= p_at) IS FALSE").await;
    let held = "v_balances[1] IS DISTINCT FROM";
    weaken(world, "book_order_journal", held, "false AND v_balances[1] IS DISTINCT FROM").await;
    let enough = "(v_balance >= 0 OR v_may_owe) IS NOT TRUE";
    weaken(world, "book_journal", enough, "(v_balance >= 0 OR v_may_owe) IS NULL AND false").await;
}

fn any(wrong: &[String], what: &str) -> bool {
    wrong.iter().any(|w| w.contains(what))
}

/// Money is guarded in depth: by the version, by the table of legal moves, by what the escrow
/// holds, by the unique reference. Only without any of them is an order settled twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_race_test_can_fail() {
    let mut chance = Chance::new("races without guards");
    let orders = prove(100, 24);

    // The second guard is only for the day on which the first one is missing.
    let arena = Arena::new(orders).await;
    forget_reference(&arena.world).await;
    let wrong = arena.race(&mut chance).await;
    assert!(wrong.is_empty(), "without the unique reference alone: {wrong:#?}");

    // Without the version the table of moves refuses: no money is lost, but people see a 500.
    let arena = Arena::new(orders).await;
    forget_version(&arena.world).await;
    let wrong = arena.race(&mut chance).await;
    assert!(any(&wrong, "answered 500"), "without the version alone: {wrong:#?}");
    assert!(!any(&wrong, "settled more than once"), "{wrong:#?}");

    let arena = Arena::new(orders).await;
    forget_version(&arena.world).await;
    forget_reference(&arena.world).await;
    let wrong = arena.race(&mut chance).await;
    assert!(!wrong.is_empty(), "the race does not need its guards, so it proves nothing");

    // Without any guard money is settled twice, and the check of each order sees it.
    let arena = Arena::new(orders).await;
    forget_version(&arena.world).await;
    forget_reference(&arena.world).await;
    forget_state_and_escrow(&arena.world).await;
    let wrong = arena.race(&mut chance).await;
    assert!(any(&wrong, "settled more than once"), "{wrong:#?}");
    assert!(any(&wrong, "holds what it should not"), "{wrong:#?}");
    let sum = "SELECT count(*) FROM (SELECT 1 FROM entries GROUP BY journal_id \
        HAVING sum(amount) <> 0) x";
    assert_eq!(arena.world.value(sum).await, "0", "the ledger's sum alone sees nothing");
}
