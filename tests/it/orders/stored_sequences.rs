//! The same sequences through the program's verbs, in the database, with its clock put forward.

use chrono::Duration;
use surety::cases::{self, store as refunds};
use surety::kernel::email::Email;
use surety::kernel::locale::Locale;
use surety::orders::change::Order;
use surety::orders::commands::{self, OrderError};
use surety::orders::state;
use surety::orders::store::{self, Key};
use uuid::Uuid;

use super::model::{Action, Model};
use super::sequences::{any_action, any_wait, cents, delivery_of, differences, us};
use super::stock::{Stock, cny, violations};
use crate::support::{Chance, World, prove};

/// An order in the database, moved by the program's verbs.
struct Stored<'a> {
    world: &'a World,
    stock: &'a Stock,
    id: Uuid,
    references: [Uuid; 2],
}

impl Stored<'_> {
    async fn order(&self) -> (Order, Option<(i64, i64)>) {
        let db = &self.world.db;
        let (order, _) = store::find(db, Key::Public(self.id)).await.expect("the order");
        let currency = order.price.currency();
        let all = refunds::of_order(db, order.id, currency).await.expect("its requests");
        let open: Vec<_> =
            all.iter().filter_map(|r| Some((cents(r.amount.amount()), us(r.due_at?)))).collect();
        assert!(open.len() <= 1, "two open requests: {all:?}");
        (order, open.first().copied())
    }

    async fn act(&self, action: Action, price: i64) -> Result<(), OrderError> {
        let (db, id) = (&self.world.db, self.id);
        let (buyer, seller) = (self.stock.buyer(), self.stock.seller());
        let key = Key::Public(id);
        match action {
            Action::Pay(known) => {
                self.stock.take(self.references[usize::from(known)], price).await;
                Ok(())
            }
            Action::CancelByBuyer => commands::act(db, id, buyer, state::cancel).await,
            Action::CancelByMerchant => commands::act(db, id, seller, state::cancel).await,
            Action::Deliver(time) => {
                let delivery = delivery_of(time);
                commands::act(db, id, seller, |o, p, now| state::deliver(o, p, &delivery, now))
                    .await
            }
            Action::AskMoreTime => commands::act(db, id, buyer, state::ask_extension).await,
            Action::Extend(days) => {
                commands::act(db, id, seller, |o, p, now| state::extend(o, p, days, now)).await
            }
            Action::Confirm => commands::act(db, id, buyer, state::confirm).await,
            Action::AskRefund(cents) => {
                cases::commands::ask(db, id, buyer, cny(cents), "It is bent").await
            }
            Action::Agree => cases::commands::agree(db, id, seller).await,
            Action::Decline => cases::commands::decline(db, id, seller, "No").await,
            Action::Withdraw => cases::commands::withdraw(db, id, buyer).await,
            Action::Clock => commands::change(db, key, state::tick).await.map(|_| ()),
            Action::RefundClock => {
                cases::commands::tick_due(db, 1_000).await.map(|_| ()).map_err(Into::into)
            }
            Action::Claim => commands::claim(db, key, (self.stock.buyer.id, 1), None).await,
            Action::CorrectAddress => {
                let email = Email::parse("a@b.example").expect("an address");
                commands::correct_address(db, key, &email, Locale::En).await
            }
        }
    }

    async fn now(&self) -> i64 {
        us(self.world.now().await)
    }

    /// When the last change was made.
    async fn changed_at(&self, order: &Order) -> i64 {
        let events = store::events(&self.world.db, order.id).await.expect("its history");
        us(events.last().expect("a history").at)
    }

    /// What the books say: released, fee, returned.
    async fn money(&self) -> String {
        let id = self.id;
        self.world
            .value(&format!(
                "SELECT concat_ws(' ', \
                   coalesce(sum(e.amount) FILTER (WHERE a.kind = 'merchant') * 100, 0)::bigint, \
                   coalesce(sum(e.amount) FILTER (WHERE a.kind = 'fees') * 100, 0)::bigint, \
                   coalesce(sum(e.amount) FILTER (WHERE a.kind = 'refunds') * 100, 0)::bigint) \
                 FROM orders o JOIN journals j ON j.order_id = o.id \
                 JOIN entries e ON e.journal_id = j.id \
                 JOIN ledger_accounts a ON a.id = e.account_id WHERE o.public_id = '{id}'"
            ))
            .await
    }
}

/// Takes one order through the database; returns how many steps were taken.
async fn walk_stored(world: &World, stock: &Stock, chance: &mut Chance) -> usize {
    world.set_offset(0).await;
    let price = chance.between(1, 100_000);
    let id = stock.agreed(price).await;
    let references = [stock.attempt(id, None).await, stock.attempt(id, Some(stock.buyer.id)).await];
    let stored = Stored { world, stock, id, references };
    let created = "SELECT (extract(epoch FROM created_at) * 1000000)::bigint FROM orders";
    let created = world.value(&format!("{created} WHERE public_id = '{id}'")).await;
    let mut model = Model::agreed(price, created.parse().expect("a time"));
    let (mut history, mut after_end, mut steps) = (Vec::new(), 0, 0);
    while steps < 40 && after_end < 3 {
        steps += 1;
        let now = stored.now().await;
        let wait = any_wait(chance, &model, now, 5_000_000) / 1_000_000;
        world.advance(Duration::seconds(wait)).await;
        let (before, _) = stored.order().await;
        let action = any_action(chance, &model);
        let said = stored.act(action, price).await;
        let (after, case) = stored.order().await;
        let moved = after.version - before.version;
        let at = if moved > 0 { stored.changed_at(&after).await } else { stored.now().await };
        history.push(format!("{at}: {action:?} came to {said:?}"));
        assert!(matches!(said, Ok(()) | Err(OrderError::Refused(_))), "{history:#?}");
        let accepted = model.act(action, at);
        assert_eq!(moved, i32::from(accepted), "{model:#?}\n{after:#?}\n{history:#?}");
        let wrong = differences(&model, &after, case);
        assert!(wrong.is_empty(), "{wrong:#?}\n{history:#?}");
        after_end += usize::from(model.has_ended());
    }
    let money = format!("{} {} {}", model.released, model.fee, model.returned);
    assert_eq!(stored.money().await, money, "{history:#?}");
    steps
}

#[tokio::test]
async fn any_sequence_does_so_in_the_database() {
    let mut chance = Chance::new("stored sequences");
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    let (mut steps, wanted) = (0, prove(20_000, 600));
    while steps < wanted {
        steps += walk_stored(&world, &stock, &mut chance).await;
    }
    let wrong = violations(&world).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}
