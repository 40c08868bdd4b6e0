//! The mails of a development installation, readable without a mailbox.

use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::mail::{self, Rendered, Site};
use super::store::{self, Mail};
use crate::config::Config;
use crate::db::Db;
use crate::web::error::PageError;
use crate::web::page::{Page, PageResult, html};
use crate::web::query::Query;

const NEWEST: i64 = 100;

struct Line {
    mail: Mail,
    subject: String,
}

#[derive(Template)]
#[template(path = "notifications/dev_mails.html")]
struct DevMails {
    page: Page,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "notifications/dev_mail.html")]
struct DevMail {
    page: Page,
    mail: Mail,
    rendered: Rendered,
}

impl Mail {
    /// The text key for what became of the mail.
    fn state(&self) -> &'static str {
        match (self.sent_at, self.next_attempt_at) {
            (Some(_), _) => "dev-mail-sent",
            (None, Some(_)) => "dev-mail-waits",
            (None, None) => "dev-mail-parked",
        }
    }
}

#[derive(Deserialize)]
pub struct Asked {
    to: Option<String>,
}

/// `GET /dev/mail`, newest first; `?to=ADDRESS` filters by recipient.
pub async fn mails(
    page: Page,
    asked: Query<Asked>,
    db: Data<Db>,
    config: Data<Config>,
) -> PageResult {
    let site = Site::new(&config).map_err(PageError::internal)?;
    let mut lines = Vec::new();
    for mail in store::newest_mails(&db, asked.to.as_deref(), NEWEST).await? {
        let rendered = mail::render(&site, &mail).map_err(PageError::internal)?;
        lines.push(Line { mail, subject: rendered.subject });
    }
    html(&DevMails { page, lines })
}

/// `GET /dev/mail/{id}`: the plain text, the link of the button, and the HTML as text.
pub async fn mail(page: Page, id: Path<Uuid>, db: Data<Db>, config: Data<Config>) -> PageResult {
    let site = Site::new(&config).map_err(PageError::internal)?;
    let mail = store::mail(&db, *id).await?;
    let rendered = mail::render(&site, &mail).map_err(PageError::internal)?;
    html(&DevMail { page, mail, rendered })
}
