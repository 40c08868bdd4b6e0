//! What a process remembers, bounded in bytes: by age group, and by age.
//!
//! [`Generations`] forgets what was not asked for lately. [`Fresh`] stands before the database:
//! it keeps answers for a short time, lets one reader ask where many wait, and bounds what it
//! remembers of things that are not there apart from what is.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::db::DbError;

/// How long an answer is taken for the truth when nobody says otherwise: the database tells of each
/// change ([`Fresh::forget`]), and this is for when it cannot be heard.
pub(super) const FRESH: Duration = Duration::from_secs(20);
/// How long an answer may stand in while the database cannot be reached.
const STAND_IN: Duration = Duration::from_secs(25);
/// How long the reader's browser may keep a badge without asking again; nobody between may.
pub(super) const BROWSER: Duration = Duration::from_secs(30);
/// What an answer may take from here to the browser.
const UNDER_WAY: Duration = Duration::from_secs(5);
/// Within so long a change shows, whatever is out. Told of by the database, it shows at once here
/// and after 30 + 5 = 35 seconds in a browser that had just asked; while the database tells nothing
/// but answers, after 20 + 30 + 5 = 55; while it is away, after 25 + 30 + 5 = 60.
const SHOWS_WITHIN: Duration = Duration::from_secs(60);
const _: () = {
    let oldest = if FRESH.as_secs() > STAND_IN.as_secs() { FRESH } else { STAND_IN };
    let all = oldest.as_secs() + BROWSER.as_secs() + UNDER_WAY.as_secs();
    assert!(all <= SHOWS_WITHIN.as_secs(), "a change shows too late");
};
/// How long nobody asks again after the database did not answer.
const REST: Duration = Duration::from_secs(1);
/// So many readers ask for different things at once; the others wait for one of them.
const STRIPES: usize = 64;
/// What an entry costs beside its own size, in bytes.
const ENTRY_BYTES: usize = 128;

/// A map that holds about so many bytes: two generations, of which the older is dropped whole
/// when the younger has grown to half of the budget. What is asked for moves to the younger.
#[derive(Debug)]
pub(super) struct Generations<K, V> {
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    young_bytes: usize,
    half_budget: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Generations<K, V> {
    /// Holds at most `budget` bytes, as the entries' own weights say.
    pub(super) fn new(budget: usize) -> Self {
        let half_budget = budget / 2;
        Self { young: HashMap::new(), old: HashMap::new(), young_bytes: 0, half_budget }
    }

    /// What is kept under a key.
    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        if let Some((value, _)) = self.young.get(key) {
            return Some(value.clone());
        }
        let (value, weight) = self.old.remove(key)?;
        self.insert(key.clone(), value.clone(), weight);
        Some(value)
    }

    /// Keeps a value that weighs so many bytes. One that is too large for the budget is not kept.
    pub(super) fn insert(&mut self, key: K, value: V, weight: usize) {
        let weight = weight + ENTRY_BYTES;
        self.old.remove(&key);
        if weight > self.half_budget {
            return;
        }
        if self.young_bytes + weight > self.half_budget {
            self.old = std::mem::take(&mut self.young);
            self.old.remove(&key);
            self.young_bytes = 0;
        }
        let before = self.young.insert(key, (value, weight.saturating_sub(ENTRY_BYTES)));
        let replaced = before.map_or(0, |(_, weight)| weight + ENTRY_BYTES);
        self.young_bytes = self.young_bytes + weight - replaced;
    }

    /// Forgets a key.
    pub(super) fn remove(&mut self, key: &K) {
        self.old.remove(key);
        if let Some((_, weight)) = self.young.remove(key) {
            self.young_bytes -= weight + ENTRY_BYTES;
        }
    }

    /// Forgets everything.
    fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
        self.young_bytes = 0;
    }

    /// Bytes that are held.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.young.values().chain(self.old.values()).map(|(_, w)| w + ENTRY_BYTES).sum()
    }
}

/// An answer of the database, and when it was asked for.
#[derive(Debug, Clone)]
struct Dated<V> {
    value: V,
    asked_at: Instant,
}

