//! A channel is data: one that only this test knows, driven through its clock by its own table.

use chrono::Duration;
use surety::orders::change::{Outcome, Status};
use surety::orders::commands::{OrderError, change};
use surety::orders::policy::{Channel, DeliveryKind};
use surety::orders::state;
use surety::orders::store::{self, Key};
use uuid::Uuid;

use super::stock::Stock;
use crate::support::World;

/// Things that are lent: who is late with sending them is reminded, and what nobody confirms goes
/// back.
const LOANS: &str = r#"
    INSERT INTO policies VALUES ('loans', 1, '{
      "stages": {
        "awaiting_payment": {"acts": "buyer", "within_s": 3600, "then": "nothing"},
        "awaiting_delivery": {"acts": "merchant", "within_s": 7200, "then": "remind",
          "remind_before_s": [600]},
        "awaiting_confirmation": {"acts": "buyer", "within_s": 10800, "then": "return"}},
      "extension_days_max": 0,
      "refund_answer_s": 172800, "refund_declined_s": 604800,
      "refund_requests_max": 3, "refund_pause_max_s": 1209600,
      "claim_window_s": 0, "fee_rate": "0.02", "fee_caps": {}}', '2020-01-01');
    INSERT INTO order_moves
      SELECT 'loans', event, from_status, to_status, actors, journal, outcome, on_hold, case_ends,
        when_due, parts, may_have
      FROM order_moves WHERE channel = 'goods' AND event IN ('pay', 'deliver', 'remind');
    INSERT INTO order_moves VALUES ('loans', 'expire', 'awaiting_confirmation', 'closed',
      '{system}', 'return', 'cancelled', 'refused', NULL, true, '{}', '{}')"#;

struct Loans<'a> {
    world: &'a World,
    id: Uuid,
}

impl Loans<'_> {
    /// What the clock does after so many minutes more: the event, if there was one.
    async fn after(&self, minutes: i64) -> Option<&'static str> {
        self.world.advance(Duration::minutes(minutes)).await;
        match change(&self.world.db, Key::Public(self.id), state::tick).await {
            Ok((_, change)) => Some(change.event),
            Err(OrderError::Refused(_)) => None,
            Err(error) => panic!("{error}"),
        }
    }

    async fn status(&self) -> (Status, Option<Outcome>) {
        let (order, _) = store::find(&self.world.db, Key::Public(self.id)).await.expect("an order");
        (order.status, order.outcome)
    }
}

#[tokio::test]
async fn a_channel_lives_by_its_own_table() {
    let world = World::new().await;
    world.owner_sql(LOANS).await;
    let stock = Stock::of(&world).await;
    let id = stock.agreed_in(Channel::named("loans".to_owned()), 10_000).await;
    let loans = Loans { world: &world, id };
    // Nothing happens to an order that nobody pays, and nobody is asked to look at it.
    assert_eq!(loans.after(61).await, None);
    let due = store::to_wake(&world.db, 10).await.expect("due orders");
    assert!(due.is_empty(), "{due:?}");
    assert_eq!(loans.status().await, (Status::AwaitingPayment, None));

    let reference = stock.attempt(id, Some(stock.buyer.id)).await;
    stock.take(reference, 10_000).await;
    assert_eq!(loans.after(109).await, None, "a minute before the reminder");
    assert_eq!(loans.after(1).await, Some("remind"));
    assert_eq!(loans.after(9).await, None, "a minute before the end");
    assert_eq!(loans.after(1).await, Some("remind"), "the time begins anew");
    assert_eq!(loans.after(109).await, None);
    assert_eq!(loans.after(1).await, Some("remind"));
    assert_eq!(loans.status().await, (Status::AwaitingDelivery, None));

    stock.deliver(id, DeliveryKind::Express).await;
    assert_eq!(loans.after(179).await, None);
    assert_eq!(loans.after(1).await, Some("expire"));
    assert_eq!(loans.status().await, (Status::Closed, Some(Outcome::Cancelled)));
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn a_channel_makes_no_move_that_its_table_lacks() {
    let world = World::new().await;
    world.owner_sql(LOANS).await;
    let stock = Stock::of(&world).await;
    let id = stock.agreed_in(Channel::named("loans".to_owned()), 10_000).await;
    let cancelled =
        change(&world.db, Key::Public(id), |o, now| state::cancel(o, stock.seller(), now)).await;
    assert!(matches!(cancelled, Err(OrderError::Db(_))), "{cancelled:?}");
    let (order, _) = store::find(&world.db, Key::Public(id)).await.expect("the order");
    assert_eq!((order.status, order.version), (Status::AwaitingPayment, 0));
}
