//! Money's way out: what was booked is handed to the gateway, and its word is booked.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::{Order, Refused};
use super::commands::OrderError;
use super::store::titles_of;
use crate::db::batch::Batch;
use crate::db::{Db, DbError};
use crate::kernel::money::Money;
use crate::kernel::time::Timestamp;
use crate::ledger::disbursement::{self, Answer, Move, Status};
use crate::ledger::disbursement_store::{self as store, Disbursement, NewAccount, Which};
use crate::payments::gateway::{Gateway, GatewayError, Outcome, Payout, Refund};

/// Where an outgoing payment goes: by the transaction that brought the money, or to an account.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Payee {
    holder: String,
    number: String,
    provider_reference: String,
}

/// What the messages about an outgoing payment are filled with.
#[derive(Serialize)]
struct MessageArgs {
    amount: Money,
    reference: String,
    link: Option<String>,
}

/// Tries the outgoing payments that are due. Returns how many moved on.
pub async fn work(db: &Db, gateway: &dyn Gateway, limit: i64) -> Result<usize, DbError> {
    let mut batch = Batch::new(db, store::JOB);
    let (payments, now) = store::due(db, limit).await?;
    for payment in payments {
        batch.add(payment.id, try_one(db, gateway, &payment, now).await).await?;
    }
    Ok(batch.moved())
}

async fn try_one(
    db: &Db,
    gateway: &dyn Gateway,
    payment: &Disbursement,
    now: Timestamp,
) -> Result<bool, DbError> {
    let answer = ask(gateway, payment).await;
    let next = disbursement::decide(answer, payment.kind == "payout", payment.attempts, now);
    let (tell, mut args) = messages(payment, &next);
    args.link = account_page(db, payment, &next).await?.or(args.link);
    let args = serde_json::to_value(&args).unwrap_or(Value::Null);
    store::apply(db, payment, &next, &tell, &args).await
}

/// Hands a payment to the gateway. Idempotent by our reference, so a crash before the answer is
/// booked does no harm.
async fn ask(gateway: &dyn Gateway, payment: &Disbursement) -> Answer {
    let payee: Payee = serde_json::from_value(payment.payee.clone()).unwrap_or_default();
    // A refund too, once its buyer has given an account.
    let said = if payment.account().is_some() {
        let payout = Payout {
            reference: payment.public_id,
            holder: payee.holder,
            number: payee.number,
            amount: payment.amount,
        };
        gateway.pay_out(&payout).await
    } else {
        let refund = Refund {
            reference: payment.public_id,
            transaction: payee.provider_reference,
            amount: payment.amount,
        };
        gateway.refund(&refund).await
    };
    match said {
        Ok(Outcome::Left(reference)) => Answer::Left(reference),
        Ok(Outcome::Pending(reference)) => Answer::Pending(reference),
        Ok(Outcome::Refused(why)) => Answer::Refused(why),
        Err(GatewayError::Unavailable(why)) => Answer::Unavailable(why),
        Err(error @ GatewayError::NotGenuine(_)) => Answer::Unavailable(error.to_string()),
    }
}

/// Where the buyer gives another account for a refund that was refused for good.
async fn account_page(
    db: &Db,
    payment: &Disbursement,
    next: &Move,
) -> Result<Option<String>, DbError> {
    let Some(order) = payment.order_id.filter(|_| next.status == Status::NeedsDetails) else {
        return Ok(None);
    };
    let found = titles_of(db, &[order]).await?.into_iter().next();
    Ok(found.map(|(_, public_id, _)| format!("/orders/{public_id}/refund/account")))
}

/// Gives another account for the refund of an order that was refused for good. It leaves after 24
/// hours, in which it can be corrected.
/// Fails with [`OrderError::Refused`] when no refund of the order needs one.
pub async fn give_account(
    db: &Db,
    order: &Order,
    now: Timestamp,
    account: NewAccount<'_>,
) -> Result<(), OrderError> {
    let payments = store::list(db, Which::OfOrder(order.id), 10).await?;
    let stuck = payments.iter().find(|p| p.takes_account(now));
    let stuck = stuck.ok_or(OrderError::Refused(Refused::WrongState))?;
    let done = store::redirect(db, stuck, account).await?;
    if done { Ok(()) } else { Err(OrderError::Busy) }
}

/// Who is told when money has left, or cannot leave.
fn messages(payment: &Disbursement, next: &Move) -> (Vec<&'static str>, MessageArgs) {
    let tell = match (payment.kind.as_str(), next.status) {
        ("payout", Status::Succeeded) => vec!["merchant:payout-sent"],
        ("payout", Status::Bounced) => {
            vec!["merchant:payout-bounced", "staff-treasurer:payout-bounced-treasurer"]
        }
        ("refund", Status::Succeeded) if payment.account().is_some() => {
            vec!["buyer:refund-sent-elsewhere"]
        }
        ("refund", Status::Succeeded) => vec!["buyer:refund-sent"],
        ("refund", Status::NeedsDetails) => {
            vec!["buyer:refund-stuck", "staff-treasurer:outgoing-stuck"]
        }
        ("return_unmatched", Status::Succeeded) => vec!["email:return-unmatched-sent"],
        (_, Status::NeedsDetails) => vec!["staff-treasurer:outgoing-stuck"],
        _ => Vec::new(),
    };
    let link = match payment.kind.as_str() {
        "payout" => Some("/merchant/balance".to_owned()),
        "refund" => Some("/orders".to_owned()),
        _ => None,
    };
    let reference = next.provider_reference.clone().unwrap_or_default();
    (tell, MessageArgs { amount: payment.amount, reference, link })
}
