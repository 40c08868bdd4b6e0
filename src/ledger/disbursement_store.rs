//! Money on its way out, as rows.

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::disbursement::{self, Move, Status};
use super::store::money;
use crate::db::batch::put_off;
use crate::db::schema::disbursements::{BoxedQuery, dsl};
use crate::db::{Db, DbError, Fetch};
use crate::kernel::money::Money;
use crate::kernel::time::Timestamp;

#[expect(clippy::too_many_arguments, reason = "one call carries the whole change")]
mod functions {
    use diesel::sql_types::{
        Array, BigInt, Integer, Jsonb, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid,
    };

    diesel::define_sql_function! {
        fn request_payout(
            public_id: SqlUuid, merchant_id: BigInt, amount: Numeric, currency: Text, gateway: Text,
        ) -> Text;
    }
    diesel::define_sql_function! {
        fn redirect_refund(
            id: BigInt, version: Integer, holder: Text, number: Text, user_id: BigInt,
            origin_id: BigInt,
        ) -> Text;
    }
    diesel::define_sql_function! {
        fn change_disbursement(
            id: BigInt, version: Integer, status: Text, provider_reference: Nullable<Text>,
            error: Nullable<Text>, next_attempt_at: Nullable<Timestamptz>, tell: Array<Text>,
            args: Jsonb,
        ) -> Text;
    }
}

/// An outgoing payment.
#[derive(Debug, Clone)]
pub struct Disbursement {
    /// Row.
    pub id: i64,
    /// Our reference at the gateway.
    pub public_id: Uuid,
    /// `refund`, `payout` or `return_unmatched`.
    pub kind: String,
    /// The order that a refund belongs to.
    pub order_id: Option<i64>,
    /// The merchant that a payout belongs to.
    pub merchant_id: Option<i64>,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub status: Status,
    /// Guards against a second worker.
    pub version: i32,
    /// Where to: as the gateway needs it.
    pub payee: Value,
    /// The receipt whose money goes back.
    pub receipt_id: Option<i64>,
    /// Tries so far.
    pub attempts: i32,
    /// The provider's reference.
    pub provider_reference: Option<String>,
    /// What the provider said last.
    pub last_error: Option<String>,
    /// When it was booked.
    pub created_at: Timestamp,
    /// When it came to this state.
    pub status_since: Timestamp,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
}

impl Disbursement {
    /// The number of the account that it goes to; none when it goes back by the way it came.
    pub fn account(&self) -> Option<&str> {
        self.payee.get("number").and_then(Value::as_str)
    }

    /// Whether its payee may give another account now.
    pub fn takes_account(&self, now: Timestamp) -> bool {
        let held = self.account().is_some() && self.next_attempt_at.is_some_and(|at| at > now);
        self.kind == "refund" && disbursement::takes_account(self.status, held)
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::db::schema::disbursements)]
struct DisbursementRow {
    id: i64,
    public_id: Uuid,
    kind: String,
    order_id: Option<i64>,
    merchant_id: Option<i64>,
    amount: Decimal,
    currency: String,
    status: String,
    version: i32,
    payee: Value,
    receipt_id: Option<i64>,
    attempts: i32,
    provider_reference: Option<String>,
    last_error: Option<String>,
    created_at: Timestamp,
    status_since: Timestamp,
    next_attempt_at: Option<Timestamp>,
}

impl TryFrom<DisbursementRow> for Disbursement {
    type Error = DbError;

    fn try_from(r: DisbursementRow) -> Result<Self, DbError> {
        Ok(Self {
            amount: money(r.amount, &r.currency)?,
            status: Status::parse(&r.status).ok_or(DbError::NotFound)?,
            id: r.id,
            public_id: r.public_id,
            kind: r.kind,
            order_id: r.order_id,
            merchant_id: r.merchant_id,
            version: r.version,
            payee: r.payee,
            receipt_id: r.receipt_id,
            attempts: r.attempts,
            provider_reference: r.provider_reference,
            last_error: r.last_error,
            created_at: r.created_at,
            status_since: r.status_since,
            next_attempt_at: r.next_attempt_at,
        })
    }
}

/// Which outgoing payments to read.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// Of an order.
    OfOrder(i64),
    /// The payouts of a merchant.
    PayoutsOf(i64),
}

/// Reads outgoing payments, newest first.
pub async fn list(db: &Db, which: Which, limit: i64) -> Result<Vec<Disbursement>, DbError> {
    let query = dsl::disbursements.into_boxed();
    let query = match which {
        Which::OfOrder(id) => query.filter(dsl::order_id.eq(id)),
        Which::PayoutsOf(id) => {
            query.filter(dsl::merchant_id.eq(id)).filter(dsl::kind.eq("payout"))
        }
    };
    let rows: Vec<DisbursementRow> = query
        .order(dsl::id.desc())
        .limit(limit)
        .select(DisbursementRow::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// What a treasurer looks at until it has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// What was tried in vain, or needs another account.
    Stuck,
    /// Money that no order took, on its way back.
    SendBacks,
}

fn open_query(which: Open) -> BoxedQuery<'static, diesel::pg::Pg> {
    let query = dsl::disbursements.into_boxed();
    match which {
        Open::Stuck => query.filter(dsl::status.eq_any(["failed", "needs_details"])),
        Open::SendBacks => {
            query.filter(dsl::kind.eq("return_unmatched")).filter(dsl::status.ne("succeeded"))
        }
    }
}

