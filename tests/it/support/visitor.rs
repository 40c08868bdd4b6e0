//! Somebody with a browser without scripts: keeps cookies, reads pages, fills in forms by the
//! words beside the fields.

use std::collections::BTreeMap;

use actix_web::cookie::{Cookie, CookieJar, Key};
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use reqwest::{Client, Method};
use surety::config::Config;

use super::form;
use super::people::{PASSWORD, Person};
use super::reply::Reply;
use super::world::World;

/// A browser. Redirects are not followed unless [`Visitor::follow`] is asked to; `Secure` cookies
/// are kept and sent, as behind a proxy that ends TLS.
#[derive(Clone)]
pub struct Visitor {
    client: Client,
    url: String,
    origin: String,
    cookies: BTreeMap<String, String>,
    headers: HeaderMap,
}

/// The connections of one test: making a client costs more than most requests.
pub(super) fn client() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(30))
        .build()
        .expect("an HTTP client")
}

impl Visitor {
    pub(super) fn new(world: &World) -> Self {
        Self::over(world.client.clone(), &world.url, &world.config.http.origin())
    }

    /// In front of another program than a world's own: where it listens, and its public origin.
    pub fn at(url: &str, origin: &str) -> Self {
        Self::over(client(), url, origin)
    }

    fn over(client: Client, url: &str, origin: &str) -> Self {
        let (url, origin) = (url.to_owned(), origin.to_owned());
        Self { client, url, origin, cookies: BTreeMap::new(), headers: HeaderMap::new() }
    }

