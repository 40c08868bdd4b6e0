//! Requests for badges from sites that are not the merchant's, counted in memory and stored in
//! batches: this path is the busiest, and a Referer can be forged.

use std::collections::HashMap;
use std::sync::Mutex;

use super::cache::lock;

/// Origins kept for one merchant; all others count as [`OTHER`].
pub const ORIGINS_MAX: usize = OFTEN_MAX + NEW_MAX;
/// The most frequent origins are kept,
pub(super) const OFTEN_MAX: usize = 800;
/// and the newest, which had no time to become frequent.
pub(super) const NEW_MAX: usize = 200;
/// Stands for all origins beyond the limit and those too long to store.
pub const OTHER: &str = "other";
/// Unsaved origins over all merchants: about a megabyte.
const WAITING_MAX: usize = 5_000;

/// How often each origin was seen.
pub(super) type Counts = HashMap<String, u64>;

#[derive(Debug, Default)]
pub(super) struct Sightings(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    merchants: HashMap<i64, Counts>,
    origins: usize,
}

impl Sightings {
    pub(super) fn count(&self, merchant_id: i64, origin: &str, times: u64) {
        lock(&self.0).count(merchant_id, origin, times);
    }

    pub(super) fn take(&self) -> HashMap<i64, Counts> {
        std::mem::take(&mut *lock(&self.0)).merchants
    }
}

impl Waiting {
    fn count(&mut self, merchant_id: i64, origin: &str, times: u64) {
        let counts = self.merchants.entry(merchant_id).or_default();
        let before = counts.len();
        if let Some(seen) = counts.get_mut(origin) {
            *seen += times;
            return;
        }
        let full = counts.len() >= ORIGINS_MAX || self.origins >= WAITING_MAX;
        if !full || make_room(counts) {
            counts.insert(origin.to_owned(), times);
        } else {
            *counts.entry(OTHER.to_owned()).or_default() += times;
        }
        self.origins = self.origins + counts.len() - before;
    }
}

/// Drops an arbitrary origin seen only once, so that forged ones do not block new ones.
fn make_room(counts: &mut Counts) -> bool {
    let once = counts.iter().find(|(origin, seen)| **seen == 1 && *origin != OTHER);
    let Some(origin) = once.map(|(origin, _)| origin.clone()) else { return false };
    counts.remove(&origin);
    *counts.entry(OTHER.to_owned()).or_default() += 1;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forged_origins_fill_neither_memory_nor_table() {
        let sightings = Sightings::default();
        for number in 0..50_000 {
            sightings.count(1, &format!("https://{number}.top"), 1);
            sightings.count(2 + number % 100, &format!("https://{number}.top"), 1);
        }
        let taken = sightings.take();
        let origins: usize = taken.values().map(HashMap::len).sum();
        assert!(origins <= WAITING_MAX + 101, "{origins}");
        assert_eq!(taken.values().flat_map(HashMap::values).sum::<u64>(), 100_000);
        assert!(taken[&1].len() <= ORIGINS_MAX + 1);
        assert!(sightings.take().is_empty());
    }

    #[test]
    fn what_comes_again_is_kept_when_there_is_no_room() {
        let sightings = Sightings::default();
        for number in 0..50_000 {
            if number % 400 == 0 {
                sightings.count(1, "https://evil.top", 1);
                sightings.count(1, "https://evil.top", 1);
            }
            sightings.count(1, &format!("https://{number}.top"), 1);
        }
        let taken = sightings.take();
        assert_eq!(taken[&1]["https://evil.top"], 250);
        assert!(taken[&1].len() <= ORIGINS_MAX + 1);
    }
}
