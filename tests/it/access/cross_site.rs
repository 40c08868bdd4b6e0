//! Every route that a cookie authenticates, and sign-in, refuses cross-site requests and changes
//! nothing; the others carry their own proof and ignore cookies.

use reqwest::Method;
use surety::accounts::actor::Audience;
use surety::kernel::signing;
use surety::routes::{ROUTES, Route};

use super::cast::{Actor, Cast};
use super::{Gate, gate, of, subjects::Subject};
use crate::support::{Reply, Visitor};

/// A way in which another site may try.
struct Forgery {
    name: &'static str,
    token: Token,
    headers: &'static [(&'static str, &'static str)],
}

enum Token {
    None,
    Guessed,
    /// A true one, of another reader.
    Others,
    /// The reader's own, as if it had leaked.
    Own,
}

const FORGERIES: [Forgery; 7] = [
    Forgery { name: "without a token", token: Token::None, headers: &[] },
    Forgery { name: "with a guessed token", token: Token::Guessed, headers: &[] },
    Forgery { name: "with another reader's token", token: Token::Others, headers: &[] },
    Forgery {
        name: "from another origin",
        token: Token::Own,
        headers: &[("origin", "https://evil.example"), ("sec-fetch-site", "")],
    },
    Forgery {
        name: "from an origin that hides itself",
        token: Token::Own,
        headers: &[("origin", "null"), ("sec-fetch-site", "")],
    },
    Forgery {
        name: "from another site that hides its origin",
        token: Token::Own,
        headers: &[("origin", "null"), ("sec-fetch-site", "cross-site")],
    },
    Forgery {
        name: "from what the browser calls another site",
        token: Token::Own,
        headers: &[("origin", ""), ("sec-fetch-site", "cross-site")],
    },
];

/// Somebody whom the route is for.
pub(super) fn insider(route: &Route, subject: Option<&Subject>) -> Actor {
    let may =
        |a: &Actor| gate(route.audience, *a) == Gate::Open && subject.is_none_or(|s| s.is_of(*a));
    let found = Actor::ALL.into_iter().rev().find(may);
    found
        .or_else(|| Actor::ALL.into_iter().rev().find(|a| gate(route.audience, *a) == Gate::Open))
        .expect("every route is for somebody")
}

async fn send(
    visitor: &mut Visitor,
    path: &str,
    fields: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Reply {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    let path = path.split('?').next().unwrap_or_default();
    visitor.send(Method::POST, path, headers, Some(body.finish())).await
}

#[tokio::test]
async fn no_other_site_can_act_for_a_reader() {
    let cast = Cast::new().await;
    let mut others = cast.visitor(Actor::OtherBuyer).await;
    let others_token = others.csrf_token("/no/such/page").await;
    let mut mistakes = Vec::new();
    let routes = ROUTES.iter().filter(|r| r.method != "GET");
    for route in routes.filter(|r| !matches!(r.audience, Audience::OwnProof(_))) {
        let subject = of(route, &cast);
        let path = subject.as_ref().map_or(route.path, |s| &s.path);
        // Sign-in and its kin are as dangerous for those who are signed out.
        let mut readers = vec![insider(route, subject.as_ref())];
        if route.audience == Audience::Public {
            readers.push(Actor::Visitor);
        }
        for reader in readers {
            let mut visitor = cast.visitor(reader).await;
            let own = visitor.csrf_token("/no/such/page").await;
            let before = cast.world.checksum(&[]).await;
            for forgery in &FORGERIES {
                let mut fields: Vec<_> = subject.iter().flat_map(Subject::fields).collect();
                match forgery.token {
                    Token::None => {}
                    Token::Guessed => fields.push(("csrf_token", "0123456789abcdef")),
                    Token::Others => fields.push(("csrf_token", &others_token)),
                    Token::Own => fields.push(("csrf_token", &own)),
                }
                // What is safe to repeat is let through where the browser vouches for the form.
                let vouched = [("sec-fetch-site", "")];
                let is_repeatable = ["/login", "/logout", "/language"].contains(&route.path);
                let headers = match forgery.headers {
                    [] if is_repeatable => &vouched[..],
                    headers => headers,
                };
                let reply = send(&mut visitor.clone(), path, &fields, headers).await;
                if reply.status != 403 {
                    let what = format!("{} {}", reply.status, reply.location());
                    mistakes.push(format!("{path} as {reader:?}, {}: {what}", forgery.name));
                }
            }
            if before != cast.world.checksum(&[]).await {
                mistakes.push(format!("{path} as {reader:?}: something was changed"));
            }
        }
    }
    assert!(mistakes.is_empty(), "not refused:\n{}", mistakes.join("\n"));
}

/// Reads that write, and why another site may cause them: a browser sends the cookie with a link
/// that is followed, from wherever. Each with the tables that it writes.
const WRITING_READS: [(&str, &[&str], &str); 4] = [
    ("/notifications/{id}", &["notifications"], "it marks as read what it then shows"),
    (
        "/orders",
        &["orders", "order_events", "dispatches", "outbox"],
        "it gives the reader what was paid with the address that they have confirmed",
    ),
    (
        "/merchant/agreement",
        &["agreements"],
        "the first to read a text sees it entered as published",
    ),
    (
        "/account/security/second-factor/enrol",
        &["second_factor_enrolments"],
        "the key that is shown waits for its first code, and counts for nothing before",
    ),
];

#[tokio::test]
async fn a_link_on_another_site_changes_nothing() {
    let cast = Cast::new().await;
    let (mut mistakes, mut tried) = (Vec::new(), 0);
    // An order that waits for its buyer to sign in, so that reading the list writes.
    let order = &cast.order;
    let unclaimed = format!("UPDATE orders SET buyer_id = NULL WHERE public_id = '{order}'");
    cast.world.owner_sql(&unclaimed).await;
    for route in ROUTES.iter().filter(|r| r.method == "GET") {
        let subject = of(route, &cast);
        let path = subject.as_ref().map_or(route.path, |s| &s.path);
        let reader = match route.path {
            "/orders" => Actor::Buyer,
            _ => insider(route, subject.as_ref()),
        };
        let mut visitor = cast.visitor(reader).await;
        let headers = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("referer", "https://evil.example/"),
        ];
        let but = WRITING_READS.iter().find(|(path, ..)| *path == route.path);
        let sums = async || cast.world.checksum(but.map_or(&[], |(_, tables, _)| *tables)).await;
        let before = sums().await;
        visitor.send(Method::GET, path, &headers, None).await;
        if before != sums().await {
            mistakes.push(route.path);
        }
        tried += 1;
    }
    assert!(mistakes.is_empty(), "something was changed:\n{}", mistakes.join("\n"));
    assert!(tried > 50, "{tried} routes only");
    let buyer = format!("SELECT buyer_id FROM orders WHERE public_id = '{order}'");
    assert_eq!(cast.world.value(&buyer).await, cast.buyer.id.to_string(), "the list did write");
}

