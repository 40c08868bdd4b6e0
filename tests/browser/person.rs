//! Somebody in front of a browser.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::chromium::{Browser, DESK, PHONE, Profile};
use crate::finding::{AFTER_A_CLICK, BEFORE_A_CLICK, find, wait_until};
use crate::prose::{PROSE, english_of};
use crate::support::{self, Codes, PASSWORD, World};

const AXE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/node_modules/axe-core/axe.min.js");
const SCREENSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/screenshots");

/// Runs axe over the page, by all of its rules or by those named, and returns what it found, in
/// words.
const RUN_AXE: &str = "\
    const done = arguments[arguments.length - 1], [rules] = arguments;\
    const runOnly = rules.length ? { runOnly: rules } : {};\
    axe.run(document, { resultTypes: ['violations'], ...runOnly }).then((result) => done(\
      result.violations.flatMap((v) => v.nodes.map((n) =>\
        `${v.id} (${v.impact}): ${v.help}\\n    ${n.html}\\n    ${n.any.concat(n.all, n.none)\
          .map((c) => c.message).join('; ')}`))),\
      (error) => done(['axe failed: ' + error]));";

/// The rules of axe that look at colours.
const OF_COLOURS: [&str; 2] = ["color-contrast", "link-in-text-block"];

/// Somebody with a browser of one kind, in front of one world. Each verb waits until it can be
/// done, and fails the test with a picture (`screenshots/failed-…`) when it cannot.
///
/// ```ignore
/// let buyer = Person::phone(&world).await;
/// buyer.sign_in(&account).await;
/// buyer.goto("/orders").await.follow("A used bicycle").await;
/// buyer.press("Confirm receipt").await.sees("The money was released").await.check().await;
/// ```
pub struct Person {
    browser: Browser,
    profile: Profile,
    origin: String,
    codes: Codes,
}

#[allow(dead_code, reason = "what journeys may need; not each verb is in use at all times")]
impl Person {
    /// At a desk (1280 × 900).
    pub async fn desk(world: &World) -> Self {
        Self::with(world, DESK).await
    }

    /// With a phone (390 × 844).
    pub async fn phone(world: &World) -> Self {
        Self::with(world, PHONE).await
    }

    /// A reader of Chinese, with a browser of this kind.
    pub async fn chinese(world: &World, profile: Profile) -> Self {
        Self::with(world, Profile { language: "zh-CN", ..profile }).await
    }

    /// With scripts off, in a browser of this kind.
    pub async fn without_scripts(world: &World, profile: Profile) -> Self {
        Self::with(world, Profile { scripts: false, ..profile }).await
    }

    /// With any browser.
    pub async fn with(world: &World, profile: Profile) -> Self {
        let browser = Browser::open(profile).await;
        Self { browser, profile, origin: world.config.http.origin(), codes: world.codes() }
    }

    /// Opens a page: a path of ours, or a whole address as mails have it.
    pub async fn goto(&self, path: &str) -> &Self {
        let address =
            if path.starts_with('/') { format!("{}{path}", self.origin) } else { path.to_owned() };
        let opened = self.browser.client.goto(&address).await;
        self.must(opened.map_err(|e| format!("{address} cannot be opened: {e}"))).await;
        self
    }

    /// Loads the page again.
    pub async fn reload(&self) -> &Self {
        let loaded = self.browser.client.refresh().await;
        self.must(loaded.map_err(|e| format!("cannot be reloaded: {e}"))).await;
        self
    }

