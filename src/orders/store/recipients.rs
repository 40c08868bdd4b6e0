//! Whom a message to the buyer of an order goes to.

use diesel::prelude::*;

use crate::db::schema::{orders, payments};
use crate::db::{Db, DbError, Fetch};

/// The buyer of an order, as far as known.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Buyer {
    /// The account, once the buyer has confirmed the address.
    pub user_id: Option<i64>,
    /// The address typed at checkout.
    pub email: Option<String>,
    /// The zone that dates of the order are read in.
    pub time_zone: String,
    /// The language in which this address paid, or whoever corrected it since; none before.
    pub locale: Option<String>,
}

/// The buyer of an order.
/// Fails with [`DbError::NotFound`] when there is no such order.
pub async fn buyer(db: &Db, order_id: i64) -> Result<Buyer, DbError> {
    let is_of_address = orders::buyer_email.eq(payments::buyer_email.nullable());
    let is_near = is_of_address.or(orders::paid_at.is_not_null().nullable());
    orders::table
        .left_join(payments::table.on(payments::order_id.eq(orders::id).and(is_near)))
        .filter(orders::id.eq(order_id))
        .order((is_of_address.desc(), payments::id.desc()))
        .select((
            orders::buyer_id,
            orders::buyer_email,
            orders::time_zone,
            payments::locale.nullable(),
        ))
        .limit(1)
        .fetch_one(db)
        .await
}
