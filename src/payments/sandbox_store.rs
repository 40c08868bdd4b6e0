//! The sandbox bank's own books.

use chrono::Duration;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::gateway::{Notice, StartPayment};
use crate::db::schema::{sandbox_payments, sandbox_transactions};
use crate::db::{Db, DbError, Fetch, now_in, surety_now};
use crate::kernel::money::{Currency, Money};

/// How long a notice that was not answered waits before it is sent again.
const AGAIN_AFTER: Duration = Duration::seconds(30);

#[derive(Debug, Clone)]
pub struct BankPayment {
    pub amount: Money,
    pub subject: String,
    pub return_url: String,
    /// `open`, `paid`, `failed`, or `closed`: paid from an account that was closed since.
    pub state: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Back to a payer.
    Refund,
    Payout,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::Payout => "payout",
        }
    }
}

/// Money that came in, of which a notice tells.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub transaction: Uuid,
    pub reference: Uuid,
    pub amount: Money,
    /// The account that it came from, where the payer said so.
    pub payer_account: Option<String>,
}

impl Waiting {
    pub fn into_notice(self) -> Notice {
        let Self { transaction, reference, amount, payer_account } = self;
        Notice { reference, transaction: transaction.to_string(), amount, payer_account }
    }
}

fn money(amount: Decimal, code: &str) -> Result<Money, DbError> {
    let money = Currency::parse(code).and_then(|c| Money::new(amount, c));
    money.map_err(|e| DbError::Query(diesel::result::Error::DeserializationError(Box::new(e))))
}

/// Opens a payment; once for each reference.
pub async fn open(db: &Db, payment: &StartPayment) -> Result<(), DbError> {
    use sandbox_payments::dsl;
    diesel::insert_into(dsl::sandbox_payments)
        .values((
            dsl::reference.eq(payment.reference),
            dsl::amount.eq(payment.amount.amount()),
            dsl::currency.eq(payment.amount.currency().code()),
            dsl::subject.eq(&payment.subject),
            dsl::return_url.eq(&payment.return_url),
            dsl::state.eq("open"),
            dsl::created_at.eq(surety_now()),
        ))
        .on_conflict_do_nothing()
        .run(db)
        .await?;
    Ok(())
}

pub async fn find(db: &Db, reference: Uuid) -> Result<BankPayment, DbError> {
    use sandbox_payments::dsl;
    let (amount, code, subject, return_url, state): (Decimal, String, String, String, String) =
        dsl::sandbox_payments
            .find(reference)
            .select((dsl::amount, dsl::currency, dsl::subject, dsl::return_url, dsl::state))
            .fetch_one(db)
            .await?;
    Ok(BankPayment { amount: money(amount, &code)?, subject, return_url, state })
}

/// Notes that the payer was refused.
pub async fn fail(db: &Db, reference: Uuid) -> Result<(), DbError> {
    use sandbox_payments::dsl;
    diesel::update(dsl::sandbox_payments.find(reference).filter(dsl::state.eq("open")))
        .set(dsl::state.eq("failed"))
        .run(db)
        .await?;
    Ok(())
}

/// Notes that the payer paid, what became of the payer's account, and that notices have to be sent.
/// A payer who pays twice moves money twice, as at a real bank.
pub async fn pay(
    db: &Db,
    reference: Uuid,
    (amount, state, payer_account): (Money, &str, &str),
    notices: i32,
    delay: Duration,
) -> Result<(), DbError> {
    let payer_account = Some(payer_account).filter(|account| !account.is_empty());
    db.transaction(async |conn| {
        let now = now_in(conn).await?;
        diesel::update(sandbox_payments::table.find(reference))
            .set(sandbox_payments::state.eq(state))
            .execute(conn)
            .await?;
        use sandbox_transactions::dsl;
        diesel::insert_into(dsl::sandbox_transactions)
            .values((
                dsl::reference.eq(reference),
                dsl::kind.eq("payment"),
                dsl::amount.eq(amount.amount()),
                dsl::currency.eq(amount.currency().code()),
                dsl::created_at.eq(now),
                dsl::notices_left.eq(notices),
                dsl::notice_at.eq(now + delay),
                dsl::payer_account.eq(payer_account),
            ))
            .execute(conn)
            .await?;
        Ok::<_, DbError>(())
    })
    .await
}

