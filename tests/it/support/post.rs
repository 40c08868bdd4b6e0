//! What the worker does for a world, and the mails that come of it.

use std::sync::Arc;

use surety::notifications::{self, Site};
use surety::worker::{self, Services};
use uuid::Uuid;

use super::world::World;

/// A mail that left, in its reader's words.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its public id, as under `/dev/mail`.
    pub id: Uuid,
    /// Whom it went to.
    pub to: String,
    /// Which message it is, such as `application-approved`.
    pub message: String,
    /// What it is about.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML page.
    pub html: String,
    /// Where the button leads, absolute.
    pub link: Option<String>,
}

impl Letter {
    /// Where the button leads; that there is none fails the test.
    #[track_caller]
    pub fn href(&self) -> &str {
        self.link.as_deref().unwrap_or_else(|| panic!("no button in {}", self.text))
    }
}

impl World {
    /// What the worker works with, here: mails go into this world's folder.
    pub fn services(&self) -> Services {
        Services::new(self.db.clone(), Arc::clone(&self.config)).expect("services")
    }

    /// Runs every job of the worker until nothing is left to do at this time of the world.
    pub async fn work(&self) -> usize {
        worker::tick_until_idle(&self.services()).await.expect("the worker's jobs")
    }

    /// Lets the worker work, then reads all mails that left, oldest first.
    pub async fn mails(&self) -> Vec<Letter> {
        self.work().await;
        self.letters(None).await
    }

    /// As [`World::mails`], to one address.
    pub async fn mails_to(&self, address: &str) -> Vec<Letter> {
        self.work().await;
        self.letters(Some(address)).await
    }

    /// The last mail to an address; that there is none fails the test.
    pub async fn mail_to(&self, address: &str) -> Letter {
        let last = self.mails_to(address).await.pop();
        last.unwrap_or_else(|| panic!("{address} got no mail"))
    }

    async fn letters(&self, to: Option<&str>) -> Vec<Letter> {
        let site = Site::new(&self.config).expect("a sender");
        let mails = notifications::newest_mails(&self.db, to, 1_000).await.expect("the mails");
        let sent = mails.into_iter().rev().filter(|mail| mail.sent_at.is_some());
        let letter = |mail: notifications::Mail| {
            let words = notifications::render(&site, &mail).expect("a mail in words");
            Letter {
                id: mail.public_id,
                to: mail.recipient,
                message: mail.message,
                subject: words.subject,
                text: words.text,
                html: words.html,
                link: words.link,
            }
        };
        sent.map(letter).collect()
    }
}
