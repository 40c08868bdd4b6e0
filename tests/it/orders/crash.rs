//! The program is killed while it settles, or told to end: what it acknowledged is done, and what
//! it did not is done or not, but never by half.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use secrecy::ExposeSecret;
use surety::orders::policy::DeliveryKind;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::stock::{Stock, violations};
use crate::support::{Chance, Visitor, World, prove};

/// What the buyer knows of an order after having confirmed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Done,
    /// Somebody else was faster: the clock, or what became of an answer that was lost.
    Ended,
    /// The connection broke.
    Nothing,
    /// Anything else.
    Status(u16),
}

/// The program on a port of its own, over a world's database.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    async fn start(world: &World) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        let port = port.expect("a free port").port();
        let url = format!("http://127.0.0.1:{port}");
        let child = Command::new(env!("CARGO_BIN_EXE_surety"))
            .args(["serve", "--with-worker"])
            .env_clear()
            .envs([
                ("SURETY_MODE", "development"),
                ("SURETY_ADDR", &format!("127.0.0.1:{port}")),
                ("SURETY_PUBLIC_URL", &url),
                ("SURETY_METRICS_ADDR", "127.0.0.1:0"),
                ("SURETY_POOL_SIZE", "4"),
                ("SURETY_WORKERS", "2"),
                ("DATABASE_URL", world.config.database.url.expose_secret()),
            ])
            .env("SURETY_DATA_DIR", &world.config.data_dir)
            .current_dir(&world.config.data_dir)
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let program = Self { child, url };
        let (mut visitor, began) = (Visitor::at(&program.url, &program.url), Instant::now());
        loop {
            let ready = visitor.try_send(reqwest::Method::GET, "/readyz", &[], None).await;
            if ready.is_ok_and(|reply| reply.status == 200) {
                return program;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "the program does not start");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A browser of the buyer, with the token of its forms.
    async fn buyer(&self, world: &World, stock: &Stock) -> (Visitor, String) {
        let mut visitor = Visitor::at(&self.url, &self.url);
        visitor.hold_session(&world.config, &world.session_of(&stock.buyer).await);
        let token = visitor.csrf_token("/account").await;
        (visitor, token)
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).expect("it runs");
        kill(Pid::from_raw(id), signal).expect("a signal");
    }
}

async fn confirm(visitor: &mut Visitor, token: &str, id: Uuid) -> Told {
    let path = format!("/orders/{id}/confirm");
    match visitor.try_post(&path, &[("csrf_token", token)]).await {
        Ok(reply) if reply.status == 303 && !reply.notice_key().is_empty() => Told::Done,
        Ok(reply) if reply.status == 409 => Told::Ended,
        Ok(reply) => Told::Status(reply.status),
        Err(_) => Told::Nothing,
    }
}

/// Several browsers confirm orders until all are, or the program has gone.
async fn settle(
    program: &Program,
    world: &World,
    stock: &Stock,
    orders: &[Uuid],
) -> mpsc::UnboundedReceiver<(Uuid, Told)> {
    const BROWSERS: usize = 6;
    let (tell, told) = mpsc::unbounded_channel();
    for i in 0..BROWSERS {
        let (mut visitor, token) = program.buyer(world, stock).await;
        let own: Vec<Uuid> = orders.iter().skip(i).step_by(BROWSERS).copied().collect();
        let tell = tell.clone();
        tokio::spawn(async move {
            for id in own {
                let said = confirm(&mut visitor, &token, id).await;
                if tell.send((id, said)).is_err() || said == Told::Nothing {
                    return;
                }
            }
        });
    }
    told
}

