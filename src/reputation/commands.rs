//! The verbs of ratings: rate, answer, publish when the time has come.

use serde_json::json;
use uuid::Uuid;

use super::rating::{self, Marks, Refused};
use super::store::ratings::{self as store, NewRating, Rating};
use crate::db::batch::Batch;
use crate::db::{Db, DbError};
use crate::orders::commands::OrderError;
use crate::orders::{self, Key};

/// Why a verb did nothing.
#[derive(Debug, thiserror::Error)]
pub enum CreditError {
    /// The order does not allow it now.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Somebody else was at the same merchant.
    #[error("the turn was lost")]
    Lost,
    /// An order could not be looked at.
    #[error(transparent)]
    Order(#[from] OrderError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl CreditError {
    /// Whether the next one would fare no better.
    pub(super) const fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Db(DbError::Unavailable(_))
                | Self::Order(OrderError::Db(DbError::Unavailable(_)))
        )
    }
}

/// The path of an order's rating, for both parties.
pub fn path_of(order: Uuid) -> String {
    format!("/orders/{order}/rating")
}

/// A buyer rates an order, once and for ever.
/// Fails with [`CreditError`]; [`DbError::NotFound`] for another's order.
pub async fn rate(
    db: &Db,
    order: Uuid,
    buyer_id: i64,
    marks: Marks,
    words: &str,
) -> Result<(), CreditError> {
    let (order, now) = orders::find(db, Key::Public(order)).await?;
    if order.buyer_id != Some(buyer_id) {
        return Err(DbError::NotFound.into());
    }
    let is_rated = store::of_order(db, order.id).await?.is_some();
    let is_self_dealt = !orders::links_of(db, order.id).await?.is_empty();
    rating::may_rate(&order, is_self_dealt, is_rated, now)?;
    let publish_at = now + rating::BLIND;
    let new = NewRating {
        order_id: order.id,
        merchant_id: order.merchant_id,
        user_id: buyer_id,
        marks,
        words,
        at: now,
        publish_at,
    };
    let told =
        json!({ "title": order.title, "due_at": publish_at, "link": path_of(order.public_id) });
    match store::insert(db, &new, told).await {
        // Two at once: the other one counts.
        Err(DbError::Taken(_)) => Err(Refused::Rated.into()),
        other => Ok(other?),
    }
}

/// A member of the merchant answers a rating, once and for ever. What was not published is
/// published with it.
/// Fails with [`CreditError`]; [`DbError::NotFound`] for another merchant's order.
pub async fn reply(
    db: &Db,
    order: Uuid,
    merchant_id: i64,
    user_id: i64,
    words: &str,
) -> Result<(), CreditError> {
    let (order, _) = orders::find(db, Key::Public(order)).await?;
    if order.merchant_id != merchant_id {
        return Err(DbError::NotFound.into());
    }
    let rating = store::of_order(db, order.id).await?.ok_or(Refused::NotRated)?;
    if rating.reply.is_some() {
        return Err(Refused::Replied.into());
    }
    let told = store::told(&rating, &order.title, &path_of(order.public_id), Some(words));
    match store::reply(db, &rating, user_id, words, &told).await {
        Err(DbError::Taken(_)) => Err(Refused::Replied.into()),
        other => Ok(other?),
    }
}

/// Publishes the ratings whose seven days are over, at most `limit`. Returns how many.
pub async fn publish_due(db: &Db, limit: i64) -> Result<usize, CreditError> {
    let mut batch = Batch::new(db, store::CLOCK);
    for order_id in store::due(db, limit).await? {
        batch.add(order_id, publish(db, order_id).await).await?;
    }
    Ok(batch.moved())
}

async fn publish(db: &Db, order_id: i64) -> Result<bool, CreditError> {
    let (order, _) = orders::find(db, Key::Row(order_id)).await?;
    let Some(rating) = store::of_order(db, order_id).await? else { return Ok(false) };
    let told = store::told(&rating, &order.title, &path_of(order.public_id), None);
    Ok(store::publish(db, &rating, &told).await?)
}

/// The rating of an order, for whoever may read it: see [`super::rating_pages`].
pub(super) async fn rating_of(db: &Db, order_id: i64) -> Result<Option<Rating>, DbError> {
    store::of_order(db, order_id).await
}
