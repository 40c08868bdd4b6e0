//! The audit names what is wrong: each of its rules is broken once, by hand, as nobody but the
//! superuser could.

use std::collections::BTreeSet;
use std::time::Instant;

use surety::cases::commands as refunds;
use surety::orders::policy::DeliveryKind;
use surety::orders::store::Key;
use surety::orders::{commands, state};

use super::audit_rules::rules;
use crate::admission::damage::OF_SUBMISSIONS;
use crate::orders::stock::Stock;
use crate::support::{Cluster, Sql, World};
use crate::trust::damage::OF_BADGES;

/// A world in which everything has happened that orders and their money can come to.
async fn eventful() -> World {
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    world.trust_merchant("Harbour Bikes").await;
    let (db, seller, buyer) = (&world.db, stock.seller(), stock.buyer());
    stock.agreed(10_000).await;
    let unpaid = stock.agreed(10_000).await;
    commands::act(db, unpaid, seller, state::cancel).await.expect("cancelled unpaid");
    stock.paid(10_000).await;
    let cancelled = stock.paid(10_000).await;
    commands::act(db, cancelled, seller, state::cancel).await.expect("cancelled");
    stock.delivered(10_000, DeliveryKind::SurfaceMail).await;
    for _ in 0..2 {
        let released = stock.delivered(10_000, DeliveryKind::Express).await;
        let confirm =
            commands::change(db, Key::Public(released), |o, at| state::confirm(o, buyer, at));
        confirm.await.expect("confirmed");
    }
    for (cents, agreed) in [(10_000, true), (4_000, true), (3_000, false)] {
        let asked = stock.delivered(10_000, DeliveryKind::Express).await;
        stock.ask(asked, cents).await;
        if agreed {
            refunds::agree(db, asked, seller).await.expect("agreed");
        }
    }
    // The bank takes a payment of the wrong amount: it goes back.
    let order = stock.agreed(10_000).await;
    let reference = stock.attempt(order, None).await;
    stock.take(reference, 9_000).await;
    draw(&world, &stock, "50").await;
    world.work().await;
    // One that the bank refuses for good is the merchant's again.
    let server = world.as_server().await;
    let draw_again = "SELECT request_payout(gen_random_uuid(), merchant_id, 3, currency, \
                      'sandbox') FROM disbursements WHERE kind = 'payout'";
    assert_eq!(server.value(draw_again).await, "done");
    let bounce = "SELECT change_disbursement(id, version, 'bounced', NULL, 'closed', NULL, '{}', \
                  '{}') FROM disbursements WHERE kind = 'payout' AND amount = 3";
    assert_eq!(server.value(bounce).await, "done");
    // And some that is still on its way.
    draw(&world, &stock, "7").await;
    let returned = stock.paid(10_000).await;
    commands::act(db, returned, seller, state::cancel).await.expect("cancelled");
    // Time has closed the first one.
    stock.agreed(10_000).await;
    // A roll-up waits for whoever writes in the cluster, other tests too.
    let began = Instant::now();
    while world.value("SELECT count(*) FROM account_rollups").await == "0" {
        server.rows("SELECT roll_up_accounts()").await;
        assert!(began.elapsed().as_secs() < 20, "nothing is rolled up");
    }
    world
}

async fn draw(world: &World, stock: &Stock, amount: &str) {
    let (id, owner) = (stock.merchant.id, stock.merchant.owner.id);
    let server = world.as_server().await;
    let account = format!("SELECT change_payment_account({id}, 'Lantern', '6222', {owner})");
    server.rows(&account).await;
    world.advance(chrono::Duration::hours(24)).await;
    let draw =
        format!("SELECT request_payout(gen_random_uuid(), {id}, {amount}, 'CNY', 'sandbox')");
    assert_eq!(server.value(&draw).await, "done");
}

