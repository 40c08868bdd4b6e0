//! Reads a small file from somebody else's site, held in by [`super::ssrf_guard`]: HTTPS on its
//! usual port alone, no address that is not public (checked after resolution, at each redirect,
//! and connected to as checked), three redirects, five seconds in all, 64 KB, no proxy.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::LOCATION;
use url::Url;

use super::domain::Failure;
use super::ssrf_guard::is_public;
use crate::config::TestHost;
use crate::kernel::domain_name::DomainName;

const MAX_REDIRECTS: usize = 3;
const MAX_BYTES: usize = 64 * 1024;
const TOTAL: Duration = Duration::from_secs(5);

/// Reads files from sites. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    /// Names that lead to this machine, in development alone: the configuration refuses them in
    /// production.
    test_hosts: Vec<TestHost>,
    total: Duration,
    #[cfg(test)]
    names: std::collections::HashMap<String, Vec<std::net::IpAddr>>,
}

/// Where a request may go, after all checks.
struct Target {
    host: String,
    addresses: Vec<SocketAddr>,
}

impl Fetcher {
    /// A fetcher; `test_hosts` as the configuration has them.
    pub fn new(test_hosts: &[TestHost]) -> Self {
        Self {
            test_hosts: test_hosts.to_vec(),
            total: TOTAL,
            #[cfg(test)]
            names: std::collections::HashMap::new(),
        }
    }

    /// The file at a path of a site, as text.
    /// Fails with [`Failure`], as the site's owner can act on it.
    pub async fn get(&self, site: &DomainName, path: &str) -> Result<String, Failure> {
        let address = match self.test_host(site.as_str()) {
            Some(test) => format!("http://{site}:{}{path}", test.addr.port()),
            None => format!("https://{site}{path}"),
        };
        let url = Url::parse(&address).map_err(|_| Failure::NotResolved)?;
        tokio::time::timeout(self.total, self.follow(url)).await.unwrap_or(Err(Failure::TooSlow))
    }

    async fn follow(&self, mut url: Url) -> Result<String, Failure> {
        for _ in 0..=MAX_REDIRECTS {
            let target = self.check(&url).await?;
            let response = client(&target)?.get(url.clone()).send().await.map_err(failure_of)?;
            if response.status().is_redirection() {
                let to = response.headers().get(LOCATION).and_then(|l| l.to_str().ok());
                url = url.join(to.ok_or(Failure::NoFile)?).map_err(|_| Failure::NoFile)?;
                continue;
            }
            if response.status() != StatusCode::OK {
                return Err(Failure::NoFile);
            }
            return read(response).await;
        }
        Err(Failure::TooManyRedirects)
    }

    /// Whether an address may be asked, and where its name leads.
    async fn check(&self, url: &Url) -> Result<Target, Failure> {
        let host = url.host_str().unwrap_or_default().to_owned();
        if let Some(test) = self.test_host(&host)
            && url.scheme() == "http"
            && url.port_or_known_default() == Some(test.addr.port())
        {
            return Ok(Target { host, addresses: vec![test.addr] });
        }
        if url.scheme() != "https" {
            return Err(Failure::NotSecure);
        }
        let named = DomainName::parse(&host).is_ok();
        if !named || url.port().is_some() || !url.username().is_empty() || url.password().is_some()
        {
            return Err(Failure::NotPublic);
        }
        let addresses = self.resolve(&host).await?;
        // All of them: a name that leads inside as well is not what it seems.
        if addresses.is_empty() || !addresses.iter().all(|a| is_public(a.ip())) {
            return Err(Failure::NotPublic);
        }
        Ok(Target { host, addresses })
    }

    async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, Failure> {
        const HTTPS: u16 = 443;
        #[cfg(test)]
        if let Some(addresses) = self.names.get(host) {
            return Ok(addresses.iter().map(|ip| SocketAddr::new(*ip, HTTPS)).collect());
        }
        // With the dot at its end the name is complete: no search domain of this machine is added.
        let found = tokio::net::lookup_host((format!("{host}."), HTTPS)).await;
        Ok(found.map_err(|_| Failure::NotResolved)?.collect())
    }

    fn test_host(&self, host: &str) -> Option<&TestHost> {
        self.test_hosts.iter().find(|t| {
            host.strip_suffix(t.suffix.as_str()).is_some_and(|h| h.is_empty() || h.ends_with('.'))
        })
    }
}

/// A client for one request: it connects to the checked addresses and to nothing else.
fn client(target: &Target) -> Result<reqwest::Client, Failure> {
    // Does nothing when the process has chosen already.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .resolve_to_addrs(&target.host, &target.addresses)
        .user_agent("surety-domain-check/1")
        .pool_max_idle_per_host(0)
        .build()
        .map_err(failure_of)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failure_of(error: reqwest::Error) -> Failure {
    tracing::debug!(%error, "a site cannot be read");
    if error.is_timeout() { Failure::TooSlow } else { Failure::NotReached }
}

async fn read(mut response: reqwest::Response) -> Result<String, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure_of)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(text_of(&body))
}

/// UTF-8, or what a byte-order mark says: editors save plain text as UTF-16 too.
fn text_of(body: &[u8]) -> String {
    encoding_rs::UTF_8.decode(body).0.into_owned()
}

#[cfg(test)]
mod tests;
