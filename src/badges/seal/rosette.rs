//! The merchant's rosette, as on banknotes: a pure function of the merchant code.
//!
//! Three rings of interlaced waves. Each ring is one closed line that goes round `turns` times
//! while it swings `waves` times. As these have no common factor, the strands form a lace with
//! `waves`-fold symmetry. Changing this drawing changes every badge in the world: never do so
//! without a version.

use crate::kernel::merchant_code::MerchantCode;
use std::f64::consts::TAU;
use std::fmt::Write;

/// Outer radius in path units, from the centre at (0, 0).
pub const ROSETTE_RADIUS: f64 = 880.0;

/// Radius of the empty middle, where the sign stands.
pub const ROSETTE_HOLLOW: f64 = 285.0;

/// Four keep each cubic within half a unit of the true curve.
const SEGMENTS_PER_WAVE: u32 = 4;

struct Ring {
    radius: f64,
    swing: f64,
    petal: f64,
    waves: u32,
    turns: u32,
}

/// SVG path data to be stroked, not filled: centred at (0, 0), within [`ROSETTE_RADIUS`].
pub fn rosette(code: &MerchantCode) -> String {
    let mut path = String::with_capacity(4_096);
    for ring in rings(code) {
        ring.draw(&mut path);
    }
    path
}

fn rings(code: &MerchantCode) -> [Ring; 3] {
    let mut dice = Dice(code.number());
    // The rings differ in number of waves, which is what an eye compares first.
    let outer_waves = 22 + dice.below(11) as u32;
    let middle_waves = 8 + dice.below(9) as u32;
    let inner_waves = 5 + dice.below(5) as u32;
    let (outer_turns, middle_turns, inner_turns) =
        (4 + dice.below(4) as u32, 5 + dice.below(4) as u32, 2 + dice.below(3) as u32);
    // The radii at which the rings meet, with a small overlap or gap.
    let outer_edge = dice.between(610.0, 740.0);
    let inner_edge = dice.between(390.0, 480.0);
    let overlap = dice.between(-12.0, 45.0);
    let petals = [dice.between(0.0, 0.10), dice.between(-0.26, 0.26), dice.between(-0.1, 0.1)];
    [
        Ring::new(outer_edge, ROSETTE_RADIUS, outer_waves, outer_turns, petals[0]),
        Ring::new(
            inner_edge - overlap,
            outer_edge + overlap,
            middle_waves,
            middle_turns,
            petals[1],
        ),
        Ring::new(ROSETTE_HOLLOW, inner_edge, inner_waves, inner_turns, petals[2]),
    ]
}

/// The first number from `turns` up that is coprime to `waves`.
fn prime_to(waves: u32, turns: u32) -> u32 {
    // `waves + 1` qualifies, so the search ends.
    (turns..).find(|&turns| gcd(waves, turns) == 1).unwrap_or(1)
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Ring {
    /// `petal` is the share of the width that bends all strands alike: outwards at each wave, or
    /// inwards if negative. `turns` grows until it is coprime to `waves`.
    fn new(from: f64, to: f64, waves: u32, turns: u32, petal: f64) -> Self {
        let half = (to - from) / 2.0;
        let turns = prime_to(waves, turns);
        let swing = half * (1.0 - petal.abs());
        Self { radius: f64::midpoint(from, to), swing, petal: half * petal, waves, turns }
    }

    /// The position at `angle` and its derivative.
    fn at(&self, angle: f64) -> ([f64; 2], [f64; 2]) {
        let waves = f64::from(self.waves);
        let rate = waves / f64::from(self.turns);
        let (wave_sin, wave_cos) = (rate * angle).sin_cos();
        let (petal_sin, petal_cos) = (waves * angle).sin_cos();
        let radius = self.radius + self.swing * wave_cos + self.petal * petal_cos;
        let slope = -self.swing * rate * wave_sin - self.petal * waves * petal_sin;
        let (sin, cos) = angle.sin_cos();
        // Angle 0 points up.
        let place = [radius * sin, -radius * cos];
        (place, [slope * sin + radius * cos, radius * sin - slope * cos])
    }

    /// Appends the closed line in whole units, as cubic segments with the curve's own tangents. The
    /// `s` command mirrors the last control point, which gives exactly that tangent.
    fn draw(&self, path: &mut String) {
        let segments = self.waves * SEGMENTS_PER_WAVE;
        let step = TAU * f64::from(self.turns) / f64::from(segments);
        let (place, tangent) = self.at(0.0);
        let mut from = place.map(f64::round);
        let first = [0, 1].map(|axis| (tangent[axis] * step / 3.0).round());
        let mut data = format!("M{} {}", from[0], from[1]);
        for segment in 1..=segments {
            let (place, tangent) = self.at(f64::from(segment) * step);
            let to = place.map(f64::round);
            let mut numbers = Vec::with_capacity(6);
            if segment == 1 {
                numbers.extend(first);
            }
            numbers.extend([0, 1].map(|a| (place[a] - tangent[a] * step / 3.0).round() - from[a]));
            numbers.extend([0, 1].map(|axis| to[axis] - from[axis]));
            data.push(if segment == 1 { 'c' } else { 's' });
            push_numbers(&mut data, &numbers);
            from = to;
        }
        path.push_str(&data);
        path.push('z');
    }
}

/// Omits the space before a minus sign, which separates by itself.
fn push_numbers(path: &mut String, numbers: &[f64]) {
    for (place, &number) in numbers.iter().enumerate() {
        let whole = number as i64;
        let gap = if place > 0 && whole >= 0 { " " } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(path, "{gap}{whole}");
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): adjacent numbers give unrelated rosettes.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> usize {
        (self.next() % limit) as usize
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn codes() -> impl Iterator<Item = MerchantCode> {
        (0..3_000).filter_map(MerchantCode::from_number)
    }

    #[test]
    fn each_code_has_its_own_and_always_the_same() {
        let mut seen = HashSet::new();
        for code in codes() {
            let drawn = rosette(&code);
            assert_eq!(drawn, rosette(&code));
            assert!(seen.insert(drawn), "{code} has another's rosette");
        }
    }

    #[test]
    fn stays_small_and_within_its_circle() {
        for code in codes() {
            assert!(rosette(&code).len() < 4_000, "{code}: {}", rosette(&code).len());
            for ring in rings(&code) {
                assert_eq!(gcd(ring.waves, ring.turns), 1, "{code}");
                for step in 0..2_000 {
                    let angle = f64::from(step) * TAU * f64::from(ring.turns) / 2_000.0;
                    let [x, y] = ring.at(angle).0;
                    let radius = x.hypot(y);
                    assert!(
                        (ROSETTE_HOLLOW - 50.0..=ROSETTE_RADIUS + 0.01).contains(&radius),
                        "{code} {radius}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_line_closes_smoothly() {
        for code in codes().take(50) {
            for ring in rings(&code) {
                let (start, start_way) = ring.at(0.0);
                let (end, end_way) = ring.at(TAU * f64::from(ring.turns));
                for axis in [0, 1] {
                    assert!((start[axis] - end[axis]).abs() < 1e-6);
                    assert!((start_way[axis] - end_way[axis]).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn the_drawing_of_a_code_never_changes() {
        let code = MerchantCode::from_number(1_111).unwrap();
        let sum = rosette(&code)
            .bytes()
            .fold(0_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        assert_eq!(sum, PINNED, "every badge in the world would change: {sum:#x}");
    }

    const PINNED: u64 = 0xa53c_c37a_1988_a63c;
}
