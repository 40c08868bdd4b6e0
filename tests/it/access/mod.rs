//! Every route × every kind of reader × one's own and another party's things; and every route that
//! a cookie authenticates refuses requests from other sites.
//!
//! What is expected follows from the audience in `routes.rs`, which `audiences.rs` holds against a
//! list of its own. What cannot follow from it, namely
//! whose things the parts of a path are, stands in `subjects.rs`; a route that is missing there
//! fails the test.

mod audiences;
mod cast;
mod cross_site;
mod odd_queries;
mod subjects;

use reqwest::Method;
use surety::accounts::actor::{Audience, Role};
use surety::routes::{ROUTES, Route};

use crate::support::Reply;
use cast::{Actor, Cast};
use subjects::{Subject, subject};

/// What the audience alone says of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    SignIn,
    SecondStep,
    EnrolFirst,
    BecomeMerchant,
    Forbidden,
}

fn gate(audience: Audience, actor: Actor) -> Gate {
    let is_member = matches!(actor, Actor::Seller | Actor::Clerk | Actor::OtherSeller);
    match (audience, actor) {
        (Audience::Public | Audience::OwnProof(_) | Audience::Development, _) => Gate::Open,
        (_, Actor::Visitor) => Gate::SignIn,
        (_, Actor::PendingSecondFactor) => Gate::SecondStep,
        (Audience::SignedIn | Audience::Confirmed, _) => Gate::Open,
        (Audience::Merchant | Audience::Owner, _) if !is_member => Gate::BecomeMerchant,
        (Audience::Owner, Actor::Clerk) => Gate::Forbidden,
        (Audience::Merchant | Audience::Owner, _) => Gate::Open,
        (Audience::Staff(_) | Audience::AnyStaff, Actor::StaffWithoutFactor) => Gate::EnrolFirst,
        (Audience::Staff(wanted), Actor::Staff(role)) if wanted == role => Gate::Open,
        (Audience::AnyStaff, Actor::Staff(_)) => Gate::Open,
        (Audience::Staff(_) | Audience::AnyStaff, _) => Gate::Forbidden,
    }
}

/// Why a reply is not what was expected; none when it is.
fn wrong(route: &Route, gate: Gate, is_party: bool, reply: &Reply) -> Option<String> {
    let reads = route.method == "GET";
    let expected = match gate {
        Gate::SignIn if reads => {
            reply.status == 303 && reply.location().starts_with("/login?next=")
        }
        Gate::SecondStep if reads => {
            reply.status == 303 && reply.location().starts_with("/login/second-factor?next=")
        }
        Gate::SignIn | Gate::SecondStep => reply.status == 401,
        Gate::EnrolFirst if reads => {
            let to = "/account/security/second-factor/enrol?next=%2Fadmin";
            reply.status == 303 && reply.location().starts_with(to)
        }
        Gate::EnrolFirst => reply.status == 403 && reply.text().contains("Nothing was changed"),
        Gate::BecomeMerchant if reads => reply.status == 303 && reply.location() == "/merchant",
        Gate::BecomeMerchant | Gate::Forbidden => reply.status == 403,
        Gate::Open if !is_party => reply.status == 404,
        Gate::Open => {
            let is_refusal = matches!(reply.status, 401 | 403 | 404 | 405) || reply.status >= 500;
            !is_refusal && !reply.location().starts_with("/login")
        }
    };
    let wanted = if gate == Gate::Open && !is_party { "404" } else { "" };
    (!expected).then(|| {
        format!("{gate:?} {wanted}, but {} {} “{}”", reply.status, reply.location(), reply.h1())
    })
}

fn of(route: &Route, cast: &Cast) -> Option<Subject> {
    let found = subject(route.method, route.path, cast);
    assert!(
        found.is_some() || !route.path.contains('{'),
        "{} {}: say in tests/it/access/subjects.rs what stands in its path, and whose it is",
        route.method,
        route.path
    );
    found
}

async fn ask(cast: &Cast, route: &Route, actor: Actor, path: &str, body: &[(&str, &str)]) -> Reply {
    let mut visitor = cast.visitor(actor).await;
    if route.method == "GET" {
        return visitor.get(path).await;
    }
    let token = visitor.csrf_token("/no/such/page").await;
    let path = path.split('?').next().unwrap_or_default();
    let mut fields = body.to_vec();
    fields.push(("csrf_token", &token));
    visitor.post(path, &fields).await
}

