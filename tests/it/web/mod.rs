//! The HTTP kit, seen from outside.

mod kept_alive;
mod notices;
mod slow_bodies;
mod texts;
mod texts_asked_for;

use reqwest::Method;

use crate::support::World;

#[tokio::test]
async fn the_program_answers_and_is_ready() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    assert_eq!(visitor.get("/healthz").await.ok().body(), "ok\n");
    let ready = visitor.get("/readyz").await;
    assert_eq!(ready.ok().body(), "database: ok\ndisk: ok\nfiles: ok\n");
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

/// Method, path, headers, body; and the status that answers.
type Asked<'a> = (Method, &'a str, &'a [(&'a str, &'a str)], Option<&'a str>, u16);

#[tokio::test]
async fn no_answer_whatsoever_can_be_framed_or_run_what_is_not_ours() {
    let world = World::new().await;
    let style = surety::web::assets::address("surety.css");
    let long = "x".repeat(300_000);
    let crossing = [("sec-fetch-site", "cross-site")];
    let answers: [Asked<'_>; 12] = [
        (Method::GET, "/", &[], None, 200),
        (Method::GET, "/healthz", &[], None, 200),
        (Method::GET, style, &[], None, 200),
        (Method::GET, "/account", &[], None, 303),
        (Method::GET, "/no/such/page", &[], None, 404),
        (Method::GET, "/orders/no-id/pay", &[], None, 404),
        (Method::GET, "/static/x/no.css", &[], None, 404),
        (Method::DELETE, "/login", &[], None, 404),
        (Method::POST, "/register", &[], Some("email=x"), 403),
        (Method::POST, "/login", &crossing, Some("email=x"), 403),
        (Method::POST, "/account", &[], Some("name=x"), 401),
        (Method::POST, "/login", &[], Some(&long), 413),
    ];
    for (method, path, headers, body, status) in answers {
        let mut visitor = world.visitor();
        let asked = format!("{method} {path}");
        let reply = visitor.send(method, path, headers, body.map(str::to_owned)).await;
        assert_eq!(reply.status, status, "{asked}");
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{asked}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{asked}: {policy}");
        assert!(!policy.contains("unsafe"), "{asked}: {policy}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
        ] {
            assert_eq!(reply.header(name), value, "{asked}: {name}");
        }
    }
}

#[tokio::test]
async fn pages_of_development_are_for_this_machine() {
    let world = World::new().await;
    for host in ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "a.localhost"] {
        world.visitor().header("host", host).get("/dev").await.ok();
    }
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.7", ""] {
        let mut rebound =
            world.visitor().header("host", host).header("x-forwarded-host", "localhost");
        let reply = rebound.get("/dev/mail").await;
        assert!((400..=404).contains(&reply.status), "{host}: {}", reply.status);
    }
}

#[tokio::test]
async fn people_can_write_to_the_operator() {
    let world = World::builder().supported_by("Help@Surety.example").start().await;
    let to = "mailto:help@surety.example";
    for path in ["/", "/no/such/page", "/login"] {
        let page = world.visitor().get(path).await;
        assert_eq!(page.link("Write to help@surety.example"), to, "{path}");
    }
    let silent = World::new().await.visitor().get("/").await;
    assert_eq!(silent.ok().count("a[href^='mailto:']"), 0);
}
