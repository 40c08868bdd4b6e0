//! What may happen to an order: pure decisions. Given the order, who acts and the time, each says
//! what changes, what is booked and who is told; or why not. Each asks [`allow`] first whether the
//! party may act at all.

use chrono::Duration;

use super::actions::{Action, allow, days_left};
use super::change::{
    Change, Delivery, Detail, Letter, Order, Outcome, Part, Party, Receipt, Refused, Side, Status,
};
use super::policy::{Clock, OnTimeout, Stage};
use crate::kernel::money::Money;
use crate::kernel::time::Timestamp;
use crate::ledger::journal::{self, Journal};

/// What a decision comes to.
pub type Decision = Result<Change, Refused>;

/// The gateway's verified notice: the price is in. `letter` is what only the buyer is told. Whether
/// the order is covered is decided now, by the merchant's badge.
pub fn pay(order: &Order, receipt: Receipt, letter: Option<Letter>, now: Timestamp) -> Decision {
    allow(order, Action::Pay, Side::Gateway, now)?;
    let mut change = Change::new(order, "pay", Party::Gateway, now)
        .entering(order, Status::AwaitingDelivery, None)
        .part(Part::Receipt(receipt))
        .telling(&["merchant:order-paid-merchant", "buyer:order-paid-buyer"]);
    change.journal = journal::payment(order.price)?;
    let overdue = change.clock.overdue_at.or(change.clock.due_at);
    Ok(change.with(|args| (args.due_at, args.buyer_only) = (overdue, letter)))
}

/// Cancelled by a party. Before payment either may; once paid the merchant at any time, the buyer
/// when delivery is overdue. Everything that is held goes back.
pub fn cancel(order: &Order, party: Party, now: Timestamp) -> Decision {
    allow(order, Action::Cancel, party.side(), now)?;
    if order.status == Status::AwaitingPayment {
        return Ok(Change::new(order, "cancel", party, now)
            .ending(Status::Closed, Outcome::Cancelled, Journal::default())
            .telling(&["merchant:order-cancelled-unpaid", "buyer:order-cancelled-unpaid"]));
    }
    let change = return_all(order, "cancel", party, now)?;
    Ok(change.telling(&["merchant:order-returned-merchant", "buyer:order-returned"]))
}

/// Ends the order with all of the money back to the buyer.
fn return_all(order: &Order, event: &'static str, party: Party, now: Timestamp) -> Decision {
    let held = order.held();
    let booked = journal::settlement(held, held, Money::zero(held.currency()))?;
    Ok(Change::new(order, event, party, now)
        .ending(Status::Closed, Outcome::Cancelled, booked)
        .with(|args| args.amount = Some(held)))
}

/// The merchant delivers.
pub fn deliver(order: &Order, party: Party, delivery: &Delivery, now: Timestamp) -> Decision {
    allow(order, Action::Deliver, party.side(), now)?;
    if order.terms.delivery.is_some_and(|agreed| agreed != delivery.kind) {
        return Err(Refused::OtherDelivery);
    }
    let change = Change::new(order, "deliver", party, now)
        .entering(order, Status::AwaitingConfirmation, Some(delivery.kind))
        .part(Part::Delivery(delivery.clone()))
        .detail(Detail { delivery: Some(delivery.clone()), ..Detail::default() })
        .telling(&["buyer:order-delivered"]);
    let due = change.clock.due_at;
    Ok(change.with(|args| {
        args.due_at = due;
        args.carrier = Some(delivery.carrier.clone());
        args.tracking = Some(delivery.tracking.clone());
    }))
}

/// The buyer asks, once, for more time to confirm.
pub fn ask_extension(order: &Order, party: Party, now: Timestamp) -> Decision {
    allow(order, Action::AskExtension, party.side(), now)?;
    Ok(Change::new(order, "ask_extension", party, now)
        .part(Part::ExtensionAsked)
        .telling(&["merchant:extension-asked"]))
}

/// The merchant grants more days to confirm.
pub fn extend(order: &Order, party: Party, days: i32, now: Timestamp) -> Decision {
    allow(order, Action::Extend, party.side(), now)?;
    let (Some(due), Some(stage)) = (order.clock.due_at, order.policy.stage(order.status)) else {
        return Err(Refused::WrongState);
    };
    if !(1..=days_left(order)).contains(&days) {
        return Err(Refused::TooLong);
    }
    let due_at = Some(due + Duration::days(i64::from(days)));
    let mut change = Change::new(order, "extend", party, now)
        .part(Part::Extension { total_days: order.extension_days + days })
        .detail(Detail { days: Some(days), ..Detail::default() })
        .with(|args| (args.due_at, args.days) = (due_at, Some(days.to_string())))
        .telling(&["buyer:order-extended"]);
    change.clock = stage.run(Clock { due_at, ..order.clock }, order.delivery_kind(), now);
    Ok(change)
}

