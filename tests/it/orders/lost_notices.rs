//! Notices that never come: the gateway is asked, and its word counts as the notice, once.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::Duration;
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use secrecy::ExposeSecret;
use surety::db::Db;
use surety::kernel::email::Email;
use surety::orders::payment::{self, NotificationOutcome, handle_payment_notification, poll_due};
use surety::orders::store::{self, Key};
use surety::payments::gateway::{
    Gateway, GatewayError, Notice, Outcome, PaymentStatus, Payout, Refund, StartPayment,
};
use surety::payments::sandbox::{self, Play};
use tokio::sync::Barrier;
use uuid::Uuid;

use super::Trade;
use super::stock::{Stock, violations};
use crate::support::World;

/// A gateway that counts the questions, and may not answer.
struct Asked<'a> {
    bank: &'a dyn Gateway,
    times: AtomicUsize,
    is_down: bool,
    /// Holds the first two questions until both are asked: two workers are at it at once.
    both: Option<Barrier>,
}

impl<'a> Asked<'a> {
    fn of(bank: &'a dyn Gateway) -> Self {
        Self { bank, times: AtomicUsize::new(0), is_down: false, both: None }
    }

    fn times(&self) -> usize {
        self.times.load(Ordering::SeqCst)
    }
}

impl Gateway for Asked<'_> {
    fn name(&self) -> &'static str {
        self.bank.name()
    }

    fn start<'a>(&'a self, start: &'a StartPayment) -> BoxFuture<'a, Result<String, GatewayError>> {
        self.bank.start(start)
    }

    fn status(&self, reference: Uuid) -> BoxFuture<'_, Result<PaymentStatus, GatewayError>> {
        let nth = self.times.fetch_add(1, Ordering::SeqCst);
        async move {
            if let Some(both) = self.both.as_ref().filter(|_| nth < 2) {
                both.wait().await;
            }
            if self.is_down {
                return Err(GatewayError::Unavailable("down".to_owned()));
            }
            self.bank.status(reference).await
        }
        .boxed()
    }

    fn verify_notice(&self, body: &[u8]) -> Result<Option<Notice>, GatewayError> {
        self.bank.verify_notice(body)
    }

    fn account_fingerprint(&self, number: &str) -> Vec<u8> {
        self.bank.account_fingerprint(number)
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Result<Outcome, GatewayError>> {
        self.bank.refund(refund)
    }

    fn pay_out<'a>(&'a self, payout: &'a Payout) -> BoxFuture<'a, Result<Outcome, GatewayError>> {
        self.bank.pay_out(payout)
    }
}

/// Begins to pay an order as its buyer; our reference.
async fn begin(world: &World, stock: &Stock, gateway: &dyn Gateway, order: Uuid) -> Uuid {
    let (order, now) = store::find(&world.db, Key::Public(order)).await.expect("the order");
    let email = Email::parse(&stock.buyer.email).expect("an address");
    let buyer = (Some(stock.buyer.id), &email);
    let begun = payment::begin(&world.db, gateway, (&order, now), buyer, "en", "/", None).await;
    begun.expect("begun").reference
}

async fn receipts(world: &World) -> String {
    let sql = "SELECT count(*) || ' ' || count(unmatched_because) FROM receipts";
    world.value(sql).await
}

const FIRST: Duration = Duration::minutes(3);

#[tokio::test]
async fn who_paid_and_whose_notice_is_lost_has_paid() {
    let mut trade = Trade::new().await;
    let id = trade.order("50").await;
    let paid = trade.pay_as(&id, "lost").await;
    trade.world.work().await;
    assert_eq!(trade.of(&id, "status").await, "awaiting_payment");
    trade.buyer.get(&paid).await.ok().sees("The bank has not told us of your payment yet.");
    trade.world.advance(FIRST).await;
    trade.world.work().await;
    assert_eq!(trade.of(&id, "status").await, "awaiting_delivery");
    trade.buyer.get(&paid).await.sends_to(&format!("/orders/{id}"));
    trade.buyer.get(&format!("/orders/{id}")).await.ok().sees("¥50.00 is held safely");
    let open = "SELECT count(*) FROM payments WHERE ask_at IS NOT NULL";
    assert_eq!(trade.world.value(open).await, "0", "there is nothing left to ask");
    assert_eq!(receipts(&trade.world).await, "1 0");
    trade.audited().await;
}

