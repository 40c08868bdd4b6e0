//! A world for one test: a database, a folder, the program served over both.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use secrecy::ExposeSecret;
use surety::app;
use surety::badges;
use surety::config::Config;
use surety::db::Db;
use surety::kernel::time::Timestamp;

use super::cluster::{Cluster, temp_folder};
use super::sql::{Row, Sql};
use super::visitor::{self, Visitor};

/// Everything that a test has to itself. Dropping it stops the server and deletes the database.
pub struct World {
    /// The configuration that the program runs with, its port filled in.
    pub config: Arc<Config>,
    /// The database as the server's role reaches it.
    pub db: Db,
    /// Where the program listens: `http://127.0.0.1:PORT`. (People's address is
    /// `config.http.public_url`.)
    pub url: String,
    /// The database's name.
    pub database: String,
    /// What the program remembers of badges: tests put its clock forward and write its sightings
    /// down.
    pub badges: Arc<badges::Memory>,
    /// As the owner: what tests set up and look up beside the program.
    pub owner: Sql,
    pub(super) client: reqwest::Client,
    folder: PathBuf,
    server: ServerHandle,
}

/// What a world may be made with.
#[derive(Default)]
pub struct Builder {
    variables: HashMap<String, String>,
    prepare: String,
    options: String,
}

impl Builder {
    /// Sets a variable of the environment, as an operator would.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// People reach the program over HTTPS (a proxy ends it): cookies are `Secure`.
    pub fn https(self) -> Self {
        self.set("SURETY_PUBLIC_URL", "https://surety.example")
    }

    /// The tests' own address counts as a proxy: `X-Forwarded-For` is honoured.
    pub fn behind_proxy(self) -> Self {
        self.set("SURETY_TRUSTED_PROXIES", "127.0.0.1")
    }

    /// The operator says where people write to.
    pub fn supported_by(self, email: &str) -> Self {
        self.set("SURETY_SUPPORT_EMAIL", email)
    }

    /// Settings that each connection of the program begins with, such as `-c lock_timeout=1s`.
    pub fn database_options(mut self, options: &str) -> Self {
        self.options = options.replace(' ', "%20").replace('=', "%3D");
        self
    }

    /// SQL that the owner runs before the program starts.
    pub fn prepare(mut self, sql: &str) -> Self {
        self.prepare.push_str(sql);
        self
    }

