//! The treasurer's desk: what the platform holds, what came in without an order, what cannot leave.

use actix_web::web::Data;
use askama::Template;

use crate::db::Db;
use crate::kernel::money::Money;
use crate::ledger;
use crate::ledger::outgoing_store::{self, Outgoing, Which};
use crate::orders::store::{self, Receipt};
use crate::web::page::{Page, PageResult, html};

#[derive(Template)]
#[template(path = "orders/treasury.html")]
struct TreasuryPage {
    page: Page,
    balances: Vec<(String, Money)>,
    unmatched: Vec<Receipt>,
    stuck: Vec<Outgoing>,
}

/// `GET /admin/treasury`.
///
/// # Errors
/// When the database gives no answer.
pub async fn show(page: Page, db: Data<Db>) -> PageResult {
    let balances = ledger::platform_balances(&db).await?;
    let unmatched = store::unmatched(&db, 50).await?;
    let stuck = outgoing_store::list(&db, Which::Stuck, 50).await?;
    html(&TreasuryPage { page, balances, unmatched, stuck })
}
