//! Any sequence of actions and of time: the program's machines do what the model does, with the
//! same money, and keep every invariant after each step.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::DateTime;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;
use surety::cases::refund::{self, Request};
use surety::cases::store::Case;
use surety::kernel::time::Timestamp;
use surety::ledger::journal::Account;
use surety::orders::change::{
    Change, Delivery, Hold, HoldKind, Order, Part, Party, Receipt, Refused, Side, Status, Terms,
};
use surety::orders::commands::claim_letter;
use surety::orders::policy::{Channel, Clock, DeliveryKind, Policy};
use surety::orders::state::{self, Decision};
use uuid::Uuid;

use super::model::{Action, DAY, HOUR, Model, Stands};
use super::stock::cny;
use crate::support::{Chance, World, prove};

const BUYER: Party = Party::Buyer(7, 1);
const MERCHANT: Party = Party::Merchant(8, 2);

fn time(us: i64) -> Timestamp {
    DateTime::from_timestamp_micros(us).expect("a time")
}

/// Microseconds since 1970.
pub fn us(at: Timestamp) -> i64 {
    at.timestamp_micros()
}

/// An amount in cents.
pub fn cents(amount: Decimal) -> i64 {
    (amount * Decimal::ONE_HUNDRED).to_i64().expect("whole cents")
}

/// The kind of delivery that gives so much time to confirm.
fn kind_of(confirm_within: i64) -> DeliveryKind {
    match confirm_within / DAY {
        3 => DeliveryKind::Online,
        7 => DeliveryKind::InPerson,
        10 => DeliveryKind::Express,
        _ => DeliveryKind::SurfaceMail,
    }
}

/// The delivery that gives so much time to confirm.
pub fn delivery_of(confirm_within: i64) -> Delivery {
    let kind = kind_of(confirm_within);
    Delivery { kind, carrier: String::new(), tracking: String::new() }
}

/// What to try next. Mostly what may be possible, so that orders come far.
pub fn any_action(chance: &mut Chance, model: &Model) -> Action {
    let time = *chance.one_of(&[3 * DAY, 7 * DAY, 10 * DAY, 30 * DAY]);
    let days = i32::try_from(chance.between(-1, 31)).expect("small");
    let part = chance.between(-1, model.price + 1);
    let cents = if chance.once_in(2) { model.price } else { part };
    let known = chance.once_in(2);
    let all = [
        Action::Pay(known),
        Action::CancelByBuyer,
        Action::CancelByMerchant,
        Action::Deliver(time),
        Action::AskMoreTime,
        Action::Extend(days),
        Action::Confirm,
        Action::AskRefund(cents),
        Action::Agree,
        Action::Decline,
        Action::Withdraw,
        Action::Clock,
        Action::RefundClock,
        Action::Claim,
        Action::CorrectAddress,
    ];
    // Anybody may try anything, but most of the time people do what leads on.
    let likely = match model.stands {
        Stands::Unpaid => Action::Pay(known),
        Stands::Undelivered if model.case.is_none() => Action::Deliver(time),
        _ if model.case.is_some() && chance.once_in(2) => Action::Decline,
        _ if model.case.is_some() => Action::Withdraw,
        _ => Action::AskRefund(cents),
    };
    if chance.once_in(4) { likely } else { *chance.one_of(&all) }
}

/// How much time goes by, often to the very edge of a date.
pub fn any_wait(chance: &mut Chance, model: &Model, now: i64, edge: i64) -> i64 {
    let dates = [model.due, model.wake, model.overdue, model.case.map(|c| c.due)];
    let ahead: Vec<i64> = dates.into_iter().flatten().filter(|at| *at > now).collect();
    match chance.below(6) {
        0 | 1 => 0,
        2 => chance.between(0, HOUR),
        3 => chance.between(0, 4 * DAY),
        _ if ahead.is_empty() => chance.between(0, DAY),
        _ => (*chance.one_of(&ahead) - now + edge * chance.between(-1, 1)).max(0),
    }
}

