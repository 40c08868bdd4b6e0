//! Signing in and out, and what holds off who guesses.

use std::time::{Duration as StdDuration, Instant};

use chrono::Duration;
use surety::accounts::actor::Role;

use super::{SECRET, real_account};
use crate::support::{PASSWORD, Person, World};

async fn wrong(world: &World, email: &str) -> u16 {
    let fields = [("email", email), ("password", "a wrong password")];
    world.visitor().submit("/login", "/login", &fields).await.status
}

#[tokio::test]
async fn one_signs_in_and_out() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor();
    visitor.get("/account").await.sends_to("/login?next=%2Faccount");
    let fields = [("email", lin.email.as_str()), ("password", PASSWORD)];
    let reply = visitor.submit("/account", "/login", &fields).await;
    assert_eq!(reply.location(), "/account");
    let account = visitor.follow(reply).await;
    account.ok();
    visitor.get("/login").await.sends_to("/orders");
    visitor.get("/register").await.sends_to("/orders");

    let key = visitor.cookie("surety_session").expect("a session").to_owned();
    visitor.submit_on(&account, "/logout", &[]).await.sends_to("/");
    assert!(visitor.cookie("surety_session").is_none());
    visitor.set_cookie("surety_session", &key);
    visitor.get("/account").await.sends_to("/login");
    assert_eq!(world.value("SELECT count(*) FROM sessions").await, "0");
}

#[tokio::test]
async fn each_goes_to_the_own_desk_and_buyers_to_their_orders() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let lin = world.person("Lin").await;
    let mut homes = vec![(shop.owner, "/merchant"), (lin, "/orders")];
    for (role, home) in [
        (Role::Reviewer, "/admin/applications"),
        (Role::Treasurer, "/admin/treasury"),
        (Role::Mediator, "/admin"),
        (Role::Administrator, "/admin"),
    ] {
        homes.push((world.staff(role).await, home));
    }
    for (person, home) in homes {
        let mut visitor = world.visitor();
        let is_staff = home.starts_with("/admin");
        let signed_in = if is_staff {
            visitor.sign_in_with_code(&world, &person).await
        } else {
            visitor.sign_in_as(&person).await
        };
        assert_eq!(signed_in.location(), home, "{}", person.name);
        visitor.get(home).await.ok();
        // Whoever is signed in already goes there too; what was asked for comes first.
        for form in ["/login", "/register"] {
            assert_eq!(visitor.get(form).await.location(), home, "{}", person.name);
            let asked = format!("{form}?next=%2Faccount");
            assert_eq!(visitor.get(&asked).await.location(), "/account", "{}", person.name);
        }
        let fields = [("email", person.email.as_str()), ("password", PASSWORD)];
        let asked = world.visitor().submit("/login?next=%2Faccount", "/login", &fields).await;
        let second = "/login/second-factor?next=%2Faccount";
        let next = if is_staff { second } else { "/account" };
        assert_eq!(asked.location(), next, "{}", person.name);
    }
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    for next in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example"] {
        let path = format!("/login?next={next}");
        let fields = [("email", lin.email.as_str()), ("password", PASSWORD)];
        let reply = world.visitor().submit(&path, "/login", &fields).await;
        assert_eq!(reply.location(), "/orders", "{next}");
    }
}

#[tokio::test]
async fn known_and_unknown_addresses_answer_alike_in_words_and_time() {
    let world = World::new().await;
    real_account(&world, "known@example.com").await;
    let mut took = [Vec::new(), Vec::new()];
    let mut pages = [String::new(), String::new()];
    for _ in 0..5 {
        for (i, email) in ["known@example.com", "nobody@example.com"].into_iter().enumerate() {
            let mut visitor = world.visitor();
            let page = visitor.get("/login").await;
            let fields = [("email", email), ("password", "a wrong password")];
            let started = Instant::now();
            let reply = visitor.submit_on(&page, "/login", &fields).await;
            took[i].push(started.elapsed());
            reply.expect(422);
            assert_eq!(reply.field("email"), email);
            assert_eq!(reply.field("password"), "");
            pages[i] = reply.text();
        }
    }
    assert_eq!(pages[0], pages[1]);
    let median = |times: &mut Vec<StdDuration>| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    };
    let [known, unknown] = &mut took;
    let ratio = median(unknown) / median(known);
    assert!((0.4..2.5).contains(&ratio), "unknown addresses take {ratio:.2} of known ones");
}

