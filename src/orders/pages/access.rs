//! Whose order it is: asked by every page of an order, of this capability and of those above.

use uuid::Uuid;

use crate::accounts::actor::Actor;
use crate::db::Db;
use crate::kernel::time::Timestamp;
use crate::orders::change::{Order, Party};
use crate::orders::store::{self, Key};
use crate::web::error::PageError;

/// Reads an order that belongs to the buyer who asks.
///
/// # Errors
/// 404 for another's order: that it exists is nobody's business.
pub async fn buyers_own(db: &Db, actor: &Actor, id: Uuid) -> Result<(Order, Timestamp), PageError> {
    let (order, now) = store::find(db, Key::Public(id)).await?;
    if order.buyer_id != Some(actor.0.user_id) {
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
