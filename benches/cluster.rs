//! The private PostgreSQL that both sides run on, and their databases.

use std::process::Command;

use surety::db::load::{self, Scale};
use surety::db::migrate;
use surety::embedded_postgres::{EmbeddedPostgres, Options, start};
use tokio_postgres::{Client, NoTls};

use crate::folder;

/// The same for both sides. Every commit is on the disk before it is acknowledged; what would come
/// at some moment of the run and hit one side by chance (a checkpoint) comes seldom.
const SETTINGS: [(&str, &str); 6] = [
    ("synchronous_commit", "on"),
    ("shared_buffers", "2GB"),
    ("max_wal_size", "8GB"),
    ("checkpoint_timeout", "30min"),
    ("max_connections", "200"),
    ("wal_compression", "lz4"),
];

/// The running cluster.
pub struct Cluster {
    postgres: EmbeddedPostgres,
}

impl Cluster {
    /// A new cluster in this run's folder.
    pub async fn start() -> Self {
        let options = Options {
            data_dir: folder().join("postgres"),
            durable: true,
            extra: SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        };
        Self { postgres: start(options).await.expect("PostgreSQL starts") }
    }

    /// Deletes everything.
    pub async fn destroy(self) {
        self.postgres.destroy().await.expect("PostgreSQL stops");
        std::fs::remove_dir_all(folder()).expect("the folder of this run");
    }

    /// One of PostgreSQL's programs: beside the server, or else on the `PATH`.
    pub fn program(&self, name: &str) -> Command {
        let beside = self.postgres.binaries().join(name);
        if beside.is_file() { Command::new(beside) } else { Command::new(name) }
    }

    /// The process whose children the backends are.
    pub fn postmaster(&self) -> i32 {
        self.postgres.pid()
    }

    /// The URL for the server's role.
    pub fn server_url(&self, database: &str) -> String {
        self.postgres.server_url(database)
    }

    /// The URL for the owner's role.
    pub fn owner_url(&self, database: &str) -> String {
        self.postgres.owner_url(database)
    }

    /// A connection of the owner.
    pub async fn owner(&self, database: &str) -> Client {
        connect(&self.owner_url(database)).await
    }

    /// Writes out what was filled in, so that no side pays for it later.
    pub async fn checkpoint(&self) {
        let superuser = connect(&self.postgres.superuser_url("postgres")).await;
        superuser.batch_execute("CHECKPOINT").await.expect("a checkpoint");
    }

    /// The limit's database, made by its own script.
    pub async fn limit(&self, name: &str, orders: u64) {
        println!("filling the limit's database with {orders} orders");
        self.postgres.ensure_database(name).await.expect("a database");
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/limit/schema.sql");
        let output = self
            .program("psql")
            .args(["-qX", "-v", &format!("n={orders}"), "-v", "nm=10000", "-f", schema])
            .args(["-d", &self.owner_url(name)])
            .output()
            .expect("psql is installed");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {words}", output.status);
    }

    /// Surety's database, migrated and filled.
    pub async fn surety(&self, name: &str, scale: Scale) {
        println!("filling Surety's database with {} orders", scale.orders);
        self.postgres.ensure_database(name).await.expect("a database");
        let url = self.owner_url(name);
        migrate::migrate(&url).await.expect("the schema");
        load::fill(&url, scale, |_| {}).await.expect("orders");
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}
