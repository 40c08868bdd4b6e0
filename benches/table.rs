//! What was measured, and how it is shown.

use std::fmt::Write as _;

use crate::cpu::Used;

/// One side of one pair.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Answers a second.
    pub rate: f64,
    /// Milliseconds that half of the answers stayed below.
    pub p50: f64,
    /// Milliseconds that 99 of 100 answers stayed below.
    pub p99: f64,
    /// Microseconds of processor time an answer: PostgreSQL's, and everything else's.
    cpu: [f64; 2],
}

impl Round {
    /// From the microseconds of all answers and the processor time that they took.
    pub fn new(rate: f64, mut micros: Vec<u32>, used: Used) -> Self {
        micros.sort_unstable();
        let at = |share: f64| {
            let place = (micros.len() as f64 * share) as usize;
            f64::from(micros.get(place).or(micros.last()).copied().unwrap_or(0)) / 1000.0
        };
        let cpu = [used.database, used.others].map(|s| s * 1e6 / micros.len().max(1) as f64);
        Self { rate, p50: at(0.5), p99: at(0.99), cpu }
    }
}

/// The pairs of one comparison: the limit and Surety, one after the other.
#[derive(Debug, Default)]
pub struct Comparison {
    /// What is compared, in words.
    pub title: String,
    pairs: Vec<(Round, Round)>,
}

impl Comparison {
    /// A comparison without pairs yet.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), pairs: Vec::new() }
    }

    /// Adds a pair.
    pub fn add(&mut self, limit: Round, surety: Round) {
        self.pairs.push((limit, surety));
    }

    fn of(&self, value: impl Fn(&(Round, Round)) -> f64) -> Spread {
        Spread::of(self.pairs.iter().map(value).collect())
    }

    fn row(&self) -> [String; 11] {
        let cpu = |side: fn(&(Round, Round)) -> &Round| {
            let of = |place: usize| self.of(|pair| side(pair).cpu[place]).median;
            format!("{:.0} + {:.0}", of(0), of(1))
        };
        let whole = |round: &Round| round.cpu.iter().sum::<f64>();
        let ms = |value: fn(&(Round, Round)) -> f64| format!("{:.2}", self.of(value).median);
        [
            self.title.clone(),
            self.of(|(limit, surety)| surety.rate / limit.rate).to_string(),
            format!("{:.0}", self.of(|(limit, _)| limit.rate).median),
            format!("{:.0}", self.of(|(_, surety)| surety.rate).median),
            format!("{} / {}", ms(|(limit, _)| limit.p50), ms(|(limit, _)| limit.p99)),
            format!("{} / {}", ms(|(_, surety)| surety.p50), ms(|(_, surety)| surety.p99)),
            self.of(|(limit, surety)| surety.p99 / limit.p99).to_string(),
            cpu(|(limit, _)| limit),
            cpu(|(_, surety)| surety),
            self.of(|(limit, surety)| whole(limit) / whole(surety)).to_string(),
            self.pairs.len().to_string(),
        ]
    }
}

/// A median and what it lies between.
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Self { median, least: values[0], most: values[values.len() - 1] }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} ({:.2} to {:.2})", self.median, self.least, self.most)
    }
}

const HEADS: [&str; 10] = [
    "Surety / LIMIT",
    "LIMIT a second",
    "Surety a second",
    "LIMIT p50 / p99 ms",
    "Surety p50 / p99 ms",
    "p99 / p99",
    "LIMIT CPU µs",
    "Surety CPU µs",
    "CPU / CPU",
    "pairs",
];

/// Prints comparisons with what is called the limit as a table in Markdown.
pub fn print(title: &str, limit: &str, comparisons: &[Comparison]) {
    let heads = HEADS.join(" | ").replace("LIMIT", limit);
    let mut text = format!("\n| {title} | {heads} |\n|");
    text.push_str(&" --- |".repeat(HEADS.len() + 1));
    for comparison in comparisons {
        write!(text, "\n| {} |", comparison.row().join(" | ")).expect("memory");
    }
    println!("{text}");
}
