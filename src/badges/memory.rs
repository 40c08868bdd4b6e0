//! What a server caches of badges and authentication pages: at most 16 MB, plus the look-alike
//! index. Shared by all threads; each server has its own.

use std::mem::size_of;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono_tz::Tz;
use tokio::sync::watch;

use super::cache::{Fresh, Generations, lock};
use super::seal::{BadgeScheme, BadgeSize, BadgeState};
use super::sightings::Sightings;
use super::store::impostors::confirmed_impostors;
use crate::db::listen::Heard;
use crate::db::{Db, DbError};
use crate::kernel::locale::Locale;
use crate::kernel::look_alike::LookAlikeIndex;
use crate::kernel::merchant_code::MerchantCode;
use crate::reputation;
use crate::trust::public_record::{self, KnownDomain, PublicRecord, PublicStanding};

const MEGABYTE: usize = 1024 * 1024;
/// Budgets in bytes; `NOT_THERE` applies twice, for 16 MB in all.
const STANDINGS: usize = 2 * MEGABYTE;
const PICTURES: usize = 5 * MEGABYTE;
const RECORDS: usize = 3 * MEGABYTE;
const BODIES: usize = 5 * MEGABYTE;
const NOT_THERE: usize = MEGABYTE / 2;
/// Building the index reads every verified domain.
const KNOWN_FRESH: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Memory {
    began: Instant,
    /// How far a test has advanced the clock.
    ahead_ms: AtomicU64,
    standings: Fresh<MerchantCode, Arc<PublicStanding>>,
    records: Fresh<MerchantCode, Arc<Shown>>,
    known: Fresh<(), Arc<Known>>,
    pictures: Mutex<Generations<PictureKey, Picture>>,
    bodies: Mutex<Generations<BodyKey, Body>>,
    pub(super) sightings: Sightings,
    /// Whether listening for notifications has ever begun.
    listens: watch::Sender<bool>,
}

/// What an authentication page shows of a merchant.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub record: PublicRecord,
    pub credit: reputation::File,
    /// Origins of confirmed impostors of the merchant, newest first.
    pub impostors: Vec<String>,
}

/// Ratings shown on an authentication page.
const RATINGS: i64 = 5;

#[derive(Debug)]
pub(super) struct Known {
    /// In the order of the index.
    pub domains: Vec<KnownDomain>,
    pub index: LookAlikeIndex,
}

/// Everything that a drawing depends on, so a cached picture is never stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PictureKey {
    pub code: MerchantCode,
    pub size: BadgeSize,
    pub scheme: BadgeScheme,
    pub locale: Locale,
    pub state: BadgeState,
}

#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub plain: Bytes,
    pub gzip: Bytes,
}

pub(super) type BodyKey = (MerchantCode, Locale, Tz);

/// The parts of an authentication page that depend only on language and time zone.
#[derive(Debug)]
pub(super) struct Drawn {
    pub seal: String,
    /// Everything below the verdict.
    pub record: String,
}

/// A rendered page with the record that it was rendered from.
#[derive(Debug, Clone)]
struct Body {
    drawn: Arc<Drawn>,
    of: Arc<Shown>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            ahead_ms: AtomicU64::new(0),
            standings: Fresh::new(STANDINGS, NOT_THERE, |s| weight_of_standing(s)),
            records: Fresh::new(RECORDS, NOT_THERE, |r| weight_of_shown(r)),
            known: Fresh::new(usize::MAX, 0, |_| 0).kept_for(KNOWN_FRESH),
            pictures: Mutex::new(Generations::new(PICTURES)),
            bodies: Mutex::new(Generations::new(BODIES)),
            sightings: Sightings::default(),
            listens: watch::Sender::new(false),
        }
    }
}

impl Memory {
    /// Advances the clock. For tests only, instead of sleeping.
    pub fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Waits until listening for notifications begins, which clears the cache. For tests only.
    pub async fn listens(&self) {
        // The sender lives as long as `self`, so this cannot fail.
        self.listens.subscribe().wait_for(|listens| *listens).await.ok();
    }

    fn now(&self) -> Instant {
        let ahead = Duration::from_millis(self.ahead_ms.load(Ordering::Relaxed));
        self.began + self.began.elapsed() + ahead
    }