/// Whether the account that a payment came from was closed since, by the bank's reference.
pub async fn is_closed(db: &Db, transaction: &str) -> Result<bool, DbError> {
    let Ok(id) = Uuid::try_parse(transaction) else { return Ok(false) };
    let closed = sandbox_payments::table
        .inner_join(
            sandbox_transactions::table
                .on(sandbox_transactions::reference.eq(sandbox_payments::reference)),
        )
        .filter(sandbox_transactions::id.eq(id))
        .filter(sandbox_payments::state.eq("closed"));
    diesel::select(diesel::dsl::exists(closed)).fetch_one(db).await
}

/// Moves money out of the bank, once for each reference. Returns the bank's reference.
pub async fn move_out(
    db: &Db,
    reference: Uuid,
    kind: Kind,
    amount: Money,
) -> Result<Uuid, DbError> {
    use sandbox_transactions::dsl;
    diesel::insert_into(dsl::sandbox_transactions)
        .values((
            dsl::reference.eq(reference),
            dsl::kind.eq(kind.name()),
            dsl::amount.eq(amount.amount()),
            dsl::currency.eq(amount.currency().code()),
            dsl::created_at.eq(surety_now()),
        ))
        .on_conflict_do_nothing()
        .run(db)
        .await?;
    dsl::sandbox_transactions
        .filter(dsl::reference.eq(reference))
        .filter(dsl::kind.eq(kind.name()))
        .select(dsl::id)
        .limit(1)
        .fetch_one(db)
        .await
}

/// Takes the notices that are due, and puts each off, so that another worker does not send it too.
pub async fn claim_notices(db: &Db, limit: i64) -> Result<Vec<Waiting>, DbError> {
    use sandbox_transactions::dsl;
    let rows: Vec<WaitingRow> = db
        .transaction(async |conn| {
            let now = now_in(conn).await?;
            let due: Vec<Uuid> = dsl::sandbox_transactions
                .filter(dsl::notices_left.gt(0))
                .filter(dsl::notice_at.le(now))
                .order(dsl::notice_at)
                .limit(limit)
                .select(dsl::id)
                .for_update()
                .skip_locked()
                .load(conn)
                .await?;
            let claimed = diesel::update(dsl::sandbox_transactions.filter(dsl::id.eq_any(&due)))
                .set(dsl::notice_at.eq(now + AGAIN_AFTER))
                .returning((
                    dsl::id,
                    dsl::reference,
                    dsl::amount,
                    dsl::currency,
                    dsl::payer_account,
                ))
                .load(conn)
                .await?;
            Ok::<_, DbError>(claimed)
        })
        .await?;
    rows.into_iter().map(waiting).collect()
}

/// The money that came in for a payment, whether its notices arrived or not.
pub async fn came_in(db: &Db, reference: Uuid) -> Result<Vec<Waiting>, DbError> {
    use sandbox_transactions::dsl;
    let rows: Vec<WaitingRow> = dsl::sandbox_transactions
        .filter(dsl::reference.eq(reference))
        .filter(dsl::kind.eq("payment"))
        .order(dsl::created_at)
        .select((dsl::id, dsl::reference, dsl::amount, dsl::currency, dsl::payer_account))
        .fetch_all(db)
        .await?;
    rows.into_iter().map(waiting).collect()
}

type WaitingRow = (Uuid, Uuid, Decimal, String, Option<String>);

fn waiting(row: WaitingRow) -> Result<Waiting, DbError> {
    let (transaction, reference, amount, code, payer_account) = row;
    Ok(Waiting { transaction, reference, amount: money(amount, &code)?, payer_account })
}

/// Notes that a notice was answered; the next one of the same transaction is due at once.
pub async fn notice_arrived(db: &Db, transaction: Uuid) -> Result<(), DbError> {
    use sandbox_transactions::dsl;
    diesel::update(dsl::sandbox_transactions.find(transaction))
        .set((
            dsl::notices_left.eq(dsl::notices_left - 1),
            dsl::notice_at.eq(surety_now().nullable()),
        ))
        .run(db)
        .await?;
    Ok(())
}
