//! Sends mails by SMTP, or writes them into a folder if no server is configured.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::{StreamExt, stream};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use metrics::counter;
use secrecy::ExposeSecret;

use super::mail::{self, Site};
use super::state::{Failure, TRIES, next_attempt};
use super::store::{self, Mail};
use crate::config::Config;
use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;

/// How many mails a worker claims at a time, and sends concurrently. With the time limit a batch
/// takes at most 2.5 minutes, half of the claim.
const BATCH: i64 = 20;
const AT_ONCE: usize = 4;
const TIME_LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// The URL is not shown, because it holds a password.
    #[error("SURETY_SMTP_URL is no address of an SMTP server")]
    Url,
    #[error("SURETY_MAIL_FROM is no sender: {0}")]
    From(#[from] lettre::address::AddressError),
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

pub struct Sender {
    site: Site,
    way: Way,
}

impl Sender {
    /// Makes no connection yet.
    pub fn new(config: &Config) -> Result<Self, SenderError> {
        let site = Site::new(config)?;
        let way = match &config.mail.smtp_url {
            None => Way::Folder(config.mail.mail_dir.clone()),
            Some(url) => Way::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
                    .map_err(|_| SenderError::Url)?
                    .timeout(Some(TIME_LIMIT))
                    .build(),
            ),
        };
        Ok(Self { site, way })
    }

    async fn send(&self, mail: &Mail, now: Timestamp) -> Result<(), Failure> {
        let message = mail::message(&self.site, mail, now)?;
        match &self.way {
            Way::Smtp(transport) => {
                let sent = tokio::time::timeout(TIME_LIMIT, transport.send(message)).await;
                match sent {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(failure(&error)),
                    Err(_) => Err(Failure::Temporary("the server did not answer in time".into())),
                }
            }
            Way::Folder(folder) => write(folder, &mail.public_id.to_string(), &message)
                .await
                .map_err(|e| Failure::Temporary(e.to_string())),
        }
    }
}

/// Classifies an SMTP error. A refused login is temporary: the operator must fix it, and no mail
/// may be lost.
fn failure(error: &lettre::transport::smtp::Error) -> Failure {
    use std::error::Error as _;
    let code = error.status().map(u16::from);
    let mut text = error.to_string();
    if let Some(source) = error.source()
        && !text.contains(&source.to_string())
    {
        text = format!("{text}: {source}");
    }
    let signing_in = matches!(code, Some(530 | 534 | 535 | 538));
    if error.is_permanent() && !signing_in {
        Failure::Permanent(text)
    } else {
        Failure::Temporary(text)
    }
}

/// Writes to a temporary name and renames, so that readers find only whole mails.
async fn write(folder: &Path, name: &str, message: &Message) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let part = folder.join(format!(".{name}.part"));
    tokio::fs::write(&part, message.formatted()).await?;
    tokio::fs::rename(&part, folder.join(format!("{name}.eml"))).await
}

/// Tries one batch of due mails and returns its size. If a worker dies, its mails are only delayed;
/// one may arrive twice, but none is lost.
pub async fn send_due(db: &Db, sender: &Sender) -> Result<usize, DbError> {
    let (now, claimed) = store::claim_due(db, BATCH).await?;
    let count = claimed.len();
    let mut tries = stream::iter(claimed)
        .map(|mail| async move {
            // A mail that crashes its worker every time never records a failure, so stop it here.
            let result = if mail.attempts > TRIES {
                Err(Failure::Permanent("no try came to an end".into()))
            } else {
                sender.send(&mail, now).await
            };
            (mail, result)
        })
        .buffer_unordered(AT_ONCE);
    let mut first_error = None;
    while let Some((mail, result)) = tries.next().await {
        // A mail whose result cannot be recorded is due again once its claim has expired.
        if let Err(error) = note(db, now, &mail, result).await {
            first_error.get_or_insert(error);
        }
    }
    first_error.map_or(Ok(count), Err)
}

async fn note(
    db: &Db,
    now: Timestamp,
    mail: &Mail,
    result: Result<(), Failure>,
) -> Result<(), DbError> {
    // Never log the address, the arguments or the link, which may be secret.
    let (id, kind, attempts) = (mail.public_id, &mail.message, mail.attempts);
    let failure = match result {
        Ok(()) => {
            counter!("surety_mails_sent_total").increment(1);
            tracing::info!(%id, kind, attempts, "mail sent");
            return store::mark_sent(db, mail.id).await;
        }
        Err(failure) => failure,
    };
    let reason = failure.reason();
    let next = match failure {
        Failure::Temporary(_) => next_attempt(mail.attempts, now),
        Failure::Permanent(_) => None,
    };
    counter!("surety_mails_failed_total").increment(1);
    match next {
        Some(at) => tracing::warn!(%id, kind, attempts, next = %at, "mail not sent"),
        None => {
            counter!("surety_mails_parked_total").increment(1);
            tracing::error!(%id, kind, attempts, "mail parked: it is not tried again");
        }
    }
    store::mark_failed(db, mail.id, &reason, next).await
}