#[tokio::test]
async fn each_route_answers_each_reader_as_its_audience_says() {
    let mut cast = Cast::new().await;
    let mut mistakes = Vec::new();
    for route in ROUTES.iter().filter(|r| !matches!(r.audience, Audience::OwnProof(_))) {
        cast.renew().await;
        let subject = of(route, &cast);
        let path = subject.as_ref().map_or(route.path, |s| &s.path);
        let fields: Vec<_> = subject.iter().flat_map(Subject::fields).collect();
        // Whoever may do it comes last: what is done is done.
        let is_party = |actor: &Actor| subject.as_ref().is_none_or(|s| s.is_of(*actor));
        let mut actors = Actor::ALL.to_vec();
        actors.sort_by_key(|a| gate(route.audience, *a) == Gate::Open && is_party(a));
        for actor in actors {
            // What one party has done, another may do as well.
            if gate(route.audience, actor) == Gate::Open && is_party(&actor) {
                cast.renew().await;
            }
            let reply = ask(&cast, route, actor, path, &fields).await;
            let problem = wrong(route, gate(route.audience, actor), is_party(&actor), &reply);
            if let Some(problem) = problem {
                mistakes.push(format!("{} {} as {actor:?}: {problem}", route.method, route.path));
            }
        }
    }
    assert!(mistakes.is_empty(), "expected otherwise:\n{}", mistakes.join("\n"));
}

#[tokio::test]
async fn who_has_not_confirmed_the_address_may_neither_sell_nor_work_here() {
    let cast = Cast::new().await;
    cast.world.owner_sql("UPDATE users SET email_confirmed_at = NULL").await;
    let (mut mistakes, mut tried) = (Vec::new(), 0);
    for route in ROUTES {
        let actor = match route.audience {
            Audience::Merchant | Audience::Owner => Actor::Seller,
            Audience::Confirmed => Actor::Buyer,
            Audience::Staff(role) => Actor::Staff(role),
            Audience::AnyStaff => Actor::Staff(Role::Reviewer),
            _ => continue,
        };
        tried += 1;
        let subject = of(route, &cast);
        let path = subject.as_ref().map_or(route.path, |s| &s.path);
        let fields: Vec<_> = subject.iter().flat_map(Subject::fields).collect();
        let reply = ask(&cast, route, actor, path, &fields).await;
        let is_refused = if route.method == "GET" {
            reply.status == 303 && reply.location() == "/account/confirm-email"
        } else {
            reply.status == 403 && reply.link("Confirm my address") == "/account/confirm-email"
        };
        if !is_refused {
            let what = format!("{} {}", reply.status, reply.location());
            mistakes.push(format!("{} {} as {actor:?}: {what}", route.method, route.path));
        }
    }
    assert!(mistakes.is_empty(), "not refused:\n{}", mistakes.join("\n"));
    assert!(tried > 30, "{tried} routes only");
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_never_an_error() {
    let cast = Cast::new().await;
    let mut mistakes = Vec::new();
    for route in ROUTES.iter().filter(|r| !matches!(r.audience, Audience::OwnProof(_))) {
        let Some(subject) = of(route, &cast).filter(|_| route.path.contains('{')) else { continue };
        let actors = Actor::ALL.into_iter();
        let Some(actor) =
            actors.rev().find(|a| gate(route.audience, *a) == Gate::Open && subject.is_of(*a))
        else {
            continue;
        };
        let fields: Vec<_> = subject.fields().collect();
        for part in ["00000000-0000-4000-8000-000000000000", "x", "%00", "%FF", "1", "-1", "..%2F"]
        {
            let (before, after) = route.path.split_once('{').expect("a part");
            let rest = after.split_once('}').map_or("", |(_, rest)| rest);
            let rest = rest.replace(['{', '}'], "");
            let path = format!("{before}{part}{rest}");
            let reply = ask(&cast, route, actor, &path, &fields).await;
            if !(400..500).contains(&reply.status) || matches!(reply.status, 401 | 403) {
                let problem = format!("{} {}", reply.status, reply.location());
                mistakes.push(format!("{} {path} as {actor:?}: {problem}", route.method));
            }
        }
    }
    assert!(mistakes.is_empty(), "expected to find nothing:\n{}", mistakes.join("\n"));
}

#[tokio::test]
async fn outside_development_there_are_no_pages_of_development() {
    let cast = Cast::new().await;
    let (server, mut visitor) = cast.in_production().await;
    let mut tried = 0;
    for route in ROUTES.iter().filter(|r| r.audience == Audience::Development) {
        let subject = of(route, &cast);
        let path = subject.as_ref().map_or(route.path, |s| &s.path);
        if route.method == "GET" {
            visitor.get(path).await.expect(404);
        } else {
            let token = visitor.csrf_token("/no/such/page").await;
            visitor.post(path, &[("csrf_token", &token)]).await.expect(404);
        }
        tried += 1;
    }
    assert!(tried > 3, "{tried} routes only");
    server.stop(false).await;
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let cast = Cast::new().await;
    let mut visitor = cast.visitor(Actor::Visitor).await;
    for route in ROUTES.iter().filter(|r| r.method == "GET" && r.audience == Audience::Public) {
        let subject = of(route, &cast);
        let path = subject.as_ref().map_or(route.path, |s| &s.path);
        let get = visitor.get(path).await;
        let head = visitor.send(Method::HEAD, path, &[], None).await;
        assert_eq!(head.status, get.status, "HEAD {path}");
        assert!(head.bytes.is_empty(), "HEAD {path} has a body");
    }
}

/// The roles that routes name are tried by somebody who has them.
#[test]
fn every_role_is_an_actor() {
    for role in Role::ALL {
        assert!(Actor::ALL.contains(&Actor::Staff(role)));
    }
}
