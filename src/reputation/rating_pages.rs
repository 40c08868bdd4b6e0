//! `/orders/{id}/rating`: the buyer rates and the merchant replies. Each reads the other's words
//! once both have written or seven days have passed.

use actix_web::web::Path;
use askama::Template;
use uuid::Uuid;

use super::commands::{self, CreditError};
use super::rating::{self, MARK_MAX, Marks, Refused, WORDS_MAX};
use super::store::ratings::Rating;
use crate::accounts::actor::{Actor, Desk};
use crate::db::Db;
use crate::kernel::time::Timestamp;
use crate::orders::access::{buyer, merchant, own, staying};
use crate::orders::change::{Order, Status};
use crate::orders::{self, Key};
use crate::trust;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused, see_other};

impl Refused {
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::NotCompleted => "rating-refused-not-completed",
            Self::TooLate => "rating-refused-too-late",
            Self::SelfDealt => "rating-refused-self-dealt",
            Self::Rated => "rating-refused-rated",
            Self::NotRated => "rating-refused-not-rated",
            Self::Replied => "rating-refused-replied",
        }
    }
}

impl From<CreditError> for PageError {
    fn from(error: CreditError) -> Self {
        match error {
            CreditError::Refused(refused) => Self::conflict(refused.text_key()),
            CreditError::Order(error) => error.into(),
            CreditError::Lost => Self::conflict("order-refused-busy"),
            CreditError::Db(error) => error.into(),
        }
    }
}

/// The marks, in the order of the form.
const ASKED: [&str; 3] = ["goods", "service", "delivery"];

#[derive(Template)]
#[template(path = "reputation/rating.html")]
struct RatingPage {
    page: Page,
    order: Order,
    merchant: trust::Merchant,
    /// Otherwise the reader is a member of the merchant.
    is_buyer: bool,
    rating: Option<Rating>,
    refused: Option<Refused>,
    until: Option<Timestamp>,
    form: Form,
}

impl RatingPage {
    fn order_path(&self) -> String {
        let area = if self.is_buyer { "" } else { "/merchant" };
        format!("{area}/orders/{}", self.order.public_id)
    }

    /// Buyers may read their own rating at any time, the merchant only a published one.
    fn readable(&self) -> Option<&Rating> {
        self.rating.as_ref().filter(|r| self.is_buyer || r.published_at.is_some())
    }

    fn may_rate(&self) -> bool {
        self.is_buyer && self.rating.is_none() && self.refused.is_none()
    }

    fn may_reply(&self) -> bool {
        !self.is_buyer && self.rating.as_ref().is_some_and(|r| r.reply.is_none())
    }

    fn asked(&self) -> [&'static str; 3] {
        ASKED
    }

    fn marks(&self) -> impl Iterator<Item = i16> {
        (1..=MARK_MAX).rev()
    }

    fn lead(&self) -> String {
        let page = &self.page;
        let side = if self.is_buyer { "buyer" } else { "merchant" };
        let name = self.merchant.name.as_str();
        match (&self.rating, self.refused) {
            (Some(r), _) if r.reply.is_some() => page.t(format!("rating-lead-{side}-answered")),
            (Some(r), _) if r.published_at.is_some() => {
                page.t(format!("rating-lead-{side}-published"))
            }
            (Some(r), _) => {
                let key = format!("rating-lead-{side}-blind");
                page.t1(&key, "moment", page.when(&r.publish_at))
            }
            (None, None) => page.t1(&format!("rating-lead-{side}-open"), "merchant", name),
            (None, Some(why)) => page.t(why.text_key()),
        }
    }
}

/// Responds with 404 to anybody but the parties of the order.
async fn rating_page(
    page: Page,
    actor: &Actor,
    db: &Db,
    id: Uuid,
    form: Form,
) -> Result<RatingPage, PageError> {
    let (order, now) = orders::find(db, Key::Public(id)).await?;
    let is_buyer = order.buyer_id == Some(actor.0.user_id);
    if !is_buyer && actor.0.merchant_id != Some(order.merchant_id) {
        return Err(PageError::not_found());
    }
    let merchant = trust::merchant(db, order.merchant_id).await?;
    let merchant = merchant.ok_or_else(PageError::not_found)?;
    let rating = commands::rating_of(db, order.id).await?;
    let is_self_dealt =
        order.status == Status::Completed && !orders::links_of(db, order.id).await?.is_empty();
    let refused = rating::may_rate(&order, is_self_dealt, false, now).err();
    let until = rating::until(&order);
    Ok(RatingPage { page, merchant, is_buyer, rating, refused, until, form, order })
}

/// `GET /orders/{id}/rating`. Responds with 404 to anybody but the parties.
pub async fn show(Desk { page, actor, db, .. }: Desk, id: Path<Uuid>) -> PageResult {
    html(&rating_page(page, &actor, &db, *id, Form::new()).await?)
}

/// `POST /orders/{id}/rating`. Responds with 404 for an order of somebody else, with 409 if it
/// cannot be rated.
pub async fn rate(
    Desk { page, actor, db, .. }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    own(&db, &buyer(&actor), *id).await?;
    let mut form = Form::filled(fields);
    let given = ASKED.map(|name| {
        let mark = form.value(name).parse::<i16>().ok().filter(|m| (1..=MARK_MAX).contains(m));
        if mark.is_none() {
            form.wrong(name, page.t(format!("rating-missing-{name}")));
        }
        mark.unwrap_or_default()
    });
    let words = form.optional_text(&page, "words", WORDS_MAX);
    let marks = Marks::new(given[0], given[1], given[2]);
    let (Some(marks), true) = (marks, form.is_ok()) else {
        let shown = rating_page(page, &actor, &db, *id, form).await?;
        return html_refused(&shown);
    };
    let path = commands::path_of(*id);
    let done = commands::rate(&db, *id, actor.0.user_id, marks, &words).await;
    done.map_err(staying(&path))?;
    Ok(see_other(&format!("{path}?done=rated")))
}

/// `POST /orders/{id}/rating/reply`. Responds with 404 for an order of somebody else, with 409 if
/// there is no rating or a reply already.
pub async fn reply(
    Desk { page, actor, db, .. }: Desk,
    id: Path<Uuid>,
    Posted(fields): Posted,
) -> PageResult {
    let (order, _) = own(&db, &merchant(&actor), *id).await?;
    let mut form = Form::filled(fields);
    let words = form.required_text(&page, "reply", WORDS_MAX);
    if !form.is_ok() {
        let shown = rating_page(page, &actor, &db, *id, form).await?;
        return html_refused(&shown);
    }
    let path = commands::path_of(*id);
    let done = commands::reply(&db, *id, order.merchant_id, actor.0.user_id, &words).await;
    done.map_err(staying(&path))?;
    Ok(see_other(&format!("{path}?done=rating-answered")))
}
