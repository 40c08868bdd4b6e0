mod demo;

pub use demo::demo;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use futures::future::OptionFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret;
use tokio::sync::watch;

use crate::accounts::actor::Role;
use crate::accounts::commands;
use crate::app::{self, Sightings};
use crate::badges;
use crate::config::{Config, Mode};
use crate::db::load::{self, Scale};
use crate::db::{Db, Patience, migrate as migrations};
use crate::kernel::email::Email;
use crate::ledger;
use crate::worker::{self, Services};

/// Any error ends the program with its message, which says what to do.
type CommandResult = Result<ExitCode, Box<dyn std::error::Error>>;

fn start() -> Result<Config, Box<dyn std::error::Error>> {
    if std::env::var("SURETY_MODE").as_deref() == Ok("development") {
        dotenvy::dotenv().ok();
    }
    let config = Config::from_env()?;
    begin(&config);
    Ok(config)
}

/// What every command does first: starts logging and installs the TLS provider.
pub(crate) fn begin(config: &Config) {
    start_log(config);
    // Two libraries use TLS, and both take the provider that the process has installed.
    rustls::crypto::ring::default_provider().install_default().ok();
}

fn start_log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new(&config.log_filter);
    let ansi = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(ansi);
    let builder = builder.with_writer(std::io::stderr);
    if config.mode == Mode::Production {
        builder.json().init();
    } else {
        builder.compact().init();
    }
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        interrupt.await.ok();
        return;
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}

/// Becomes `true` when the program is asked to stop.
fn stop_watch() -> watch::Receiver<bool> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        stop_signal().await;
        tracing::info!("stopping");
        stop.send_replace(true);
        // Keep the channel open, because receivers take a dropped sender for a stop.
        stop.closed().await;
    });
    stopped
}

pub async fn serve(with_worker: bool) -> CommandResult {
    let config = start()?;
    refuse_unfit(&config).await?;
    let metrics = app::install_metrics()?;
    let bound = app::bind(&config)?;
    run(&config, bound, metrics, with_worker).await
}

/// Production refuses a database whose protections would have no effect.
async fn refuse_unfit(config: &Config) -> Result<(), Box<dyn std::error::Error>> {
    if config.mode == Mode::Production
        && let Some(why) = app::pool(config)?.unfit().await?
    {
        return Err(format!("DATABASE_URL: {why}").into());
    }
    Ok(())
}

/// Runs a bound server until the program is asked to stop. Install the metrics before binding,
/// because the server keeps handles to them.
pub(crate) async fn run(
    config: &Config,
    bound: app::Bound,
    metrics: PrometheusHandle,
    with_worker: bool,
) -> CommandResult {
    let metrics = app::bind_metrics(config.http.metrics_addr, metrics)?;
    tracing::info!(addr = %bound.addr, "serving");
    let (handle, metrics_handle) = (bound.server.handle(), metrics.handle());
    tokio::spawn(metrics);
    let mut stop = stop_watch();
    let worker = if with_worker {
        Some(tokio::spawn(worker::run_until_stopped(services(&bound.config)?, stop.clone())))
    } else {
        None
    };
    let sightings = Sightings { db: app::pool(config)?, memory: bound.badges };
    let writer = tokio::spawn(sightings.clone().write_again_and_again());
    let (url, memory) = (config.database.url.clone(), Arc::clone(&sightings.memory));
    let watcher = tokio::spawn(async move { badges::watch(url.expose_secret(), &memory).await });
    let mut server = tokio::spawn(bound.server);
    let mut work = OptionFuture::from(worker);
    let mut worked = None;
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        result = &mut server => result??,
        // It ends only if it must not go on; then pages must not promise what nobody does.
        Some(result) = &mut work => worked = Some(result),
    }
    handle.stop(true).await;
    writer.abort();
    watcher.abort();
    sightings.write().await;
    if worked.is_none() {
        worked = work.await;
    }
    metrics_handle.stop(false).await;
    worked.transpose()?.transpose()?;
    Ok(ExitCode::SUCCESS)
}

fn services(config: &Arc<Config>) -> Result<Arc<Services>, Box<dyn std::error::Error>> {
    let url = config.database.url.expose_secret();
    let db = Db::patient(url, config.database.pool_size, Patience::Worker)?;
    Ok(Arc::new(Services::new(db, Arc::clone(config))?))
}

pub async fn worker() -> CommandResult {
    let config = Arc::new(start()?);
    refuse_unfit(&config).await?;
    let metrics = app::install_metrics()?;
    let metrics = app::bind_metrics(config.http.metrics_addr, metrics)?;
    let metrics_handle = metrics.handle();
    tokio::spawn(metrics);
    let result = worker::run_until_stopped(services(&config)?, stop_watch()).await;
    metrics_handle.stop(false).await;
    result?;
    Ok(ExitCode::SUCCESS)
}

pub async fn migrate() -> CommandResult {
    let config = start()?;
    for name in migrations::migrate(owner_url(&config)?).await? {
        println!("applied {name}");
    }
    println!("the database is up to date");
    Ok(ExitCode::SUCCESS)
}

fn owner_url(config: &Config) -> Result<&str, &'static str> {
    let url = config.database.migrate_url.as_ref();
    url.map(ExposeSecret::expose_secret)
        .ok_or("SURETY_MIGRATE_DATABASE_URL is missing: this is done as the owner")
}

pub async fn load(orders: u64) -> CommandResult {
    let config = start()?;
    if !config.mode.is_development() {
        return Err("invented orders are refused in production".into());
    }
    load::fill(owner_url(&config)?, Scale::of(orders), |made| println!("{made} orders")).await?;
    Ok(ExitCode::SUCCESS)
}

/// `surety staff add EMAIL --role ROLE`. If the account is new or its address unconfirmed, prints a
/// link for setting the password, so that none is typed or shown in a terminal.
pub async fn add_staff(email: &str, role: &str) -> CommandResult {
    let role = Role::parse(role).ok_or_else(|| {
        format!("there is no role {role}: it is one of {}", Role::ALL.map(Role::name).join(", "))
    })?;
    let email = Email::parse(email).map_err(|e| format!("{email}: {e}"))?;
    let config = start()?;
    let db = Db::new(config.database.url.expose_secret(), 1)?;
    let added =
        commands::add_staff(&db, config.key_bytes(), &email, role, config.time_zone).await?;
    println!("{email} is {} now", role.name());
    if let Some(path) = added.first_password_path {
        println!("its first password is set here, once, within a day (no earlier one is good):");
        println!("{}", config.http.absolute(&path));
    }
    Ok(ExitCode::SUCCESS)
}

/// `surety audit`: verifies the ledger and the histories; prints all differences and exits non-zero
/// if there are any.
pub async fn audit() -> CommandResult {
    let config = start()?;
    let db = Db::patient(config.database.url.expose_secret(), 1, Patience::Endless)?;
    let differences = ledger::audit(&db).await?;
    for difference in &differences {
        println!("{}: {}: {}", difference.rule, difference.subject, difference.detail);
    }
    if differences.is_empty() {
        println!("every rule holds");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}
