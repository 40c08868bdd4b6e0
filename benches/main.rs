//! What `make bench` runs: Surety beside the limit of what could be, in turn, on one machine.
//! `docs/bench.md` says how to read the tables.
//!
//! `cargo bench` measures everything, `cargo bench -- pages` one thing. `SURETY_BENCH=quick` is a
//! minute with few orders; `SURETY_BENCH_ORDERS` sets how many orders there are.

mod cluster;
mod confirm;
mod cpu;
mod http;
mod pages;
mod pgbench;
mod server;
mod sessions;
mod table;

use std::path::PathBuf;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Orders on either side.
    pub orders: u64,
    /// How often each comparison is repeated.
    pub pairs: usize,
    /// How long each side runs, in seconds.
    pub seconds: u32,
}

impl Extent {
    fn from_env() -> Self {
        let quick = std::env::var("SURETY_BENCH").is_ok_and(|v| v == "quick");
        let usual = if quick {
            Self { orders: 20_000, pairs: 2, seconds: 3 }
        } else {
            Self { orders: 1_000_000, pairs: 8, seconds: 8 }
        };
        let orders = std::env::var("SURETY_BENCH_ORDERS").ok().map(|text| {
            text.replace('_', "").parse().expect("SURETY_BENCH_ORDERS is a number of orders")
        });
        Self { orders: orders.unwrap_or(usual.orders), ..usual }
    }
}

/// How many clients ask at once.
pub const CLIENTS: [usize; 2] = [8, 32];

/// Where this run keeps its cluster and logs; deleted at the end.
pub fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("surety-bench-{}", std::process::id()))
}

fn main() {
    if let Some(body) = std::env::var_os(server::BARE) {
        return server::serve_bare(&PathBuf::from(body)).expect("the bare server runs");
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    let extent = Extent::from_env();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!("{cores} cores; {extent:?}; `make bench`, median (least to most) of the pairs");
    // One thread asks; it may not take the cores from those who answer.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let cluster = cluster::Cluster::start().await;
        if wants("confirm") {
            confirm::run(&cluster, extent).await;
        }
        if wants("pages") {
            pages::run(&cluster, extent).await;
        }
        cluster.destroy().await;
    });
}
