//! Back from the bank: what has come of the payment.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::buyer::merchant_of;
use super::claim::began;
use crate::db::Db;
use crate::orders::change::{Order, Outcome, Status};
use crate::orders::commands;
use crate::orders::store::{self, Attempt, Key};
use crate::payments::Payments;
use crate::payments::gateway::PaymentStatus;
use crate::trust;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::identity::Identity;
use crate::web::page::{Page, PageResult, html, see_other};
use crate::web::query::Query;

/// Of which attempt to pay the payer comes back.
#[derive(Debug, Deserialize)]
pub struct PaidQuery {
    /// Our reference of it; without it the one that paid.
    pub payment: Option<Uuid>,
}

/// What has come of a payment.
enum Came {
    /// It is held.
    Held,
    /// It paid an order that has ended since.
    Ended,
    /// No order could take it.
    Back,
    /// The bank refused it.
    Refused,
    /// Nothing has come, and nothing may come any more.
    TooLate,
    /// The payer has yet to pay, or the bank to finish.
    Open,
    /// The bank has it; its notice is on the way.
    Waiting,
}

impl Came {
    /// Whether looking again may show more.
    const fn may_change(&self) -> bool {
        matches!(self, Self::Open | Self::Waiting)
    }
}

#[derive(Template)]
#[template(path = "orders/paid.html")]
struct PaidPage {
    page: Page,
    came: Came,
    /// What is bought.
    title: String,
    /// The state in one sentence, and what follows from it.
    lead: String,
    then: String,
    /// The order's claim, when this payment paid it.
    claim: Option<String>,
    /// The address that the proof was mailed to, while it can be corrected, and where.
    mailed: Option<(String, String)>,
    /// The checkout, when the order can still be paid.
    again: Option<String>,
    /// This page.
    here: String,
}

fn lead(page: &Page, came: &Came, order: &Order, merchant: &str, attempt: &Attempt) -> String {
    let price = page.money(&order.price);
    match (came, attempt) {
        (Came::Held, _) => page.t2("paid-heading", "price", price, "merchant", merchant),
        (Came::Ended, _) => match order.outcome {
            Some(Outcome::Released) => page.t1("paid-ended-released", "merchant", merchant),
            Some(Outcome::Split) => page.t("paid-ended-split"),
            _ => page.t1("paid-ended-returned", "price", price),
        },
        (Came::Back, Attempt::SentBack(amount, because)) => page.t2(
            "paid-back",
            "amount",
            page.money(amount),
            "because",
            page.t(page.key("unmatched", because)),
        ),
        (Came::Refused, _) => page.t("paid-refused"),
        (Came::TooLate, _) if order.paid_at.is_some() => page.t("paid-too-late-paid"),
        (Came::TooLate, _) => page.t("paid-too-late-closed"),
        (Came::Open, _) => page.t("paid-open"),
        (Came::Back | Came::Waiting, _) => page.t("paid-waiting"),
    }
}

fn then(page: &Page, came: &Came, may_pay: bool, is_paid: bool) -> String {
    page.t(match came {
        Came::Held => "paid-follow",
        Came::Ended => "paid-ended-how",
        Came::Back if may_pay => "paid-back-again",
        Came::Back => "paid-back-how",
        Came::Refused if may_pay => "paid-refused-again",
        Came::TooLate if !is_paid => "paid-too-late-closed-how",
        Came::Refused | Came::TooLate => "paid-nothing-charged",
        Came::Open => "paid-open-how",
        Came::Waiting => "paid-waiting-how",
    })
}

/// `GET /orders/{id}/paid`: back from the bank. Only the browser that began the payment sees
/// anything here.
/// Answers 404 for any other browser.
pub async fn show(
    request: HttpRequest,
    page: Page,
    db: Data<Db>,
    config: Data<WebConfig>,
    payments: Data<Payments>,
    id: Path<Uuid>,
    query: Query<PaidQuery>,
) -> PageResult {
    let (order, _) = store::find(&db, Key::Public(*id)).await?;
    let reference = match query.payment {
        Some(reference) => Some(reference),
        None => store::paid_by(&db, order.id).await?,
    };
    let began = reference.filter(|reference| began(&request, &config, *reference));
    let attempt = match began {
        Some(reference) => store::attempt(&db, order.id, reference).await?.zip(began),
        None => None,
    };
    let is_buyers = Identity::of(&request).is_some_and(|v| order.buyer_id == Some(v.user_id));
    let Some((attempt, reference)) = attempt else {
        let own = is_buyers.then(|| see_other(&format!("/orders/{id}")));
        return own.ok_or_else(PageError::not_found);
    };
    let may_pay = order.status == Status::AwaitingPayment;
    let came = match attempt {
        Attempt::Paid if is_buyers => return Ok(see_other(&format!("/orders/{id}"))),
        Attempt::Paid if order.status.is_held() => Came::Held,
        Attempt::Paid => Came::Ended,
        Attempt::SentBack(..) => Came::Back,
        Attempt::Nothing => match payments.gateway.status(reference).await {
            Ok(PaymentStatus::Refused) => Came::Refused,
            Ok(PaymentStatus::Open) if !may_pay => Came::TooLate,
            Ok(PaymentStatus::Open) => Came::Open,
            Ok(PaymentStatus::Paid(_)) => Came::Waiting,
            Err(error) => {
                tracing::warn!(%error, "the provider does not say where a payment stands");
                Came::Waiting
            }
        },
    };
    let merchant: trust::Merchant = merchant_of(&db, &order).await?;
    let waiting = matches!(came, Came::Waiting);
    let claimable = matches!(came, Came::Held | Came::Ended) && order.buyer_id.is_none();
    html(&PaidPage {
        lead: lead(&page, &came, &order, &merchant.name, &attempt),
        then: then(&page, &came, may_pay, order.paid_at.is_some()),
        mailed: order
            .buyer_email
            .as_ref()
            .filter(|_| claimable)
            .map(|email| (email.clone(), format!("/orders/{id}/address"))),
        claim: claimable.then(|| format!("/orders/{id}/claim")),
        again: (may_pay && !waiting).then(|| commands::payment_link(&config.key, *id)),
        here: format!("/orders/{id}/paid?payment={reference}"),
        title: order.title,
        came,
        page,
    })
}
