//! Tests of `credit`.

mod audit;
mod nights;
mod pages;
mod ratings;
mod self_dealing;

use crate::orders::Trade;
use crate::support::{Merchant, Person, World};

/// How orders stand that are written down at once.
pub const COMPLETED: &str = "'completed', 'released'";
pub const RETURNED: &str = "'closed', 'returned'";

impl World {
    /// Writes orders of a merchant down that were paid and ended at a moment; their rows.
    pub async fn past_orders(
        &self,
        merchant: &Merchant,
        buyer: &Person,
        count: u32,
        stand: &str,
        at: &str,
    ) -> Vec<String> {
        let (status, outcome) = stand.split_once(", ").expect("a status and an outcome");
        let rows = self
            .owner_sql(&format!(
                "INSERT INTO ledger_accounts (kind, owner_id, currency, balance) \
                   VALUES ('merchant', {id}, 'CNY', 0) ON CONFLICT DO NOTHING; \
                 INSERT INTO orders (public_id, merchant_id, buyer_id, channel, policy_version, \
                   status, ended_at, outcome, title, terms, price, currency, max_fee, covered, \
                   time_zone, created_at, status_since, paid_at, escrow_account_id, \
                   merchant_account_id) \
                 SELECT gen_random_uuid(), {id}, {buyer}, 'goods', 1, {status}, t.at, {outcome}, \
                   'Lamp', '{{}}', 10, 'CNY', 0, true, 'UTC', t.at - interval '1 hour', t.at, \
                   t.at, a.id, a.id \
                 FROM ledger_accounts a, (SELECT ({at})::timestamptz AS at) t, \
                   generate_series(1, {count}) \
                 WHERE a.kind = 'merchant' AND a.owner_id = {id} RETURNING id",
                id = merchant.id,
                buyer = buyer.id,
            ))
            .await;
        rows.into_iter().filter_map(|row| row[0].clone()).collect()
    }

    /// Writes a published rating of an order down.
    pub async fn past_rating(&self, order: &str, marks: [u8; 3], at: &str) {
        let [goods, service, delivery] = marks;
        self.owner_sql(&format!(
            "WITH r AS (INSERT INTO ratings (order_id, merchant_id, user_id, goods, service, \
               delivery, words, rated_at, publish_at) \
             SELECT id, merchant_id, buyer_id, {goods}, {service}, {delivery}, '', t.at, \
               t.at + interval '1 microsecond' \
             FROM orders, (SELECT ({at})::timestamptz AS at) t WHERE id = {order} RETURNING *) \
             INSERT INTO rating_publications SELECT id, merchant_id, 'time', publish_at FROM r"
        ))
        .await;
    }

    /// The columns of a merchant's latest record, as one line.
    pub async fn record_of(&self, merchant: &Merchant, columns: &str) -> String {
        self.value(&format!(
            "SELECT concat_ws(' ', {columns}) FROM credit_records WHERE merchant_id = {} \
             ORDER BY day DESC LIMIT 1",
            merchant.id
        ))
        .await
    }

    /// Puts the clock to just after the next midnight of the operator's zone and works.
    pub async fn night(&self) {
        let now = self.now().await;
        let zone = self.config.time_zone;
        let tomorrow = now.with_timezone(&zone).date_naive().succ_opt().expect("a day");
        let midnight = surety::kernel::time::start_of_day(tomorrow, zone);
        self.advance(midnight - now + chrono::Duration::seconds(1)).await;
        self.work().await;
    }
}

impl Trade {
    /// An order that is paid, delivered and confirmed.
    pub async fn completed(&mut self, price: &str) -> String {
        let id = self.delivered(price).await;
        let path = format!("/orders/{id}/confirm");
        self.buyer.submit(&path, &path, &[]).await.expect(303);
        id
    }
}
