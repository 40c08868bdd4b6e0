//! Nobody decides on a merchant they belong to, also who becomes a member at the same moment.

use surety::trust::MoveError;
use surety::trust::commands::{ByStaff, RecordDateError, enter_record_date, suspend};

use super::ready::{decide, judge, take};
use crate::support::{Merchant, Person, Sql, World};

/// Somebody who is joining a merchant: everything is written, nothing is committed.
async fn joining(world: &World, person: &Person, merchant: &Merchant) -> Sql {
    let join = world.as_owner().await;
    let (user, shop) = (person.id, merchant.id);
    join.rows(&format!(
        "BEGIN; SELECT FROM merchants WHERE id = {shop} FOR NO KEY UPDATE; \
         INSERT INTO merchant_members VALUES ({user}, {shop}, 'member', surety_now()); \
         INSERT INTO merchant_member_events (merchant_id, event, at, by_user_id, user_id) \
         VALUES ({shop}, 'joined', surety_now(), {user}, {user})"
    ))
    .await;
    join
}

/// Commits a membership while something is under way, once that waits for it, or is over.
async fn meanwhile<T: Send + 'static>(
    world: &World,
    join: Sql,
    under_way: impl Future<Output = T> + Send + 'static,
) -> T {
    let under_way = tokio::spawn(under_way);
    let waits = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) \
                 WHERE datname = current_database() AND NOT granted";
    while !under_way.is_finished() && world.value(waits).await == "0" {}
    join.rows("COMMIT").await;
    under_way.await.expect("an answer")
}

#[tokio::test]
async fn who_becomes_a_member_at_the_same_moment_does_not_decide() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let (person, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &path).await;
    judge(&mut reviewer, &path, "good", "good").await;
    let join = joining(&world, &person, &applicant.merchant).await;
    let approval = async move { decide(&mut reviewer, &path, "approve", "All good.").await };
    let reply = meanwhile(&world, join, approval).await;
    reply.expect(403).sees("You belong to this merchant");
    assert_eq!(world.status_of(&applicant).await, "in_review");
    assert_eq!(world.value("SELECT count(*) FROM badges").await, "0");
    let approvals = "SELECT count(*) FROM audit_entries WHERE action = 'application.approve'";
    assert_eq!(world.value(approvals).await, "0");
}

#[tokio::test]
async fn neither_do_they_take_an_application() {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let (person, mut reviewer) = world.reviewer().await;
    let page = reviewer.get(&path).await;
    let join = joining(&world, &person, &applicant.merchant).await;
    let claim = async move { reviewer.submit_on(&page, "Take this application", &[]).await.status };
    assert_eq!(meanwhile(&world, join, claim).await, 403);
    assert_eq!(world.status_of(&applicant).await, "submitted");
}

#[tokio::test]
async fn nor_move_its_badge_or_enter_its_record_date() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let (person, _) = world.reviewer().await;
    let join = joining(&world, &person, &shop).await;
    let (db, id, user_id) = (world.db.clone(), shop.id, person.id);
    let suspension =
        async move { suspend(&db, id, ByStaff { user_id, reason: "Being looked at." }).await };
    let suspended = meanwhile(&world, join, suspension).await;
    assert!(matches!(suspended, Err(MoveError::OwnMerchant)), "{suspended:?}");
    assert_eq!(world.value("SELECT state FROM badges").await, "active");

    let (person, _) = world.reviewer().await;
    let join = joining(&world, &person, &shop).await;
    let (db, user_id) = (world.db.clone(), person.id);
    let entry = async move {
        let date = chrono::NaiveDate::default();
        enter_record_date(&db, id, user_id, date, "Known.", chrono_tz::Tz::UTC).await
    };
    let entered = meanwhile(&world, join, entry).await;
    assert!(matches!(entered, Err(RecordDateError::OwnMerchant)), "{entered:?}");
    assert_eq!(world.value("SELECT count(*) FROM record_dates").await, "0");
}
