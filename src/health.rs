//! Whether the process answers, and whether it can do its work.

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::config::Config;
use crate::db::{Db, migrate};
use crate::files::Files;

/// `/healthz`: the process answers.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `/readyz`: the database answers, its schema is this program's, and files can be written.
pub async fn ready(db: Data<Db>, config: Data<Config>, files: Data<Files>) -> HttpResponse {
    let database = match migrate::pending(&db).await {
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
    let mut answer = if [database.as_str(), disk, store] == ["ok"; 3] {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    let text = format!("database: {database}\ndisk: {disk}\nfiles: {store}\n");
    answer.content_type("text/plain").body(text)
}

async fn disk_is_writable(folder: &std::path::Path) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let probe = folder.join(format!(".ready-{}", uuid::Uuid::new_v4().simple()));
    tokio::fs::write(&probe, b"ready").await?;
    tokio::fs::remove_file(&probe).await
}