/// Each rule, and what breaks it. Short names stand for rows of the eventful world.
const DAMAGE: &[(&str, &str)] = &[
    (
        "a journal sums to zero",
        "UPDATE entries SET amount = amount + 1 WHERE journal_id = 1 AND amount > 0",
    ),
    ("a journal has one currency", "UPDATE entries SET currency = 'EUR' WHERE journal_id = 1"),
    ("a journal has entries", "DELETE FROM entries WHERE journal_id = 1"),
    ("an entry has its journal and its account", "DELETE FROM journals WHERE id = 1"),
    (
        "an entry has its journal and its account",
        "UPDATE entries SET account_id = -1 WHERE journal_id = 1 AND amount > 0",
    ),
    (
        "an event is booked once",
        "ALTER TABLE journals DROP CONSTRAINT journals_reference_key; \
         UPDATE journals SET reference = \
           (SELECT reference FROM journals WHERE id = 1) WHERE id = 2",
    ),
    (
        "a journal moves money as its kind may",
        "UPDATE journals SET kind = 'return' WHERE kind = 'release'",
    ),
    ("a journal moves money as its kind may", "UPDATE journals SET kind = 'gift' WHERE id = 1"),
    (
        "a journal moves money as its kind may",
        "UPDATE journals SET order_id = order_id + 1 WHERE kind = 'release'",
    ),
    (
        "a journal moves money as its kind may",
        "UPDATE journals SET merchant_id = -1 WHERE kind = 'payout'",
    ),
    (
        "a journal moves money as its kind may",
        "UPDATE entries SET account_id = (SELECT id FROM ledger_accounts WHERE kind = 'gateway') \
         WHERE account_id = (SELECT id FROM ledger_accounts WHERE kind = 'fees')",
    ),
    (
        "a kept balance equals its sum",
        "UPDATE ledger_accounts SET balance = balance + 1 WHERE kind = 'merchant'",
    ),
    (
        "a kept balance is never negative",
        "UPDATE ledger_accounts SET balance = -1 WHERE kind = 'merchant'",
    ),
    (
        "a balance follows from the one before",
        "UPDATE entries SET balance_after = balance_after + 1 WHERE (journal_id, account_id) = \
           (SELECT min(e.journal_id), min(a.id) FROM entries e JOIN ledger_accounts a \
            ON a.id = e.account_id AND a.kind = 'merchant')",
    ),
    ("a rolled-up balance equals its sum", "UPDATE account_rollups SET balance = balance + 1"),
    ("an order is sound", "UPDATE orders SET wake_at = ended_at WHERE status = 'completed'"),
    ("an order is sound", "UPDATE orders SET hold = 'refund' WHERE id = 1"),
    ("an order is sound", "UPDATE orders SET max_fee = price + 1 WHERE id = 1"),
    (
        "an order's accounts are its own",
        "UPDATE orders SET escrow_account_id = (SELECT escrow_account_id FROM orders WHERE id = 1) \
         WHERE id = 2",
    ),
    ("an order's accounts are its own", "UPDATE orders SET merchant_account_id = -1 WHERE id = 1"),
    ("an escrow belongs to an order", "DELETE FROM orders WHERE status = 'completed'"),
    (
        "a held order's escrow is its price, another's is zero",
        "UPDATE orders SET price = price + 1 WHERE status = 'awaiting_delivery'",
    ),
    (
        "a held order's escrow is its price, another's is zero",
        "UPDATE ledger_accounts SET balance = 5 WHERE id = (SELECT escrow_account_id FROM orders \
         WHERE status = 'completed' LIMIT 1)",
    ),
    (
        "an order was paid when its status says so",
        "UPDATE orders SET paid_at = NULL WHERE status = 'awaiting_delivery'",
    ),
    (
        "an order was paid when its status says so",
        "UPDATE orders SET paid_at = created_at WHERE status = 'awaiting_payment'",
    ),
    (
        "a paid order has one receipt, of its price",
        "DELETE FROM receipts WHERE unmatched_because IS NULL",
    ),
    (
        "a paid order has one receipt, of its price",
        "INSERT INTO receipts \
           (gateway, provider_reference, payment_id, order_id, amount, currency, at) \
         SELECT gateway, 'again ' || id, payment_id, order_id, amount, currency, at \
         FROM receipts WHERE unmatched_because IS NULL",
    ),
    ("a paid order has one receipt, of its price", "UPDATE receipts SET unmatched_because = NULL"),
    (
        "a receipt is of its payment",
        "UPDATE receipts SET payment_id = payment_id + 1 WHERE unmatched_because IS NULL",
    ),
    (
        "a receipt is of its payment",
        "UPDATE receipts SET order_id = NULL WHERE unmatched_because IS NULL",
    ),
    (
        "the provider's transaction is received once",
        "ALTER TABLE receipts DROP CONSTRAINT receipts_gateway_provider_reference_key; \
         UPDATE receipts SET provider_reference = 'same'",
    ),
    (
        "what was received is what the escrow took",
        "UPDATE receipts SET amount = amount + 1 WHERE unmatched_because IS NULL",
    ),
    (
        "a journal of an order is what an event of it booked",
        "DELETE FROM order_events WHERE event = 'confirm'",
    ),
    (
        "a journal of an order is what an event of it booked",
        "DELETE FROM entries WHERE journal_id IN (SELECT id FROM journals WHERE kind = 'payment'); \
         DELETE FROM journals WHERE kind = 'payment'",
    ),
    (
        "a journal of an order is what an event of it booked",
        "UPDATE journals SET at = at + interval '1 hour' WHERE kind = 'release'",
    ),
    (
        "an order ended as its settlement was booked",
        "UPDATE orders SET outcome = 'returned', status = 'closed' WHERE outcome = 'released'",
    ),
    (
        "an order ended as its settlement was booked",
        "UPDATE orders SET outcome = NULL, ended_at = NULL, status = 'awaiting_confirmation' \
         WHERE outcome = 'released'",
    ),
    ("a fee is the agreed one", "UPDATE orders SET max_fee = 2 WHERE outcome = 'released'"),
    ("a fee is the agreed one", "UPDATE orders SET max_fee = 0 WHERE outcome = 'split'"),
    (
        "an order is on hold while a case is open",
        "UPDATE cases SET status = 'withdrawn', due_at = NULL, ended_at = surety_now() \
         WHERE status = 'awaiting_merchant'",
    ),
    (
        "an order is on hold while a case is open",
        "DELETE FROM case_events e USING cases c WHERE c.id = e.case_id AND c.status = 'refunded'; \
         DELETE FROM cases WHERE status = 'refunded'",
    ),
    (
        "a case's history leads to its status",
        "UPDATE cases SET status = 'declined' WHERE status = 'awaiting_merchant'",
    ),
    (
        "a line of a history has its dispatch",
        "DELETE FROM dispatches WHERE stream = 'order' AND version = 1",
    ),
    (
        "what was agreed to return went back",
        "UPDATE cases SET amount = amount - 1 WHERE status = 'refunded'",
    ),
    (
        "what was agreed to return went back",
        "UPDATE cases SET status = 'withdrawn' WHERE status = 'refunded'",
    ),
    (
        "what goes out was booked, and what was booked goes out",
        "DELETE FROM disbursements WHERE kind = 'payout'",
    ),
    (
        "what goes out was booked, and what was booked goes out",
        "INSERT INTO disbursements (kind, order_id, receipt_id, amount, currency, status, \
         payee, next_attempt_at, created_at, status_since) \
         SELECT kind, order_id, receipt_id, amount, \
         currency, status, payee, next_attempt_at, created_at, status_since \
         FROM disbursements WHERE kind = 'refund'",
    ),
    (
        "what goes out was booked, and what was booked goes out",
        "UPDATE disbursements SET merchant_id = merchant_id + 1 WHERE kind = 'payout'",
    ),
    (
        "what has left or bounced is booked so",
        "UPDATE disbursements SET status = 'needs_details' \
         WHERE status = 'succeeded' AND kind <> 'payout'",
    ),
    (
        "what has left or bounced is booked so",
        "UPDATE disbursements SET status = 'succeeded' WHERE status = 'bounced'",
    ),
    (
        "what has left or bounced is booked so",
        "UPDATE disbursements SET merchant_id = merchant_id + 1 WHERE status = 'bounced'",
    ),
    (
        "a journal moves money as its kind may",
        "UPDATE journals SET merchant_id = -1 WHERE kind = 'payout_bounced'",
    ),
    (
        "the accounts of money on its way hold what is on its way",
        "UPDATE disbursements SET status = 'failed', next_attempt_at = created_at \
         WHERE status = 'bounced'",
    ),
    (
        "what has left or bounced is booked so",
        "UPDATE disbursements SET status = 'succeeded', next_attempt_at = NULL \
         WHERE status = 'requested'",
    ),
    (
        "money that no order took is booked",
        "UPDATE receipts SET amount = amount + 1 WHERE unmatched_because IS NOT NULL",
    ),
    (
        "money that no order took is booked",
        "DELETE FROM receipts WHERE unmatched_because IS NOT NULL",
    ),
    (
        "money that no order took is sent back",
        "DELETE FROM disbursements WHERE kind = 'return_unmatched'",
    ),
    (
        "money goes back to where it came from",
        "UPDATE disbursements SET payee = jsonb_set(payee, '{provider_reference}', '\"x\"') \
         WHERE kind = 'refund'",
    ),
    (
        "money goes back to where it came from",
        "UPDATE disbursements SET receipt_id = receipt_id + 1 WHERE kind = 'refund'",
    ),
    (
        "returned never exceeds the price",
        "UPDATE disbursements SET amount = 101 WHERE kind = 'refund'",
    ),
    (
        "the accounts of money on its way hold what is on its way",
        "UPDATE disbursements SET amount = amount + 1 WHERE status = 'requested'",
    ),
    (
        "the accounts of money on its way hold what is on its way",
        "DELETE FROM disbursements WHERE status = 'requested'",
    ),
    ("a history is unbroken", "DELETE FROM order_events WHERE version = 1"),
    ("a history is unbroken", "DELETE FROM order_events WHERE order_id = 1"),
    ("a history is unbroken", "DELETE FROM orders WHERE id = 1"),
    (
        "a history leads to the status",
        "UPDATE orders SET status = 'awaiting_delivery' WHERE status = 'awaiting_confirmation'",
    ),
    (
        "a step of a history begins where the one before ended",
        "UPDATE order_events SET from_status = 'awaiting_payment' WHERE event = 'deliver'",
    ),
    (
        "a step of a history is one that an order may take",
        "UPDATE order_events SET event = 'confirm' WHERE event = 'deliver'",
    ),
    (
        "a step of a history is one that an order may take",
        "UPDATE order_events SET event = 'remind' WHERE version = 0",
    ),
    (
        "an order's times are those of its history",
        "UPDATE orders SET status_since = status_since - interval '1 day' WHERE id = 1",
    ),
    (
        "an order's times are those of its history",
        "UPDATE orders SET ended_at = ended_at - interval '1 day' WHERE status = 'completed'",
    ),
    (
        "an application's history is unbroken",
        "INSERT INTO applications (merchant_id, kind, status, created_at, status_since) \
         SELECT id, 'first', 'draft', created_at, created_at FROM merchants LIMIT 1",
    ),
    ("a guard is on its table", "ALTER TABLE entries DISABLE TRIGGER entries_append_only"),
    ("a guard is on its table", "DROP TRIGGER entries_append_only ON entries"),
    (
        "a constraint holds for all rows",
        "ALTER TABLE ledger_accounts ADD CONSTRAINT later CHECK (balance >= 0) NOT VALID",
    ),
    (
        "an index is whole",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'entries_by_account'::regclass",
    ),
    (
        "the server's role does not write what functions write",
        "GRANT UPDATE ON orders TO surety_server",
    ),
    (
        "the server's role does not write what functions write",
        "GRANT UPDATE (changed_at) ON payment_accounts TO surety_server",
    ),
];

