//! The sentence at the top of the applicant's page.

use crate::admission::application::{Application, Kind, Status};
use crate::admission::state::{SILENCE, StartRefused};
use crate::kernel::time::Timestamp;
use crate::web::WebConfig;
use crate::web::page::Page;

/// The sentence, and the labelled moment that goes with it.
pub(super) fn lead(
    page: &Page,
    last: Option<&Application>,
    start: Result<Kind, StartRefused>,
    steps_done: usize,
    config: &WebConfig,
) -> (String, Option<(String, Timestamp)>) {
    // After a badge was granted, its state determines what comes next.
    let granted = last.filter(|a| a.status == Status::Approved);
    let next = last.is_none_or(|a| !a.status.is_open()).then_some(start);
    let application = match (last, next) {
        (_, Some(Ok(Kind::Renewal))) => return (page.t("application-lead-renewal"), None),
        (Some(application), _) if granted.is_none() => application,
        (_, Some(Err(StartRefused::Until(from)))) => {
            let from = Some((page.t("application-from-at"), from));
            return (page.t("application-lead-later"), from);
        }
        (_, Some(Err(StartRefused::HasBadge(opens)))) => {
            let key = if granted.is_some() { "approved" } else { "has-badge" };
            let opens = Some((page.t("application-renewal-opens"), opens));
            return (page.t(format!("application-lead-{key}")), opens);
        }
        (None, _) => return (page.t("application-lead-none"), None),
        (Some(_), _) => return (page.t("application-lead-again"), None),
    };
    let at = |key: &str, at: Option<Timestamp>| at.map(|at| (page.t(key), at));
    let promised = application.promised_by(config.time_zone);
    let is_late = promised.is_some_and(|promised| promised < page.now);
    let promise = if is_late { "standing-late-at" } else { "application-promised-at" };
    match application.status {
        Status::Draft => {
            (page.t2("application-lead-draft", "done", steps_done, "all", 4_usize), None)
        }
        Status::Submitted => (page.t("application-lead-submitted"), at(promise, promised)),
        Status::InReview => (page.t("application-lead-in_review"), at(promise, promised)),
        Status::NeedsInformation => (
            page.t("application-lead-needs_information"),
            at("application-answer-at", Some(application.status_since + SILENCE)),
        ),
        Status::Approved => (page.t("application-lead-approved"), None),
        Status::Rejected => (
            page.t("application-lead-rejected"),
            at("application-from-at", application.reapply_from.filter(|from| *from > page.now)),
        ),
        Status::Withdrawn => (page.t("application-lead-withdrawn"), None),
    }
}
