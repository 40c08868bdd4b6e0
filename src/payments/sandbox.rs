//! The sandbox: a gateway whose bank is played by this program, in development and the demo only.
//! Its notices are signed and come over HTTP, like a real provider's.

use chrono::Duration;
use futures::FutureExt;
use futures::future::BoxFuture;
use rust_decimal::Decimal;
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use super::gateway::{
    Gateway, GatewayError, Notice, Outcome, PaymentStatus, Payout, Refund, StartPayment,
};
use super::sandbox_store::{self as store, Kind, Waiting};
use crate::db::{Db, DbError};
use crate::kernel::money::{Currency, Money};
use crate::kernel::named::named;
use crate::kernel::signing;

pub struct Sandbox {
    db: Db,
    key: Vec<u8>,
}

/// What the person at the bank's page can make happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", const_into_str)]
pub enum Play {
    Success,
    Failure,
    /// It succeeds, but the notice comes a minute later.
    Late,
    /// It succeeds, and the notice comes twice.
    Twice,
    /// It succeeds, and the notice never comes.
    Lost,
    /// One unit too little comes in.
    WrongAmount,
    /// It succeeds, and then the payer's account is closed: nothing can go back to it.
    Closes,
}

named!(Play, name);

impl Play {
    pub fn text_key(self) -> &'static str {
        match self {
            Self::Success => "sandbox-success",
            Self::Failure => "sandbox-failure",
            Self::Late => "sandbox-late",
            Self::Twice => "sandbox-twice",
            Self::Lost => "sandbox-lost",
            Self::WrongAmount => "sandbox-wrong-amount",
            Self::Closes => "sandbox-closes",
        }
    }
}

/// Accounts that begin so are refused for good: to play a closed account.
pub const CLOSED_ACCOUNT: &str = "0000";
/// Accounts that begin so cannot be reached now: to play a bank that is down.
pub const BANK_DOWN: &str = "9999";

impl Sandbox {
    /// The sandbox over a pool, with the key that its notices are signed with.
    pub fn new(db: Db, key: &[u8]) -> Self {
        Self { db, key: key.to_vec() }
    }

    fn signature(&self, parts: [&str; 5]) -> String {
        signing::token(&self.key, "sandbox-notice", &parts.map(str::as_bytes))
    }

    /// The signed notice of a transaction, as it travels.
    pub fn notice_body(&self, reference: Uuid, transaction: Uuid, amount: Money) -> String {
        self.notice_body_from(reference, transaction, amount, "")
    }

    /// [`Self::notice_body`], with the account that the money came from; empty when it is not said.
    pub fn notice_body_from(
        &self,
        reference: Uuid,
        transaction: Uuid,
        amount: Money,
        payer_account: &str,
    ) -> String {
        let (reference, transaction) = (reference.to_string(), transaction.to_string());
        let (value, code) = (amount.amount().to_string(), amount.currency().code());
        let sign = self.signature([&reference, &transaction, &value, code, payer_account]);
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("reference", &reference)
            .append_pair("transaction", &transaction)
            .append_pair("amount", &value)
            .append_pair("currency", code)
            .append_pair("payer_account", payer_account)
            .append_pair("sign", &sign)
            .finish()
    }
}

fn unavailable(error: &DbError) -> GatewayError {
    GatewayError::Unavailable(error.to_string())
}

