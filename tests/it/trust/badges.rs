//! The life of a badge: by staff and by the clock.

use chrono::Duration;
use surety::accounts::actor::Role;
use surety::trust::commands::{ByStaff, StaffAct, act_as_staff, reinstate, revoke, suspend};
use surety::trust::{self, BadgeState, MoveError};

use crate::support::World;

async fn state(world: &World, merchant_id: i64) -> BadgeState {
    let badge = trust::badge(&world.db, merchant_id).await.expect("a badge").expect("a badge");
    badge.state_at(world.now().await)
}

#[tokio::test]
async fn staff_suspend_reinstate_and_revoke_with_a_reason() {
    let world = World::new().await;
    let merchant = world.trust_merchant("Lantern Bikes").await;
    let reviewer = world.staff(Role::Reviewer).await;
    let by = |reason| ByStaff { user_id: reviewer.id, reason };
    let db = &world.db;
    assert!(trust::is_covered(db, merchant.id).await.unwrap());
    suspend(db, merchant.id, by("Complaints are being checked.")).await.unwrap();
    assert_eq!(state(&world, merchant.id).await, BadgeState::Suspended);
    assert!(!trust::is_covered(db, merchant.id).await.unwrap());
    let again = suspend(db, merchant.id, by("again")).await;
    assert!(matches!(again, Err(MoveError::Refused(_))), "{again:?}");
    reinstate(db, merchant.id, by("They were unfounded.")).await.unwrap();
    assert!(trust::is_covered(db, merchant.id).await.unwrap());
    revoke(db, merchant.id, by("Deception.")).await.unwrap();
    assert_eq!(state(&world, merchant.id).await, BadgeState::Revoked);
    let back = reinstate(db, merchant.id, by("no")).await;
    assert!(matches!(back, Err(MoveError::Refused(_))), "{back:?}");
    let trail = world
        .owner_sql(
            "SELECT action, subject, reason, before->>'badge', after->>'badge' \
                    FROM audit_entries ORDER BY id",
        )
        .await;
    let subject = format!("merchant:{}", merchant.code);
    let line = |action: &str, reason: &str, before: &str, after: &str| {
        [action, &subject, reason, before, after].map(|t| Some(t.to_owned())).to_vec()
    };
    assert_eq!(
        trail,
        [
            line("badge.suspend", "Complaints are being checked.", "active", "suspended"),
            line("badge.reinstate", "They were unfounded.", "suspended", "active"),
            line("badge.revoke", "Deception.", "active", "revoked"),
        ]
    );
    let events = trust::badge_events(db, merchant.id).await.unwrap();
    let versions: Vec<_> = events.iter().map(|e| (e.version, e.to)).collect();
    use BadgeState::{Active, Revoked, Suspended};
    assert_eq!(versions, [(3, Revoked), (2, Active), (1, Suspended), (0, Active)]);
    let mails = world.mails_to(&merchant.owner.email).await;
    let subjects: Vec<_> = mails.iter().map(|m| m.message.as_str()).collect();
    assert_eq!(subjects, ["badge-suspended", "badge-reinstated", "badge-revoked"]);
    assert!(mails[0].text.contains("Complaints are being checked."), "{}", mails[0].text);
}

#[tokio::test]
async fn nobody_moves_the_badge_of_their_own_merchant() {
    let world = World::new().await;
    let merchant = world.trust_merchant("Lantern Bikes").await;
    let by = ByStaff { user_id: merchant.owner.id, reason: "mine" };
    let tried = suspend(&world.db, merchant.id, by).await;
    assert!(matches!(tried, Err(MoveError::OwnMerchant)), "{tried:?}");
    assert_eq!(state(&world, merchant.id).await, BadgeState::Active);
}

#[tokio::test]
async fn of_two_who_move_a_badge_at_once_one_wins() {
    let world = World::new().await;
    let merchant = world.trust_merchant("Lantern Bikes").await;
    let (one, two) = (world.staff(Role::Reviewer).await, world.staff(Role::Reviewer).await);
    // Both have seen the badge as it was granted.
    let act = |user_id, act| {
        let by = ByStaff { user_id, reason: "at once" };
        act_as_staff(&world.db, merchant.id, act, by, Some(0))
    };
    let (a, b) = tokio::join!(act(one.id, StaffAct::Suspend), act(two.id, StaffAct::Revoke));
    let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
    assert!(won.is_ok() && matches!(lost, Err(MoveError::Lost)), "{won:?} {lost:?}");
    let events = trust::badge_events(&world.db, merchant.id).await.unwrap();
    assert_eq!(events.len(), 2, "what won has its event");
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "1");
}

#[tokio::test]
async fn a_badge_ends_after_twelve_months() {
    let world = World::new().await;
    let active = world.trust_merchant("Lantern Bikes").await;
    let suspended = world.trust_merchant("Harbour Books").await;
    let reviewer = world.staff(Role::Reviewer).await;
    let by = ByStaff { user_id: reviewer.id, reason: "checking" };
    suspend(&world.db, suspended.id, by).await.unwrap();
    world.advance(Duration::days(364)).await;
    world.work().await;
    assert_eq!(state(&world, active.id).await, BadgeState::Active);
    world.advance(Duration::days(2)).await;
    // From its date on, whether or not a worker runs.
    assert_eq!(state(&world, active.id).await, BadgeState::Expired);
    assert!(!trust::is_covered(&world.db, active.id).await.unwrap());
    world.work().await;
    for merchant in [&active, &suspended] {
        let id = merchant.id;
        let sql = format!("SELECT state FROM badges WHERE merchant_id = {id}");
        assert_eq!(world.value(&sql).await, "expired");
        let mails = world.mails_to(&merchant.owner.email).await;
        assert_eq!(mails.last().map(|m| m.message.as_str()), Some("badge-expired"));
    }
    let before = world.value("SELECT count(*) FROM badge_events").await;
    world.work().await;
    assert_eq!(world.value("SELECT count(*) FROM badge_events").await, before, "once");
}