/// What is different between the program's order and the model's.
pub fn differences(model: &Model, order: &Order, case: Option<(i64, i64)>) -> Vec<String> {
    let stands = match order.status {
        Status::AwaitingPayment => Stands::Unpaid,
        Status::AwaitingDelivery => Stands::Undelivered,
        Status::AwaitingConfirmation => Stands::Unconfirmed,
        Status::Completed => Stands::Completed,
        Status::Closed => Stands::Closed,
    };
    let declined = order.hold.map(|hold| hold.turn == Side::Buyer);
    let pairs = [
        ("status", format!("{stands:?}"), format!("{:?}", model.stands)),
        ("due", format!("{:?}", order.clock.due_at.map(us)), format!("{:?}", model.due)),
        ("wake", format!("{:?}", order.clock.wake_at.map(us)), format!("{:?}", model.wake)),
        (
            "overdue",
            format!("{:?}", order.clock.overdue_at.map(us)),
            format!("{:?}", model.overdue),
        ),
        (
            "pause",
            format!("{:?}", order.hold.map(|hold| (us(hold.since), hold.left_us))),
            format!("{:?}", model.pause.map(|p| (p.since, p.left))),
        ),
        ("paused", order.paused_total_us.to_string(), model.paused.to_string()),
        ("days", order.extension_days.to_string(), model.extended.to_string()),
        ("asked", order.extension_asked_at.is_some().to_string(), model.asked_more.to_string()),
        ("requests", order.refunds_asked.to_string(), model.requests.to_string()),
        ("buyer", order.buyer_id.is_some().to_string(), model.has_buyer.to_string()),
        ("held", cents(order.held().amount()).to_string(), model.held.to_string()),
        ("case", format!("{declined:?}"), format!("{:?}", model.case.map(|c| c.declined))),
        ("request", format!("{case:?}"), format!("{:?}", model.case.map(|c| (c.cents, c.due)))),
        ("end", order.outcome.is_some().to_string(), model.has_ended().to_string()),
        ("ended_at", order.ended_at.is_some().to_string(), model.has_ended().to_string()),
    ];
    let differ = pairs.into_iter().filter(|(_, program, model)| program != model);
    differ.map(|(what, program, model)| format!("{what}: {program}, model {model}")).collect()
}

/// What holds after each step, whatever the model says.
fn broken(before: &Order, after: &Order, books: &Books, now: i64) -> Vec<&'static str> {
    let held = cents(after.held().amount());
    let paused = after.hold.is_some();
    let resumed = before.hold.is_some() && !paused && !after.status.is_ended();
    let delivered = before.status != after.status;
    let moved_by_pause = match (before.hold, after.clock.due_at) {
        (Some(hold), Some(due)) if resumed && !delivered => us(due) - now == hold.left_us,
        _ => true,
    };
    [
        ("escrow is what is held", books.escrow == held),
        ("paid is where it went", books.paid == books.merchant + books.fees + books.refunds + held),
        ("nothing is negative", books.merchant.min(books.fees).min(books.refunds) >= 0),
        ("an end is an end", !before.status.is_ended() || after.outcome == before.outcome),
        ("an ended order stays", !before.status.is_ended() || after.status == before.status),
        (
            "a paused clock stands",
            !paused || after.clock.due_at.is_none() && after.clock.wake_at.is_none(),
        ),
        ("a pause moves the end by itself", moved_by_pause),
        ("it wakes before its end", after.clock.wake_at <= after.clock.due_at),
        (
            "it wakes if it has an end",
            after.clock.wake_at.is_some() == after.clock.due_at.is_some(),
        ),
        (
            "held without an end stands",
            !after.status.is_held() || paused || after.clock.due_at.is_some(),
        ),
        ("what has ended has no clock", !after.status.is_ended() || after.clock.due_at.is_none()),
    ]
    .into_iter()
    .filter_map(|(rule, holds)| (!holds).then_some(rule))
    .collect()
}

/// What an order's journals come to, in cents.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Books {
    paid: i64,
    escrow: i64,
    merchant: i64,
    fees: i64,
    refunds: i64,
    settlements: i64,
}

impl Books {
    /// Books a journal, and says of which kind it is.
    fn book(&mut self, change: &Change) -> Option<&'static str> {
        let lines = change.journal.lines();
        let credited = |account| {
            let mut lines = change.journal.lines().iter().filter(|line| line.account == account);
            lines.next().map_or(0, |line| cents(line.amount.amount()))
        };
        let sum: Decimal = lines.iter().map(|l| l.amount.amount()).sum();
        assert!(sum.is_zero(), "a journal does not sum to zero: {change:?}");
        let refunds = credited(Account::Refunds);
        let released = credited(Account::Merchant) + credited(Account::Fees);
        self.escrow += credited(Account::Escrow);
        self.paid -= credited(Account::Gateway);
        self.merchant += credited(Account::Merchant);
        self.fees += credited(Account::Fees);
        self.refunds += refunds;
        let settles = !lines.is_empty() && credited(Account::Gateway) == 0;
        self.settlements += i64::from(settles);
        match (lines.is_empty(), settles, refunds > 0, released > 0) {
            (true, ..) => None,
            (_, false, ..) => Some("payment"),
            (_, _, true, true) => Some("split"),
            (_, _, true, false) => Some("return"),
            _ => Some("release"),
        }
    }
}

/// An order outside of any database.
struct Pure {
    order: Order,
    /// The last request.
    case: Option<Case>,
    books: Books,
}

