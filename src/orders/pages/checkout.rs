//! The payment link, the way to the bank, and the provider's notices.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::buyer::merchant_of;
use super::claim::payer_proof;
use crate::accounts::{self, Device};
use crate::db::Db;
use crate::kernel::email::Email;
use crate::orders::change::{Order, Status};
use crate::orders::self_dealing::{self, Link, Payer};
use crate::orders::store::{self, Key};
use crate::orders::{commands, payment};
use crate::payments::Payments;
use crate::trust::{self, BadgeState, Tier};
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::identity::ClientAddress;
use crate::web::page::{Page, PageResult, html, html_refused, html_with, see_other};
use crate::web::query::Query;
use crate::web::throttle::{Limit, allow, network_key};

/// The key of a payment link.
#[derive(Debug, Deserialize)]
pub struct LinkQuery {
    /// The key.
    #[serde(default)]
    pub key: String,
}

#[derive(Template)]
#[template(path = "orders/checkout.html")]
struct CheckoutPage {
    page: Page,
    order: Order,
    merchant: trust::Merchant,
    /// State and tier of the shop's badge; none where none was ever granted.
    badge: Option<(BadgeState, Tier)>,
    /// What connects payer and merchant, as far as it is known before the payment.
    links: Vec<Link>,
    form: Form,
    key: String,
}

impl CheckoutPage {
    async fn new(
        page: Page,
        db: &Db,
        mut order: Order,
        links: Vec<Link>,
        form: Form,
        key: String,
    ) -> Result<Self, PageError> {
        order.covered = links.is_empty() && trust::is_covered(db, order.merchant_id).await?;
        let merchant = merchant_of(db, &order).await?;
        let badge = trust::badge(db, order.merchant_id).await?;
        let badge = badge.map(|badge| (badge.state_at(page.now), badge.tier));
        Ok(Self { page, order, merchant, badge, links, form, key })
    }

    /// How the shop stands: the kind and icon of a chip, and the key of its words.
    fn standing(&self) -> (&'static str, &'static str, String) {
        match self.badge {
            None => ("", "info", "badges-chip-none".to_owned()),
            Some((BadgeState::Active, tier)) => {
                ("done", "shield", format!("badges-chip-{}", tier.name()))
            }
            Some((state, _)) => ("bad", "alert", format!("badges-chip-{}", state.name())),
        }
    }

    /// The key of what a payer has to know of a shop whose badge does not stand.
    fn warning(&self) -> Option<String> {
        let (state, _) = self.badge.filter(|(state, _)| *state != BadgeState::Active)?;
        Some(format!("checkout-shop-{}", state.name()))
    }
}

/// What connects whoever is about to pay with the merchant.
async fn links(
    db: &Db,
    payments: &Payments,
    order: &Order,
    page: &Page,
    device: Option<Vec<u8>>,
) -> Result<Vec<Link>, PageError> {
    let user_id = page.viewer.as_ref().map(|v| v.user_id);
    let payer = Payer { user_id, device, account: None };
    let gateway = payments.gateway.as_ref();
    Ok(self_dealing::links_now(db, gateway, order.merchant_id, &payer).await?)
}

/// `GET /orders/{id}/pay?key=`: what is bought, from whom, and the way to the bank.
/// Answers 404 without the right key; a link that was used or has died says so.
pub async fn checkout(
    page: Page,
    db: Data<Db>,
    config: Data<WebConfig>,
    payments: Data<Payments>,
    device: Device,
    id: Path<Uuid>,
    query: Query<LinkQuery>,
) -> PageResult {
    let (order, _) = store::find(&db, Key::Public(*id)).await?;
    if !is_open(&config, &order, &query.key)? {
        return link_over(page, &db, &order).await;
    }
    let links = links(&db, &payments, &order, &page, device.fingerprint).await?;
    let email = page.viewer.as_ref().map_or("", |v| v.email.as_str());
    let known = order.buyer_email.as_deref().unwrap_or(email);
    let form = Form::filled(Fields::from_pairs(&[("email", known)]));
    let key = query.into_inner().key;
    html(&CheckoutPage::new(page, &db, order, links, form, key).await?)
}

/// A payment link that pays nothing any more.
#[derive(Template)]
#[template(path = "orders/link_over.html")]
struct LinkOverPage {
    page: Page,
    merchant: trust::Merchant,
    /// Whether the order was paid; else it was closed unpaid.
    is_paid: bool,
}

