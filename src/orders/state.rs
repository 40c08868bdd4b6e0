//! What may happen to an order: pure decisions. Given the order, who acts and the time, each says
//! what changes, what is booked and who is told; or why not.

use chrono::Duration;
use serde_json::{Value, json};

use super::change::{CaseState, Change, Delivery, Order, Outcome, Party, Refused, Status};
use super::clock::{self, Tick};
use crate::kernel::time::Timestamp;
use crate::ledger::journal;

/// What a decision comes to.
pub type Decision = Result<Change, Refused>;

fn in_status(order: &Order, status: Status) -> Result<(), Refused> {
    match order.status {
        s if s == status => Ok(()),
        s if s.is_ended() => Err(Refused::Ended),
        _ => Err(Refused::WrongState),
    }
}

/// Ends the pause and the open request with it, where there is one.
fn ending_case(mut change: Change, order: &Order, request: &str) -> Change {
    if order.case_state.is_some() {
        change =
            change.extra("refund", json!({ "status": request })).extra("unpaused", json!(true));
    }
    change
}

/// The gateway's verified notice: the price is in. `receipt` is the row of the attempt and the
/// provider's reference, `link` what only the buyer is told. Whether the order is covered is
/// decided now, by the merchant's badge.
///
/// # Errors
/// [`Refused`] when the order takes no money any more.
pub fn pay(
    order: &Order,
    receipt: (i64, &str),
    buyer: (Option<i64>, &str),
    link: Value,
    covered: bool,
    now: Timestamp,
) -> Decision {
    in_status(order, Status::AwaitingPayment)?;
    let overdue = now + order.policy.deliver_within();
    let due = overdue + order.policy.delivery_grace();
    let mut change = Change::new(order, "pay", Party::Gateway, now)
        .extra("receipt", json!({ "payment_id": receipt.0, "provider_reference": receipt.1 }))
        .extra("covered", json!(covered))
        .extra("overdue_at", json!(overdue))
        .extra("buyer_email", json!(buyer.1))
        .with("due_at", json!(overdue))
        .with("buyer_only", link)
        .telling(&["merchant:order-paid-merchant", "buyer:order-paid-buyer"]);
    if let Some(id) = buyer.0 {
        change = change.extra("buyer_id", json!(id));
    }
    change.status = Status::AwaitingDelivery;
    change.journal = journal::payment(order.price)?;
    change.due_at = Some(due);
    change.wake_at = clock::wake(change.status, Some(overdue), Some(due), now);
    Ok(change)
}

/// Cancelled by a party. Before payment either may; once paid the merchant at any time, the buyer
/// when delivery is overdue. Everything that is held goes back.
pub fn cancel(order: &Order, party: Party, now: Timestamp) -> Decision {
    match order.status {
        Status::AwaitingPayment => Ok(Change::new(order, "cancel", party, now)
            .ending(Status::Closed, Outcome::Cancelled, journal::Journal::default())
            .telling(&["merchant:order-cancelled-unpaid", "buyer:order-cancelled-unpaid"])),
        Status::AwaitingDelivery => {
            let overdue = order.overdue_at.is_some_and(|at| at <= now);
            if matches!(party, Party::Buyer(..)) && order.case_state.is_some() {
                return Err(Refused::CaseOpen);
            }
            if matches!(party, Party::Buyer(..)) && !overdue {
                return Err(Refused::NotOverdue);
            }
            return_all(order, "cancel", party, Outcome::Cancelled, now)
                .map(|c| c.telling(&["merchant:order-returned-merchant", "buyer:order-returned"]))
        }
        s if s.is_ended() => Err(Refused::Ended),
        _ => Err(Refused::WrongState),
    }
}

/// Ends the order with all of the money back to the buyer.
fn return_all(
    order: &Order,
    event: &'static str,
    party: Party,
    outcome: Outcome,
    now: Timestamp,
) -> Decision {
    let zero = crate::kernel::money::Money::zero(order.price.currency());
    let booked = journal::settlement(order.held(), order.held(), zero)?;
    let change = Change::new(order, event, party, now)
        .ending(Status::Closed, outcome, booked)
        .with("amount", json!(order.held()));
    Ok(ending_case(change, order, "refunded"))
}

/// The merchant delivers.
///
/// # Errors
/// [`Refused`]; a request that waits for the merchant's answer comes first.
pub fn deliver(order: &Order, party: Party, delivery: &Delivery, now: Timestamp) -> Decision {
    in_status(order, Status::AwaitingDelivery)?;
    if order.case_state == Some(CaseState::AwaitingMerchant) {
        return Err(Refused::CaseOpen);
    }
    let due = now + order.policy.confirm_within(delivery.kind);
    let facts = json!({
        "kind": delivery.kind.name(), "carrier": delivery.carrier, "tracking": delivery.tracking,
    });
    let mut change = Change::new(order, "deliver", party, now)
        .extra("delivery", facts.clone())
        .detail(facts)
        .with("due_at", json!(due))
        .with("carrier", json!(delivery.carrier))
        .with("tracking", json!(delivery.tracking))
        .telling(&["buyer:order-delivered"]);
    change.status = Status::AwaitingConfirmation;
    change.due_at = Some(due);
    change.wake_at = clock::wake(change.status, None, Some(due), now);
    // The request that the merchant declined is answered by delivering: the buyer may ask again.
    Ok(ending_case(change, order, "withdrawn"))
}

