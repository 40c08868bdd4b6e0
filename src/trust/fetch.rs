//! Fetches a small file from a stranger's site: only HTTPS on port 443, only public addresses (see
//! [`super::ssrf_guard`]; checked after resolution and at each redirect, and only these are
//! connected to), three redirects, five seconds, 64 KB, no proxy.

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

#[derive(Debug, Clone)]
pub struct Fetcher {
    /// Names that resolve to this machine. The configuration refuses them in production.
    test_hosts: Vec<TestHost>,
    total: Duration,
    #[cfg(test)]
    names: std::collections::HashMap<String, Vec<std::net::IpAddr>>,
}

struct Target {
    host: String,
    addresses: Vec<SocketAddr>,
}

impl Fetcher {
    pub fn new(test_hosts: &[TestHost]) -> Self {
        Self {
            test_hosts: test_hosts.to_vec(),
            total: TOTAL,
            #[cfg(test)]
            names: std::collections::HashMap::new(),
        }
    }

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
        // All addresses must be public: a name that also resolves to an internal one is suspicious.
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
        // The trailing dot makes the name absolute, so that no search domain is appended.
        let found = tokio::net::lookup_host((format!("{host}."), HTTPS)).await;
        Ok(found.map_err(|_| Failure::NotResolved)?.collect())
    }

    fn test_host(&self, host: &str) -> Option<&TestHost> {
        self.test_hosts.iter().find(|t| {
            host.strip_suffix(t.suffix.as_str()).is_some_and(|h| h.is_empty() || h.ends_with('.'))
        })
    }
}

/// For one request: connects only to the checked addresses.
fn client(target: &Target) -> Result<reqwest::Client, Failure> {
    // Has no effect if the process has already chosen a provider.
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

/// UTF-8 unless a byte-order mark says otherwise: editors also save UTF-16.
fn text_of(body: &[u8]) -> String {
    encoding_rs::UTF_8.decode(body).0.into_owned()
}

#[cfg(test)]
mod tests;
