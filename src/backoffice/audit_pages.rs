//! The audit trail of staff acts, for administrators.

mod asked;

use std::collections::{BTreeSet, HashMap};

use actix_web::web::Data;
use askama::Template;
use chrono::NaiveDate;
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_json::Value as Json;

pub use self::asked::Asked;
use super::store::{AuditEntry, AuditFrom, trail};
use crate::accounts::people::names_of;
use crate::db::Db;
use crate::kernel::locale::Locale;
use crate::kernel::texts::{Arg, Texts};
use crate::kernel::time::{Timestamp, format_date, format_moment};
use crate::trust::thresholds::Threshold;
use crate::web::form::Form;
use crate::web::page::{Page, PageResult, html, html_refused};
use crate::web::query::Query;

const PAGE: usize = 50;

/// A term of the trail: translated, or as stored if there is no translation.
#[derive(Debug, PartialEq, Eq)]
struct Word {
    text: String,
    is_raw: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Change {
    what: Word,
    before: String,
    after: String,
}

struct Line {
    at: Timestamp,
    /// The name at the time: people change theirs.
    who: String,
    address: Option<String>,
    action: Word,
    subject: Word,
    href: Option<String>,
    changes: Vec<Change>,
    reason: String,
}

#[derive(Template)]
#[template(path = "backoffice/audit.html")]
struct AuditPage {
    page: Page,
    asked: Asked,
    form: Form,
    /// The actions to choose from: the stored name and its translation.
    actions: Vec<(String, String)>,
    lines: Vec<Line>,
    newer: Option<String>,
    older: Option<String>,
}

/// GET `/admin/audit`
pub async fn list(page: Page, asked: Query<Asked>, db: Data<Db>) -> PageResult {
    let asked = asked.into_inner();
    let form = asked.form(&page);
    if !form.is_ok() {
        return refused(page, asked, form);
    }
    let (filter, from) = (asked.filter(&page, &db).await?, asked.place());
    let (entries, more) = trail(&db, &filter, from, PAGE).await?;
    let named = |json: &Option<Json>| json.as_ref()?.get(CLAIMED_BY)?.as_i64();
    let ids = |e: &AuditEntry| [named(&e.before), named(&e.after), person(&e.subject)];
    let mut people: Vec<i64> = entries.iter().flat_map(ids).flatten().collect();
    people.sort_unstable();
    people.dedup();
    let mut names = names_of(&db, &people).await?;
    // Whoever acted on this page is called as they were then, the newest last.
    names.extend(entries.iter().rev().filter_map(|e| Some((e.user_id?, e.by_name.clone()?))));
    let has_older = more || matches!(from, AuditFrom::NewerThan(_));
    let has_newer = match from {
        AuditFrom::Start => false,
        AuditFrom::OlderThan(_) => true,
        AuditFrom::NewerThan(_) => more,
    };
    let link =
        |name: &str, entry: Option<&AuditEntry>| Some(asked.address(Some((name, entry?.key()))));
    let newer = has_newer.then(|| link("newer", entries.first())).flatten();
    let older = has_older.then(|| link("older", entries.last())).flatten();
    let words =
        Words { locale: page.locale, zone: page.zone, texts: Texts::new(page.locale), names };
    let lines = entries.into_iter().map(|e| words.line(e)).collect();
    let actions = words.actions(asked.action.trim());
    html(&AuditPage { page, asked, form, actions, lines, newer, older })
}

/// The page without entries, for filters that cannot be read.
pub(super) fn refused(page: Page, asked: Asked, form: Form) -> PageResult {
    let texts = Texts::new(page.locale);
    let words = Words { locale: page.locale, zone: page.zone, texts, names: HashMap::new() };
    let actions = words.actions(asked.action.trim());
    let lines = Vec::new();
    html_refused(&AuditPage { page, asked, form, actions, lines, newer: None, older: None })
}

/// The key under which entries store the reviewer holding a claim.
const CLAIMED_BY: &str = "claimed_by";

/// The actions that have translations.
const ACTIONS: &[&str] = &[
    "audit.export",
    "application.claim",
    "application.release",
    "application.judge",
    "application.ask",
    "application.approve",
    "application.reject",
    "badge.grant",
    "badge.renew",
    "badge.cause_begin",
    "badge.cause_end",
    "badge.suspend",
    "badge.reinstate",
    "badge.revoke",
    "badge.expire",
    "badge.prolong",
    "badge.tier",
    "merchant.record_date",
    "impostor.take",
    "impostor.dismiss",
    "impostor.confirm",
    "agreement.publish",
    "thresholds.publish",
    STAFF_ROLES,
    "staff-sessions-ended",
    "second-factor-reset",
];

/// The action of `surety staff add`; without a signed-in actor, it is the command line's.
const STAFF_ROLES: &str = "staff-roles-changed";

/// Translates the trail for its reader.
struct Words {
    locale: Locale,
    zone: Tz,
    texts: Texts,
    names: HashMap<i64, String>,
}

impl Words {
    fn t(&self, key: &str) -> String {
        self.texts.get(key, &[])
    }

