//! `surety staff add`.

use chrono::Duration;
use surety::accounts::actor::Role;
use surety::accounts::commands;
use surety::kernel::email::Email;

use super::SECRET;
use crate::support::World;

async fn add(world: &World, email: &str, role: Role) -> commands::StaffAdded {
    let email = Email::parse(email).expect("an address");
    let zone = chrono_tz::Tz::UTC;
    commands::add_staff(&world.db, world.config.key_bytes(), &email, role, zone)
        .await
        .expect("a role")
}

#[tokio::test]
async fn the_first_administrator_sets_a_password_by_a_link_that_works_once() {
    let world = World::new().await;
    let added = add(&world, "Boss@example.com", Role::Administrator).await;
    let path = added.first_password_path.expect("a new account has a link");
    assert!(world.mails().await.is_empty(), "the link is handed over, not mailed");
    let mut boss = world.visitor();
    boss.submit(&path, "Set password", &[("password", SECRET)]).await.expect(303);
    boss.get(&path).await.expect(410);
    boss.sign_in("boss@example.com", SECRET).await.sends_to("/admin");
    let line = "SELECT action || ' ' || (after->>'roles') || ' ' || reason FROM audit_entries";
    let expected = "staff-roles-changed [\"administrator\"] surety staff add";
    assert_eq!(world.value(line).await, expected);
}

#[tokio::test]
async fn an_account_that_is_there_keeps_its_password() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    for (role, roles) in [
        (Role::Reviewer, "{reviewer}"),
        (Role::Mediator, "{reviewer,mediator}"),
        (Role::Reviewer, "{reviewer,mediator}"),
    ] {
        let added = add(&world, &lin.email, role).await;
        assert_eq!(added, commands::StaffAdded { user_id: lin.id, first_password_path: None });
        assert_eq!(world.value("SELECT staff_roles FROM users").await, roles);
    }
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "2");
    world.visitor().sign_in_as(&lin).await.sends_to("/admin");
}

#[tokio::test]
async fn roles_given_at_once_are_all_kept() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let roles = [Role::Reviewer, Role::Mediator, Role::Treasurer];
    futures::future::join_all(roles.map(|role| add(&world, &lin.email, role))).await;
    assert_eq!(world.value("SELECT cardinality(staff_roles) FROM users").await, "3");
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "3");
}

#[tokio::test]
async fn the_link_is_good_for_a_day() {
    let world = World::new().await;
    let added = add(&world, "boss@example.com", Role::Administrator).await;
    let path = added.first_password_path.expect("a link");
    world.advance(Duration::hours(23)).await;
    world.visitor().get(&path).await.ok();
    world.advance(Duration::hours(1)).await;
    world.visitor().get(&path).await.expect(410);
}
