//! Caches bounded in bytes and in age. [`Generations`] evicts what was not used lately. [`Fresh`]
//! caches answers of the database, lets one reader load while others wait, and bounds remembered
//! misses separately.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::db::DbError;

/// The maximum age without notifications. Normally the database announces each change, which calls
/// [`Fresh::forget`].
pub(super) const FRESH: Duration = Duration::from_secs(20);
/// The maximum age of an answer while the database is unreachable.
const STAND_IN: Duration = Duration::from_secs(25);
/// How long a reader's browser may keep a badge; shared caches may not keep it at all.
pub(super) const BROWSER: Duration = Duration::from_secs(30);
/// The longest time from here to the browser.
const UNDER_WAY: Duration = Duration::from_secs(5);
/// A change shows within this time whatever fails: after 30 + 5 seconds with notifications, after
/// 20 + 30 + 5 without them, after 25 + 30 + 5 if the database is down.
const SHOWS_WITHIN: Duration = Duration::from_secs(60);
const _: () = {
    let oldest = if FRESH.as_secs() > STAND_IN.as_secs() { FRESH } else { STAND_IN };
    let all = oldest.as_secs() + BROWSER.as_secs() + UNDER_WAY.as_secs();
    assert!(all <= SHOWS_WITHIN.as_secs(), "a change shows too late");
};
/// After a failure, nobody asks the database again for this long.
const REST: Duration = Duration::from_secs(1);
/// The number of keys that can be loaded concurrently.
const STRIPES: usize = 64;
/// Estimated overhead of an entry in bytes.
const ENTRY_BYTES: usize = 128;

/// A map bounded in bytes. Once the young generation reaches half the budget, the old one is
/// dropped. Reading an entry moves it to the young generation.
#[derive(Debug)]
pub(super) struct Generations<K, V> {
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    young_bytes: usize,
    half_budget: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Generations<K, V> {
    pub(super) fn new(budget: usize) -> Self {
        let half_budget = budget / 2;
        Self { young: HashMap::new(), old: HashMap::new(), young_bytes: 0, half_budget }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        if let Some((value, _)) = self.young.get(key) {
            return Some(value.clone());
        }
        let (value, weight) = self.old.remove(key)?;
        self.insert(key.clone(), value.clone(), weight);
        Some(value)
    }

    /// Does not keep a value heavier than half the budget.
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

    pub(super) fn remove(&mut self, key: &K) {
        self.old.remove(key);
        if let Some((_, weight)) = self.young.remove(key) {
            self.young_bytes -= weight + ENTRY_BYTES;
        }
    }

    fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
        self.young_bytes = 0;
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.young.values().chain(self.old.values()).map(|(_, w)| w + ENTRY_BYTES).sum()
    }
}

#[derive(Debug, Clone)]
struct Dated<V> {
    value: V,
    asked_at: Instant,
}

/// Answers of the database that are kept for [`FRESH`] unless [`Fresh::kept_for`] says otherwise.
#[derive(Debug)]
pub(super) struct Fresh<K, V> {
    there: Mutex<Generations<K, Dated<V>>>,
    not_there: Mutex<Generations<K, Dated<()>>>,
    /// Readers of a stripe take turns; holds the time of the last failure.
    stripes: Vec<tokio::sync::Mutex<Option<Instant>>>,
    weigh: fn(&V) -> usize,
    fresh: Duration,
    /// Counts calls of `forget` and `forget_all`, so that answers loaded before one are not kept.
    forgotten: AtomicU64,
}

impl<K: Eq + Hash + Clone, V: Clone> Fresh<K, V> {
    /// Budgets in bytes: `budget` for answers as weighed by `weigh`, `not_there` for misses.
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

    pub(super) fn kept_for(self, fresh: Duration) -> Self {
        Self { fresh, ..self }
    }

    pub(super) fn forget(&self, key: &K) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        lock(&self.there).remove(key);
        lock(&self.not_there).remove(key);
    }

    pub(super) fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        lock(&self.there).clear();
        lock(&self.not_there).clear();
    }

    /// Returns the cached answer or loads it. If loading fails, an answer younger than [`STAND_IN`]
    /// is returned, else the error. `now` is a parameter so that tests can control the clock; it is
    /// called again after loading, which may take long.
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
        // The remainder is less than the number of stripes.
        let stripe = &self.stripes[(hasher.finish() % STRIPES as u64) as usize];
        let mut failed_at = stripe.lock().await;
        // The previous holder of the stripe may have loaded this key.
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

    /// Keeps an answer unless something was forgotten while it was loading, since it may predate
    /// the change. `forget` counts before it removes, so under the lock either the new count is
    /// visible here or the removal comes later.
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

/// Ignores poisoning: the data only ever changes in one step, so a panic leaves nothing half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
