//! How a connection is made: how long the database works on what it asks, and who may read along.

use std::path::PathBuf;
use std::sync::Arc;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::kernel::database_url::{DatabaseUrl, DatabaseUrlError, Encryption};

/// How long the database works on a statement before it gives up, changing nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Somebody waits for the answer: 10 s for a statement, 5 s of them for a lock. A request is
    /// given up later than that (`web/headers.rs`), so that its end is known.
    Reader,
    /// Nobody waits, but others want the rows: 60 s for a statement, 10 s of them for a lock.
    Worker,
    /// As long as it takes: for the audit, which reads everything, and for the owner.
    Endless,
}

impl Patience {
    /// As settings that a connection begins with; they cost no round trip.
    const fn settings(self) -> &'static str {
        match self {
            Self::Reader => {
                "-c statement_timeout=10s -c lock_timeout=5s \
                 -c idle_in_transaction_session_timeout=15s"
            }
            Self::Worker => {
                "-c statement_timeout=60s -c lock_timeout=10s \
                 -c idle_in_transaction_session_timeout=60s"
            }
            Self::Endless => {
                "-c statement_timeout=0 -c lock_timeout=0 \
                 -c idle_in_transaction_session_timeout=60s"
            }
        }
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address cannot be understood.
    #[error("the database's address {0}")]
    Url(#[from] DatabaseUrlError),
    /// The file that `sslrootcert` names.
    #[error("sslrootcert: no certificate can be read from {}: {}", .0.display(), .1)]
    Roots(PathBuf, String),
    /// TLS without roots would trust nobody.
    #[error("this system has no root certificates; give a file in sslrootcert")]
    NoRoots,
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// PostgreSQL, or the way to it.
    #[error("{0}{cause}", cause = cause(.0))]
    Postgres(#[from] tokio_postgres::Error),
}

/// What is behind an error of the client, which says only what it was doing.
fn cause(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"))
}

/// What every connection of a pool is made with.
#[derive(Clone)]
pub(super) struct Way {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Way {
    /// The way that a URL describes. What its `options` say goes before our own limits.
    pub fn new(url: &str, patience: Patience) -> Result<Self, ConnectError> {
        let url = DatabaseUrl::parse(url)?;
        let mut config: Config = url.plain.parse()?;
        let theirs = config.get_options().unwrap_or_default();
        let options = format!("{} {theirs}", patience.settings());
        config.options(options.trim_end());
        config.application_name("surety");
        let tls = match url.encryption {
            Encryption::None => None,
            Encryption::Verified(file) => Some(verified(&roots(file)?)?),
        };
        Ok(Self { config, tls })
    }

    /// Makes a connection for a pool.
    pub async fn connect(self) -> ConnectionResult<AsyncPgConnection> {
        let refused = |error: tokio_postgres::Error| {
            ConnectionError::BadConnection(ConnectError::from(error).to_string())
        };
        match self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(refused)?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls).await.map_err(refused)?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
        }
    }

    /// Makes a connection without diesel; it is driven until the client is dropped.
    pub async fn client(self) -> Result<Client, ConnectError> {
        Ok(match self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                tokio::spawn(connection);
                client
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls).await?;
                tokio::spawn(connection);
                client
            }
        })
    }
}

/// The roots in a file, or else the system's.
fn roots(file: Option<PathBuf>) -> Result<RootCertStore, ConnectError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = file else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return if roots.is_empty() { Err(ConnectError::NoRoots) } else { Ok(roots) };
    };
    let wrong = |why: String| ConnectError::Roots(path.clone(), why);
    for root in CertificateDer::pem_file_iter(&path).map_err(|e| wrong(e.to_string()))? {
        roots.add(root.map_err(|e| wrong(e.to_string()))?).map_err(|e| wrong(e.to_string()))?;
    }
    if roots.is_empty() { Err(wrong("there is none".to_owned())) } else { Ok(roots) }
}

fn verified(roots: &RootCertStore) -> Result<MakeRustlsConnect, ConnectError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots.clone())
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
