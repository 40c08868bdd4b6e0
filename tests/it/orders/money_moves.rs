//! Money on its way: what bounces, what is late, what no order takes, and that both parties and the
//! treasurer see where it is.

use chrono::Duration;
use surety::accounts::actor::Role;

use super::Trade;
use super::trade::make_order;
use crate::support::Reply;

const BALANCE: &str = "/merchant/balance";

/// A trade with ¥99.00 on the merchant's balance.
async fn earned() -> Trade {
    let mut trade = Trade::new().await;
    let id = trade.delivered("100").await;
    let confirm = format!("/orders/{id}/confirm");
    trade.buyer.submit(&confirm, &confirm, &[]).await.expect(303);
    trade
}

impl Trade {
    async fn name_account(&mut self, number: &str) {
        let account = [("holder", "Lantern Bikes Ltd"), ("number", number)];
        let saved = self.seller.submit(BALANCE, "/merchant/balance/account", &account).await;
        saved.expect(303);
    }

    async fn draw(&mut self, amount: &str) -> Reply {
        let fields = [("amount", amount)];
        self.seller.submit(BALANCE, "/merchant/balance/payout", &fields).await
    }

    async fn treasury(&self, query: &str) -> Reply {
        let treasurer = self.world.staff(Role::Treasurer).await;
        let mut desk = self.world.visitor_as(&treasurer).await;
        desk.get(&format!("/admin/treasury{query}")).await
    }

    /// The messages that were mailed to somebody.
    async fn told(&self, email: &str) -> Vec<String> {
        let mails = self.world.mails_to(email).await;
        mails.into_iter().map(|m| m.message).collect()
    }
}

#[tokio::test]
async fn a_payout_that_is_refused_for_good_is_the_merchant_s_again() {
    let mut trade = earned().await;
    let treasurer = trade.world.staff(Role::Treasurer).await;
    trade.name_account("0000 123 456").await;
    trade.later(Duration::hours(24)).await;
    trade.draw("60").await.expect(303);
    assert_eq!(trade.balance("merchant").await, "39");
    trade.world.work().await;
    assert_eq!(trade.balance("payouts").await, "0");
    assert_eq!(trade.balance("merchant").await, "99");
    assert_eq!(trade.world.value("SELECT status FROM disbursements").await, "bounced");
    trade.audited().await;

    let page = trade.seller.get(BALANCE).await;
    page.ok().sees("¥99.00 is yours to draw").sees("refused by the bank; back on the balance");
    page.sees("Payout came back, refused by the bank");
    let owner = trade.merchant.owner.email.clone();
    let mail = trade.world.mails_to(&owner).await.pop().expect("a mail");
    assert_eq!(mail.message, "payout-bounced");
    assert!(mail.text.contains("back in your balance"), "{}", mail.text);
    assert!(mail.href().ends_with(BALANCE));
    let mail = trade.world.mail_to(&treasurer.email).await;
    assert_eq!(mail.message, "payout-bounced-treasurer");
    assert!(mail.href().ends_with("/admin/treasury"));
    trade.treasury("").await.ok().sees("All money is where it should be.");

    // Another account holds for 24 hours, then all of it can be drawn.
    trade.name_account("6222 0200 1122").await;
    trade.draw("99").await.expect(422).sees("less than 24 hours ago");
    trade.later(Duration::hours(24)).await;
    trade.draw("99").await.expect(303);
    trade.world.work().await;
    assert_eq!(trade.balance("merchant").await, "0");
    assert_eq!(trade.balance("gateway").await, "-1", "the fee alone is left");
    trade.audited().await;
}

