//! Tests of `load`.

use secrecy::ExposeSecret;
use surety::db::load::{self, LoadError, Scale};

use crate::support::{Person, World};

const SCALE: Scale = Scale { orders: 300, merchants: 7, buyers: 20 };

#[tokio::test]
async fn loaded_orders_are_as_people_would_have_made_them() {
    let world = World::new().await;
    let url = world.config.database.migrate_url.as_ref().expect("the owner's URL").expose_secret();
    load::fill(url, SCALE, |_| {}).await.expect("an empty database is filled");
    assert!(world.audit().await.is_empty(), "{:?}", world.audit().await);
    let waiting = "SELECT count(*) FROM orders WHERE wake_at > surety_now()";
    assert_eq!(world.value(waiting).await, "300", "nothing is due");
    let held = world.value("SELECT -account_balance('gateway', 0, 'CNY')").await;
    assert_eq!(held, world.value("SELECT sum(price) FROM orders").await);

    // A buyer confirms one: the numbers of all that is written go on behind the loaded ones.
    let order = world.value("SELECT public_id FROM orders WHERE buyer_id = 8 LIMIT 1").await;
    let buyer = Person {
        id: 8,
        public_id: world.value("SELECT public_id FROM users WHERE id = 8").await,
        name: "Person 8".to_owned(),
        email: "buyer8@load.example".to_owned(),
    };
    let mut browser = world.visitor_as(&buyer).await;
    let path = format!("/orders/{order}/confirm");
    let reply = browser.submit(&path, &path, &[]).await;
    reply.expect(303);
    assert!(world.audit().await.is_empty(), "{:?}", world.audit().await);

    let refused = load::fill(url, SCALE, |_| {}).await.expect_err("not empty any more");
    assert!(matches!(refused, LoadError::NotEmpty), "{refused}");
}
