//! The moves by which a paid order is found to be self-dealt, wherever it stands.

use chrono::DateTime;
use strum::VariantArray;
use surety::orders::change::{Order, Status};
use surety::orders::self_dealing::{self, Link};

use super::sequences::Move;

/// One for each status of a paid order; none moves money.
pub fn found_moves(order: &Order) -> Vec<Move> {
    let at = DateTime::UNIX_EPOCH;
    let find = |status: Status| {
        let unpaid = Order { status, paid_at: None, ..order.clone() };
        assert!(self_dealing::find(&unpaid, &[Link::Device], at).is_err());
        let paid = Order { paid_at: Some(at), ..unpaid };
        assert!(self_dealing::find(&paid, &[], at).is_err());
        let change = self_dealing::find(&paid, &[Link::Device], at).expect("found");
        assert!(change.journal.lines().is_empty());
        let name = status.into_str().to_owned();
        (change.event.to_owned(), name, change.status.into_str().to_owned(), None)
    };
    let paid = Status::VARIANTS.iter().filter(|s| **s != Status::AwaitingPayment);
    paid.copied().map(find).collect()
}
