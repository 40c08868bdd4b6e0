//! More time, late notices, late reminders, and how long requests may stop the clock.

use chrono::Duration;
use surety::kernel::locale::Locale;
use surety::kernel::time::format_moment;

use super::Trade;

#[tokio::test]
async fn more_time_is_asked_for_once_and_granted() {
    let mut trade = Trade::new().await;
    let id = trade.delivered("100").await;
    let (buyer_s, seller_s) = (format!("/orders/{id}"), format!("/merchant/orders/{id}"));
    let due = trade.time_of(&id, "due_at").await;
    let ask = format!("{buyer_s}/extension");
    trade.buyer.submit(&buyer_s, &ask, &[]).await.expect(303);
    let mail = trade.world.mails_to(&trade.merchant.owner.email).await.pop().expect("a mail");
    assert_eq!(mail.message, "extension-asked");
    let token = trade.buyer.csrf_token("/orders").await;
    let again = trade.buyer.post(&ask, &[("csrf_token", &token)]).await;
    again.expect(409).sees("That was done before");
    assert_eq!(trade.time_of(&id, "due_at").await, due, "the merchant decides");

    let extend = format!("{seller_s}/extend");
    trade.seller.submit(&seller_s, &extend, &[("days", "31")]).await.expect(422).sees("1 to 30");
    trade.seller.submit(&seller_s, &extend, &[("days", "5")]).await.expect(303);
    let later = trade.time_of(&id, "due_at").await;
    assert_eq!(later - due, Duration::days(5));
    let words = format_moment(later, chrono_tz::Tz::UTC, Locale::En);
    trade.buyer.get(&buyer_s).await.ok().sees(&words).sees("granted more time");
    trade.seller.get(&seller_s).await.ok().sees(&words);
    let mail = trade.world.mails_to(&trade.person.email).await.pop().expect("a mail");
    assert_eq!(mail.message, "order-extended");
    assert!(mail.text.contains(&words), "{}", mail.text);
    trade.seller.submit(&seller_s, &extend, &[("days", "26")]).await.expect(422).sees("1 to 25");

    trade.later(Duration::days(14)).await;
    assert_eq!(trade.of(&id, "status").await, "awaiting_confirmation", "the clock knows, too");
    trade.later(Duration::days(1)).await;
    assert_eq!(trade.of(&id, "outcome").await, "released");
    trade.audited().await;
}

#[tokio::test]
async fn an_open_request_moves_the_order_alone() {
    let mut trade = Trade::new().await;
    let id = trade.delivered("100").await;
    let path = format!("/orders/{id}/refund");
    let ask = [("amount", "40"), ("reason", "The frame is bent")];
    trade.buyer.submit(&path, &path, &ask).await.expect(303);
    let token = trade.buyer.csrf_token("/orders").await;
    let more_time = format!("/orders/{id}/extension");
    let refused = trade.buyer.post(&more_time, &[("csrf_token", &token)]).await;
    refused.expect(409).sees("A refund request is open");
    let no = [("decline_reason", "It was straight when it left")];
    trade.seller.submit(&path, &format!("{path}/decline"), &no).await.expect(303);
    trade.buyer.post(&more_time, &[("csrf_token", &token)]).await.expect(409);
    assert_eq!(trade.of(&id, "extension_asked_at IS NULL").await, "true");
}