/// Says of a link whose order takes no money any more what became of it, and where to go on, to
/// whoever holds it: most have no account.
async fn link_over(page: Page, db: &Db, order: &Order) -> PageResult {
    let merchant = merchant_of(db, order).await?;
    let over = LinkOverPage { page, merchant, is_paid: order.paid_at.is_some() };
    html_with(StatusCode::GONE, &over)
}

/// Whether the order can be paid: the link only pays, and dies on payment.
/// Answers 404 without the right key.
fn is_open(config: &WebConfig, order: &Order, key: &str) -> Result<bool, PageError> {
    let link = commands::payment_link(&config.key, order.public_id);
    let right =
        link.rsplit_once("key=").is_some_and(|(_, own)| crate::kernel::signing::same(own, key));
    if !right {
        return Err(PageError::not_found());
    }
    Ok(order.status == Status::AwaitingPayment)
}

/// Attempts to pay one order, and from one network: each is kept, and the gateway asked about it.
const OF_ORDER: Limit = Limit { hits: 60, window: HOUR };
const OF_NETWORK: Limit = Limit { hits: 120, window: HOUR };
const HOUR: Duration = Duration::from_secs(60 * 60);

/// `POST /orders/{id}/pay`: begins the payment and sends the payer to the bank. What connects the
/// payer with the merchant, and was not said yet, is said first.
/// Answers 404 without the right key, 409 when the order takes no money any more, 429 after too
/// many attempts.
#[expect(clippy::too_many_arguments, reason = "extractors")]
pub async fn start(
    mut page: Page,
    db: Data<Db>,
    config: Data<WebConfig>,
    payments: Data<Payments>,
    device: Device,
    client: ClientAddress,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    let (order, now) = store::find(&db, Key::Public(*id)).await?;
    let key = fields.get("key").to_owned();
    if !is_open(&config, &order, &key)? {
        return link_over(page, &db, &order).await;
    }
    let fingerprint = device.fingerprint_or_new();
    if let (Some(viewer), Some(fingerprint)) = (&page.viewer, &fingerprint) {
        accounts::note_device(&db, viewer.user_id, fingerprint).await?;
    }
    let links = links(&db, &payments, &order, &page, fingerprint.clone()).await?;
    let mut form = Form::filled(fields);
    let email = Email::parse(form.value("email"));
    if email.is_err() {
        form.wrong("email", page.t("form-email"));
    }
    let is_told = links.is_empty() || form.is("told", "yes");
    let (Ok(email), true) = (email, is_told) else {
        // Without its key the page cannot be come back to.
        page.back = commands::payment_link(&config.key, order.public_id);
        return html_refused(&CheckoutPage::new(page, &db, order, links, form, key).await?);
    };
    let of_order = format!("pay:order:{}", order.id);
    if !allow(&db, &of_order, OF_ORDER).await?
        || !allow(&db, &network_key("pay", &client.0), OF_NETWORK).await?
    {
        return Err(PageError::too_many());
    }
    let buyer = page.viewer.as_ref().filter(|v| v.email == email.as_str()).map(|v| v.user_id);
    let back = config.http.absolute(&format!("/orders/{id}/paid"));
    let begun = payment::begin(
        &db,
        payments.gateway.as_ref(),
        (&order, now),
        (buyer, &email),
        page.locale.tag(),
        &back,
        fingerprint.as_deref(),
    )
    .await?;
    let mut answer = see_other(&begun.to);
    let proof = payer_proof(&config, begun.reference);
    answer.add_cookie(&proof).map_err(PageError::internal)?;
    Ok(answer)
}

/// `POST /payments/sandbox/notice`: the provider's notice. Its proof is its signature. The answer
/// is the word `success` only once the effect is committed.
/// Answers with a status and a word, never a page: it is read by a machine.
pub async fn sandbox_notice(db: Data<Db>, payments: Data<Payments>, body: Bytes) -> HttpResponse {
    if payments.sandbox.is_none() {
        return HttpResponse::NotFound().finish();
    }
    let notice = match payments.gateway.verify_notice(&body) {
        Ok(Some(notice)) => notice,
        Ok(None) => return HttpResponse::Ok().body("success"),
        Err(error) => {
            tracing::warn!(%error, "a notice was refused");
            return HttpResponse::BadRequest().body("fail");
        }
    };
    match payment::handle_payment_notification(&db, payments.gateway.as_ref(), &notice).await {
        Ok(taken) => {
            tracing::info!(?taken, reference = %notice.reference, "a notice was taken");
            HttpResponse::Ok().body("success")
        }
        Err(error) => {
            tracing::error!(%error, reference = %notice.reference, "a notice has to be repeated");
            HttpResponse::ServiceUnavailable().body("fail")
        }
    }
}
