//! Correcting the address that was typed at checkout: there, by the browser that paid, for as long
//! as nobody has taken the order into an account.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use askama::Template;
use uuid::Uuid;

use super::claim::paid_here;
use crate::db::Db;
use crate::kernel::email::Email;
use crate::orders::change::Order;
use crate::orders::commands;
use crate::orders::store::{self, Key};
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused, see_other};
use crate::web::throttle::{self, Limit};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Corrections of one order: each sends mails.
const CORRECTIONS: Limit = Limit { hits: 5, window: DAY };
/// Such mails to one address, whichever order they are about.
const TO_ADDRESS: Limit = Limit { hits: 5, window: Duration::from_secs(60 * 60) };

#[derive(Template)]
#[template(path = "orders/address.html")]
struct AddressPage {
    page: Page,
    order: Order,
    form: Form,
}

/// The order, if this very browser paid it.
async fn paid(
    request: &HttpRequest,
    db: &Db,
    config: &WebConfig,
    id: Uuid,
) -> Result<Order, PageError> {
    let (order, _) = store::find(db, Key::Public(id)).await?;
    if !paid_here(request, db, config, &order).await? {
        return Err(PageError::not_found());
    }
    if order.buyer_id.is_some() {
        let error = PageError::conflict("address-taken");
        return Err(error.with_way_on(&format!("/orders/{id}"), "error-way-order"));
    }
    Ok(order)
}

/// `GET /orders/{id}/address`.
/// Answers 404 for a browser that did not pay, 409 when the order has its buyer.
pub async fn show(
    request: HttpRequest,
    page: Page,
    db: Data<Db>,
    config: Data<WebConfig>,
    id: Path<Uuid>,
) -> PageResult {
    let order = paid(&request, &db, &config, *id).await?;
    let known = order.buyer_email.as_deref().unwrap_or_default();
    let form = Form::filled(Fields::from_pairs(&[("email", known)]));
    html(&AddressPage { page, order, form })
}

/// `POST /orders/{id}/address`.
/// Answers as [`show`] does, and 429 after too many.
pub async fn correct(
    request: HttpRequest,
    page: Page,
    db: Data<Db>,
    config: Data<WebConfig>,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    let order = paid(&request, &db, &config, *id).await?;
    let mut form = Form::filled(fields);
    let email = Email::parse(form.value("email")).ok();
    match &email {
        None => form.wrong("email", page.t("form-email")),
        Some(email) if order.buyer_email.as_deref() == Some(email.as_str()) => {
            form.wrong("email", page.t("address-same"));
        }
        Some(_) => {}
    }
    let Some(email) = email.filter(|_| form.is_ok()) else {
        return html_refused(&AddressPage { page, order, form });
    };
    let to = throttle::address_key("claim-mail", &config.key, email.as_str());
    if !throttle::allow(&db, &format!("address:order:{}", order.id), CORRECTIONS).await?
        || !throttle::allow(&db, &to, TO_ADDRESS).await?
    {
        let here = format!("/orders/{id}/paid");
        return Err(PageError::too_many().with_way_on(&here, "error-way-order"));
    }
    commands::correct_address(&db, Key::Public(*id), &email, page.locale).await?;
    Ok(see_other(&format!("/orders/{id}/paid?done=address-corrected")))
}
