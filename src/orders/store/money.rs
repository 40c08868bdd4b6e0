//! Money's way into an order, and where a merchant's money goes to.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::money_of;
use crate::db::schema::{payment_accounts, payment_fingerprints, payments, receipts};
use crate::db::{Db, DbError, Fetch};
use crate::kernel::money::Money;
use crate::kernel::time::Timestamp;
use crate::orders::polling::Polls;

#[expect(clippy::too_many_arguments, reason = "one call carries the whole attempt")]
mod functions {
    use diesel::sql_types::{
        BigInt, Binary, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid,
    };

    diesel::define_sql_function! {
        fn begin_payment(
            public_id: SqlUuid, order_id: BigInt, gateway: Text, buyer_id: Nullable<BigInt>,
            buyer_email: Text, locale: Text, ask_at: Timestamptz, ask_until: Timestamptz,
            device_fingerprint: Nullable<Binary>,
        ) -> Nullable<BigInt>;
    }
    diesel::define_sql_function! {
        fn reschedule_poll(
            payment_id: BigInt, asked: Integer, ask_at: Nullable<Timestamptz>,
        ) -> Text;
    }
    diesel::define_sql_function! {
        fn book_unmatched(
            gateway: Text, provider_reference: Text, payment_id: Nullable<BigInt>,
            amount: Numeric, currency: Text, because: Text,
        ) -> Text;
    }
    diesel::define_sql_function! {
        fn change_payment_account(
            merchant_id: BigInt, holder: Text, number: Text, user_id: BigInt,
        ) -> Timestamptz;
    }
}

/// Begins an attempt to pay, in the browser of a fingerprint. `None` when the order does not await
/// payment any more.
pub async fn begin_payment(
    db: &Db,
    reference: Uuid,
    order_id: i64,
    gateway: &str,
    buyer: (Option<i64>, &str),
    locale: &str,
    (questions, device): (Polls, Option<&[u8]>),
) -> Result<Option<i64>, DbError> {
    let rows: Vec<Option<i64>> = diesel::select(functions::begin_payment(
        reference,
        order_id,
        gateway,
        buyer.0,
        buyer.1,
        locale,
        questions.at,
        questions.until,
        device,
    ))
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().flatten().next())
}

/// The newest attempt of the same payer, in the same browser, that the gateway may still take. In
/// another browser it would be another's proof of having paid.
pub async fn open_attempt(
    db: &Db,
    order_id: i64,
    gateway: &str,
    buyer: (Option<i64>, &str),
    device: &[u8],
) -> Result<Option<Uuid>, DbError> {
    payments::table
        .inner_join(
            payment_fingerprints::table.on(payment_fingerprints::payment_id.eq(payments::id)),
        )
        .filter(payments::order_id.eq(order_id))
        .filter(payments::gateway.eq(gateway))
        .filter(payments::buyer_id.is_not_distinct_from(buyer.0))
        .filter(payments::buyer_email.eq(buyer.1))
        .filter(payments::ask_at.is_not_null())
        .filter(not(exists(
            receipts::table.filter(receipts::payment_id.eq(payments::id.nullable())),
        )))
        .filter(payment_fingerprints::device_fingerprint.eq(device))
        .order(payments::id.desc())
        .limit(1)
        .select(payments::public_id)
        .fetch_optional(db)
        .await
}

/// An attempt to pay.
#[derive(Debug, Clone, Queryable)]
pub struct PaymentRow {
    /// Row.
    pub id: i64,
    /// The order's row.
    pub order_id: i64,
    /// Who paid, when signed in.
    pub buyer_id: Option<i64>,
    /// The address that was typed.
    pub buyer_email: String,
}

/// The attempt of our reference.
pub async fn payment_by_reference(
    db: &Db,
    gateway: &str,
    reference: Uuid,
) -> Result<Option<PaymentRow>, DbError> {
    payments::table
        .filter(payments::public_id.eq(reference))
        .filter(payments::gateway.eq(gateway))
        .select((payments::id, payments::order_id, payments::buyer_id, payments::buyer_email))
        .limit(1)
        .fetch_optional(db)
        .await
}

