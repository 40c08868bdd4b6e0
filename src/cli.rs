//! One function a command of the command line.

use std::process::ExitCode;

use secrecy::ExposeSecret;

use crate::app;
use crate::config::{Config, Mode};
use crate::db::migrate as migrations;

/// Any error ends the program with its message; each says by itself what to do.
type CommandResult = Result<ExitCode, Box<dyn std::error::Error>>;

/// Reads the configuration and begins the log.
fn start() -> Result<Config, Box<dyn std::error::Error>> {
    if std::env::var("SURETY_MODE").as_deref() == Ok("development") {
        dotenvy::dotenv().ok();
    }
    let config = Config::from_env()?;
    start_log(config.mode);
    // Two libraries speak TLS; both take the provider that the process has chosen.
    rustls::crypto::ring::default_provider().install_default().ok();
    Ok(config)
}

fn start_log(mode: Mode) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("SURETY_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,actix_server=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if mode == Mode::Production {
        builder.json().init();
    } else {
        builder.compact().init();
    }
}

/// Waits for Ctrl-C or SIGTERM.
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

/// `surety serve`.
///
/// # Errors
/// What keeps the server from starting.
pub async fn serve(_with_worker: bool) -> CommandResult {
    let config = start()?;
    let metrics = app::install_metrics()?;
    let bound = app::bind(&config)?;
    let metrics = app::bind_metrics(config.http.metrics_addr, metrics)?;
    tracing::info!(addr = %bound.addr, "serving");
    let handle = bound.server.handle();
    let metrics_handle = metrics.handle();
    tokio::spawn(metrics);
    tokio::spawn(async move {
        stop_signal().await;
        tracing::info!("stopping");
        handle.stop(true).await;
        metrics_handle.stop(false).await;
    });
    bound.server.await?;
    Ok(ExitCode::SUCCESS)
}

/// `surety migrate`.
///
/// # Errors
/// What keeps the database from being migrated.
pub async fn migrate() -> CommandResult {
    let config = start()?;
    let url = config
        .database
        .migrate_url
        .as_ref()
        .ok_or("SURETY_MIGRATE_DATABASE_URL is missing: migrations run as the owner")?;
    for name in migrations::migrate(url.expose_secret()).await? {
        println!("applied {name}");
    }
    println!("the database is up to date");
    Ok(ExitCode::SUCCESS)
}
