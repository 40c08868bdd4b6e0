//! An order as both parties read it: the state in one sentence, where the money is, what happened,
//! and what happens next if nobody acts.

use crate::kernel::money::Money;
use crate::kernel::texts::Arg;
use crate::kernel::time::Timestamp;
use crate::orders::change::{Delivery, Order, Outcome, Side, Status};
use crate::orders::policy::DeliveryKind;
use crate::orders::store::EventRow;
use crate::web::page::Page;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The buyer.
    Buyer,
    /// A member of the merchant.
    Merchant,
}

impl Reader {
    const fn name(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Merchant => "merchant",
        }
    }
}

/// A state in a word: kind of chip, icon, text.
#[derive(Debug, Clone)]
pub struct Chip {
    /// The colour's name.
    pub kind: &'static str,
    /// The icon.
    pub icon: &'static str,
    /// The word.
    pub words: String,
}

/// The chip of a status.
pub fn chip(page: &Page, status: Status, has_case: bool) -> Chip {
    let (kind, icon) = match status {
        _ if has_case => ("held", "return"),
        Status::AwaitingPayment => ("", "clock"),
        Status::AwaitingDelivery | Status::AwaitingConfirmation => ("held", "clock"),
        Status::Completed => ("done", "check"),
        Status::Closed => ("", "cross"),
    };
    let words = if has_case { page.t("order-chip-refund") } else { page.t(chip_key(status)) };
    Chip { kind, icon, words }
}

fn chip_key(status: Status) -> String {
    format!("order-chip-{}", status.into_str().replace('_', "-"))
}

/// A step of the timeline.
#[derive(Debug, Clone)]
pub struct Step {
    /// `past`, `now` or `next`: what was, what is, what will be.
    pub class: &'static str,
    /// What.
    pub heading: String,
    /// More about it.
    pub note: String,
    /// When.
    pub at: Option<Timestamp>,
}

/// A station of the money line.
#[derive(Debug, Clone)]
pub struct Station {
    /// Who.
    pub who: String,
    /// The amount that stands there now.
    pub sum: Option<String>,
    /// More about it.
    pub say: String,
    /// Whether the money has been here and gone on.
    pub past: bool,
    /// Whether it is here now.
    pub here: bool,
}

/// An order as a page shows it.
#[derive(Debug, Clone)]
pub struct View {
    /// The state in a word.
    pub chip: Chip,
    /// The state in a sentence.
    pub lead: String,
    /// What to do about it.
    pub then: String,
    /// Where the money is.
    pub stations: Vec<Station>,
    /// `held` while money is held.
    pub line_kind: &'static str,
    /// What was, is, and will be.
    pub steps: Vec<Step>,
    /// How it was delivered, in words.
    pub delivery: Option<String>,
}

/// Everything that a view is made from.
pub struct Facts<'a> {
    /// The order.
    pub order: &'a Order,
    /// Its history.
    pub events: &'a [EventRow],
    /// The merchant's name.
    pub merchant: &'a str,
    /// Who reads.
    pub reader: Reader,
}

/// Fills a text with all that a sentence about an order may need.
fn sentence(page: &Page, key: &str, facts: &Facts<'_>) -> String {
    let order = facts.order;
    let case = case_of(facts.events);
    let due = order.hold.map(|hold| hold.due_at).or(order.clock.due_at);
    let when = |at: Option<Timestamp>| at.map_or_else(String::new, |at| page.when(&at));
    let args = [
        ("price", Arg::from(page.money(&order.price))),
        ("net", Arg::from(page.money(&net(order)))),
        ("fee", Arg::from(page.money(&order.max_fee))),
        ("merchant", Arg::from(facts.merchant)),
        ("due", Arg::from(when(due))),
        ("overdue", Arg::from(when(order.clock.overdue_at))),
        ("amount", Arg::from(page.money(&case.amount.unwrap_or(order.price)))),
        ("reason", Arg::from(case.reason.as_str())),
        ("left", Arg::from(left(page, order))),
    ];
    page.text(key, &args)
}

/// What the merchant gets when all is released.
fn net(order: &Order) -> Money {
    order.price.minus(order.max_fee).unwrap_or(order.price)
}

/// What is left on a paused clock, in days and hours.
fn left(page: &Page, order: &Order) -> String {
    let hours = order.hold.map_or(0, |hold| hold.left_us) / 3_600_000_000;
    page.t2("order-left", "days", hours / 24, "hours", hours % 24)
}

/// The open request, as the history tells it: the last question and the last answer.
#[derive(Default)]
struct Case {
    amount: Option<Money>,
    reason: String,
}

fn case_of(events: &[EventRow]) -> Case {
    let mut case = Case::default();
    for event in events {
        let detail = event.detail();
        case.amount = detail.amount.filter(|_| event.event == "ask_refund").or(case.amount);
        case.reason = detail.reason.unwrap_or(case.reason);
    }
    case
}

/// The part of the text keys that says where the order stands.
fn standing(order: &Order) -> String {
    match (order.hold, order.outcome) {
        (Some(hold), _) if hold.turn == Side::Merchant => "refund-asked".to_owned(),
        (Some(_), _) => "refund-declined".to_owned(),
        (None, Some(Outcome::Cancelled)) if order.paid_at.is_none() => {
            "cancelled-unpaid".to_owned()
        }
        (None, Some(outcome)) => outcome.into_str().to_owned(),
        (None, None) => order.status.into_str().replace('_', "-"),
    }
}

