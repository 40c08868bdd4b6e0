//! A refund that the bank refuses for good: its buyer gives another account, and it leaves for
//! there after a day.

use chrono::Duration;
use surety::accounts::actor::Role;

use super::Trade;
use super::guests::{GUEST, begin, play};
use crate::support::{Reply, Visitor};

const STATE: &str = "SELECT concat_ws(' ', status, payee ->> 'number', last_error) \
                     FROM disbursements";

/// A paid order that the merchant cancelled, whose money cannot go back; the page of its account.
async fn stuck(trade: &mut Trade) -> (String, String) {
    let id = trade.order("50").await;
    trade.pay_as(&id, "closes").await;
    cancel(trade, &id).await;
    let here = format!("/orders/{id}/refund/account");
    (id, here)
}

async fn cancel(trade: &mut Trade, id: &str) {
    let order = format!("/merchant/orders/{id}");
    trade.seller.submit(&order, &format!("{order}/cancel"), &[]).await.expect(303);
    trade.world.work().await;
}

async fn give(visitor: &mut Visitor, here: &str, number: &str) -> Reply {
    visitor.submit(here, here, &[("holder", "Mei Lin"), ("number", number)]).await
}

#[tokio::test]
async fn the_buyer_gives_another_account_and_the_money_leaves_for_it_after_a_day() {
    let mut trade = Trade::new().await;
    let treasurer = trade.world.staff(Role::Treasurer).await;
    let (id, here) = stuck(&mut trade).await;
    assert_eq!(trade.world.value(STATE).await, "needs_details the payer's account is closed");
    assert_eq!(trade.balance("refunds").await, "50");
    let told = trade.world.mail_to(&trade.person.email).await;
    assert_eq!(told.message, "refund-stuck");
    assert!(told.href().ends_with(&here), "{}", told.href());
    let page = trade.buyer.get(&format!("/orders/{id}")).await;
    page.ok().sees("Your ¥50.00 could not go back");
    assert_eq!(page.link("Give another account"), here);

    // What is wrong is said beside the field.
    for (holder, number, field) in
        [("", "62220000", "holder"), ("Mei", "", "number"), ("Mei", "12", "number")]
    {
        let page =
            trade.buyer.submit(&here, &here, &[("holder", holder), ("number", number)]).await;
        page.expect(422);
        assert!(!page.error(field).is_empty(), "{holder} {number}: {}", page.text());
        assert_eq!(page.field("number"), number);
    }
    let given = give(&mut trade.buyer, &here, "6222 0200 1122").await;
    given.sends_to(&format!("/orders/{id}?done=refund-account-given"));
    trade.buyer.follow(given).await.ok().sees("account ending in 1122");
    assert_eq!(trade.world.value(STATE).await, "requested 622202001122");
    let told = trade.world.mail_to(&trade.person.email).await;
    assert_eq!(told.message, "refund-account-given");
    assert!(told.text.contains("1122") && !told.text.contains("622202"), "{}", told.text);
    let told = trade.world.mail_to(&treasurer.email).await;
    assert_eq!(told.message, "outgoing-redirected");
    trade.audited().await;

    // Nothing leaves within a day.
    trade.later(Duration::hours(23)).await;
    assert_eq!(trade.world.value(STATE).await, "requested 622202001122");
    assert_eq!(trade.balance("refunds").await, "50");
    trade.later(Duration::hours(1)).await;
    assert_eq!(trade.world.value(STATE).await, "succeeded 622202001122");
    assert_eq!(trade.balance("refunds").await, "0");
    assert_eq!(trade.world.mail_to(&trade.person.email).await.message, "refund-sent-elsewhere");
    trade.buyer.get(&here).await.sends_to(&format!("/orders/{id}"));
    let bank = "SELECT string_agg(kind, ' ' ORDER BY created_at) FROM sandbox_transactions";
    assert_eq!(trade.world.value(bank).await, "payment payout");
    trade.audited().await;
}

#[tokio::test]
async fn within_the_day_the_account_can_be_corrected_and_the_day_begins_anew() {
    let mut trade = Trade::new().await;
    let (id, here) = stuck(&mut trade).await;
    give(&mut trade.buyer, &here, "62220000001111").await.expect(303);
    trade.later(Duration::hours(20)).await;
    trade.buyer.get(&here).await.ok().sees("ending in 1111");
    give(&mut trade.buyer, &here, "62220000002222").await.expect(303);
    trade.later(Duration::hours(20)).await;
    assert_eq!(trade.world.value(STATE).await, "requested 62220000002222");
    let accounts = "SELECT string_agg(number, ' ' ORDER BY id) FROM disbursement_accounts";
    assert_eq!(trade.world.value(accounts).await, "62220000001111 62220000002222");
    trade.later(Duration::hours(4)).await;
    assert_eq!(trade.world.value(STATE).await, "succeeded 62220000002222");
    // What has left is not called back.
    let token = trade.buyer.csrf_token("/orders").await;
    let fields = [("csrf_token", token.as_str()), ("holder", "Mei"), ("number", "62220000003333")];
    trade.buyer.post(&here, &fields).await.expect(409).sees("Nothing was changed");
    trade.buyer.get(&format!("/orders/{id}")).await.ok().sees("paid out");
    trade.audited().await;
}

