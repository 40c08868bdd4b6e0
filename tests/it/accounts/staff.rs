//! `surety staff add`.

use chrono::Duration;
use surety::accounts::actor::Role;
use surety::accounts::commands;
use surety::kernel::email::Email;

use super::{SECRET, register};
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

#[tokio::test]
async fn who_took_the_address_first_gets_nothing_of_the_role() {
    let world = World::new().await;
    let mut squatter = world.visitor();
    let email = "boss@example.com";
    register(&mut squatter, "Not The Boss", email, "a password of the squatter").await.expect(303);
    squatter.sign_in(email, "a password of the squatter").await.expect(303);
    squatter.get("/account").await.ok();
    let link = world.mail_to(email).await.href().to_owned();

    let added = add(&world, email, Role::Administrator).await;
    let path = added.first_password_path.expect("an address that nobody confirmed has a link");
    squatter.get("/account").await.sends_to("/login?next=%2Faccount");
    squatter.get("/admin/audit").await.sends_to("/login?next=%2Fadmin%2Faudit");
    let old = [("email", email), ("password", "a password of the squatter")];
    squatter.submit("/login", "/login", &old).await.expect(422);
    squatter.get(&link).await.expect(410);

    let mut boss = world.visitor();
    boss.submit(&path, "Set password", &[("password", SECRET)]).await.expect(303);
    boss.sign_in(email, SECRET).await.sends_to("/admin");
    assert_eq!(world.value("SELECT name FROM users").await, "boss");
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "1");
}

#[tokio::test]
async fn a_lost_first_link_is_made_again() {
    let world = World::new().await;
    let first = add(&world, "boss@example.com", Role::Administrator).await;
    let second = add(&world, "boss@example.com", Role::Administrator).await;
    assert_eq!(first.user_id, second.user_id);
    world.visitor().get(&first.first_password_path.expect("a link")).await.expect(410);
    world.visitor().get(&second.first_password_path.expect("a link")).await.ok();
    assert_eq!(world.value("SELECT count(*) FROM audit_entries").await, "1");
}

#[tokio::test]
async fn a_disabled_account_gets_no_role() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    world.owner_sql("UPDATE users SET disabled_at = surety_now()").await;
    let email = Email::parse(&lin.email).expect("an address");
    let key = world.config.key_bytes();
    let refused =
        commands::add_staff(&world.db, key, &email, Role::Reviewer, chrono_tz::Tz::UTC).await;
    assert!(matches!(refused, Err(commands::AccountError::Disabled)), "{refused:?}");
    assert_eq!(world.value("SELECT staff_roles FROM users").await, "{}");
}
