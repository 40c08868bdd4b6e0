//! Whose order it is: asked by every page of an order, of this capability and of those above.

use actix_web::http::StatusCode;
use uuid::Uuid;

use crate::accounts::actor::Actor;
use crate::db::Db;
use crate::kernel::time::Timestamp;
use crate::orders::change::{Order, Party};
use crate::orders::store::{self, Key};
use crate::web::error::PageError;

/// Whether an order is the reader's as the buyer: taken into the account, or, while nobody has
/// paid, addressed to it. Only paying makes a buyer; until then there is nothing but to cancel.
#[must_use]
pub fn is_buyers(order: &Order, actor: &Actor) -> bool {
    let addressed = order.buyer_id.is_none()
        && order.paid_at.is_none()
        && actor.0.email_confirmed
        && order.buyer_email.as_ref() == Some(&actor.0.email);
    order.buyer_id == Some(actor.0.user_id) || addressed
}

/// Reads an order that belongs to the buyer who asks.
///
/// # Errors
/// 404 for another's order: that it exists is nobody's business.
pub async fn buyers_own(db: &Db, actor: &Actor, id: Uuid) -> Result<(Order, Timestamp), PageError> {
    let (order, now) = store::find(db, Key::Public(id)).await?;
    if !is_buyers(&order, actor) {
        return Err(PageError::not_found());
    }
    Ok((order, now))
}

/// Reads an order of the merchant who asks.
///
/// # Errors
/// 404 for another's order.
pub async fn merchants_own(db: &Db, actor: &Actor, id: Uuid) -> Result<Order, PageError> {
    let (order, _) = store::find(db, Key::Public(id)).await?;
    if actor.0.merchant_id != Some(order.merchant_id) {
        return Err(PageError::not_found());
    }
    Ok(order)
}

/// Turns what an order does not allow into a page that leads back to the order's own.
pub fn staying<E: Into<PageError>>(path: &str) -> impl FnOnce(E) -> PageError {
    move |error| {
        let error = error.into();
        if error.status == StatusCode::CONFLICT {
            error.with_way_on(path, "error-way-order")
        } else {
            error
        }
    }
}

/// The buyer as a party of the history.
#[must_use]
pub fn buyer_party(actor: &Actor) -> Party {
    Party::Buyer(actor.0.user_id, actor.0.origin_id)
}

/// A member of the merchant as a party of the history.
#[must_use]
pub fn merchant_party(actor: &Actor) -> Party {
    Party::Merchant(actor.0.user_id, actor.0.origin_id)
}
