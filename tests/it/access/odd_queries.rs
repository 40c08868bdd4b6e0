//! Whatever stands in the query of an address, a page answers; what cannot be read counts for
//! nothing or is refused, and is never an error of ours.

use surety::routes::ROUTES;

use super::{ask, of};
use crate::access::cast::{Actor, Cast};
use crate::access::cross_site::insider;

/// The names of all that our pages read.
const NAMES: [&str; 27] = [
    "action",
    "after",
    "before",
    "checked",
    "done",
    "from",
    "industry",
    "key",
    "merchant",
    "name",
    "newer",
    "next",
    "older",
    "origin",
    "overdue",
    "payment",
    "q",
    "received",
    "reviewer",
    "show",
    "state",
    "stuck_after",
    "subject",
    "to",
    "token",
    "unmatched_after",
    "until",
];

/// Each parameter with these values, one after the other, as a form repeats a name.
fn query(values: &[&str]) -> String {
    let pairs = NAMES.iter().flat_map(|name| values.iter().map(move |v| format!("{name}={v}")));
    pairs.collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn whatever_stands_in_a_query_a_page_answers() {
    let cast = Cast::new().await;
    let mut mistakes = Vec::new();
    let long = "x".repeat(2_500);
    for route in ROUTES.iter().filter(|r| r.method == "GET") {
        let subject = of(route, &cast);
        let whole = subject.as_ref().map_or(route.path, |s| &s.path);
        let path = whole.split('?').next().unwrap_or_default();
        let actor = insider(route, subject.as_ref());
        let plain = ask(&cast, route, actor, path, &[]).await.status;
        // What was repeated, emptied or typed with nothing to be seen counts for nothing.
        for values in [&["x", ""][..], &["%00", "%00%1F"], &["", "%20", "%E2%80%8B%E2%80%AE"]] {
            let odd = format!("{path}?{}", query(values));
            let status = ask(&cast, route, actor, &odd, &[]).await.status;
            if status != plain {
                mistakes.push(format!("{path} {plain}, with {values:?} {status}"));
            }
        }
        for value in [
            "-9999-01-01",
            "%2B262142-12-31",
            "9223372036854775807",
            "9223372036854775807-9223372036854775807",
            "-1",
            "%FF%FE",
            "%F0%9F%92%A9%00x",
        ] {
            let odd = format!("{path}?{}", query(&[value]));
            let status = ask(&cast, route, actor, &odd, &[]).await.status;
            if status >= 500 {
                mistakes.push(format!("{path} with {value}: {status}"));
            }
        }
        let odd = format!("{path}?q={long}&next={long}&older={long}&from={long}&key={long}");
        let status = ask(&cast, route, actor, &odd, &[]).await.status;
        if status >= 500 {
            mistakes.push(format!("{path} with long values: {status}"));
        }
    }
    assert!(mistakes.is_empty(), "answered otherwise:\n{}", mistakes.join("\n"));
}

#[tokio::test]
async fn an_endless_value_is_refused_before_anything_is_done_with_it() {
    let cast = Cast::new().await;
    let mut visitor = cast.visitor(Actor::Visitor).await;
    for path in ["/verify?q=", "/directory?q=", "/login?next=/", "/report?origin="] {
        visitor.get(&format!("{path}{}", "x".repeat(2_049))).await.expect(414);
        visitor.get(&format!("{path}{}", "x".repeat(2_047))).await.ok();
    }
}
