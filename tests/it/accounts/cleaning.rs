//! What is of no use any more is forgotten, and nothing else.

use chrono::Duration;
use surety::accounts::commands;

use super::{SECRET, register};
use crate::support::World;

async fn rows(world: &World) -> String {
    let of = |table: &str| format!("(SELECT count(*) FROM {table})");
    let all = ["sessions", "email_tokens", "throttles", "origins"].map(of);
    world.value(&format!("SELECT concat_ws(' ', {})", all.join(", "))).await
}

#[tokio::test]
async fn what_has_ended_is_forgotten_in_its_time() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor_as(&lin).await;
    register(&mut world.visitor(), "Eve", "eve@example.com", SECRET).await.expect(303);
    // The form is counted for its network and for the address.
    assert_eq!(rows(&world).await, "1 1 2 1");
    world.work().await;
    assert_eq!(rows(&world).await, "1 1 2 1", "all of it is in use");
    visitor.get("/account").await.ok();

    world.advance(Duration::hours(24)).await;
    world.work().await;
    assert_eq!(rows(&world).await, "1 1 2 1", "the longest window is a day");
    world.advance(Duration::hours(24)).await;
    world.work().await;
    assert_eq!(rows(&world).await, "1 1 0 1", "counts end after two days");
    world.advance(Duration::hours(24)).await;
    world.work().await;
    assert_eq!(rows(&world).await, "1 0 0 1", "a link that confirms ends after three days");
    world.advance(Duration::days(4)).await;
    world.work().await;
    assert_eq!(rows(&world).await, "0 0 0 1", "a session ends after seven");
    world.advance(commands::ORIGINS_KEPT - Duration::days(7) - Duration::hours(1)).await;
    let session = world.session_of(&lin).await;
    assert!(!session.is_empty());
    world.work().await;
    assert_eq!(rows(&world).await, "1 0 0 2", "who acted can still be told");
    world.owner_sql("UPDATE origins SET created_at = created_at - interval '1 hour'").await;
    world.work().await;
    assert_eq!(rows(&world).await, "1 0 0 1", "the old one is gone, the new one in use");
}

#[tokio::test]
async fn an_origin_stays_while_a_session_is_on_it_and_batches_go_on_to_the_end() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    for _ in 0..5 {
        world.visitor_as(&lin).await;
    }
    world.owner_sql("UPDATE origins SET created_at = created_at - interval '1 year'").await;
    assert_eq!(commands::clean_up(&world.db, 2).await.expect("nothing to do"), 0);
    world.owner_sql("UPDATE sessions SET expires_at = surety_now()").await;
    assert_eq!(commands::clean_up(&world.db, 2).await.expect("cleaned"), 10);
    assert_eq!(rows(&world).await, "0 0 0 0");
}