/// An attempt to pay that the gateway is to be asked about.
#[derive(Debug, Clone, Queryable)]
pub struct ToAsk {
    /// Row.
    pub id: i64,
    /// Our reference at the gateway.
    pub reference: Uuid,
    /// How often it was asked: guards against a second worker.
    pub asked: i32,
    /// When it is asked for the last time.
    pub until: Timestamp,
    /// Whether money of this attempt came in: then there is nothing to ask.
    pub is_known: bool,
}

/// The attempts that a gateway is to be asked about now, and the time.
pub async fn to_poll(
    db: &Db,
    gateway: &str,
    limit: i64,
) -> Result<(Vec<ToAsk>, Timestamp), DbError> {
    let now = db.now().await?;
    let came_in = receipts::table
        .filter(receipts::order_id.eq(payments::order_id.nullable()))
        .filter(receipts::payment_id.eq(payments::id.nullable()));
    let due = payments::table
        .filter(payments::ask_at.le(now))
        .filter(payments::gateway.eq(gateway))
        .order(payments::ask_at)
        .limit(limit)
        .select((
            payments::id,
            payments::public_id,
            payments::asked,
            payments::ask_until.assume_not_null(),
            diesel::dsl::exists(came_in),
        ))
        .fetch_all(db)
        .await?;
    Ok((due, now))
}

/// Says when the gateway is asked next about an attempt; `None` for no more. `false` when another
/// worker was faster.
pub async fn reschedule_poll(
    db: &Db,
    payment_id: i64,
    asked: i32,
    at: Option<Timestamp>,
) -> Result<bool, DbError> {
    let call = functions::reschedule_poll(payment_id, asked, at);
    let rows: Vec<String> = diesel::select(call).fetch_all(db).await?;
    Ok(rows.iter().any(|r| r == "done"))
}

/// What has come of an attempt to pay.
#[derive(Debug, Clone)]
pub enum Attempt {
    /// Nothing that we know of.
    Nothing,
    /// It paid its order.
    Paid,
    /// This much came in, which no order could take, and goes back; why.
    SentBack(Money, String),
}

/// What has come of an order's attempt of our reference. What paid the order counts before all
/// else, then what came last. `None` when it is no attempt of this order.
pub async fn attempt(db: &Db, order_id: i64, reference: Uuid) -> Result<Option<Attempt>, DbError> {
    let of_attempt = receipts::payment_id
        .eq(payments::id.nullable())
        .and(receipts::order_id.eq(payments::order_id.nullable()));
    let row: Option<(Option<Decimal>, Option<String>, Option<String>)> = payments::table
        .left_join(receipts::table.on(of_attempt))
        .filter(payments::public_id.eq(reference))
        .filter(payments::order_id.eq(order_id))
        .order((receipts::unmatched_because.is_not_null(), receipts::id.desc()))
        .select((
            receipts::amount.nullable(),
            receipts::currency.nullable(),
            receipts::unmatched_because.nullable(),
        ))
        .limit(1)
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(match row {
            (Some(amount), Some(code), Some(because)) => {
                Attempt::SentBack(money_of(amount, &code)?, because)
            }
            (Some(_), ..) => Attempt::Paid,
            _ => Attempt::Nothing,
        })
    })
    .transpose()
}

/// Our reference of the attempt that paid an order.
pub async fn paid_by(db: &Db, order_id: i64) -> Result<Option<Uuid>, DbError> {
    receipts::table
        .inner_join(payments::table.on(receipts::payment_id.eq(payments::id.nullable())))
        .filter(receipts::order_id.eq(order_id))
        .filter(receipts::unmatched_because.is_null())
        .select(payments::public_id)
        .limit(1)
        .fetch_optional(db)
        .await
}