/// The buyer asks, once, for more time to confirm.
///
/// # Errors
/// [`Refused`]; an open request for a refund pauses the clock, so there is time enough.
pub fn ask_extension(order: &Order, party: Party, now: Timestamp) -> Decision {
    in_status(order, Status::AwaitingConfirmation)?;
    if order.case_state.is_some() {
        return Err(Refused::CaseOpen);
    }
    if order.extension_asked_at.is_some() {
        return Err(Refused::AlreadyAsked);
    }
    Ok(Change::new(order, "ask_extension", party, now)
        .extra("extension_asked", json!(true))
        .telling(&["merchant:extension-asked"]))
}

/// The merchant grants more days to confirm.
///
/// # Errors
/// [`Refused`]; while the clock is paused there is nothing to extend.
pub fn extend(order: &Order, party: Party, days: i32, now: Timestamp) -> Decision {
    in_status(order, Status::AwaitingConfirmation)?;
    let Some(due) = order.due_at else { return Err(Refused::CaseOpen) };
    let total = order.extension_days.saturating_add(days);
    if days < 1 || total > order.policy.extension_days_max() {
        return Err(Refused::TooLong);
    }
    let due = due + Duration::days(i64::from(days));
    let mut change = Change::new(order, "extend", party, now)
        .extra("extension_days", json!(total))
        .detail(json!({ "days": days }))
        .with("due_at", json!(due))
        .with("days", json!(days.to_string()))
        .telling(&["buyer:order-extended"]);
    change.due_at = Some(due);
    change.wake_at = clock::wake(order.status, None, Some(due), now);
    Ok(change)
}

/// Ends the order with all of the money to the merchant, less the fee.
fn release(order: &Order, event: &'static str, party: Party, now: Timestamp) -> Decision {
    in_status(order, Status::AwaitingConfirmation)?;
    let zero = crate::kernel::money::Money::zero(order.price.currency());
    let booked = journal::settlement(order.held(), zero, order.fee_full)?;
    let change = Change::new(order, event, party, now)
        .ending(Status::Completed, Outcome::Released, booked)
        .with("amount", json!(order.price.minus(order.fee_full)?))
        .with("fee", json!(order.fee_full));
    Ok(ending_case(change, order, "withdrawn"))
}

/// The buyer's word that the promise was kept. An open request is withdrawn with it.
pub fn confirm(order: &Order, party: Party, now: Timestamp) -> Decision {
    release(order, "confirm", party, now).map(|c| c.telling(&["merchant:order-completed"]))
}

/// What the clock does with an order now: acts at the end of the time, or reminds before it.
///
/// # Errors
/// [`Refused::NotDue`] when it has come too early.
pub fn tick(order: &Order, now: Timestamp) -> Decision {
    let act = match clock::tick(order, now).ok_or(Refused::NotDue)? {
        Tick::Remind => return Ok(remind(order, now)),
        Tick::Act => Change::new(order, "expire", Party::Clock, now),
    };
    match order.status {
        Status::AwaitingPayment => Ok(act
            .ending(Status::Closed, Outcome::Unpaid, journal::Journal::default())
            .telling(&["merchant:order-expired", "buyer:order-expired"])),
        Status::AwaitingDelivery => {
            return_all(order, "expire", Party::Clock, Outcome::Cancelled, now)
                .map(|c| c.telling(&["merchant:order-undelivered", "buyer:order-returned"]))
        }
        Status::AwaitingConfirmation => release(order, "confirm_by_default", Party::Clock, now)
            .map(|c| c.telling(&["merchant:order-completed", "buyer:order-completed-by-default"])),
        Status::Completed | Status::Closed => Err(Refused::Ended),
    }
}

fn remind(order: &Order, now: Timestamp) -> Change {
    let (tell, due) = if order.status == Status::AwaitingDelivery {
        ("merchant:remind-deliver", order.overdue_at)
    } else {
        ("buyer:remind-confirm", order.due_at)
    };
    let mut change = Change::new(order, "remind", Party::Clock, now).with("due_at", json!(due));
    // After a stopped worker the date may have passed: then the reminder would mislead.
    if due.is_some_and(|at| at > now) {
        change = change.telling(&[tell]);
    } else {
        change = change.detail(json!({ "late": true }));
    }
    change.wake_at = clock::wake(order.status, order.overdue_at, order.due_at, now);
    change
}

/// Somebody, `by` row and origin, proves to be the buyer: by the `address` typed at checkout, or by
/// the browser that paid.
///
/// # Errors
/// [`Refused::AlreadyAsked`] when the order has its buyer already.
pub fn claim(order: &Order, by: (i64, i64), address: Option<&str>, now: Timestamp) -> Decision {
    if order.buyer_id.is_some() {
        return Err(Refused::AlreadyAsked);
    }
    // An address that was corrected since proves nothing any more.
    let is_another = address.is_some() && order.buyer_email.as_deref() != address;
    if order.status == Status::AwaitingPayment || is_another {
        return Err(Refused::WrongState);
    }
    Ok(Change::new(order, "claim", Party::Buyer(by.0, by.1), now).extra("buyer_id", json!(by.0)))
}

/// The payer, of whom nothing is known but the browser that paid, corrects the address that was
/// typed at checkout. `letter` is what only the new address is told, `locale` the payer's language.
/// Once the order has its buyer, nobody else may say who that is.
///
/// # Errors
/// [`Refused::AlreadyAsked`] when the order has its buyer already.
pub fn correct_address(
    order: &Order,
    email: &str,
    locale: &str,
    letter: Value,
    now: Timestamp,
) -> Decision {
    if order.buyer_id.is_some() {
        return Err(Refused::AlreadyAsked);
    }
    if order.paid_at.is_none() {
        return Err(Refused::WrongState);
    }
    Ok(Change::new(order, "correct_address", Party::Payer, now)
        .extra("buyer_email", json!(email))
        .extra("locale", json!(locale))
        .with("buyer_only", letter)
        .telling(&["buyer:order-address-corrected"]))
}
