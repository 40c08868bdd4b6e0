//! Ratings over HTTP: who may rate and answer what and when, and who reads what until then.

use chrono::Duration;
use futures::future::join_all;
use serde_json::json;

use crate::orders::Trade;
use crate::support::{Visitor, World};

const GOOD: &[(&str, &str)] =
    &[("goods", "5"), ("service", "4"), ("delivery", "3"), ("words", "Rides well <b>&</b> true")];
const ANSWER: &[(&str, &str)] = &[("reply", "Thank you, <i>ride safely</i>")];

fn path(id: &str) -> String {
    format!("/orders/{id}/rating")
}

async fn rate(visitor: &mut Visitor, id: &str) {
    let path = path(id);
    visitor.submit(&path, &path, GOOD).await.expect(303);
}

async fn answer(visitor: &mut Visitor, id: &str) {
    visitor.submit(&path(id), &format!("{}/reply", path(id)), ANSWER).await.expect(303);
}

/// Waits until a stranger is shown these words: the database tells of them a moment later.
async fn shows(trade: &Trade, words: &str) {
    let began = std::time::Instant::now();
    while !public(trade).await.contains(words) {
        assert!(began.elapsed().as_secs() < 10, "{words} is not shown");
    }
}

/// What a stranger is shown of the shop.
async fn public(trade: &Trade) -> String {
    trade.world.visitor().get(&format!("/verify/{}", trade.merchant.code)).await.ok().body()
}

#[tokio::test]
async fn neither_reads_the_other_before_both_are_there() {
    let mut trade = Trade::new().await;
    let id = trade.completed("100.00").await;
    let order = trade.buyer.get(&format!("/orders/{id}")).await;
    order.ok();
    assert_eq!(order.link("Rate this order, or see its rating"), path(&id));
    trade.seller.get(&path(&id)).await.ok().sees("has not rated this order yet");
    rate(&mut trade.buyer, &id).await;
    // The buyer reads what they wrote, escaped.
    let own = trade.buyer.get(&path(&id)).await;
    own.ok().sees("Rides well <b>&</b> true").sees("You have rated this order");
    assert!(!own.body().contains("<b>"));
    // The merchant learns that, and not what; the public learns nothing.
    let blind = trade.seller.get(&path(&id)).await;
    blind.ok().sees("The buyer has rated this order").sees("You have not read this rating yet");
    assert!(!blind.body().contains("Rides well") && !blind.body().contains("4.00"));
    trade.world.work().await;
    let mail = trade.world.mail_to(&trade.merchant.owner.email).await;
    assert!(mail.subject.contains("was rated"), "{}", mail.subject);
    assert!(!mail.text.contains("Rides well") && !mail.text.contains("4.00"), "{}", mail.text);
    trade.seller.get("/merchant/record").await.ok().sees("One rating waits").sees_not("Rides");
    assert!(!public(&trade).await.contains("Rides well"));
    // The answer publishes both at once.
    answer(&mut trade.seller, &id).await;
    for visitor in [&mut trade.seller, &mut trade.buyer] {
        visitor.get(&path(&id)).await.ok().sees("Rides well <b>").sees("ride safely</i>");
    }
    shows(&trade, "ride safely").await;
    let page = public(&trade).await;
    assert!(page.contains("Rides well &#60;b&#62;") && page.contains("ride safely"), "{page}");
    assert!(!page.contains("Mei Lin"), "the buyer is not named");
    trade.seller.get("/merchant/record").await.ok().sees("Rides well").sees_not("waits for you");
    trade.world.work().await;
    let mail = trade.world.mail_to(&trade.person.email).await;
    assert!(mail.subject.contains("answered your rating"), "{}", mail.subject);
    assert!(mail.text.contains("ride safely"), "{}", mail.text);
    trade.audited().await;
}

#[tokio::test]
async fn after_seven_days_a_rating_is_published_alone_and_can_still_be_answered() {
    let mut trade = Trade::new().await;
    let id = trade.completed("100.00").await;
    rate(&mut trade.buyer, &id).await;
    trade.later(Duration::days(7) - Duration::minutes(1)).await;
    trade.seller.get(&path(&id)).await.ok().sees_not("Rides well");
    assert!(!public(&trade).await.contains("Rides well"));
    trade.later(Duration::minutes(1)).await;
    trade.seller.get(&path(&id)).await.ok().sees("Rides well").sees("You can answer it once");
    shows(&trade, "Rides well").await;
    let mail = trade.world.mail_to(&trade.merchant.owner.email).await;
    assert!(mail.subject.contains("is published: 4.00 of 5"), "{}", mail.subject);
    assert!(mail.html.contains("&lt;b&gt;") || mail.html.contains("&#60;b&#62;"), "{}", mail.html);
    answer(&mut trade.seller, &id).await;
    trade.buyer.get(&path(&id)).await.ok().sees("ride safely");
    shows(&trade, "ride safely").await;
    trade.audited().await;
}

