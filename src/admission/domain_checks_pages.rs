//! The history of a merchant's domain checks, for reviewers.

use std::collections::HashMap;

use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::store::applications::application;
use crate::accounts::people::names_of;
use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;
use crate::trust::domain_check::{DomainCheck, Run, runs};
use crate::trust::{ChecksFrom, Merchant, domain_checks, merchant};
use crate::web::error::PageError;
use crate::web::page::{Page, PageResult, html};
use crate::web::query::Query;

const PAGE: usize = 25;
/// The number of checks read for the reviewer's page of an application.
const READ: usize = 200;
const SHOWN: usize = 8;

/// A line of the history: one check, or several in a row with the same result.
pub struct ShownCheck {
    pub name: String,
    pub chip: (&'static str, &'static str, String),
    /// Why nothing was proved; empty if it was.
    pub why: String,
    pub how: String,
    /// When the check, or the last of several, was made.
    pub at: Timestamp,
    /// For several checks: how many, and since when.
    pub several: Option<String>,
}

fn shown(page: &Page, run: &Run, names: &HashMap<i64, String>) -> ShownCheck {
    let check = &run.last;
    let who = match check.asked_by {
        Some(id) => page.t1("checks-by", "who", names.get(&id).cloned().unwrap_or_default()),
        None => page.t("checks-by-clock"),
    };
    let how = page.t(format!("checks-how-{}", check.method.name()));
    ShownCheck {
        name: check.name.clone(),
        chip: match check.failure {
            Some(_) => ("held", "alert", page.t("checks-failed")),
            None => ("done", "check", page.t("checks-verified")),
        },
        why: check.failure.map(|f| page.t(format!("checks-why-{}", f.key()))).unwrap_or_default(),
        how: page.t2("checks-how", "how", how, "who", who),
        at: check.at,
        several: (run.times > 1)
            .then(|| page.t2("checks-several", "count", run.times, "day", page.day(&run.since))),
    }
}

async fn names(db: &Db, checks: &[DomainCheck]) -> Result<HashMap<i64, String>, DbError> {
    let mut ids: Vec<i64> = checks.iter().filter_map(|c| c.asked_by).collect();
    ids.sort_unstable();
    ids.dedup();
    names_of(db, &ids).await
}

pub struct Newest {
    /// Newest first; consecutive equal results share a line.
    pub lines: Vec<ShownCheck>,
    /// What was left out, in words, if anything was.
    pub cut: Option<String>,
}

impl Newest {
    pub async fn read(page: &Page, db: &Db, merchant_id: i64) -> Result<Self, DbError> {
        let (checks, more) = domain_checks(db, merchant_id, ChecksFrom::Newest, READ).await?;
        let names = names(db, &checks).await?;
        let runs = runs(&checks);
        let lines = runs.iter().take(SHOWN).map(|run| shown(page, run, &names)).collect();
        let is_cut = more || runs.len() > SHOWN;
        let count = runs.len().min(SHOWN);
        let cut = is_cut.then(|| page.t2("checks-cut", "count", count, "all", runs.len()));
        Ok(Self { lines, cut })
    }
}

/// The position in the history, from the query. Invalid values are ignored.
#[derive(Debug, Deserialize)]
pub struct Place {
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "admission/domain_checks.html")]
struct DomainChecksPage {
    page: Page,
    merchant: Merchant,
    application: Uuid,
    lines: Vec<ShownCheck>,
    newer: Option<String>,
    older: Option<String>,
}

/// GET `/admin/applications/{id}/domain-checks`
pub async fn list(page: Page, id: Path<Uuid>, place: Query<Place>, db: Data<Db>) -> PageResult {
    let application = application(&db, *id).await?.ok_or_else(PageError::not_found)?;
    let merchant_id = application.merchant_id;
    let merchant = merchant(&db, merchant_id).await?.ok_or_else(PageError::not_found)?;
    let from = match (place.before.parse(), place.after.parse()) {
        (Ok(id), _) => ChecksFrom::Before(id),
        (Err(_), Ok(id)) => ChecksFrom::After(id),
        _ => ChecksFrom::Newest,
    };
    let (checks, more) = domain_checks(&db, merchant_id, from, PAGE).await?;
    let names = names(&db, &checks).await?;
    let (has_newer, has_older) = match from {
        ChecksFrom::Newest => (false, more),
        ChecksFrom::Before(_) => (true, more),
        ChecksFrom::After(_) => (more, true),
    };
    let link = |place: &str, check: Option<&DomainCheck>| {
        check.map(|c| format!("/admin/applications/{id}/domain-checks?{place}={}", c.id))
    };
    let newer = has_newer.then(|| link("after", checks.first())).flatten();
    let older = has_older.then(|| link("before", checks.last())).flatten();
    let line = |check: DomainCheck| {
        let run = Run { since: check.at, times: 1, last: check };
        shown(&page, &run, &names)
    };
    let lines = checks.into_iter().map(line).collect();
    let application = application.public_id;
    html(&DomainChecksPage { lines, newer, older, application, merchant, page })
}
