//! Whose order it is: asked by every page of an order, of this capability and of those above.

use actix_web::http::StatusCode;
use uuid::Uuid;

use crate::accounts::actor::Actor;
use crate::db::Db;
use crate::kernel::time::Timestamp;
use crate::orders::change::Order;
use crate::orders::commands::{Person, Who};
use crate::orders::store::{self, Key};
use crate::web::error::PageError;

/// The person behind a request, as the verbs of orders know people.
pub fn person(actor: &Actor) -> Person {
    let identity = &actor.0;
    Person {
        user_id: identity.user_id,
        origin_id: identity.origin_id,
        merchant_id: identity.merchant_id,
        email: identity.email_confirmed.then(|| identity.email.clone()),
    }
}

/// The reader as the buyer of an order; whether that is so is checked with the order.
pub fn buyer(actor: &Actor) -> Who {
    Who::Buyer(person(actor))
}

/// The reader as a member of an order's merchant; whether that is so is checked with the order.
pub fn merchant(actor: &Actor) -> Who {
    Who::Merchant(person(actor))
}

/// Reads an order for a page of one of its parties.
/// Answers 404 for another's order: that it exists is nobody's business.
pub async fn own(db: &Db, who: &Who, id: Uuid) -> Result<(Order, Timestamp), PageError> {
    let (order, now) = store::find(db, Key::Public(id)).await?;
    who.party_of(&order)?;
    Ok((order, now))
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
