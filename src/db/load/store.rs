//! Calls the functions of `fill.sql`, which live as long as the connection.

use tokio_postgres::{Client, Error};

use super::Scale;
use crate::db::connect::{ConnectError, Patience, Way};

const FILL: &str = include_str!("fill.sql");

/// A connection of the owner that can fill.
pub(super) struct Loader(Client);

impl Loader {
    pub async fn connect(owner_url: &str) -> Result<Self, ConnectError> {
        let client = Way::new(owner_url, Patience::Endless)?.client().await?;
        client.batch_execute(FILL).await?;
        Ok(Self(client))
    }

    pub async fn is_empty(&self) -> Result<bool, Error> {
        let empty = "SELECT NOT EXISTS (SELECT FROM users) AND NOT EXISTS (SELECT FROM merchants)
            AND NOT EXISTS (SELECT FROM ledger_accounts)";
        Ok(self.0.query_one(empty, &[]).await?.get(0))
    }

    pub async fn people(&self, codes: &[String], buyers: u32) -> Result<(), Error> {
        let buyers = i32::try_from(buyers).unwrap_or(i32::MAX);
        self.0.execute("SELECT pg_temp.load_people($1, $2)", &[&codes, &buyers]).await?;
        Ok(())
    }

    /// The orders `from` to `to`, both included.
    pub async fn orders(&self, from: u64, to: u64, scale: &Scale) -> Result<(), Error> {
        let [from, to] = [from, to].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        let [merchants, buyers] =
            [scale.merchants, scale.buyers].map(|n| i32::try_from(n).unwrap_or(i32::MAX));
        let call = "SELECT pg_temp.load_orders($1, $2, $3, $4)";
        self.0.execute(call, &[&from, &to, &merchants, &buyers]).await?;
        Ok(())
    }

    /// Leaves the database as one that has been running for a while: numbers go on, the platform's
    /// balances are rolled up, statistics are there.
    pub async fn finish(&self) -> Result<(), Error> {
        self.0.execute("SELECT pg_temp.continue_numbers()", &[]).await?;
        // The first call notes how far, the second rolls up.
        for _ in 0..2 {
            self.0.execute("SELECT roll_up_accounts()", &[]).await?;
        }
        // The catalogues are another's: each would be a warning.
        self.0.batch_execute("SET client_min_messages = error").await?;
        self.0.batch_execute("VACUUM ANALYZE").await
    }
}