#[tokio::test]
async fn an_account_is_shut_to_guessers_for_a_quarter_of_an_hour() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    for _ in 0..10 {
        assert_eq!(wrong(&world, &lin.email).await, 422);
    }
    let right = [("email", lin.email.as_str()), ("password", PASSWORD)];
    let shut = world.visitor().submit("/login", "/login", &right).await;
    shut.expect(429).sees("too many tries");
    // Whether there is an account makes no difference, nor how its address is written.
    for _ in 0..10 {
        assert_eq!(wrong(&world, "nobody@example.com").await, 422);
    }
    assert_eq!(wrong(&world, " NOBODY@example.com ").await, 429);
    let other = world.person("Wei").await;
    world.visitor().sign_in_as(&other).await;
    world.advance(Duration::minutes(15)).await;
    world.visitor().sign_in_as(&lin).await;
    // A success clears what was counted.
    let key = "SELECT count(*) FROM throttles WHERE key LIKE 'sign-in:account:%'";
    assert_eq!(world.value(key).await, "1", "nobody's alone");
    let named = format!("SELECT count(*) FROM throttles WHERE key LIKE '%{}%'", lin.email);
    assert_eq!(world.value(&named).await, "0");
}

#[tokio::test]
async fn guesses_from_elsewhere_do_not_lock_a_browser_out_that_is_known() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut own = world.visitor();
    own.sign_in_as(&lin).await;
    let page = own.get("/account").await;
    own.submit_on(&page, "Sign out", &[]).await.expect(303);
    for _ in 0..10 {
        assert_eq!(wrong(&world, &lin.email).await, 422);
    }
    assert_eq!(wrong(&world, &lin.email).await, 429);
    own.sign_in_as(&lin).await;
    own.get("/account").await.ok();
    // It is no way to guess on: what it gets wrong counts too.
    let page = own.get("/account").await;
    own.submit_on(&page, "Sign out", &[]).await.expect(303);
    let guess = [("email", lin.email.as_str()), ("password", "a wrong password")];
    for _ in 0..10 {
        own.submit("/login", "/login", &guess).await.expect(422);
    }
    own.submit("/login", "/login", &guess).await.expect(429);
    // A browser that only another person has used is not known.
    let other = world.person("Mei").await;
    let mut others = world.visitor();
    others.sign_in_as(&other).await;
    let page = others.get("/account").await;
    others.submit_on(&page, "Sign out", &[]).await.expect(303);
    others.submit("/login", "/login", &guess).await.expect(429);
}

#[tokio::test]
async fn guesses_at_once_do_not_slip_through() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let tries = (0..20).map(|_| wrong(&world, &lin.email));
    let statuses = futures::future::join_all(tries).await;
    assert_eq!(statuses.iter().filter(|s| **s == 422).count(), 10);
    assert_eq!(statuses.iter().filter(|s| **s == 429).count(), 10);
}

#[tokio::test]
async fn a_network_that_guesses_at_many_accounts_is_shut_out() {
    let world = World::builder().behind_proxy().start().await;
    let lin = world.person("Lin").await;
    let hit = "INSERT INTO throttles VALUES ('sign-in:address:203.0.113.7', surety_now(), 49)";
    world.owner_sql(hit).await;
    let from = |address: &str| world.visitor().header("x-forwarded-for", address);
    from("203.0.113.7").sign_in_as(&lin).await;
    let guess = [("email", "a@example.com"), ("password", "a wrong password")];
    from("203.0.113.7").submit("/login", "/login", &guess).await.expect(422);
    from("203.0.113.7").submit("/login", "/login", &guess).await.expect(429);
    // However the proxy writes the hop, and whatever the client writes before it.
    for hops in ["6.6.6.6, 203.0.113.7:51234", "6.6.6.6,::ffff:203.0.113.7", "203.0.113.7, ,"] {
        from(hops).submit("/login", "/login", &guess).await.expect(429);
    }
    from("203.0.113.8").sign_in_as(&lin).await;
}

#[tokio::test]
async fn a_closed_account_is_shut() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor_as(&lin).await;
    visitor.get("/account").await.ok();
    let close = format!("UPDATE users SET disabled_at = surety_now() WHERE id = {}", lin.id);
    world.owner_sql(&close).await;
    visitor.get("/account").await.sends_to("/login");
    assert_eq!(wrong(&world, &lin.email).await, 422);
    let right = [("email", lin.email.as_str()), ("password", PASSWORD)];
    world.visitor().submit("/login", "/login", &right).await.expect(422);
    let forgot = [("email", lin.email.as_str())];
    world.visitor().submit("/password/forgot", "/password/forgot", &forgot).await;
    assert!(world.mails_to(&lin.email).await.is_empty());
}

