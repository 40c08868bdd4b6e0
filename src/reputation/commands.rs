//! Rating an order, replying, and publishing ratings that are due.

use serde_json::json;
use uuid::Uuid;

use super::rating::{self, Marks, Refused};
use super::store::ratings::{self as store, NewRating, Rating};
use crate::db::batch::Batch;
use crate::db::{Db, DbError};
use crate::orders::commands::OrderError;
use crate::orders::{self, Key};

#[derive(Debug, thiserror::Error)]
pub enum CreditError {
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Another worker took the turn, or the badge changed meanwhile.
    #[error("the turn was lost")]
    Lost,
    #[error(transparent)]
    Order(#[from] OrderError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl CreditError {
    /// Whether a batch should stop, because every other item would fail too.
    pub(super) const fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Db(DbError::Unavailable(_))
                | Self::Order(OrderError::Db(DbError::Unavailable(_)))
        )
    }
}

pub fn path_of(order: Uuid) -> String {
    format!("/orders/{order}/rating")
}

/// Fails with [`DbError::NotFound`] for an order of somebody else.
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
        // A concurrent request was faster.
        Err(DbError::Taken(_)) => Err(Refused::Rated.into()),
        other => Ok(other?),
    }
}

/// Replies for the merchant, which also publishes the rating. Fails with [`DbError::NotFound`] for
/// an order of another merchant.
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

/// Publishes up to `limit` ratings whose seven days are over. Returns how many.
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

/// Ignores who may read it; see [`super::rating_pages`].
pub(super) async fn rating_of(db: &Db, order_id: i64) -> Result<Option<Rating>, DbError> {
    store::of_order(db, order_id).await
}