    /// Sends a header with each request from now on, such as `accept-language`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        self.headers.insert(name, value.parse().expect("a header's value"));
        self
    }

    /// Reads Chinese.
    pub fn chinese(self) -> Self {
        self.header("accept-language", "zh-CN,zh;q=0.9")
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Puts a cookie into the jar.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Puts a session's cookie into the jar, signed as the program signs it.
    pub fn hold_session(&mut self, config: &Config, token: &str) {
        let name = if config.http.secure() { "__Host-surety_session" } else { "surety_session" };
        let mut jar = CookieJar::new();
        let cookie = Cookie::new(name, token.to_owned());
        jar.signed_mut(&Key::derive_from(config.key_bytes())).add(cookie);
        let signed = jar.get(name).map(|c| c.value().to_owned()).unwrap_or_default();
        self.set_cookie(name, &signed);
    }

    /// Empties the jar.
    pub fn forget_cookies(&mut self) {
        self.cookies.clear();
    }

    /// Asks again and again until the answer has this status; fails the test after a minute.
    pub async fn get_until(&mut self, path: &str, status: u16) -> Reply {
        let mut tries = tokio::time::interval(std::time::Duration::from_millis(100));
        for _ in 0..600 {
            tries.tick().await;
            let reply = self.get(path).await;
            if reply.status == status {
                return reply;
            }
        }
        panic!("{path} does not come to answer {status}");
    }

    /// Reads a page. `path` may be a whole address of our own site (as mails have it).
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], None).await
    }

    /// Reads a page and what it redirects to, up to five times.
    pub async fn go(&mut self, path: &str) -> Reply {
        let reply = self.get(path).await;
        self.follow(reply).await
    }

    /// Goes where a reply sends us, up to five times.
    pub async fn follow(&mut self, mut reply: Reply) -> Reply {
        for _ in 0..5 {
            let Some(to) = reply.headers.get(LOCATION) else { break };
            let to = to.to_str().expect("a plain address").to_owned();
            reply = self.get(&to).await;
        }
        reply
    }

    /// Loads the page at `path`, fills in the form that is found by its action (when `form` begins
    /// with `/`) or else by the words on its button, and sends it. Fields are found by their name
    /// or their label; what is not given is sent as the page has it. Not followed.
    pub async fn submit(&mut self, path: &str, form: &str, fields: &[(&str, &str)]) -> Reply {
        let page = self.go(path).await;
        self.submit_on(&page, form, fields).await
    }

    /// As [`Visitor::submit`], on a page that was loaded before.
    pub async fn submit_on(&mut self, page: &Reply, form: &str, fields: &[(&str, &str)]) -> Reply {
        let filled = form::fill(page, form, fields, form::Strictness::AsOffered);
        self.send_form(page, &filled).await
    }

    /// As [`Visitor::submit`], but sends values and fields that the page does not offer, by name.
    pub async fn forge(&mut self, path: &str, form: &str, fields: &[(&str, &str)]) -> Reply {
        let page = self.go(path).await;
        let filled = form::fill(&page, form, fields, form::Strictness::Forged);
        self.send_form(&page, &filled).await
    }

    async fn send_form(&mut self, page: &Reply, filled: &form::Filled) -> Reply {
        let path = if filled.action.is_empty() { page.path.clone() } else { filled.action.clone() };
        let body = form::encode(&filled.fields);
        if filled.is_post {
            let referer = format!("{}{}", self.origin, page.path);
            self.send(Method::POST, &path, &[("referer", &referer)], Some(body)).await
        } else {
            let path = path.split('?').next().unwrap_or_default();
            self.send(Method::GET, &format!("{path}?{body}"), &[], None).await
        }
    }

    /// Sends a form as our own pages do, without loading one: no token unless it is given.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(Method::POST, path, &[], Some(form::encode(fields))).await
    }

    /// The token that the forms of this reader carry, read from a page.
    pub async fn csrf_token(&mut self, path: &str) -> String {
        let page = self.go(path).await;
        page.attribute("input[name=csrf_token]", "value")
            .unwrap_or_else(|| panic!("no form on {path}: {}", page.text()))
    }

    /// Sends any request. Headers given here come instead of the browser's own of that name; an
    /// empty value leaves the header out.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Reply {
        // On a busy machine a request may come too late for the connection that was opened for it
        // (408): the program has read nothing of it, and a browser sends it again.
        for _ in 0..2 {
            let sent = self.try_send(method.clone(), path, headers, body.clone()).await;
            match sent {
                Ok(reply) if reply.status == 408 => {}
                sent => return sent.unwrap_or_else(|e| panic!("{method} {path}: {e:?}")),
            }
        }
        let sent = self.try_send(method.clone(), path, headers, body).await;
        sent.unwrap_or_else(|e| panic!("{method} {path}: {e:?}"))
    }

    /// As [`Visitor::send`], where the program may be gone before it answers.
    pub async fn try_send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Reply, reqwest::Error> {
        self.try_send_bytes(method, path, headers, body.unwrap_or_default().into_bytes()).await
    }

    /// As [`Visitor::try_send`], with any bytes.
    pub async fn try_send_bytes(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Reply, reqwest::Error> {
        let path = self.local(path);
        let mut all = self.headers.clone();
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
            all.insert(COOKIE, pairs.join("; ").parse().expect("plain cookies"));
        }
        if method != Method::GET && method != Method::HEAD {
            all.insert("origin", self.origin.parse().expect("a plain origin"));
            all.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            all.insert("content-type", kind);
        }
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a header's name");
            if value.is_empty() {
                all.remove(name);
            } else {
                all.insert(name, value.parse().expect("a header's value"));
            }
        }
        let host = self.origin.split("://").nth(1).unwrap_or_default();
        all.entry("host").or_insert(host.parse().expect("a plain host"));
        let request =
            self.client.request(method, format!("{}{path}", self.url)).headers(all).body(body);
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.keep_cookies(&headers);
        let bytes = response.bytes().await?;
        Ok(Reply { status, headers, path, bytes: bytes.to_vec() })
    }

    /// Sends a form as [`Visitor::post`] does, where the program may be gone before it answers.
    pub async fn try_post(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Reply, reqwest::Error> {
        self.try_send(Method::POST, path, &[], Some(form::encode(fields))).await
    }

    /// The path of an address of ours.
    fn local(&self, path: &str) -> String {
        let path = path.strip_prefix(&self.origin).unwrap_or(path);
        let path = path.strip_prefix(&self.url).unwrap_or(path);
        let path = path.split('#').next().unwrap_or_default();
        assert!(path.starts_with('/'), "{path} is not of this site");
        path.to_owned()
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for value in headers.get_all(SET_COOKIE) {
            let text = value.to_str().expect("a plain cookie");
            let cookie = Cookie::parse(text).expect("a cookie");
            if cookie.max_age().is_some_and(|age| !age.is_positive()) || cookie.value().is_empty() {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }

    /// Signs in over the page; fails the test when the page does not let us in.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Reply {
        let fields = [("email", email), ("password", password)];
        let reply = self.submit("/login", "/login", &fields).await;
        assert_eq!(reply.status, 303, "{email} cannot sign in: {}", reply.text());
        reply
    }

    /// Signs in over both pages: password, then the code of the app.
    pub async fn sign_in_with_code(&mut self, world: &World, person: &Person) -> Reply {
        let second = self.sign_in(&person.email, PASSWORD).await;
        let page = self.follow(second).await;
        let code = world.code_of(&person.email).await;
        let reply = self.submit_on(&page, "Sign in", &[("Code from your app", &code)]).await;
        assert_eq!(reply.status, 303, "{} is not let in: {}", person.email, reply.text());
        reply
    }

    /// Signs in with the password that everybody of [`World::person`] has.
    pub async fn sign_in_as(&mut self, person: &Person) -> Reply {
        self.sign_in(&person.email, PASSWORD).await
    }
}
