//! The database is cut off: readers get a page with a way on, nothing is half done, and the
//! program recovers by itself.

use std::time::{Duration, Instant};

use surety::app;
use surety::config::Config;
use surety::db::migrate;
use surety::embedded_postgres::{DATABASE, EmbeddedPostgres, Options, start};

use crate::support::{Served, Visitor, serve, temp_folder};

/// A cluster that a test may kill.
struct OwnCluster {
    postgres: Option<EmbeddedPostgres>,
}

impl OwnCluster {
    async fn start(name: &str) -> Self {
        // The common one cleans up after the process; this makes sure that it runs.
        let _ = crate::support::Cluster::get();
        let options =
            Options { data_dir: temp_folder().join(name), durable: false, extra: Vec::new() };
        let postgres = start(options).await.expect("a cluster of its own");
        migrate::migrate(&postgres.owner_url(DATABASE)).await.expect("the schema");
        Self { postgres: Some(postgres) }
    }

    fn postgres(&mut self) -> &mut EmbeddedPostgres {
        self.postgres.as_mut().expect("not yet destroyed")
    }
}

fn config(cluster: &mut OwnCluster) -> Config {
    let url = cluster.postgres().server_url(DATABASE);
    let folder = temp_folder().join("outage-data");
    let get = |name: &str| {
        Some(match name {
            "SURETY_MODE" => "development".to_owned(),
            "SURETY_ADDR" => "127.0.0.1:0".to_owned(),
            "SURETY_PUBLIC_URL" => "http://127.0.0.1:0".to_owned(),
            "SURETY_DATA_DIR" => folder.display().to_string(),
            "DATABASE_URL" => url.clone(),
            "SURETY_POOL_SIZE" => "4".to_owned(),
            "SURETY_WORKERS" => "2".to_owned(),
            _ => return None,
        })
    };
    Config::read(&get).expect("a configuration")
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_get_a_way_on_and_the_program_recovers() {
    let metrics = app::install_metrics().expect("the only recorder of this process");
    let mut cluster = OwnCluster::start("outage").await;
    let Served { server, config, url, .. } = serve(&config(&mut cluster)).await;
    let origin = config.http.origin();
    let mut ready = Visitor::at(&url, &origin);
    ready.get_until("/readyz", 200).await;
    // A session cookie has to be looked up, whatever page is asked for.
    let mut reader = Visitor::at(&url, &origin);
    reader.hold_session(&config, "0123456789abcdef0123456789abcdef0123456789abcdef");
    reader.get("/no/such/page").await.expect(404);

    cluster.postgres().immediate_kill().await.expect("a crash");
    // The server dies before its backends do: one may answer a last time.
    let end = Instant::now() + Duration::from_secs(10);
    while reader.get("/no/such/page").await.status != 503 && Instant::now() < end {}
    for _ in 0..3 {
        let began = Instant::now();
        let reply = reader.get("/no/such/page").await;
        reply.expect(503);
        assert_eq!(reply.header("retry-after"), "5");
        assert_eq!(reply.link("Go to the home page"), "/");
        assert!(!reply.header("content-security-policy").is_empty());
        let body = reply.body().to_lowercase();
        for inner in ["postgres", "socket", "connection", "sql"] {
            assert!(!body.contains(inner), "the page speaks of {inner}");
        }
        assert!(began.elapsed() < Duration::from_secs(8), "a reader waits too long");
    }
    let counted = metrics.render();
    let outages = counted.lines().find_map(|line| {
        line.strip_prefix(r#"surety_http_requests_total{route="unmatched",status="503"} "#)
    });
    let outages: u32 = outages.and_then(|n| n.parse().ok()).unwrap_or_default();
    assert!(outages >= 3, "what the session store lost is counted: {counted}");
    ready.get_until("/readyz", 503).await;
    assert_eq!(ready.get("/healthz").await.ok().body(), "ok\n", "the process itself is well");

    cluster.postgres().restart().await.expect("the database is back");
    let back = Instant::now();
    loop {
        let status = reader.get("/no/such/page").await.status;
        if status == 404 {
            break;
        }
        assert_eq!(status, 503);
        assert!(back.elapsed() < Duration::from_secs(10), "no recovery within ten seconds");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ready.get_until("/readyz", 200).await;
    server.stop(false).await;
    let postgres = cluster.postgres.take().expect("not yet destroyed");
    let sockets = postgres.socket_dir().to_owned();
    assert!(sockets.exists());
    postgres.destroy().await.expect("the cluster goes away");
    assert!(!sockets.exists(), "an empty folder is left");
}
