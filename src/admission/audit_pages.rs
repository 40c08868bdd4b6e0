//! The audit trail of the staff, for administrators.

use std::collections::{BTreeSet, HashMap};

use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;
use serde_json::Value as Json;

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

/// What of a thing was another before.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    what: String,
    before: String,
    after: String,
}

/// A line as the page shows it.
struct Line {
    at: Timestamp,
    who: String,
    action: String,
    subject: String,
    /// Where the subject is looked at.
    href: Option<String>,
    changes: Vec<Change>,
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
    let named = |json: &Option<Json>| json.as_ref()?.get(CLAIMED_BY)?.as_i64();
    let ids = |e: &AuditEntry| [e.user_id, named(&e.before), named(&e.after)];
    let mut people: Vec<i64> = entries.iter().flat_map(ids).flatten().collect();
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
            changes: changes(e.before.as_ref(), e.after.as_ref(), &names),
            reason: e.reason,
        })
        .collect();
    html(&AuditPage { page, asked, lines, newer, older })
}

/// The key under which the trail keeps a person.
const CLAIMED_BY: &str = "claimed_by";

/// The parts that differ, in the order of their names.
fn changes(
    before: Option<&Json>,
    after: Option<&Json>,
    names: &HashMap<i64, String>,
) -> Vec<Change> {
    let part = |json: Option<&Json>, key: &str| match json.and_then(|j| j.get(key)) {
        None | Some(Json::Null) => "–".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Number(id)) if key == CLAIMED_BY => {
            id.as_i64().and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| id.to_string())
        }
        Some(other) => other.to_string(),
    };
    let keys = [before, after].into_iter().flatten().filter_map(Json::as_object);
    let keys: BTreeSet<&String> = keys.flat_map(|object| object.keys()).collect();
    keys.into_iter()
        .map(|key| Change { what: key.clone(), before: part(before, key), after: part(after, key) })
        .filter(|change| change.before != change.after)
        .collect()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changed_is_told() {
        let names = HashMap::from([(7, "Ruth Meyer".to_owned())]);
        let before = json!({ "status": "submitted", "claimed_by": null, "identity": null });
        let after = json!({ "status": "in_review", "claimed_by": 7, "identity": null });
        let told: Vec<_> = changes(Some(&before), Some(&after), &names)
            .into_iter()
            .map(|c| format!("{}: {} → {}", c.what, c.before, c.after))
            .collect();
        assert_eq!(told, ["claimed_by: – → Ruth Meyer", "status: submitted → in_review"]);
        let first = json!({ "badge": "active", "roles": ["reviewer"] });
        let told = changes(None, Some(&first), &names);
        let parts: Vec<_> = told.iter().map(|c| c.after.as_str()).collect();
        assert_eq!(parts, ["active", "[\"reviewer\"]"]);
        assert!(changes(Some(&json!("odd")), None, &names).is_empty());
    }
}