/// Ends the order with all of the money to the merchant, less the fee.
fn release(order: &Order, event: &'static str, party: Party, now: Timestamp) -> Decision {
    let zero = Money::zero(order.price.currency());
    let booked = journal::settlement(order.held(), zero, order.max_fee)?;
    let net = order.price.minus(order.max_fee)?;
    Ok(Change::new(order, event, party, now)
        .ending(Status::Completed, Outcome::Released, booked)
        .with(|args| (args.amount, args.fee) = (Some(net), Some(order.max_fee)))
        .telling(&["merchant:order-completed"]))
}

/// The buyer's word that the promise was kept. An open request is withdrawn with it.
pub fn confirm(order: &Order, party: Party, now: Timestamp) -> Decision {
    allow(order, Action::Confirm, party.side(), now)?;
    release(order, "confirm", party, now)
}

/// What the clock does with an order now, as the table of its channel says: acts at the end of the
/// time, or reminds before it.
/// Fails with [`Refused::NotDue`] when it has come too early.
pub fn tick(order: &Order, now: Timestamp) -> Decision {
    let stage = order.policy.stage(order.status).ok_or(Refused::Ended)?;
    if order.clock.due_at.is_none_or(|due| due > now) {
        return match order.clock.wake_at {
            Some(wake) if wake <= now => Ok(remind(order, stage, order.clock, now)),
            _ => Err(Refused::NotDue),
        };
    }
    match stage.then {
        OnTimeout::Release => release(order, "confirm_by_default", Party::System, now)
            .map(|change| change.telling(&["buyer:order-completed-by-default"])),
        OnTimeout::Return if order.status.is_held() => {
            return_all(order, "expire", Party::System, now).map(|change| {
                change.telling(&["merchant:order-undelivered", "buyer:order-returned"])
            })
        }
        OnTimeout::Return => Ok(Change::new(order, "expire", Party::System, now)
            .ending(Status::Closed, Outcome::Unpaid, Journal::default())
            .telling(&["merchant:order-expired", "buyer:order-expired"])),
        OnTimeout::Remind => {
            let kind = order.delivery.as_ref().map(|delivery| delivery.kind);
            Ok(remind(order, stage, stage.begin(kind, order.clock, now), now))
        }
        OnTimeout::Nothing => Err(Refused::NotDue),
    }
}

/// Reminds the party whose turn it is of the end of its time by this clock.
fn remind(order: &Order, stage: &Stage, clock: Clock, now: Timestamp) -> Change {
    let (tell, due) = match stage.acts {
        Side::Merchant => ("merchant:remind-deliver", clock.overdue_at.or(clock.due_at)),
        _ => ("buyer:remind-confirm", clock.due_at),
    };
    let mut change =
        Change::new(order, "remind", Party::System, now).with(|args| args.due_at = due);
    change.clock = stage.run(clock, order.delivery_kind(), now);
    // After a stopped worker the date may have passed: then the reminder would mislead.
    if due.is_some_and(|at| at > now) {
        change.telling(&[tell])
    } else {
        change.detail(Detail { late: true, ..Detail::default() })
    }
}

/// Somebody, `by` row and origin, proves to be the buyer: by the `address` typed at checkout, or by
/// the browser that paid.
pub fn claim(order: &Order, by: (i64, i64), address: Option<&str>, now: Timestamp) -> Decision {
    allow(order, Action::Claim, Side::Buyer, now)?;
    // An address that was corrected since proves nothing any more.
    if address.is_some() && order.buyer_email.as_deref() != address {
        return Err(Refused::WrongState);
    }
    Ok(Change::new(order, "claim", Party::Buyer(by.0, by.1), now)
        .part(Part::Buyer { user_id: by.0 }))
}

/// The payer, of whom nothing is known but the browser that paid, corrects the address that was
/// typed at checkout. `letter` is what only the new address is told, `locale` the payer's language.
/// Once the order has its buyer, nobody else may say who that is.
pub fn correct_address(
    order: &Order,
    email: &str,
    locale: &str,
    letter: Letter,
    now: Timestamp,
) -> Decision {
    allow(order, Action::CorrectAddress, Side::Buyer, now)?;
    Ok(Change::new(order, "correct_address", Party::Payer, now)
        .part(Part::Address { email: email.to_owned(), locale: locale.to_owned() })
        .with(|args| args.buyer_only = Some(letter))
        .telling(&["buyer:order-address-corrected"]))
}