    pub(super) fn hear(&self, heard: &Heard) {
        match heard {
            Heard::Began => {
                self.standings.forget_all();
                self.records.forget_all();
                self.listens.send_replace(true);
            }
            Heard::Told(code) => {
                if let Ok(code) = MerchantCode::parse(code) {
                    self.standings.forget(&code);
                    self.records.forget(&code);
                }
            }
        }
    }

    pub(super) async fn standing(
        &self,
        db: &Db,
        code: &MerchantCode,
    ) -> Result<Option<Arc<PublicStanding>>, DbError> {
        let load = async || Ok(public_record::standing(db, code).await?.map(Arc::new));
        self.standings.get(code, || self.now(), load).await
    }

    pub(super) async fn record(
        &self,
        db: &Db,
        code: &MerchantCode,
    ) -> Result<Option<Arc<Shown>>, DbError> {
        let load = async || {
            let Some(record) = public_record::record(db, code).await? else { return Ok(None) };
            let credit = reputation::file(db, record.standing.merchant_id, None, RATINGS).await?;
            let impostors = confirmed_impostors(db, record.standing.merchant_id).await?;
            Ok(Some(Arc::new(Shown { record, credit, impostors })))
        };
        self.records.get(code, || self.now(), load).await
    }

    /// At most a minute old.
    pub(super) async fn known(&self, db: &Db) -> Result<Option<Arc<Known>>, DbError> {
        let load = async || {
            let domains = public_record::known_domains(db).await?;
            let named = domains.iter().map(|k| (k.domain.clone(), k.name.clone()));
            let index = LookAlikeIndex::new(named);
            Ok(Some(Arc::new(Known { domains, index })))
        };
        self.known.get(&(), || self.now(), load).await
    }

    pub(super) fn picture(&self, key: PictureKey, draw: impl FnOnce() -> Picture) -> Picture {
        if let Some(picture) = lock(&self.pictures).get(&key) {
            return picture;
        }
        let picture = draw();
        // Unknown codes are endless, and their pictures would push out the others.
        if key.state != BadgeState::Unknown {
            let weight = size_of::<PictureKey>() + picture.plain.len() + picture.gzip.len();
            lock(&self.pictures).insert(key, picture.clone(), weight);
        }
        picture
    }

    /// Returns the cached parts, or draws them if there are none for this very record.
    pub(super) fn body<E>(
        &self,
        key: BodyKey,
        record: &Arc<Shown>,
        draw: impl FnOnce() -> Result<Drawn, E>,
    ) -> Result<Arc<Drawn>, E> {
        if let Some(body) = lock(&self.bodies).get(&key)
            && Arc::ptr_eq(&body.of, record)
        {
            return Ok(body.drawn);
        }
        let drawn = Arc::new(draw()?);
        let weight = drawn.seal.len() + drawn.record.len() + weight_of_shown(record);
        let body = Body { drawn: Arc::clone(&drawn), of: Arc::clone(record) };
        lock(&self.bodies).insert(key, body, weight);
        Ok(drawn)
    }
}

fn weight_of_standing(standing: &PublicStanding) -> usize {
    size_of::<PublicStanding>()
        + standing.domains.iter().map(|d| 64 + d.as_str().len()).sum::<usize>()
}

/// A generous estimate.
fn weight_of_shown(shown: &Shown) -> usize {
    let words = |r: &reputation::Published| {
        r.words.len() + r.reply.as_ref().map_or(0, |(words, _)| words.len())
    };
    let ratings: usize =
        shown.credit.ratings.iter().map(|r| size_of::<reputation::Published>() + words(r)).sum();
    weight_of_record(&shown.record)
        + size_of::<reputation::File>()
        + shown.credit.months.len() * size_of::<reputation::Month>()
        + ratings
        + shown.impostors.iter().map(|origin| 64 + origin.len()).sum::<usize>()
}

fn weight_of_record(record: &PublicRecord) -> usize {
    let texts = record.name.len() + record.registered_name.len();
    let criteria = record.badge.as_ref().map_or(0, |b| b.evaluation.criteria.len() * 512);
    size_of::<PublicRecord>()
        + texts
        + criteria
        + record.history.len() * 128
        + weight_of_standing(&record.standing)
}
