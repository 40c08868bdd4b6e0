//! What administrators do with the staff, and must not do.

use chrono::Duration;
use surety::accounts::actor::Role;

use super::SECRET;
use crate::support::{PASSWORD, Person, Reply, Visitor, World};

const LIST: &str = "/admin/staff";

async fn administrator(world: &World) -> (Person, Visitor) {
    let boss = world.staff(Role::Administrator).await;
    let visitor = world.visitor_as(&boss).await;
    (boss, visitor)
}

async fn set_roles(visitor: &mut Visitor, of: &Person, roles: &[(&str, &str)]) -> Reply {
    let mut fields = roles.to_vec();
    fields.push(("reason", "A new task."));
    visitor.submit(&format!("{LIST}/{}/roles", of.public_id), "Change the roles", &fields).await
}

async fn roles_of(world: &World, person: &Person) -> String {
    world.value(&format!("SELECT staff_roles FROM users WHERE id = {}", person.id)).await
}

async fn trail(world: &World) -> Vec<String> {
    let sql = "SELECT action || ' ' || coalesce(user_id::text, '-') || ' ' || subject || ' ' || \
        reason FROM audit_entries ORDER BY id";
    let rows = world.owner_sql(sql).await;
    rows.into_iter().filter_map(|row| row[0].clone()).collect()
}

#[tokio::test]
async fn roles_are_given_and_taken_with_a_reason_and_count_at_once() {
    let world = World::new().await;
    let (boss, mut visitor) = administrator(&world).await;
    let rita = world.staff(Role::Reviewer).await;
    let mut hers = world.visitor_as(&rita).await;
    hers.get("/admin/applications").await.ok();

    let path = format!("{LIST}/{}/roles", rita.public_id);
    let without = visitor.submit(&path, "Change the roles", &[("role_treasurer", "yes")]).await;
    without.expect(422);
    assert_eq!(roles_of(&world, &rita).await, "{reviewer}");
    set_roles(&mut visitor, &rita, &[]).await.expect(422).sees("Nothing would change");

    set_roles(&mut visitor, &rita, &[("role_treasurer", "yes")]).await.sends_to(LIST);
    hers.get("/admin/treasury").await.ok();
    set_roles(&mut visitor, &rita, &[("role_reviewer", "")]).await.sends_to(LIST);
    hers.get("/admin/applications").await.expect(403);
    assert_eq!(roles_of(&world, &rita).await, "{treasurer}");
    let line = format!("staff-roles-changed {} user:{} A new task.", boss.id, rita.id);
    assert_eq!(trail(&world).await, [line.clone(), line]);
    world.work().await;
    let told: Vec<_> =
        world.mails_to(&rita.email).await.into_iter().map(|m| (m.message, m.subject)).collect();
    let words = |message: &str, subject: &str| (message.to_owned(), subject.to_owned());
    assert!(told.contains(&words("accounts-role-given", "You have a new role: Treasurer")));
    let taken = words("accounts-role-taken", "You no longer have a role: Reviewer");
    assert!(told.contains(&taken), "{told:?}");
    // The last role goes, and so does the page about them.
    set_roles(&mut visitor, &rita, &[("role_treasurer", "")]).await.sends_to(LIST);
    hers.get("/admin").await.expect(403);
    visitor.get(&path).await.expect(404);
}

#[tokio::test]
async fn nobody_changes_their_own_account_here() {
    let world = World::new().await;
    let (boss, mut visitor) = administrator(&world).await;
    world.staff(Role::Administrator).await;
    let own = format!("{LIST}/{}", boss.public_id);
    visitor.get(&own).await.ok().sees("This is your own account.").sees_not("Change the roles");
    let token = visitor.csrf_token(LIST).await;
    let before = world.checksum(&["sessions"]).await;
    let fields =
        [("csrf_token", token.as_str()), ("reason", "Mine."), ("email", boss.email.as_str())];
    for act in ["roles", "second-factor", "sessions"] {
        visitor.get(&format!("{own}/{act}")).await.expect(409);
        visitor.post(&format!("{own}/{act}"), &fields).await.expect(409).sees("your own account");
    }
    visitor.post(&format!("{LIST}/recover"), &fields).await.expect(422).sees("your own account");
    let invite = [fields.as_slice(), &[("role_treasurer", "yes")]].concat();
    visitor.post(&format!("{LIST}/invite"), &invite).await.expect(422).sees("your own account");
    assert_eq!(world.checksum(&["sessions"]).await, before);
}

