//! The geometry of the plots, as pure functions. Colours and type are in the style sheet.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::record::Month;

/// In user units, as are the others.
pub const WIDTH: u32 = 480;
pub const HEIGHT: u32 = 168;
/// The y of the value zero.
pub const GROUND: u32 = 140;
/// The y of the highest value.
pub const TOP: u32 = 20;
/// Width of a month.
const STEP: u32 = 40;
const MARKS: (u32, u32) = (1, 5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub month: NaiveDate,
    pub middle: u32,
    pub left: u32,
    pub width: u32,
    /// Upper edge and height; stands on the ground.
    pub completed: (u32, u32),
    /// Upper edge and height; stands on the completed orders.
    pub refunded: (u32, u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pub columns: Vec<Column>,
    pub most: u64,
}

pub fn columns(months: &[Month]) -> Columns {
    let most = months.iter().map(|m| m.completed + m.refunded).max().unwrap_or_default();
    let tall = |count: u64| -> u32 {
        let room = u64::from(GROUND - TOP);
        u32::try_from((count * room).checked_div(most).unwrap_or_default()).unwrap_or_default()
    };
    let column = |(at, month): (u32, &Month)| {
        // Two units at least, so that small values remain visible.
        let seen = |count: u64| if count > 0 { tall(count).max(2) } else { 0 };
        let (completed, refunded) = (seen(month.completed), seen(month.refunded));
        Column {
            month: month.month,
            middle: at * STEP + STEP / 2,
            left: at * STEP + 8,
            width: STEP - 16,
            completed: (GROUND - completed, completed),
            refunded: (GROUND - completed - refunded, refunded),
        }
    };
    Columns { columns: (0..).zip(months).map(column).collect(), most }
}

/// Month, x, y and mean of each month that has ratings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dots {
    pub dots: Vec<(NaiveDate, u32, u32, Decimal)>,
    /// For the attribute `points`.
    pub line: String,
    /// The y of each mark from 1 to 5, and the mark.
    pub scale: Vec<(u32, u32)>,
}

fn height(mean: Decimal) -> u32 {
    let (worst, best) = (Decimal::from(MARKS.0), Decimal::from(MARKS.1));
    let room = Decimal::from(GROUND - TOP);
    let up = (mean - worst) / (best - worst) * room;
    GROUND - up.round().to_u32().unwrap_or_default().min(GROUND - TOP)
}

pub fn dots(months: &[Month]) -> Dots {
    let dots: Vec<_> = (0..)
        .zip(months)
        .filter_map(|(at, month)| {
            let mean = month.rating()?;
            Some((month.month, at * STEP + STEP / 2, height(mean), mean))
        })
        .collect();
    let points: Vec<String> = dots.iter().map(|(_, x, y, _)| format!("{x},{y}")).collect();
    let scale = (MARKS.0..=MARKS.1).map(|mark| (height(mark.into()), mark)).collect();
    Dots { dots, line: points.join(" "), scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(number: u32, completed: u64, refunded: u64, marks: (u64, u64)) -> Month {
        let (ratings, rating_points) = marks;
        let first = NaiveDate::from_ymd_opt(2026, number, 1).unwrap();
        Month { completed, refunded, ratings, rating_points, ..Month::empty(first) }
    }

    #[test]
    fn the_tallest_column_fills_the_room_and_none_leaves_it() {
        let drawn = columns(&[
            month(1, 0, 0, (0, 0)),
            month(2, 90, 30, (0, 0)),
            month(3, 1_000_000, 0, (0, 0)),
            month(4, 1, 1, (0, 0)),
        ]);
        assert_eq!(drawn.most, 1_000_000);
        let tops: Vec<_> = drawn.columns.iter().map(|c| (c.completed.0, c.refunded.0)).collect();
        assert_eq!(tops, [(GROUND, GROUND), (138, 136), (TOP, TOP), (138, 136)]);
        for c in &drawn.columns {
            assert!(c.refunded.0 + 4 >= TOP && c.left + c.width < WIDTH, "{c:?}");
        }
        assert_eq!(columns(&[]).most, 0);
        let none = columns(&[month(1, 0, 0, (0, 0))]);
        assert_eq!(none.columns[0].completed, (GROUND, 0));
    }

    #[test]
    fn dots_stand_between_one_and_five() {
        let drawn = dots(&[
            month(1, 0, 0, (1, 3)),
            month(2, 0, 0, (0, 0)),
            month(3, 0, 0, (2, 30)),
            month(4, 0, 0, (1, 9)),
        ]);
        let heights: Vec<u32> = drawn.dots.iter().map(|d| d.2).collect();
        assert_eq!(heights, [GROUND, TOP, 80]);
        assert_eq!(drawn.line, "20,140 100,20 140,80");
        assert_eq!(drawn.scale.first(), Some(&(GROUND, 1)));
        assert_eq!(drawn.scale.last(), Some(&(TOP, 5)));
    }
}
