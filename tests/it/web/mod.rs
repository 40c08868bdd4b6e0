//! The HTTP kit, seen from outside.

mod texts;
mod texts_asked_for;

use crate::support::World;

#[tokio::test]
async fn the_program_answers_and_is_ready() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    assert_eq!(visitor.get("/healthz").await.ok().body(), "ok\n");
    let ready = visitor.get("/readyz").await;
    assert_eq!(ready.ok().body(), "database: ok\ndisk: ok\n");
}

#[tokio::test]
async fn what_is_not_there_offers_a_way_on_in_the_readers_language() {
    let world = World::new().await;
    let reply = world.visitor().get("/no/such/page").await;
    reply.expect(404);
    assert_eq!(reply.link("Go to the home page"), "/");
    let chinese = world.visitor().chinese().get("/no/such/page").await;
    assert_eq!(chinese.attribute("html", "lang").as_deref(), Some("zh-Hans"));
    assert_ne!(chinese.h1(), reply.h1());
}

#[tokio::test]
async fn a_session_counts_and_a_forged_one_does_not() {
    let world = World::new().await;
    let person = world.person("Lin Reader").await;
    let mut visitor = world.visitor_as(&person).await;
    let reply = visitor.get("/no/such/page").await;
    assert!(reply.body().contains("Lin Reader"), "the header names who is signed in");
    visitor.set_cookie("surety_session", "forged");
    let reply = visitor.get("/no/such/page").await;
    assert!(!reply.body().contains("Lin Reader"));
}

#[tokio::test]
async fn time_passes_as_tests_say() {
    let world = World::new().await;
    let before = world.now().await;
    world.advance(chrono::Duration::days(3)).await;
    let passed = world.now().await - before;
    assert!(passed >= chrono::Duration::days(3) && passed < chrono::Duration::days(4));
}
