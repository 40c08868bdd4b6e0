//! Configuration from the environment. All errors are reported at once, by the variable's name.

pub mod files;

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use chrono_tz::Tz;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;
use url::Url;

pub use self::files::{FILE_BYTES_MAX, FilePlace};
use crate::kernel::database_url::DatabaseUrl;
use crate::kernel::email::Email;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Production,
    /// A developer's machine: has `/dev/…` pages and writes mails into a folder.
    Development,
    /// `surety demo`: like development, with demo accounts.
    Demo,
}

impl Mode {
    /// Whether the `/dev` pages and the sandbox bank exist.
    pub const fn is_development(self) -> bool {
        !matches!(self, Self::Production)
    }
}

#[derive(Debug, Clone)]
pub struct Http {
    pub addr: SocketAddr,
    /// For metrics; only the operator's network may reach it.
    pub metrics_addr: SocketAddr,
    /// The URL that people and mails use. Its scheme decides whether cookies are secure.
    pub public_url: Url,
    pub trusted_proxies: Vec<IpAddr>,
    pub workers: usize,
}

impl Http {
    /// Whether cookies may only be sent over TLS.
    pub fn secure(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The origin of our own pages, as browsers write it in `Origin`.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}

#[derive(Debug, Clone)]
pub struct Database {
    /// For the server's role, which can move money only by calling functions.
    pub url: SecretString,
    /// For the owner; only `migrate`, `load` and the demo use it.
    pub migrate_url: Option<SecretString>,
    pub pool_size: usize,
}

#[derive(Debug, Clone)]
pub struct Mail {
    /// Without a server, mails are written into `mail_dir`.
    pub smtp_url: Option<SecretString>,
    pub from: String,
    pub mail_dir: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gateway {
    /// A bank simulated by the program itself.
    Sandbox,
}

/// A name that leads to this machine, over plain HTTP, when sites are fetched: in development no
/// site on the internet could prove control of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestHost {
    /// The last labels of the name: `test` covers `lamps.test` too.
    pub suffix: String,
    /// A loopback address.
    pub addr: SocketAddr,
}

#[derive(Debug, Clone)]
pub struct Config {
    pub mode: Mode,
    pub http: Http,
    pub database: Database,
    pub mail: Mail,
    pub gateway: Gateway,
    pub data_dir: PathBuf,
    pub files: FilePlace,
    /// Signs cookies, tokens and notices; at least 64 characters.
    pub secret_key: SecretString,
    /// The operator's time zone, for calendar months and working days.
    pub time_zone: Tz,
    pub log_filter: String,
    /// Empty in production.
    pub test_hosts: Vec<TestHost>,
    /// Where people write to: shown on every page, and the address that mails are answered to.
    pub support: Option<Email>,
}

/// The default key in development; production refuses it.
pub const DEVELOPMENT_KEY: &str =
    "development-only-key-development-only-key-development-only-key-0000";

pub const DEFAULT_LOG: &str = "info,actix_server=warn";

#[derive(Debug, thiserror::Error)]
#[error("the configuration is not usable:\n  - {}", .0.join("\n  - "))]
pub struct ConfigError(pub Vec<String>);

struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    wrong: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.get)(name).filter(|value| !value.is_empty())
    }

    fn parse<T: FromStr>(&mut self, name: &str, default: &str) -> Option<T> {
        let value = self.text(name).unwrap_or_else(|| default.to_owned());
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.wrong.push(format!("{name} cannot be understood"));
        }
        parsed
    }

    fn number(&mut self, name: &str, default: &str, fits: RangeInclusive<usize>) -> Option<usize> {
        let number: usize = self.parse(name, default)?;
        if !fits.contains(&number) {
            self.wrong.push(format!("{name} is not between {} and {}", fits.start(), fits.end()));
        }
        Some(number)
    }

    /// `SURETY_LOG`, in the syntax of `tracing` filters.
    fn log_filter(&mut self) -> String {
        let filter = self.text("SURETY_LOG").unwrap_or_else(|| DEFAULT_LOG.to_owned());
        if EnvFilter::try_new(&filter).is_err() {
            self.wrong.push("SURETY_LOG is no filter such as info,surety=debug".into());
        }
        filter
    }

    fn mode(&mut self) -> Mode {
        match self.text("SURETY_MODE").as_deref() {
            None | Some("production") => Mode::Production,
            Some("development") => Mode::Development,
            Some("demo") => Mode::Demo,
            Some(_) => {
                self.wrong.push("SURETY_MODE is none of production, development, demo".into());
                Mode::Production
            }
        }
    }

    fn http(&mut self, mode: Mode) -> Option<Http> {
        let addr: Option<SocketAddr> = self.parse("SURETY_ADDR", "127.0.0.1:8080");
        let metrics_addr: Option<SocketAddr> = self.parse("SURETY_METRICS_ADDR", "127.0.0.1:9090");
        let default_url =
            addr.map_or_else(String::new, |a| format!("http://localhost:{}", a.port()));
        if mode == Mode::Production && self.text("SURETY_PUBLIC_URL").is_none() {
            self.wrong.push("SURETY_PUBLIC_URL is missing".into());
        }
        let public_url: Option<Url> = self.parse("SURETY_PUBLIC_URL", &default_url);
        let mut trusted_proxies = Vec::new();
        for part in self.text("SURETY_TRUSTED_PROXIES").unwrap_or_default().split(',') {
            match part.trim() {
                "" => {}
                text => match text.parse() {
                    Ok(ip) => trusted_proxies.push(ip),
                    Err(_) => {
                        self.wrong.push("SURETY_TRUSTED_PROXIES is no list of IP addresses".into())
                    }
                },
            }
        }
        let workers = self.number("SURETY_WORKERS", &default_workers(), 1..=256);
        if let Some(url) = &public_url
            && mode == Mode::Production
            && url.scheme() != "https"
        {
            self.wrong.push("SURETY_PUBLIC_URL must begin with https:// in production".into());
        }
        for (name, addr) in [("SURETY_ADDR", addr), ("SURETY_METRICS_ADDR", metrics_addr)] {
            if mode.is_development() && addr.is_some_and(|a| !a.ip().is_loopback()) {
                self.wrong.push(format!("{name} must be a loopback address outside production"));
            }
        }
        Some(Http {
            addr: addr?,
            metrics_addr: metrics_addr?,
            public_url: public_url?,
            trusted_proxies,
            workers: workers?,
        })
    }

    fn database(&mut self, mode: Mode) -> Option<Database> {
        let url = self.text("DATABASE_URL");
        if url.is_none() {
            self.wrong.push("DATABASE_URL is missing".into());
        }
        for name in ["DATABASE_URL", "SURETY_MIGRATE_DATABASE_URL"] {
            match self.text(name).as_deref().map(DatabaseUrl::parse) {
                Some(Err(why)) => self.wrong.push(format!("{name} {why}")),
                Some(Ok(url)) if mode == Mode::Production && !url.is_private() => {
                    self.wrong.push(format!(
                        "{name} leads to another machine and must say sslmode=verify-full in \
                         production"
                    ));
                }
                _ => {}
            }
        }
        let pool_size = self.number("SURETY_POOL_SIZE", "8", 1..=1_000);
        let migrate_url = self.text("SURETY_MIGRATE_DATABASE_URL").map(SecretString::from);
        Some(Database { url: url?.into(), migrate_url, pool_size: pool_size? })
    }

    fn mail(&mut self, mode: Mode, data_dir: &std::path::Path) -> Mail {
        let smtp_url = self.text("SURETY_SMTP_URL").map(SecretString::from);
        if mode == Mode::Production && smtp_url.is_none() {
            self.wrong.push("SURETY_SMTP_URL is missing".into());
        }
        let is_wrong = |url: &SecretString| {
            AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()).is_err()
        };
        if smtp_url.as_ref().is_some_and(is_wrong) {
            self.wrong.push("SURETY_SMTP_URL is no address of an SMTP server".into());
        }
        let from = self
            .text("SURETY_MAIL_FROM")
            .unwrap_or_else(|| "Surety <no-reply@localhost.localdomain>".to_owned());
        if from.parse::<lettre::message::Mailbox>().is_err() {
            self.wrong.push("SURETY_MAIL_FROM is no sender".into());
        }
        Mail { smtp_url, from, mail_dir: data_dir.join("mail") }
    }

    fn secret_key(&mut self, mode: Mode) -> SecretString {
        let key = self.text("SURETY_SECRET_KEY");
        match (&key, mode) {
            (None, Mode::Production) => self.wrong.push("SURETY_SECRET_KEY is missing".into()),
            (Some(k), Mode::Production) if k == DEVELOPMENT_KEY => {
                self.wrong.push("SURETY_SECRET_KEY is the development key".into());
            }
            (Some(k), _) if k.len() < 64 => {
                self.wrong.push("SURETY_SECRET_KEY is shorter than 64 characters".into());
            }
            _ => {}
        }
        key.unwrap_or_else(|| DEVELOPMENT_KEY.to_owned()).into()
    }

    fn support(&mut self) -> Option<Email> {
        let text = self.text("SURETY_SUPPORT_EMAIL")?;
        let email = Email::parse(&text).ok();
        if email.is_none() {
            self.wrong.push("SURETY_SUPPORT_EMAIL is no mail address".into());
        }
        email
    }

    /// Comma-separated `SUFFIX=ADDRESS` pairs. Refused in production, where the protection against
    /// requests into our own network has no exceptions.
    fn test_hosts(&mut self, mode: Mode) -> Vec<TestHost> {
        let text = self.text("SURETY_TEST_HOSTS").unwrap_or_default();
        if mode == Mode::Production && !text.is_empty() {
            self.wrong.push("SURETY_TEST_HOSTS is refused in production".into());
        }
        let mut hosts = Vec::new();
        for part in text.split(',').filter(|p| !p.trim().is_empty()) {
            let host = part.trim().split_once('=').and_then(|(suffix, addr)| {
                let addr: SocketAddr = addr.parse().ok()?;
                let suffix = suffix.trim_start_matches('.').to_lowercase();
                let fits = addr.ip().is_loopback() && !suffix.is_empty();
                fits.then_some(TestHost { suffix, addr })
            });
            match host {
                Some(host) => hosts.push(host),
                None => self.wrong.push(
                    "SURETY_TEST_HOSTS is no list of NAME=ADDRESS with loopback addresses".into(),
                ),
            }
        }
        hosts
    }

    fn gateway(&mut self, mode: Mode) -> Gateway {
        match self.text("SURETY_GATEWAY").as_deref() {
            None if mode.is_development() => {}
            Some("sandbox") if mode.is_development() => {}
            None => self.wrong.push("SURETY_GATEWAY is missing".into()),
            Some("sandbox") => {
                self.wrong.push("SURETY_GATEWAY: the sandbox is refused in production".into());
            }
            Some(_) => self.wrong.push("SURETY_GATEWAY names no gateway".into()),
        }
        Gateway::Sandbox
    }
}

