//! What was submitted and what changed since the previous submission, in words.

use crate::admission::application::{Application, BusinessDetails, Status};
use crate::admission::documents_pages::{ShownDocument, of_application, shown};
use crate::admission::store::history::{ApplicationEvent, events};
use crate::admission::store::submissions::last_two;
use crate::admission::submission::{Changes, Submission};
use crate::db::Db;
use crate::web::error::PageError;
use crate::web::page::Page;

pub struct Stated {
    pub business_details: BusinessDetails,
    pub documents: Vec<ShownDocument>,
    /// What changed since the previous submission, if there is one.
    pub changes: Option<ShownChanges>,
    /// The history, newest first. The reviewer does not see documents added or removed since the
    /// last submission until the applicant submits again.
    pub happened: Vec<ApplicationEvent>,
}

impl Stated {
    pub async fn read(page: &Page, db: &Db, application: &Application) -> Result<Self, PageError> {
        let mut happened = events(db, application.id).await?;
        let path = format!("/admin/applications/{}/documents", application.public_id);
        let (last, before) = last_two(db, application).await?;
        // Nothing was submitted yet: show the application as it is.
        let Some(last) = last else {
            let documents = of_application(page, db, application, &path).await?;
            let business_details = application.business_details.clone();
            return Ok(Self { business_details, documents, changes: None, happened });
        };
        happened.retain(|e| e.version <= last.version || !e.event.ends_with("_document"));
        let changes = before.map(|b| ShownChanges::between(page, &b, &last, &happened));
        let documents = shown(page, &last.documents, &path);
        Ok(Self { business_details: last.business_details, documents, changes, happened })
    }
}

/// A detail that differs between two submissions; either text may be empty.
pub struct ShownChange {
    pub name: String,
    pub from: String,
    pub to: String,
}

pub struct ShownChanges {
    pub since: String,
    /// The path of the earlier application, if the previous submission belongs to another one.
    pub earlier: Option<String>,
    /// The reviewer's question; may be empty.
    pub question: String,
    /// The applicant's answer; may be empty.
    pub answer: String,
    pub details: Vec<ShownChange>,
    pub added: Vec<ShownDocument>,
    pub removed: Vec<ShownDocument>,
    /// How many documents are unchanged.
    pub kept: usize,
    pub is_empty: bool,
}

impl ShownChanges {
    pub fn between(
        page: &Page,
        before: &Submission,
        last: &Submission,
        happened: &[ApplicationEvent],
    ) -> Self {
        let changes = Changes::between(before, last);
        let is_same = before.application_id == last.application_id;
        let path = |s: &Submission| format!("/admin/applications/{}", s.application);
        let note = |event: &str, versions: std::ops::RangeInclusive<i32>| {
            let found = happened.iter().find(|e| e.event == event && versions.contains(&e.version));
            found.map(|e| e.note.clone()).unwrap_or_default()
        };
        let rounds = if is_same { before.version..=last.version } else { 0..=last.version };
        let of = |documents: &[_], of: &Submission| {
            shown(page, documents, &format!("{}/documents", path(of)))
        };
        Self {
            since: if is_same {
                page.t1("changes-since-sent", "when", page.when(&before.at))
            } else {
                let (status, ended_at) = &before.standing;
                page.t1(since_ended(*status), "day", page.day(ended_at))
            },
            earlier: (!is_same).then(|| path(before)),
            question: note("ask", rounds),
            answer: note("submit", last.version..=last.version),
            details: changes
                .details
                .iter()
                .map(|changed| ShownChange {
                    name: page.t(format!("changes-detail-{}", changed.field)),
                    from: changed.from.clone(),
                    to: changed.to.clone(),
                })
                .collect(),
            added: of(&changes.added, last),
            removed: of(&changes.removed, before),
            kept: changes.kept,
            is_empty: changes.is_empty(),
        }
    }
}

const fn since_ended(status: Status) -> &'static str {
    match status {
        Status::Approved => "changes-since-approved",
        Status::Rejected => "changes-since-rejected",
        _ => "changes-since-withdrawn",
    }
}