/// A visitor's token belongs to a cookie: without one all visitors would have the same.
#[tokio::test]
async fn a_visitor_without_the_cookie_has_no_token() {
    let cast = Cast::new().await;
    let mut visitor = cast.world.visitor();
    let mut sign = async |cookie: &str| {
        let key = cast.world.config.key_bytes();
        let token = signing::token(key, "csrf-visitor", &[cookie.as_bytes()]);
        visitor.set_cookie("surety_csrf", cookie);
        let fields = [("csrf_token", token.as_str()), ("locale", "en"), ("next", "/rules")];
        send(&mut visitor, "/language", &fields, &[("sec-fetch-site", "")]).await.status
    };
    assert_eq!(sign("").await, 403);
    assert_eq!(sign("short").await, 403);
    assert_eq!(sign(&"long-enough-".repeat(3)).await, 303);
}

/// The same requests from our own page pass the gate: what refuses above is what it is said to be.
#[tokio::test]
async fn our_own_pages_can_act() {
    let cast = Cast::new().await;
    let mut visitor = cast.visitor(Actor::Buyer).await;
    let own = visitor.csrf_token("/no/such/page").await;
    for headers in [
        &[][..],
        &[("origin", "")],
        &[("sec-fetch-site", "")],
        &[("origin", ""), ("sec-fetch-site", "")],
    ] {
        let fields = [("csrf_token", own.as_str()), ("locale", "en"), ("next", "/rules")];
        let reply = send(&mut visitor.clone(), "/language", &fields, headers).await;
        assert_eq!(reply.status, 303, "{headers:?}: {}", reply.text());
    }
}

#[tokio::test]
async fn routes_with_their_own_proof_ignore_cookies() {
    let cast = Cast::new().await;
    let mut tried = 0;
    for route in ROUTES.iter() {
        let Audience::OwnProof(proof) = route.audience else { continue };
        assert!(!proof.is_empty(), "{} does not say what its proof is", route.path);
        assert_eq!(route.method, "POST", "{}", route.path);
        let path = of(route, &cast).map_or(route.path.to_owned(), |s| s.path);
        let mut stranger = cast.visitor(Actor::Visitor).await;
        let without = send(&mut stranger, &path, &[("x", "y")], &[]).await;
        assert!((400..500).contains(&without.status), "{path}: {}", without.status);
        for actor in Actor::ALL {
            let mut visitor = cast.visitor(actor).await;
            let token = visitor.csrf_token("/no/such/page").await;
            let before = cast.world.checksum(&[]).await;
            let fields = [("x", "y"), ("csrf_token", token.as_str())];
            let with = send(&mut visitor, &path, &fields, &[]).await;
            assert_eq!(with.status, without.status, "{path} as {actor:?}");
            assert!(with.headers.get("set-cookie").is_none(), "{path} sets a cookie");
            assert!(before == cast.world.checksum(&[]).await, "{path}: something was changed");
        }
        tried += 1;
    }
    assert!(tried >= 1, "no route has its own proof");
}

#[tokio::test]
async fn a_browser_that_hides_its_origin_posts_to_its_own_site() {
    let cast = Cast::new().await;
    let mut visitor = cast.visitor(Actor::Buyer).await;
    let token = visitor.csrf_token("/account").await;
    let fields = [("csrf_token", token.as_str()), ("locale", "en"), ("next", "/account")];
    let hidden = [("origin", "null"), ("sec-fetch-site", "same-origin")];
    send(&mut visitor, "/language", &fields, &hidden).await.sends_to("/account");
}

#[tokio::test]
async fn a_tab_that_was_open_meanwhile_signs_in_out_and_chooses_a_language() {
    let cast = Cast::new().await;
    let person = cast.world.person("Lin").await;
    // Two tabs of the sign-in: the second is sent after the first.
    let mut browser = cast.world.visitor();
    let (one, other) = (browser.get("/login").await, browser.get("/login").await);
    let right = [("email", &*person.email), ("password", crate::support::PASSWORD)];
    browser.submit_on(&one, "/login", &right).await.sends_to("/orders");
    browser.submit_on(&other, "/login", &right).await.sends_to("/orders");
    // A language chosen on the page from before.
    browser.submit_on(&one, "简体中文", &[]).await.expect(303);
    // Signed out in two tabs.
    let (one, other) = (browser.get("/account").await, browser.get("/account").await);
    browser.submit_on(&one, "/logout", &[]).await.sends_to("/");
    browser.submit_on(&other, "/logout", &[]).await.sends_to("/");
    browser.get("/account").await.sends_to("/login");
}
