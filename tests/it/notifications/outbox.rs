//! The outbox becomes notifications and mails: for the right people, once, in their words.

use surety::accounts::actor::Role;
use surety::worker;

use super::tell;
use crate::support::World;

const ARGS: &str = r#"'{"title": "A <b>lamp</b>",
    "amount": {"amount": "1280.00", "currency": "CNY"},
    "due_at": "2026-11-27T06:00:00Z", "link": "/orders/1"}'"#;

#[tokio::test]
async fn each_audience_is_the_people_that_it_names() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let (ann, eve) = (world.person("Ann").await, world.person("Eve").await);
    let reviewer = world.staff(Role::Reviewer).await;
    world.staff(Role::Treasurer).await;
    let closed = world.person("Closed").await;
    world
        .owner_sql(&format!("UPDATE users SET disabled_at = surety_now() WHERE id = {}", closed.id))
        .await;

    tell(&world, "user:dev-sample", "user_id, args", &format!("{}, {ARGS}", ann.id)).await;
    tell(&world, "user:dev-sample", "user_id, args", &format!("{}, {ARGS}", closed.id)).await;
    tell(&world, "merchant:dev-sample", "merchant_id, args", &format!("{}, {ARGS}", merchant.id))
        .await;
    tell(&world, "staff-reviewer:dev-sample", "args", ARGS).await;
    tell(&world, "email:dev-sample", "email, args", &format!("'new@example.com', {ARGS}")).await;
    world.work().await;

    let told = world
        .owner_sql(
            "SELECT recipient, coalesce(n.user_id::text, '') FROM mails m \
             LEFT JOIN notifications n USING (outbox_id) ORDER BY m.id",
        )
        .await;
    let told: Vec<(String, String)> = told
        .into_iter()
        .map(|row| (row[0].clone().unwrap_or_default(), row[1].clone().unwrap_or_default()))
        .collect();
    let expected = [
        (ann.email.clone(), ann.id.to_string()),
        (merchant.owner.email.clone(), merchant.owner.id.to_string()),
        (reviewer.email.clone(), reviewer.id.to_string()),
        ("new@example.com".to_owned(), String::new()),
    ];
    assert_eq!(told, expected);
    assert!(world.mails_to(&eve.email).await.is_empty());
}

#[tokio::test]
async fn two_workers_at_once_tell_each_thing_once() {
    let world = World::new().await;
    let ann = world.person("Ann").await;
    world
        .owner_sql(&format!(
            "INSERT INTO outbox (created_at, tell, user_id, args) \
             SELECT surety_now(), '{{user:dev-sample}}', {}, {ARGS} FROM generate_series(1, 300)",
            ann.id
        ))
        .await;
    let (a, b, c) = (world.services(), world.services(), world.services());
    let done = tokio::join!(
        worker::tick_until_idle(&a),
        worker::tick_until_idle(&b),
        worker::tick_until_idle(&c)
    );
    assert!(done.0.is_ok() && done.1.is_ok() && done.2.is_ok(), "{done:?}");
    world.work().await;
    let counts = world
        .owner_sql(
            "SELECT (SELECT count(*) FROM outbox WHERE expanded_at IS NOT NULL), \
             (SELECT count(*) FROM notifications), (SELECT count(*) FROM mails), \
             (SELECT count(*) FROM mails WHERE sent_at IS NOT NULL AND attempts = 1)",
        )
        .await;
    assert_eq!(counts[0], vec![Some("300".to_owned()); 4]);
}

#[tokio::test]
async fn what_nobody_can_be_told_stops_nothing() {
    let world = World::new().await;
    let ann = world.person("Ann").await;
    for wrong in ["nobody:dev-sample", "user:no-such-text", "user", "buyer:dev-sample"] {
        tell(&world, wrong, "user_id, args", &format!("{}, {ARGS}", ann.id)).await;
    }
    tell(&world, "buyer:dev-sample", "order_id, args", &format!("4711, {ARGS}")).await;
    tell(&world, "user:dev-sample", "user_id, args", &format!("{}, {ARGS}", ann.id)).await;
    assert_eq!(world.mails().await.len(), 1);
    assert_eq!(world.value("SELECT count(*) FROM outbox WHERE expanded_at IS NULL").await, "0");
}

