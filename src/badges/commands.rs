//! Recording sightings, reporting impostors, and reviewing those reports.

use std::collections::HashMap;

use serde_json::json;

use super::impostors::{Closing, Refused, Report as ReportedSite, Site, by_site};
use super::memory::Memory;
use super::store::impostors::{self, NotDone};
use super::store::{self, NewReport};
use crate::db::listen::listen;
use crate::db::{Db, DbError};
use crate::kernel::domain_name::{OriginHost, origin_host};
use crate::trust;

/// Drops changed merchants from `memory` as the database announces them, until the future is
/// dropped. `url` is the address of the database.
pub async fn watch(url: &str, memory: &Memory) {
    listen(url, trust::public_record::CHANGES, |heard| memory.hear(&heard)).await;
}

/// Stores the sightings counted since the last call and returns how many rows were written. After
/// an error, what was not written is kept for the next call.
pub async fn flush_sightings(db: &Db, memory: &Memory) -> Result<usize, DbError> {
    let mut written = 0;
    let mut waiting = memory.sightings.take().into_iter();
    while let Some((merchant_id, batch)) = waiting.next() {
        if let Err(error) = store::add_sightings(db, merchant_id, &batch).await {
            for (merchant_id, batch) in std::iter::once((merchant_id, batch)).chain(waiting) {
                for (origin, times) in batch {
                    memory.sightings.count(merchant_id, &origin, times);
                }
            }
            return Err(error);
        }
        written += batch.len();
    }
    Ok(written)
}

/// Where a merchant's badge was seen outside its own sites, and how often.
pub async fn sightings(db: &Db, merchant_id: i64) -> Result<HashMap<String, i64>, DbError> {
    store::sightings(db, merchant_id).await
}

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

#[derive(Debug, Clone)]
pub struct Report {
    pub origin: String,
    pub merchant_id: Option<i64>,
    pub words: String,
}

pub async fn report(db: &Db, report: &Report) -> Result<String, ReportError> {
    // There are 10¹² references: three collisions in a row do not happen.
    let mut reference = new_reference()?;
    for _ in 0..2 {
        match insert(db, report, &reference).await {
            Err(DbError::Taken(_)) => reference = new_reference()?,
            other => return other.map(|()| reference).map_err(Into::into),
        }
    }
    insert(db, report, &reference).await?;
    Ok(reference)
}

async fn insert(db: &Db, report: &Report, reference: &str) -> Result<(), DbError> {
    let Report { origin, merchant_id, words } = report;
    let merchant = match merchant_id {
        Some(id) => trust::merchant(db, *id).await?,
        None => None,
    };
    let named = merchant.map(|m| format!("{} {}", m.name, m.code));
    let told = json!({
        "reference": reference,
        "origin": origin,
        "words": words,
        "merchant": named.as_deref().unwrap_or("none"),
        "link": format!("/admin/impostors/{reference}"),
    });
    let new = NewReport { reference, origin, merchant_id: *merchant_id, words };
    store::insert_report(db, &new, &told).await
}

#[derive(Debug, thiserror::Error)]
pub(super) enum ImpostorError {
    #[error("no such report")]
    NotThere,
    #[error("another reviewer was faster, or it was not taken")]
    Refused(Refused),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<NotDone> for ImpostorError {
    fn from(error: NotDone) -> Self {
        match error {
            NotDone::Refused(refused) => Self::Refused(refused),
            NotDone::Db(error) => Self::Db(error),
        }
    }
}

/// Reports loaded for the queue; the rest appear as these are closed.
const QUEUE_MAX: i64 = 500;
/// Reports shown on the page of one site.
const BESIDE_MAX: i64 = 100;

/// Sites with open reports, the longest waiting first.
pub(super) async fn sites(db: &Db) -> Result<Vec<Site>, DbError> {
    Ok(by_site(impostors::open_reports(db, QUEUE_MAX).await?))
}

/// Reports of the same site, newest first; empty for an unknown reference.
pub(super) async fn reports_beside(db: &Db, reference: &str) -> Result<Vec<ReportedSite>, DbError> {
    beside(db, reference, BESIDE_MAX).await
}

/// Checks the form first: PostgreSQL refuses some texts, such as those with NUL.
async fn beside(db: &Db, reference: &str, limit: i64) -> Result<Vec<ReportedSite>, DbError> {
    if !is_reference(reference) {
        return Ok(Vec::new());
    }
    impostors::reports_beside(db, reference, limit).await
}

async fn reported(db: &Db, reference: &str) -> Result<ReportedSite, ImpostorError> {
    let beside = beside(db, reference, 1).await?;
    beside.into_iter().next().ok_or(ImpostorError::NotThere)
}

/// Refuses current and former members of a merchant that is imitated or that owns the site.
async fn refuse_own(db: &Db, reference: &str, user_id: i64) -> Result<(), ImpostorError> {
    let reports = beside(db, reference, BESIDE_MAX).await?;
    let mut merchants: Vec<i64> = reports.iter().filter_map(|r| r.merchant_id).collect();
    if let Some(OriginHost::Domain(host)) = reports.first().and_then(|r| origin_host(&r.origin))
        && let Some((known, _)) = trust::public_record::owner_of(db, &host.with_parents()).await?
        && let Some(owner) = trust::merchant_by_code(db, known.code).await?
    {
        merchants.push(owner.id);
    }
    merchants.sort_unstable();
    merchants.dedup();
    for merchant_id in merchants {
        if trust::is_or_was_member(db, user_id, merchant_id).await? {
            return Err(ImpostorError::Refused(Refused::Own));
        }
    }
    Ok(())
}

/// Assigns the open reports of the site to a reviewer.
pub(super) async fn take(db: &Db, reference: &str, user_id: i64) -> Result<(), ImpostorError> {
    let report = reported(db, reference).await?;
    refuse_own(db, reference, user_id).await?;
    Ok(impostors::take(db, &report, user_id).await?)
}

/// Closes the open reports of the site up to row `seen`, the last that the reviewer saw.
pub(super) async fn close(
    db: &Db,
    reference: &str,
    (user_id, seen): (i64, i64),
    (closing, reason): (Closing, &str),
) -> Result<(), ImpostorError> {
    let report = reported(db, reference).await?;
    refuse_own(db, reference, user_id).await?;
    Ok(impostors::close(db, &report, (user_id, seen), (closing, reason)).await?)
}

/// Symbols that are hard to confuse and unlikely to spell words.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Returns `IR-XXXX-XXXX`.
fn new_reference() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes)?;
    let symbols: String =
        bytes.iter().map(|byte| char::from(SYMBOLS[usize::from(byte % 32)])).collect();
    Ok(format!("IR-{}-{}", &symbols[..4], &symbols[4..]))
}

pub fn is_reference(text: &str) -> bool {
    let bytes = text.as_bytes();
    let symbol = |place: usize| bytes.get(place).is_some_and(|b| SYMBOLS.contains(b));
    bytes.len() == 12
        && text.starts_with("IR-")
        && bytes[7] == b'-'
        && (3..7).chain(8..12).all(symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_numbers_have_their_form() {
        let reference = new_reference().unwrap();
        assert!(is_reference(&reference), "{reference}");
        assert_ne!(reference, new_reference().unwrap());
        for other in ["", "IR-0000-000", "IR-0000-000U", "TM-0000-0000", "IR-0000-0000<", "IR-äää"]
        {
            assert!(!is_reference(other), "{other}");
        }
    }
}
