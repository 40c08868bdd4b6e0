//! The SQL of ratings, replies and publication.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value as Json, json};

use super::unreadable;
use crate::db::batch::put_off;
use crate::db::schema::{rating_publications, rating_replies, ratings, ratings_to_publish};
use crate::db::{About, Conn, Db, DbError, Fetch, now_in, only, surety_now, tell_in};
use crate::kernel::time::Timestamp;
use crate::reputation::rating::Marks;
use crate::reputation::record::Published;

#[derive(Debug, Clone)]
pub struct Rating {
    pub id: i64,
    pub order_id: i64,
    pub merchant_id: i64,
    pub marks: Marks,
    pub words: String,
    pub rated_at: Timestamp,
    pub publish_at: Timestamp,
    pub published_at: Option<Timestamp>,
    pub reply: Option<(String, Timestamp)>,
}

#[derive(Queryable)]
struct Row {
    id: i64,
    order_id: i64,
    merchant_id: i64,
    marks: (i16, i16, i16),
    words: String,
    rated_at: Timestamp,
    publish_at: Timestamp,
    published_at: Option<Timestamp>,
    reply: Option<(String, Timestamp)>,
}

fn marks((goods, service, delivery): (i16, i16, i16)) -> Result<Marks, DbError> {
    Marks::new(goods, service, delivery).ok_or_else(|| unreadable("ratings", "a mark"))
}

impl TryFrom<Row> for Rating {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let Row { id, order_id, merchant_id, words, rated_at, publish_at, .. } = row;
        let (published_at, reply) = (row.published_at, row.reply);
        Ok(Self {
            marks: marks(row.marks)?,
            id,
            order_id,
            merchant_id,
            words,
            rated_at,
            publish_at,
            published_at,
            reply,
        })
    }
}

pub async fn of_order(db: &Db, order_id: i64) -> Result<Option<Rating>, DbError> {
    let row: Option<Row> = ratings::table
        .left_join(rating_publications::table.on(rating_publications::rating_id.eq(ratings::id)))
        .left_join(rating_replies::table.on(rating_replies::rating_id.eq(ratings::id)))
        .filter(ratings::order_id.eq(order_id))
        .select((
            ratings::id,
            ratings::order_id,
            ratings::merchant_id,
            (ratings::goods, ratings::service, ratings::delivery),
            ratings::words,
            ratings::rated_at,
            ratings::publish_at,
            rating_publications::published_at.nullable(),
            (rating_replies::words, rating_replies::replied_at).nullable(),
        ))
        .limit(1)
        .fetch_optional(db)
        .await?;
    row.map(Rating::try_from).transpose()
}

#[derive(Debug, Clone, Copy)]
pub struct NewRating<'a> {
    pub order_id: i64,
    pub merchant_id: i64,
    pub user_id: i64,
    pub marks: Marks,
    pub words: &'a str,
    pub at: Timestamp,
    pub publish_at: Timestamp,
}

async fn tell(
    conn: &mut Conn,
    whom: &str,
    order_id: i64,
    merchant_id: i64,
    args: Json,
) -> Result<(), DbError> {
    let about = About { order_id: Some(order_id), ..About::merchant(merchant_id) };
    tell_in(conn, whom, about, args).await
}

/// Inserts a rating and notifies the merchant without its content. Fails with [`DbError::Taken`]
/// (`ratings_order_id_key`) if the order has one.
pub async fn insert(db: &Db, new: &NewRating<'_>, told: Json) -> Result<(), DbError> {
    db.transaction(async |conn: &mut Conn| -> Result<(), DbError> {
        let ids: Vec<i64> = diesel::insert_into(ratings::table)
            .values((
                ratings::order_id.eq(new.order_id),
                ratings::merchant_id.eq(new.merchant_id),
                ratings::user_id.eq(new.user_id),
                ratings::goods.eq(new.marks.goods()),
                ratings::service.eq(new.marks.service()),
                ratings::delivery.eq(new.marks.delivery()),
                ratings::words.eq(new.words),
                ratings::rated_at.eq(new.at),
                ratings::publish_at.eq(new.publish_at),
            ))
            .returning(ratings::id)
            .load(conn)
            .await?;
        diesel::insert_into(ratings_to_publish::table)
            .values((
                ratings_to_publish::rating_id.eq(only(ids)?),
                ratings_to_publish::merchant_id.eq(new.merchant_id),
                ratings_to_publish::publish_at.eq(new.publish_at),
            ))
            .execute(conn)
            .await?;
        tell(conn, "merchant:rating-received", new.order_id, new.merchant_id, told).await
    })
    .await
}

/// Publishes a rating and returns when; `None` if it is published already. Whoever deletes the
/// waiting row publishes; concurrent calls block on the row and then find none.
async fn publish_in(
    conn: &mut Conn,
    rating: &Rating,
    because: &str,
) -> Result<Option<Timestamp>, DbError> {
    let taken = diesel::delete(ratings_to_publish::table.find(rating.id)).execute(conn).await?;
    if taken == 0 {
        return Ok(None);
    }
    let at = now_in(conn).await?;
    diesel::insert_into(rating_publications::table)
        .values((
            rating_publications::rating_id.eq(rating.id),
            rating_publications::merchant_id.eq(rating.merchant_id),
            rating_publications::because.eq(because),
            rating_publications::published_at.eq(at),
        ))
        .execute(conn)
        .await?;
    Ok(Some(at))
}

