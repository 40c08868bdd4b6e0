//! What an application stated when it was submitted, and what differs between two such statements.
//! Pure.

use uuid::Uuid;

use super::application::{BusinessDetails, Category, Status};
use crate::files::StoredFile;
use crate::kernel::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub file: StoredFile,
    pub category: Category,
    /// What the applicant calls it; may be empty.
    pub label: String,
    pub is_taken_over: bool,
}

impl Document {
    /// What people call it: the applicant's words, else the file's name.
    pub fn title(&self) -> &str {
        if self.label.is_empty() { &self.file.name } else { &self.label }
    }

    /// Whether it says the same as another: the same content under the same title.
    fn is_same(&self, other: &Self) -> bool {
        self.file.sha256 == other.file.sha256
            && self.category == other.category
            && self.title() == other.title()
    }
}

/// What was submitted: it never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub application_id: i64,
    pub application: Uuid,
    pub standing: (Status, Timestamp),
    pub version: i32,
    pub at: Timestamp,
    pub business_details: BusinessDetails,
    /// What was sent with it, the first added first.
    pub documents: Vec<Document>,
}

/// A detail that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub field: &'static str,
    /// What it said; may be empty.
    pub from: String,
    /// What it says; may be empty.
    pub to: String,
}

/// What differs between two submissions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Details that say something else. Long ones are cut to where they differ.
    pub details: Vec<Changed>,
    pub added: Vec<Document>,
    pub removed: Vec<Document>,
    /// How many documents are there as before.
    pub kept: usize,
}

impl Changes {
    /// From one submission to a later one.
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
        // Each document of before answers for one of after: the same sent twice is there twice.
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

/// As many characters of a long text are shown.
const SHOWN: usize = 160;
/// So many of these before the first difference.
const BEFORE: usize = 40;

/// Two texts that differ, each cut to the part around their first difference where it is long.
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
