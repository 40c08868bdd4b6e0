//! What an application stated when it was submitted, and how two submissions differ. Pure.

use uuid::Uuid;

use super::application::{BusinessDetails, Category, Status};
use crate::files::StoredFile;
use crate::kernel::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub file: StoredFile,
    pub category: Category,
    /// The applicant's name for it; may be empty.
    pub label: String,
    pub is_taken_over: bool,
}

impl Document {
    /// The applicant's label, or else the file name.
    pub fn title(&self) -> &str {
        if self.label.is_empty() { &self.file.name } else { &self.label }
    }

    /// Whether two documents have the same content, category and title.
    fn is_same(&self, other: &Self) -> bool {
        self.file.sha256 == other.file.sha256
            && self.category == other.category
            && self.title() == other.title()
    }
}

/// A submission, which never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub application_id: i64,
    pub application: Uuid,
    pub standing: (Status, Timestamp),
    pub version: i32,
    pub at: Timestamp,
    pub business_details: BusinessDetails,
    /// Oldest first.
    pub documents: Vec<Document>,
}

/// A detail that differs between two submissions; either text may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub field: &'static str,
    pub from: String,
    pub to: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Long texts are cut to the part that differs.
    pub details: Vec<Changed>,
    pub added: Vec<Document>,
    pub removed: Vec<Document>,
    /// How many documents are unchanged.
    pub kept: usize,
}

impl Changes {
    pub fn between(before: &Submission, after: &Submission) -> Self {
        let fields =
            before.business_details.fields().into_iter().zip(after.business_details.fields());
        let details = fields
            .filter(|((_, from), (_, to))| from != to)
            .map(|((field, from), (_, to))| {
                let (from, to) = excerpts(from, to);
                Changed { field, from, to }
            })
            .collect();
        // Match documents one to one, so that the same document sent twice counts twice.
        let mut removed = before.documents.clone();
        let mut added = Vec::new();
        for document in &after.documents {
            match removed.iter().position(|d| d.is_same(document)) {
                Some(at) => drop(removed.remove(at)),
                None => added.push(document.clone()),
            }
        }
        let kept = after.documents.len() - added.len();
        Self { details, added, removed, kept }
    }

    pub fn is_empty(&self) -> bool {
        self.details.is_empty() && self.added.is_empty() && self.removed.is_empty()
    }
}

/// The number of characters shown of a long text.
const SHOWN: usize = 160;
/// How many of them precede the first difference.
const BEFORE: usize = 40;

/// Cuts two differing texts to the part around their first difference, if they are long.
fn excerpts(from: &str, to: &str) -> (String, String) {
    let same = from.chars().zip(to.chars()).take_while(|(a, b)| a == b).count();
    let start = if from.chars().count().max(to.chars().count()) <= SHOWN { 0 } else { same };
    let start = start.saturating_sub(BEFORE);
    (excerpt(from, start), excerpt(to, start))
}

fn excerpt(text: &str, start: usize) -> String {
    let mut shown: String = text.chars().skip(start).take(SHOWN).collect();
    if start > 0 && !shown.is_empty() {
        shown.insert(0, '…');
    }
    if text.chars().count() > start + SHOWN {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
