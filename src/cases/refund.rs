//! Refund requests: pure decisions on the order and its open case. Each is a change of the order,
//! since it holds the order up, lets it go on, or ends it.

use chrono::Duration;
use uuid::Uuid;

use super::store::Case;
use crate::kernel::money::Money;
use crate::kernel::time::Timestamp;
use crate::ledger::journal;
use crate::orders::actions::{Action, allow, pause_left};
use crate::orders::change::{
    CaseMoved, CaseOpened, Change, Detail, Order, Outcome, Part, Party, Refused, Side, Status,
};
use crate::orders::policy::Clock;
use crate::orders::state::Decision;

/// The kind of case that a refund request is.
pub const KIND: &str = "refund";

/// What a buyer asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The id in addresses.
    pub public_id: Uuid,
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// The next move of the open case.
fn moved(case: &Case, event: &'static str) -> CaseMoved {
    CaseMoved {
        public_id: case.public_id,
        version: case.version,
        event,
        due_at: None,
        answer: None,
    }
}

/// The buyer asks for money back: the clock stands, the merchant has to answer. A request that was
/// declined is changed by asking anew.
pub fn ask(order: &Order, party: Party, request: &Request, now: Timestamp) -> Decision {
    allow(order, Action::AskRefund, party.side(), now)?;
    check_amount(order, request.amount)?;
    let due = now + order.policy.refund_answer();
    Ok(Change::new(order, "ask_refund", party, now)
        .stopped()
        .part(Part::CaseOpened(CaseOpened {
            kind: KIND,
            public_id: request.public_id,
            amount: request.amount,
            reason: request.reason.clone(),
            due_at: due,
        }))
        .detail(Detail {
            amount: Some(request.amount),
            reason: Some(request.reason.clone()),
            due_at: Some(due),
            ..Detail::default()
        })
        .with(|args| {
            args.amount = Some(request.amount);
            args.reason = Some(request.reason.clone());
            args.due_at = Some(due);
        })
        .telling(&["merchant:refund-asked"]))
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
pub fn agree(order: &Order, case: &Case, party: Party, now: Timestamp) -> Decision {
    allow(order, Action::AgreeRefund, party.side(), now)?;
    check_amount(order, case.amount)?;
    let rest = order.held().minus(case.amount)?;
    let fee = order.policy.fee(rest)?;
    let booked = journal::settlement(order.held(), case.amount, fee)?;
    let (status, outcome) = if rest.is_zero() {
        (Status::Closed, Outcome::Returned)
    } else {
        (Status::Completed, Outcome::Split)
    };
    Ok(Change::new(order, "agree_refund", party, now)
        .ending(status, outcome, booked)
        .part(Part::CaseMoved(moved(case, "agree")))
        .detail(Detail { amount: Some(case.amount), ..Detail::default() })
        .with(|args| args.amount = Some(case.amount))
        .telling(&["buyer:refund-agreed", "merchant:refund-agreed-merchant"]))
}

/// The merchant says no, with its reason: the buyer may withdraw, or the time does, at the latest
/// when the pause that requests may cause is used up.
pub fn decline(order: &Order, case: &Case, party: Party, reason: &str, now: Timestamp) -> Decision {
    allow(order, Action::DeclineRefund, party.side(), now)?;
    let due = Some(now + order.policy.refund_declined().min(pause_left(order, now)));
    let reason = Some(reason.to_owned());
    Ok(Change::new(order, "decline_refund", party, now)
        .part(Part::CaseMoved(CaseMoved {
            due_at: due,
            answer: reason.clone(),
            ..moved(case, "decline")
        }))
        .detail(Detail { reason: reason.clone(), due_at: due, ..Detail::default() })
        .with(|args| (args.reason, args.due_at) = (reason, due))
        .telling(&["buyer:refund-declined"]))
}

/// The buyer withdraws, or the time after a refusal does: the order goes on with what was left.
pub fn withdraw(order: &Order, case: &Case, party: Party, now: Timestamp) -> Decision {
    allow(order, Action::WithdrawRefund, party.side(), now)?;
    let (Some(hold), Some(stage)) = (order.hold, order.policy.stage(order.status)) else {
        return Err(Refused::NoCase);
    };
    let resumed = Clock {
        overdue_at: order.clock.overdue_at.map(|at| at + (now - hold.since)),
        due_at: Some(now + Duration::microseconds(hold.left_us)),
        wake_at: None,
    };
    let mut change = Change::new(order, "withdraw_refund", party, now)
        .part(Part::CaseMoved(moved(case, "withdraw")))
        .with(|args| args.due_at = resumed.due_at)
        .telling(&["merchant:refund-withdrawn", "buyer:refund-withdrawn"]);
    change.clock = stage.run(resumed, order.delivery_kind(), now);
    Ok(change)
}

/// What the clock does with a request whose time is over: silence of the merchant agrees, silence
/// of the buyer after a refusal withdraws.
/// Fails with [`Refused::NotDue`] when it has come too early.
pub fn tick(order: &Order, case: &Case, now: Timestamp) -> Decision {
    if case.due_at.is_none_or(|due| due > now) {
        return Err(Refused::NotDue);
    }
    if order.case_waits_for(Side::Merchant) {
        agree(order, case, Party::System, now)
    } else {
        withdraw(order, case, Party::System, now)
    }
}
