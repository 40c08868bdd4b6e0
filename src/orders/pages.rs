//! The pages of orders: what the buyer sees, what the merchant sees, checkout, the merchant's
//! money, and the treasurer's desk.

pub mod access;
pub mod address;
pub mod balance;
pub mod buyer;
pub mod checkout;
pub mod claim;
mod lists;
pub mod merchant;
mod money_movements;
pub mod paid;
pub mod refund_account;
pub mod treasury;
pub mod view;

use actix_web::http::StatusCode;

use super::change::Refused;
use super::commands::OrderError;
use crate::payments::gateway::GatewayError;
use crate::web::error::PageError;

impl Refused {
    /// The sentence that says why, and what to do.
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::WrongState | Self::NotYours => "order-refused-wrong-state",
            Self::Ended => "order-refused-ended",
            Self::CaseOpen => "order-refused-case-open",
            Self::NoCase => "order-refused-no-case",
            Self::NotOverdue => "order-refused-not-overdue",
            Self::AlreadyAsked => "order-refused-already-asked",
            Self::TooLong => "order-refused-too-long",
            Self::OtherDelivery => "order-refused-other-delivery",
            Self::NoMoreRequests => "order-refused-no-more-requests",
            Self::OnlyWhole => "order-refused-only-whole",
            Self::BadAmount => "order-refused-bad-amount",
            Self::NotDue => "order-refused-not-due",
            Self::Money => "order-refused-money",
        }
    }
}

impl From<OrderError> for PageError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Refused(refused) => Self::conflict(refused.text_key()),
            OrderError::Busy => Self::conflict("order-refused-busy"),
            OrderError::Used => Self::conflict("order-refused-used"),
            OrderError::Money(_) => Self::conflict("order-refused-money"),
            OrderError::Db(error) => error.into(),
        }
    }
}

impl From<super::payment::PayError> for PageError {
    fn from(error: super::payment::PayError) -> Self {
        match error {
            super::payment::PayError::Order(error) => error.into(),
            super::payment::PayError::Gateway(GatewayError::Unavailable(why)) => {
                tracing::error!(why, "the payment provider cannot be reached");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "pay-gateway-unavailable")
            }
            super::payment::PayError::Gateway(error) => Self::internal(error),
        }
    }
}
