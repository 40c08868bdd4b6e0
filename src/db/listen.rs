//! Hears what the database tells (`LISTEN`), on a connection of its own, again and again.

use std::pin::pin;
use std::time::Duration;

use diesel::sql_query;
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use tokio::time::{sleep, timeout};

use super::DbError;
use super::connect::{Patience, Way};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Listening has begun: what was told before, since it was lost perhaps, is not known.
    Began,
    Told(String),
}

/// How long a connection may take to be made or to answer.
const WAIT: Duration = Duration::from_secs(5);
/// After so long a silence the connection is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(10);
/// How long to wait before a lost connection is made again.
const AGAIN: Duration = Duration::from_secs(1);

/// Listens to a channel until the future is dropped. A connection that is lost, or that does not
/// answer any more, is made again.
pub async fn listen(url: &str, channel: &'static str, mut hear: impl FnMut(Heard)) {
    let mut is_lost = false;
    loop {
        let mut heard = |what| {
            if what == Heard::Began && std::mem::take(&mut is_lost) {
                tracing::info!(channel, "listening again");
            }
            hear(what);
        };
        let Err(error) = listen_once(url, channel, &mut heard).await;
        if !std::mem::replace(&mut is_lost, true) {
            tracing::warn!(channel, %error, "not listening");
        }
        sleep(AGAIN).await;
    }
}

async fn listen_once(
    url: &str,
    channel: &str,
    hear: &mut impl FnMut(Heard),
) -> Result<std::convert::Infallible, DbError> {
    let silent = || DbError::Unavailable("it does not answer".to_owned());
    let refused = |error: &dyn std::error::Error| DbError::Unavailable(error.to_string());
    let way = Way::new(url, Patience::Reader).map_err(|e| refused(&e))?;
    let made = timeout(WAIT, way.connect()).await.map_err(|_| silent())?;
    let mut conn = made.map_err(|e| refused(&e))?;
    let listening = sql_query(format!("LISTEN {channel}")).execute(&mut conn);
    timeout(WAIT, listening).await.map_err(|_| silent())??;
    hear(Heard::Began);
    loop {
        let told = {
            let mut stream = pin!(conn.notifications_stream());
            timeout(SILENCE, stream.next()).await
        };
        match told {
            Ok(Some(told)) => hear(Heard::Told(told?.payload)),
            Ok(None) => return Err(DbError::Unavailable("the connection closed".to_owned())),
            Err(_) => {
                let asked = sql_query("SELECT 1").execute(&mut conn);
                timeout(WAIT, asked).await.map_err(|_| silent())??;
            }
        }
    }
}
