//! Roll-ups of the platform's accounts: right at every moment, whatever is still open beside them.

use crate::support::{Sql, World};

/// Books a small journal between two platform accounts; the reference makes it unique.
async fn book(owner: &Sql, reference: &str, amount: i64) {
    owner
        .rows(&format!(
            "SELECT book_journal('{reference}', 'test', 'CNY', NULL, NULL, surety_now(), \
             '{{}}', '{{}}', '{{gateway,fees}}', '{{-{amount},{amount}}}')"
        ))
        .await;
}

/// The balance that is read, and the one that all entries sum to.
async fn balances(owner: &Sql) -> (String, String) {
    let read = "SELECT account_balance('fees', 0, 'CNY')::numeric(20, 4)";
    let sum = "SELECT coalesce(sum(amount), 0)::numeric(20, 4) FROM entries \
        WHERE account_id = ensure_account('fees', 0, 'CNY')";
    (owner.value(read).await, owner.value(sum).await)
}

async fn rolled_up_through(owner: &Sql) -> String {
    owner
        .value(
            "SELECT coalesce(max(through_journal_id), 0) FROM account_rollups \
             WHERE account_id = ensure_account('fees', 0, 'CNY')",
        )
        .await
}

async fn roll_up_until_it_moves(owner: &Sql) {
    let began = std::time::Instant::now();
    while rolled_up_through(owner).await == "0" {
        owner.rows("SELECT roll_up_accounts()").await;
        assert!(began.elapsed().as_secs() < 20, "nothing holds it, but it does not move");
    }
}

#[tokio::test]
async fn a_roll_up_waits_for_every_transaction_that_took_a_number() {
    let world = World::new().await;
    let (one, two) = (world.as_owner().await, world.as_owner().await);
    book(&one, "first", 10).await;
    // This one has its numbers, the highest so far, and is not committed.
    two.rows("BEGIN").await;
    book(&two, "slow", 5).await;

    let roll = "SELECT roll_up_accounts()";
    one.rows(roll).await;
    one.rows(roll).await;
    assert_eq!(rolled_up_through(&one).await, "0", "it rolled up past an open transaction");
    book(&one, "third", 7).await;
    for _ in 0..3 {
        one.rows(roll).await;
        assert_eq!(rolled_up_through(&one).await, "0", "it rolled up past an open transaction");
    }
    two.rows("COMMIT").await;
    assert_eq!(balances(&one).await, ("22.0000".to_owned(), "22.0000".to_owned()));
    // The horizon that was noted while it ran is final once the transactions of the whole cluster
    // (other tests') that ran then have ended.
    roll_up_until_it_moves(&one).await;
    assert_eq!(balances(&one).await, ("22.0000".to_owned(), "22.0000".to_owned()));
    assert_eq!(world.audit_but_kinds().await, Vec::<Vec<_>>::new());
}

/// A journal's number, taken while its transaction has none, would be rolled up to before its rows
/// can be seen.
#[tokio::test]
async fn a_journal_has_its_number_after_its_transaction() {
    let world = World::new().await;
    let (one, two) = (world.as_owner().await, world.as_owner().await);
    book(&one, "first", 10).await;
    // Whoever books waits between taking the number and writing the row.
    one.rows(
        "CREATE FUNCTION wait_to_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         PERFORM pg_advisory_xact_lock_shared(4711); RETURN NEW; END $$; \
         CREATE TRIGGER slow BEFORE INSERT ON journals FOR EACH ROW \
         EXECUTE FUNCTION wait_to_write(); \
         SELECT pg_advisory_lock(4711)",
    )
    .await;
    let slow = tokio::spawn(async move { book(&two, "slow", 5).await });
    let numbers = "SELECT count(*) || ' waits, ' || count(backend_xid) || ' has a number' \
        FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'";
    let mut seen = one.value(numbers).await;
    while seen.starts_with('0') {
        seen = one.value(numbers).await;
    }
    assert_eq!(seen, "1 waits, 1 has a number");
    one.rows("SELECT pg_advisory_unlock(4711)").await;
    slow.await.expect("booked");
    roll_up_until_it_moves(&one).await;
    assert_eq!(balances(&one).await, ("15.0000".to_owned(), "15.0000".to_owned()));
}

#[tokio::test]
async fn a_transaction_that_was_rolled_back_leaves_no_trace() {
    let world = World::new().await;
    let (one, two) = (world.as_owner().await, world.as_owner().await);
    // The first journal makes the accounts; whoever made one at the same time would wait.
    book(&one, "first", 3).await;
    two.rows("BEGIN").await;
    book(&two, "undone", 5).await;
    book(&one, "kept", 7).await;
    one.rows("SELECT roll_up_accounts()").await;
    two.rows("ROLLBACK").await;
    for _ in 0..3 {
        one.rows("SELECT roll_up_accounts()").await;
        assert_eq!(balances(&one).await, ("10.0000".to_owned(), "10.0000".to_owned()));
    }
}

#[tokio::test]
async fn balances_are_right_while_many_book_and_one_rolls_up() {
    let world = World::new().await;
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let own = world.as_owner().await;
        tasks.spawn(async move {
            for i in 0..25 {
                own.rows("BEGIN").await;
                book(&own, &format!("w{writer}-{i}"), i + 1).await;
                own.rows(if i % 7 == 3 { "ROLLBACK" } else { "COMMIT" }).await;
            }
        });
    }
    let mut rounds = 0;
    while !tasks.is_empty() {
        world.owner_sql("SELECT roll_up_accounts()").await;
        // One statement, so that both see the same moment.
        let differs = world
            .value(
                "SELECT count(*) FROM (SELECT account_balance('fees', 0, 'CNY') AS kept, \
                 (SELECT coalesce(sum(e.amount), 0) FROM entries e JOIN ledger_accounts a \
                  ON a.id = e.account_id WHERE a.kind = 'fees') AS summed) x \
                 WHERE kept <> summed",
            )
            .await;
        assert_eq!(differs, "0", "after {rounds} rounds");
        rounds += 1;
        while tasks.try_join_next().is_some_and(|done| done.is_ok()) {}
    }
    roll_up_until_it_moves(&world.owner).await;
    assert_eq!(world.audit_but_kinds().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn a_roll_up_is_a_transaction_of_its_own() {
    let world = World::new().await;
    let own = world.as_owner().await;
    own.rows("BEGIN").await;
    book(&own, "one", 3).await;
    assert_eq!(own.refused("SELECT roll_up_accounts()").await.0, "SU005");
}

#[tokio::test]
async fn a_horizon_of_another_cluster_is_thrown_away() {
    let world = World::new().await;
    book(&world.owner, "one", 3).await;
    // As after a restore: noted at a transaction that this cluster has not reached.
    world.owner_sql("INSERT INTO rollup_horizon VALUES (true, 1000000, '999999999')").await;
    for _ in 0..3 {
        world.owner_sql("SELECT roll_up_accounts()").await;
    }
    assert_eq!(balances(&world.owner).await, ("3.0000".to_owned(), "3.0000".to_owned()));
    book(&world.owner, "two", 4).await;
    assert_eq!(balances(&world.owner).await, ("7.0000".to_owned(), "7.0000".to_owned()));
    assert_ne!(rolled_up_through(&world.owner).await, "1000000");
}
