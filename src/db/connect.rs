//! How a connection is made, and how long the database works on what it asks.

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use tokio_postgres::{Config, NoTls};

/// How long the database works on a statement before it gives up, changing nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Somebody waits for the answer: 10 s for a statement, 5 s of them for a lock. A request is
    /// given up later than that (`web/headers.rs`), so that its end is known.
    Reader,
    /// Nobody waits, but others want the rows: 60 s for a statement, 10 s of them for a lock.
    Worker,
    /// As long as it takes: for the audit, which reads everything.
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
                "-c statement_timeout=0 -c lock_timeout=10s \
                 -c idle_in_transaction_session_timeout=60s"
            }
        }
    }
}

/// What every connection of a pool is made with.
#[derive(Debug, Clone)]
pub(super) struct Way(Config);

impl Way {
    /// The way that a URL describes. What its `options` say goes before our own limits.
    pub fn new(url: &str, patience: Patience) -> Result<Self, tokio_postgres::Error> {
        let mut config: Config = url.parse()?;
        let theirs = config.get_options().unwrap_or_default();
        let options = format!("{} {theirs}", patience.settings());
        config.options(options.trim_end());
        config.application_name("surety");
        Ok(Self(config))
    }

    /// Makes a connection.
    pub async fn connect(self) -> ConnectionResult<AsyncPgConnection> {
        let (client, connection) = self.0.connect(NoTls).await.map_err(refused)?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    }
}

fn refused(error: tokio_postgres::Error) -> ConnectionError {
    ConnectionError::CouldntSetupConfiguration(diesel::result::Error::QueryBuilderError(Box::new(
        error,
    )))
}