#[tokio::test]
async fn an_account_that_is_refused_too_is_asked_for_again() {
    let mut trade = Trade::new().await;
    let (_, here) = stuck(&mut trade).await;
    give(&mut trade.buyer, &here, "0000123456").await.expect(303);
    trade.later(Duration::days(1)).await;
    assert_eq!(trade.world.value(STATE).await, "needs_details 0000123456 the account is closed");
    assert_eq!(trade.world.mail_to(&trade.person.email).await.message, "refund-stuck");
    trade.audited().await;
    give(&mut trade.buyer, &here, "6222000001").await.expect(303);
    trade.later(Duration::days(1)).await;
    assert_eq!(trade.world.value(STATE).await, "succeeded 6222000001");
    trade.audited().await;
}

#[tokio::test]
async fn only_the_buyer_says_where_the_money_goes_and_with_the_password() {
    let mut trade = Trade::new().await;
    let (_, here) = stuck(&mut trade).await;
    let stranger = trade.world.person("Stranger").await;
    let mut stranger = trade.world.visitor_as(&stranger).await;
    let account = [("holder", "Eve"), ("number", "6222000001")];
    for thief in [&mut stranger, &mut trade.seller] {
        thief.get(&here).await.expect(404);
        let token = thief.csrf_token("/account").await;
        let mut fields = account.to_vec();
        fields.push(("csrf_token", &token));
        thief.post(&here, &fields).await.expect(404);
    }
    // A stolen server cannot send it elsewhere either, nor sooner.
    let server = trade.world.as_server().await;
    let redirect = |user: i64| {
        format!(
            "SELECT redirect_refund(id, version, 'Eve', '6222000001', {user}, 1) \
             FROM disbursements"
        )
    };
    let (code, _) = server.refused(&redirect(trade.merchant.owner.id)).await;
    assert_eq!(code, "SU003");
    trade.world.advance(Duration::minutes(16)).await;
    let asked = give(&mut trade.buyer, &here, "6222000002").await;
    asked.expect(422);
    assert!(!asked.error("password").is_empty());
    assert_eq!(asked.field("number"), "6222000002", "what was typed is kept");
    assert!(trade.world.value(STATE).await.starts_with("needs_details"));
    let password = [("password", crate::support::PASSWORD)];
    trade.buyer.submit_on(&asked, &here, &password).await.expect(303);
    let left = "SELECT change_disbursement(id, version, 'succeeded', 'x', NULL, NULL, '{}', '{}') \
                FROM disbursements";
    let (code, _) = server.refused(left).await;
    assert_eq!(code, "SU004", "within the day");
    trade.audited().await;
    let elsewhere = "UPDATE disbursements SET payee = payee || '{\"number\": \"6222000003\"}'";
    trade.world.owner_sql(elsewhere).await;
    let found = trade.world.audit().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0][0].as_deref(), Some("money goes back to where it came from"));
}

#[tokio::test]
async fn a_refund_that_is_on_its_way_takes_no_account() {
    let mut trade = Trade::new().await;
    let id = trade.paid("50").await;
    let order = format!("/merchant/orders/{id}");
    trade.seller.submit(&order, &format!("{order}/cancel"), &[]).await.expect(303);
    let here = format!("/orders/{id}/refund/account");
    trade.buyer.get(&here).await.sends_to(&format!("/orders/{id}"));
    let token = trade.buyer.csrf_token("/account").await;
    let fields = [("csrf_token", token.as_str()), ("holder", "Mei"), ("number", "6222000001")];
    trade.buyer.post(&here, &fields).await.expect(409);
    let server = trade.world.as_server().await;
    let redirect = format!(
        "SELECT redirect_refund(id, version, 'Mei', '6222000001', {}, 1) FROM disbursements",
        trade.person.id
    );
    let (code, _) = server.refused(&redirect).await;
    assert_eq!(code, "SU004");
    trade.world.work().await;
    assert_eq!(trade.world.value("SELECT status FROM disbursements").await, "succeeded");
    trade.audited().await;
}

#[tokio::test]
async fn a_guest_takes_the_order_into_an_account_and_gives_another_one() {
    let mut trade = Trade::new().await;
    let id = trade.order("50").await;
    let link = trade.link(&id).await;
    let mut guest = trade.world.visitor();
    let bank = begin(&mut guest, &link, &id, GUEST).await;
    play(&mut guest, &bank, "closes").await.ok();
    cancel(&mut trade, &id).await;
    let told = trade.world.mail_to(GUEST).await;
    assert_eq!(told.message, "refund-stuck");
    let person = trade.world.person("Guest").await;
    let own = format!("UPDATE users SET email = '{GUEST}' WHERE id = {}", person.id);
    trade.world.owner_sql(&own).await;
    let mut at_home = trade.world.visitor_as(&person).await;
    let here = format!("/orders/{id}/refund/account");
    at_home.get(told.href()).await.ok().sees("Where should your ¥50.00 go?");
    give(&mut at_home, &here, "6222000001").await.expect(303);
    trade.later(Duration::days(1)).await;
    assert_eq!(trade.world.value(STATE).await, "succeeded 6222000001");
    trade.audited().await;
}