impl Gateway for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn start<'a>(
        &'a self,
        payment: &'a StartPayment,
    ) -> BoxFuture<'a, Result<String, GatewayError>> {
        async move {
            store::open(&self.db, payment).await.map_err(|e| unavailable(&e))?;
            Ok(format!("/sandbox/checkout/{}", payment.reference))
        }
        .boxed()
    }

    fn status(&self, reference: Uuid) -> BoxFuture<'_, Result<PaymentStatus, GatewayError>> {
        async move {
            let state = match store::find(&self.db, reference).await {
                Ok(payment) => payment.state,
                // Begun here and not there: the payer never came to the bank.
                Err(DbError::NotFound) => return Ok(PaymentStatus::Open),
                Err(error) => return Err(unavailable(&error)),
            };
            Ok(match state.as_str() {
                "paid" | "closed" => {
                    let came_in = store::came_in(&self.db, reference).await;
                    let came_in = came_in.map_err(|e| unavailable(&e))?.into_iter();
                    PaymentStatus::Paid(came_in.map(Waiting::into_notice).collect())
                }
                "failed" => PaymentStatus::Refused,
                _ => PaymentStatus::Open,
            })
        }
        .boxed()
    }

    fn verify_notice(&self, body: &[u8]) -> Result<Option<Notice>, GatewayError> {
        let fields: std::collections::HashMap<_, _> =
            url::form_urlencoded::parse(body).into_owned().collect();
        let field = |name: &'static str| {
            fields.get(name).map(String::as_str).ok_or(GatewayError::NotGenuine(name))
        };
        let (reference, transaction) = (field("reference")?, field("transaction")?);
        let (amount, code) = (field("amount")?, field("currency")?);
        let payer = field("payer_account")?;
        let sign = self.signature([reference, transaction, amount, code, payer]);
        if !signing::same(&sign, field("sign")?) {
            return Err(GatewayError::NotGenuine("signature"));
        }
        let currency = Currency::parse(code).map_err(|_| GatewayError::NotGenuine("currency"))?;
        let amount = Decimal::from_str_exact(amount)
            .ok()
            .and_then(|a| Money::new(a, currency).ok())
            .filter(Money::is_positive)
            .ok_or(GatewayError::NotGenuine("amount"))?;
        let reference = reference.parse().map_err(|_| GatewayError::NotGenuine("reference"))?;
        let payer_account = Some(payer.to_owned()).filter(|account| !account.is_empty());
        Ok(Some(Notice { reference, transaction: transaction.to_owned(), amount, payer_account }))
    }

    fn account_fingerprint(&self, number: &str) -> Vec<u8> {
        let plain: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
        let plain = plain.to_ascii_uppercase();
        signing::mac(&self.key, "payment-account", &[plain.as_bytes()]).to_vec()
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Result<Outcome, GatewayError>> {
        async move {
            let closed = store::is_closed(&self.db, &refund.transaction).await;
            if closed.map_err(|e| unavailable(&e))? {
                return Ok(Outcome::Refused("the payer's account is closed".to_owned()));
            }
            let id = store::move_out(&self.db, refund.reference, Kind::Refund, refund.amount)
                .await
                .map_err(|e| unavailable(&e))?;
            Ok(Outcome::Left(id.to_string()))
        }
        .boxed()
    }

    fn pay_out<'a>(&'a self, payout: &'a Payout) -> BoxFuture<'a, Result<Outcome, GatewayError>> {
        async move {
            if payout.number.starts_with(CLOSED_ACCOUNT) {
                return Ok(Outcome::Refused("the account is closed".to_owned()));
            }
            if payout.number.starts_with(BANK_DOWN) {
                return Err(GatewayError::Unavailable("the bank is closed".to_owned()));
            }
            let id = store::move_out(&self.db, payout.reference, Kind::Payout, payout.amount)
                .await
                .map_err(|e| unavailable(&e))?;
            Ok(Outcome::Left(id.to_string()))
        }
        .boxed()
    }
}

/// Plays what the person at the bank's page chose. Returns where the person goes back to.
/// Fails with [`DbError`]; not found for a payment that the bank does not know.
pub async fn play(db: &Db, reference: Uuid, play: Play) -> Result<String, DbError> {
    play_from(db, reference, play, "").await
}

/// [`play`], paid from an account; empty when the bank does not say which.
pub async fn play_from(
    db: &Db,
    reference: Uuid,
    play: Play,
    payer_account: &str,
) -> Result<String, DbError> {
    let payment = store::find(db, reference).await?;
    let (paid, notices, delay) = match play {
        Play::Success | Play::WrongAmount | Play::Closes => (true, 1, Duration::zero()),
        Play::Late => (true, 1, Duration::minutes(1)),
        Play::Twice => (true, 2, Duration::zero()),
        Play::Lost => (true, 0, Duration::zero()),
        Play::Failure => (false, 0, Duration::zero()),
    };
    let amount = if play == Play::WrongAmount {
        let unit = Decimal::new(1, payment.amount.currency().scale());
        let unit = Money::new(unit, payment.amount.currency());
        unit.and_then(|unit| payment.amount.minus(unit)).unwrap_or(payment.amount)
    } else {
        payment.amount
    };
    if paid {
        let state = if play == Play::Closes { "closed" } else { "paid" };
        let of = (amount, state, payer_account);
        store::pay(db, reference, of, notices, delay).await?;
    } else {
        store::fail(db, reference).await?;
    }
    Ok(payment.return_url)
}

/// Delivers the notices that are due over HTTP, each until it is answered with `success`. Returns
/// how many arrived.
/// Fails with [`DbError`] when the bank's books cannot be read.
pub async fn deliver_notices(
    db: &Db,
    sandbox: &Sandbox,
    client: &reqwest::Client,
    address: &str,
) -> Result<usize, DbError> {
    let mut arrived = 0;
    for waiting in store::claim_notices(db, 50).await? {
        let Waiting { transaction, reference, amount, payer_account } = waiting;
        let payer = payer_account.as_deref().unwrap_or_default();
        let answer = client
            .post(address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(sandbox.notice_body_from(reference, transaction, amount, payer))
            .send()
            .await;
        let taken = match answer {
            Ok(answer) => answer.text().await.is_ok_and(|text| text == "success"),
            Err(_) => false,
        };
        if taken {
            store::notice_arrived(db, transaction).await?;
            arrived += 1;
        }
    }
    Ok(arrived)
}
