//! How much is tried, and by which chance. `make prove` sets `SURETY_PROVE=full`; without it a few
//! per cent are tried. Each test says its seed when it fails; `SURETY_SEED` tries that one again.

use std::time::{SystemTime, UNIX_EPOCH};

/// The full figure with `SURETY_PROVE=full`, else the small one.
pub fn prove(full: usize, small: usize) -> usize {
    if std::env::var("SURETY_PROVE").as_deref() == Ok("full") { full } else { small }
}

/// Chance that can be repeated (SplitMix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// By `SURETY_SEED`, or by the time; said in the output that a failing test shows.
    pub fn new(what: &str) -> Self {
        let given = std::env::var("SURETY_SEED").ok().and_then(|seed| seed.parse().ok());
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = given.unwrap_or_else(|| since.as_secs() ^ u64::from(since.subsec_nanos()) << 20);
        println!("{what}: SURETY_SEED={seed}");
        Self(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, but without, `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).max(0).unsigned_abs() + 1;
        low + i64::try_from(self.below(width)).expect("a small width")
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).expect("a small number")]
    }

    /// Mixes the order.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for i in (1..all.len()).rev() {
            let j = usize::try_from(self.below(i as u64 + 1)).expect("a small number");
            all.swap(i, j);
        }
    }
}