    /// Clones the database and starts the program.
    pub async fn start(self) -> World {
        let cluster = Cluster::get();
        let database = cluster.clone_template().await;
        let folder = temp_folder().join(&database);
        std::fs::create_dir_all(&folder).expect("a folder for this world");
        let url = format!("{}?options={}", cluster.server_url(&database), self.options);
        let mut variables: HashMap<String, String> = [
            ("SURETY_MODE", "development"),
            ("SURETY_ADDR", "127.0.0.1:0"),
            ("SURETY_METRICS_ADDR", "127.0.0.1:0"),
            ("SURETY_PUBLIC_URL", "http://127.0.0.1:0"),
            ("SURETY_DATA_DIR", folder.to_str().expect("a plain path")),
            ("DATABASE_URL", &url),
            ("SURETY_MIGRATE_DATABASE_URL", &cluster.owner_url(&database)),
            ("SURETY_POOL_SIZE", "4"),
            ("SURETY_WORKERS", "2"),
            ("SURETY_TIME_ZONE", "UTC"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        variables.extend(self.variables);
        let config = Config::read(&|name| variables.get(name).cloned()).expect("a configuration");
        let owner = Sql::connect(&cluster.owner_url(&database)).await;
        owner.rows(&self.prepare).await;
        let db = Db::new(&url, 4).expect("a pool");
        let Served { server, config, url, badges } = serve(&config).await;
        let client = visitor::client();
        World { config, db, url, database, badges, owner, client, folder, server }
    }
}

/// A program that is being served.
pub struct Served {
    /// Stops it.
    pub server: ServerHandle,
    /// Its configuration, the port filled in.
    pub config: Arc<Config>,
    /// Where it listens.
    pub url: String,
    /// What it remembers of badges.
    pub badges: Arc<badges::Memory>,
}

/// Serves on a runtime that outlives the test's own.
pub async fn serve(config: &Config) -> Served {
    let config = config.clone();
    let started = Cluster::get().runtime.spawn(async move {
        let bound = app::bind(&config).expect("a free port");
        let server = bound.server.handle();
        let (database, memory) = (bound.config.database.url.clone(), Arc::clone(&bound.badges));
        // It hears of changes for as long as it serves.
        tokio::spawn(async move {
            tokio::select! {
                _ = bound.server => {}
                () = badges::watch(database.expose_secret(), &memory) => {}
            }
        });
        bound.badges.listens().await;
        let url = format!("http://{}", bound.addr);
        Served { server, config: bound.config, url, badges: bound.badges }
    });
    started.await.expect("the program starts")
}

impl World {
    /// A world as most tests want it.
    pub async fn new() -> Self {
        Self::builder().start().await
    }

    /// A world with something different.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Somebody new in front of the site, signed out.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self)
    }

    /// Runs SQL as the owner, who may do what the program may not; returns the rows as text.
    pub async fn owner_sql(&self, sql: &str) -> Vec<Row> {
        self.owner.rows(sql).await
    }

    /// The one value of a query, as text; NULL is the empty text.
    pub async fn value(&self, sql: &str) -> String {
        self.owner.value(sql).await
    }

    /// A connection as the server's role, to try what a compromised program could.
    pub async fn as_server(&self) -> Sql {
        Sql::connect(&Cluster::get().server_url(&self.database)).await
    }

    /// Another connection as the owner.
    pub async fn as_owner(&self) -> Sql {
        Sql::connect(&Cluster::get().owner_url(&self.database)).await
    }

    /// Lets time pass, in the database and in what the program remembers.
    pub async fn advance(&self, by: chrono::Duration) {
        self.badges.advance(by.to_std().unwrap_or_default());
        let seconds = by.num_seconds();
        self.owner_sql(&format!("UPDATE clock_offset SET seconds = seconds + {seconds}")).await;
    }

    /// Puts the clock so many seconds before or after the real one.
    pub async fn set_offset(&self, seconds: i64) {
        self.owner_sql(&format!("UPDATE clock_offset SET seconds = {seconds}")).await;
    }

    /// The time of this world.
    pub async fn now(&self) -> Timestamp {
        self.db.now().await.expect("the time")
    }

    /// What the books say is wrong: nothing, or the test has found something.
    pub async fn audit(&self) -> Vec<Row> {
        self.owner_sql("SELECT rule, subject, detail FROM audit_differences()").await
    }

    /// As [`World::audit`], for tests that book journals of no kind that there is.
    pub async fn audit_but_kinds(&self) -> Vec<Row> {
        let mut found = self.audit().await;
        found.retain(|row| row[0].as_deref() != Some("a journal moves money as its kind may"));
        found
    }

    /// Runs a command of the program to its end, over this database.
    pub async fn program(&self, arguments: &[&str]) -> Output {
        tokio::process::Command::new(env!("CARGO_BIN_EXE_surety"))
            .args(arguments)
            .env_clear()
            .env("SURETY_MODE", "development")
            .env("DATABASE_URL", self.config.database.url.expose_secret())
            .current_dir(&self.config.data_dir)
            .stdin(Stdio::null())
            .output()
            .await
            .expect("the program runs")
    }

    /// A sum over every row of every table: equal sums mean that nothing was changed. The tables
    /// named are left out, such as `sessions` whose last use is noted by any request.
    pub async fn checksum(&self, but: &[&str]) -> String {
        let tables = self
            .owner_sql(
                "SELECT relname FROM pg_class WHERE relkind = 'r' \
                 AND relnamespace = 'public'::regnamespace ORDER BY relname",
            )
            .await;
        let names = tables.iter().filter_map(|row| row[0].as_deref());
        let sums = names.filter(|name| !but.contains(name)).map(|name| {
            format!(
                "SELECT '{name}' || ' ' || count(*) || ' ' || \
                 coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS s FROM {name} t"
            )
        });
        let sql = sums.collect::<Vec<_>>().join(" UNION ALL ");
        let rows = self.owner_sql(&sql).await;
        rows.iter().filter_map(|row| row[0].as_deref()).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let cluster = Cluster::get();
        let (server, database) = (self.server.clone(), std::mem::take(&mut self.database));
        let folder = std::mem::take(&mut self.folder);
        cluster.runtime.spawn(async move {
            server.stop(false).await;
            cluster.drop_database(&database).await;
            tokio::fs::remove_dir_all(folder).await.ok();
        });
    }
}
