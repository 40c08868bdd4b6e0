//! Whether the process answers, and whether it can do its work.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::web::Data;
use tokio::sync::Mutex;

use crate::config::Config;
use crate::db::{Db, migrate};
use crate::files::Files;

/// `GET /healthz`: the process responds.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// What was found last, and when; in actix's application data. Everybody may ask, so that asking
/// must cost next to nothing.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, Found)>>);

/// How long a finding holds.
const FRESH: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Found {
    is_ready: bool,
    text: String,
}

/// `/readyz`: the database answers, its schema is this program's, and files can be written.
pub async fn ready(
    db: Data<Db>,
    config: Data<Config>,
    files: Data<Files>,
    readiness: Data<Readiness>,
) -> HttpResponse {
    let mut last = readiness.0.lock().await;
    let fresh = last.take().filter(|(at, _)| at.elapsed() < FRESH);
    let (at, found) = match fresh {
        Some(known) => known,
        None => (Instant::now(), look(&db, &config, &files).await),
    };
    *last = Some((at, found.clone()));
    let mut answer =
        if found.is_ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.content_type("text/plain").body(found.text)
}

async fn look(db: &Db, config: &Config, files: &Files) -> Found {
    let database = match migrate::pending(db).await {
        Ok(0) => "ok".to_owned(),
        Ok(n) => format!("{n} migrations are missing"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            "cannot be reached".to_owned()
        }
    };
    let disk = match disk_is_writable(&config.data_dir).await {
        Ok(()) => "ok",
        Err(error) => {
            tracing::warn!(%error, "not ready");
            "cannot be written"
        }
    };
    let store = match files.probe().await {
        Ok(()) => "ok",
        Err(error) => {
            tracing::warn!(%error, "not ready");
            "cannot be written"
        }
    };
    let is_ready = [database.as_str(), disk, store] == ["ok"; 3];
    let text = format!("database: {database}\ndisk: {disk}\nfiles: {store}\n");
    Found { is_ready, text }
}

async fn disk_is_writable(folder: &std::path::Path) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let probe = folder.join(format!(".ready-{}", uuid::Uuid::new_v4().simple()));
    tokio::fs::write(&probe, b"ready").await?;
    tokio::fs::remove_file(&probe).await
}
