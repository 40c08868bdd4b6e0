//! When the money of an order moved, and under which of the provider's references.

use crate::db::{Db, DbError};
use crate::kernel::time::Timestamp;
use crate::ledger::disbursement::Status;
use crate::ledger::disbursement_store::{self, Disbursement, Which};
use crate::orders::change::Order;
use crate::orders::store::{self, Receipt};

/// What came in for an order and what goes back, as both parties see it.
pub struct MoneyMovements {
    /// The payment.
    pub receipt: Option<Receipt>,
    /// What goes back to the buyer.
    pub outgoing: Vec<Disbursement>,
}

impl MoneyMovements {
    /// What needs another account from the buyer.
    pub fn stuck(&self) -> Option<&Disbursement> {
        self.outgoing.iter().find(|o| o.status == Status::NeedsDetails)
    }

    /// What waits to leave for the account that the buyer has given: its end, and when.
    pub fn held(&self) -> Option<(String, Timestamp)> {
        let held = self.outgoing.iter().find(|o| o.status == Status::Requested)?;
        held.account().map(tail_of).zip(held.next_attempt_at)
    }

    /// Nothing was asked of the database for an order that was never paid.
    pub async fn of(db: &Db, order: &Order) -> Result<Self, DbError> {
        if order.paid_at.is_none() {
            return Ok(Self { receipt: None, outgoing: Vec::new() });
        }
        let receipt = store::receipt_of(db, order.id).await?;
        let outgoing = if order.status.is_ended() {
            disbursement_store::list(db, Which::OfOrder(order.id), 10).await?
        } else {
            Vec::new()
        };
        Ok(Self { receipt, outgoing })
    }
}

/// The last four characters of an account's number.
pub(super) fn tail_of(number: &str) -> String {
    number.chars().skip(number.chars().count().saturating_sub(4)).collect()
}
