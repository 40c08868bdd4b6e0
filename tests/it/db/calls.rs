//! Calls of the database's functions as a stolen server would make them: any argument, by name.

use std::collections::BTreeMap;

use crate::support::{Merchant, Sql, World};

/// A world in which somebody calls the functions directly, as the server's role.
pub struct Scene {
    pub world: World,
    pub server: Sql,
    pub merchant: Merchant,
    /// Name and type of the arguments of each function, in order.
    arguments: BTreeMap<String, Vec<(String, String)>>,
}

/// What a call came to: the answer, or the code and the words of the refusal.
pub type Outcome = Result<String, (String, String)>;

impl Scene {
    pub async fn new() -> Self {
        let world = World::new().await;
        let server = world.as_server().await;
        let merchant = world.trust_merchant("Lantern Bikes").await;
        let rows = world
            .owner_sql(
                "SELECT p.proname, a.name, format_type(a.type, NULL) FROM pg_proc p, \
                 unnest(p.proargnames, p.proargtypes::oid[]) WITH ORDINALITY AS a (name, type, o) \
                 WHERE p.pronamespace = 'public'::regnamespace AND a.name IS NOT NULL \
                 AND a.type IS NOT NULL ORDER BY p.proname, a.o",
            )
            .await;
        let mut arguments: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for row in rows {
            let text = |i: usize| row[i].clone().unwrap_or_default();
            arguments.entry(text(0)).or_default().push((text(1), text(2)));
        }
        Self { world, server, merchant, arguments }
    }

    /// Calls a function. What is not given is NULL, an empty list, or (for `p_at`) now.
    pub async fn call(&self, function: &str, given: &[(&str, &str)]) -> Outcome {
        let known = &self.arguments[function];
        for (name, _) in given {
            assert!(known.iter().any(|(n, _)| n == name), "{function} has no argument {name}");
        }
        let list = known.iter().map(|(name, kind)| {
            let value = given.iter().find(|(n, _)| n == name).map(|(_, v)| (*v).to_owned());
            let value = value.unwrap_or_else(|| match (name.as_str(), kind.as_str()) {
                ("p_at", _) => "surety_now()".to_owned(),
                ("p_args", _) => "'{}'".to_owned(),
                (_, kind) if kind.ends_with("[]") => "'{}'".to_owned(),
                _ => "NULL".to_owned(),
            });
            format!("{name} => ({value})::{kind}")
        });
        let sql = format!("SELECT {function}({})", list.collect::<Vec<_>>().join(", "));
        match self.server.try_rows(&sql).await {
            Ok(rows) => Ok(rows[0][0].clone().unwrap_or_default()),
            Err(error) => {
                let error = error.as_db_error().unwrap_or_else(|| panic!("{error}: {sql}"));
                Err((error.code().code().to_owned(), error.message().to_owned()))
            }
        }
    }

    /// An order over a price that awaits payment; its row. The full fee is 1.
    pub async fn order(&self, price: &str) -> String {
        self.try_order(&[("p_price", price)]).await.expect("an order")
    }

    /// As [`Self::order`], with arguments of the caller's own.
    pub async fn try_order(&self, given: &[(&str, &str)]) -> Outcome {
        let merchant = self.merchant.id.to_string();
        let user = self.merchant.owner.id.to_string();
        let mut all = vec![
            ("p_public_id", "gen_random_uuid()"),
            ("p_merchant_id", merchant.as_str()),
            ("p_channel", "'goods'"),
            ("p_policy_version", "1"),
            ("p_title", "'A bicycle'"),
            ("p_terms", "'{}'"),
            ("p_price", "100"),
            ("p_currency", "'CNY'"),
            ("p_max_fee", "1"),
            ("p_covered", "true"),
            ("p_time_zone", "'UTC'"),
            ("p_link_hash", "sha256('x')"),
            ("p_pay_within_s", "86400"),
            ("p_wake_within_s", "86400"),
            ("p_user_id", user.as_str()),
        ];
        for (name, value) in given {
            all.retain(|(n, _)| n != name);
            all.push((name, value));
        }
        self.call("create_order", &all).await
    }