fn default_workers() -> String {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get).to_string()
}

impl Config {
    /// Fails with every error; the messages never contain a value.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&|name| std::env::var(name).ok())
    }

    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut r = Reader { get, wrong: Vec::new() };
        let mode = r.mode();
        let http = r.http(mode);
        let database = r.database(mode);
        let data_dir = PathBuf::from(r.text("SURETY_DATA_DIR").unwrap_or_else(|| "var".into()));
        let mail = r.mail(mode, &data_dir);
        let files = r.files(mode, &data_dir);
        let gateway = r.gateway(mode);
        let secret_key = r.secret_key(mode);
        let time_zone = r.parse("SURETY_TIME_ZONE", "UTC");
        let log_filter = r.log_filter();
        let test_hosts = r.test_hosts(mode);
        let support = r.support();
        match (http, database, time_zone) {
            (Some(http), Some(database), Some(time_zone)) if r.wrong.is_empty() => Ok(Self {
                mode,
                http,
                database,
                mail,
                gateway,
                data_dir,
                files,
                secret_key,
                time_zone,
                log_filter,
                test_hosts,
                support,
            }),
            _ => Err(ConfigError(r.wrong)),
        }
    }

    pub fn key_bytes(&self) -> &[u8] {
        self.secret_key.expose_secret().as_bytes()
    }
}

#[cfg(test)]
mod tests;
