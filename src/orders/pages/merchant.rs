//! What the merchant sees and does.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;
use strum::VariantArray;
use uuid::Uuid;

use super::buyer::{links_of, merchant_of};
use super::lists::{Line, PAGE, lines, older};
use super::money_movements::MoneyMovements;
use super::view::{self, Facts, Reader, View};
use crate::accounts::actor::{Actor, Desk, step_up};
use crate::db::Db;
use crate::kernel::email::Email;
use crate::kernel::money::{Currency, Money, MoneyError};
use crate::kernel::time::Timestamp;
use crate::kernel::typed;
use crate::orders::access::{merchant, own, staying};
use crate::orders::actions::{Action, Actions, actions, days_left};
use crate::orders::change::{Delivery, Order, Refused, Side, Status, Terms};
use crate::orders::commands::{self, Offer, OrderError, act};
use crate::orders::policy::{Channel, DeliveryKind, Policy};
use crate::orders::self_dealing::Link;
use crate::orders::state;
use crate::orders::store::{self, Filter};
use crate::trust;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused, html_with, see_other};
use crate::web::query::{Query, chosen};
use crate::web::throttle::{Limit, address_key, allow};

/// What a merchant's list shows.
#[derive(Debug, Deserialize)]
pub struct ListQuery {
    before: Option<i64>,
    #[serde(default)]
    show: String,
}

const FILTERS: [(&str, Filter); 5] = [
    ("all", Filter::All),
    ("to-deliver", Filter::In(Status::AwaitingDelivery)),
    ("with-buyer", Filter::In(Status::AwaitingConfirmation)),
    ("completed", Filter::In(Status::Completed)),
    ("closed", Filter::In(Status::Closed)),
];

#[derive(Template)]
#[template(path = "orders/merchant_list.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
    to_deliver: usize,
    /// The filters, and whether each is the one in use.
    filters: [(&'static str, bool); 5],
    newer: Option<String>,
    older: Option<String>,
}

/// `GET /merchant/orders`.
pub async fn list(Desk { page, actor, db, .. }: Desk, query: Query<ListQuery>) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let named = |name: &str| FILTERS.into_iter().find(|(filter, _)| *filter == name);
    let (shown, filter) = chosen(&query.show, named)?.unwrap_or(FILTERS[0]);
    let mut orders =
        store::list_of_merchant(&db, merchant_id, filter, query.before, PAGE + 1).await?;
    let to_deliver = store::open_count(&db, merchant_id, Status::AwaitingDelivery).await?;
    let path = format!("/merchant/orders?show={shown}");
    let older = older(&format!("{path}&"), &mut orders);
    let newer = query.before.map(|_| path);
    let lines = lines(&page, orders, |_| String::new());
    let filters = FILTERS.map(|(name, _)| (name, name == shown));
    html(&ListPage { page, lines, to_deliver, filters, newer, older })
}

