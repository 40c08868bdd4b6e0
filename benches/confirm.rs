//! Confirm receipt, over HTTP with session, authorisation, CSRF and history as people do it,
//! beside pgbench doing the same work with hand-written statements.

use std::sync::atomic::{AtomicUsize, Ordering};

use surety::db::load::Scale;
use uuid::Uuid;

use crate::cluster::Cluster;
use crate::cpu::Meter;
use crate::http::Load;
use crate::pgbench::{self, Script};
use crate::server::Server;
use crate::sessions::{self, Browsers};
use crate::table::{self, Comparison};
use crate::{CLIENTS, Extent};

const LIMIT: &str = "settle_limit";
const BUYERS: u32 = 100_000;
/// More than can be asked for in a second.
const MOST_A_SECOND: usize = 12_000;
/// Pairs of what is reported beside the main thing.
const FEW_PAIRS: usize = 3;
/// In place of the function that settles.
const WAY: &str = include_str!("way.sql");

/// Measures, and prints three tables.
pub async fn run(cluster: &Cluster, extent: Extent) {
    cluster.limit(LIMIT, extent.orders).await;
    let many = Side::prepare(cluster, "surety_many", Scale::of(extent.orders)).await;
    let mut tables = Vec::new();
    for clients in CLIENTS {
        let load = Load { clients, seconds: extent.seconds };
        let mut same = Comparison::new(format!("{clients} clients, of the same work"));
        let mut least = Comparison::new(format!("{clients} clients, of the least work"));
        for _ in 0..extent.pairs {
            let limit = pgbench::run(cluster, LIMIT, Script::SameWork, extent.orders, load);
            let surety = many.confirm(load).await;
            same.add(limit, surety);
            least.add(pgbench::run(cluster, LIMIT, Script::Least, extent.orders, load), surety);
        }
        tables.extend([same, least]);
    }
    many.check().await;
    println!("Surety held {} MB after that", many.server.resident_mb());
    table::print("confirm receipt", "limit", &tables);
    drop(many);
    one_merchant(cluster, extent).await;
    way_alone(cluster, extent).await;
}

/// All orders are one merchant's, whose account each of them credits.
async fn one_merchant(cluster: &Cluster, extent: Extent) {
    let scale = Scale { merchants: 1, ..few(extent) };
    let one = Side::prepare(cluster, "surety_one", scale).await;
    one.print("confirm receipt, one merchant", "of the same work spread out", extent).await;
    one.check().await;
}

/// What a confirm costs besides settling: the share of the limit that no settling can pass.
async fn way_alone(cluster: &Cluster, extent: Extent) {
    let way = Side::prepare(cluster, "surety_way", few(extent)).await;
    cluster.owner("surety_way").await.batch_execute(WAY).await.expect("the other function");
    way.print("the way to settling and back", "of the same work", extent).await;
}

/// Orders for a few pairs: more than can be confirmed in that time.
fn few(extent: Extent) -> Scale {
    let seconds = FEW_PAIRS.min(extent.pairs) * CLIENTS.len() * extent.seconds as usize;
    Scale::of((seconds * MOST_A_SECOND) as u64)
}

/// Surety over a database, with the orders that are left to confirm.
struct Side<'a> {
    cluster: &'a Cluster,
    database: &'static str,
    server: Server,
    browsers: Browsers,
    orders: Vec<(Uuid, i64)>,
    next: AtomicUsize,
}

impl<'a> Side<'a> {
    async fn prepare(cluster: &'a Cluster, database: &'static str, scale: Scale) -> Self {
        cluster.surety(database, scale).await;
        let owner = cluster.owner(database).await;
        sessions::begin(&owner, BUYERS).await;
        cluster.checkpoint().await;
        let rows =
            owner.query("SELECT public_id::text, buyer_id FROM orders ORDER BY random()", &[]);
        let rows = rows.await.expect("orders");
        let order = |row: &tokio_postgres::Row| {
            (row.get::<_, &str>(0).parse().expect("a public id"), row.get(1))
        };
        Self {
            cluster,
            database,
            server: Server::surety(&cluster.server_url(database)).await,
            browsers: Browsers::new(),
            orders: rows.iter().map(order).collect(),
            next: AtomicUsize::new(0),
        }
    }

    /// A few pairs with the limit, as a table.
    async fn print(&self, title: &str, of: &str, extent: Extent) {
        let mut tables = Vec::new();
        for clients in CLIENTS {
            let load = Load { clients, seconds: extent.seconds };
            let mut same = Comparison::new(format!("{clients} clients, {of}"));
            for _ in 0..FEW_PAIRS.min(extent.pairs) {
                let script = Script::SameWork;
                let limit = pgbench::run(self.cluster, LIMIT, script, extent.orders, load);
                same.add(limit, self.confirm(load).await);
            }
            tables.push(same);
        }
        table::print(title, "limit", &tables);
    }

    async fn confirm(&self, load: Load) -> table::Round {
        // What a browser has ready (its cookies, the form's token) is made before the clock runs.
        let first = self.next.load(Ordering::Relaxed);
        let last = self.orders.len().min(first + load.seconds as usize * MOST_A_SECOND);
        let ready: Vec<Vec<u8>> = (first..last).map(|place| self.request(place)).collect();
        let request = || {
            let place = self.next.fetch_add(1, Ordering::Relaxed) - first;
            ready.get(place).expect("more orders are needed: set SURETY_BENCH_ORDERS").clone()
        };
        let meter = Meter::start(Some(self.cluster.postmaster()), Some(self.server.pid()));
        load.run(self.server.addr, "303", &request, meter).await
    }

    /// What the browser of an order's buyer sends.
    fn request(&self, place: usize) -> Vec<u8> {
        let (order, buyer) = &self.orders[place];
        let body = format!("csrf_token={}", self.browsers.form_token(*buyer));
        format!(
            "POST /orders/{order}/confirm HTTP/1.1\r\nHost: {addr}\r\nOrigin: http://{addr}\r\n\
             Cookie: {cookies}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n{body}",
            addr = self.server.addr,
            cookies = self.browsers.cookies(*buyer),
            length = body.len(),
        )
        .into_bytes()
    }

    /// Fails unless all that was acknowledged was done, and the books balance.
    async fn check(&self) {
        let owner = self.cluster.owner(self.database).await;
        let one = async |sql: &str| -> i64 { owner.query_one(sql, &[]).await.expect(sql).get(0) };
        let done = one("SELECT count(*) FROM orders WHERE status = 'completed'").await;
        let asked = self.next.load(Ordering::Relaxed).min(self.orders.len());
        assert_eq!(usize::try_from(done), Ok(asked), "what was acknowledged was done");
        assert_eq!(one("SELECT count(*) FROM audit_differences()").await, 0, "the books balance");
        println!("{done} orders were confirmed; the audit finds nothing");
    }
}
