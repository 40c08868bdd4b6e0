//! The seller's rank, modelled on Taobao's: hearts, diamonds, crowns and golden crowns, by the sum
//! of the scores of ratings.

use strum::IntoStaticStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case", const_into_str)]
pub enum Sign {
    Heart,
    Diamond,
    Crown,
    GoldenCrown,
}

impl Sign {
    /// The name in JSON and in message keys.
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// The name in the icon sprite.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Heart => "heart",
            Self::Diamond => "diamond",
            Self::Crown | Self::GoldenCrown => "crown",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank {
    pub sign: Sign,
    /// 1 to 5.
    pub count: u8,
}

/// The score at which each step begins.
const LADDER: [(Sign, [i64; 5]); 4] = [
    (Sign::Heart, [4, 11, 41, 91, 151]),
    (Sign::Diamond, [251, 501, 1_001, 2_001, 5_001]),
    (Sign::Crown, [10_001, 20_001, 50_001, 100_001, 200_001]),
    (Sign::GoldenCrown, [500_001, 1_000_000, 2_000_000, 5_000_000, 10_000_000]),
];

fn steps() -> impl DoubleEndedIterator<Item = (Rank, i64)> {
    LADDER.into_iter().flat_map(|(sign, begins)| {
        (1_u8..)
            .zip(begins)
            .map(move |(count, begins)| (Rank { sign, count }, begins))
            .collect::<Vec<_>>()
    })
}

pub fn rank(score: i64) -> Option<Rank> {
    steps().rev().find(|(_, begins)| *begins <= score).map(|(rank, _)| rank)
}

/// The next step and the score at which it begins.
pub fn next_rank(score: i64) -> Option<(Rank, i64)> {
    steps().find(|(_, begins)| *begins > score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_begins_where_the_ladder_says() {
        use Sign::{Crown, Diamond, GoldenCrown, Heart};
        let steps = [
            (Heart, 1, 4),
            (Heart, 2, 11),
            (Heart, 3, 41),
            (Heart, 4, 91),
            (Heart, 5, 151),
            (Diamond, 1, 251),
            (Diamond, 2, 501),
            (Diamond, 3, 1_001),
            (Diamond, 4, 2_001),
            (Diamond, 5, 5_001),
            (Crown, 1, 10_001),
            (Crown, 2, 20_001),
            (Crown, 3, 50_001),
            (Crown, 4, 100_001),
            (Crown, 5, 200_001),
            (GoldenCrown, 1, 500_001),
            (GoldenCrown, 2, 1_000_000),
            (GoldenCrown, 3, 2_000_000),
            (GoldenCrown, 4, 5_000_000),
            (GoldenCrown, 5, 10_000_000),
        ];
        let mut below = None;
        for (sign, count, begins) in steps {
            let here = Some(Rank { sign, count });
            assert_eq!(rank(begins - 1), below, "below {begins}");
            assert_eq!(rank(begins), here, "at {begins}");
            assert_eq!(next_rank(begins - 1), Some((Rank { sign, count }, begins)));
            below = here;
        }
        assert_eq!(rank(i64::MAX), below);
        assert_eq!(next_rank(10_000_000), None);
        for none in [i64::MIN, -1, 0, 3] {
            assert_eq!(rank(none), None, "{none}");
        }
    }
}
