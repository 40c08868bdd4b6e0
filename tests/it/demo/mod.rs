//! The first ten minutes: `surety demo` on an empty folder, cut off half-way, begun anew, and
//! started again over what is there.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::Method;
use surety::demo;
use tokio::process::{Child, Command};

use crate::support::{Cluster, Visitor, prove, temp_folder};

/// Filling takes a minute where others work, too.
const PATIENCE: Duration = Duration::from_secs(300);

/// `surety demo` over a folder.
struct Demo {
    child: Child,
    url: String,
    folder: PathBuf,
}

impl Demo {
    fn start(folder: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        let port = port.expect("a free port").port();
        let url = format!("http://127.0.0.1:{port}");
        let file = |name| Stdio::from(File::create(folder.join(name)).expect("a file"));
        let child = Command::new(env!("CARGO_BIN_EXE_surety"))
            .arg("demo")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("SURETY_ADDR", format!("127.0.0.1:{port}"))
            .env("SURETY_METRICS_ADDR", "127.0.0.1:0")
            .env("SURETY_PUBLIC_URL", &url)
            .env("SURETY_DATA_DIR", folder)
            .env("SURETY_WORKERS", "2")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("log"))
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        Self { child, url, folder: folder.to_owned() }
    }

    /// What the program has written so far.
    fn wrote(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    /// Asks for a page until `enough` says that it is what was waited for.
    async fn wait_for(&mut self, path: &str, enough: impl Fn(&Self, &str) -> bool) {
        let (mut visitor, began) = (Visitor::at(&self.url, &self.url), Instant::now());
        loop {
            let reply = visitor.try_send(Method::GET, path, &[], None).await;
            if reply.is_ok_and(|r| r.status == 200 && enough(self, &r.body())) {
                return;
            }
            let ended = self.child.try_wait().expect("a child of ours");
            let late = began.elapsed() > PATIENCE;
            assert!(ended.is_none() && !late, "{ended:?}: {}", self.wrote("log"));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn end(mut self, signal: Signal) -> ExitStatus {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).expect("it runs");
        kill(Pid::from_raw(id), signal).expect("a signal");
        let ended = tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await;
        ended.expect("it ends").expect("it ran")
    }
}

async fn is_greeted(demo: &mut Demo) {
    demo.wait_for("/readyz", |demo, _| demo.wrote("out").contains("Ctrl-C stops everything")).await;
}

/// What the demo's buyer has bought, after having signed in as the program says.
async fn purchases(demo: &Demo) -> usize {
    let out = demo.wrote("out");
    assert!(out.contains(&demo.url) && out.contains(demo::PASSWORD), "{out}");
    for (email, _) in demo::ACCOUNTS {
        assert!(out.contains(email), "{email} is not in {out}");
        Visitor::at(&demo.url, &demo.url).sign_in(email, demo::PASSWORD).await.expect(303);
    }
    let mut buyer = Visitor::at(&demo.url, &demo.url);
    buyer.sign_in("buyer@demo.test", demo::PASSWORD).await;
    let orders = buyer.get("/orders").await;
    orders.ok().body().matches("href=\"/orders/").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_fills_itself_begins_anew_when_cut_off_and_keeps_what_is_there() {
    // Two fillings are minutes of a machine: only when everything is proved.
    if prove(1, 0) == 0 {
        return;
    }
    // The common cluster cleans up after the process; this makes sure that it runs.
    let _ = Cluster::get();
    let folder = temp_folder().join("demo");
    std::fs::create_dir_all(&folder).expect("a folder");

    let mut first = Demo::start(&folder);
    first.wait_for("/directory", |_, body| body.contains("href=\"/verify/TM-")).await;
    assert!(!first.wrote("out").contains("Surety is at"), "it is being filled still");
    assert!(!first.end(Signal::SIGKILL).await.success());

    let mut second = Demo::start(&folder);
    is_greeted(&mut second).await;
    assert!(second.wrote("log").contains("beginning anew"), "{}", second.wrote("log"));
    let bought = purchases(&second).await;
    assert!(bought > 0, "the buyer has bought something");
    let lost = Visitor::at(&second.url, &second.url).get("/no/such/page").await;
    let reference = lost.expect(404).text_of(".status .code");
    let log = second.wrote("log");
    let line = log.lines().find(|line| line.contains(&reference));
    assert!(reference.len() > 20 && line.is_some(), "the log has no {reference}: {log}");
    let ended = second.end(Signal::SIGTERM).await;
    assert!(ended.success(), "{ended}");

    let mut third = Demo::start(&folder);
    is_greeted(&mut third).await;
    assert!(!third.wrote("log").contains("filling"), "what is there is kept");
    assert_eq!(purchases(&third).await, bought);
    assert!(third.end(Signal::SIGTERM).await.success());
    std::fs::remove_dir_all(&folder).expect("nobody is in the folder any more");
}
