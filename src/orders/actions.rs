//! What a reader may do with an order now. The one source of it: buttons, verbs and the partners'
//! interface ask here, so that a button is shown exactly if the verb would be accepted.

use chrono::Duration;
use strum::VariantArray;

use super::change::{Order, Refused, Side, Status};
use crate::kernel::time::Timestamp;

/// Something that a party does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum Action {
    Pay,
    Cancel,
    Deliver,
    AskExtension,
    Extend,
    Confirm,
    AskRefund,
    AgreeRefund,
    DeclineRefund,
    WithdrawRefund,
    /// Take a paid order into an account.
    Claim,
    CorrectAddress,
    /// Rate what was completed, or answer a rating.
    Rate,
}

/// The actions that are open to a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions(Vec<Action>);

impl Actions {
    pub fn has(&self, action: Action) -> bool {
        self.0.contains(&action)
    }
}

/// Every action that is open to a side now.
pub fn actions(order: &Order, side: Side, now: Timestamp) -> Actions {
    let all = Action::VARIANTS.iter().copied();
    Actions(all.filter(|action| allow(order, *action, side, now).is_ok()).collect())
}

/// Whether a side may do something now, whatever amount or days it then names.
/// The error says why not, as the reader is told.
pub fn allow(order: &Order, action: Action, side: Side, now: Timestamp) -> Result<(), Refused> {
    if !is_of(action, side) {
        return Err(Refused::NotYours);
    }
    match action {
        Action::Pay => stands(order, &[Status::AwaitingPayment]),
        Action::Cancel => {
            stands(order, &[Status::AwaitingPayment, Status::AwaitingDelivery])?;
            // A merchant that cannot deliver may give the money back at any time.
            if order.status == Status::AwaitingPayment || side == Side::Merchant {
                return Ok(());
            }
            no_hold(order)?;
            if order.is_overdue(now) { Ok(()) } else { Err(Refused::NotOverdue) }
        }
        Action::Deliver => {
            stands(order, &[Status::AwaitingDelivery])?;
            // A request that was declined is answered by delivering: the buyer may ask again.
            if order.case_waits_for(Side::Merchant) { Err(Refused::CaseOpen) } else { Ok(()) }
        }
        Action::AskExtension => {
            stands(order, &[Status::AwaitingConfirmation])?;
            no_hold(order)?;
            order.extension_asked_at.map_or(Ok(()), |_| Err(Refused::AlreadyAsked))
        }
        Action::Extend => {
            stands(order, &[Status::AwaitingConfirmation])?;
            no_hold(order)?;
            if days_left(order) > 0 { Ok(()) } else { Err(Refused::TooLong) }
        }
        Action::Confirm => stands(order, &[Status::AwaitingConfirmation]),
        Action::AskRefund => {
            stands(order, &[Status::AwaitingDelivery, Status::AwaitingConfirmation])?;
            if order.case_waits_for(Side::Merchant) {
                return Err(Refused::CaseOpen);
            }
            if are_requests_used_up(order, now) { Err(Refused::NoMoreRequests) } else { Ok(()) }
        }
        Action::AgreeRefund | Action::DeclineRefund => case_for(order, Side::Merchant),
        Action::WithdrawRefund => match order.hold {
            Some(_) => Ok(()),
            None => Err(no_case(order)),
        },
        Action::Claim | Action::CorrectAddress => {
            if order.buyer_id.is_some() {
                return Err(Refused::AlreadyAsked);
            }
            let is_paid = order.paid_at.is_some();
            let claims = action == Action::Claim && order.status != Status::AwaitingPayment;
            if is_paid || claims { Ok(()) } else { Err(Refused::WrongState) }
        }
        Action::Rate => stands_exactly(order, Status::Completed),
    }
}

/// Whose action it is. The system acts for a party whose time is over.
const fn is_of(action: Action, side: Side) -> bool {
    match action {
        Action::Pay => matches!(side, Side::Buyer | Side::Gateway),
        Action::Cancel | Action::Rate => matches!(side, Side::Buyer | Side::Merchant),
        Action::Deliver | Action::Extend | Action::DeclineRefund => matches!(side, Side::Merchant),
        Action::AskExtension
        | Action::Confirm
        | Action::AskRefund
        | Action::Claim
        | Action::CorrectAddress => matches!(side, Side::Buyer),
        Action::AgreeRefund => matches!(side, Side::Merchant | Side::System),
        Action::WithdrawRefund => matches!(side, Side::Buyer | Side::System),
    }
}

fn stands(order: &Order, statuses: &[Status]) -> Result<(), Refused> {
    match order.status {
        status if statuses.contains(&status) => Ok(()),
        status if status.is_ended() => Err(Refused::Ended),
        _ => Err(Refused::WrongState),
    }
}

fn stands_exactly(order: &Order, status: Status) -> Result<(), Refused> {
    if order.status == status { Ok(()) } else { Err(Refused::WrongState) }
}

const fn no_hold(order: &Order) -> Result<(), Refused> {
    if order.hold.is_some() { Err(Refused::CaseOpen) } else { Ok(()) }
}

fn case_for(order: &Order, side: Side) -> Result<(), Refused> {
    if order.case_waits_for(side) { Ok(()) } else { Err(no_case(order)) }
}

const fn no_case(order: &Order) -> Refused {
    if order.status.is_ended() { Refused::Ended } else { Refused::NoCase }
}

/// Days to confirm that the merchant may still grant.
pub fn days_left(order: &Order) -> i32 {
    order.policy.extension_days_max() - order.extension_days
}

/// What is left of the pause that requests may cause, all together; zero when nothing is.
pub fn pause_left(order: &Order, now: Timestamp) -> Duration {
    let before = Duration::microseconds(order.paused_total_us);
    let paused = before + order.hold.map_or_else(Duration::zero, |hold| now - hold.since);
    (order.policy.refund_pause_max() - paused).max(Duration::zero())
}

/// Whether no more requests can be made: so many were made, or so little of the pause is left that
/// the merchant would not have its whole time to answer. Its silence counts as yes, so that time
/// is never cut short.
fn are_requests_used_up(order: &Order, now: Timestamp) -> bool {
    order.refunds_asked >= order.policy.refund_requests_max()
        || pause_left(order, now) < order.policy.refund_answer()
}
