//! One private PostgreSQL for the whole test process: started with the first test that asks,
//! migrated once into a template that each test clones, gone with the process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use surety::db::migrate;
use surety::embedded_postgres::{EmbeddedPostgres, OWNER_ROLE, Options, SERVER_ROLE, start};
use tokio::runtime::Runtime;
use tokio_postgres::Client;

use super::sql;

const TEMPLATE: &str = "surety_template";
const FOLDER: &str = "surety-it-";

/// The cluster of this process.
pub struct Cluster {
    postgres: EmbeddedPostgres,
    /// Outlives every test's runtime: servers and clean-up run here.
    pub runtime: Runtime,
    creator: Client,
    dropper: Client,
    next: AtomicU32,
    /// Holds the pipe whose end tells the reaper that this process has gone.
    _reaper: Child,
}

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| {
    // A thread of its own, because a test's runtime may not wait for another one.
    std::thread::spawn(Cluster::begin).join().expect("the private PostgreSQL of the tests")
});

/// The folder of everything that this process writes; the reaper deletes it.
pub fn temp_folder() -> PathBuf {
    std::env::temp_dir().join(format!("{FOLDER}{}", std::process::id()))
}

impl Cluster {
    /// The cluster, started if this is the first call.
    pub fn get() -> &'static Self {
        &CLUSTER
    }

    fn begin() -> Self {
        remove_leftovers();
        super::log::keep();
        rustls::crypto::ring::default_provider().install_default().ok();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("support")
            .enable_all()
            .build()
            .expect("a runtime");
        let folder = temp_folder();
        std::fs::create_dir_all(&folder).expect("a folder for the tests");
        let (postgres, creator, dropper, reaper) = runtime.block_on(async {
            let extra = [("max_connections", "300"), ("shared_buffers", "64MB")];
            let postgres = start(Options {
                data_dir: folder.join("postgres"),
                durable: false,
                extra: extra.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
            })
            .await
            .expect("PostgreSQL starts");
            let reaper = reaper(&folder, &postgres);
            postgres.ensure_database(TEMPLATE).await.expect("the template");
            migrate::migrate(&postgres.owner_url(TEMPLATE)).await.expect("the schema");
            let superuser = postgres.superuser_url("postgres");
            let creator = sql::connect(&superuser).await;
            let dropper = sql::connect(&superuser).await;
            (postgres, creator, dropper, reaper)
        });
        Self { postgres, runtime, creator, dropper, next: AtomicU32::new(0), _reaper: reaper }
    }

    /// A migrated database that nobody else has; its name.
    pub async fn clone_template(&self) -> String {
        let name = format!("world_{}", self.next.fetch_add(1, Ordering::Relaxed));
        let create = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {OWNER_ROLE}");
        self.creator.batch_execute(&create).await.expect("a clone of the template");
        let rights = format!(
            "REVOKE ALL ON DATABASE {name} FROM PUBLIC; \
             GRANT CONNECT ON DATABASE {name} TO {SERVER_ROLE}"
        );
        self.creator.batch_execute(&rights).await.expect("the rights of the clone");
        name
    }

    /// An empty database, for tests of the migrations; its name.
    pub async fn empty_database(&self) -> String {
        let name = format!("empty_{}", self.next.fetch_add(1, Ordering::Relaxed));
        self.postgres.ensure_database(&name).await.expect("an empty database");
        name
    }

    /// Deletes a database, whoever is connected to it.
    pub async fn drop_database(&self, name: &str) {
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        // The cluster is thrown away in any case.
        self.dropper.batch_execute(&sql).await.ok();
    }

    /// Ends the server's connections to a database, and waits until they have gone: with its end a
    /// connection tells what it has read. The pool opens others.
    pub async fn end_connections(&self, name: &str) {
        let sql = format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE datname = '{name}' AND usename = '{SERVER_ROLE}'"
        );
        self.creator.batch_execute(&sql).await.expect("the superuser ends connections");
    }

    /// The URL for the server's role.
    pub fn server_url(&self, database: &str) -> String {
        self.postgres.server_url(database)
    }

    /// The URL for the owner.
    pub fn owner_url(&self, database: &str) -> String {
        self.postgres.owner_url(database)
    }

    /// The URL for the superuser.
    pub fn superuser_url(&self, database: &str) -> String {
        self.postgres.superuser_url(database)
    }
}

/// A small shell that waits until this process has gone, in whatever way, and the postmaster
/// after it, and then deletes what both have left (and what a browser wrote while it ended).
fn reaper(folder: &Path, postgres: &EmbeddedPostgres) -> Child {
    use std::os::unix::process::CommandExt;
    let script = "while read -r line; do :; done; \
        tries=0; \
        while kill -0 \"$1\" 2>/dev/null && [ $tries -lt 300 ]; do \
          sleep 0.1; tries=$((tries + 1)); \
        done; \
        shift; rm -rf \"$@\"; sleep 3; rm -rf \"$@\"";
    Command::new("/bin/sh")
        .args(["-c", script, "surety-test-reaper", &postgres.pid().to_string()])
        .args([folder, postgres.folder(), postgres.socket_dir()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell")
}

/// What a run left whose reaper was killed too.
fn remove_leftovers() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|n| n.strip_prefix(FOLDER)?.parse::<i32>().ok())
        else {
            continue;
        };
        let gone = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None)
            == Err(nix::errno::Errno::ESRCH);
        if gone {
            std::fs::remove_dir_all(entry.path()).ok();
        }
    }
}
