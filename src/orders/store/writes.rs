//! The calls of the functions that write orders.
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::db::{Db, DbError, Fetch};
use crate::kernel::money::Money;
use crate::orders::change::Change;
use crate::orders::policy::Policy;

#[expect(clippy::too_many_arguments, reason = "one call carries the whole change")]
mod functions {
    use diesel::sql_types::{
        Array, BigInt, Binary, Bool, Integer, Jsonb, Nullable, Numeric, Text, Timestamptz,
        Uuid as SqlUuid,
    };

    diesel::define_sql_function! {
        fn change_order(
            order_id: BigInt, version: Integer, at: Timestamptz, event: Text, status: Text,
            actor: Text, user_id: Nullable<BigInt>, origin_id: Nullable<BigInt>,
            due_at: Nullable<Timestamptz>, wake_at: Nullable<Timestamptz>, outcome: Nullable<Text>,
            lines: Array<Text>, amounts: Array<Numeric>, tell: Array<Text>, args: Jsonb,
            extra: Nullable<Jsonb>,
        ) -> Text;
    }
    diesel::define_sql_function! {
        fn create_order(
            public_id: SqlUuid, merchant_id: BigInt, buyer_email: Nullable<Text>, channel: Text,
            policy_version: Integer, title: Text, terms: Jsonb, price: Numeric, currency: Text,
            fee_full: Numeric, covered: Bool, time_zone: Text, link_hash: Binary,
            pay_within_s: BigInt, user_id: BigInt, origin_id: BigInt, tell: Array<Text>,
            args: Jsonb,
        ) -> BigInt;
    }
}

/// An order to be made.
#[derive(Debug, Clone)]
pub struct NewOrder<'a> {
    /// The id in addresses.
    pub public_id: Uuid,
    /// The merchant's row.
    pub merchant_id: i64,
    /// Where the payment link is sent, if the merchant knows it.
    pub buyer_email: Option<&'a str>,
    /// The policy that it begins under.
    pub policy: &'a Policy,
    /// What is traded.
    pub title: &'a str,
    /// What the channel asks for.
    pub terms: Value,
    /// The price.
    pub price: Money,
    /// The fee if all of it is released.
    pub fee_full: Money,
    /// Whether the guarantee covers it.
    pub covered: bool,
    /// The zone that dates are read in.
    pub time_zone: &'a str,
    /// SHA-256 of the payment link's key.
    pub link_hash: &'a [u8],
    /// Who made it, and from where.
    pub by: (i64, i64),
    /// What the key of the payment link is made from when it is mailed.
    pub link_token: Value,
    /// The merchant's name, for the message to the buyer.
    pub merchant_name: &'a str,
}

/// Makes an order; it awaits payment. Returns its row.
pub async fn create(db: &Db, new: &NewOrder<'_>) -> Result<i64, DbError> {
    let tell: &[&str] = if new.buyer_email.is_some() { &["buyer:order-created"] } else { &[] };
    let args = json!({
        "title": new.title, "price": new.price, "merchant": new.merchant_name,
        "link": format!("/orders/{}/pay?key=", new.public_id), "link_token": new.link_token,
    });
    let rows: Vec<i64> = diesel::select(functions::create_order(
        new.public_id,
        new.merchant_id,
        new.buyer_email,
        new.policy.channel.name(),
        new.policy.version,
        new.title,
        &new.terms,
        new.price.amount(),
        new.price.currency().code(),
        new.fee_full.amount(),
        new.covered,
        new.time_zone,
        new.link_hash,
        new.policy.pay_within().num_seconds(),
        new.by.0,
        new.by.1,
        tell,
        args,
    ))
    .fetch_all(db)
    .await?;
    rows.into_iter().next().ok_or(DbError::NotFound)
}

/// Applies a decided change. `false` when the order moved on since it was read, or too much time
/// went by: then nothing was changed.
pub async fn apply(db: &Db, order_id: i64, change: &Change) -> Result<bool, DbError> {
    let lines: Vec<&str> = change.journal.lines().iter().map(|l| l.account.name()).collect();
    let amounts: Vec<Decimal> = change.journal.lines().iter().map(|l| l.amount.amount()).collect();
    let (user_id, origin_id) = change.party.person();
    let extra = (!change.extra.is_empty()).then(|| Value::Object(change.extra.clone()));
    let outcome: Result<Vec<String>, _> = diesel::select(functions::change_order(
        order_id,
        change.version,
        change.at,
        change.event,
        change.status.name(),
        change.party.name(),
        user_id,
        origin_id,
        change.due_at,
        change.wake_at,
        change.outcome.map(|o| o.name()),
        lines,
        amounts,
        change.tell.as_slice(),
        Value::Object(change.args.clone()),
        extra,
    ))
    .fetch_all(db)
    .await;
    match outcome {
        Ok(rows) => Ok(rows.iter().any(|r| r == "done")),
        // The second guard: what ends an order is booked under one reference.
        Err(DbError::Taken(constraint)) if constraint == "journals_reference_key" => Ok(false),
        // The decision waited for more than a minute, or the database's clock was put back: it is
        // made again.
        Err(DbError::Query(error)) if error.to_string() == "decided by another clock" => Ok(false),
        Err(error) => Err(error),
    }
}