#[tokio::test]
async fn a_mail_speaks_its_reader_s_language_and_zone() {
    let world = World::new().await;
    let (ann, wei) = (world.person("Ann").await, world.chinese_person("林伟").await);
    for person in [&ann, &wei] {
        tell(&world, "user:dev-sample", "user_id, args", &format!("{}, {ARGS}", person.id)).await;
    }
    let english = world.mail_to(&ann.email).await;
    assert_eq!(english.subject, "Sample: ¥1,280.00 for A <b>lamp</b>");
    assert!(english.text.starts_with("Hello Ann,\n"), "{}", english.text);
    assert!(english.text.contains("Friday 27 November 2026, 06:00 UTC"), "{}", english.text);
    assert!(english.html.contains("A &#60;b&#62;lamp&#60;/b&#62;"), "{}", english.html);
    assert!(english.html.contains("lang=\"en\""));
    assert_eq!(english.href(), format!("{}/orders/1", world.config.http.origin()));

    let chinese = world.mail_to(&wei.email).await;
    assert!(chinese.text.starts_with("林伟，您好："), "{}", chinese.text);
    assert!(chinese.text.contains("2026年11月27日星期五 14:00（UTC+8）"), "{}", chinese.text);
    assert!(chinese.html.contains("lang=\"zh-Hans\""));
}

#[tokio::test]
async fn the_language_of_an_address_without_an_account_is_what_the_change_says() {
    let world = World::new().await;
    let args = r#"'new@example.com', '{"title": "x", "due_at": "2026-11-27T06:00:00Z",
        "amount": {"amount": "1", "currency": "CNY"}, "locale": "zh-Hans"}'"#;
    tell(&world, "email:dev-sample", "email, args", args).await;
    let letter = world.mail_to("new@example.com").await;
    assert!(letter.text.starts_with("您好："), "{}", letter.text);
    assert_eq!(letter.link, None);
}

#[tokio::test]
async fn a_secret_of_a_link_is_in_the_mail_and_in_no_table() {
    let world = World::new().await;
    let ann = world.person("Ann").await;
    let args = r#"'{"title": "x", "due_at": "2026-11-27T06:00:00Z",
        "amount": {"amount": "1", "currency": "CNY"},
        "link": "/reset/", "link_token": {"purpose": "reset_password", "id": "7"}}'"#;
    let values = format!("{}, '{}', {args}", ann.id, ann.email);
    tell(&world, "email:dev-sample", "user_id, email, args", &values).await;
    let letter = world.mail_to(&ann.email).await;
    let token = letter.href().rsplit('/').next().unwrap_or_default();
    let key = world.config.key_bytes();
    assert_eq!(surety::kernel::signing::mailed_id(key, "reset_password", token), Some("7"));
    assert!(letter.text.starts_with("Hello Ann,"), "{}", letter.text);
    let proof = token.split('.').nth(1).unwrap_or_default();
    let dump = world.value("SELECT string_agg(t::text, '') FROM mails t").await
        + &world.value("SELECT string_agg(t::text, '') FROM outbox t").await;
    assert!(!proof.is_empty() && !dump.contains(proof));
    // What proves the address is told to the address alone.
    assert_eq!(world.value("SELECT count(*) FROM notifications").await, "0");
}

#[tokio::test]
async fn a_buyer_is_told_at_the_address_typed_until_there_is_an_account() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let buyer = world.person("Lin Buyer").await;
    let order: i64 = world
        .value(&format!(
            "SELECT create_order(gen_random_uuid(), {}, 'typed@example.com', 'goods', 1, 'Lamp', \
             '{{}}', 10, 'CNY', 0.1, false, 'Asia/Shanghai', NULL, 86400, 86400, {}, NULL, \
             '{{}}', '{{}}')",
            merchant.id, merchant.owner.id
        ))
        .await
        .parse()
        .expect("an order");
    tell(&world, "buyer:dev-sample", "order_id, args", &format!("{order}, {ARGS}")).await;
    let letter = world.mail_to("typed@example.com").await;
    assert!(letter.text.contains("14:00 UTC+8"), "the order's zone: {}", letter.text);
    assert_eq!(world.value("SELECT count(*) FROM notifications").await, "0");

    let claim = format!("UPDATE orders SET buyer_id = {} WHERE id = {order}", buyer.id);
    world.owner_sql(&claim).await;
    tell(&world, "buyer:dev-sample", "order_id, args", &format!("{order}, {ARGS}")).await;
    world.mail_to(&buyer.email).await;
    assert_eq!(world.mails_to("typed@example.com").await.len(), 1);
    let listed = world.value("SELECT user_id FROM notifications").await;
    assert_eq!(listed, buyer.id.to_string());
}
