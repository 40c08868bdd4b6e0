//! Exports part of the audit trail. The export is itself recorded in the trail.

use std::error::Error;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use futures::stream::try_unfold;
use serde_json::{Value as Json, json};

use super::audit_pages::{self, Asked};
use super::store::{AuditEntry, AuditFilter, AuditFrom, note_export, trail};
use crate::accounts::actor::{Desk, step_up};
use crate::db::Db;
use crate::web::error::PageError;
use crate::web::form::Posted;
use crate::web::page::PageResult;
use crate::web::spreadsheet::{BYTE_ORDER_MARK, cell};

/// The number of entries held in memory at once.
const PART: usize = 500;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// A table with a header line.
    Csv,
    /// One JSON object per line.
    Lines,
}

/// POST `/admin/audit/export`. Answers 422 for a filter that cannot be read, 400 for an unknown
/// format.
pub async fn export(Desk { page, actor, db, .. }: Desk, Posted(fields): Posted) -> PageResult {
    let text = |name: &str| fields.get(name).to_owned();
    let asked = Asked {
        who: text("who"),
        action: text("action"),
        subject: text("subject"),
        from: text("from"),
        until: text("until"),
        ..Asked::default()
    };
    let form = asked.form(&page);
    if !form.is_ok() {
        return audit_pages::refused(page, asked, form);
    }
    if !actor.0.is_fresh() {
        return Ok(step_up(&asked.address(None)));
    }
    let (format, kind, name) = match fields.get("format") {
        "csv" => (Format::Csv, "text/csv; charset=utf-8", "audit-trail.csv"),
        "jsonl" => (Format::Lines, "application/jsonl; charset=utf-8", "audit-trail.jsonl"),
        _ => return Err(PageError::bad_request()),
    };
    let mut filter = asked.filter(&page, &db).await?;
    let mut note = json!({ "format": fields.get("format") });
    for (name, value) in asked.pairs() {
        note[name] = json!(value);
    }
    // The export ends before its own entry, so it does not include what is written from now on.
    filter.below = Some(note_export(&db, actor.0.user_id, note).await?);
    let db = (**db).clone();
    let copy = Copy { db, filter, format, from: Some(AuditFrom::Start) };
    Ok(HttpResponse::Ok()
        .insert_header(("content-type", kind))
        .insert_header(("content-disposition", format!("attachment; filename=\"{name}\"")))
        .streaming(try_unfold(copy, Copy::part)))
}

/// An export in progress.
struct Copy {
    db: Db,
    filter: AuditFilter,
    format: Format,
    /// Where to continue; `None` at the end.
    from: Option<AuditFrom>,
}

impl Copy {
    /// The next part and the remaining export. No connection is held between parts. An error breaks
    /// off the response, so that the reader notices that it is incomplete.
    async fn part(mut self) -> Result<Option<(Bytes, Self)>, Box<dyn Error>> {
        let Some(from) = self.from else { return Ok(None) };
        let (entries, more) = trail(&self.db, &self.filter, from, PART).await?;
        let bytes = match self.format {
            Format::Csv => table(&entries, from == AuditFrom::Start)?,
            Format::Lines => lines(&entries),
        };
        self.from = entries.last().filter(|_| more).map(|e| AuditFrom::OlderThan(e.key()));
        Ok(Some((Bytes::from(bytes), self)))
    }
}

fn table(entries: &[AuditEntry], is_first: bool) -> csv::Result<Vec<u8>> {
    let start = if is_first { BYTE_ORDER_MARK.to_vec() } else { Vec::new() };
    let mut writer = csv::Writer::from_writer(start);
    if is_first {
        let headings = [
            "at", "who", "address", "person", "action", "subject", "before", "after", "reason",
            "id",
        ];
        writer.write_record(headings)?;
    }
    let text = |json: &Option<Json>| json.as_ref().map(Json::to_string).unwrap_or_default();
    for entry in entries {
        let row = [
            entry.at.to_rfc3339(),
            entry.by_name.clone().unwrap_or_default(),
            entry.by_email.clone().unwrap_or_default(),
            entry.by_public_id.map(|id| id.to_string()).unwrap_or_default(),
            entry.action.clone(),
            entry.subject.clone(),
            text(&entry.before),
            text(&entry.after),
            entry.reason.clone(),
            entry.id.to_string(),
        ];
        writer.write_record(row.map(cell))?;
    }
    writer.into_inner().map_err(|e| e.into_error().into())
}

fn lines(entries: &[AuditEntry]) -> Vec<u8> {
    let line = |entry: &AuditEntry| {
        let line = json!({
            "id": entry.id,
            "at": entry.at.to_rfc3339(),
            "who": entry.by_name,
            "address": entry.by_email,
            "person": entry.by_public_id,
            "action": entry.action,
            "subject": entry.subject,
            "before": entry.before,
            "after": entry.after,
            "reason": entry.reason,
        });
        format!("{line}\n")
    };
    entries.iter().map(line).collect::<String>().into_bytes()
}
