//! What connects the parties of orders: what is kept, and where to look for more.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable};

use crate::db::schema::{payment_accounts, payment_fingerprints, payments, self_dealt_orders};
use crate::db::{Db, DbError, Fetch};
use crate::orders::self_dealing::{Link, Payer, Side};

/// What was found to connect the parties of an order; empty when nothing was.
pub async fn links_of(db: &Db, order_id: i64) -> Result<Vec<Link>, DbError> {
    let names: Option<Vec<String>> = self_dealt_orders::table
        .find(order_id)
        .select(self_dealt_orders::links)
        .fetch_optional(db)
        .await?;
    let names = names.unwrap_or_default();
    Ok(names.into_iter().filter_map(|name| name.parse().ok()).collect())
}

/// The rows of a merchant's self-dealt orders.
pub async fn self_dealt_of(db: &Db, merchant_id: i64) -> Result<Vec<i64>, DbError> {
    self_dealt_orders::table
        .filter(self_dealt_orders::merchant_id.eq(merchant_id))
        .select(self_dealt_orders::order_id)
        .fetch_all(db)
        .await
}

/// Merchants that draw their money to an account.
pub async fn drawing_to(db: &Db, number: &str) -> Result<Vec<i64>, DbError> {
    payment_accounts::table
        .filter(payment_accounts::number.eq(number))
        .select(payment_accounts::merchant_id)
        .fetch_all(db)
        .await
}

/// Buyers who once paid from an account, by its fingerprint.
pub async fn people_who_paid_from(db: &Db, fingerprint: &[u8]) -> Result<Vec<i64>, DbError> {
    payment_fingerprints::table
        .inner_join(payments::table.on(payments::id.eq(payment_fingerprints::payment_id)))
        .filter(payment_fingerprints::account_fingerprint.eq(fingerprint))
        .filter(payments::buyer_id.is_not_null())
        .select(payments::buyer_id.assume_not_null())
        .distinct()
        .fetch_all(db)
        .await
}

/// The browser that an attempt to pay was begun in.
pub async fn device_of_payment(db: &Db, payment_id: i64) -> Result<Option<Vec<u8>>, DbError> {
    let fingerprint: Option<Option<Vec<u8>>> = payment_fingerprints::table
        .find(payment_id)
        .select(payment_fingerprints::device_fingerprint)
        .fetch_optional(db)
        .await?;
    Ok(fingerprint.flatten())
}

#[derive(QueryableByName)]
struct PerhapsRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    buyer_id: Option<i64>,
    #[diesel(sql_type = Nullable<Binary>)]
    device_fingerprint: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    account_fingerprint: Option<Vec<u8>>,
}

/// More than a merchant whose orders are honest has in a year.
const PERHAPS_MAX: i64 = 10_000;

/// Paid orders of a merchant, from a row on, whose payer has something in common with the merchant
/// and that are not marked yet, with their payers. Found from the side of what is shared, whatever
/// the number of the merchant's orders.
pub async fn perhaps_linked(
    db: &Db,
    merchant_id: i64,
    from_order: i64,
    side: &Side,
) -> Result<Vec<(i64, Payer)>, DbError> {
    let mut people = side.members.clone();
    people.extend(&side.people_on_devices);
    people.extend(&side.people_of_account);
    // The typed language has no union to select from.
    let rows: Vec<PerhapsRow> = diesel::sql_query(
        "SELECT o.id, o.buyer_id, m.device_fingerprint, m.account_fingerprint \
         FROM (SELECT id FROM orders WHERE buyer_id = ANY ($3) AND merchant_id = $1 \
           UNION SELECT p.order_id FROM payment_fingerprints k \
             JOIN payments p ON p.id = k.payment_id \
             WHERE k.device_fingerprint = ANY ($4) OR k.account_fingerprint = $5) c \
         JOIN orders o ON o.id = c.id \
         LEFT JOIN receipts r ON r.order_id = o.id AND r.unmatched_because IS NULL \
         LEFT JOIN payment_fingerprints m ON m.payment_id = r.payment_id \
         WHERE o.merchant_id = $1 AND o.id >= $2 AND o.paid_at IS NOT NULL \
           AND NOT EXISTS (SELECT FROM self_dealt_orders s WHERE s.order_id = o.id) \
         ORDER BY o.id LIMIT $6",
    )
    .bind::<BigInt, _>(merchant_id)
    .bind::<BigInt, _>(from_order)
    .bind::<Array<BigInt>, _>(people)
    .bind::<Array<Binary>, _>(side.devices.clone())
    .bind::<Nullable<Binary>, _>(side.account.clone())
    .bind::<BigInt, _>(PERHAPS_MAX)
    .fetch_all(db)
    .await?;
    let payer = |row: PerhapsRow| {
        let PerhapsRow {
            id,
            buyer_id: user_id,
            device_fingerprint: device,
            account_fingerprint: account,
        } = row;
        (id, Payer { user_id, device, account })
    };
    Ok(rows.into_iter().map(payer).collect())
}