#[tokio::test]
async fn a_rating_is_given_once_and_stays_as_it_is() {
    let mut trade = Trade::new().await;
    let id = trade.completed("100.00").await;
    let path = path(&id);
    // A form without marks says which, and keeps what was typed.
    let page = trade.buyer.get(&path).await;
    let wrong = trade.buyer.submit_on(&page, &path, &[("goods", "5"), ("words", "Fine")]).await;
    wrong.expect(422);
    assert_eq!(wrong.errors().len(), 2, "{:?}", wrong.errors());
    assert_eq!(wrong.field("words"), "Fine");
    for (name, value) in [("goods", "0"), ("goods", "6"), ("goods", "1.5"), ("goods", "x")] {
        let fields = [("service", "5"), ("delivery", "5"), (name, value)];
        trade.buyer.forge(&path, &path, &fields).await.expect(422);
    }
    rate(&mut trade.buyer, &id).await;
    let again = trade.buyer.submit_on(&page, &path, GOOD).await;
    again.expect(409).sees("was rated already");
    let replies = trade.seller.get(&path).await;
    let reply = format!("{path}/reply");
    trade.seller.submit_on(&replies, &reply, &[("reply", " ")]).await.expect(422);
    trade.seller.submit_on(&replies, &reply, ANSWER).await.expect(303);
    trade.seller.submit_on(&replies, &reply, ANSWER).await.expect(409).sees("answered already");
    // Not even the owner of the tables changes it.
    for table in ["ratings", "rating_replies", "rating_publications"] {
        for sql in [format!("UPDATE {table} SET merchant_id = 1"), format!("DELETE FROM {table}")] {
            let (code, _) = trade.world.owner.refused(&sql).await;
            assert_eq!(code, "SU001", "{sql}");
        }
    }
}

#[tokio::test]
async fn only_its_buyer_rates_a_completed_order_for_thirty_days() {
    let mut trade = Trade::new().await;
    let open = trade.delivered("100.00").await;
    trade.buyer.get(&path(&open)).await.ok().sees("not completed, so it cannot be rated");
    let closed = trade.paid("90.00").await;
    let cancel = format!("/merchant/orders/{closed}/cancel");
    trade.seller.submit(&format!("/merchant/orders/{closed}"), &cancel, &[]).await.expect(303);
    let done = trade.completed("80.00").await;
    let token = trade.buyer.csrf_token(&path(&done)).await;
    for id in [&open, &closed] {
        let mut fields = GOOD.to_vec();
        fields.push(("csrf_token", &token));
        let refused = trade.buyer.post(&path(id), &fields).await;
        refused.expect(409).sees("is not completed");
    }
    // Nobody else, and the merchant not at all.
    let other = trade.world.person("Oma Other").await;
    let mut other = trade.world.visitor_as(&other).await;
    other.get(&path(&done)).await.expect(404);
    let stranger = trade.world.merchant("Harbour Books").await;
    let mut stranger = trade.world.visitor_as(&stranger.owner).await;
    stranger.get(&path(&done)).await.expect(404);
    // The last moment, and the one after it.
    trade.later(Duration::days(30) - Duration::minutes(1)).await;
    assert!(trade.buyer.get(&path(&done)).await.has_button("Give this rating"));
    trade.later(Duration::minutes(1)).await;
    let late = trade.buyer.get(&path(&done)).await;
    late.ok().sees("The 30 days to rate this order are over");
    assert!(!late.has_button("Give this rating"));
    assert_eq!(trade.world.value("SELECT count(*) FROM ratings").await, "0");
}

#[tokio::test]
async fn nobody_else_rates_and_nobody_else_answers() {
    let mut trade = Trade::new().await;
    let id = trade.completed("80.00").await;
    let path = path(&id);
    let reply = format!("{path}/reply");
    let (words, marks) = (ANSWER.to_vec(), GOOD.to_vec());
    let other = trade.world.person("Oma Other").await;
    let mut other = trade.world.visitor_as(&other).await;
    let stranger = trade.world.merchant("Harbour Books").await;
    let mut stranger = trade.world.visitor_as(&stranger.owner).await;
    let counts = "SELECT (SELECT count(*) FROM ratings) || ' ' || \
                  (SELECT count(*) FROM rating_replies)";
    // Who is no merchant may not answer at all; who is another one finds nothing.
    let refused = async |visitor: &mut Visitor, at: &str, fields: &[(&str, &str)], status: u16| {
        let token = visitor.csrf_token("/account").await;
        let mut fields = fields.to_vec();
        fields.push(("csrf_token", &token));
        visitor.post(at, &fields).await.expect(status);
    };
    for visitor in [&mut other, &mut stranger, &mut trade.seller] {
        refused(visitor, &path, &marks, 404).await;
    }
    assert_eq!(trade.world.value(counts).await, "0 0", "only the buyer rates");
    rate(&mut trade.buyer, &id).await;
    for (visitor, status) in [(&mut other, 403), (&mut stranger, 404), (&mut trade.buyer, 403)] {
        refused(visitor, &reply, &words, status).await;
    }
    assert_eq!(trade.world.value(counts).await, "1 0", "only the merchant answers");
    answer(&mut trade.seller, &id).await;
    assert_eq!(trade.world.value(counts).await, "1 1");
}

