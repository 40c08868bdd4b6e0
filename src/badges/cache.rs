//! What a process remembers, bounded in bytes: by age group, and by age.
//!
//! [`Generations`] forgets what was not asked for lately. [`Fresh`] stands before the database:
//! it keeps answers for a short time, lets one reader ask where many wait, and bounds what it
//! remembers of things that are not there apart from what is.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::db::DbError;

/// How long an answer is taken for the truth. A change shows after this long at the latest.
pub(super) const FRESH: Duration = Duration::from_secs(20);
/// How long an answer may stand in while the database cannot be reached: shorter than the minute
/// within which a change has to show.
const STAND_IN: Duration = Duration::from_secs(50);
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
        }
    }

    /// Keeps answers for another time than [`FRESH`].
    pub(super) fn kept_for(self, fresh: Duration) -> Self {
        Self { fresh, ..self }
    }

    /// What is kept, or what `load` answers. `now` is passed in so that tests can jump.
    ///
    /// # Errors
    /// What `load` answers, when there is nothing recent enough to stand in for it.
    pub(super) async fn get(
        &self,
        key: &K,
        now: Instant,
        load: impl AsyncFnOnce() -> Result<Option<V>, DbError>,
    ) -> Result<Option<V>, DbError> {
        if let Some(answer) = self.kept(key, now, self.fresh) {
            return Ok(answer);
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        // The remainder is below the number of stripes.
        let stripe = &self.stripes[(hasher.finish() % STRIPES as u64) as usize];
        let mut failed_at = stripe.lock().await;
        // Whoever held the stripe before may have asked for the same.
        if let Some(answer) = self.kept(key, now, self.fresh) {
            return Ok(answer);
        }
        let resting = failed_at.is_some_and(|at| now.saturating_duration_since(at) < REST);
        let error = if resting {
            DbError::Unavailable("it did not answer a moment ago".to_owned())
        } else {
            match load().await {
                Ok(answer) => {
                    *failed_at = None;
                    self.keep(key, answer.clone(), now);
                    return Ok(answer);
                }
                Err(error) => {
                    *failed_at = Some(now);
                    error
                }
            }
        };
        self.kept(key, now, STAND_IN).ok_or(error)
    }

    fn kept(&self, key: &K, now: Instant, age: Duration) -> Option<Option<V>> {
        let is_recent = |asked_at| now.saturating_duration_since(asked_at) < age;
        if let Some(found) = lock(&self.there).get(key) {
            return is_recent(found.asked_at).then_some(Some(found.value));
        }
        lock(&self.not_there).get(key).is_some_and(|f| is_recent(f.asked_at)).then_some(None)
    }

    fn keep(&self, key: &K, answer: Option<V>, now: Instant) {
        if let Some(value) = answer {
            let weight = (self.weigh)(&value);
            lock(&self.not_there).remove(key);
            lock(&self.there).insert(key.clone(), Dated { value, asked_at: now }, weight);
        } else {
            lock(&self.there).remove(key);
            lock(&self.not_there).insert(key.clone(), Dated { value: (), asked_at: now }, 0);
        }
    }
}

/// Locks what only ever changes in one step: another thread's panic has left nothing half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
