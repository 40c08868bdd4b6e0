//! The list of notifications in the portal, newest first.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::store::{self, Listed, Part};
use super::wording::Wording;
use crate::db::Db;
use crate::kernel::time::Timestamp;
use crate::web::error::PageError;
use crate::web::form::Posted;
use crate::web::identity::Identity;
use crate::web::page::{Page, PageResult, html, see_other};
use crate::web::query::Query;

const PAGE: usize = 25;

struct Line {
    icon: &'static str,
    subject: String,
    /// Only the first paragraph if there is a page to go on to.
    paragraphs: Vec<String>,
    href: Option<String>,
    at: Timestamp,
    is_new: bool,
}

#[derive(Template)]
#[template(path = "notifications/list.html")]
struct List {
    page: Page,
    lines: Vec<Line>,
    unread: i64,
    newest: Option<Uuid>,
    newer: Option<String>,
    older: Option<String>,
}

/// `before` and `after` are public ids of lines.
#[derive(Deserialize)]
pub struct Asked {
    before: Option<Uuid>,
    after: Option<Uuid>,
}

fn viewer(page: &Page) -> Result<&Identity, PageError> {
    let refused = || PageError::new(StatusCode::UNAUTHORIZED, "error-sign-in");
    page.viewer.as_ref().ok_or_else(refused)
}

/// `GET /notifications`.
pub async fn list(page: Page, asked: Query<Asked>, db: Data<Db>) -> PageResult {
    let user_id = viewer(&page)?.user_id;
    let mut part = match (asked.before, asked.after) {
        (Some(id), _) => Part::OlderThan(id),
        (None, Some(id)) => Part::NewerThan(id),
        (None, None) => Part::Newest,
    };
    // One extra row shows whether there are more.
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = store::list(&db, user_id, part, limit).await?;
    if matches!(part, Part::NewerThan(_)) && rows.len() <= PAGE {
        part = Part::Newest;
        rows = store::list(&db, user_id, part, limit).await?;
    }
    let has_more = rows.len() > PAGE;
    if has_more && matches!(part, Part::NewerThan(_)) {
        rows.remove(0);
    }
    rows.truncate(PAGE);
    let key = |row: Option<&Listed>| row.map(|row| row.public_id);
    let (first, last) = (key(rows.first()), key(rows.last()));
    let newer = match part {
        Part::Newest => None,
        Part::OlderThan(_) | Part::NewerThan(_) => first.map(|id| format!("?after={id}")),
    };
    let has_older = has_more || matches!(part, Part::NewerThan(_));
    let older = last.filter(|_| has_older).map(|id| format!("?before={id}"));
    let unread = store::unread(&db, user_id).await?;
    let lines = rows.iter().map(|row| line(&page, row)).collect();
    html(&List { lines, unread, newest: first, newer, older, page })
}

fn line(page: &Page, row: &Listed) -> Line {
    let name = page.viewer.as_ref().map_or("", |v| v.name.as_str());
    let wording = Wording::new(&row.message, &row.args, name, page.locale, page.zone);
    let href = wording.link(None).map(|_| format!("/notifications/{}", row.public_id));
    let mut paragraphs = wording.paragraphs();
    if href.is_some() {
        paragraphs.truncate(1);
    }
    Line {
        icon: icon(&row.message),
        subject: wording.subject(),
        paragraphs,
        href,
        at: row.created_at,
        is_new: row.read_at.is_none(),
    }
}

fn icon(message: &str) -> &'static str {
    match message.split('-').next().unwrap_or_default() {
        "order" => "box",
        "refund" => "return",
        "payout" | "balance" => "bank",
        "application" | "agreement" => "document",
        "badge" | "domain" => "shield",
        "accounts" | "account" => "person",
        _ => "bell",
    }
}

/// `GET /notifications/{id}`: marks it as read and goes to its link. 404 if not the reader's.
pub async fn follow(page: Page, id: Path<Uuid>, db: Data<Db>) -> PageResult {
    let viewer = viewer(&page)?;
    let row = store::read(&db, viewer.user_id, *id).await?;
    let wording = Wording::new(&row.message, &row.args, &viewer.name, page.locale, page.zone);
    Ok(see_other(wording.link(None).as_deref().unwrap_or("/notifications")))
}

/// `POST /notifications/read`: marks as read what the reader has seen, but not what came since.
pub async fn read_all(page: Page, form: Posted, db: Data<Db>) -> PageResult {
    let user_id = viewer(&page)?.user_id;
    let up_to = form.0.get("up_to").parse().map_err(|_| PageError::bad_request())?;
    store::read_all(&db, user_id, up_to).await?;
    Ok(see_other("/notifications?done=notifications-read"))
}
