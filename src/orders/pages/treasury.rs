//! The treasurer's desk: what the platform holds, what came in without an order, what cannot leave.

use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use crate::db::Db;
use crate::kernel::money::Money;
use crate::ledger;
use crate::ledger::disbursement_store::{self, Disbursement, Open};
use crate::orders::store::{self, Receipt};
use crate::web::error::PageError;
use crate::web::page::{Page, PageResult, cut, html};
use crate::web::query::Query;

/// Rows of a list.
const PAGE: i64 = 50;
const PATH: &str = "/admin/treasury";

/// Where the lists go on.
#[derive(Debug, Deserialize)]
pub struct After {
    stuck_after: Option<i64>,
    unmatched_after: Option<i64>,
}

/// Money that no order took, and what became of it.
struct SendBack {
    receipt: Receipt,
    outgoing: Disbursement,
}

#[derive(Template)]
#[template(path = "orders/treasury.html")]
struct TreasuryPage {
    page: Page,
    balances: Vec<(String, Money)>,
    unmatched: Vec<SendBack>,
    unmatched_count: i64,
    unmatched_more: Option<String>,
    stuck: Vec<Disbursement>,
    stuck_count: i64,
    stuck_more: Option<String>,
}

/// Cuts a list that was read with one row more than is shown; the address of its next rows.
fn more(name: &str, rows: &mut Vec<Disbursement>) -> Option<String> {
    cut(rows, PAGE).map(|o| format!("{PATH}?{name}={}", o.id))
}

async fn unmatched(db: &Db, outgoing: Vec<Disbursement>) -> Result<Vec<SendBack>, PageError> {
    let ids: Vec<i64> = outgoing.iter().filter_map(|o| o.receipt_id).collect();
    let receipts = store::receipts_by_ids(db, &ids).await?;
    let of = |o: Disbursement| {
        let receipt = receipts.iter().find(|r| Some(r.id) == o.receipt_id)?.clone();
        Some(SendBack { receipt, outgoing: o })
    };
    Ok(outgoing.into_iter().filter_map(of).collect())
}

/// `GET /admin/treasury`. What waits is listed until it has left, the oldest first.
pub async fn show(page: Page, db: Data<Db>, query: Query<After>) -> PageResult {
    let balances = ledger::platform_balances(&db).await?;
    let mut stuck = disbursement_store::open(&db, Open::Stuck, query.stuck_after, PAGE + 1).await?;
    let mut sent =
        disbursement_store::open(&db, Open::SendBacks, query.unmatched_after, PAGE + 1).await?;
    html(&TreasuryPage {
        page,
        balances,
        unmatched_count: disbursement_store::open_count(&db, Open::SendBacks).await?,
        unmatched_more: more("unmatched_after", &mut sent),
        unmatched: unmatched(&db, sent).await?,
        stuck_count: disbursement_store::open_count(&db, Open::Stuck).await?,
        stuck_more: more("stuck_after", &mut stuck),
        stuck,
    })
}