#[tokio::test]
async fn a_bank_that_is_down_is_asked_again_until_it_answers() {
    let mut trade = earned().await;
    trade.name_account("9999 123 456").await;
    trade.later(Duration::hours(24)).await;
    trade.draw("60").await.expect(303);
    trade.world.work().await;
    let state = "SELECT status || ' ' || attempts FROM disbursements";
    assert_eq!(trade.world.value(state).await, "failed 1");
    trade.treasury("").await.ok().sees("1 payments cannot leave").sees("the bank is closed");
    trade.seller.get(BALANCE).await.ok().sees("tried in vain, will be tried again");
    trade.world.advance(Duration::seconds(50)).await;
    trade.world.work().await;
    assert_eq!(trade.world.value(state).await, "failed 1", "not before its time");
    trade.world.advance(Duration::seconds(10)).await;
    trade.world.work().await;
    assert_eq!(trade.world.value(state).await, "failed 2");
    assert_eq!(trade.balance("payouts").await, "60");
    trade.audited().await;

    let opened = "UPDATE disbursements SET payee = jsonb_set(payee, '{number}', '\"6222\"')";
    trade.world.owner_sql(opened).await;
    trade.world.advance(Duration::minutes(5)).await;
    trade.world.work().await;
    assert_eq!(trade.world.value(state).await, "succeeded 3");
    assert_eq!(trade.balance("payouts").await, "0");
    trade.treasury("").await.ok().sees("All money is where it should be.");
    trade.audited().await;
}

#[tokio::test]
async fn whoever_paid_in_vain_and_the_treasurer_are_told_until_the_money_is_back() {
    let mut trade = Trade::new().await;
    let treasurer = trade.world.staff(Role::Treasurer).await;
    let email = trade.person.email.clone();
    let id = trade.order("10").await;
    trade.pay_as(&id, "wrong-amount").await;
    let page = trade.treasury("").await;
    page.ok().sees("1 without an order are on their way back").sees("the wrong amount");
    page.sees("about to leave").sees("¥9.99");

    let mails = trade.world.mails_to(&email).await;
    let mail = |message: &str| mails.iter().find(|m| m.message == message).expect("a mail");
    assert!(mail("payment-unmatched").text.contains("the wrong amount"));
    assert!(mail("payment-unmatched").subject.contains("¥9.99"));
    assert!(mail("return-unmatched-sent").subject.contains("¥9.99"));
    let left = "SELECT provider_reference FROM disbursements";
    assert!(mail("return-unmatched-sent").text.contains(&trade.world.value(left).await));
    let mail = trade.world.mail_to(&treasurer.email).await;
    assert_eq!(mail.message, "payment-unmatched-treasurer");
    let came = trade.world.value("SELECT provider_reference FROM receipts").await;
    assert!(mail.text.contains(&came), "{}", mail.text);

    // It has arrived: the desk is calm.
    let calm = trade.treasury("").await;
    calm.ok().sees("All money is where it should be.").sees_not(&came);
    assert!(!trade.told(&trade.merchant.owner.email).await.contains(&"payment-unmatched".into()));
    trade.audited().await;
}

#[tokio::test]
async fn the_treasurer_can_reach_all_that_waits_the_oldest_first() {
    let trade = Trade::new().await;
    let server = trade.world.as_server().await;
    server
        .rows(
            "SELECT book_unmatched('sandbox', 'transaction ' || lpad(n::text, 2, '0'), NULL, 5, \
             'CNY', 'unknown_order') FROM generate_series(1, 60) AS n ORDER BY n",
        )
        .await;
    let first = trade.treasury("").await;
    first.ok().sees("60 without an order").sees("transaction 01").sees_not("transaction 51");
    let next = first.link("Show the next ones");
    let second = trade.treasury(next.trim_start_matches("/admin/treasury")).await;
    second.ok().sees("60 without an order").sees("transaction 51").sees_not("transaction 50");
    trade.world.work().await;
    trade.treasury("").await.ok().sees("All money is where it should be.");
}

