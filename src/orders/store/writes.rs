//! The calls of the functions that write orders.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use strum::EnumString;
use uuid::Uuid;

use super::{broken, word};

use crate::db::{Db, DbError, Fetch};
use crate::kernel::money::Money;
use crate::orders::change::{Change, LinkToken, MessageArgs, Terms};
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
            due_at: Nullable<Timestamptz>, wake_at: Nullable<Timestamptz>,
            overdue_at: Nullable<Timestamptz>, lines: Array<Text>, amounts: Array<Numeric>,
            tell: Array<Text>, args: Jsonb, detail: Nullable<Jsonb>, parts: Nullable<Jsonb>,
        ) -> Text;
    }
    diesel::define_sql_function! {
        fn create_order(
            public_id: SqlUuid, merchant_id: BigInt, buyer_email: Nullable<Text>, channel: Text,
            policy_version: Integer, title: Text, terms: Jsonb, price: Numeric, currency: Text,
            max_fee: Numeric, covered: Bool, time_zone: Text, link_hash: Binary,
            pay_within_s: BigInt, wake_within_s: Nullable<BigInt>, user_id: BigInt,
            origin_id: BigInt, tell: Array<Text>, args: Jsonb,
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
    pub terms: &'a Terms,
    /// The price.
    pub price: Money,
    /// The fee if all of it is released.
    pub max_fee: Money,
    /// Whether the guarantee covers it.
    pub covered: bool,
    /// The zone that dates are read in.
    pub time_zone: &'a str,
    /// SHA-256 of the payment link's key.
    pub link_hash: &'a [u8],
    /// Who made it, and from where.
    pub by: (i64, i64),
    /// What the key of the payment link is made from when it is mailed.
    pub link_token: LinkToken,
    /// The merchant's name, for the message to the buyer.
    pub merchant_name: &'a str,
}

/// Makes an order; it awaits payment. Returns its row.
pub async fn create(db: &Db, new: &NewOrder<'_>) -> Result<i64, DbError> {
    let tell: &[&str] = if new.buyer_email.is_some() { &["buyer:order-created"] } else { &[] };
    let args = MessageArgs {
        title: new.title.to_owned(),
        price: Some(new.price),
        merchant: Some(new.merchant_name.to_owned()),
        link: format!("/orders/{}/pay?key=", new.public_id),
        link_token: Some(new.link_token.clone()),
        ..MessageArgs::default()
    };
    let rows: Vec<i64> = diesel::select(functions::create_order(
        new.public_id,
        new.merchant_id,
        new.buyer_email,
        new.policy.channel.name(),
        new.policy.version,
        new.title,
        json(new.terms)?,
        new.price.amount(),
        new.price.currency().code(),
        new.max_fee.amount(),
        new.covered,
        new.time_zone,
        new.link_hash,
        new.policy.pay_within().num_seconds(),
        new.policy.first_look().map(|after| after.num_seconds()),
        new.by.0,
        new.by.1,
        tell,
        json(&args)?,
    ))
    .fetch_all(db)
    .await?;
    rows.into_iter().next().ok_or(DbError::NotFound)
}

/// What the database answers to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Applied {
    Done,
    /// The order moved on since it was read: nothing was changed.
    Lost,
    /// The decision waited for more than a minute, or the database's clock was put back: nothing
    /// was changed.
    Stale,
}

impl Applied {
    /// Whether the change stands; otherwise the order is read and decided on again.
    #[must_use]
    pub fn is_done(self) -> bool {
        self == Self::Done
    }
}

fn json(value: &impl Serialize) -> Result<Value, DbError> {
    serde_json::to_value(value).map_err(broken)
}

/// Applies a decided change.
pub async fn apply(db: &Db, order_id: i64, change: &Change) -> Result<Applied, DbError> {
    let lines: Vec<&str> = change.journal.lines().iter().map(|l| l.account.name()).collect();
    let amounts: Vec<Decimal> = change.journal.lines().iter().map(|l| l.amount.amount()).collect();
    let (user_id, origin_id) = change.party.person();
    let parts = (!change.parts.is_empty()).then(|| json(&change.parts)).transpose()?;
    let detail = change.detail.as_ref().map(json).transpose()?;
    let args = json(&change.args)?;
    let outcome: Result<Vec<String>, _> = diesel::select(functions::change_order(
        order_id,
        change.version,
        change.at,
        change.event,
        change.status.into_str(),
        change.party.side().into_str(),
        user_id,
        origin_id,
        change.clock.due_at,
        change.clock.wake_at,
        change.clock.overdue_at,
        lines,
        amounts,
        change.tell.as_slice(),
        args,
        detail,
        parts,
    ))
    .fetch_all(db)
    .await;
    match outcome {
        Ok(rows) => word(rows.into_iter().next().unwrap_or_default().as_str()),
        // The second guard: what ends an order is booked under one reference.
        Err(DbError::Taken(constraint)) if constraint == "journals_reference_key" => {
            Ok(Applied::Lost)
        }
        Err(error) => Err(error),
    }
}
