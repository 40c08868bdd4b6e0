//! The limit: pgbench with a script of hand-written statements.

use std::path::Path;

use crate::cluster::Cluster;
use crate::cpu::Meter;
use crate::table::Round;
use crate::{folder, http};

/// A script of the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// What a confirm does, the session and the history included.
    SameWork,
    /// The least: neither session nor history.
    Least,
}

impl Script {
    fn path(self) -> &'static str {
        match self {
            Self::SameWork => {
                concat!(env!("CARGO_MANIFEST_DIR"), "/benches/limit/settle_same_work.sql")
            }
            Self::Least => concat!(env!("CARGO_MANIFEST_DIR"), "/benches/limit/settle_limit.sql"),
        }
    }
}

/// Runs a script with its statements prepared.
pub fn run(
    cluster: &Cluster,
    database: &str,
    script: Script,
    orders: u64,
    load: http::Load,
) -> Round {
    let logs = folder().join("pgbench");
    std::fs::remove_dir_all(&logs).ok();
    std::fs::create_dir_all(&logs).expect("a folder for pgbench's logs");
    let meter = Meter::start(Some(cluster.postmaster()), None);
    let output = cluster
        .program("pgbench")
        .args(["-n", "-M", "prepared", "-j", "2", "-l", "-f", script.path()])
        .args(["-c", &load.clients.to_string(), "-T", &load.seconds.to_string()])
        .args(["-D", &format!("n={orders}")])
        .arg(cluster.owner_url(database))
        .current_dir(&logs)
        .output()
        .expect("pgbench is installed");
    let used = meter.used();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
    let rate = tps.and_then(|t| t.parse().ok()).expect("pgbench says its tps");
    Round::new(rate, latencies(&logs), used)
}

/// The third column of each line: microseconds.
fn latencies(logs: &Path) -> Vec<u32> {
    let files = std::fs::read_dir(logs).expect("pgbench's logs").flatten();
    let text: String = files.filter_map(|f| std::fs::read_to_string(f.path()).ok()).collect();
    text.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok()).collect()
}
