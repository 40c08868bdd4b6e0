//! The database gives up what takes too long: whoever asked is told so, with a way on, nothing is
//! half done, and the next try goes through.

use diesel_async::RunQueryDsl;
use secrecy::ExposeSecret;
use surety::db::{Db, DbError, Patience};
use surety::orders::policy::DeliveryKind;

use crate::orders::stock::Stock;
use crate::support::{Reply, World};

/// A page that says that it was too much, where to go, and nothing of what is behind it.
fn is_too_busy(reply: &Reply) {
    reply.expect(503).sees("too busy to answer right now");
    assert_eq!(reply.header("retry-after"), "5");
    assert_eq!(reply.link("Go to the home page"), "/");
    let body = reply.body().to_lowercase();
    for inner in ["timeout", "statement", "lock", "sql", "postgres"] {
        assert!(!body.contains(inner), "the page speaks of {inner}");
    }
}

#[tokio::test]
async fn a_row_that_somebody_holds_is_waited_for_only_so_long() {
    let world = World::builder().database_options("-c lock_timeout=200ms").start().await;
    let stock = Stock::of(&world).await;
    let order = stock.delivered(10_000, DeliveryKind::Express).await;
    let mut buyer = world.visitor_as(&stock.buyer).await;
    let path = format!("/orders/{order}/confirm");
    let page = buyer.get(&path).await;
    let holder = world.as_owner().await;
    holder.rows("BEGIN; SELECT * FROM orders FOR UPDATE").await;
    let before = world.checksum(&["sessions"]).await;
    for _ in 0..2 {
        is_too_busy(&buyer.submit_on(&page, &path, &[]).await);
    }
    assert!(before == world.checksum(&["sessions"]).await, "something was half done");
    // Who reads is not kept waiting by who writes.
    buyer.get(&format!("/orders/{order}")).await.ok();
    holder.rows("ROLLBACK").await;
    buyer.submit_on(&page, &path, &[]).await.expect(303);
    let released = "SELECT count(*) FROM journals WHERE kind = 'release'";
    assert_eq!(world.value(released).await, "1");
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up() {
    let options = "-c statement_timeout=200ms -c lock_timeout=0";
    let world = World::builder().database_options(options).start().await;
    let stock = Stock::of(&world).await;
    let mut seller = world.visitor_as(&stock.merchant.owner).await;
    let form = "/merchant/balance/account";
    let account = [("holder", "Lantern Ltd"), ("number", "62220000")];
    // Two writes of one transaction: the account, and what the merchant is told of it.
    let holder = world.as_owner().await;
    holder.rows("BEGIN; LOCK TABLE outbox IN EXCLUSIVE MODE").await;
    let before = world.checksum(&["sessions"]).await;
    is_too_busy(&seller.submit("/merchant/balance", form, &account).await);
    assert!(before == world.checksum(&["sessions"]).await, "something was half done");
    holder.rows("ROLLBACK").await;
    seller.submit("/merchant/balance", form, &account).await.expect(303);
    assert_eq!(world.value("SELECT number FROM payment_accounts").await, "62220000");
}

#[tokio::test]
async fn a_transaction_that_nobody_goes_on_with_is_undone() {
    let options = "-c idle_in_transaction_session_timeout=200ms";
    let world = World::builder().database_options(options).start().await;
    let mut conn = world.db.conn().await.expect("a connection");
    let insert = "BEGIN; INSERT INTO throttles VALUES ('held', surety_now(), 1)";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut conn, insert).await.expect("begun");
    // Whoever wants the row waits until the database has undone it.
    let owner = world.as_owner().await;
    owner.rows("INSERT INTO throttles VALUES ('held', surety_now(), 2)").await;
    let broken = diesel::sql_query("SELECT 1").execute(&mut conn).await;
    let broken = world.db.note(broken.expect_err("the connection is gone"));
    assert!(matches!(broken, DbError::Unavailable(_)), "{broken}");
    drop(conn);
    world.db.now().await.expect("a connection that works");
}

#[tokio::test]
async fn an_order_that_somebody_holds_does_not_hold_up_the_clock() {
    let world = World::builder().database_options("-c lock_timeout=200ms").start().await;
    let stock = Stock::of(&world).await;
    let mut orders = Vec::new();
    for _ in 0..3 {
        orders.push(stock.delivered(10_000, DeliveryKind::InPerson).await);
    }
    world.advance(chrono::Duration::days(8)).await;
    // The first that is due; one that breaks would stand in the way just so.
    let holder = world.as_owner().await;
    let held = format!("BEGIN; SELECT * FROM orders WHERE public_id = '{}' FOR UPDATE", orders[0]);
    holder.rows(&held).await;
    let moved = surety::orders::commands::tick_due(&world.db, 100).await;
    assert_eq!(moved.expect("the others are moved"), 2);
    let done = "SELECT count(*) FROM orders WHERE status = 'completed'";
    assert_eq!(world.value(done).await, "2");
    // It is put off by itself, each time for longer, and does not stand first in every batch.
    let tries = "SELECT job || ' ' || tries FROM deferrals";
    assert_eq!(world.value(tries).await, "order-clock 1");
    let moved = surety::orders::commands::tick_due(&world.db, 100).await;
    assert_eq!(moved.expect("it is not even tried"), 0);
    assert_eq!(world.value(tries).await, "order-clock 1");
    world.advance(chrono::Duration::seconds(11)).await;
    let moved = surety::orders::commands::tick_due(&world.db, 100).await;
    assert_eq!(moved.expect("it is tried again"), 0);
    assert_eq!(world.value(tries).await, "order-clock 2");
    holder.rows("ROLLBACK").await;
    world.advance(chrono::Duration::seconds(21)).await;
    let moved = surety::orders::commands::tick_due(&world.db, 100).await;
    assert_eq!(moved.expect("it is free now"), 1);
    assert_eq!(world.value(done).await, "3");
}

#[tokio::test]
async fn each_kind_of_work_has_its_own_patience() {
    let world = World::new().await;
    let url = world.config.database.url.expose_secret();
    for (patience, statement, lock, idle) in [
        (Patience::Reader, "10s", "5s", "15s"),
        (Patience::Worker, "1min", "10s", "1min"),
        (Patience::Endless, "0", "0", "1min"),
    ] {
        let db = Db::patient(url, 1, patience).expect("a pool");
        let mut conn = db.conn().await.expect("a connection");
        for (name, wanted) in [
            ("statement_timeout", statement),
            ("lock_timeout", lock),
            ("idle_in_transaction_session_timeout", idle),
        ] {
            let is: String = diesel::select(current_setting(name))
                .get_result(&mut conn)
                .await
                .expect("a setting");
            assert_eq!(is, wanted, "{name} of {patience:?}");
        }
    }
}

diesel::define_sql_function! {
    fn current_setting(name: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

#[tokio::test]
async fn an_unfit_database_is_known() {
    let world = World::new().await;
    assert_eq!(world.db.unfit().await.expect("an answer"), None);
    let owner = world.config.database.migrate_url.as_ref().expect("the owner").expose_secret();
    let owner = Db::new(owner, 1).expect("a pool");
    let why = owner.unfit().await.expect("an answer").expect("the owner is refused");
    assert!(why.contains("owns the tables"), "{why}");
}