#[tokio::test]
async fn both_parties_see_when_the_money_moved_and_its_reference() {
    let mut trade = Trade::new().await;
    let id = trade.paid("50").await;
    let paths = [format!("/orders/{id}"), format!("/merchant/orders/{id}")];
    let came = trade.world.value("SELECT provider_reference FROM receipts").await;
    trade.buyer.get(&paths[0]).await.ok().sees(&came).sees_not("Back to the buyer");
    trade.seller.get(&paths[1]).await.ok().sees(&came);

    // The merchant cancels: everything goes back.
    let cancelled = trade.seller.submit(&paths[1], &format!("{}/cancel", paths[1]), &[]).await;
    cancelled.expect(303);
    assert_eq!(trade.of(&id, "outcome").await, "cancelled");
    trade.buyer.get(&paths[0]).await.ok().sees("¥50.00: booked, about to leave, since");

    // A refund that the bank refuses is a matter of the staff, and says so.
    let stuck = "SELECT change_disbursement(id, version, 'needs_details', NULL, \
                 'the card is gone', NULL, '{}', '{}') FROM disbursements";
    let server = trade.world.as_server().await;
    let (code, _) = server.refused(&stuck.replace("needs_details", "bounced")).await;
    assert_eq!(code, "SU004", "only a payout bounces");
    assert_eq!(server.value(stuck).await, "done");
    trade.buyer.get(&paths[0]).await.ok().sees("refused by the bank; it stays safe with us");
    trade.treasury("").await.ok().sees("1 payments cannot leave").sees("the card is gone");
    trade.audited().await;

    let returned = trade.paid("70").await;
    let path = format!("/merchant/orders/{returned}");
    trade.seller.submit(&path, &format!("{path}/cancel"), &[]).await.expect(303);
    trade.world.work().await;
    let left = trade.world.value("SELECT max(provider_reference) FROM disbursements").await;
    trade.seller.get(&path).await.ok().sees("¥70.00: paid out, since").sees(&left);
    let buyer_s = trade.buyer.get(&format!("/orders/{returned}")).await;
    buyer_s.ok().sees("¥70.00: paid out, since").sees(&left);
    let told = trade.told(&trade.person.email).await;
    assert!(told.contains(&"order-returned".into()) && told.contains(&"refund-sent".into()));
}

#[tokio::test]
async fn the_statement_can_be_taken_along() {
    let mut trade = earned().await;
    let made = [
        ("title", "=1+1, \"quoted\""),
        ("description", "52 cm"),
        ("condition", "used"),
        ("delivery", "express"),
        ("currency", "CNY"),
        ("price", "1000"),
    ];
    let made = make_order(&mut trade.seller, &made).await;
    let to = made.location().split('?').next().unwrap_or_default().to_owned();
    let id = to.trim_start_matches("/merchant/orders/").to_owned();
    trade.pay_as(&id, "success").await;
    trade.deliver(&id).await;
    let confirm = format!("/orders/{id}/confirm");
    trade.buyer.submit(&confirm, &confirm, &[]).await.expect(303);
    trade.name_account("6222 0200 1122").await;
    trade.later(Duration::hours(24)).await;
    trade.draw("1000").await.expect(303);

    let reply = trade.seller.get("/merchant/balance.csv").await;
    reply.ok();
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
    assert!(reply.header("content-disposition").contains("statement.csv"));
    assert!(reply.bytes.starts_with(b"\xEF\xBB\xBFat,"), "spreadsheets know UTF-8 by its mark");
    let mut reader = csv::Reader::from_reader(reply.bytes.as_slice());
    let header: Vec<_> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header, ["at", "kind", "order", "title", "amount", "balance", "currency"]);
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|r| r.expect("a row").iter().skip(1).map(str::to_owned).collect())
        .collect();
    let formula = "'=1+1, \"quoted\"";
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0], ["payout", "", "", "-1000.00", "89.00", "CNY"]);
    assert_eq!(rows[1], ["release", id.as_str(), formula, "990.00", "1089.00", "CNY"]);
    assert_eq!(rows[2][2..], ["City bicycle", "99.00", "99.00", "CNY"]);
}

#[tokio::test]
async fn an_order_is_covered_by_the_badge_at_the_moment_of_payment() {
    let mut trade = Trade::new().await;
    let badge = |holds: &str| format!("UPDATE badges SET expires_at = surety_now() {holds}");
    let (ends, begins) = (badge("- interval '1 hour'"), badge("+ interval '1 year'"));
    let lost = trade.order("50").await;
    trade.world.owner_sql(&ends).await;
    let link = trade.link(&lost).await;
    trade.buyer.get(&link).await.ok().sees("Not covered by the guarantee");
    trade.seller.get(&format!("/merchant/orders/{lost}")).await.ok().sees("Not covered");
    let won = trade.order("50").await;
    trade.pay_as(&lost, "success").await;
    trade.world.owner_sql(&begins).await;
    let link = trade.link(&won).await;
    trade.buyer.get(&link).await.ok().sees("Marked for cover");
    trade.pay_as(&won, "success").await;
    assert_eq!(trade.of(&lost, "covered").await, "false");
    assert_eq!(trade.of(&won, "covered").await, "true");
    trade.world.owner_sql(&ends).await;
    trade.buyer.get(&format!("/orders/{won}")).await.ok().sees("Marked for cover");
}