#[tokio::test]
async fn what_was_lost_until_the_order_had_closed_goes_back() {
    let mut trade = Trade::new().await;
    let id = trade.order("50").await;
    let link = trade.link(&id).await;
    let mut guest = trade.world.visitor();
    let pay = format!("/orders/{id}/pay");
    let bank = guest.submit(&link, &pay, &[("email", "guest@example.com")]).await;
    let bank = bank.location().to_owned();
    trade.later(Duration::hours(25)).await;
    assert_eq!(trade.of(&id, "status").await, "closed");
    guest.submit(&bank, &bank, &[("play", "lost")]).await.expect(303);
    trade.later(Duration::hours(23)).await;
    assert_eq!(receipts(&trade.world).await, "1 1");
    let mails = trade.world.mails_to("guest@example.com").await;
    assert!(mails.iter().any(|m| m.message == "payment-unmatched"), "{mails:?}");
    trade.audited().await;
}

#[tokio::test]
async fn nobody_is_asked_about_for_ever_and_nothing_is_asked_twice() {
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    let services = world.services();
    let bank = services.payments.gateway.as_ref();
    let gateway = Asked { both: Some(Barrier::new(2)), ..Asked::of(bank) };
    for nth in 0..8 {
        let reference = begin(&world, &stock, &gateway, stock.agreed(5_000).await).await;
        match nth {
            // Refused: that is the end of it.
            0 => drop(sandbox::play(&world.db, reference, Play::Failure).await.expect("played")),
            // Known by its notice: there is nothing to ask.
            1 => stock.take(reference, 5_000).await,
            _ => {}
        }
    }
    assert_eq!(poll_due(&world.db, &gateway, 200).await.expect("asked"), 0, "it is too early");
    world.advance(FIRST).await;
    // Two workers: each attempt is asked about by one of them.
    let (one, two) =
        tokio::join!(poll_due(&world.db, &gateway, 200), poll_due(&world.db, &gateway, 200));
    assert_eq!(one.expect("asked") + two.expect("asked"), 8);
    assert_eq!(gateway.times(), 7);
    assert_eq!(poll_due(&world.db, &gateway, 200).await.expect("asked"), 0);
    // Six are open. The bank is away for a while: they are asked about again.
    world.advance(Duration::minutes(5)).await;
    let down = Asked { is_down: true, ..Asked::of(&gateway) };
    assert_eq!(poll_due(&world.db, &down, 200).await.expect("asked"), 6);
    assert_eq!(down.times(), 6);
    let mut rounds = 0;
    for _ in 0..60 {
        world.advance(Duration::hours(1)).await;
        rounds += usize::from(poll_due(&world.db, &gateway, 200).await.expect("asked") > 0);
    }
    assert!((5..20).contains(&rounds), "{rounds}");
    let open = "SELECT count(*) FROM payments WHERE ask_at IS NOT NULL";
    assert_eq!(world.value(open).await, "0", "it is given up after the time to pay");
    assert_eq!(receipts(&world).await, "1 0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_notice_and_answer_at_once_one_books() {
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    let services = world.services();
    let gateway = services.payments.gateway.as_ref();
    let plays = [Play::Success, Play::Twice, Play::Late, Play::WrongAmount];
    for nth in 0..24 {
        let reference = begin(&world, &stock, gateway, stock.agreed(5_000).await).await;
        sandbox::play(&world.db, reference, plays[nth % 4]).await.expect("played");
    }
    world.advance(FIRST).await;
    let notices = async || drop(services.payments.deliver_sandbox_notices(&world.db).await);
    let ask = async || poll_due(&world.db, gateway, 200).await.expect("asked");
    tokio::join!(notices(), ask(), notices(), ask());
    world.work().await;
    assert_eq!(receipts(&world).await, "24 6");
    let paid = "SELECT count(*) FROM orders WHERE status = 'awaiting_delivery'";
    assert_eq!(world.value(paid).await, "18");
    let wrong = violations(&world).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_booked_once_by_however_many() {
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    let services = world.services();
    let gateway = services.payments.gateway.as_ref();
    let others = Db::new(world.config.database.url.expose_secret(), 4).expect("a pool");
    for amount in [5_000, 4_000] {
        for _ in 0..10 {
            let reference = stock.attempt(stock.agreed(5_000).await, Some(stock.buyer.id)).await;
            let transaction = Uuid::new_v4().to_string();
            let amount = super::stock::cny(amount);
            let notice = Notice { reference, transaction, amount, payer_account: None };
            let tries = (0..6).map(|nth| {
                let (db, notice) = (if nth % 2 == 0 { &world.db } else { &others }, &notice);
                async move {
                    handle_payment_notification(db, gateway, notice).await.expect("taken")
                }
            });
            let taken = join_all(tries).await;
            let first = taken.iter().filter(|t| **t != NotificationOutcome::Repeated).count();
            assert_eq!(first, 1, "{taken:?}");
        }
    }
    assert_eq!(receipts(&world).await, "20 10");
    let wrong = violations(&world).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}