#[derive(Template)]
#[template(path = "orders/merchant_new.html")]
struct NewPage {
    page: Page,
    form: Form,
    currencies: Vec<(&'static str, String)>,
    conditions: Vec<(&'static str, String)>,
    kinds: Vec<(&'static str, String)>,
    /// What the order comes to, before it is made.
    sums: Option<Sums>,
}

struct Sums {
    price: Money,
    fee: Money,
    /// What the merchant receives.
    received: Money,
}

impl Sums {
    fn of(policy: &Policy, price: Money) -> Result<Self, MoneyError> {
        let fee = policy.fee(price)?;
        Ok(Self { price, fee, received: price.minus(fee)? })
    }
}

/// The currencies that orders may be made in.
const CURRENCIES: [&str; 5] = ["CNY", "EUR", "GBP", "JPY", "USD"];

/// A currency in the reader's words, with its code.
pub(super) fn currency_words(page: &Page, code: &'static str) -> String {
    match CURRENCIES.contains(&code) {
        true => page.t(format!("currency-{code}")),
        false => code.to_owned(),
    }
}

const CONDITIONS: [&str; 4] = ["new", "as-new", "used", "defective"];

fn delivery_kinds(page: &Page) -> Vec<(&'static str, String)> {
    let words = |kind: &DeliveryKind| (kind.into_str(), page.t(view::delivery_key(*kind)));
    DeliveryKind::VARIANTS.iter().map(words).collect()
}

fn new_page(page: Page, form: Form, sums: Option<Sums>) -> NewPage {
    let conditions =
        CONDITIONS.into_iter().map(|c| (c, page.t(format!("condition-{c}")))).collect();
    let currencies = CURRENCIES.into_iter().map(|c| (c, currency_words(&page, c))).collect();
    NewPage { kinds: delivery_kinds(&page), page, form, currencies, conditions, sums }
}

/// `GET /merchant/orders/new`.
pub async fn new_form(page: Page) -> PageResult {
    let chosen = [("currency", "CNY"), ("condition", "used"), ("delivery", "express")];
    let form = Form::filled(Fields::from_pairs(&chosen)).with_idempotency_key();
    html(&new_page(page, form, None))
}

/// The price of a form, or what is wrong with it.
fn price(page: &Page, form: &mut Form, policy: &Policy) -> Result<Option<Money>, MoneyError> {
    let code = form.value("currency").to_owned();
    let currency = CURRENCIES.contains(&code.as_str()).then(|| Currency::parse(&code).ok());
    let Some(currency) = currency.flatten() else {
        form.wrong("currency", page.t("form-choose"));
        return Ok(None);
    };
    let price = form.amount(page, "price", currency);
    let most = policy.price_max(currency)?;
    if price.is_some_and(|price| price.amount() > most.amount()) {
        form.wrong("price", page.t1("new-order-price-max", "most", page.money(&most)));
        return Ok(None);
    }
    Ok(price)
}

/// Orders of one merchant that mail somebody.
const MAILS_OF_MERCHANT: Limit = Limit { hits: 200, window: HOUR };
/// Orders that mail one address, whoever makes them.
const MAILS_TO_BUYER: Limit = Limit { hits: 20, window: HOUR };
/// Orders that a merchant without a badge mails a day to people who never bought there; one more
/// for each order that it has completed.
const STRANGERS_A_DAY: i32 = 5;
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether one more order may mail its link: what is in it is the merchant's to choose, so nobody
/// is flooded with it. The text that says why not.
async fn mail_refusal(
    db: &Db,
    config: &WebConfig,
    merchant_id: i64,
    to: &Email,
) -> Result<Option<&'static str>, PageError> {
    if !allow(db, &format!("order-mails:merchant:{merchant_id}"), MAILS_OF_MERCHANT).await? {
        return Ok(Some("new-order-too-many-mails"));
    }
    let known = store::acquaintance(db, merchant_id, to.as_str()).await?;
    if !known.has_bought && !trust::is_covered(db, merchant_id).await? {
        let limit = Limit { hits: STRANGERS_A_DAY + known.completed, window: DAY };
        if !allow(db, &format!("order-mails:strangers:{merchant_id}"), limit).await? {
            return Ok(Some("new-order-too-many-strangers"));
        }
    }
    let buyer = address_key("order-mails", &config.key, to.as_str());
    let may = allow(db, &buyer, MAILS_TO_BUYER).await?;
    Ok((!may).then_some("new-order-too-many-to-buyer"))
}

/// `POST /merchant/orders/new`: says what the order comes to; then makes it and mails the payment
/// link.
pub async fn create(Desk { page, actor, db, config }: Desk, Posted(fields): Posted) -> PageResult {
    let merchant_id = actor.merchant_id()?;
    let mut form = Form::filled(fields);
    let public_id = form.idempotency_key()?;
    let title = form.required(&page, "title", 120);
    form.without_links(&page, "title");
    let terms = Terms {
        description: form.required_text(&page, "description", 4_000),
        condition: form.value("condition").to_owned(),
        delivery: form.value("delivery").parse().ok(),
    };
    if !CONDITIONS.contains(&terms.condition.as_str()) {
        form.wrong("condition", page.t("form-choose"));
    }
    if terms.delivery.is_none() {
        form.wrong("delivery", page.t("form-choose"));
    }
    let policy = store::current_policy(&db, Channel::GOODS).await?;
    let price = price(&page, &mut form, &policy).map_err(PageError::internal)?;
    let typed = form.value("buyer_email").trim().to_owned();
    let buyer_email = Email::parse(&typed).ok();
    if buyer_email.is_none() && !typed.is_empty() {
        form.wrong("buyer_email", page.t("form-email"));
    }
    let (Some(price), true) = (price, form.is_ok()) else {
        return html_refused(&new_page(page, form, None));
    };
    let sums = Sums::of(&policy, price).map_err(PageError::internal)?;
    // Made is what was looked at: a price that was changed since is shown anew.
    let seen = form.value("seen");
    if form.is("step", "check") || !(seen.is_empty() || seen == price.amount().to_string()) {
        return html(&new_page(page, form, Some(sums)));
    }
    if let Some(email) = &buyer_email
        && let Some(why) = mail_refusal(&db, &config, merchant_id, email).await?
    {
        form.wrong("buyer_email", page.t(why));
        return html_with(StatusCode::TOO_MANY_REQUESTS, &new_page(page, form, Some(sums)));
    }
    let merchant = trust::merchant(&db, merchant_id).await?.ok_or_else(PageError::not_found)?;
    let offer = Offer {
        channel: Channel::GOODS,
        public_id,
        merchant: (merchant_id, &merchant.name),
        covered: trust::is_covered(&db, merchant_id).await?,
        buyer_email: buyer_email.as_ref(),
        title: &title,
        terms,
        price,
        time_zone: &actor.0.time_zone,
        by: (actor.0.user_id, actor.0.origin_id),
    };
    // An id that another merchant's order has leads to a page that this one cannot see.
    let own_page = format!("/merchant/orders/{public_id}");
    let created = commands::create(&db, &config.key, &offer).await;
    let created = created.map_err(staying(&own_page))?;
    Ok(see_other(&format!("/merchant/orders/{}?done=order-created", created.public_id)))
}

#[derive(Template)]
#[template(path = "orders/merchant_show.html")]
struct ShowPage {
    page: Page,
    order: Order,
    view: View,
    link: Option<String>,
    deliver: Form,
    extend: Form,
    kinds: Vec<(&'static str, String)>,
    moved: MoneyMovements,
    /// What connects the parties.
    links: Vec<Link>,
    may: Actions,
}

async fn show_page(
    page: Page,
    db: &Db,
    config: &WebConfig,
    (mut order, now): (Order, Timestamp),
    (deliver, extend): (Form, Form),
) -> Result<ShowPage, PageError> {
    if order.status == Status::AwaitingPayment {
        order.covered = trust::is_covered(db, order.merchant_id).await?;
    }
    let events = store::events(db, order.id).await?;
    let shop = merchant_of(db, &order).await?;
    let facts =
        Facts { order: &order, events: &events, merchant: &shop.name, reader: Reader::Merchant };
    let view = view::view(&page, &facts);
    let link = (order.status == Status::AwaitingPayment)
        .then(|| config.http.absolute(&commands::payment_link(&config.key, order.public_id)));
    let kinds = delivery_kinds(&page);
    let moved = MoneyMovements::of(db, &order).await?;
    let links = links_of(db, &order).await?;
    let may = actions(&order, Side::Merchant, now);
    Ok(ShowPage { page, view, link, deliver, extend, kinds, moved, links, may, order })
}

/// `GET /merchant/orders/{id}`.
/// Answers 404 for another's order.
pub async fn show(Desk { page, actor, db, config }: Desk, id: Path<Uuid>) -> PageResult {
    let (order, now) = own(&db, &merchant(&actor), *id).await?;
    let forms = (Form::filled(Fields::from_pairs(&[("kind", "express")])), Form::new());
    html(&show_page(page, &db, &config, (order, now), forms).await?)
}

/// `POST /merchant/orders/{id}/deliver`.
/// Answers 404 for another's order, 409 when it cannot be delivered now.
pub async fn deliver(
    Desk { page, actor, db, config }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    let (order, now) = own(&db, &merchant(&actor), *id).await?;
    let mut form = Form::filled(fields);
    let typed = form.value("kind");
    let kind = match order.terms.delivery {
        Some(agreed) if typed.is_empty() || typed == agreed.into_str() => Some(agreed),
        Some(_) => {
            let refused = OrderError::Refused(Refused::OtherDelivery);
            return Err(staying(&format!("/merchant/orders/{id}"))(refused));
        }
        None => typed.parse().ok(),
    };
    let tracked = kind.is_some_and(DeliveryKind::is_tracked);
    let carrier = form.optional(&page, "carrier", 80);
    let tracking = form.optional(&page, "tracking", 80);
    form.without_links(&page, "carrier");
    form.without_links(&page, "tracking");
    for (name, text) in [("carrier", &carrier), ("tracking", &tracking)] {
        if tracked && text.is_empty() {
            form.wrong(name, page.t("form-required"));
        }
    }
    let (Some(kind), true) = (kind, form.is_ok()) else {
        if kind.is_none() {
            form.wrong("kind", page.t("form-choose"));
        }
        let shown = show_page(page, &db, &config, (order, now), (form, Form::new())).await?;
        return html_refused(&shown);
    };
    let delivery = if tracked {
        Delivery { kind, carrier, tracking }
    } else {
        Delivery { kind, carrier: String::new(), tracking: String::new() }
    };
    let done = act(&db, *id, merchant(&actor), |order, party, now| {
        state::deliver(order, party, &delivery, now)
    })
    .await;
    done.map_err(staying(&format!("/merchant/orders/{id}")))?;
    Ok(see_other(&format!("/merchant/orders/{id}?done=order-delivered")))
}

/// `POST /merchant/orders/{id}/extend`.
/// Answers 404 for another's order, 409 when no more days can be granted.
pub async fn extend(
    Desk { page, actor, db, config }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    let (order, now) = own(&db, &merchant(&actor), *id).await?;
    let mut form = Form::filled(fields);
    let max = days_left(&order);
    let days: Option<i32> = typed::number(form.value("days")).filter(|d| (1..=max).contains(d));
    let Some(days) = days else {
        form.wrong("days", page.t1("form-days", "max", max.max(1)));
        let shown = show_page(page, &db, &config, (order, now), (Form::new(), form)).await?;
        return html_refused(&shown);
    };
    let done =
        act(&db, *id, merchant(&actor), |order, party, now| state::extend(order, party, days, now))
            .await;
    done.map_err(staying(&format!("/merchant/orders/{id}")))?;
    Ok(see_other(&format!("/merchant/orders/{id}?done=order-extended")))
}

/// `POST /merchant/orders/{id}/cancel`: everything goes back to the buyer.
/// Answers 404 for another's order, 409 when it has been delivered.
pub async fn cancel(actor: Actor, db: Data<Db>, id: Path<Uuid>, _: Posted) -> PageResult {
    if !actor.0.is_fresh() {
        return Ok(step_up(&format!("/merchant/orders/{id}")));
    }
    let done = act(&db, *id, merchant(&actor), state::cancel).await;
    done.map_err(staying(&format!("/merchant/orders/{id}")))?;
    Ok(see_other(&format!("/merchant/orders/{id}?done=order-cancelled")))
}