    /// Types into the field with this label; a choice list is set to the option with these words.
    pub async fn fill(&self, label: &str, value: &str) -> &Self {
        let field = self.must(find(&self.browser, "field", label, None).await).await;
        let set = async {
            let kind = field.prop("type").await?.unwrap_or_default();
            match kind.as_str() {
                "select-one" => field.select_by_label(value).await,
                // What these take from a keyboard depends on the language.
                "date" | "time" | "datetime-local" | "color" => {
                    let script = "arguments[0].value = arguments[1];\
                        arguments[0].dispatchEvent(new Event('change', { bubbles: true }));";
                    let args = vec![serde_json::to_value(&field)?, json!(value)];
                    self.browser.client.execute(script, args).await.map(|_| ())
                }
                "file" => field.send_keys(value).await,
                _ => {
                    field.clear().await?;
                    field.send_keys(value).await
                }
            }
        };
        let set: Result<(), fantoccini::error::CmdError> = set.await;
        self.must(set.map_err(|e| format!("“{label}” cannot be filled in: {e}"))).await;
        self
    }

    /// Ticks a box or chooses a button by its words, as by clicking on its label.
    pub async fn choose(&self, label: &str) -> &Self {
        let field = self.must(find(&self.browser, "field", label, None).await).await;
        let args = vec![serde_json::to_value(&field).expect("an element")];
        let script = "const e = arguments[0]; if (!e.checked) (e.labels[0] || e).click();\
            return e.checked;";
        let done = self.browser.client.execute(script, args).await;
        let done = done.map_err(|e| e.to_string()).and_then(|checked| {
            checked.as_bool().filter(|c| *c).ok_or_else(|| format!("“{label}” cannot be chosen"))
        });
        self.must(done).await;
        self
    }

    /// Presses the button with these words (or a link, where there is no such button). What it
    /// leads to is waited for.
    pub async fn press(&self, words: &str) -> &Self {
        self.click("button", words, None).await
    }

    /// As [`Self::press`], of several with the same words the one inside what this selector names.
    pub async fn press_in(&self, scope: &str, words: &str) -> &Self {
        self.click("button", words, Some(scope)).await
    }

    /// Follows the link with these words.
    pub async fn follow(&self, words: &str) -> &Self {
        self.click("link", words, None).await
    }

    /// Clicks, and waits for the page that this leads to: what comes next must not be looked for on
    /// the page that is left.
    async fn click(&self, kind: &str, words: &str, scope: Option<&str>) -> &Self {
        let element = self.must(find(&self.browser, kind, words, scope).await).await;
        let args = vec![serde_json::to_value(&element).expect("an element")];
        let leads_on = self.run(BEFORE_A_CLICK, args).await == json!(true);
        let clicked = element.click().await;
        self.must(clicked.map_err(|e| format!("“{words}” cannot be clicked: {e}"))).await;
        if leads_on {
            let left = wait_until(&self.browser, AFTER_A_CLICK, vec![]).await;
            self.must(left.map_err(|_| format!("“{words}” leads nowhere"))).await;
        }
        self
    }

    /// Waits until these words can be read on the page.
    pub async fn sees(&self, words: &str) -> &Self {
        let script = "const text = document.body.innerText.replace(/\\s+/g, ' ');\
            return text.includes(arguments[0]) || text;";
        let seen = wait_until(&self.browser, script, vec![json!(words)]).await;
        self.must(seen.map_err(|text| format!("does not say “{words}”, but: {text}"))).await;
        self
    }

    /// Waits until the page leads with this sentence: the whole of its first heading.
    pub async fn heads(&self, sentence: &str) -> &Self {
        let script = "const text = document.querySelector('h1')?.innerText.replace(/\\s+/g, ' ');\
            return text === arguments[0] || text;";
        let seen = wait_until(&self.browser, script, vec![json!(sentence)]).await;
        self.must(seen.map_err(|text| format!("is not headed “{sentence}”, but {text}"))).await;
        self
    }

    /// Fails when these words can be read on the page, as it is now.
    pub async fn sees_not(&self, words: &str) -> &Self {
        let text = self.text("body").await;
        let seen =
            if text.contains(words) { Err(format!("says “{words}”: {text}")) } else { Ok(()) };
        self.must(seen).await;
        self
    }