/// The policy that the migrations publish.
fn policy() -> Arc<Policy> {
    let sql = include_str!("../../../migrations/2026-11-30-000600_orders/up.sql");
    let (_, rules) = sql.split_once("('goods', 1, '").expect("the policy");
    let (rules, _) = rules.split_once("', '").expect("its end");
    let rules: Value = serde_json::from_str(rules).expect("its rules");
    Arc::new(Policy::new(Channel::GOODS, 1, rules).expect("a policy"))
}

impl Pure {
    fn agreed(policy: &Arc<Policy>, price: i64, now: i64) -> Self {
        let stage = policy.stage(Status::AwaitingPayment).expect("a stage");
        let order = Order {
            id: 1,
            public_id: Uuid::nil(),
            merchant_id: 1,
            buyer_id: None,
            buyer_email: None,
            policy: Arc::clone(policy),
            status: Status::AwaitingPayment,
            version: 0,
            title: "City bicycle".to_owned(),
            terms: Terms::default(),
            price: cny(price),
            max_fee: policy.fee(cny(price)).expect("a fee"),
            covered: false,
            paid_at: None,
            clock: stage.begin(None, Clock::default(), time(now)),
            hold: None,
            paused_total_us: 0,
            extension_days: 0,
            extension_asked_at: None,
            delivery: None,
            ended_at: None,
            outcome: None,
            refunds_asked: 0,
        };
        Self { order, case: None, books: Books::default() }
    }

    /// What is asked for, and when the clock decides.
    fn request(&self) -> Option<(i64, i64)> {
        let open = self.case.as_ref()?;
        Some((cents(open.amount.amount()), us(open.due_at?)))
    }

    fn decide(&self, action: Action, now: i64) -> Decision {
        let (o, now) = (&self.order, time(now));
        let open = self.case.as_ref().filter(|case| case.due_at.is_some());
        match action {
            Action::Pay(known) => {
                let receipt = Receipt {
                    payment_id: 1,
                    provider_reference: "transaction".to_owned(),
                    covered: true,
                    buyer_email: "mei@example.com".to_owned(),
                    buyer_id: known.then_some(7),
                    account_fingerprint: None,
                };
                state::pay(o, receipt, None, now)
            }
            Action::CancelByBuyer => state::cancel(o, BUYER, now),
            Action::CancelByMerchant => state::cancel(o, MERCHANT, now),
            Action::Deliver(time) => state::deliver(o, MERCHANT, &delivery_of(time), now),
            Action::AskMoreTime => state::ask_extension(o, BUYER, now),
            Action::Extend(days) => state::extend(o, MERCHANT, days, now),
            Action::Confirm => state::confirm(o, BUYER, now),
            Action::AskRefund(cents) => {
                let reason = "It is bent".to_owned();
                let request = Request { public_id: Uuid::nil(), amount: cny(cents), reason };
                refund::ask(o, BUYER, &request, now)
            }
            Action::Agree => {
                open.map_or(Err(Refused::NoCase), |case| refund::agree(o, case, MERCHANT, now))
            }
            Action::Decline => open.map_or(Err(Refused::NoCase), |case| {
                refund::decline(o, case, MERCHANT, "It was straight", now)
            }),
            Action::Withdraw => {
                open.map_or(Err(Refused::NoCase), |case| refund::withdraw(o, case, BUYER, now))
            }
            Action::Clock => state::tick(o, now),
            Action::RefundClock => {
                open.map_or(Err(Refused::NoCase), |case| refund::tick(o, case, now))
            }
            Action::Claim => state::claim(o, (7, 1), None, now),
            Action::CorrectAddress => {
                let letter = claim_letter(o.public_id, "a@b.example");
                state::correct_address(o, "a@b.example", "en", letter, now)
            }
        }
    }

