//! Who proves to be the buyer takes the order into an account.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use crate::accounts::actor::{Actor, Desk};
use crate::db::Db;
use crate::kernel::signing;
use crate::orders::change::Order;
use crate::orders::commands;
use crate::orders::store::{self, Key};
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::Posted;
use crate::web::page::{Page, PageResult, html, see_other};
use crate::web::query::Query;

/// The key of a mailed claim.
#[derive(Debug, Deserialize)]
pub struct ClaimQuery {
    /// The key; the browser that paid needs none.
    #[serde(default)]
    pub key: String,
}

/// The cookie of the browser that began a payment: one for each, so that another attempt in the
/// same browser takes nothing from the one that paid.
fn payer_cookie(payment: Uuid, secure: bool) -> String {
    let name = format!("surety_paid_{}", payment.simple());
    if secure { format!("__Host-{name}") } else { name }
}

/// What the browser gets that begins a payment.
pub(super) fn payer_proof(config: &WebConfig, payment: Uuid) -> Cookie<'static> {
    let secure = config.http.secure();
    let proof = commands::payer_key(&config.key, payment);
    Cookie::build(payer_cookie(payment, secure), proof)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .finish()
}

/// Whether this browser began a payment.
pub(super) fn began(request: &HttpRequest, config: &WebConfig, payment: Uuid) -> bool {
    let right = commands::payer_key(&config.key, payment);
    request
        .cookie(&payer_cookie(payment, config.http.secure()))
        .is_some_and(|c| signing::same(c.value(), &right))
}

#[derive(Template)]
#[template(path = "orders/claim.html")]
struct ClaimPage {
    page: Page,
    order: Order,
    key: String,
}

/// What makes a request the buyer's.
enum Proof {
    /// The key that was mailed to this address.
    Mailed(String),
    /// Its browser began the very payment that paid the order.
    Browser,
}

impl Proof {
    /// The address that has to be the order's still.
    fn address(&self) -> Option<&str> {
        match self {
            Self::Mailed(email) => Some(email),
            Self::Browser => None,
        }
    }
}

/// How a request proves to be the buyer's, if it does. Who began another payment than the one that
/// paid has proved nothing: everybody who knows the payment link can begin one.
async fn proof(
    request: &HttpRequest,
    db: &Db,
    config: &WebConfig,
    order: &Order,
    given: &str,
) -> Result<Option<Proof>, PageError> {
    let Some(email) = order.buyer_email.as_deref() else { return Ok(None) };
    if signing::same(given, &commands::claim_key(&config.key, order.public_id, email)) {
        return Ok(Some(Proof::Mailed(email.to_owned())));
    }
    Ok(paid_here(request, db, config, order).await?.then_some(Proof::Browser))
}

/// Whether this browser began the very payment that paid an order.
pub(super) async fn paid_here(
    request: &HttpRequest,
    db: &Db,
    config: &WebConfig,
    order: &Order,
) -> Result<bool, PageError> {
    let paid_by = store::paid_by(db, order.id).await?;
    Ok(paid_by.is_some_and(|payment| began(request, config, payment)))
}

/// `GET /orders/{id}/claim`: the buyer takes the order into the account. A mail scanner that
/// follows the link changes nothing.
/// Answers 404 without a proof.
pub async fn show(
    Desk { page, actor, db, config }: Desk,
    request: HttpRequest,
    id: Path<Uuid>,
    query: Query<ClaimQuery>,
) -> PageResult {
    let (order, _) = store::find(&db, Key::Public(*id)).await?;
    if order.buyer_id == Some(actor.0.user_id) {
        return Ok(see_other(&format!("/orders/{id}")));
    }
    let key = query.into_inner().key;
    if order.buyer_id.is_some() || proof(&request, &db, &config, &order, &key).await?.is_none() {
        return Err(PageError::not_found());
    }
    html(&ClaimPage { page, order, key })
}

/// `POST /orders/{id}/claim`.
/// Answers 404 without a proof, 409 when the order has its buyer.
pub async fn claim(
    request: HttpRequest,
    actor: Actor,
    db: Data<Db>,
    config: Data<WebConfig>,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    let (order, _) = store::find(&db, Key::Public(*id)).await?;
    let proof = proof(&request, &db, &config, &order, fields.get("key")).await?;
    let proof = proof.ok_or_else(PageError::not_found)?;
    let by = (actor.0.user_id, actor.0.origin_id);
    commands::claim(&db, Key::Public(*id), by, proof.address()).await?;
    Ok(see_other(&format!("/orders/{id}?done=order-claimed")))
}
