//! The servers that are measured: each a process of its own.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use bytes::Bytes;

use crate::{folder, http};

/// Names the file whose bytes this process only serves.
pub const BARE: &str = "SURETY_BENCH_BARE";
const ADDR: &str = "SURETY_ADDR";

/// A running server; stopped when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Server {
    /// `surety serve` over a database, as the server's role.
    pub async fn surety(database_url: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_surety"));
        // The sandbox is the only gateway yet, and production refuses it; otherwise the modes
        // differ in nothing that is measured.
        command
            .arg("serve")
            .env("SURETY_MODE", "development")
            .env("SURETY_METRICS_ADDR", "127.0.0.1:0")
            .env("SURETY_DATA_DIR", folder().join("files"))
            .env("DATABASE_URL", database_url)
            .env("SURETY_WORKERS", "2")
            .env("SURETY_POOL_SIZE", "8");
        Self::start(command, "/healthz").await
    }

    /// Nothing but actix and these bytes, at any path.
    pub async fn bare(body: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.env(BARE, body);
        Self::start(command, "/").await
    }

    async fn start(mut command: Command, path: &str) -> Self {
        let addr = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        let addr = addr.expect("a free port");
        let log = File::create(folder().join(format!("server-{}.log", addr.port())));
        let child = command
            .env(ADDR, addr.to_string())
            .env("SURETY_PUBLIC_URL", format!("http://{addr}"))
            .stdout(Stdio::null())
            .stderr(log.expect("a log"))
            .spawn()
            .expect("the server starts");
        let server = Self { child, addr };
        for _ in 0..200 {
            if http::ask(addr, &http::get_request(path)).await.is_ok() {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server at {addr} does not answer");
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Memory that the process holds, in megabytes.
    pub fn resident_mb(&self) -> u64 {
        let path = format!("/proc/{}/status", self.pid());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Serves the bytes of a file: the limit of what any handler can reach.
pub fn serve_bare(body: &Path) -> std::io::Result<()> {
    let body = Bytes::from(std::fs::read(body)?);
    let addr = std::env::var(ADDR).expect("an address");
    actix_web::rt::System::new().block_on(async {
        HttpServer::new(move || {
            let body = body.clone();
            App::new().default_service(web::to(move || {
                let body = body.clone();
                async move { HttpResponse::Ok().content_type("text/html").body(body) }
            }))
        })
        .workers(2)
        .bind(addr)?
        .run()
        .await
    })
}
