//! What the buyer sees and does.

use actix_web::web::{Data, Path};
use askama::Template;
use uuid::Uuid;

use super::lists::{Before, Line, PAGE, lines, older};
use super::money_movements::MoneyMovements;
use super::view::{self, Facts, Reader, View};
use crate::accounts::actor::{Actor, Desk, step_up};
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::orders::access::{buyer, own, person, staying};
use crate::orders::actions::{Action, Actions, actions, allow};
use crate::orders::change::{Order, Side};
use crate::orders::commands::{self, OrderError, act};
use crate::orders::self_dealing::Link;
use crate::orders::state;
use crate::orders::store::{self, Key, Summary};
use crate::trust;
use crate::web::error::PageError;
use crate::web::form::Posted;
use crate::web::page::{Page, PageResult, html, see_other};
use crate::web::query::Query;

#[derive(Template)]
#[template(path = "orders/buyer_list.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
    waiting: usize,
    newer: Option<String>,
    older: Option<String>,
}

/// `GET /orders`: what I bought.
pub async fn list(Desk { page, actor, db, .. }: Desk, query: Query<Before>) -> PageResult {
    // What was paid with this address before there was an account belongs to it.
    let email = Email::parse(&actor.0.email).ok().filter(|_| actor.0.email_confirmed);
    if let Some(email) = &email {
        commands::claim_all(&db, email, actor.0.user_id, actor.0.origin_id).await?;
    }
    let me = (actor.0.user_id, email.as_ref().map(Email::as_str));
    let mut orders = store::list_of_buyer(&db, me, query.before, PAGE + 1).await?;
    let older = older("/orders?", &mut orders);
    let mut ids: Vec<i64> = orders.iter().map(|o| o.merchant_id).collect();
    ids.dedup();
    let merchants = trust::merchants_by_ids(&db, &ids).await?;
    let name = |order: &Summary| {
        merchants.get(&order.merchant_id).map_or_else(String::new, |m| m.name.clone())
    };
    let waiting = store::to_confirm_count(&db, me.0).await?;
    let newer = query.before.map(|_| "/orders".to_owned());
    html(&ListPage { lines: lines(&page, orders, name), waiting, newer, older, page })
}

#[derive(Template)]
#[template(path = "orders/buyer_show.html")]
struct ShowPage {
    page: Page,
    order: Order,
    view: View,
    merchant: trust::Merchant,
    moved: MoneyMovements,
    /// What connects the parties.
    links: Vec<Link>,
    may: Actions,
    /// The payment link.
    pay: String,
}

/// What connects the parties of an order: only of one that is not covered has it to be asked.
pub async fn links_of(db: &Db, order: &Order) -> Result<Vec<Link>, DbError> {
    if order.covered || order.paid_at.is_none() {
        return Ok(Vec::new());
    }
    store::links_of(db, order.id).await
}

/// The merchant of an order.
pub async fn merchant_of(db: &Db, order: &Order) -> Result<trust::Merchant, PageError> {
    trust::merchant(db, order.merchant_id).await?.ok_or_else(PageError::not_found)
}

/// `GET /orders/{id}`. A member of the merchant is sent to the merchant's page of the order.
/// Answers 404 for another's order.
pub async fn show(Desk { page, actor, db, config }: Desk, id: Path<Uuid>) -> PageResult {
    let (order, now) = store::find(&db, Key::Public(*id)).await?;
    let reader = person(&actor);
    if !reader.is_buyer_of(&order) {
        if reader.is_merchant_of(&order) {
            return Ok(see_other(&format!("/merchant/orders/{id}")));
        }
        return Err(PageError::not_found());
    }
    let events = store::events(&db, order.id).await?;
    let merchant = merchant_of(&db, &order).await?;
    let facts =
        Facts { order: &order, events: &events, merchant: &merchant.name, reader: Reader::Buyer };
    let view = view::view(&page, &facts);
    let moved = MoneyMovements::of(&db, &order).await?;
    let links = links_of(&db, &order).await?;
    // It was mailed to the reader's confirmed address; here it is where the reader looks for it.
    let pay = commands::payment_link(&config.key, order.public_id);
    let may = actions(&order, Side::Buyer, now);
    html(&ShowPage { page, view, merchant, moved, links, may, pay, order })
}

#[derive(Template)]
#[template(path = "orders/confirm.html")]
struct ConfirmPage {
    page: Page,
    order: Order,
    merchant: trust::Merchant,
}

/// `GET /orders/{id}/confirm`: what confirming means, and the button.
/// Answers 404 for another's order, 409 when there is nothing to confirm.
pub async fn confirm_page(Desk { page, actor, db, .. }: Desk, id: Path<Uuid>) -> PageResult {
    let (order, now) = own(&db, &buyer(&actor), *id).await?;
    allow(&order, Action::Confirm, Side::Buyer, now)
        .map_err(OrderError::from)
        .map_err(staying(&format!("/orders/{id}")))?;
    if !actor.0.is_fresh() {
        return Ok(step_up(&format!("/orders/{id}/confirm")));
    }
    let merchant = merchant_of(&db, &order).await?;
    html(&ConfirmPage { page, order, merchant })
}

/// `POST /orders/{id}/confirm`: releases the money.
/// Answers 404 for another's order, 409 when somebody else was faster.
pub async fn confirm(actor: Actor, db: Data<Db>, id: Path<Uuid>, _: Posted) -> PageResult {
    if !actor.0.is_fresh() {
        return Ok(step_up(&format!("/orders/{id}/confirm")));
    }
    let done = act(&db, *id, buyer(&actor), state::confirm).await;
    done.map_err(staying(&format!("/orders/{id}")))?;
    Ok(see_other(&format!("/orders/{id}?done=order-confirmed")))
}

/// `POST /orders/{id}/cancel`.
/// Answers 404 for another's order, 409 when it may not be cancelled.
pub async fn cancel(actor: Actor, db: Data<Db>, id: Path<Uuid>, _: Posted) -> PageResult {
    let done = act(&db, *id, buyer(&actor), state::cancel).await;
    done.map_err(staying(&format!("/orders/{id}")))?;
    Ok(see_other(&format!("/orders/{id}?done=order-cancelled")))
}

/// `POST /orders/{id}/extension`: asks for more time to confirm.
/// Answers 404 for another's order, 409 when it was asked before.
pub async fn ask_extension(actor: Actor, db: Data<Db>, id: Path<Uuid>, _: Posted) -> PageResult {
    let done = act(&db, *id, buyer(&actor), state::ask_extension).await;
    done.map_err(staying(&format!("/orders/{id}")))?;
    Ok(see_other(&format!("/orders/{id}?done=extension-asked")))
}
