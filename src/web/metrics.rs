//! Metrics of requests by route: count, status, duration.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use actix_web::http::StatusCode;
use metrics::{Counter, Histogram, counter, histogram};

struct Counted {
    requests: Counter,
    seconds: Histogram,
}

thread_local! {
    // Looking up a metric by its labels costs more than counting with it.
    static COUNTED: RefCell<HashMap<(&'static str, StatusCode), Counted>> = RefCell::default();
}

/// `route` is a pattern rather than a path, because paths contain ids.
pub fn count(route: &'static str, status: StatusCode, took: Duration) {
    COUNTED.with_borrow_mut(|counted| {
        let counted = counted.entry((route, status)).or_insert_with(|| Counted {
            requests: counter!(
                "surety_http_requests_total",
                "route" => route, "status" => status.as_str().to_owned()
            ),
            seconds: histogram!("surety_http_seconds", "route" => route),
        });
        counted.requests.increment(1);
        counted.seconds.record(took.as_secs_f64());
    });
}
