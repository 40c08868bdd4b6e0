//! Fills the demo by running the product's own commands under a clock that is set back. There are
//! no raw inserts, so whatever the demo shows, the product does.

mod agreements;
pub mod code_pages;
mod papers;
mod people;
mod queue;
mod shops;
pub mod site_pages;
mod trades;

use std::sync::Arc;

use chrono::Duration;

use crate::accounts::{self, AccountError};
use crate::admission::commands::AdmissionError;
use crate::config::Config;
use crate::db::owner::OwnerClock;
use crate::db::{Db, DbError};
use crate::orders::commands::OrderError;
use crate::orders::payment::PayError;
use crate::reputation::commands::CreditError;
use crate::trust::MoveError;
use crate::trust::commands::{DomainError, MerchantError, PublishError, SignError};
use crate::worker::{JobFailed, Services};

pub const PASSWORD: &str = "surety-demo";

/// The accounts that `surety demo` prints, and what each is for.
pub const ACCOUNTS: [(&str, &str); 10] = [
    ("buyer@demo.test", "buys, confirms, asks for refunds"),
    ("seller@demo.test", "a trust merchant with orders to deliver and money to draw"),
    ("applicant@demo.test", "a shop whose application waits"),
    ("reviewer@demo.test", "decides on applications"),
    ("treasurer@demo.test", "watches the money"),
    ("treasurer2@demo.test", "a second treasurer"),
    ("mediator@demo.test", "a mediator"),
    ("mediator2@demo.test", "a second mediator"),
    ("administrator@demo.test", "all of the staff's desks"),
    ("partner@demo.test", "a marketplace (its interface comes later)"),
];

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Only the owner can set the clock.
    #[error("the clock of the demo could not be set: {0}")]
    Clock(#[from] crate::db::owner::Failed),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Merchant(#[from] MerchantError),
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Domain(#[from] DomainError),
    #[error(transparent)]
    Badge(#[from] MoveError),
    #[error(transparent)]
    Admission(#[from] AdmissionError),
    #[error(transparent)]
    Order(#[from] OrderError),
    #[error(transparent)]
    Pay(#[from] PayError),
    #[error(transparent)]
    Credit(#[from] CreditError),
    #[error(transparent)]
    Job(#[from] JobFailed),
    #[error(transparent)]
    Db(#[from] DbError),
    /// The story breaks the rules: a bug in the demo.
    #[error("the demo's story is wrong: {0}")]
    Story(&'static str),
}

struct Stage {
    db: Db,
    config: Arc<Config>,
    services: Services,
    clock: OwnerClock,
}

impl Stage {
    /// Runs the worker until nothing is due at this time of the story.
    async fn work(&self) -> Result<(), DemoError> {
        crate::worker::tick_until_idle(&self.services).await?;
        Ok(())
    }

    /// Sets the clock to `before_now` before the present, and does what is due then.
    async fn go(&mut self, before_now: Duration) -> Result<(), DemoError> {
        self.clock.go(before_now).await?;
        self.work().await
    }
}

/// Fills an empty database. A server must be up, because the sandbox bank's notices come over HTTP.
pub async fn fill(db: Db, config: Arc<Config>, owner_url: &str) -> Result<(), DemoError> {
    let services = Services::new(db.clone(), Arc::clone(&config))
        .map_err(|_| DemoError::Story("no mail or file can be written"))?;
    let clock = OwnerClock::connect(owner_url).await?;
    let mut stage = Stage { db, config, services, clock };
    stage.clock.go(Duration::days(540)).await?;
    let cast = people::cast(&stage).await?;
    let shops = shops::open(&mut stage, &cast).await?;
    agreements::second(&stage, &cast, &shops, Duration::days(52)).await?;
    let why = "A shop that deceived somebody three years ago may do so again.";
    agreements::findings_count_for(&stage, &cast, 36, why).await?;
    trades::history(&mut stage, &cast, &shops).await?;
    let why = "Three years kept shops out that had made good long ago. Two are enough.";
    agreements::findings_count_for(&stage, &cast, 24, why).await?;
    agreements::third(&stage, &cast, &shops).await?;
    shops::last_weeks(&mut stage, &cast, &shops).await?;
    trades::now(&mut stage, &cast, &shops).await?;
    stage.clock.go(Duration::zero()).await?;
    stage.work().await?;
    queue::take_one(&stage, &cast, &shops).await
}

/// Sets up what is missing for the staff of a demo that an older version filled.
pub async fn complete(db: &Db, config: &Config) -> Result<(), DemoError> {
    people::complete_staff(db, config).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    Empty,
    /// Filling was interrupted.
    Half,
    /// A complete demo, or an operator's own data.
    Whole,
}

/// Fails with [`DemoError::Clock`] if the owner cannot connect.
pub async fn filled(db: &Db, owner_url: &str) -> Result<Filled, DemoError> {
    let clock = OwnerClock::connect(owner_url).await?;
    Ok(match (clock.is_set_back().await?, accounts::exist(db).await?) {
        (true, _) => Filled::Half,
        (false, true) => Filled::Whole,
        (false, false) => Filled::Empty,
    })
}
