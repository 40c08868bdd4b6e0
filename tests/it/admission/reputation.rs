//! The reputation, measured from real orders.

use chrono::Duration;
use chrono_tz::Tz;
use rust_decimal::Decimal;
use surety::admission::commands::evaluation;
use surety::orders;
use surety::trust::criteria::{Criterion, CriterionResult, Met, Source, Value};

use super::ready::take;
use crate::support::{Merchant, World};

/// Paid and still open.
const HELD: &str = "'awaiting_delivery', NULL, NULL";
const COMPLETED: &str = "'completed', surety_now(), 'released'";
/// Settled with a part back to the buyer: performed all the same.
const SPLIT: &str = "'completed', surety_now(), 'split'";
const CANCELLED: &str = "'closed', surety_now(), 'cancelled'";
const RETURNED: &str = "'closed', surety_now(), 'returned'";
/// Never paid.
const UNPAID: &str = "'closed', surety_now(), 'unpaid'";

impl World {
    /// Writes orders of a merchant down: how many, as they stand, paid so long ago.
    async fn orders(&self, merchant: &Merchant, count: u32, stand: &str, ago: &str) {
        let paid = if stand == UNPAID { "NULL" } else { "at" };
        self.owner_sql(&format!(
            "INSERT INTO ledger_accounts (kind, owner_id, currency, balance) \
               VALUES ('merchant', {id}, 'CNY', 0) ON CONFLICT DO NOTHING; \
             INSERT INTO orders (public_id, merchant_id, channel, policy_version, status, \
               ended_at, outcome, title, terms, price, currency, max_fee, covered, time_zone, \
               created_at, status_since, paid_at, escrow_account_id, merchant_account_id) \
             SELECT gen_random_uuid(), {id}, 'goods', 1, {stand}, 'Lamp', '{{}}', 10, 'CNY', 0, \
               false, 'UTC', at - interval '1 hour', at, {paid}, a.id, a.id \
             FROM ledger_accounts a, \
               (SELECT surety_now() - interval '{ago}' AS at) t, generate_series(1, {count}) \
             WHERE a.kind = 'merchant' AND a.owner_id = {id}",
            id = merchant.id,
        ))
        .await;
    }

    /// The reputation of a merchant as it is evaluated now.
    async fn reputation(&self, merchant: &Merchant) -> CriterionResult {
        let now = self.now().await;
        let all = evaluation(&self.db, merchant.id, None, now, Tz::UTC).await.unwrap();
        all.get(Criterion::Reputation).expect("it is one of the six").clone()
    }
}

fn measured(result: &CriterionResult) -> (u64, Option<Decimal>) {
    match &result.value {
        Value::Reputation { paid, completion_rate, .. } => (*paid, *completion_rate),
        other => panic!("{other:?}"),
    }
}

/// Orders as they stand, and how many; what the criterion comes to, and from what.
type Case<'a> = (&'a [(&'a str, u32)], u64, Option<&'a str>, Met, Source);

#[tokio::test]
async fn thresholds_hold_on_real_orders() {
    let world = World::new().await;
    let cases: [Case<'_>; 8] = [
        (&[], 0, None, Met::NeedsJudgement, Source::Reviewer),
        // Nine are too few, however bad.
        (&[(CANCELLED, 9)], 9, Some("0"), Met::NeedsJudgement, Source::Reviewer),
        // Ten are measured; what was never paid is not among them.
        (&[(COMPLETED, 9), (CANCELLED, 1)], 10, Some("0.9"), Met::NotMet, Source::Orders),
        (&[(COMPLETED, 9), (UNPAID, 9)], 9, Some("1"), Met::NeedsJudgement, Source::Reviewer),
        // The boundary is good: what is left open, without ratings, a reviewer judges.
        (&[(COMPLETED, 18), (SPLIT, 1), (RETURNED, 1)], 20, Some("0.95"), NEEDS, Source::Reviewer),
        (&[(COMPLETED, 17), (SPLIT, 1), (RETURNED, 2)], 20, Some("0.9"), Met::NotMet, ORDERS),
        // What is still held is paid, and not ended.
        (&[(HELD, 10), (COMPLETED, 1)], 11, Some("1"), Met::NeedsJudgement, Source::Reviewer),
        (&[(HELD, 10)], 10, None, Met::NeedsJudgement, Source::Reviewer),
    ];
    for (rows, paid, rate, met, source) in cases {
        let merchant = world.merchant("Lantern Bikes").await;
        for (stand, count) in rows {
            world.orders(&merchant, *count, stand, "30 days").await;
        }
        let result = world.reputation(&merchant).await;
        let rate = rate.map(|r| r.parse::<Decimal>().unwrap());
        assert_eq!(measured(&result), (paid, rate), "{rows:?}");
        assert_eq!((result.met, result.source), (met, source), "{rows:?}");
    }
}

const NEEDS: Met = Met::NeedsJudgement;
const ORDERS: Source = Source::Orders;

#[tokio::test]
async fn only_the_last_twelve_months_and_the_merchants_own_orders_count() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let other = world.merchant("Harbour Books").await;
    world.orders(&other, 40, CANCELLED, "1 day").await;
    world.orders(&merchant, 40, CANCELLED, "12 months 1 minute").await;
    world.orders(&merchant, 1, CANCELLED, "12 months -1 minute").await;
    world.orders(&merchant, 11, COMPLETED, "1 day").await;
    let result = world.reputation(&merchant).await;
    assert_eq!(measured(&result).0, 12);
    assert_eq!(result.met, Met::NotMet, "11 of 12 are below 95 %");
    world.advance(Duration::minutes(2)).await;
    let result = world.reputation(&merchant).await;
    assert_eq!(measured(&result), (11, Some(Decimal::ONE)));
    assert_eq!(result.met, Met::NeedsJudgement);
}

#[tokio::test]
async fn of_very_many_orders_the_newest_are_read() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let since = world.now().await - Duration::days(365);
    world.orders(&merchant, 5, CANCELLED, "400 days").await;
    world.orders(&merchant, 5, CANCELLED, "300 days").await;
    world.orders(&merchant, 5, COMPLETED, "1 day").await;
    let read = async |newest| orders::record(&world.db, merchant.id, since, newest).await.unwrap();
    let whole = read(orders::NEWEST_MAX).await;
    assert_eq!((whole.paid, whole.ended, whole.completed, whole.is_cut), (10, 10, 5, false));
    let newest = read(5).await;
    assert_eq!((newest.paid, newest.completed, newest.is_cut), (5, 5, true));
    // What was not looked at is older than the window: nothing is missing.
    let exact = read(11).await;
    assert_eq!((exact.paid, exact.is_cut), (10, false));
}

#[tokio::test]
async fn the_reviewer_sees_what_was_measured_and_judges_what_was_not() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    world.orders(&applicant.merchant, 20, COMPLETED, "30 days").await;
    let path = applicant.path();
    let (_, mut reviewer) = world.reviewer().await;
    let page = take(&mut reviewer, &path).await;
    page.ok()
        .sees("100% (at least 95%)")
        .sees("none yet (at least 4.0)")
        .sees("Nothing measured so far speaks against the merchant");
    assert!(page.has_button("Record the judgement: Has a good reputation"));
    // Measured bad, there is nothing to judge.
    world.orders(&applicant.merchant, 2, CANCELLED, "20 days").await;
    let page = reviewer.get(&path).await;
    page.ok().sees("90.9% (at least 95%)");
    assert!(!page.has_button("Record the judgement: Has a good reputation"));
}
