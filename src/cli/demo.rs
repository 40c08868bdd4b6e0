//! `surety demo`: starts a private PostgreSQL unless one is configured, migrates, fills and serves.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::app;
use crate::config::{Config, TestHost};
use crate::db::{Db, migrate, owner};
use crate::demo::{self, Filled};
use crate::embedded_postgres::{self, EmbeddedPostgres, Options};

type Failed = Box<dyn std::error::Error>;

/// The environment's configuration in mode `demo`, with a private PostgreSQL if none is set.
async fn prepare() -> Result<(Config, Option<EmbeddedPostgres>), Failed> {
    let own = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty());
    let folder = std::env::var("SURETY_DATA_DIR").unwrap_or_else(|_| "var".to_owned());
    let cluster = match own {
        Some(_) => None,
        None => Some(start_cluster(Path::new(&folder)).await?),
    };
    let urls = cluster.as_ref().map(|c| {
        let database = embedded_postgres::DATABASE;
        (c.server_url(database), c.owner_url(database))
    });
    let mut config = Config::read(&|name| match (name, &urls) {
        ("SURETY_MODE", _) => Some("demo".to_owned()),
        ("DATABASE_URL", Some((server, _))) => Some(server.clone()),
        ("SURETY_MIGRATE_DATABASE_URL", Some((_, owner))) => Some(owner.clone()),
        _ => std::env::var(name).ok(),
    })?;
    // The shops' own sites: this program answers for every name below `.test`.
    config.test_hosts.push(TestHost { suffix: "test".to_owned(), addr: config.http.addr });
    Ok((config, cluster))
}

async fn start_cluster(folder: &Path) -> Result<EmbeddedPostgres, Failed> {
    let data_dir = folder.join("postgres");
    eprintln!("starting the private PostgreSQL in {}", data_dir.display());
    Ok(embedded_postgres::start(Options { data_dir, durable: true, extra: Vec::new() }).await?)
}

/// Migrates. A half-filled private database is dropped, so that filling begins anew.
async fn migrated(
    db: &Db,
    owner_url: &str,
    cluster: Option<&EmbeddedPostgres>,
) -> Result<Filled, Failed> {
    migrate::migrate(owner_url).await?;
    match (demo::filled(db, owner_url).await?, cluster) {
        (Filled::Half, Some(cluster)) => {
            eprintln!("the demo was not filled to its end the last time: beginning anew");
            let name = embedded_postgres::DATABASE;
            owner::drop_database(&cluster.superuser_url("postgres"), name).await?;
            cluster.ensure_database(embedded_postgres::DATABASE).await?;
            migrate::migrate(owner_url).await?;
            Ok(Filled::Empty)
        }
        (Filled::Half, None) => Err("the demo was not filled to its end the last time: give \
                                     DATABASE_URL an empty database"
            .into()),
        (filled, _) => Ok(filled),
    }
}

pub async fn demo() -> Result<ExitCode, Failed> {
    let (config, cluster) = prepare().await?;
    super::begin(&config);
    let result = serve(&config, cluster.as_ref()).await;
    if let Some(cluster) = cluster {
        cluster.stop().await?;
    }
    result
}

async fn serve(config: &Config, cluster: Option<&EmbeddedPostgres>) -> Result<ExitCode, Failed> {
    let metrics = app::install_metrics()?;
    let owner: SecretString =
        config.database.migrate_url.clone().ok_or("SURETY_MIGRATE_DATABASE_URL is missing")?;
    let db = app::pool(config)?;
    if migrated(&db, owner.expose_secret(), cluster).await? == Filled::Empty {
        eprintln!("filling the demo, which takes two minutes");
        // The sandbox bank and the shops' sites use HTTP, so a server must be up. No worker yet,
        // because the story sets the clock.
        let bound = app::bind(config)?;
        let (handle, served) = (bound.server.handle(), Arc::clone(&bound.config));
        let server = tokio::spawn(bound.server);
        demo::fill(db.clone(), served, owner.expose_secret()).await?;
        handle.stop(true).await;
        server.await??;
    }
    demo::complete(&db, config).await?;
    let bound = app::bind(config)?;
    greet(bound.config.http.public_url.as_str());
    super::run(config, bound, metrics, true).await
}

fn greet(address: &str) {
    println!();
    println!("Surety is at {address}");
    println!();
    println!("Sign in with the password {} as", demo::PASSWORD);
    for (email, what) in demo::ACCOUNTS {
        println!("  {email:<24} {what}");
    }
    println!();
    println!("The staff's codes for the second step: {address}dev/codes");
    println!("Mails that were sent: {address}dev/mail");
    println!("Ctrl-C stops everything.");
}