#[tokio::test]
async fn each_rule_names_what_breaks_it() {
    let world = eventful().await;
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new(), "before anything was broken");
    let superuser = Sql::connect(&Cluster::get().superuser_url(&world.database)).await;
    let mut missed = Vec::new();
    let damage = || DAMAGE.iter().chain(OF_BADGES).chain(OF_SUBMISSIONS);
    for (rule, damage) in damage() {
        superuser
            .rows(&format!("BEGIN; SET LOCAL session_replication_role = replica; {damage}"))
            .await;
        let found = superuser.rows("SELECT rule, subject, detail FROM audit_differences()").await;
        superuser.rows("ROLLBACK").await;
        assert!(found.iter().flatten().all(Option::is_some), "{damage}: a gap in {found:#?}");
        if !found.iter().any(|row| row[0].as_deref() == Some(rule)) {
            missed.push(format!("{rule}\n  after {damage}\n  is not in {found:#?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    let broken: BTreeSet<_> = damage().map(|(rule, _)| (*rule).to_owned()).collect();
    assert_eq!(broken, rules(), "every rule is broken by something here");
    assert_eq!(world.audit().await, Vec::<Vec<_>>::new(), "nothing stayed broken");
}

#[tokio::test]
async fn the_program_says_what_is_wrong_and_fails() {
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    let order = stock.paid(10_000).await;
    let sound = world.program(&["audit"]).await;
    assert!(sound.status.success(), "{sound:?}");
    assert_eq!(String::from_utf8_lossy(&sound.stdout), "every rule holds\n");
    // All that is known of the payment disappears, and its order goes on as if it had been paid.
    let superuser = Sql::connect(&Cluster::get().superuser_url(&world.database)).await;
    superuser.rows("SET session_replication_role = replica; DELETE FROM receipts").await;
    let id = world.value(&format!("SELECT id FROM orders WHERE public_id = '{order}'")).await;
    let broken = world.program(&["audit"]).await;
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    let said = String::from_utf8_lossy(&broken.stdout);
    let wanted = format!("a paid order has one receipt, of its price: order {id}: price 100.0000");
    assert!(said.contains(&wanted), "{wanted} is not in {said}");
}