/// Answers of the database that are kept for [`FRESH`].
#[derive(Debug)]
pub(super) struct Fresh<K, V> {
    there: Mutex<Generations<K, Dated<V>>>,
    not_there: Mutex<Generations<K, Dated<()>>>,
    /// One asks, the others of the stripe wait; holds when the database last did not answer.
    stripes: Vec<tokio::sync::Mutex<Option<Instant>>>,
    weigh: fn(&V) -> usize,
    fresh: Duration,
    /// How often something was forgotten: an answer that was asked for before is not kept.
    forgotten: AtomicU64,
}

impl<K: Eq + Hash + Clone, V: Clone> Fresh<K, V> {
    /// Keeps so many bytes of answers, as `weigh` says, and so many of what is not there.
    pub(super) fn new(budget: usize, not_there: usize, weigh: fn(&V) -> usize) -> Self {
        Self {
            there: Mutex::new(Generations::new(budget)),
            not_there: Mutex::new(Generations::new(not_there)),
            stripes: (0..STRIPES).map(|_| tokio::sync::Mutex::new(None)).collect(),
            weigh,
            fresh: FRESH,
            forgotten: AtomicU64::new(0),
        }
    }

    /// Keeps answers for another time than [`FRESH`].
    pub(super) fn kept_for(self, fresh: Duration) -> Self {
        Self { fresh, ..self }
    }

    /// Forgets what is kept under a key: it has changed.
    pub(super) fn forget(&self, key: &K) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        lock(&self.there).remove(key);
        lock(&self.not_there).remove(key);
    }

    /// Forgets everything: nobody knows what has changed.
    pub(super) fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        lock(&self.there).clear();
        lock(&self.not_there).clear();
    }

    /// What is kept, or what `load` answers. The time is asked for through `now`, so that tests can
    /// jump: more than once, since loading takes a while.
    /// Fails with what `load` answers, when there is nothing recent enough to stand in for it.
    pub(super) async fn get(
        &self,
        key: &K,
        now: impl Fn() -> Instant,
        load: impl AsyncFnOnce() -> Result<Option<V>, DbError>,
    ) -> Result<Option<V>, DbError> {
        if let Some(answer) = self.kept(key, now(), self.fresh) {
            return Ok(answer);
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        // The remainder is below the number of stripes.
        let stripe = &self.stripes[(hasher.finish() % STRIPES as u64) as usize];
        let mut failed_at = stripe.lock().await;
        // Whoever held the stripe before may have asked for the same.
        let asked_at = now();
        if let Some(answer) = self.kept(key, asked_at, self.fresh) {
            return Ok(answer);
        }
        let resting = failed_at.is_some_and(|at| asked_at.saturating_duration_since(at) < REST);
        let error = if resting {
            DbError::Unavailable("it did not answer a moment ago".to_owned())
        } else {
            let forgotten = self.forgotten.load(Ordering::SeqCst);
            match load().await {
                Ok(answer) => {
                    *failed_at = None;
                    self.keep(key, answer.clone(), asked_at, forgotten);
                    return Ok(answer);
                }
                Err(error) => {
                    *failed_at = Some(now());
                    error
                }
            }
        };
        self.kept(key, now(), STAND_IN).ok_or(error)
    }

    fn kept(&self, key: &K, now: Instant, age: Duration) -> Option<Option<V>> {
        let is_recent = |asked_at| now.saturating_duration_since(asked_at) < age;
        if let Some(found) = lock(&self.there).get(key) {
            return is_recent(found.asked_at).then_some(Some(found.value));
        }
        lock(&self.not_there).get(key).is_some_and(|f| is_recent(f.asked_at)).then_some(None)
    }

    /// Keeps an answer, unless something was forgotten since it was asked for: it may be older than
    /// the change. Whoever forgets counts first and removes then, so under the lock either the
    /// count is seen here or the removal comes after.
    fn keep(&self, key: &K, answer: Option<V>, asked_at: Instant, forgotten: u64) {
        let is_good = || self.forgotten.load(Ordering::SeqCst) == forgotten;
        if let Some(value) = answer {
            let weight = (self.weigh)(&value);
            lock(&self.not_there).remove(key);
            let mut there = lock(&self.there);
            if is_good() {
                there.insert(key.clone(), Dated { value, asked_at }, weight);
            }
        } else {
            lock(&self.there).remove(key);
            let mut not_there = lock(&self.not_there);
            if is_good() {
                not_there.insert(key.clone(), Dated { value: (), asked_at }, 0);
            }
        }
    }
}

/// Locks what only ever changes in one step: another thread's panic has left nothing half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
