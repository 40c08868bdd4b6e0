//! Money's way out: what was booked is handed to the gateway, and its word is booked.

use serde_json::{Value, json};

use crate::db::{Db, DbError};
use crate::ledger::outgoing::{self, Answer, Move, Status};
use crate::ledger::outgoing_store::{self as store, Outgoing};
use crate::payments::gateway::{Gateway, GatewayError, Outcome, Payout, Refund};

/// Tries the outgoing payments that are due. Returns how many moved on.
///
/// # Errors
/// [`DbError`].
pub async fn work(db: &Db, gateway: &dyn Gateway, limit: i64) -> Result<usize, DbError> {
    let mut moved = 0;
    let (payments, now) = store::due(db, limit).await?;
    for payment in payments {
        let answer = ask(gateway, &payment).await;
        let next = outgoing::decide(answer, payment.kind == "payout", payment.attempts, now);
        let (tell, args) = messages(&payment, &next);
        if store::apply(db, &payment, &next, &tell, &args).await? {
            moved += 1;
        }
    }
    Ok(moved)
}

/// Hands a payment to the gateway. Idempotent by our reference, so a crash before the answer is
/// booked does no harm.
async fn ask(gateway: &dyn Gateway, payment: &Outgoing) -> Answer {
    let text =
        |key: &str| payment.payee.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let said = if payment.kind == "payout" {
        let payout = Payout {
            reference: payment.public_id,
            holder: text("holder"),
            number: text("number"),
            amount: payment.amount,
        };
        gateway.pay_out(&payout).await
    } else {
        let refund = Refund {
            reference: payment.public_id,
            transaction: text("provider_reference"),
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

/// Who is told when money has left, or cannot leave.
fn messages(payment: &Outgoing, next: &Move) -> (Vec<&'static str>, Value) {
    let tell = match (payment.kind.as_str(), next.status) {
        ("payout", Status::Succeeded) => vec!["merchant:payout-sent"],
        ("payout", Status::Bounced) => {
            vec!["merchant:payout-bounced", "staff-treasurer:payout-bounced-treasurer"]
        }
        ("refund", Status::Succeeded) => vec!["buyer:refund-sent"],
        ("send_back", Status::Succeeded) => vec!["email:send-back-sent"],
        (_, Status::NeedsDetails) => vec!["staff-treasurer:outgoing-stuck"],
        _ => Vec::new(),
    };
    let link = match payment.kind.as_str() {
        "payout" => Some("/merchant/balance"),
        "refund" => Some("/orders"),
        _ => None,
    };
    let reference = next.provider_reference.as_deref().unwrap_or_default();
    (tell, json!({ "amount": payment.amount, "reference": reference, "link": link }))
}
