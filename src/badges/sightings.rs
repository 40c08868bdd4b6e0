//! Where badges were asked for from sites that are not their merchant's: counted in memory and
//! written down in batches, because this happens on the hottest path and a Referer can be forged.

use std::collections::HashMap;
use std::sync::Mutex;

use super::cache::lock;

/// Origins that are kept apart for one merchant; all others count as [`OTHER`].
pub const ORIGINS_MAX: usize = 1_000;
/// What stands for all origins beyond the limit, and for what is no origin.
pub const OTHER: &str = "other";
/// Origins that wait to be written down, over all merchants: about a megabyte.
const WAITING_MAX: usize = 5_000;

/// Origin → how often it was seen.
pub(super) type Counts = HashMap<String, u64>;

/// Sightings that wait to be written down.
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
        if let Some(seen) = counts.get_mut(origin) {
            *seen += times;
            return;
        }
        let full = counts.len() >= ORIGINS_MAX || self.origins >= WAITING_MAX;
        let origin = if full { OTHER } else { origin };
        if !counts.contains_key(origin) {
            self.origins += 1;
        }
        *counts.entry(origin.to_owned()).or_default() += times;
    }
}

/// Which origins of a batch are written down apart when these are there already: known ones, and
/// new ones as long as there is room; the rest becomes [`OTHER`].
pub(super) fn within_limit(known: &[String], batch: Counts) -> Counts {
    let is_known = |origin: &str| known.iter().any(|k| k == origin);
    let mut room = ORIGINS_MAX.saturating_sub(known.iter().filter(|k| *k != OTHER).count());
    let mut result = Counts::new();
    // Most often seen first: what is frequent is worth a line of its own.
    let mut batch: Vec<_> = batch.into_iter().collect();
    batch.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for (origin, times) in batch {
        if origin == OTHER || is_known(&origin) {
            *result.entry(origin).or_default() += times;
        } else if room > 0 {
            room -= 1;
            result.insert(origin, times);
        } else {
            *result.entry(OTHER.to_owned()).or_default() += times;
        }
    }
    result
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
    fn known_origins_go_on_counting_when_there_is_no_room() {
        let mut known: Vec<String> = (0..999).map(|n| format!("https://{n}.top")).collect();
        known.push(OTHER.to_owned());
        let batch = Counts::from([
            ("https://5.top".to_owned(), 1),
            ("https://often.top".to_owned(), 9),
            ("https://once.top".to_owned(), 1),
            ("https://twice.top".to_owned(), 2),
        ]);
        let expected = Counts::from([
            ("https://5.top".to_owned(), 1),
            ("https://often.top".to_owned(), 9),
            (OTHER.to_owned(), 3),
        ]);
        assert_eq!(within_limit(&known, batch), expected);
    }
}
