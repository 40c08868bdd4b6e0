//! Chromium and its driver: one driver for the process, a browser with a folder of its own for
//! each person. Both are gone when the process is, however it ended.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::support::{Cluster, temp_folder};

/// What a browser is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Points across.
    pub width: u32,
    /// Points down.
    pub height: u32,
    /// A phone: fingers, and two pixels a point.
    pub is_phone: bool,
    /// The reader's language, as browsers ask for it.
    pub language: &'static str,
    /// Whether scripts run.
    pub scripts: bool,
}

/// A window on a desk.
pub const DESK: Profile =
    Profile { width: 1280, height: 900, is_phone: false, language: "en", scripts: true };
/// A phone.
pub const PHONE: Profile = Profile { width: 390, height: 844, is_phone: true, ..DESK };

/// The guard of the driver: when its pipe closes, whatever is in the group ends, the browsers too.
const GUARD: &str = r#"
exec 3<&0
"$@" </dev/null 2>/dev/null 3<&- &
exec >/dev/null
while read -r line <&3; do :; done
trap '' TERM
kill -TERM 0
sleep 1
kill -KILL 0
"#;

struct Driver {
    url: String,
    _guard: Child,
}

static DRIVER: LazyLock<Driver> = LazyLock::new(start_driver);

fn start_driver() -> Driver {
    let program = on_path(&["chromedriver"])
        .or_else(|| existing("/usr/lib/chromium-browser/chromedriver"))
        .expect("chromedriver is missing: scripts/setup --tests installs it");
    let mut guard = Command::new("/bin/sh")
        .args(["-c", GUARD, "surety-chromedriver-guard"])
        .arg(program)
        .arg("--port=0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell");
    let output = BufReader::new(guard.stdout.take().expect("a pipe"));
    let port = output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| {
            let port = line.split("started successfully on port ").nth(1)?;
            port.trim_end_matches('.').parse::<u16>().ok()
        })
        .expect("chromedriver says on which port it listens");
    Driver { url: format!("http://127.0.0.1:{port}"), _guard: guard }
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().flat_map(|name| folders.iter().map(move |f| f.join(name))).find(|p| p.is_file())
}

fn existing(path: &str) -> Option<PathBuf> {
    Some(PathBuf::from(path)).filter(|p| p.is_file())
}

/// A running browser.
pub struct Browser {
    pub client: Client,
    folder: PathBuf,
}

impl Browser {
    /// Opens a browser. Its session lives on the runtime of the cluster, so that it can still be
    /// closed when the test's own runtime has gone.
    pub async fn open(profile: Profile) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder =
            temp_folder().join(format!("browser-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let capabilities = capabilities(profile, &folder);
        let opening = Cluster::get().runtime.spawn(async move {
            ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities)
                .connect(&DRIVER.url)
                .await
        });
        let client = opening.await.expect("no panic").expect("Chromium starts");
        Self { client, folder }
    }

    /// A command of Chromium's own protocol.
    pub async fn protocol(&self, command: &str, params: Value) -> Value {
        let body = json!({ "cmd": command, "params": params });
        let path = "goog/cdp/execute";
        self.client.issue_cmd(DriverCommand { path, body }).await.expect(command)
    }

    /// What the browser noted since the last call: errors of scripts, refusals of the policy.
    pub async fn log(&self) -> Vec<String> {
        let body = json!({ "type": "browser" });
        let path = "se/log";
        let log = self.client.issue_cmd(DriverCommand { path, body }).await.expect("the log");
        let entries = log.as_array().cloned().unwrap_or_default();
        let text = |e: &Value| format!("{}: {}", e["level"], e["message"]);
        entries.iter().map(text).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let client = self.client.clone();
        let (closed, wait) = std::sync::mpsc::channel();
        Cluster::get().runtime.spawn(async move {
            client.close().await.ok();
            closed.send(()).ok();
        });
        wait.recv_timeout(std::time::Duration::from_secs(10)).ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// A command that is not in the WebDriver standard.
#[derive(Debug)]
struct DriverCommand {
    path: &'static str,
    body: Value,
}

impl fantoccini::wd::WebDriverCompatibleCommand for DriverCommand {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(self.body.to_string()))
    }
}

fn capabilities(profile: Profile, folder: &Path) -> Capabilities {
    let binary = on_path(&["chromium", "chromium-browser", "google-chrome"])
        .expect("Chromium is missing: scripts/setup --tests installs it");
    let mut arguments = vec![
        "--headless=new".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--disable-breakpad".to_owned(),
        "--disable-crash-reporter".to_owned(),
        "--hide-scrollbars".to_owned(),
        // What fades is not yet what it will be when axe looks at its contrast.
        "--force-prefers-reduced-motion".to_owned(),
        format!("--user-data-dir={}", folder.display()),
        format!("--lang={}", profile.language),
        format!("--accept-lang={}", profile.language),
    ];
    let mut preferences = json!({
        "intl.accept_languages": profile.language,
        // No bubble over the page that offers to keep a password.
        "credentials_enable_service": false,
        "profile.password_manager_enabled": false,
        "profile.password_manager_leak_detection": false,
    });
    if !profile.scripts {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    arguments.push(format!("--window-size={},{}", profile.width, profile.height));
    let options = json!({
        "binary": binary,
        "args": arguments,
        "prefs": preferences,
        "mobileEmulation": {
            "deviceMetrics": {
                "width": profile.width,
                "height": profile.height,
                "pixelRatio": if profile.is_phone { 2.0 } else { 1.0 },
                "mobile": profile.is_phone,
                "touch": profile.is_phone,
            },
        },
    });
    let all = json!({
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL" },
        "timeouts": { "implicit": 0, "pageLoad": 30_000, "script": 30_000 },
    });
    all.as_object().cloned().expect("an object")
}
