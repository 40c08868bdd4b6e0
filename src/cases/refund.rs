//! Refund requests: pure decisions. Each is a change of the order, since it pauses or ends it.

use chrono::Duration;
use serde_json::json;
use uuid::Uuid;

use crate::kernel::money::Money;
use crate::kernel::time::Timestamp;
use crate::ledger::journal;
use crate::orders::change::{CaseState, Change, Order, Outcome, Party, Refused, Status};
use crate::orders::clock;
use crate::orders::state::Decision;

/// What a buyer asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The id in addresses.
    pub public_id: Uuid,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// The buyer asks for money back: the clock is paused, the merchant has to answer.
pub fn ask(order: &Order, party: Party, request: &Request, now: Timestamp) -> Decision {
    if order.status.is_ended() {
        return Err(Refused::Ended);
    }
    if !order.status.is_held() {
        return Err(Refused::WrongState);
    }
    if order.case_state == Some(CaseState::AwaitingMerchant) {
        return Err(Refused::CaseOpen);
    }
    check_amount(order, request.amount)?;
    if is_used_up(order, now) {
        return Err(Refused::NoMoreRequests);
    }
    let due = now + order.policy.refund_answer();
    let mut change = Change::new(order, "ask_refund", party, now)
        .extra(
            "refund",
            json!({
                "status": "awaiting_merchant", "public_id": request.public_id,
                "amount": request.amount.amount(), "reason": request.reason, "due_at": due,
            }),
        )
        .detail(json!({ "amount": request.amount, "reason": request.reason, "due_at": due }))
        .with("amount", json!(request.amount))
        .with("reason", json!(request.reason))
        .with("due_at", json!(due))
        .telling(&["merchant:refund-asked"]);
    // After a refusal the clock stands already: what was left then is what is left.
    if order.paused_since.is_none() {
        let left = clock::left_us(order, now).ok_or(Refused::WrongState)?;
        change = change.extra("paused_left_us", json!(left));
    }
    change.due_at = None;
    change.wake_at = None;
    Ok(change)
}

/// What is left of the pause that requests may cause, all together; zero when nothing is.
fn pause_left(order: &Order, now: Timestamp) -> Duration {
    let before = Duration::microseconds(order.paused_total_us);
    let paused = before + order.paused_since.map_or_else(Duration::zero, |at| now - at);
    (order.policy.refund_pause_max() - paused).max(Duration::zero())
}

/// Whether no more requests can be made: so many were made, or so little of the pause is left that
/// the merchant would not have its whole time to answer. Its silence counts as yes, so that time
/// is never cut short.
#[must_use]
pub fn is_used_up(order: &Order, now: Timestamp) -> bool {
    order.refunds_asked >= order.policy.refund_requests_max()
        || pause_left(order, now) < order.policy.refund_answer()
}

fn check_amount(order: &Order, amount: Money) -> Result<(), Refused> {
    let rest = order.held().minus(amount)?;
    if !amount.is_positive() || rest.amount().is_sign_negative() && !rest.is_zero() {
        return Err(Refused::BadAmount);
    }
    if order.status == Status::AwaitingDelivery && !rest.is_zero() {
        return Err(Refused::OnlyWhole);
    }
    Ok(())
}

/// The merchant agrees, or its silence does: the money is returned, the rest is released.
pub fn agree(order: &Order, party: Party, amount: Money, now: Timestamp) -> Decision {
    if order.case_state != Some(CaseState::AwaitingMerchant) {
        return Err(if order.status.is_ended() { Refused::Ended } else { Refused::NoCase });
    }
    check_amount(order, amount)?;
    let rest = order.held().minus(amount)?;
    let fee = order.policy.fee(rest)?;
    let booked = journal::settlement(order.held(), amount, fee)?;
    let (status, outcome) = if rest.is_zero() {
        (Status::Closed, Outcome::Returned)
    } else {
        (Status::Completed, Outcome::Split)
    };
    Ok(Change::new(order, "agree_refund", party, now)
        .ending(status, outcome, booked)
        .extra("refund", json!({ "status": "refunded" }))
        .extra("unpaused", json!(true))
        .detail(json!({ "amount": amount }))
        .with("amount", json!(amount))
        .telling(&["buyer:refund-agreed", "merchant:refund-agreed-merchant"]))
}

/// The merchant says no, with its reason: the buyer may withdraw, or the time does, at the latest
/// when the pause that requests may cause is used up.
pub fn decline(order: &Order, party: Party, reason: &str, now: Timestamp) -> Decision {
    if order.case_state != Some(CaseState::AwaitingMerchant) {
        return Err(if order.status.is_ended() { Refused::Ended } else { Refused::NoCase });
    }
    let due = now + order.policy.refund_declined().min(pause_left(order, now));
    Ok(Change::new(order, "decline_refund", party, now)
        .extra("refund", json!({ "status": "declined", "due_at": due, "merchant_reason": reason }))
        .detail(json!({ "reason": reason, "due_at": due }))
        .with("reason", json!(reason))
        .with("due_at", json!(due))
        .telling(&["buyer:refund-declined"]))
}

/// The buyer withdraws, or the time after a refusal does: the order goes on with what was left.
pub fn withdraw(order: &Order, party: Party, now: Timestamp) -> Decision {
    if order.case_state.is_none() {
        return Err(if order.status.is_ended() { Refused::Ended } else { Refused::NoCase });
    }
    let resumed = clock::resume(order, now).ok_or(Refused::NoCase)?;
    let mut change = Change::new(order, "withdraw_refund", party, now)
        .extra("refund", json!({ "status": "withdrawn" }))
        .extra("unpaused", json!(true))
        .with("due_at", json!(resumed.due_at))
        .telling(&["merchant:refund-withdrawn", "buyer:refund-withdrawn"]);
    if let Some(overdue) = resumed.overdue_at {
        change = change.extra("overdue_at", json!(overdue));
    }
    change.due_at = Some(resumed.due_at);
    change.wake_at = resumed.wake_at;
    Ok(change)
}

/// What the clock does with a request whose time is over: silence of the merchant agrees, silence
/// of the buyer after a refusal withdraws.
///
/// # Errors
/// [`Refused::NotDue`] when it has come too early.
pub fn tick(order: &Order, amount: Money, due_at: Option<Timestamp>, now: Timestamp) -> Decision {
    if due_at.is_none_or(|due| due > now) {
        return Err(Refused::NotDue);
    }
    match order.case_state {
        Some(CaseState::AwaitingMerchant) => agree(order, Party::Clock, amount, now),
        Some(CaseState::Declined) => withdraw(order, Party::Clock, now),
        None => Err(Refused::NoCase),
    }
}
