//! What Surety asks of a payment provider.

use futures::future::BoxFuture;
use uuid::Uuid;

use crate::kernel::money::Money;

#[derive(Debug, Clone)]
pub struct StartPayment {
    pub reference: Uuid,
    pub amount: Money,
    pub subject: String,
    pub return_url: String,
}

/// What a verified notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub reference: Uuid,
    /// The provider's reference of the transaction: one for each movement of money.
    pub transaction: String,
    pub amount: Money,
    /// The account that it came from, where the provider says so.
    pub payer_account: Option<String>,
}

/// Money to send back by the way that it came.
#[derive(Debug, Clone)]
pub struct Refund {
    pub reference: Uuid,
    pub transaction: String,
    pub amount: Money,
}

/// Money to send to an account that somebody has given.
#[derive(Debug, Clone)]
pub struct Payout {
    pub reference: Uuid,
    pub holder: String,
    pub number: String,
    pub amount: Money,
}

/// What the provider says of money on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It has left; the provider's reference.
    Left(String),
    Pending(String),
    /// Never to this account; why.
    Refused(String),
}

/// Where a payment stands at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentStatus {
    /// The payer has yet to act, or the provider to finish.
    Open,
    /// It succeeded. What came in, as its notices say or said it: a notice can be lost.
    Paid(Vec<Notice>),
    Refused,
}

/// Why a provider could not be asked, or a notice not be believed.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Not reachable, or an answer that cannot be understood: try again.
    #[error("the payment provider cannot be reached: {0}")]
    Unavailable(String),
    /// The notice was not signed by the provider, or says what cannot be.
    #[error("the notice is not genuine: {0}")]
    NotGenuine(&'static str),
}

/// A payment provider. Each call is idempotent by our reference.
pub trait Gateway: Send + Sync {
    fn name(&self) -> &'static str;

    /// Begins a payment and says where the payer has to go.
    fn start<'a>(
        &'a self,
        payment: &'a StartPayment,
    ) -> BoxFuture<'a, Result<String, GatewayError>>;

    /// Asks where a payment stands.
    fn status(&self, reference: Uuid) -> BoxFuture<'_, Result<PaymentStatus, GatewayError>>;

    /// Checks a notice's signature and reads it. `None` for a genuine notice that moves no money.
    fn verify_notice(&self, body: &[u8]) -> Result<Option<Notice>, GatewayError>;

    /// A keyed hash of an account, as the provider names accounts of payers and payees: equal for
    /// one account however it is written.
    fn account_fingerprint(&self, number: &str) -> Vec<u8>;

    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Result<Outcome, GatewayError>>;

    /// Sends money to an account.
    fn pay_out<'a>(&'a self, payout: &'a Payout) -> BoxFuture<'a, Result<Outcome, GatewayError>>;
}
