//! The pretend bank's page, where a developer chooses what the bank does.

use actix_web::web::{Data, Path};
use askama::Template;
use uuid::Uuid;

use super::Payments;
use super::sandbox::{self, Play};
use super::sandbox_store::{self as store, BankPayment};
use crate::db::Db;
use crate::web::error::PageError;
use crate::web::form::Posted;
use crate::web::page::{Page, PageResult, html, see_other};

/// No account of the pretend bank has a longer number.
const ACCOUNT_CHARS: usize = 80;

#[derive(Template)]
#[template(path = "payments/sandbox.html")]
struct BankPage {
    page: Page,
    payment: BankPayment,
    reference: Uuid,
    choices: [Play; 7],
}

/// `GET /sandbox/checkout/{reference}`.
/// Answers with 404 for a payment that the bank does not know.
pub async fn checkout(page: Page, db: Data<Db>, reference: Path<Uuid>) -> PageResult {
    let payment = store::find(&db, *reference).await?;
    html(&BankPage { page, payment, reference: *reference, choices: Play::ALL })
}

/// `POST /sandbox/checkout/{reference}`: plays, delivers the notice over HTTP, and sends the payer
/// back.
/// Answers with 404 for a payment that the bank does not know.
pub async fn play(
    db: Data<Db>,
    payments: Data<Payments>,
    reference: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    let play = Play::parse(fields.get("play")).ok_or_else(PageError::bad_request)?;
    let account: String = fields.get("account").chars().take(ACCOUNT_CHARS).collect();
    let back = sandbox::play_from(&db, *reference, play, &account).await?;
    // A notice that does not arrive now is delivered by the worker.
    if let Err(error) = payments.deliver_sandbox_notices(&db).await {
        tracing::warn!(%error, "the sandbox bank could not deliver its notices");
    }
    Ok(see_other(&back))
}