#[tokio::test]
async fn of_administrators_who_take_each_others_role_one_is_left() {
    let world = World::new().await;
    let (anna, mut of_anna) = administrator(&world).await;
    let (bert, mut of_bert) = administrator(&world).await;
    let path = |of: &Person| format!("{LIST}/{}/roles", of.public_id);
    let fields = [("role_administrator", ""), ("role_reviewer", "yes"), ("reason", "Enough.")];
    let button = "Change the roles";
    for _ in 0..5 {
        let (about_bert, about_anna) =
            (of_anna.get(&path(&bert)).await, of_bert.get(&path(&anna)).await);
        let (a, b) = futures::join!(
            of_anna.submit_on(&about_bert, button, &fields),
            of_bert.submit_on(&about_anna, button, &fields),
        );
        assert!(a.status < 500 && b.status < 500, "{} {}", a.status, b.status);
        let left = "SELECT count(*) FROM users WHERE 'administrator' = ANY (staff_roles)";
        assert_eq!(world.value(left).await, "1");
        world.owner_sql("UPDATE users SET staff_roles = '{administrator}'").await;
    }
}

#[tokio::test]
async fn an_invitation_leads_to_a_password_and_a_second_factor() {
    let world = World::new().await;
    let (boss, mut visitor) = administrator(&world).await;
    let path = format!("{LIST}/invite");
    let button = "Send the invitation";
    let email = "rita@example.com";
    visitor.submit(&path, button, &[("email", email)]).await.expect(422).sees("at least one role");
    let fields = [("email", email), ("role_reviewer", "yes"), ("reason", "She joins us.")];
    visitor.submit(&path, button, &fields).await.sends_to(LIST);
    visitor.get(LIST).await.ok().sees("2 people work here.").sees("Invited, not come yet");
    world.work().await;
    let mail = world.mail_to(email).await;
    assert_eq!(mail.message, "accounts-staff-invited");
    // Until the address is proved it may be a stranger's: nothing for staff goes there.
    let report = [("origin", "https://evil.top"), ("merchant", ""), ("words", "It is a copy")];
    world.visitor().submit("/report", "/report", &report).await.expect(303);
    world.work().await;
    assert_eq!(world.mails_to(email).await.len(), 1);
    let link = mail.href().to_owned();
    let mut rita = world.visitor();
    rita.submit(&link, "Set password", &[("password", SECRET)]).await.expect(303);
    rita.get(&link).await.expect(410);
    rita.sign_in(email, SECRET).await.sends_to("/admin");
    rita.get("/admin").await.sends_to("/account/security/second-factor/enrol");
    let id = world.value("SELECT max(id) FROM users").await;
    let line = format!("staff-roles-changed {} user:{id} She joins us.", boss.id);
    assert_eq!(trail(&world).await, [line]);
    // Again for who is there already, and for who has an account of their own.
    visitor.submit(&path, button, &fields).await.expect(422).sees("Nothing would change");
    let lin = world.person("Lin").await;
    let fields = [("email", lin.email.as_str()), ("role_mediator", "yes"), ("reason", "Him, too.")];
    visitor.submit(&path, button, &fields).await.sends_to(LIST);
    assert_eq!(roles_of(&world, &lin).await, "{mediator}");
    world.work().await;
    assert_eq!(world.mail_to(&lin.email).await.message, "accounts-role-given");
}

