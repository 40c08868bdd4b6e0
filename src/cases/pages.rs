//! The pages of refund requests: one page for both parties.

use actix_web::web::{Data, Path};
use askama::Template;
use uuid::Uuid;

use super::commands;
use super::store::{self, Case};
use crate::accounts::actor::{Actor, Desk, step_up};
use crate::db::Db;
use crate::orders::access::{buyer, merchant, own, person, staying};
use crate::orders::actions::{Action, Actions, actions};
use crate::orders::change::{Order, Side, Status};
use crate::orders::{self, Key};
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused, see_other};

#[derive(Template)]
#[template(path = "cases/refund.html")]
struct RefundPage {
    page: Page,
    order: Order,
    cases: Vec<Case>,
    /// The one that is open.
    open: Option<Case>,
    /// Whether the reader is the buyer; otherwise a member of the merchant.
    is_buyer: bool,
    may: Actions,
    form: Form,
}

impl RefundPage {
    /// Whether less than the whole can be asked back: only of what was delivered.
    fn may_ask_for_part(&self) -> bool {
        self.order.status == Status::AwaitingConfirmation
    }

    /// Where the order's own page is.
    fn order_path(&self) -> String {
        let area = if self.is_buyer { "" } else { "/merchant" };
        format!("{area}/orders/{}", self.order.public_id)
    }
}

async fn refund_page(
    page: Page,
    actor: &Actor,
    db: &Db,
    id: Uuid,
    form: Option<Form>,
) -> Result<RefundPage, PageError> {
    let (order, now) = orders::find(db, Key::Public(id)).await?;
    let reader = person(actor);
    let is_buyer = order.buyer_id == Some(reader.user_id);
    if !is_buyer && !reader.is_merchant_of(&order) {
        return Err(PageError::not_found());
    }
    let may = actions(&order, if is_buyer { Side::Buyer } else { Side::Merchant }, now);
    let cases = store::of_order(db, order.id, order.price.currency()).await?;
    let amount = order.price.amount().to_string();
    let first = || Form::filled(Fields::from_pairs(&[("amount", &amount)]));
    let form = form.unwrap_or_else(first);
    let open = cases.iter().rev().find(|case| case.due_at.is_some()).cloned();
    Ok(RefundPage { page, order, cases, open, is_buyer, may, form })
}

/// `GET /orders/{id}/refund`: the requests of an order, for both parties.
/// Answers 404 for another's order.
pub async fn show(Desk { page, actor, db, .. }: Desk, id: Path<Uuid>) -> PageResult {
    html(&refund_page(page, &actor, &db, *id, None).await?)
}

/// `POST /orders/{id}/refund`: the buyer asks.
/// Answers 404 for another's order, 409 when nothing can be asked now.
pub async fn ask(
    Desk { page, actor, db, .. }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    let (order, _) = own(&db, &buyer(&actor), *id).await?;
    let mut form = Form::filled(fields);
    let reason = form.required_text(&page, "reason", 2_000);
    let currency = order.price.currency();
    let amount = if order.status == Status::AwaitingConfirmation {
        form.amount(&page, "amount", currency)
    } else {
        Some(order.price)
    };
    if amount.is_some_and(|m| m.amount() > order.price.amount()) {
        form.wrong("amount", page.t1("refund-amount-wrong", "price", page.money(&order.price)));
    }
    let (Some(amount), true) = (amount, form.is_ok()) else {
        let shown = refund_page(page, &actor, &db, *id, Some(form)).await?;
        return html_refused(&shown);
    };
    let done = commands::ask(&db, *id, buyer(&actor), amount, &reason).await;
    done.map_err(staying(&format!("/orders/{id}")))?;
    Ok(see_other(&format!("/orders/{id}/refund?done=refund-asked")))
}

/// `POST /orders/{id}/refund/withdraw`: the buyer withdraws.
/// Answers 404 for another's order, 409 when nothing is open.
pub async fn withdraw(actor: Actor, db: Data<Db>, id: Path<Uuid>, _: Posted) -> PageResult {
    let done = commands::withdraw(&db, *id, buyer(&actor)).await;
    done.map_err(staying(&format!("/orders/{id}")))?;
    Ok(see_other(&format!("/orders/{id}?done=refund-withdrawn")))
}

/// `POST /orders/{id}/refund/agree`: the merchant agrees, and gives the money away.
/// Answers 404 for another's order, 409 when nothing is open.
pub async fn agree(actor: Actor, db: Data<Db>, id: Path<Uuid>, _: Posted) -> PageResult {
    if !actor.0.is_fresh() {
        return Ok(step_up(&format!("/orders/{id}/refund")));
    }
    let done = commands::agree(&db, *id, merchant(&actor)).await;
    done.map_err(staying(&format!("/merchant/orders/{id}")))?;
    Ok(see_other(&format!("/merchant/orders/{id}?done=refund-agreed")))
}

/// `POST /orders/{id}/refund/decline`: the merchant says no.
/// Answers 404 for another's order, 409 when nothing is open.
pub async fn decline(
    Desk { page, actor, db, .. }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    own(&db, &merchant(&actor), *id).await?;
    let mut form = Form::filled(fields);
    let reason = form.required_text(&page, "decline_reason", 2_000);
    if !form.is_ok() {
        let shown = refund_page(page, &actor, &db, *id, Some(form)).await?;
        return html_refused(&shown);
    }
    let done = commands::decline(&db, *id, merchant(&actor), &reason).await;
    done.map_err(staying(&format!("/merchant/orders/{id}")))?;
    Ok(see_other(&format!("/merchant/orders/{id}?done=refund-declined")))
}
