//! A badge, beside a bare actix handler of the same bytes.

use surety::db::load::Scale;

use crate::cluster::Cluster;
use crate::cpu::Meter;
use crate::http::{self, Load};
use crate::server::Server;
use crate::table::{self, Comparison};
use crate::{CLIENTS, Extent, folder};

const DATABASE: &str = "surety_badges";
const SCALE: Scale = Scale { orders: 0, merchants: 100, buyers: 1 };
/// What there is to measure shows sooner than with a database behind it.
const SECONDS: u32 = 3;

/// Measures, and prints a table.
pub async fn run(cluster: &Cluster, extent: Extent) {
    cluster.surety(DATABASE, SCALE).await;
    let owner = cluster.owner(DATABASE).await;
    let code: String =
        owner.query_one("SELECT code FROM merchants WHERE id = 7", &[]).await.expect("one").get(0);
    let path = format!("/badge/{code}.svg");
    let surety = Server::surety(&cluster.server_url(DATABASE)).await;
    let answer = http::get(surety.addr, &path).await.expect("a badge");
    let head = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head") + 4;
    let file = folder().join("badge.svg");
    std::fs::write(&file, &answer[head..]).expect("a copy of the badge");
    let bare = Server::bare(&file).await;
    let request = || http::get_request(&path);
    let mut tables = Vec::new();
    for clients in CLIENTS {
        let load = Load { clients, seconds: SECONDS };
        let title = format!("{clients} clients, {} bytes", answer.len() - head);
        let mut comparison = Comparison::new(title);
        for _ in 0..extent.pairs {
            let ask = async |server: &Server| {
                let meter = Meter::start(None, Some(server.pid()));
                load.run(server.addr, "200", &request, meter).await
            };
            comparison.add(ask(&bare).await, ask(&surety).await);
        }
        tables.push(comparison);
    }
    table::print("badge", &tables);
}