    /// The translation of a key, or the stored text if there is none.
    fn word(&self, key: &str, kept: &str) -> Word {
        let is_raw = !self.texts.has(key);
        Word { text: if is_raw { kept.to_owned() } else { self.t(key) }, is_raw }
    }

    fn action(&self, action: &str) -> Word {
        self.word(&format!("audit-action-{}", action.replace(['.', '_'], "-")), action)
    }

    fn actions(&self, asked: &str) -> Vec<(String, String)> {
        let mut all: Vec<_> =
            ACTIONS.iter().map(|a| ((*a).to_owned(), self.action(a).text)).collect();
        all.insert(0, (String::new(), self.t("audit-every-action")));
        if !all.iter().any(|(name, _)| name == asked) {
            all.push((asked.to_owned(), asked.to_owned()));
        }
        all
    }

    fn name(&self, id: i64) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    fn line(&self, entry: AuditEntry) -> Line {
        let nobody = if entry.action == STAFF_ROLES { "audit-command-line" } else { "audit-clock" };
        Line {
            at: entry.at,
            who: entry.by_name.unwrap_or_else(|| self.t(nobody)),
            address: entry.by_email,
            action: self.action(&entry.action),
            href: href(&entry.subject),
            subject: self.subject(entry.subject),
            changes: self.changes(entry.before.as_ref(), entry.after.as_ref()),
            reason: entry.reason,
        }
    }

    fn subject(&self, subject: String) -> Word {
        let told = match subject.split_once(':') {
            Some(("application", _)) => Some(self.t("audit-subject-application")),
            Some(("audit", _)) => Some(self.t("audit-title")),
            Some(("merchant", code)) => {
                Some(self.texts.get("audit-subject-merchant", &[("code", Arg::from(code))]))
            }
            Some(("impostor", number)) => {
                Some(self.texts.get("audit-subject-impostor", &[("number", Arg::from(number))]))
            }
            Some(("agreement", version)) => {
                Some(self.texts.get("audit-subject-agreement", &[("version", Arg::from(version))]))
            }
            Some(("thresholds", version)) => {
                Some(self.texts.get("audit-subject-thresholds", &[("version", Arg::from(version))]))
            }
            _ => person(&subject).map(|id| self.name(id)),
        };
        Word { is_raw: told.is_none(), text: told.unwrap_or(subject) }
    }

    /// The values that differ, sorted by name.
    fn changes(&self, before: Option<&Json>, after: Option<&Json>) -> Vec<Change> {
        let part =
            |json: Option<&Json>, key: &str| self.value(key, json.and_then(|json| json.get(key)));
        let keys = [before, after].into_iter().flatten().filter_map(Json::as_object);
        let keys: BTreeSet<&String> = keys.flat_map(|object| object.keys()).collect();
        keys.into_iter()
            .map(|key| Change {
                what: self.field(key),
                before: part(before, key),
                after: part(after, key),
            })
            .filter(|change| change.before != change.after)
            .collect()
    }

    fn field(&self, key: &str) -> Word {
        match Threshold::parse(key) {
            Some(which) => Word { text: which.label(self.locale), is_raw: false },
            None => self.word(&format!("audit-field-{}", key.replace('_', "-")), key),
        }
    }

    /// Formats a stored timestamp or date.
    fn moment(&self, kept: &str) -> Option<String> {
        if let Ok(at) = kept.parse::<Timestamp>() {
            return Some(format_moment(at, self.zone, self.locale));
        }
        kept.parse::<NaiveDate>().ok().map(|day| format_date(day, self.locale))
    }

