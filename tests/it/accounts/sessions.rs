//! Sessions are seen and ended by their owner alone; profile and language.

use std::collections::HashMap;

use actix_session::storage::SessionStore;
use surety::accounts::session_store::{PgSessionStore, SIGN_IN, Shown, SignIn};

use crate::support::{PASSWORD, World};

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner() {
    let world = World::new().await;
    let (lin, eve) = (world.person("Lin").await, world.person("Eve").await);
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
    let mut there = world.visitor().header("user-agent", firefox);
    there.sign_in_as(&lin).await;
    let mut here = world.visitor_as(&lin).await;
    let mut hers = world.visitor_as(&eve).await;

    let page = here.get("/account/security").await;
    page.ok().sees("You are signed in at 2 places.").sees("Firefox on Linux").sees("127.0.0.1");
    assert_eq!(page.count("ul.list > li"), 2);
    assert_eq!(page.count("ul.list .chip"), 1, "one is this one");
    hers.get("/account/security").await.ok().sees("nowhere else").sees_not("Firefox");

    let action = page.attribute("ul.list form", "action").expect("a button to end it");
    let token = hers.csrf_token("/account/security").await;
    hers.post(&action, &[("csrf_token", &token)]).await.expect(404);
    there.get("/account").await.ok();
    let own = here.csrf_token("/account/security").await;
    for wrong in ["not-an-id", "00000000-0000-4000-8000-000000000000"] {
        let path = format!("/account/security/sessions/{wrong}/end");
        here.post(&path, &[("csrf_token", &own)]).await.expect(404);
    }
    here.post(&action, &[("csrf_token", "forged")]).await.expect(403);
    there.get("/account").await.ok();

    let reply = here.submit_on(&page, "Sign out there: Firefox on Linux", &[]).await;
    reply.sends_to("/account/security?done=session-ended");
    there.get("/account").await.sends_to("/login");
    here.submit_on(&page, "Sign out there: Firefox on Linux", &[]).await.expect(404);
    here.get("/account/security").await.ok().sees("You are signed in here and nowhere else.");
}

#[tokio::test]
async fn all_other_sessions_end_at_once() {
    let world = World::new().await;
    let (lin, eve) = (world.person("Lin").await, world.person("Eve").await);
    let mut here = world.visitor_as(&lin).await;
    let mut others = [world.visitor_as(&lin).await, world.visitor_as(&lin).await];
    let mut hers = world.visitor_as(&eve).await;
    let reply = here.submit("/account/security", "Sign out everywhere else", &[]).await;
    reply.sends_to("/account/security?done=sessions-ended");
    for other in &mut others {
        other.get("/account").await.sends_to("/login");
    }
    here.get("/account").await.ok();
    hers.get("/account").await.ok();
}

#[tokio::test]
async fn only_the_hash_of_a_key_is_kept() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor();
    visitor.sign_in_as(&lin).await;
    let cookie = visitor.cookie("surety_session").expect("a session").to_owned();
    let key: String = cookie.chars().rev().take(43).collect::<Vec<_>>().iter().rev().collect();
    let rows = world.value("SELECT string_agg(s::text, ' ') FROM sessions s").await;
    assert!(!rows.contains(&key), "{rows}");
    // The cookie is signed: another key in it, even one that exists, is nothing.
    visitor.set_cookie("surety_session", &cookie.replace(&key[..4], "AAAA"));
    visitor.get("/account").await.sends_to("/login");
}

#[tokio::test]
async fn name_language_and_zone_are_one_s_own_choice() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor_as(&lin).await;
    let fields = [("name", "Lin Wei"), ("locale", "zh-Hans"), ("time_zone", "America/New_York")];
    let reply = visitor.submit("/account", "Save", &fields).await;
    reply.sends_to("/account?done=profile-saved");
    let page = visitor.follow(reply).await;
    assert_eq!(page.attribute("html", "lang").as_deref(), Some("zh-Hans"));
    assert_eq!(page.field("name"), "Lin Wei");
    assert_eq!(page.field("time_zone"), "America/New_York");
    page.sees("账户");
    assert_eq!(page.notice(), "已保存。");
}