#[tokio::test]
async fn requests_stop_the_clock_for_14_days_in_all() {
    let mut trade = Trade::new().await;
    let id = trade.delivered("100").await;
    let path = format!("/orders/{id}/refund");
    let ask = [("amount", "40"), ("reason", "The frame is bent")];
    let no = [("decline_reason", "It was straight when it left")];
    let left = "SELECT round(extract(epoch FROM due_at - surety_now()) / 3600)::text \
                FROM cases WHERE due_at IS NOT NULL";
    // 47 hours and 7 days, then 47 hours again: 74 hours are left.
    for hours_left in ["168", "74"] {
        trade.buyer.submit(&path, &path, &ask).await.expect(303);
        trade.later(Duration::hours(47)).await;
        trade.seller.submit(&path, &format!("{path}/decline"), &no).await.expect(303);
        assert_eq!(trade.world.value(left).await, hours_left);
        if hours_left == "168" {
            trade.later(Duration::days(7)).await;
            assert_eq!(trade.of(&id, "hold IS NULL").await, "true");
        }
    }
    // A third request would leave the merchant less than its 48 hours once 26 are gone.
    trade.later(Duration::hours(27)).await;
    let page = trade.buyer.get(&path).await;
    assert_eq!(page.ok().count("textarea[name='reason']"), 0, "{}", page.text());
    let token = trade.buyer.csrf_token("/orders").await;
    let third = [("csrf_token", token.as_str()), ask[0], ask[1]];
    trade.buyer.post(&path, &third).await.expect(409).sees("used up");
    trade.later(Duration::hours(47)).await;
    assert_eq!(trade.of(&id, "hold IS NULL").await, "true");
    assert_eq!(trade.of(&id, "(paused_total_us / 60000000)").await, "20160", "14 d in minutes");
    trade.audited().await;
}

#[tokio::test]
async fn a_reminder_whose_date_has_passed_is_not_sent() {
    let mut trade = Trade::new().await;
    let id = trade.paid("50").await;
    // The worker stood still for eight days.
    trade.later(Duration::days(8)).await;
    let owner = trade.merchant.owner.email.clone();
    let told = trade.world.mails_to(&owner).await;
    assert!(told.iter().all(|m| m.message != "remind-deliver"), "{told:?}");
    let page = trade.buyer.get(&format!("/orders/{id}")).await;
    page.ok().sees("A reminder came too late").sees_not("A reminder was sent");
    // One that runs sends it in time, with the date.
    trade.paid("50").await;
    trade.later(Duration::days(6)).await;
    let told = trade.world.mails_to(&owner).await;
    let reminder = told.iter().find(|m| m.message == "remind-deliver").expect("a reminder");
    assert!(!reminder.subject.contains("tomorrow"), "{}", reminder.subject);
    trade.audited().await;
}

#[tokio::test]
async fn a_notice_that_comes_late_pays_when_it_comes() {
    let mut trade = Trade::new().await;
    let id = trade.order("50").await;
    let paid = trade.pay_as(&id, "late").await;
    trade.world.work().await;
    assert_eq!(trade.of(&id, "status").await, "awaiting_payment");
    trade.buyer.get(&paid).await.ok().sees("The bank has not told us of your payment yet.");
    trade.world.advance(Duration::minutes(1)).await;
    trade.world.work().await;
    assert_eq!(trade.of(&id, "status").await, "awaiting_delivery");
    trade.buyer.get(&paid).await.sends_to(&format!("/orders/{id}"));
    trade.buyer.get(&format!("/orders/{id}")).await.ok().sees("¥50.00 is held safely");
    trade.audited().await;
}

#[tokio::test]
async fn money_is_released_by_a_password_entered_just_now() {
    let mut trade = Trade::new().await;
    let id = trade.delivered("50").await;
    let confirm = format!("/orders/{id}/confirm");
    let page = trade.buyer.get(&confirm).await;
    page.ok();
    trade.world.advance(Duration::minutes(16)).await;
    let late = trade.buyer.submit_on(&page, &confirm, &[]).await;
    late.sends_to("/account/security/confirm?next=");
    assert_eq!(trade.of(&id, "status").await, "awaiting_confirmation");
    let password = [("password", crate::support::PASSWORD)];
    let back = trade.buyer.submit(late.location(), "Go on", &password).await;
    back.sends_to(&confirm);
    trade.buyer.submit(&confirm, &confirm, &[]).await.expect(303);
    assert_eq!(trade.of(&id, "outcome").await, "released");
}
