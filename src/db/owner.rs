//! What only the owner of the database may do, besides migrating: set its test clock, and throw a
//! demo away. For the demo and tests; no other part of the program connects as the owner.

use chrono::Duration;
use tokio_postgres::Client;

use super::connect::{ConnectError, Patience, Way};

pub type Failed = ConnectError;

/// Sets the database's test clock.
pub struct OwnerClock {
    client: Client,
}

async fn connect(url: &str) -> Result<Client, ConnectError> {
    Way::new(url, Patience::Endless)?.client().await
}

impl OwnerClock {
    /// Connects as the owner.
    /// Fails when the owner cannot connect.
    pub async fn connect(owner_url: &str) -> Result<Self, ConnectError> {
        Ok(Self { client: connect(owner_url).await? })
    }

    /// Goes to so long before now.
    pub async fn go(&self, before_now: Duration) -> Result<(), ConnectError> {
        let seconds = -before_now.num_seconds();
        self.client.execute("UPDATE clock_offset SET seconds = $1", &[&seconds]).await?;
        Ok(())
    }

    /// Whether the clock stands in the past.
    pub async fn is_set_back(&self) -> Result<bool, ConnectError> {
        let row = self.client.query_one("SELECT seconds <> 0 FROM clock_offset", &[]).await?;
        Ok(row.get(0))
    }
}

/// Drops a database with whoever is connected to it. The name must be one of ours.
/// Fails when the superuser cannot connect or the database cannot be dropped.
pub async fn drop_database(superuser_url: &str, name: &str) -> Result<(), ConnectError> {
    let client = connect(superuser_url).await?;
    Ok(client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await?)
}
