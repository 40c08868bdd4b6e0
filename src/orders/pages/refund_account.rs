//! Another account for a refund that the bank has refused for good.

use actix_web::web::Path;
use askama::Template;
use uuid::Uuid;

use super::access::staying;
use super::balance::read_account;
use super::money_movements::tail_of;
use crate::accounts::StepUp;
use crate::accounts::actor::{Actor, Desk};
use crate::db::Db;
use crate::kernel::time::Timestamp;
use crate::ledger::disbursement_store::{self, Disbursement, NewAccount, Which};
use crate::orders::change::Order;
use crate::orders::store::{self, Key};
use crate::orders::{commands, disbursements};
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused, see_other};

#[derive(Template)]
#[template(path = "orders/refund_account.html")]
struct AccountPage {
    page: Page,
    order: Order,
    refund: Disbursement,
    form: Form,
}

impl AccountPage {
    /// The end of the account that was given already, and when the money leaves for it.
    fn given(&self) -> Option<(String, Timestamp)> {
        self.refund.account().map(tail_of).zip(self.refund.next_attempt_at)
    }
}

/// The order of the buyer who asks, and the time. Who was a guest so far takes it into the account
/// by the confirmed address, as on the list of orders.
async fn own(db: &Db, actor: &Actor, id: Uuid) -> Result<(Order, Timestamp), PageError> {
    let (order, now) = store::find(db, Key::Public(id)).await?;
    let me = &actor.0;
    if order.buyer_id == Some(me.user_id) {
        return Ok((order, now));
    }
    let is_addressed = me.email_confirmed && order.buyer_email.as_ref() == Some(&me.email);
    if order.buyer_id.is_some() || order.paid_at.is_none() || !is_addressed {
        return Err(PageError::not_found());
    }
    let by = (me.user_id, me.origin_id);
    commands::claim(db, Key::Row(order.id), by, Some(me.email.as_str())).await?;
    Ok(store::find(db, Key::Public(id)).await?)
}

async fn stuck(db: &Db, order: &Order, now: Timestamp) -> Result<Option<Disbursement>, PageError> {
    let refunds = disbursement_store::list(db, Which::OfOrder(order.id), 10).await?;
    Ok(refunds.into_iter().find(|o| o.takes_account(now)))
}

/// `GET /orders/{id}/refund/account`. Where no account is needed it leads back to the order.
/// Answers 404 for another's order.
pub async fn show(Desk { page, actor, db, .. }: Desk, id: Path<Uuid>) -> PageResult {
    let (order, now) = own(&db, &actor, *id).await?;
    match stuck(&db, &order, now).await? {
        Some(refund) => html(&AccountPage { page, order, refund, form: Form::new() }),
        None => Ok(see_other(&format!("/orders/{id}"))),
    }
}

/// `POST /orders/{id}/refund/account`.
/// Answers 404 for another's order, 409 when no account is needed.
pub async fn give(
    Desk { page, actor, db, .. }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let (order, now) = own(&db, &actor, *id).await?;
    let order_page = format!("/orders/{id}");
    let Some(refund) = stuck(&db, &order, now).await? else {
        let error = PageError::conflict("refund-account-not-needed");
        return Err(error.with_way_on(&order_page, "error-way-order"));
    };
    let mut form = Form::filled(fields);
    let (holder, number) = read_account(&page, &mut form);
    if !step_up.may_act(&page, &actor, &db, &mut form).await? {
        let again = AccountPage { page, order, refund, form };
        return html_refused(&again);
    }
    let by = (actor.0.user_id, actor.0.origin_id);
    let account = NewAccount { holder: &holder, number: &number, by };
    disbursements::give_account(&db, &order, now, account).await.map_err(staying(&order_page))?;
    step_up.done(&format!("{order_page}?done=refund-account-given"))
}