    fn value(&self, field: &str, value: Option<&Json>) -> String {
        if let Some((which, value)) = Threshold::parse(field).zip(value.and_then(decimal)) {
            return which.words(value, self.locale);
        }
        match value {
            None | Some(Json::Null) => "–".to_owned(),
            Some(Json::String(kept)) => {
                if let Some(words) = self.moment(kept) {
                    return words;
                }
                let key = match field {
                    "status" => format!("application-status-{kept}"),
                    "badge" => format!("badges-chip-{kept}"),
                    "tier" => format!("badges-tier-{kept}"),
                    "causes" => format!("duty-{kept}"),
                    "roles" => format!("audit-role-{kept}"),
                    "action" => format!("audit-action-{}", kept.replace(['.', '_'], "-")),
                    _ => format!("audit-judged-{kept}"),
                };
                self.word(&key, kept).text
            }
            Some(Json::Number(id)) if field == CLAIMED_BY => {
                id.as_i64().map_or_else(|| id.to_string(), |id| self.name(id))
            }
            Some(Json::Array(all)) if all.is_empty() => "–".to_owned(),
            Some(Json::Array(all)) => {
                let words: Vec<_> = all.iter().map(|one| self.value(field, Some(one))).collect();
                words.join(&self.t("list-separator"))
            }
            Some(other) => other.to_string(),
        }
    }
}

fn decimal(value: &Json) -> Option<Decimal> {
    match value {
        Json::String(text) => text.parse().ok(),
        Json::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

fn person(subject: &str) -> Option<i64> {
    subject.strip_prefix("user:")?.parse().ok()
}

/// The page of a subject, if it has one.
fn href(subject: &str) -> Option<String> {
    let (kind, id) = subject.split_once(':')?;
    match kind {
        "application" => Some(format!("/admin/applications/{id}")),
        "audit" => Some("/admin/audit".to_owned()),
        "merchant" => Some(format!("/verify/{id}")),
        "impostor" => Some(format!("/admin/impostors/{id}")),
        "agreement" | "thresholds" => Some("/admin/policies".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::accounts::actor::Role;

    #[test]
    fn only_what_changed_is_told_in_the_readers_words() {
        let names = HashMap::from([(7, "Ruth Meyer".to_owned())]);
        let words =
            Words { locale: Locale::En, zone: Tz::UTC, texts: Texts::new(Locale::En), names };
        let told = |before: Option<&Json>, after: Option<&Json>| -> Vec<String> {
            let changes = words.changes(before, after).into_iter();
            changes.map(|c| format!("{}: {} → {}", c.what.text, c.before, c.after)).collect()
        };
        let before = json!({ "status": "submitted", "claimed_by": null, "identity": null });
        let after = json!({ "status": "in_review", "claimed_by": 7, "identity": "not_met" });
        assert_eq!(
            told(Some(&before), Some(&after)),
            ["Reviewer: – → Ruth Meyer", "Identity: – → not good", "Status: Waiting → In review"]
        );
        let first = json!({ "badge": "active", "roles": ["reviewer"], "odd": "word" });
        assert_eq!(
            told(None, Some(&first)),
            ["Badge: – → Active", "odd: – → word", "Roles: – → Reviewer"]
        );
        assert!(told(Some(&json!("odd")), None).is_empty());
        let before = json!({ "version": 1, "tenure_months": 3, "completion_rate_min": "0.95" });
        let after = json!({ "version": 2, "tenure_months": 1, "completion_rate_min": "0.975" });
        assert_eq!(
            told(Some(&before), Some(&after)),
            [
                "Completed orders, at least (%): 95% → 97.5%",
                "Record with the operator, at least: 3 calendar months → 1 calendar month",
                "Version: 1 → 2"
            ]
        );
        let dated = json!({ "effective_at": "2026-11-12T00:00:00+00:00",
            "record_date": "2026-01-05" });
        assert_eq!(
            told(None, Some(&dated)),
            [
                "In force from: – → Thursday 12 November 2026, 00:00 UTC",
                "Record date: – → Monday 5 January 2026"
            ]
        );
    }

    #[test]
    fn every_act_and_field_has_words_in_both_languages() {
        for locale in Locale::ALL {
            let words =
                Words { locale, zone: Tz::UTC, texts: Texts::new(locale), names: HashMap::new() };
            for &action in ACTIONS {
                assert!(!words.action(action).is_raw, "{action} in {locale:?}");
            }
            for role in Role::ALL {
                assert!(words.texts.has(&format!("audit-role-{}", role.name())), "{role:?}");
            }
            let fields = [
                "status",
                CLAIMED_BY,
                "identity",
                "reputation",
                "badge",
                "tier",
                "causes",
                "version",
                "effective_at",
                "roles",
                "record_date",
                "report",
                "expires_at",
                "format",
                "who",
                "action",
                "subject",
                "from",
                "until",
            ];
            for field in fields {
                let key = format!("audit-field-{}", field.replace('_', "-"));
                assert!(!words.word(&key, field).is_raw, "{field} in {locale:?}");
            }
            assert!(words.action("test.odd").is_raw);
        }
    }
}
