//! Orders in any state, made by the program's own verbs without going over its pages.

use futures::StreamExt;
use surety::kernel::email::Email;
use surety::kernel::money::{Currency, Money};
use surety::orders::change::{Delivery, Party, Terms};
use surety::orders::commands::{self, Offer};
use surety::orders::policy::{Channel, DeliveryKind};
use surety::orders::store::{self, Key};
use surety::orders::{payment, polling, state};
use surety::payments::gateway::Notice;
use surety::worker::Services;
use uuid::Uuid;

use crate::support::{Merchant, Person, World};

/// Two parties and what they trade.
pub struct Stock {
    /// The shop.
    pub merchant: Merchant,
    /// The buyer.
    pub buyer: Person,
    services: Services,
}

/// An amount in yuan.
pub fn cny(cents: i64) -> Money {
    let currency = Currency::parse("CNY").expect("a currency");
    Money::new(rust_decimal::Decimal::new(cents, 2), currency).expect("an amount")
}

impl Stock {
    /// A merchant and a buyer of a world.
    pub async fn of(world: &World) -> Self {
        let merchant = world.merchant("Lantern Bikes").await;
        let buyer = world.person("Mei Lin").await;
        Self { merchant, buyer, services: world.services() }
    }

    /// The merchant as a party.
    pub fn seller(&self) -> Party {
        Party::Merchant(self.merchant.owner.id, 1)
    }

    /// The buyer as a party.
    pub fn buyer(&self) -> Party {
        Party::Buyer(self.buyer.id, 1)
    }

    /// An order that awaits payment.
    pub async fn agreed(&self, cents: i64) -> Uuid {
        self.agreed_in(Channel::GOODS, cents).await
    }

    /// As [`Self::agreed`], in another channel.
    pub async fn agreed_in(&self, channel: Channel, cents: i64) -> Uuid {
        let offer = Offer {
            channel,
            public_id: Uuid::new_v4(),
            merchant: (self.merchant.id, &self.merchant.name),
            covered: false,
            buyer_email: None,
            title: "City bicycle",
            terms: Terms {
                description: "52 cm, with lights".to_owned(),
                condition: "used".to_owned(),
                delivery: None,
            },
            price: cny(cents),
            time_zone: "UTC",
            by: (self.merchant.owner.id, 1),
        };
        let key = self.services.config.key_bytes();
        commands::create(&self.services.db, key, &offer).await.expect("an order").public_id
    }

    /// An attempt to pay an order: our reference at the bank.
    pub async fn attempt(&self, order: Uuid, buyer_id: Option<i64>) -> Uuid {
        let reference = Uuid::new_v4();
        let db = &self.services.db;
        let (order, now) = store::find(db, Key::Public(order)).await.expect("the order");
        let email = Email::parse(&self.buyer.email).expect("an address");
        let buyer = (buyer_id, email.as_str());
        let how = (polling::begin(order.clock.due_at, now), None);
        let row = store::begin_payment(db, reference, order.id, "sandbox", buyer, "en", how).await;
        row.expect("an attempt").expect("the order awaits payment");
        reference
    }

    /// The bank's notice, as it has been verified.
    pub async fn take(&self, reference: Uuid, cents: i64) {
        let transaction = Uuid::new_v4().to_string();
        let notice = Notice { reference, transaction, amount: cny(cents), payer_account: None };
        let gateway = self.services.payments.gateway.as_ref();
        payment::handle_payment_notification(&self.services.db, gateway, &notice)
            .await
            .expect("taken");
    }

    /// An order that awaits delivery.
    pub async fn paid(&self, cents: i64) -> Uuid {
        let order = self.agreed(cents).await;
        let reference = self.attempt(order, Some(self.buyer.id)).await;
        self.take(reference, cents).await;
        order
    }

    /// Delivers an order.
    pub async fn deliver(&self, order: Uuid, kind: DeliveryKind) {
        let delivery = Delivery { kind, carrier: String::new(), tracking: String::new() };
        let decide = |order: &_, party, now| state::deliver(order, party, &delivery, now);
        let done = commands::act(&self.services.db, order, self.seller(), decide).await;
        done.expect("delivered");
    }

    /// An order that awaits confirmation.
    pub async fn delivered(&self, cents: i64, kind: DeliveryKind) -> Uuid {
        let order = self.paid(cents).await;
        self.deliver(order, kind).await;
        order
    }

