//! Money's way in: an attempt to pay, the gateway's notice of it, and its word where none came.

use strum::{IntoStaticStr, VariantArray};
use uuid::Uuid;

use super::change::{Order, Receipt, Refused, Status};
use super::commands::{OrderError, change, claim_letter};
use super::polling;
use super::self_dealing::{self, Payer};
use super::state;
use super::store::{self, Key};
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::time::Timestamp;
use crate::payments::gateway::{Gateway, GatewayError, Notice, PaymentStatus, StartPayment};
use crate::trust;

/// Why a payment could not be begun.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    /// The order does not take money now.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The provider could not be asked.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

impl From<DbError> for PayError {
    fn from(error: DbError) -> Self {
        Self::Order(error.into())
    }
}

/// An attempt to pay that was begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Our reference of it.
    pub reference: Uuid,
    /// Where the payer has to go.
    pub to: String,
}

/// Why no order could take money that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Unmatched {
    /// It belongs to no attempt to pay.
    UnknownOrder,
    /// Its order was closed before it was paid.
    OrderClosed,
    /// Its order was paid already.
    AlreadyPaid,
    /// Less or more than the price.
    WrongAmount,
    /// Not the currency of the price.
    WrongCurrency,
}

/// Begins an attempt to pay, in the browser of the fingerprint `device`, or goes on with the one
/// that is open there: the gateway is asked about each. The payer comes back to
/// `back`, which says then of which attempt.
pub async fn begin(
    db: &Db,
    gateway: &dyn Gateway,
    (order, now): (&Order, Timestamp),
    buyer: (Option<i64>, &Email),
    locale: &str,
    back: &str,
    device: Option<&[u8]>,
) -> Result<Begun, PayError> {
    if order.status != Status::AwaitingPayment {
        return Err(OrderError::Refused(Refused::WrongState).into());
    }
    let (name, buyer) = (gateway.name(), (buyer.0, buyer.1.as_str()));
    let open = match device {
        Some(device) => store::open_attempt(db, order.id, name, buyer, device).await?,
        None => None,
    };
    let reference = open.unwrap_or_else(Uuid::new_v4);
    if open.is_none() {
        let how = (polling::begin(order.clock.due_at, now), device);
        let begun = store::begin_payment(db, reference, order.id, name, buyer, locale, how).await?;
        if begun.is_none() {
            return Err(OrderError::Refused(Refused::WrongState).into());
        }
    }
    let return_url = format!("{back}?payment={reference}");
    let start =
        StartPayment { reference, amount: order.price, subject: order.title.clone(), return_url };
    Ok(Begun { reference, to: gateway.start(&start).await? })
}

/// What a genuine notice came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationOutcome {
    /// It paid its order.
    Paid,
    /// It was known already.
    Repeated,
    /// No order could take it: it goes back.
    Returned,
}

/// Takes a verified notice. It changes something once, however often it comes. Fails with
/// [`OrderError`] when the effect is not known to be committed: the gateway has to repeat it.
pub async fn handle_payment_notification(
    db: &Db,
    gateway: &dyn Gateway,
    notice: &Notice,
) -> Result<NotificationOutcome, OrderError> {
    let name = gateway.name();
    if store::receipt_exists(db, name, &notice.transaction).await? {
        return Ok(NotificationOutcome::Repeated);
    }
    let Some(payment) = store::payment_by_reference(db, name, notice.reference).await? else {
        return return_unmatched(db, name, notice, None, Unmatched::UnknownOrder).await;
    };
    let (order, _) = store::find(db, Key::Row(payment.order_id)).await?;
    let because = if notice.amount.currency() != order.price.currency() {
        Some(Unmatched::WrongCurrency)
    } else if notice.amount != order.price {
        Some(Unmatched::WrongAmount)
    } else {
        None
    };
    if let Some(because) = because {
        return return_unmatched(db, name, notice, Some(payment.id), because).await;
    }
    // An account is asked to sign in; whoever has none gets the proof by mail.
    let letter = match payment.buyer_id {
        Some(_) => None,
        None => Some(claim_letter(order.public_id, &payment.buyer_email)),
    };
    let payer = Payer {
        user_id: payment.buyer_id,
        device: store::device_of_payment(db, payment.id).await?,
        account: notice.payer_account.as_deref().map(|number| gateway.account_fingerprint(number)),
    };
    let links = self_dealing::links_now(db, gateway, order.merchant_id, &payer).await?;
    let receipt = Receipt {
        payment_id: payment.id,
        provider_reference: notice.transaction.clone(),
        covered: trust::is_covered(db, order.merchant_id).await?,
        buyer_email: payment.buyer_email.clone(),
        buyer_id: payment.buyer_id,
        account_fingerprint: payer.account.as_ref().map(hex::encode),
    };
    let paid = change(db, Key::Row(order.id), |o, now| {
        let paid = state::pay(o, receipt.clone(), letter.clone(), now)?;
        Ok::<_, Refused>(self_dealing::marked(paid, &links))
    })
    .await;
    match paid {
        Ok(_) => Ok(NotificationOutcome::Paid),
        Err(OrderError::Refused(refused)) => {
            let ended_unpaid = refused == Refused::Ended && order.paid_at.is_none();
            let because =
                if ended_unpaid { Unmatched::OrderClosed } else { Unmatched::AlreadyPaid };
            return_unmatched(db, name, notice, Some(payment.id), because).await
        }
        // The same transaction, booked by another instance in the same instant.
        Err(OrderError::Db(DbError::Taken(_))) => Ok(NotificationOutcome::Repeated),
        Err(error) => Err(error),
    }
}

async fn return_unmatched(
    db: &Db,
    gateway: &str,
    notice: &Notice,
    payment_id: Option<i64>,
    because: Unmatched,
) -> Result<NotificationOutcome, OrderError> {
    let (transaction, because) = (&notice.transaction, because.into_str());
    let booked =
        store::book_unmatched(db, gateway, transaction, payment_id, notice.amount, because).await?;
    Ok(if booked { NotificationOutcome::Returned } else { NotificationOutcome::Repeated })
}

/// Asks the gateway about attempts to pay whose notice may be lost, and takes its word as the
/// notice: whichever of the two comes first books, the other finds it booked. Returns how many it
/// asked about.
pub async fn poll_due(db: &Db, gateway: &dyn Gateway, limit: i64) -> Result<usize, OrderError> {
    let mut asked = 0;
    let (due, now) = store::to_poll(db, gateway.name(), limit).await?;
    for attempt in due {
        let next = polling::next(attempt.asked, attempt.until, now).filter(|_| !attempt.is_known);
        // Before it is asked: no other worker asks too, and one that fails holds up no other.
        if !store::reschedule_poll(db, attempt.id, attempt.asked, next).await? {
            continue;
        }
        asked += 1;
        if attempt.is_known {
            continue;
        }
        let is_over = match gateway.status(attempt.reference).await {
            Ok(PaymentStatus::Open) => false,
            Ok(PaymentStatus::Refused) => true,
            Ok(PaymentStatus::Paid(notices)) => {
                for notice in &notices {
                    let taken = handle_payment_notification(db, gateway, notice).await?;
                    tracing::info!(?taken, reference = %notice.reference, "asked for a payment");
                }
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the provider does not say where a payment stands");
                false
            }
        };
        if is_over {
            store::reschedule_poll(db, attempt.id, attempt.asked + 1, None).await?;
        }
    }
    Ok(asked)
}