#[tokio::test]
async fn a_lost_phone_is_replaced_by_an_administrator() {
    let world = World::new().await;
    let (boss, mut visitor) = administrator(&world).await;
    let rita = world.staff(Role::Reviewer).await;
    let mut hers = world.visitor_as(&rita).await;
    let path = format!("{LIST}/{}/second-factor", rita.public_id);
    visitor.submit(&path, "Reset the second step", &[]).await.expect(422);
    hers.get("/admin").await.ok();
    let reason = [("reason", "I met her.")];
    visitor.submit(&path, "Reset the second step", &reason).await.sends_to(LIST);
    hers.get("/admin").await.sends_to("/login");
    let left = "SELECT count(*) FROM second_factors f JOIN users u ON u.id = f.user_id \
        WHERE 'reviewer' = ANY (u.staff_roles)";
    assert_eq!(world.value(left).await, "0");
    let mut again = world.visitor();
    again.sign_in_as(&rita).await.sends_to("/admin");
    again.get("/admin").await.sends_to("/account/security/second-factor/enrol");
    let line = format!("second-factor-reset {} user:{} I met her.", boss.id, rita.id);
    assert_eq!(trail(&world).await, [line]);
    world.work().await;
    assert_eq!(world.mail_to(&rita.email).await.message, "accounts-second-factor-reset");
    visitor.submit(&path, "Reset the second step", &reason).await.expect(409);

    // Somebody who is no staff, by the address.
    let lin = world.person("Lin").await;
    world.give_factor(&lin).await;
    let path = format!("{LIST}/recover");
    for (email, status) in [("nobody@example.com", 422), (lin.email.as_str(), 303)] {
        let fields = [("email", email), ("reason", "He came with his passport.")];
        visitor.submit(&path, "Reset the second step", &fields).await.expect(status);
    }
    world.visitor().sign_in_as(&lin).await.sends_to("/orders");
}

#[tokio::test]
async fn every_sign_in_of_one_of_the_staff_can_be_ended() {
    let world = World::new().await;
    let (_, mut visitor) = administrator(&world).await;
    let rita = world.staff(Role::Reviewer).await;
    let mut hers = [world.visitor_as(&rita).await, world.visitor_as(&rita).await];
    let path = format!("{LIST}/{}/sessions", rita.public_id);
    let reason = [("reason", "Her laptop is gone.")];
    visitor.submit(&path, "End every sign-in", &reason).await.sends_to(LIST);
    for browser in &mut hers {
        browser.get("/admin").await.sends_to("/login");
    }
    visitor.get(LIST).await.ok();
}

#[tokio::test]
async fn after_a_while_password_and_code_are_asked_for_in_the_form() {
    let world = World::new().await;
    let (boss, mut visitor) = administrator(&world).await;
    let rita = world.staff(Role::Reviewer).await;
    world.advance(Duration::minutes(16)).await;
    let role = ("role_treasurer", "yes");
    let reply = set_roles(&mut visitor, &rita, &[role]).await;
    reply.expect(422).sees("Enter your password to go on.").sees("Code from your app");
    assert_eq!(reply.field("reason"), "A new task.");
    let button = "Change the roles";
    let only_password = [("password", PASSWORD)];
    visitor.submit_on(&reply, button, &only_password).await.expect(422).sees("your app shows");
    let wrong = [("password", PASSWORD), ("one_time_code", "000000")];
    visitor.submit_on(&reply, button, &wrong).await.expect(422).sees("not right");
    assert_eq!(roles_of(&world, &rita).await, "{reviewer}");
    let code = world.code_of(&boss.email).await;
    let both = [("password", PASSWORD), ("one_time_code", code.as_str())];
    visitor.submit_on(&reply, button, &both).await.sends_to(LIST);
    assert_eq!(roles_of(&world, &rita).await, "{reviewer,treasurer}");
    visitor.get(LIST).await.ok();
}
