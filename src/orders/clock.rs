//! When the clock has to look at an order, and what its pauses leave. Pure.

use chrono::Duration;

use super::change::{Order, Status};
use crate::kernel::time::Timestamp;

/// What the clock has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// The time is over: close, cancel or release.
    Act,
    /// Remind the party whose turn it is.
    Remind,
}

/// How long before the end each reminder comes.
fn reminders(status: Status) -> &'static [Duration] {
    const DELIVERY: [Duration; 1] = [Duration::hours(24)];
    const CONFIRMATION: [Duration; 2] = [Duration::days(3), Duration::hours(24)];
    match status {
        Status::AwaitingDelivery => &DELIVERY,
        Status::AwaitingConfirmation => &CONFIRMATION,
        _ => &[],
    }
}

/// When the clock has to look next: the first reminder that lies ahead, or the end. Reminders to
/// deliver come before delivery is overdue, those to confirm before the clock confirms.
#[must_use]
pub fn wake(
    status: Status,
    overdue_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let due = due_at?;
    let end = if status == Status::AwaitingDelivery { overdue_at? } else { due };
    let next = reminders(status).iter().map(|before| end - *before).filter(|at| *at > now).min();
    Some(next.map_or(due, |at| at.min(due)))
}

/// What is due now, if anything.
#[must_use]
pub fn tick(order: &Order, now: Timestamp) -> Option<Tick> {
    if order.due_at.is_some_and(|due| due <= now) {
        Some(Tick::Act)
    } else if order.wake_at.is_some_and(|wake| wake <= now) {
        Some(Tick::Remind)
    } else {
        None
    }
}

/// The clock of an order after its pause: exactly what was left, from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resumed {
    /// When the clock acts.
    pub due_at: Timestamp,
    /// From when delivery is overdue.
    pub overdue_at: Option<Timestamp>,
    /// When the clock looks next.
    pub wake_at: Option<Timestamp>,
}

/// Lets a paused clock go on. `None` when it is not paused.
#[must_use]
pub fn resume(order: &Order, now: Timestamp) -> Option<Resumed> {
    let since = order.paused_since?;
    let due_at = now + Duration::microseconds(order.paused_left_us?);
    let overdue_at = order.overdue_at.map(|at| at + (now - since));
    let wake_at = wake(order.status, overdue_at, Some(due_at), now);
    Some(Resumed { due_at, overdue_at, wake_at })
}

/// What is left on a running clock, in microseconds; never below zero.
#[must_use]
pub fn left_us(order: &Order, now: Timestamp) -> Option<i64> {
    let left = order.due_at? - now;
    Some(left.num_microseconds().unwrap_or(i64::MAX).max(0))
}
