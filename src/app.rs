//! Builds the actix application from the configuration.

use std::sync::Arc;
use std::time::Duration;

use actix_session::SessionMiddleware;
use actix_session::config::{CookieContentSecurity, PersistentSession, TtlExtensionPolicy};
use actix_web::cookie::{Key, SameSite, time::Duration as CookieDuration};
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use secrecy::ExposeSecret;

use crate::accounts::session_store::{self, PgSessionStore};
use crate::badges;
use crate::config::Config;
use crate::db::{Db, DbError};
use crate::files::{FileError, Files};
use crate::health::Readiness;
use crate::payments::Payments;
use crate::routes;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::headers;
use crate::web::page::RouteMap;
use crate::web::upload::Incoming;

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A port is taken or may not be used.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: std::net::SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The folder of uploaded files could not be made.
    #[error(transparent)]
    Files(#[from] FileError),
    /// The pool could not be made.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Metrics could not be set up.
    #[error("metrics: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
}

/// A server that is bound and ready to run, with the address that it got.
pub struct Bound {
    /// Runs until it is stopped.
    pub server: Server,
    /// Where it listens: a configured port of 0 is a free one.
    pub addr: std::net::SocketAddr,
    /// The configuration, with the port that it got.
    pub config: Arc<Config>,
    /// What this server remembers of badges, for whoever writes its sightings down.
    pub badges: Arc<badges::Memory>,
}

/// Binds the server. Each worker thread has a pool of its own.
pub fn bind(config: &Config) -> Result<Bound, ServeError> {
    let listener = std::net::TcpListener::bind(config.http.addr)
        .and_then(|l| l.set_nonblocking(true).map(|()| l))
        .map_err(|source| ServeError::Listen { addr: config.http.addr, source })?;
    let addr = listener.local_addr().unwrap_or(config.http.addr);
    let mut config = config.clone();
    if config.http.public_url.port() == Some(0) {
        config.http.public_url.set_port(Some(addr.port())).ok();
    }
    let workers = config.http.workers;
    let shared = Arc::new(config);
    let first = pool(&shared)?;
    let files = Files::new(&shared.files)?;
    let incoming = Incoming(shared.data_dir.join("incoming"));
    let metrics = Arc::clone(&shared);
    let badges = Arc::new(badges::Memory::default());
    let remembered = Arc::clone(&badges);
    let readiness = Data::new(Readiness::default());
    let server = HttpServer::new(move || {
        let config = &shared;
        // What worked once works again; if not, the workers share a pool.
        let db = pool(config).unwrap_or_else(|_| first.clone());
        App::new()
            .app_data(Data::new(WebConfig::new(config)))
            .app_data(Data::new(RouteMap {
                is_readable: routes::is_readable,
                pattern_of: routes::pattern_of,
            }))
            .app_data(Data::from(Arc::clone(config)))
            .app_data(Data::new(Payments::new(&db, config)))
            .app_data(Data::new(db.clone()))
            .app_data(Data::new(files.clone()))
            .app_data(Data::new(incoming.clone()))
            .app_data(Data::from(Arc::clone(&remembered)))
            .app_data(readiness.clone())
            .app_data(web::PayloadConfig::new(512 * 1024))
            .wrap(from_fn(headers::error_pages))
            .wrap(session_middleware(db, config))
            .wrap(from_fn(headers::around))
            .configure(routes::configure)
            .default_service(web::to(|| async {
                Err::<HttpResponse, PageError>(PageError::not_found())
            }))
    })
    .workers(workers)
    .max_connections(connections_each(workers))
    // An answer of several packets does not wait until the reader acknowledges the first.
    .tcp_nodelay(true)
    // Ctrl-C and SIGTERM are the program's: it stops the worker loops too.
    .disable_signals()
    .shutdown_timeout(20)
    .listen(listener)
    .map_err(|source| ServeError::Listen { addr, source })?
    .run();
    Ok(Bound { server, addr, config: metrics, badges })
}

/// How many connections a thread takes. Each may come with a file and a connection to the database,
/// and a server that has used up its descriptors serves nobody, so the limit is raised first.
fn connections_each(workers: usize) -> usize {
    const MOST: u64 = 20_000;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((1_024, 1_024));
    let wanted = hard.min(MOST);
    let descriptors = match setrlimit(Resource::RLIMIT_NOFILE, wanted.max(soft), hard) {
        Ok(()) => wanted.max(soft),
        Err(_) => soft,
    };
    let each = descriptors.min(MOST) / 2 / u64::try_from(workers.max(1)).unwrap_or(1);
    usize::try_from(each.max(64)).unwrap_or(64)
}

/// A pool of the server's role.
/// Fails with [`DbError`] when it cannot be set up; the database is not asked.
pub fn pool(config: &Config) -> Result<Db, DbError> {
    Db::new(config.database.url.expose_secret(), config.database.pool_size)
}

fn session_middleware(db: Db, config: &Config) -> SessionMiddleware<PgSessionStore> {
    let secure = config.http.secure();
    let name = if secure { "__Host-surety_session" } else { "surety_session" };
    let lifetime = CookieDuration::seconds(session_store::ABSOLUTE.num_seconds());
    SessionMiddleware::builder(PgSessionStore::new(db), Key::derive_from(config.key_bytes()))
        .cookie_name(name.to_owned())
        .cookie_secure(secure)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".to_owned())
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(
            PersistentSession::default()
                .session_ttl(lifetime)
                .session_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges),
        )
        .build()
}

/// Sets up the recorder of metrics, within a runtime; once in a process.
/// Fails with [`ServeError::Metrics`] when there is one already.
pub fn install_metrics() -> Result<PrometheusHandle, ServeError> {
    let handle = PrometheusBuilder::new().install_recorder()?;
    let kept = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP_EVERY).await;
            kept.run_upkeep();
        }
    });
    Ok(handle)
}

/// How often measured times are folded into their sums, which a scrape does too: they would fill
/// the memory of a server that nobody scrapes.
const UPKEEP_EVERY: Duration = Duration::from_secs(10);

/// How often sightings of badges are written down.
const SIGHTINGS_EVERY: Duration = Duration::from_secs(10);

/// Writes down where this server's badges were asked for from sites that are not their merchant's.
#[derive(Clone)]
pub struct Sightings {
    /// Where to.
    pub db: Db,
    /// Where they are counted.
    pub memory: Arc<badges::Memory>,
}

impl Sightings {
    /// Every few seconds, until the task is aborted.
    pub async fn write_again_and_again(self) {
        loop {
            tokio::time::sleep(SIGHTINGS_EVERY).await;
            self.write().await;
        }
    }

    /// Once. What cannot be written stays counted.
    pub async fn write(&self) {
        if let Err(error) = badges::flush_sightings(&self.db, &self.memory).await {
            tracing::warn!(%error, "sightings of badges wait to be written down");
        }
    }
}

/// Binds `/metrics` on its own listener.
pub fn bind_metrics(
    addr: std::net::SocketAddr,
    handle: PrometheusHandle,
) -> Result<Server, ServeError> {
    let server = HttpServer::new(move || {
        let handle = handle.clone();
        App::new().route(
                "/metrics",
                web::get().to(move || {
                    let text = handle.render();
                    async move {
                        HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text)
                    }
                }),
            )
    })
    .workers(1)
    .disable_signals()
    .bind(addr)
    .map_err(|source| ServeError::Listen { addr, source })?
    .run();
    Ok(server)
}
