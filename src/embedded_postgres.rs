//! The private PostgreSQL of `surety demo` and of the tests. A cluster's folder holds `data`
//! (PostgreSQL's own), `credentials`, `lock` and `log`. Invariants:
//! - no TCP, only a Unix socket in a 0700 folder, and a random password for every role (0600 file);
//! - never root: if we are root, an unprivileged user runs it (see `place`);
//! - it does not outlive the program, even if that is killed with -9 (see `guard`);
//! - one program per cluster: the kernel releases the lock file when its holder dies.

mod find;
mod guard;
mod place;
mod roles;
mod sockets;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use find::find_binaries;
use guard::Guard;
use place::Place;
use roles::{Credentials, Login};
pub use roles::{OWNER_ROLE, SERVER_ROLE, SUPERUSER_ROLE};

pub const DATABASE: &str = "surety";

#[derive(Debug, thiserror::Error)]
pub enum EmbeddedPostgresError {
    #[error(
        "no PostgreSQL server was found on this machine: install one (on Debian and Ubuntu the \
         package `postgresql`), or set DATABASE_URL to a database of your own"
    )]
    NotFound,
    #[error(
        "the cluster in {} was made by PostgreSQL {cluster}, but only {found} is installed: \
         install PostgreSQL {cluster}, or move the folder away to begin afresh",
        folder.display()
    )]
    WrongVersion { folder: PathBuf, cluster: String, found: String },
    #[error(
        "another running surety uses the private PostgreSQL in {}: stop that one first, or give \
         this one another SURETY_DATA_DIR",
        folder.display()
    )]
    InUse { folder: PathBuf },
    #[error(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it"
    )]
    NoUnprivilegedUser,
    #[error("{doing}: {source}")]
    Io { doing: String, source: std::io::Error },
    #[error("initdb could not make a cluster in {}: {output}", folder.display())]
    Initdb { folder: PathBuf, output: String },
    #[error("PostgreSQL did not start; {} ends with:\n{tail}", log.display())]
    Start { log: PathBuf, tail: String },
    #[error("PostgreSQL (process {pid}) does not stop")]
    DoesNotStop { pid: i32 },
    #[error("{}: {problem}", path.display())]
    Credentials { path: PathBuf, problem: &'static str },
    #[error("`{0}` cannot be the name of a database or a setting")]
    BadName(String),
    #[error("the private PostgreSQL refused {doing}: {source}")]
    Database { doing: &'static str, source: tokio_postgres::Error },
}

type Result<T> = std::result::Result<T, EmbeddedPostgresError>;

/// Says what was being done when an I/O call failed.
fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> EmbeddedPostgresError {
    move |source| EmbeddedPostgresError::Io { doing: doing.into(), source }
}

#[derive(Debug, Clone)]
pub struct Options {
    /// The cluster's folder, such as `var/postgres`; created if missing. If we are root and the
    /// unprivileged user cannot reach it, it only points to the folder that is used instead.
    pub data_dir: PathBuf,
    /// `false`, for tests, is faster but not safe in a power cut. A kill loses nothing either way.
    pub durable: bool,
    pub extra: Vec<(String, String)>,
}

/// A running private PostgreSQL. Dropping it stops the server too, but only
/// [`EmbeddedPostgres::stop`] waits.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    options: Options,
    place: Place,
    credentials: Credentials,
    binaries: PathBuf,
    guard: Guard,
}

/// Starts the server, creating the cluster, roles and database if they are missing. Fails if
/// PostgreSQL is not installed, another program holds the cluster, or the server does not come up.
pub async fn start(options: Options) -> Result<EmbeddedPostgres> {
    check_settings(&options.extra)?;
    let candidates = find::candidates();
    if candidates.is_empty() {
        return Err(EmbeddedPostgresError::NotFound);
    }
    let place = Place::take(&options.data_dir).await?;
    let binaries = find::matching(&candidates, &place)?;
    guard::stop_leftover(&place).await?;
    place.clear_sockets()?;
    let credentials = Credentials::load_or_make(&place)?;
    if !place.data().is_dir() {
        guard::initdb(&place, &binaries, &credentials, options.durable).await?;
    }
    let guard = launch(&place, &binaries, &credentials, &options).await?;
    let postgres = EmbeddedPostgres { options, place, credentials, binaries, guard };
    roles::ensure_roles(&postgres.credentials, postgres.socket_dir()).await?;
    postgres.ensure_database(DATABASE).await?;
    Ok(postgres)
}