    /// As many delivered orders as are asked for.
    pub async fn many_delivered(&self, count: usize, kind: DeliveryKind) -> Vec<Uuid> {
        let made = futures::stream::iter(0..count).map(|_| self.delivered(10_000, kind));
        // As many at once as a world's pool has connections.
        made.buffer_unordered(4).collect().await
    }

    /// Asks for a part of the money back.
    pub async fn ask(&self, order: Uuid, cents: i64) {
        let db = &self.services.db;
        surety::cases::commands::ask(db, order, self.buyer(), cny(cents), "It is bent")
            .await
            .expect("asked");
    }
}

/// What is wrong with the orders of a world, order by order; the sum over the whole ledger would
/// not show an order that was settled twice.
pub async fn violations(world: &World) -> Vec<String> {
    let rows = world
        .owner_sql(
            "WITH escrow AS (
               SELECT e.account_id, sum(e.amount) FILTER (WHERE j.kind = 'payment') AS paid,
                 sum(e.amount) AS held, count(*) FILTER (WHERE e.amount < 0) AS settled
               FROM entries e JOIN journals j ON j.id = e.journal_id GROUP BY 1),
             parts AS (
               SELECT j.order_id,
                 sum(e.amount) FILTER (WHERE a.kind = 'merchant') AS released,
                 sum(e.amount) FILTER (WHERE a.kind = 'fees') AS fee,
                 sum(e.amount) FILTER (WHERE a.kind = 'refunds') AS returned
               FROM journals j JOIN entries e ON e.journal_id = j.id
               JOIN ledger_accounts a ON a.id = e.account_id
               WHERE j.kind IN ('release', 'return', 'split') GROUP BY 1),
             ends AS (
               SELECT order_id, count(*) AS ends FROM order_events
               WHERE to_status IN ('completed', 'closed')
                 AND (event NOT IN ('claim', 'correct_address')) GROUP BY 1),
             receipt AS (
               SELECT order_id, sum(amount) AS total, count(*) AS times FROM receipts
               WHERE unmatched_because IS NULL GROUP BY 1),
             sent AS (
               SELECT order_id, sum(amount) AS total FROM disbursements
               WHERE kind = 'refund' GROUP BY 1),
             facts AS (
               SELECT o.id, o.status, o.price, o.status IN ('completed', 'closed') AS ended,
                 coalesce(n.ends, 0) AS ends, coalesce(r.times, 0) AS receipts,
                 coalesce(r.total, 0) AS received, coalesce(x.paid, 0) AS paid,
                 coalesce(x.held, 0) AS held, coalesce(x.settled, 0) AS settled,
                 coalesce(p.released, 0) AS released, coalesce(p.fee, 0) AS fee,
                 coalesce(p.returned, 0) AS returned, coalesce(s.total, 0) AS sent
               FROM orders o LEFT JOIN escrow x ON x.account_id = o.escrow_account_id
               LEFT JOIN parts p ON p.order_id = o.id LEFT JOIN ends n ON n.order_id = o.id
               LEFT JOIN receipt r ON r.order_id = o.id LEFT JOIN sent s ON s.order_id = o.id)
             SELECT rule, f::text FROM facts f, LATERAL (VALUES
               ('ended more than once', ends > 1),
               ('its status and its history disagree about its end', ended <> (ends = 1)),
               ('paid more than once', receipts > 1),
               ('settled more than once', settled > 1),
               ('settled without an end, or ended without settling',
                 (settled = 1) <> (ended AND paid > 0)),
               ('what was received is not what is in escrow', received <> paid),
               ('paid in is not released + returned + fee + held',
                 paid <> released + returned + fee + held),
               ('holds what it should not', held <> CASE WHEN ended THEN 0 ELSE paid END),
               ('what goes back is not what was booked', sent <> returned)
             ) AS rules (rule, broken) WHERE broken",
        )
        .await;
    let text = |row: &Vec<Option<String>>, i: usize| row[i].clone().unwrap_or_default();
    let mut wrong: Vec<_> =
        rows.iter().map(|r| format!("{}: {}", text(r, 0), text(r, 1))).collect();
    for row in world.audit().await {
        wrong.push(format!("audit: {row:?}"));
    }
    wrong
}
