//! Pages, each beside a bare actix handler of the same bytes.

use surety::db::load::Scale;
use tokio_postgres::Client;

use crate::cluster::Cluster;
use crate::cpu::Meter;
use crate::http::{self, Load};
use crate::server::Server;
use crate::sessions::{self, Browsers};
use crate::table::{self, Comparison};
use crate::{CLIENTS, Extent, folder};

const DATABASE: &str = "surety_pages";
const SCALE: Scale = Scale { orders: 5_000, merchants: 1_000, buyers: 1_000 };
/// What there is to measure shows sooner than with every commit on the disk.
const SECONDS: u32 = 3;
/// Who buys, and who reviews.
const BUYER: i64 = 7;
const REVIEWER: i64 = 8;

/// A reviewer with the second factor that a role needs, and applications that wait.
const STAFF: &str = "
    UPDATE users SET staff_roles = '{reviewer}' WHERE id = 8;
    INSERT INTO second_factors (user_id, sealed_secret, last_used_step, created_at)
      VALUES (8, '\\x00', 0, surety_now());
    INSERT INTO applications (merchant_id, kind, status, created_at, status_since, submitted_at)
      SELECT id, 'first', 'submitted', at, at, at FROM merchants,
        LATERAL (SELECT surety_now() - id * interval '15 minutes' AS at) t WHERE id <= 500;
    ANALYZE applications";

/// Measures, and prints two tables.
pub async fn run(cluster: &Cluster, extent: Extent) {
    cluster.surety(DATABASE, SCALE).await;
    let owner = cluster.owner(DATABASE).await;
    owner.batch_execute(STAFF).await.expect("staff and applications");
    sessions::begin(&owner, SCALE.buyers).await;
    cluster.checkpoint().await;
    let surety = Server::surety(&cluster.server_url(DATABASE)).await;
    let text = async |sql| text(&owner, sql).await;
    let code = text("SELECT code FROM merchants WHERE id = 7").await;
    let order = format!("SELECT public_id::text FROM orders WHERE buyer_id = {BUYER} LIMIT 1");
    let order = format!("/orders/{}", text(&order).await);
    let (badge, verify) = (format!("/badge/{code}.svg"), format!("/verify/{code}"));
    let side = Side { cluster, surety, extent };

    let mut bare = Vec::new();
    for (name, path) in [("badge", &badge), ("authentication page", &verify)] {
        bare.extend(side.compare(name, http::get_request(path), &CLIENTS).await);
    }
    table::print("no query, no gzip", "bare handler", &bare);

    let browsers = Browsers::new();
    let mut browsed = Vec::new();
    for (name, path, person) in [
        ("badge", badge.as_str(), None),
        ("authentication page", &verify, None),
        ("front page", "/", None),
        ("directory", "/directory", None),
        ("an order, its buyer", &order, Some(BUYER)),
        ("the review queue", "/admin/applications", Some(REVIEWER)),
    ] {
        let cookies = person.map(|person| browsers.cookies(person));
        let request = http::browsers_request(path, cookies.as_deref());
        browsed.extend(side.compare(name, request, &[1, 8]).await);
    }
    table::print("as browsers ask: kept alive, gzip", "bare handler", &browsed);
}

async fn text(owner: &Client, sql: &str) -> String {
    owner.query_one(sql, &[]).await.expect(sql).get(0)
}

struct Side<'a> {
    cluster: &'a Cluster,
    surety: Server,
    extent: Extent,
}

impl Side<'_> {
    /// One page, by so many clients at once.
    async fn compare(&self, name: &str, request: Vec<u8>, clients: &[usize]) -> Vec<Comparison> {
        let answer = http::ask(self.surety.addr, &request).await.expect("an answer");
        let head = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head") + 4;
        let file = folder().join("body");
        std::fs::write(&file, &answer[head..]).expect("a copy of the body");
        let bare = Server::bare(&file).await;
        let mut comparisons = Vec::new();
        for &clients in clients {
            let load = Load { clients, seconds: SECONDS };
            let many = if clients == 1 { "1 client" } else { &format!("{clients} clients") };
            let bytes = answer.len() - head;
            let mut comparison = Comparison::new(format!("{name}, {many}, {bytes} bytes"));
            for _ in 0..self.extent.pairs {
                let ask = async |server: &Server| {
                    let meter = Meter::start(Some(self.cluster.postmaster()), Some(server.pid()));
                    load.run(server.addr, "200", &|| request.clone(), meter).await
                };
                comparison.add(ask(&bare).await, ask(&self.surety).await);
            }
            comparisons.push(comparison);
        }
        comparisons
    }
}
