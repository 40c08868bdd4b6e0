//! The audit trail of the staff, for administrators.

use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;

use super::store::audit::{AuditEntry, AuditFrom, trail};
use crate::accounts::people::names_of;
use crate::db::Db;
use crate::kernel::time::Timestamp;
use crate::web::page::{Page, PageResult, html};

/// How many lines a page of the trail has.
const PAGE: usize = 50;

/// Which part is asked for.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    action: String,
    #[serde(default)]
    subject: String,
    older: Option<i64>,
    newer: Option<i64>,
}

/// A line as the page shows it.
struct Line {
    at: Timestamp,
    who: String,
    action: String,
    subject: String,
    /// Where the subject is looked at.
    href: Option<String>,
    before: String,
    after: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "admission/audit.html")]
struct AuditPage {
    page: Page,
    asked: Asked,
    lines: Vec<Line>,
    newer: Option<String>,
    older: Option<String>,
}

/// GET `/admin/audit`
///
/// # Errors
/// [`crate::web::error::PageError`].
pub async fn list(page: Page, asked: Query<Asked>, db: Data<Db>) -> PageResult {
    let asked = asked.into_inner();
    let from = match (asked.older, asked.newer) {
        (Some(id), _) => AuditFrom::OlderThan(id),
        (None, Some(id)) => AuditFrom::NewerThan(id),
        (None, None) => AuditFrom::Start,
    };
    let (action, subject) = (asked.action.trim(), asked.subject.trim());
    let (entries, more) = trail(&db, action, subject, from, PAGE).await?;
    let mut people: Vec<i64> = entries.iter().filter_map(|e| e.user_id).collect();
    people.sort_unstable();
    people.dedup();
    let names = names_of(&db, &people).await?;
    let has_older = more || matches!(from, AuditFrom::NewerThan(_));
    let has_newer = match from {
        AuditFrom::Start => false,
        AuditFrom::OlderThan(_) => true,
        AuditFrom::NewerThan(_) => more,
    };
    let link = |name: &str, entry: Option<&AuditEntry>| {
        let pairs = [("action", action), ("subject", subject)];
        let filters = pairs.iter().filter(|(_, value)| !value.is_empty());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(filters).append_pair(name, &entry?.id.to_string());
        Some(format!("/admin/audit?{}", query.finish()))
    };
    let newer = has_newer.then(|| link("newer", entries.first())).flatten();
    let older = has_older.then(|| link("older", entries.last())).flatten();
    let clock = page.t("audit-clock");
    let lines = entries
        .into_iter()
        .map(|e| Line {
            at: e.at,
            who: e.user_id.map_or_else(
                || clock.clone(),
                |id| names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
            ),
            href: href(&e.subject),
            action: e.action,
            subject: e.subject,
            before: e.before.map(|json| json.to_string()).unwrap_or_default(),
            after: e.after.map(|json| json.to_string()).unwrap_or_default(),
            reason: e.reason,
        })
        .collect();
    html(&AuditPage { page, asked, lines, newer, older })
}

/// The page of a subject, where it has one.
fn href(subject: &str) -> Option<String> {
    let (kind, id) = subject.split_once(':')?;
    match kind {
        "application" => Some(format!("/admin/applications/{id}")),
        "merchant" => Some(format!("/verify/{id}")),
        _ => None,
    }
}