#[tokio::test]
async fn no_number_and_no_program_shows_a_rating_that_is_not_published() {
    let mut trade = Trade::new().await;
    let id = trade.completed("80.00").await;
    rate(&mut trade.buyer, &id).await;
    let facts = format!("/verify/{}.json", trade.merchant.code);
    // Six nights go over it.
    for _ in 0..6 {
        trade.world.night().await;
    }
    let mut seller = trade.world.visitor_as(&trade.merchant.owner).await;
    let blind = [
        seller.get("/merchant/record").await,
        seller.get(&format!("/merchant/orders/{id}")).await,
        seller.get("/merchant/orders").await,
        seller.get("/notifications").await,
        seller.get(&path(&id)).await,
        trade.world.visitor().get(&facts).await,
        trade.world.visitor().get(&facts.replace(".json", "")).await,
    ];
    for page in &blind {
        let body = page.ok().body();
        for sign in ["Rides well", "4.00", "of 5"] {
            assert!(!body.contains(sign), "{}: {sign}: {}", page.path, page.text());
        }
    }
    let json = blind[5].json();
    assert_eq!((&json["rating"]["mean"], &json["rating"]["rank"]), (&json!(null), &json!(null)));
    let columns = "ratings, rating_points, score";
    assert_eq!(trade.world.record_of(&trade.merchant, columns).await, "0 0 0");
    // The seven days are over, and the night after them.
    trade.world.advance(Duration::days(2)).await;
    trade.world.work().await;
    trade.world.night().await;
    assert_eq!(trade.world.record_of(&trade.merchant, columns).await, "1 12 1");
    let json = trade.world.visitor().get(&facts).await.json();
    assert_eq!(json["rating"]["mean"], "4.00");
}

#[tokio::test]
async fn of_many_ratings_and_answers_at_once_one_counts() {
    let mut trade = Trade::new().await;
    let id = trade.completed("100.00").await;
    let path = path(&id);
    let mut buyers = Vec::new();
    for _ in 0..8 {
        let mut buyer = trade.world.visitor_as(&trade.person).await;
        let page = buyer.get(&path).await;
        buyers.push((buyer, page));
    }
    let race = buyers.iter_mut().map(|(buyer, page)| buyer.submit_on(page, &path, GOOD));
    let mut answers: Vec<u16> = join_all(race).await.iter().map(|r| r.status).collect();
    answers.sort_unstable();
    assert_eq!(answers, [303, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(trade.world.value("SELECT count(*) FROM ratings").await, "1");
    // Answers race each other and the clock that publishes.
    trade.world.advance(Duration::days(7)).await;
    let mut sellers = Vec::new();
    for _ in 0..6 {
        let mut seller = trade.world.visitor_as(&trade.merchant.owner).await;
        let page = seller.get(&path).await;
        sellers.push((seller, page));
    }
    let action = format!("{path}/reply");
    let race = sellers.iter_mut().map(|(seller, page)| seller.submit_on(page, &action, ANSWER));
    let clock =
        join_all((0..4).map(|_| surety::reputation::commands::publish_due(&trade.world.db, 9)));
    let (answers, clocks) = futures::join!(join_all(race), clock);
    let mut answers: Vec<u16> = answers.iter().map(|r| r.status).collect();
    answers.sort_unstable();
    assert_eq!(answers, [303, 409, 409, 409, 409, 409]);
    let published: usize = clocks.into_iter().map(|c| c.expect("no failure")).sum();
    assert!(published <= 1);
    trade.world.work().await;
    let count = async |what: &str| trade.world.value(&format!("SELECT count(*) FROM {what}")).await;
    assert_eq!(count("rating_publications").await, "1");
    assert_eq!(count("rating_replies").await, "1");
    assert_eq!(count("ratings_to_publish").await, "0");
    let told = "notifications WHERE message = 'rating-published'";
    assert_eq!(count(told).await, "1", "the merchant is told once");
    trade.audited().await;
}

#[tokio::test]
async fn the_database_scores_as_the_program_does() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let buyer = world.person("Mei Lin").await;
    let mut expected = 0_i64;
    let orders = world.past_orders(&merchant, &buyer, 125, super::COMPLETED, "surety_now()").await;
    for (n, order) in (0_u8..125).zip(&orders) {
        let marks = [n / 25 + 1, n / 5 % 5 + 1, n % 5 + 1];
        world.past_rating(order, marks, "surety_now()").await;
        let [goods, service, delivery] = marks.map(i16::from);
        let marks =
            surety::reputation::rating::Marks::new(goods, service, delivery).expect("marks");
        let kept =
            world.value(&format!("SELECT score FROM ratings WHERE order_id = {order}")).await;
        assert_eq!(kept, marks.score().to_string(), "{marks:?}");
        expected += i64::from(marks.score());
    }
    world.night().await;
    assert_eq!(world.record_of(&merchant, "score, ratings").await, format!("{expected} 125"));
}