#[tokio::test]
async fn a_zone_that_is_not_on_the_list_stays() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let zone = format!("UPDATE users SET time_zone = 'Asia/Kathmandu' WHERE id = {}", lin.id);
    world.owner_sql(&zone).await;
    let mut visitor = world.visitor_as(&lin).await;
    visitor.submit("/account", "Save", &[("name", "Lin W")]).await.expect(303);
    assert_eq!(world.value("SELECT time_zone FROM users").await, "Asia/Kathmandu");
}

#[tokio::test]
async fn the_language_is_chosen_in_the_footer_signed_in_or_out() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor();
    let reply = visitor.submit("/login?next=%2Faccount", "简体中文", &[]).await;
    assert_eq!(reply.location(), "/login?next=%2Faccount");
    let page = visitor.follow(reply).await;
    assert_eq!(page.h1(), "登录");

    let mut visitor = world.visitor_as(&lin).await;
    let reply = visitor.submit("/account", "简体中文", &[]).await;
    assert_eq!(visitor.follow(reply).await.h1(), "账户");
    let locale = format!("SELECT locale FROM users WHERE id = {}", lin.id);
    assert_eq!(world.value(&locale).await, "zh-Hans");
    // It stays after signing out.
    visitor.submit("/account", "/logout", &[]).await.expect(303);
    assert_eq!(visitor.get("/login").await.h1(), "登录");

    let token = visitor.csrf_token("/login").await;
    let forged = [("csrf_token", token.as_str()), ("locale", "xx"), ("next", "/")];
    visitor.post("/language", &forged).await.expect(400);
    let away = [("csrf_token", token.as_str()), ("locale", "en"), ("next", "//evil.example")];
    assert_eq!(visitor.post("/language", &away).await.location(), "/");
}

#[tokio::test]
async fn who_registers_in_chinese_is_written_to_in_chinese() {
    let world = World::builder().set("SURETY_TIME_ZONE", "Asia/Shanghai").start().await;
    let mut visitor = world.visitor().chinese();
    let page = visitor.get("/register").await;
    assert_eq!(page.field("time_zone"), "Asia/Shanghai", "the operator's zone is chosen");
    let fields = [("name", "林伟"), ("email", "lin@example.com"), ("password", PASSWORD)];
    visitor.submit_on(&page, "注册账户", &fields).await.expect(303);
    let mail = world.mail_to("lin@example.com").await;
    assert_eq!(mail.subject, "请确认您的邮箱");
    assert!(mail.text.contains("UTC+8"), "{}", mail.text);
}

#[tokio::test]
async fn no_session_begins_with_a_password_that_was_changed_meanwhile() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let hash = format!("SELECT password_hash FROM users WHERE id = {}", lin.id);
    let sign_in = SignIn {
        user_id: lin.id,
        shown: Shown::No,
        password_hash: world.value(&hash).await,
        address: "127.0.0.1".to_owned(),
        device: None,
        agent: "test".to_owned(),
    };
    let json = serde_json::to_string(&sign_in).expect("a sign-in");
    let state = HashMap::from([(SIGN_IN.to_owned(), json)]);
    let store = PgSessionStore::new(world.db.clone());
    let ttl = actix_web::cookie::time::Duration::days(7);
    store.save(state.clone(), &ttl).await.expect("a session");
    let change = format!("UPDATE users SET password_hash = 'another' WHERE id = {}", lin.id);
    world.owner_sql(&change).await;
    assert!(store.save(state, &ttl).await.is_err());
    assert_eq!(world.value("SELECT count(*) FROM sessions").await, "1");
    assert_eq!(world.value("SELECT count(*) FROM origins").await, "1");
}
