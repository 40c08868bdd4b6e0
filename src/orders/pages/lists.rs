//! Lists of orders, of either party.

use serde::Deserialize;

use super::view::{self, Chip};
use crate::kernel::time::Timestamp;
use crate::orders::change::Status;
use crate::orders::store::Summary;
use crate::web::page::{Page, cut};

/// Rows on a page of a list.
pub const PAGE: i64 = 25;

/// Where a list goes on.
#[derive(Debug, Deserialize)]
pub struct Before {
    /// The row before which the page begins.
    pub before: Option<i64>,
}

/// A line of a list of orders.
pub struct Line {
    /// The order.
    pub order: Summary,
    /// The other party.
    pub with: String,
    /// The state in a word.
    pub chip: Chip,
    /// The next date that matters.
    pub next_at: Option<Timestamp>,
}

/// Lines of a list, with the state of each in words.
pub fn lines(page: &Page, orders: Vec<Summary>, with: impl Fn(&Summary) -> String) -> Vec<Line> {
    orders
        .into_iter()
        .map(|order| Line {
            with: with(&order),
            chip: view::chip(page, order.status, order.has_case),
            next_at: match order.status {
                Status::AwaitingDelivery => order.overdue_at,
                _ => order.due_at,
            },
            order,
        })
        .collect()
}

/// Cuts a list that was read with one order more than a page shows; the address of its next page.
pub fn older(path: &str, orders: &mut Vec<Summary>) -> Option<String> {
    cut(orders, PAGE).map(|o| format!("{path}before={}", o.id))
}