impl EmbeddedPostgres {
    /// For the server's role, like `DATABASE_URL`.
    pub fn server_url(&self, database: &str) -> String {
        self.url(&self.credentials.server, database)
    }

    /// For the owner's role, like `SURETY_MIGRATE_DATABASE_URL`.
    pub fn owner_url(&self, database: &str) -> String {
        self.url(&self.credentials.owner, database)
    }

    /// For the superuser; only for tests (template databases), never for serving.
    pub fn superuser_url(&self, database: &str) -> String {
        self.url(&self.credentials.superuser, database)
    }

    pub fn pid(&self) -> i32 {
        self.guard.postmaster_pid()
    }

    /// Its mode is 0700.
    pub fn socket_dir(&self) -> &Path {
        self.place.sockets()
    }

    /// The folder in use, which is not `data_dir` if that cannot be reached.
    pub fn folder(&self) -> &Path {
        self.place.folder()
    }

    pub fn binaries(&self) -> &Path {
        &self.binaries
    }

    /// `false` once the server has ended on its own (a crash, a `kill`).
    pub fn is_running(&mut self) -> bool {
        self.guard.is_running()
    }

    /// Creates a database if it is missing: owned by the owner's role, open to the server's role,
    /// closed to everyone else. Fails if the name needs quoting.
    pub async fn ensure_database(&self, name: &str) -> Result<()> {
        roles::ensure_database(&self.credentials, self.socket_dir(), name).await
    }

    /// Ends all connections and waits for the server to stop. Fails if that takes over 30 seconds.
    pub async fn stop(mut self) -> Result<()> {
        self.guard.stop().await
    }

    /// Stops the server and deletes the whole cluster; for tests.
    pub async fn destroy(mut self) -> Result<()> {
        self.guard.stop().await?;
        self.place.delete()
    }

    /// Kills the postmaster with -9, as a crash would; its children die of it.
    pub async fn immediate_kill(&mut self) -> Result<()> {
        self.guard.kill().await
    }

    /// Starts the server again on the same cluster, stopping it first if it runs. URLs stay valid.
    pub async fn restart(&mut self) -> Result<()> {
        self.guard.stop().await?;
        guard::stop_leftover(&self.place).await?;
        self.place.clear_sockets()?;
        self.guard = launch(&self.place, &self.binaries, &self.credentials, &self.options).await?;
        Ok(())
    }

    fn url(&self, login: &Login, database: &str) -> String {
        let host = place::percent_encoded(self.socket_dir());
        format!("postgres://{}:{}@{host}/{database}", login.role, login.password)
    }
}

async fn launch(
    place: &Place,
    binaries: &Path,
    credentials: &Credentials,
    options: &Options,
) -> Result<Guard> {
    let settings = settings(place, options);
    let mut attempts_left = 40;
    loop {
        let mut guard = Guard::spawn(place, binaries, &settings).await?;
        match guard.wait_until_ready(place, &credentials.superuser).await {
            // Children of a killed postmaster hold its shared memory for a moment.
            Err(EmbeddedPostgresError::Start { tail, .. })
                if attempts_left > 0 && tail.contains("still in use") =>
            {
                attempts_left -= 1;
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            Err(error) => return Err(error),
            Ok(()) => return Ok(guard),
        }
    }
}

fn settings(place: &Place, options: &Options) -> Vec<(String, String)> {
    let sockets = place.sockets().display().to_string();
    let mut settings: Vec<(&str, &str)> = vec![("timezone", "UTC"), ("lc_messages", "C")];
    if !options.durable {
        // Not `synchronous_commit`: then a kill would lose acknowledged transactions.
        settings.extend([("fsync", "off"), ("full_page_writes", "off")]);
        // Checkpoints are of no use during tests.
        settings.extend([("checkpoint_timeout", "1h"), ("max_wal_size", "4GB")]);
    }
    settings.extend(options.extra.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    // Last, so that nothing overrides them.
    settings.extend([
        ("listen_addresses", ""),
        ("port", "5432"),
        ("unix_socket_directories", &sockets),
        ("unix_socket_permissions", "0700"),
        ("logging_collector", "off"),
        ("log_destination", "stderr"),
    ]);
    settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn check_settings(extra: &[(String, String)]) -> Result<()> {
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_lowercase())
            && bytes.all(|byte| byte.is_ascii_lowercase() || b"_.0123456789".contains(&byte))
    };
    match extra.iter().find(|(name, value)| !is_name(name) || value.contains('\0')) {
        Some((name, _)) => Err(EmbeddedPostgresError::BadName(name.clone())),
        None => Ok(()),
    }
}