/// Reads what a treasurer looks at, oldest first, after a row.
pub async fn open(
    db: &Db,
    which: Open,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<Disbursement>, DbError> {
    let rows: Vec<DisbursementRow> = open_query(which)
        .filter(dsl::id.gt(after.unwrap_or_default()))
        .order(dsl::id)
        .limit(limit)
        .select(DisbursementRow::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// How many there are of what a treasurer looks at: few, or something is wrong.
pub async fn open_count(db: &Db, which: Open) -> Result<i64, DbError> {
    open_query(which).count().fetch_one(db).await
}

/// The job that hands outgoing payments to the gateway.
pub const JOB: &str = "disbursements";

/// Outgoing payments that are due to be tried, and the time.
pub async fn due(db: &Db, limit: i64) -> Result<(Vec<Disbursement>, Timestamp), DbError> {
    let now = db.now().await?;
    let rows: Vec<DisbursementRow> = dsl::disbursements
        .filter(dsl::next_attempt_at.le(now))
        .filter(dsl::id.ne_all(put_off(JOB)))
        .order(dsl::next_attempt_at)
        .limit(limit)
        .select(DisbursementRow::as_select())
        .fetch_all(db)
        .await?;
    let rows: Result<_, _> = rows.into_iter().map(TryInto::try_into).collect();
    Ok((rows?, now))
}

/// Applies what was decided about an outgoing payment. `false` when somebody else was faster.
pub async fn apply(
    db: &Db,
    payment: &Disbursement,
    moved: &Move,
    tell: &[&str],
    args: &Value,
) -> Result<bool, DbError> {
    let outcome: Vec<String> = diesel::select(functions::change_disbursement(
        payment.id,
        payment.version,
        moved.status.name(),
        moved.provider_reference.as_deref(),
        moved.error.as_deref(),
        moved.next_attempt_at,
        tell,
        args,
    ))
    .fetch_all(db)
    .await?;
    Ok(outcome.iter().any(|o| o == "done"))
}

/// Another account for a refund that was refused for good, as its buyer gives it.
#[derive(Debug, Clone, Copy)]
pub struct NewAccount<'a> {
    /// Who holds it.
    pub holder: &'a str,
    /// Its number.
    pub number: &'a str,
    /// The buyer: row, and from where.
    pub by: (i64, i64),
}

/// Sends a refund to another account, after 24 hours. `false` when it moved on meanwhile.
pub async fn redirect(
    db: &Db,
    payment: &Disbursement,
    account: NewAccount<'_>,
) -> Result<bool, DbError> {
    let outcome: Vec<String> = diesel::select(functions::redirect_refund(
        payment.id,
        payment.version,
        account.holder,
        account.number,
        account.by.0,
        account.by.1,
    ))
    .fetch_all(db)
    .await?;
    Ok(outcome.iter().any(|o| o == "done"))
}

/// Why a payout was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayoutRefused {
    /// The balance does not suffice.
    #[error("the balance does not suffice")]
    Short,
    /// There is no payment account to pay to.
    #[error("there is no payment account")]
    NoAccount,
    /// The payment account was changed in the last 24 hours.
    #[error("the payment account was changed in the last 24 hours")]
    Held,
    /// Its id stands for another payout.
    #[error("the id of the payout was used before")]
    Used,
}

/// Books a payout of a merchant's money, once for each id: asked again, it answers the same.
/// Fails with [`DbError`]; the inner result says whether and why it was refused.
pub async fn pay_out(
    db: &Db,
    public_id: Uuid,
    merchant_id: i64,
    amount: Money,
    gateway: &str,
) -> Result<Result<(), PayoutRefused>, DbError> {
    let code = amount.currency().code();
    let outcome: Result<Vec<String>, _> = diesel::select(functions::request_payout(
        public_id,
        merchant_id,
        amount.amount(),
        code,
        gateway,
    ))
    .fetch_all(db)
    .await;
    let outcome = match outcome {
        // The id stands for a payout in another currency, booked in this instant.
        Err(DbError::Taken(_)) => return Ok(Err(PayoutRefused::Used)),
        other => other?,
    };
    Ok(match outcome.iter().map(String::as_str).next() {
        Some("done") => Ok(()),
        Some("used") => Err(PayoutRefused::Used),
        Some("no_account") => Err(PayoutRefused::NoAccount),
        Some("held") => Err(PayoutRefused::Held),
        _ => Err(PayoutRefused::Short),
    })
}