/// Makes the view of an order.
pub fn view(page: &Page, facts: &Facts<'_>) -> View {
    let order = facts.order;
    let mut standing = standing(order);
    if order.is_overdue(page.now) {
        standing = "overdue".to_owned();
    }
    let reader = facts.reader.name();
    let mut advice = standing.as_str();
    // Nobody is thanked for what the clock did.
    if facts.reader == Reader::Buyer
        && facts.events.iter().any(|e| e.event == "confirm_by_default")
        && order.outcome == Some(Outcome::Released)
    {
        advice = "released-by-default";
    }
    View {
        chip: chip(page, order.status, order.hold.is_some()),
        lead: sentence(page, &format!("order-lead-{reader}-{standing}"), facts),
        then: sentence(page, &format!("order-then-{reader}-{advice}"), facts),
        stations: stations(page, facts),
        line_kind: if order.status.is_held() { "held" } else { "" },
        steps: steps(page, facts, &standing),
        delivery: order.delivery.as_ref().map(|delivery| delivered(page, delivery)),
    }
}

/// How it was delivered, in words.
fn delivered(page: &Page, delivery: &Delivery) -> String {
    let kind = page.t(delivery_key(delivery.kind));
    if delivery.tracking.is_empty() {
        return kind;
    }
    let (carrier, tracking) = (delivery.carrier.as_str(), delivery.tracking.as_str());
    page.t3("order-delivery-tracked", "kind", kind, "carrier", carrier, "tracking", tracking)
}

/// The key of a way of delivery.
pub fn delivery_key(kind: DeliveryKind) -> String {
    format!("delivery-{}", kind.into_str().replace('_', "-"))
}

fn stations(page: &Page, facts: &Facts<'_>) -> Vec<Station> {
    let order = facts.order;
    let returned = returned(facts);
    let released = order.price.minus(returned).unwrap_or(order.price);
    let buyer = match facts.reader {
        Reader::Buyer => page.t("order-station-you"),
        Reader::Merchant => page.t("order-station-buyer"),
    };
    let at = match (order.status, order.outcome) {
        (Status::AwaitingPayment, _) => 0,
        (s, _) if s.is_held() => 1,
        (_, Some(Outcome::Released | Outcome::Split)) => 2,
        _ => 0,
    };
    let split = order.outcome == Some(Outcome::Split);
    let sum = |index: usize| match (at == index || (split && index == 0), split, index) {
        (false, ..) => None,
        (true, true, 0) => Some(page.money(&returned)),
        (true, true, _) => Some(page.money(&released)),
        (true, false, _) => Some(page.money(&order.price)),
    };
    let stands = match order.outcome {
        // Never paid, whoever ended it.
        Some(_) if order.paid_at.is_none() => "unpaid",
        Some(outcome) => outcome.into_str(),
        None => order.status.into_str(),
    };
    let say = |place: &str| {
        let outcome = stands.replace('_', "-");
        sentence(page, &format!("order-say-{place}-{outcome}"), facts)
    };
    let station = |index: usize, who: String, place: &str| Station {
        who,
        sum: sum(index),
        say: say(place),
        past: index < at && !(split && index == 0),
        here: index == at,
    };
    vec![
        station(0, buyer, "buyer"),
        station(1, page.t("order-station-held"), "held"),
        station(2, facts.merchant.to_owned(), "merchant"),
    ]
}

/// What went back to the buyer.
fn returned(facts: &Facts<'_>) -> Money {
    let order = facts.order;
    match order.outcome {
        Some(Outcome::Returned | Outcome::Cancelled) if order.paid_at.is_some() => order.price,
        Some(Outcome::Split) => case_of(facts.events).amount.unwrap_or(order.price),
        _ => Money::zero(order.price.currency()),
    }
}

fn steps(page: &Page, facts: &Facts<'_>, standing: &str) -> Vec<Step> {
    let order = facts.order;
    let mut steps: Vec<Step> = facts.events.iter().map(|e| past(page, e, facts)).collect();
    if order.status.is_ended() {
        if let Some(last) = steps.last_mut() {
            last.class = "now good";
        }
        return steps;
    }
    steps.push(Step {
        class: "now",
        heading: page.t(format!("order-now-{standing}")),
        note: if order.hold.is_some() {
            sentence(page, "order-now-paused", facts)
        } else {
            String::new()
        },
        at: None,
    });
    // Late or not, the grace period ends in the same way.
    let next = if standing == "overdue" { "awaiting-delivery" } else { standing };
    if order.status == Status::AwaitingDelivery && standing == "awaiting-delivery" {
        steps.push(Step {
            class: "next",
            heading: page.t("order-next-overdue"),
            note: page.t("order-next-overdue-why"),
            at: order.clock.overdue_at,
        });
    }
    steps.push(Step {
        class: "next",
        heading: sentence(page, &format!("order-next-{next}"), facts),
        note: sentence(page, &format!("order-why-{standing}"), facts),
        at: order.hold.map(|hold| hold.due_at).or(order.clock.due_at),
    });
    steps
}

fn past(page: &Page, event: &EventRow, facts: &Facts<'_>) -> Step {
    let detail = event.detail();
    let key = match event.event.as_str() {
        // Who cancelled, and what it was that ran out, make different sentences.
        "cancel" => format!("order-event-cancel-{}", event.actor),
        "remind" if detail.late => "order-event-remind-late".to_owned(),
        "expire" if facts.order.paid_at.is_none() => "order-event-expire-unpaid".to_owned(),
        "agree_refund" | "withdraw_refund" if event.actor == "system" => {
            format!("order-event-{}-clock", event.event.replace('_', "-"))
        }
        other => format!("order-event-{}", other.replace('_', "-")),
    };
    let note = match (&detail.delivery, detail.reason) {
        (Some(delivery), _) => delivered(page, delivery),
        (None, reason) => reason.unwrap_or_default(),
    };
    Step { class: "past", heading: sentence(page, &key, facts), note, at: Some(event.at) }
}
