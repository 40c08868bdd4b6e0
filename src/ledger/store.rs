//! Balances, statements and the proof of the books. Only reads; the functions write.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use rust_decimal::Decimal;

use crate::db::schema::{entries, journals, ledger_accounts};
use crate::db::{Db, DbError, Fetch};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Timestamp;

diesel::define_sql_function! {
    fn account_balance(kind: Text, owner: BigInt, currency: Text) -> diesel::sql_types::Numeric;
}
diesel::define_sql_function! {
    fn roll_up_accounts() -> BigInt;
}

/// Money of a row. A row that is no money is a broken promise of ours.
pub fn money(amount: Decimal, currency: &str) -> Result<Money, DbError> {
    Currency::parse(currency)
        .and_then(|c| Money::new(amount, c))
        .map_err(|e| DbError::Query(diesel::result::Error::DeserializationError(Box::new(e))))
}

/// The balance of an account; zero for one that has no entries yet.
pub async fn balance(
    db: &Db,
    kind: &str,
    owner_id: i64,
    currency: Currency,
) -> Result<Money, DbError> {
    let amount: Decimal =
        diesel::select(account_balance(kind, owner_id, currency.code())).fetch_one(db).await?;
    money(amount, currency.code())
}

/// The balances of a merchant, one for each currency that it was ever paid in.
pub async fn merchant_balances(db: &Db, merchant_id: i64) -> Result<Vec<Money>, DbError> {
    use ledger_accounts::dsl;
    let rows: Vec<(Option<Decimal>, String)> = dsl::ledger_accounts
        .filter(dsl::kind.eq("merchant"))
        .filter(dsl::owner_id.eq(merchant_id))
        .order(dsl::currency)
        .select((dsl::balance, dsl::currency))
        .fetch_all(db)
        .await?;
    rows.into_iter().map(|(amount, code)| money(amount.unwrap_or_default(), &code)).collect()
}

/// The balances of the platform's own accounts.
pub async fn platform_balances(db: &Db) -> Result<Vec<(String, Money)>, DbError> {
    use ledger_accounts::dsl;
    let amount = account_balance(dsl::kind, dsl::owner_id, dsl::currency);
    let rows: Vec<(String, Decimal, String)> = dsl::ledger_accounts
        .filter(dsl::owner_id.eq(0))
        .order((dsl::currency, dsl::kind))
        .select((dsl::kind, amount, dsl::currency))
        .fetch_all(db)
        .await?;
    rows.into_iter().map(|(kind, amount, code)| Ok((kind, money(amount, &code)?))).collect()
}

/// A line of a merchant's statement.
#[derive(Debug, Clone)]
pub struct StatementLine {
    /// Row of the journal, of which an account has one line: the key of the next page.
    pub journal_id: i64,
    /// When it was booked.
    pub at: Timestamp,
    /// What was booked: `release`, `split`, `payout`, …
    pub kind: String,
    /// The order, when it belongs to one.
    pub order_id: Option<i64>,
    /// What the merchant was credited with.
    pub amount: Money,
    /// The balance after it.
    pub balance_after: Money,
}

#[derive(Queryable)]
struct StatementRow {
    journal_id: i64,
    at: Timestamp,
    kind: String,
    order_id: Option<i64>,
    amount: Decimal,
    balance_after: Option<Decimal>,
    currency: String,
}

impl TryFrom<StatementRow> for StatementLine {
    type Error = DbError;

    fn try_from(r: StatementRow) -> Result<Self, DbError> {
        Ok(Self {
            amount: money(r.amount, &r.currency)?,
            balance_after: money(r.balance_after.unwrap_or_default(), &r.currency)?,
            journal_id: r.journal_id,
            at: r.at,
            kind: r.kind,
            order_id: r.order_id,
        })
    }
}

/// A merchant's statement, newest first, before a journal.
pub async fn statement(
    db: &Db,
    merchant_id: i64,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<StatementLine>, DbError> {
    let accounts = ledger_accounts::table
        .filter(ledger_accounts::kind.eq("merchant"))
        .filter(ledger_accounts::owner_id.eq(merchant_id))
        .select(ledger_accounts::id);
    let rows: Vec<StatementRow> = entries::table
        .inner_join(journals::table.on(journals::id.eq(entries::journal_id)))
        .filter(entries::account_id.eq_any(accounts))
        .filter(entries::journal_id.lt(before.unwrap_or(i64::MAX)))
        .order(entries::journal_id.desc())
        .limit(limit)
        .select((
            entries::journal_id,
            journals::at,
            journals::kind,
            journals::order_id,
            entries::amount,
            entries::balance_after,
            entries::currency,
        ))
        .fetch_all(db)
        .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Moves the roll-ups of the platform's accounts forward. Returns how many.
pub async fn roll_up(db: &Db) -> Result<i64, DbError> {
    let rows: Vec<i64> = diesel::select(roll_up_accounts()).fetch_all(db).await?;
    Ok(rows.iter().sum())
}

/// A difference that `surety audit` found.
#[derive(Debug, Clone, QueryableByName)]
pub struct Difference {
    /// What should always be true.
    #[diesel(sql_type = Text)]
    pub rule: String,
    /// The row where it is not.
    #[diesel(sql_type = Text)]
    pub subject: String,
    /// What stands there instead.
    #[diesel(sql_type = Text)]
    pub detail: String,
}

/// Proves the books and the histories from their rows; what is returned is wrong.
pub async fn audit(db: &Db) -> Result<Vec<Difference>, DbError> {
    diesel::sql_query("SELECT rule, subject, detail FROM audit_differences()").fetch_all(db).await
}
