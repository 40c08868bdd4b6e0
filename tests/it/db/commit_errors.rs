//! What goes wrong with the end of a transaction: an error that comes only with the commit, a
//! transaction that nobody ends.

use std::time::Duration;

use diesel_async::{AsyncConnection, RunQueryDsl};
use surety::db::{Db, DbError};
use surety::web::throttle::{self, Limit};

use crate::orders::Trade;
use crate::support::{Cluster, World, log};

/// Lets each write of a table fail when it is committed, and not before.
async fn refuse_at_commit(world: &World, table: &str) {
    world
        .owner_sql(&format!(
            "CREATE FUNCTION refuse_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ \
             BEGIN RAISE EXCEPTION 'refused at commit'; END $$; \
             GRANT EXECUTE ON FUNCTION refuse_at_commit() TO surety_server; \
             CREATE CONSTRAINT TRIGGER refuse_at_commit AFTER INSERT OR UPDATE ON {table} \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_at_commit()"
        ))
        .await;
}

/// diesel-async's `get_result` stops reading after the first row and never sees this error; `load`
/// does. (tests/tidy looks for the former in every write.)
#[tokio::test]
async fn an_error_that_comes_with_the_commit_is_seen() {
    let world = World::new().await;
    refuse_at_commit(&world, "throttles").await;
    let limit = Limit { hits: 3, window: Duration::from_secs(60) };
    let result = throttle::allow(&world.db, "test", limit).await;
    assert!(
        matches!(&result, Err(DbError::Query(e)) if e.to_string().contains("refused at commit")),
        "{result:?}"
    );
    assert_eq!(world.value("SELECT count(*) FROM throttles").await, "0");
}

/// The same for what matters most: a settlement that the commit undoes is not told as done.
#[tokio::test]
async fn a_settlement_that_the_commit_undoes_is_not_told_as_done() {
    let mut trade = Trade::new().await;
    let order = trade.delivered("100.00").await;
    refuse_at_commit(&trade.world, "order_events").await;
    let path = format!("/orders/{order}/confirm");
    let reply = trade.buyer.submit(&path, &path, &[]).await;
    reply.expect(500);
    let why = log::behind(&reply.body());
    assert!(why.contains("refused at commit"), "a test that meets a 500 says why: {why:?}");
    assert_eq!(trade.of(&order, "status").await, "awaiting_confirmation");
    assert_eq!(trade.world.audit().await, Vec::<Vec<_>>::new());
}

/// The trap itself: when this fails, diesel-async has changed and the rule can go.
#[tokio::test]
async fn get_result_does_not_see_it() {
    let world = World::new().await;
    refuse_at_commit(&world, "throttles").await;
    let mut conn = world.db.conn().await.expect("a connection");
    let insert = "INSERT INTO throttles VALUES ('a', surety_now(), 1) RETURNING hits";
    #[derive(diesel::QueryableByName)]
    struct Hits {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        hits: i32,
    }
    let row: Result<Hits, _> = diesel::sql_query(insert).get_result(&mut conn).await;
    assert_eq!(row.expect("the row, though nothing was written").hits, 1);
    assert_eq!(world.value("SELECT count(*) FROM throttles").await, "0");
}

#[tokio::test]
async fn a_transaction_whose_future_is_dropped_is_not_left_open() {
    let world = World::new().await;
    let db = Db::new(&Cluster::get().server_url(&world.database), 1).expect("a pool");
    let mut conn = db.conn().await.expect("a connection");
    let started = tokio::time::timeout(
        Duration::from_millis(300),
        conn.transaction(async |conn| {
            diesel::sql_query("INSERT INTO throttles VALUES ('half', surety_now(), 1)")
                .execute(conn)
                .await?;
            std::future::pending::<Result<(), diesel::result::Error>>().await
        }),
    );
    assert!(started.await.is_err(), "it must have been dropped");
    drop(conn);
    // The pool of one must not hand out the connection in which it is still open.
    throttle::allow(&db, "next", Limit { hits: 1, window: Duration::from_secs(60) })
        .await
        .expect("a connection that works");
    let keys = world.value("SELECT string_agg(key, ',') FROM throttles").await;
    assert_eq!(keys, "next", "what was half done is gone, what came after is there");
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND state LIKE 'idle in transaction%'";
    assert_eq!(world.value(open).await, "0");
}

#[tokio::test]
async fn a_request_whose_reader_went_away_leaves_no_transaction() {
    let world = World::new().await;
    // The row is locked, so the request waits inside its statement until it is dropped.
    world.owner_sql("INSERT INTO throttles VALUES ('held', surety_now(), 1)").await;
    let locker = world.as_owner().await;
    locker.rows("BEGIN; SELECT * FROM throttles FOR UPDATE").await;
    let db = Db::new(&Cluster::get().server_url(&world.database), 1).expect("a pool");
    let limit = Limit { hits: 1, window: Duration::from_secs(60) };
    let waiting = throttle::allow(&db, "held", limit);
    assert!(tokio::time::timeout(Duration::from_millis(300), waiting).await.is_err());
    locker.rows("ROLLBACK").await;
    throttle::allow(&db, "next", limit).await.expect("a connection that works");
    let hits = world.value("SELECT hits FROM throttles WHERE key = 'next'").await;
    assert_eq!(hits, "1");
}
