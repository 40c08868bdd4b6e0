//! What one process keeps in memory of badges and authentication pages: at most 16 MB, besides the
//! index of look-alikes. Shared by the threads of a server; each server has its own.

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
/// Sixteen megabytes in all, with half a megabyte each for codes that nobody has.
const STANDINGS: usize = 2 * MEGABYTE;
const PICTURES: usize = 5 * MEGABYTE;
const RECORDS: usize = 3 * MEGABYTE;
const BODIES: usize = 5 * MEGABYTE;
const NOT_THERE: usize = MEGABYTE / 2;
/// How long the index of look-alikes serves: making it reads every verified domain.
const KNOWN_FRESH: Duration = Duration::from_secs(60);

/// The memory of one server.
#[derive(Debug)]
pub struct Memory {
    began: Instant,
    /// Milliseconds by which a test has put the clock forward.
    ahead_ms: AtomicU64,
    standings: Fresh<MerchantCode, Arc<PublicStanding>>,
    records: Fresh<MerchantCode, Arc<Shown>>,
    known: Fresh<(), Arc<Known>>,
    pictures: Mutex<Generations<PictureKey, Picture>>,
    bodies: Mutex<Generations<BodyKey, Body>>,
    pub(super) sightings: Sightings,
    /// Whether the database is, or was once, listened to.
    listens: watch::Sender<bool>,
}

/// All that an authentication page tells: who the merchant is and where its badge stands, and what
/// its record comes to.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// The public record.
    pub record: PublicRecord,
    /// The credit record.
    pub credit: reputation::File,
    /// The origins of sites that staff confirmed to imitate the merchant, the newest first.
    pub impostors: Vec<String>,
}

/// Ratings that an authentication page shows.
const RATINGS: i64 = 5;

/// Every verified domain, and the index that look-alikes are found with.
#[derive(Debug)]
pub(super) struct Known {
    /// In the order of the index.
    pub domains: Vec<KnownDomain>,
    /// Finds what an unknown domain looks like.
    pub index: LookAlikeIndex,
}

/// All that a drawing depends on: a picture is never out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PictureKey {
    pub code: MerchantCode,
    pub size: BadgeSize,
    pub scheme: BadgeScheme,
    pub locale: Locale,
    pub state: BadgeState,
}

/// A drawn badge, as it is and compressed.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub plain: Bytes,
    pub gzip: Bytes,
}

/// Whose page, for which readers.
pub(super) type BodyKey = (MerchantCode, Locale, Tz);

/// The parts of an authentication page that are the same for every reader of a language and zone.
#[derive(Debug)]
pub(super) struct Drawn {
    /// The seal, in the state that the record says.
    pub seal: String,
    /// All that the record tells, below the verdict.
    pub record: String,
}

/// What was drawn, with the record that it was made from.
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
    /// Puts the clock of this memory forward: what was read long enough ago is read again. A
    /// server never does; tests do instead of sleeping.
    pub fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Waits until the database is listened to for the first time: what is remembered from then on
    /// is not forgotten without a reason. A server does not wait for it; tests do.
    pub async fn listens(&self) {
        // The sender is ours, so it is there as long as we are.
        self.listens.subscribe().wait_for(|listens| *listens).await.ok();
    }

    fn now(&self) -> Instant {
        let ahead = Duration::from_millis(self.ahead_ms.load(Ordering::Relaxed));
        self.began + self.began.elapsed() + ahead
    }

    /// Hears of a change of what the public is shown of a merchant.
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

    /// Where a merchant stands.
    pub(super) async fn standing(
        &self,
        db: &Db,
        code: &MerchantCode,
    ) -> Result<Option<Arc<PublicStanding>>, DbError> {
        let load = async || Ok(public_record::standing(db, code).await?.map(Arc::new));
        self.standings.get(code, || self.now(), load).await
    }

    /// The record of a merchant.
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

    /// The verified domains and their index: at most a minute old.
    pub(super) async fn known(&self, db: &Db) -> Result<Option<Arc<Known>>, DbError> {
        let load = async || {
            let domains = public_record::known_domains(db).await?;
            let named = domains.iter().map(|k| (k.domain.clone(), k.name.clone()));
            let index = LookAlikeIndex::new(named);
            Ok(Some(Arc::new(Known { domains, index })))
        };
        self.known.get(&(), || self.now(), load).await
    }

    /// A picture, drawn if it is not at hand.
    pub(super) fn picture(&self, key: PictureKey, draw: impl FnOnce() -> Picture) -> Picture {
        if let Some(picture) = lock(&self.pictures).get(&key) {
            return picture;
        }
        let picture = draw();
        // Codes that nobody has are endless: keeping their drawings would push out the others.
        if key.state != BadgeState::Unknown {
            let weight = size_of::<PictureKey>() + picture.plain.len() + picture.gzip.len();
            lock(&self.pictures).insert(key, picture.clone(), weight);
        }
        picture
    }

    /// The parts of an authentication page that are kept, drawn if they are not at hand or of an
    /// older record.
    /// Fails with what `draw` answers.
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

/// An estimate, on the safe side.
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

/// As [`weight_of_shown`].
fn weight_of_record(record: &PublicRecord) -> usize {
    let texts = record.name.len() + record.registered_name.len();
    let criteria = record.badge.as_ref().map_or(0, |b| b.evaluation.criteria.len() * 512);
    size_of::<PublicRecord>()
        + texts
        + criteria
        + record.history.len() * 128
        + weight_of_standing(&record.standing)
}