    /// Waits until the address is this path (or begins with it, when it ends with `*`).
    pub async fn is_at(&self, path: &str) -> &Self {
        let script = "const [path] = arguments, at = location.pathname + location.search;\
            return (path.endsWith('*') ? at.startsWith(path.slice(0, -1)) : at === path) || at;";
        let there = wait_until(&self.browser, script, vec![json!(path)]).await;
        self.must(there.map_err(|at| format!("is at {at} and not at {path}"))).await;
        self
    }

    /// The path and query that the browser is at.
    pub async fn path(&self) -> String {
        let url = self.browser.client.current_url().await.expect("an address");
        url[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
    }

    /// The text of the first element that a selector names; empty when there is none.
    pub async fn text(&self, css: &str) -> String {
        let script = "const e = document.querySelector(arguments[0]);\
            return e ? e.innerText.replace(/\\s+/g, ' ').trim() : '';";
        let text = self.browser.client.execute(script, vec![json!(css)]).await;
        text.ok().and_then(|t| t.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// How many elements a selector names.
    pub async fn count(&self, css: &str) -> u64 {
        let script = "return document.querySelectorAll(arguments[0]).length";
        let count = self.browser.client.execute(script, vec![json!(css)]).await;
        count.ok().and_then(|n| n.as_u64()).unwrap_or_default()
    }

    /// Runs a script in the page, for what a person cannot say in words.
    pub async fn run(&self, script: &str, args: Vec<Value>) -> Value {
        let answer = self.browser.client.execute(script, args).await;
        self.must(answer.map_err(|e| format!("{e}: {script}"))).await
    }

    /// A command of the browser's own protocol, such as what plays a device.
    pub async fn protocol(&self, command: &str, params: Value) -> Value {
        self.browser.protocol(command, params).await
    }

    /// Signs in over the page, with everybody's password.
    pub async fn sign_in(&self, account: &support::Person) -> &Self {
        self.sign_in_with(&account.email, PASSWORD).await
    }

    /// The code that the app of an account shows.
    pub async fn code_of(&self, email: &str) -> String {
        self.codes.of(email).await
    }

    /// Signs in over the page, and over the second step of who has one. Works in any language: the
    /// fields are found by name.
    pub async fn sign_in_with(&self, email: &str, password: &str) -> &Self {
        self.goto("/login").await;
        self.type_and_send(&[("email", email), ("password", password)]).await;
        let script = "return location.pathname !== '/login' || document.body.innerText";
        let signed_in = wait_until(&self.browser, script, vec![]).await;
        self.must(signed_in.map_err(|text| format!("{email} cannot sign in: {text}"))).await;
        if self.path().await.starts_with("/login/second-factor") {
            let code = self.code_of(email).await;
            self.type_and_send(&[("one_time_code", &code)]).await;
            let script = "return !location.pathname.startsWith('/login') || \
                document.body.innerText";
            let signed_in = wait_until(&self.browser, script, vec![]).await;
            self.must(signed_in.map_err(|text| format!("{email} is not let in: {text}"))).await;
        }
        self
    }

    /// Fills in the first form of the page, by the names of its fields, and sends it.
    async fn type_and_send(&self, fields: &[(&str, &str)]) {
        for (name, value) in fields.iter().copied() {
            let css = format!("main input[name={name}]");
            let field = self.browser.client.find(fantoccini::Locator::Css(&css)).await;
            let field = self.must(field.map_err(|e| format!("no field {name}: {e}"))).await;
            field.send_keys(value).await.expect("typing");
        }
        let css = fantoccini::Locator::Css("main form button:not([type=button])");
        let button = self.browser.client.find(css).await;
        let button = self.must(button.map_err(|e| format!("no button: {e}"))).await;
        button.click().await.expect("a click");
    }

    /// Shows the page as to somebody who prefers dark.
    pub async fn dark(&self) -> &Self {
        self.prefers("dark").await
    }

    /// Shows the page as to somebody who prefers light.
    pub async fn light(&self) -> &Self {
        self.prefers("light").await
    }

    async fn prefers(&self, scheme: &str) -> &Self {
        let feature = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        let params = json!({ "features": feature });
        self.browser.protocol("Emulation.setEmulatedMedia", params).await;
        self
    }

    /// Checks the page as it is: axe finds nothing, nothing sticks out sideways, the browser has
    /// nothing to complain of, and a reader of Chinese meets no English.
    pub async fn check(&self) -> &Self {
        let wrong = self.problems().await;
        self.accept(wrong).await
    }

    async fn accept(&self, wrong: Vec<String>) -> &Self {
        let result = if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!("is not accessible or not whole:\n  {}", wrong.join("\n  ")))
        };
        self.must(result).await;
        self
    }

    /// What [`Self::check`] finds, in words.
    pub async fn problems(&self) -> Vec<String> {
        let mut wrong = self.complaints().await;
        let overflow = "const w = document.documentElement;\
            return w.scrollWidth <= w.clientWidth ? [] : [...document.querySelectorAll('body *')]\
              .filter((e) => e.getBoundingClientRect().right > w.clientWidth + 1)\
              .slice(-3).map((e) => 'sticks out: ' + e.outerHTML.slice(0, 200));";
        wrong.extend(texts(&self.run(overflow, vec![]).await));
        if self.profile.language.starts_with("zh") {
            let prose = self.run(PROSE, vec![]).await;
            let english = english_of(prose.as_str().unwrap_or_default());
            wrong.extend(english.iter().map(|words| format!("is not Chinese: {words}")));
            if self.run("return document.documentElement.lang", vec![]).await != "zh-Hans" {
                wrong.push("is not marked as Chinese".to_owned());
            }
        }
        wrong.extend(self.axe(&[]).await);
        wrong
    }

    /// What axe finds, by all of its rules or by those named.
    async fn axe(&self, rules: &[&str]) -> Vec<String> {
        if !self.profile.scripts {
            return Vec::new();
        }
        if self.run("return typeof axe", vec![]).await != "object" {
            let axe = std::fs::read_to_string(AXE)
                .expect("axe is missing: scripts/setup --tests installs it");
            self.run(&axe, vec![]).await;
        }
        let found = self.browser.client.execute_async(RUN_AXE, vec![json!(rules)]).await;
        texts(&self.must(found.map_err(|e| format!("axe: {e}"))).await)
    }

    /// What the browser noted that is a mistake of ours.
    async fn complaints(&self) -> Vec<String> {
        let log = self.browser.log().await;
        // A form that was refused (422) is an answer, not a mistake.
        let is_answer = |line: &String| line.contains("responded with a status of 4");
        log.into_iter().filter(|line| line.contains("SEVERE") && !is_answer(line)).collect()
    }

    /// Checks the page in light, and what the dark changes of it: its colours.
    pub async fn check_both(&self) -> &Self {
        self.light().await.check().await;
        let wrong = self.dark().await.axe(&OF_COLOURS).await;
        self.accept(wrong).await.light().await
    }

    /// Takes a picture of the whole page, as `screenshots/NAME.png`.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        use base64::Engine as _;
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        let answer = self.browser.protocol("Page.captureScreenshot", params).await;
        let data = answer["data"].as_str().unwrap_or_default();
        let png = base64::engine::general_purpose::STANDARD.decode(data).expect("a picture");
        std::fs::create_dir_all(SCREENSHOTS).expect("a folder for pictures");
        let path = PathBuf::from(SCREENSHOTS).join(format!("{name}.png"));
        std::fs::write(&path, png).expect("a picture can be written");
        path
    }

    /// Fails the test with the place and a picture.
    async fn must<T>(&self, result: Result<T, String>) -> T {
        match result {
            Ok(value) => value,
            Err(problem) => {
                let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
                let picture = self.screenshot(&format!("failed-{test}")).await;
                panic!("{} {problem}\n(see {})", self.path().await, picture.display())
            }
        }
    }
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect()
}