    /// Tries to change an order from the version that it is at.
    pub async fn change(
        &self,
        order: &str,
        event: &str,
        to: &str,
        more: &[(&str, &str)],
    ) -> Outcome {
        let version = self.of(order, "version").await;
        let (named, to) = (format!("'{event}'"), format!("'{to}'"));
        let mut all = vec![
            ("p_order_id", order),
            ("p_version", version.as_str()),
            ("p_event", named.as_str()),
            ("p_status", to.as_str()),
            ("p_actor", actor_of(event)),
        ];
        for (name, value) in more {
            all.retain(|(n, _)| n != name);
            all.push((name, value));
        }
        self.call("change_order", &all).await
    }

    /// An attempt to pay an order; its row.
    pub async fn payment(&self, order: &str) -> String {
        let given = [
            ("p_public_id", "gen_random_uuid()"),
            ("p_order_id", order),
            ("p_gateway", "'sandbox'"),
            ("p_buyer_email", "'buyer@example.com'"),
            ("p_locale", "'en'"),
        ];
        self.call("begin_payment", &given).await.expect("an attempt to pay")
    }

    /// The receipt for an order's payment, as a change carries it.
    pub async fn receipt(&self, order: &str) -> String {
        let payment = self.payment(order).await;
        let reference = format!("{order}-{payment}");
        format!(
            "'[{{\"part\": \"receipt\", \"payment_id\": {payment}, \"provider_reference\": \
             \"{reference}\", \"covered\": true, \"buyer_email\": \"buyer@example.com\"}}]'"
        )
    }

    /// An order over 100 that is paid.
    pub async fn paid(&self) -> String {
        let order = self.order("100").await;
        let parts = self.receipt(&order).await;
        let given = [
            ("p_lines", "'{gateway,escrow}'"),
            ("p_amounts", "'{-100,100}'"),
            ("p_parts", parts.as_str()),
            ("p_overdue_at", "surety_now() + interval '7 days'"),
            ("p_due_at", "surety_now() + interval '14 days'"),
        ];
        let done = self.change(&order, "pay", "awaiting_delivery", &given).await;
        assert_eq!(done, Ok("done".to_owned()));
        order
    }

    /// An order over 100 that is paid and delivered; the clock acts in ten days.
    pub async fn delivered(&self) -> String {
        let order = self.paid().await;
        let given = [("p_parts", DELIVERY), ("p_due_at", "surety_now() + interval '10 days'")];
        let done = self.change(&order, "deliver", "awaiting_confirmation", &given).await;
        assert_eq!(done, Ok("done".to_owned()));
        order
    }

    /// An order over 100 that is delivered, and of which 40 are asked back.
    pub async fn asked(&self) -> String {
        let order = self.delivered().await;
        let given = [("p_parts", ASK_40)];
        let done = self.change(&order, "ask_refund", "awaiting_confirmation", &given).await;
        assert_eq!(done, Ok("done".to_owned()));
        order
    }

    /// A column of an order.
    pub async fn of(&self, order: &str, column: &str) -> String {
        self.world.value(&format!("SELECT {column} FROM orders WHERE id = {order}")).await
    }

    /// Tries something that must be refused with this code, and must have changed nothing.
    pub async fn refuses(
        &self,
        code: &str,
        why: &str,
        order: &str,
        event: &str,
        to: &str,
        more: &[(&str, &str)],
    ) {
        let before = self.world.checksum(&[]).await;
        match self.change(order, event, to, more).await {
            Err((got, message)) => assert_eq!(got, code, "{why}: {message}"),
            Ok(answer) => panic!("{why}: {event} to {to} with {more:?} was answered {answer}"),
        }
        assert!(before == self.world.checksum(&[]).await, "{why}: something was changed");
    }
}

/// 40 of an order are asked back.
pub const ASK_40: &str = "'[{\"part\": \"case_opened\", \"kind\": \"refund\", \
    \"public_id\": \"6f1f0ac2-5f6f-4be0-8d3c-1c2b9d5c3a4e\", \"amount\": \"40\", \
    \"reason\": \"It is bent\", \"due_at\": \"2030-01-01T00:00:00Z\"}]'";

/// A delivery, as a change carries it.
pub const DELIVERY: &str = "'[{\"part\": \"delivery\", \"kind\": \"express\"}]'";

/// Who makes an event, if it is what it seems.
fn actor_of(event: &str) -> &'static str {
    match event {
        "pay" => "'gateway'",
        "deliver" | "extend" | "decline_refund" | "agree_refund" => "'merchant'",
        "expire" | "confirm_by_default" | "remind" | "find_self_dealt" => "'system'",
        _ => "'buyer'",
    }
}