/// Inserts a reply, which publishes the rating if necessary, and notifies both. Fails with
/// [`DbError::Taken`] (`rating_replies_pkey`) if there is one.
pub async fn reply(
    db: &Db,
    rating: &Rating,
    user_id: i64,
    words: &str,
    args: &Json,
) -> Result<(), DbError> {
    db.transaction(async |conn: &mut Conn| -> Result<(), DbError> {
        // Publishing first means that reply and clock take their locks in the same order.
        let published = publish_in(conn, rating, "reply").await?;
        let at: Timestamp = match published {
            Some(at) => at,
            None => now_in(conn).await?,
        };
        diesel::insert_into(rating_replies::table)
            .values((
                rating_replies::rating_id.eq(rating.id),
                rating_replies::merchant_id.eq(rating.merchant_id),
                rating_replies::user_id.eq(user_id),
                rating_replies::words.eq(words),
                rating_replies::replied_at.eq(at),
            ))
            .execute(conn)
            .await?;
        let (order, merchant) = (rating.order_id, rating.merchant_id);
        if published.is_some() {
            tell(conn, "merchant:rating-published", order, merchant, args.clone()).await?;
        }
        tell(conn, "buyer:rating-answered", order, merchant, args.clone()).await
    })
    .await
}

/// The name of the job that publishes ratings.
pub const CLOCK: &str = "rating-clock";

/// Orders whose ratings are due for publication, longest due first.
pub async fn due(db: &Db, limit: i64) -> Result<Vec<i64>, DbError> {
    ratings_to_publish::table
        .inner_join(ratings::table.on(ratings::id.eq(ratings_to_publish::rating_id)))
        .filter(ratings_to_publish::publish_at.le(surety_now()))
        .filter(ratings::order_id.ne_all(put_off(CLOCK)))
        .order(ratings_to_publish::publish_at)
        .limit(limit)
        .select(ratings::order_id)
        .fetch_all(db)
        .await
}

/// Publishes a rating that is due and notifies the merchant. False if it was published already.
pub async fn publish(db: &Db, rating: &Rating, args: &Json) -> Result<bool, DbError> {
    db.transaction(async |conn: &mut Conn| -> Result<bool, DbError> {
        let is_mine = publish_in(conn, rating, "time").await?.is_some();
        if is_mine {
            let (order, merchant) = (rating.order_id, rating.merchant_id);
            tell(conn, "merchant:rating-published", order, merchant, args.clone()).await?;
        }
        Ok(is_mine)
    })
    .await
}

/// The arguments of messages about a published rating.
pub fn told(rating: &Rating, title: &str, link: &str, reply: Option<&str>) -> Json {
    let words = match rating.words.as_str() {
        "" => json!({ "text": "rating-no-words" }),
        words => json!(words),
    };
    json!({
        "title": title, "link": link, "rating": rating.marks.mean().to_string(), "words": words,
        "reply": reply.unwrap_or_default(),
    })
}

type PublishedRow = (i64, i64, (i16, i16, i16), String, Timestamp, Option<(String, Timestamp)>);

/// Published ratings except those of the orders `without`, newest first.
pub async fn published(
    db: &Db,
    merchant_id: i64,
    without: &[i64],
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Published>, DbError> {
    let rows: Vec<PublishedRow> = rating_publications::table
        .inner_join(ratings::table.on(ratings::id.eq(rating_publications::rating_id)))
        .left_join(rating_replies::table.on(rating_replies::rating_id.eq(ratings::id)))
        .filter(rating_publications::merchant_id.eq(merchant_id))
        .filter(rating_publications::rating_id.lt(before.unwrap_or(i64::MAX)))
        .filter(ratings::order_id.ne_all(without))
        .order(rating_publications::rating_id.desc())
        .limit(limit)
        .select((
            ratings::id,
            ratings::order_id,
            (ratings::goods, ratings::service, ratings::delivery),
            ratings::words,
            ratings::rated_at,
            (rating_replies::words, rating_replies::replied_at).nullable(),
        ))
        .fetch_all(db)
        .await?;
    let read = |(id, order_id, given, words, rated_at, reply): PublishedRow| {
        Ok(Published { id, order_id, marks: marks(given)?, words, rated_at, reply })
    };
    rows.into_iter().map(read).collect()
}

/// Orders whose ratings are not published yet, earliest due first.
pub async fn waiting(
    db: &Db,
    merchant_id: i64,
    limit: i64,
) -> Result<Vec<(i64, Timestamp)>, DbError> {
    ratings_to_publish::table
        .inner_join(ratings::table.on(ratings::id.eq(ratings_to_publish::rating_id)))
        .filter(ratings_to_publish::merchant_id.eq(merchant_id))
        .order(ratings_to_publish::publish_at)
        .limit(limit)
        .select((ratings::order_id, ratings_to_publish::publish_at))
        .fetch_all(db)
        .await
}
