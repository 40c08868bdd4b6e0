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

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        addr: std::net::SocketAddr,
        /// From the operating system.
        source: std::io::Error,
    },
    #[error(transparent)]
    Files(#[from] FileError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("metrics: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
}

pub struct Bound {
    pub server: Server,
    /// The actual address: a configured port of 0 means any free one.
    pub addr: std::net::SocketAddr,
    /// With the actual port in `public_url`.
    pub config: Arc<Config>,
    /// Counts the sightings of badges; see [`Sightings`].
    pub badges: Arc<badges::Memory>,
}

/// Binds the server. Each worker thread has its own pool.
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
        // Creating a pool worked before; if it fails now, share the first.
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
    // The program handles Ctrl-C and SIGTERM itself, as it must stop the worker too.
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

/// Installs the metrics recorder. Needs a runtime, and fails if called twice in a process.
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

/// How often histograms are compacted; without that or scrapes they would fill the memory.
const UPKEEP_EVERY: Duration = Duration::from_secs(10);

const SIGHTINGS_EVERY: Duration = Duration::from_secs(10);

/// Saves where badges were requested from sites that are not their merchant's.
#[derive(Clone)]
pub struct Sightings {
    pub db: Db,
    pub memory: Arc<badges::Memory>,
}

impl Sightings {
    /// Runs until the task is aborted.
    pub async fn write_again_and_again(self) {
        loop {
            tokio::time::sleep(SIGHTINGS_EVERY).await;
            self.write().await;
        }
    }

    /// What cannot be saved stays counted.
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