#[tokio::test]
async fn signing_in_makes_a_new_session_and_ends_the_old_one() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor();
    let page = visitor.get("/login").await;
    let fields = [("email", lin.email.as_str()), ("password", PASSWORD)];
    visitor.submit_on(&page, "/login", &fields).await.expect(303);
    let first = visitor.cookie("surety_session").expect("a session").to_owned();
    // The sign-in page was open in another tab: its form is still sent, with the session's token.
    let token = visitor.csrf_token("/account").await;
    let again = [("csrf_token", token.as_str()), fields[0], fields[1]];
    visitor.post("/login", &again).await.expect(303);
    let second = visitor.cookie("surety_session").expect("a session").to_owned();
    assert_ne!(first, second);
    visitor.get("/account").await.ok();
    visitor.set_cookie("surety_session", &first);
    visitor.get("/account").await.sends_to("/login");
}

async fn stepped_up(world: &World, lin: &Person) -> (String, String) {
    let mut visitor = world.visitor_as(lin).await;
    let first = visitor.cookie("surety_session").expect("a session").to_owned();
    world.advance(Duration::minutes(16)).await;
    let path = "/account/security/confirm?next=%2Faccount%2Fsecurity";
    let reply = visitor.submit(path, "Go on", &[("password", "a wrong password")]).await;
    reply.expect(422);
    assert!(!reply.error("password").is_empty());
    let reply = visitor.submit(path, "Go on", &[("password", PASSWORD)]).await;
    assert_eq!(reply.location(), "/account/security");
    (first, visitor.cookie("surety_session").expect("a session").to_owned())
}

#[tokio::test]
async fn entering_the_password_again_renews_the_session() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let (first, second) = stepped_up(&world, &lin).await;
    assert_ne!(first, second);
    let mut old = world.visitor();
    old.set_cookie("surety_session", &first);
    old.get("/account").await.sends_to("/login");
    let fresh = "SELECT count(*) FROM sessions \
                 WHERE surety_now() - password_at < interval '1 minute'";
    assert_eq!(world.value(fresh).await, "1");
    assert_eq!(world.value("SELECT count(*) FROM sessions").await, "1");
}

#[tokio::test]
async fn guessing_in_somebody_s_session_ends_too_and_guessing_outside_does_not_hinder_it() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor_as(&lin).await;
    for _ in 0..10 {
        assert_eq!(wrong(&world, &lin.email).await, 422);
    }
    assert_eq!(wrong(&world, &lin.email).await, 429);
    let page = visitor.get("/account/security/confirm").await;
    for _ in 0..10 {
        let fields = [("password", "a wrong password")];
        visitor.submit_on(&page, "Go on", &fields).await.expect(422);
    }
    visitor.submit_on(&page, "Go on", &[("password", PASSWORD)]).await.expect(429);
    let change = [("current_password", PASSWORD), ("new_password", SECRET)];
    visitor.submit("/account/security", "Change password", &change).await.expect(429);
}

#[tokio::test]
async fn sessions_end_by_idleness_and_by_age() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut idle = world.visitor_as(&lin).await;
    world.advance(Duration::hours(11)).await;
    idle.get("/account").await.ok();
    world.advance(Duration::hours(12) + Duration::minutes(1)).await;
    idle.get("/account").await.sends_to("/login");
    let mut busy = world.visitor_as(&lin).await;
    for _ in 0..15 {
        world.advance(Duration::hours(11)).await;
        busy.get("/account").await.ok();
    }
    world.advance(Duration::hours(4)).await;
    busy.get("/account").await.sends_to("/login");
}

#[tokio::test]
async fn over_https_cookies_travel_encrypted_only() {
    let world = World::builder().https().start().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor();
    let reply = visitor.sign_in_as(&lin).await;
    let cookies: Vec<_> = reply
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|c| c.to_str().ok())
        .filter(|c| c.starts_with("__Host-surety_session="))
        .collect();
    let [cookie] = cookies.as_slice() else { panic!("{cookies:?}") };
    for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    visitor.submit("/account", "/language", &[]).await.expect(303);
    assert!(visitor.cookie("__Host-surety_language").is_some());
}