    /// What the database function `change_order` does, without a database.
    fn apply(&mut self, change: &Change) -> Option<&'static str> {
        let (o, at) = (&mut self.order, change.at);
        assert_eq!(o.version, change.version, "decided on another version");
        let moved_on = o.status != change.status;
        let left_us = o.clock.due_at.map_or(0, |due| (us(due) - us(at)).max(0));
        o.version += 1;
        o.status = change.status;
        (o.clock, o.outcome) = (change.clock, change.outcome);
        o.ended_at = change.status.is_ended().then(|| o.ended_at.unwrap_or(at));
        let mut held_by_a_case = o.hold.filter(|_| !moved_on);
        for part in &change.parts {
            match part {
                Part::Receipt(receipt) => {
                    o.paid_at = Some(at);
                    o.buyer_id = o.buyer_id.or(receipt.buyer_id);
                }
                Part::Buyer { user_id } => o.buyer_id = Some(*user_id),
                Part::Extension { total_days } => o.extension_days = *total_days,
                Part::ExtensionAsked => o.extension_asked_at = Some(at),
                Part::Delivery(delivery) => o.delivery = Some(delivery.clone()),
                Part::Address { .. } | Part::SelfDealt { .. } => {}
                Part::CaseOpened(opened) => {
                    let (kind, turn, due_at) = (HoldKind::Refund, Side::Merchant, opened.due_at);
                    let begins = Hold { kind, turn, due_at, since: at, left_us };
                    let goes_on = held_by_a_case.map(|hold| Hold { turn, due_at, ..hold });
                    held_by_a_case = Some(goes_on.unwrap_or(begins));
                    o.refunds_asked += 1;
                    self.case = Some(Case {
                        public_id: opened.public_id,
                        version: 0,
                        status: String::new(),
                        amount: opened.amount,
                        reason: opened.reason.clone(),
                        answer: None,
                        opened_at: at,
                        due_at: Some(opened.due_at),
                    });
                }
                Part::CaseMoved(moved) => {
                    let turned = held_by_a_case.zip(moved.due_at);
                    held_by_a_case =
                        turned.map(|(hold, due_at)| Hold { turn: Side::Buyer, due_at, ..hold });
                    if let Some(case) = &mut self.case {
                        case.version += 1;
                        case.due_at = moved.due_at;
                    }
                }
            }
        }
        if let (Some(hold), None) = (o.hold, held_by_a_case) {
            o.paused_total_us += us(at) - us(hold.since);
            if let Some(case) = &mut self.case {
                case.due_at = None;
            }
        }
        o.hold = held_by_a_case;
        self.books.book(change)
    }
}

/// A move: event, status before and after, journal.
pub type Move = (String, String, String, Option<String>);

/// Takes random steps; returns every kind of move that was made.
fn walk(chance: &mut Chance, steps: usize) -> BTreeSet<Move> {
    let policy = policy();
    let mut moves = BTreeSet::new();
    let mut taken = 0;
    while taken < steps {
        let mut now = 1_800_000_000_000_000 + chance.between(0, DAY);
        let price = chance.between(1, 100_000);
        let mut model = Model::agreed(price, now);
        let mut pure = Pure::agreed(&policy, price, now);
        let mut history = vec![format!("agreed for {price} at {now}")];
        let mut after_end = 0;
        for _ in 0..60 {
            taken += 1;
            now += any_wait(chance, &model, now, 1);
            let action = any_action(chance, &model);
            history.push(format!("{now}: {action:?}"));
            let (before, was) = (pure.order.clone(), pure.order.status);
            let decided = pure.decide(action, now);
            let accepted = model.act(action, now);
            assert_eq!(decided.is_ok(), accepted, "{decided:?}\n{model:#?}\n{history:#?}");
            if let Ok(change) = decided {
                let journal = pure.apply(&change).map(str::to_owned);
                let (event, to) = (change.event.to_owned(), change.status.into_str().to_owned());
                moves.insert((event, was.into_str().to_owned(), to, journal));
            }
            let wrong = differences(&model, &pure.order, pure.request());
            assert!(wrong.is_empty(), "{wrong:#?}\n{history:#?}");
            let rules = broken(&before, &pure.order, &pure.books, now);
            assert!(rules.is_empty(), "{rules:?}\n{:#?}\n{history:#?}", pure.order);
            let books = pure.books;
            let same = (books.merchant, books.fees, books.refunds);
            assert_eq!(same, (model.released, model.fee, model.returned), "{history:#?}");
            assert!(books.settlements <= 1, "settled twice: {history:#?}");
            after_end += usize::from(model.has_ended());
            if after_end > 4 {
                break;
            }
        }
    }
    moves
}

#[test]
fn any_sequence_does_what_the_model_does() {
    let mut chance = Chance::new("sequences");
    walk(&mut chance, prove(1_000_000, 20_000));
}

#[tokio::test]
async fn the_table_of_moves_is_what_the_machines_can_do() {
    let world = World::new().await;
    let sql = "SELECT event, from_status, to_status, journal FROM order_moves \
        WHERE channel = 'goods'";
    let rows = world.owner_sql(sql).await;
    let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
    let table = rows.iter().map(|r| (text(&r[0]), text(&r[1]), text(&r[2]), r[3].clone()));
    let table: BTreeSet<Move> = table.collect();
    let mut made = walk(&mut Chance::new("moves"), 40_000);
    made.extend(super::found_self_dealt::found_moves(&Pure::agreed(&policy(), 100, 0).order));
    let only_made: Vec<_> = made.difference(&table).collect();
    let only_listed: Vec<_> = table.difference(&made).collect();
    assert!(only_made.is_empty() && only_listed.is_empty(), "{only_made:#?} {only_listed:#?}");
}