/// Whether a transaction of the provider was booked already.
pub async fn receipt_exists(db: &Db, gateway: &str, transaction: &str) -> Result<bool, DbError> {
    diesel::select(diesel::dsl::exists(
        receipts::table
            .filter(receipts::gateway.eq(gateway))
            .filter(receipts::provider_reference.eq(transaction)),
    ))
    .fetch_one(db)
    .await
}

/// Books money that no order may take, and its way back. `false` for a transaction that is known.
pub async fn book_unmatched(
    db: &Db,
    gateway: &str,
    transaction: &str,
    payment_id: Option<i64>,
    amount: Money,
    because: &str,
) -> Result<bool, DbError> {
    let rows: Vec<String> = diesel::select(functions::book_unmatched(
        gateway,
        transaction,
        payment_id,
        amount.amount(),
        amount.currency().code(),
        because,
    ))
    .fetch_all(db)
    .await?;
    Ok(rows.iter().any(|r| r == "done"))
}

/// Money that came in.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Row.
    pub id: i64,
    /// The provider's reference.
    pub provider_reference: String,
    /// How much.
    pub amount: Money,
    /// Why no order took it.
    pub unmatched_because: Option<String>,
    /// When.
    pub at: Timestamp,
}

type ReceiptRow = (i64, String, Decimal, String, Option<String>, Timestamp);

fn receipt(
    (id, provider_reference, amount, code, unmatched_because, at): ReceiptRow,
) -> Result<Receipt, DbError> {
    let amount = money_of(amount, &code)?;
    Ok(Receipt { id, provider_reference, amount, unmatched_because, at })
}

/// The receipt that paid an order.
pub async fn receipt_of(db: &Db, order_id: i64) -> Result<Option<Receipt>, DbError> {
    use receipts::dsl;
    let row: Option<ReceiptRow> = dsl::receipts
        .filter(dsl::order_id.eq(order_id))
        .filter(dsl::unmatched_because.is_null())
        .select((
            dsl::id,
            dsl::provider_reference,
            dsl::amount,
            dsl::currency,
            dsl::unmatched_because,
            dsl::at,
        ))
        .limit(1)
        .fetch_optional(db)
        .await?;
    row.map(receipt).transpose()
}

/// Receipts by their rows, oldest first.
pub async fn receipts_by_ids(db: &Db, ids: &[i64]) -> Result<Vec<Receipt>, DbError> {
    use receipts::dsl;
    let rows: Vec<ReceiptRow> = dsl::receipts
        .filter(dsl::id.eq_any(ids))
        .order(dsl::id)
        .select((
            dsl::id,
            dsl::provider_reference,
            dsl::amount,
            dsl::currency,
            dsl::unmatched_because,
            dsl::at,
        ))
        .fetch_all(db)
        .await?;
    rows.into_iter().map(receipt).collect()
}

/// Where a merchant draws its money to.
#[derive(Debug, Clone, Queryable)]
pub struct PaymentAccount {
    /// Who holds it.
    pub holder: String,
    /// Its number.
    pub number: String,
    /// When it was last changed: payouts are held for 24 hours after it.
    pub changed_at: Timestamp,
}

/// A merchant's payment account.
pub async fn payment_account(db: &Db, merchant_id: i64) -> Result<Option<PaymentAccount>, DbError> {
    use payment_accounts::dsl;
    dsl::payment_accounts
        .find(merchant_id)
        .select((dsl::holder, dsl::number, dsl::changed_at))
        .fetch_optional(db)
        .await
}

/// Changes a merchant's payment account, and tells its members. The database stamps the time, from
/// which payouts are held; this returns it.
pub async fn change_payment_account(
    db: &Db,
    merchant_id: i64,
    holder: &str,
    number: &str,
    user_id: i64,
) -> Result<Timestamp, DbError> {
    let call = functions::change_payment_account(merchant_id, holder, number, user_id);
    diesel::select(call).fetch_one(db).await
}