/// Waits until the database has finished what a killed program began.
async fn quiet(world: &World) {
    let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND usename = 'surety_server' AND state <> 'idle'";
    let began = Instant::now();
    while world.owner_sql(busy).await[0][0].as_deref() != Some("0") {
        assert!(began.elapsed() < Duration::from_secs(60), "an outcome stays unknown");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whatever was acknowledged is in the database; the rest is one or the other.
async fn check(world: &World, told: &BTreeMap<Uuid, Told>) -> usize {
    let sql = "SELECT public_id, status, coalesce(outcome, '') FROM orders";
    let mut surprises = 0;
    for row in world.owner_sql(sql).await {
        let text = |i: usize| row[i].as_deref().unwrap_or_default();
        let id: Uuid = text(0).parse().expect("an id");
        let said = told.get(&id).copied();
        let done = text(1) == "completed" && text(2) == "released";
        assert!(done || text(1) == "awaiting_confirmation", "{id} is {row:?}, {said:?}");
        match said {
            Some(Told::Done | Told::Ended) => assert!(done, "{id} was {said:?}, but is {row:?}"),
            Some(Told::Nothing) => surprises += usize::from(done),
            Some(Told::Status(status)) => panic!("{id} was answered {status}"),
            None => {}
        }
    }
    let wrong = violations(world).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    surprises
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_settling() {
    let mut chance = Chance::new("kills");
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    let mut told: BTreeMap<Uuid, Told> = BTreeMap::new();
    let (mut open, mut unknown, mut surprises): (Vec<Uuid>, usize, usize) = (Vec::new(), 0, 0);
    for _ in 0..prove(20, 3) {
        // Some for the buyer, some for the clock, which the worker of the program works by.
        open.extend(stock.many_delivered(30, DeliveryKind::Express).await);
        stock.many_delivered(20, DeliveryKind::InPerson).await;
        world.advance(chrono::Duration::days(1)).await;
        let mut program = Program::start(&world).await;
        let mut answers = settle(&program, &world, &stock, &open).await;
        let enough = chance.between(1, 25);
        let mut count = 0;
        while let Some((id, said)) = answers.recv().await {
            told.insert(id, said);
            count += 1;
            if count == enough {
                program.child.start_kill().expect("it is killed");
            }
        }
        program.child.wait().await.expect("it has gone");
        quiet(&world).await;
        unknown += told.values().filter(|t| **t == Told::Nothing).count();
        surprises += check(&world, &told).await;
        open.retain(|id| matches!(told.get(id), None | Some(Told::Nothing)));
    }
    println!("{unknown} outcomes were unknown; {surprises} of them had been done");
    // The next program brings everything to its end.
    let program = Program::start(&world).await;
    let mut answers = settle(&program, &world, &stock, &open).await;
    while let Some((id, said)) = answers.recv().await {
        assert!(matches!(said, Told::Done | Told::Ended), "{id}: {said:?}");
        told.insert(id, said);
    }
    check(&world, &told).await;
    drop(program);
    let audit = world.program(&["audit"]).await;
    assert_eq!(audit.status.code(), Some(0), "{}", String::from_utf8_lossy(&audit.stdout));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_end_with_requests_in_flight() {
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    let orders = stock.many_delivered(prove(200, 40), DeliveryKind::Express).await;
    let mut program = Program::start(&world).await;
    let (tell, mut answers) = mpsc::unbounded_channel();
    let (visitor, token) = program.buyer(&world, &stock).await;
    for id in orders.iter().copied() {
        let (mut visitor, token, tell) = (visitor.clone(), token.clone(), tell.clone());
        tokio::spawn(async move {
            let said = confirm(&mut visitor, &token, id).await;
            tell.send((id, said)).ok();
        });
    }
    drop(tell);
    let mut told: BTreeMap<Uuid, Told> = BTreeMap::new();
    while let Some((id, said)) = answers.recv().await {
        told.insert(id, said);
        if told.len() == 3 {
            program.signal(Signal::SIGTERM);
        }
    }
    let ended = tokio::time::timeout(Duration::from_secs(30), program.child.wait()).await;
    assert!(ended.expect("it ends").expect("it ran").success());
    let done = told.values().filter(|t| **t == Told::Done).count();
    println!("{done} of {} were confirmed", orders.len());
    assert_eq!(check(&world, &told).await, 0, "done without being said");
    assert!(done >= 3);
}
