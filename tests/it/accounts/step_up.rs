//! Before a weighty act: the password within the form, and beside it a code, or what stands in for
//! the phone; and what the owner of an account is told when somebody guesses.

use chrono::Duration;
use surety::accounts::actor::Role;

use super::second_factor::recovery_codes;
use crate::support::{PASSWORD, Person, Reply, Visitor, World};

const CODE: &str = "Code from your app";
const RECOVERY: &str = "Recovery code";
const GUESSED: &str = "accounts-codes-guessed";

/// The form that ends a colleague's sign-ins.
async fn end_sessions(visitor: &mut Visitor, of: &Person, given: &[(&str, &str)]) -> Reply {
    let path = format!("/admin/staff/{}/sessions", of.public_id);
    let page = visitor.submit(&path, &path, &[("reason", "A lost laptop.")]).await;
    let mut fields = vec![("Password", PASSWORD)];
    fields.extend_from_slice(given);
    visitor.submit_on(&page, &path, &fields).await
}

#[tokio::test]
async fn who_lost_the_phone_has_a_way_on_within_the_form() {
    let world = World::new().await;
    let boss = world.staff(Role::Administrator).await;
    let rita = world.staff(Role::Reviewer).await;
    let mut visitor = world.visitor_as(&boss).await;
    let codes = recovery_codes(&mut visitor).await;
    world.advance(Duration::minutes(16)).await;
    let path = format!("/admin/staff/{}/sessions", rita.public_id);
    let asked = visitor.submit(&path, &path, &[("reason", "A lost laptop.")]).await;
    asked.expect(422).sees("I do not have my phone");
    let to = asked.link("Show it first, and then fill in this page again.");
    assert_eq!(to, format!("/account/security/confirm?next={}", path.replace('/', "%2F")));
    let nothing = end_sessions(&mut visitor, &rita, &[]).await;
    assert!(nothing.expect(422).error("one_time_code").contains("your app shows"));
    let wrong = end_sessions(&mut visitor, &rita, &[(RECOVERY, "AAAA-AAAA-AAAA-AAAA")]).await;
    assert!(!wrong.expect(422).error("recovery_code").is_empty());
    assert_eq!(wrong.field("reason"), "A lost laptop.");
    let done = end_sessions(&mut visitor, &rita, &[(RECOVERY, &codes[0])]).await;
    done.sends_to("/admin/staff?done=staff-sessions");
    // It is used up, and its owner told.
    world.advance(Duration::minutes(16)).await;
    let again = end_sessions(&mut visitor, &rita, &[(RECOVERY, &codes[0])]).await;
    assert!(!again.expect(422).error("recovery_code").is_empty());
    assert_eq!(world.mail_to(&boss.email).await.message, "accounts-recovery-code-used");
    // A code of the app is used up as well.
    let code = world.code_of(&boss.email).await;
    end_sessions(&mut visitor, &rita, &[(CODE, &code)]).await.expect(303);
    world.owner_sql("UPDATE sessions SET password_at = password_at - interval '1 hour'").await;
    let again = end_sessions(&mut visitor, &rita, &[(CODE, &code)]).await;
    again.expect(422).sees("used already");
}

#[tokio::test]
async fn what_was_entered_fifteen_minutes_ago_is_asked_for_again() {
    let world = World::new().await;
    let boss = world.staff(Role::Administrator).await;
    let rita = world.staff(Role::Reviewer).await;
    let path = format!("/admin/staff/{}/sessions", rita.public_id);
    let reason = [("reason", "A lost laptop.")];
    world.owner_sql("SELECT append_audit(NULL, 'test.one', 'test:x', NULL, NULL, '')").await;
    for (column, minutes, status) in [
        ("password_at", 16, 422),
        ("second_factor_at", 16, 422),
        ("password_at", 14, 303),
        ("second_factor_at", 14, 303),
    ] {
        let mut visitor = world.visitor_as(&boss).await;
        let age = format!("UPDATE sessions SET {column} = surety_now() - interval '{minutes} min'");
        world.owner_sql(&age).await;
        visitor.submit(&path, &path, &reason).await.expect(status);
        // On a page of its own, too.
        let export = visitor.submit("/admin/audit", "Export as CSV", &[]).await;
        assert_eq!(export.status == 303, status == 422, "{column} {minutes}");
    }
}

/// How often an address was told that somebody is guessing.
async fn told(world: &World, person: &Person) -> Vec<String> {
    let mails = world.mails_to(&person.email).await.into_iter();
    mails.filter(|m| m.message == GUESSED).map(|m| m.text).collect()
}

#[tokio::test]
async fn whoever_is_guessed_at_is_told_once_in_a_while() {
    let world = World::new().await;
    let (lin, wei) = (world.person("Lin").await, world.chinese_person("Wei").await);
    for (person, words) in [(&lin, "wrong passwords or codes"), (&wei, "错误的密码或验证码")]
    {
        world.give_factor(person).await;
        let mut visitor = world.visitor();
        let page = visitor.sign_in_as(person).await;
        let page = visitor.follow(page).await;
        let path = page.path.clone();
        for tries in 1..=12 {
            let status = if tries <= 5 { 422 } else { 429 };
            visitor.submit_on(&page, &path, &[("one_time_code", "000000")]).await.expect(status);
            let expected = usize::from(tries > 5);
            assert_eq!(told(&world, person).await.len(), expected, "{tries} tries");
        }
        let mails = told(&world, person).await;
        assert!(mails[0].contains(words), "{}", mails[0]);
    }
    // Not each quarter of an hour, but when it goes on for hours.
    for (hours, mails) in [(1, 1), (6, 2)] {
        world.advance(Duration::hours(hours)).await;
        let mut visitor = world.visitor();
        let page = visitor.sign_in_as(&lin).await;
        let page = visitor.follow(page).await;
        let path = page.path.clone();
        for _ in 0..6 {
            visitor.submit_on(&page, &path, &[("one_time_code", "000000")]).await;
        }
        assert_eq!(told(&world, &lin).await.len(), mails);
    }
}

#[tokio::test]
async fn a_network_that_guesses_at_codes_is_shut_out_for_every_account() {
    let world = World::builder().behind_proxy().start().await;
    let (lin, wei) = (world.person("Lin").await, world.person("Wei").await);
    let half = async |person: &Person, address: &str| {
        world.give_factor(person).await;
        let mut visitor = world.visitor().header("x-forwarded-for", address);
        let page = visitor.sign_in_as(person).await;
        let page = visitor.follow(page).await;
        (visitor, page)
    };
    let (mut eve, page) = half(&lin, "2001:db8:1:2::7").await;
    let token = page.field("csrf_token");
    for _ in 0..50 {
        let fields = [("csrf_token", token.as_str()), ("one_time_code", "000000")];
        eve.post("/login/second-factor", &fields).await;
    }
    for (address, status) in [("2001:db8:1:2::8", 429), ("2001:db8:1:3::8", 303)] {
        let (mut visitor, page) = half(&wei, address).await;
        let code = world.code_of(&wei.email).await;
        visitor.submit_on(&page, "Sign in", &[(CODE, &code)]).await.expect(status);
    }
}

#[tokio::test]
async fn whoever_sits_at_an_open_session_is_told_of_and_whoever_tries_a_password_is_not() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut stranger = world.visitor();
    for _ in 0..12 {
        let fields = [("email", lin.email.as_str()), ("password", "a wrong password")];
        stranger.submit("/login", "/login", &fields).await;
    }
    assert_eq!(told(&world, &lin).await, Vec::<String>::new(), "anybody could send mails so");
    world.advance(Duration::minutes(16)).await;
    let mut visitor = world.visitor_as(&lin).await;
    let confirm = "/account/security/confirm";
    for tries in 1..=12 {
        let wrong = [("Password", "a wrong password")];
        let reply = visitor.submit(confirm, "Go on", &wrong).await;
        reply.expect(if tries <= 10 { 422 } else { 429 });
    }
    assert_eq!(told(&world, &lin).await.len(), 1);
}

#[tokio::test]
async fn the_owner_of_a_passkey_is_told_that_it_is_gone() {
    let world = World::builder().set("SURETY_PUBLIC_URL", "http://localhost:0").start().await;
    for (person, words) in [
        (world.person("Lin").await, "A passkey was removed: Phone"),
        (world.chinese_person("Wei").await, "通行密钥已移除：Phone"),
    ] {
        world.give_factor(&person).await;
        world
            .owner_sql(&format!(
                "INSERT INTO passkeys (user_id, name, credential_id, transports, static_state, \
                 dynamic_state, created_at) VALUES ({id}, 'Phone', 'c{id}', 0, '', \
                 '\\x00000000000000', surety_now())",
                id = person.id
            ))
            .await;
        let mut visitor = world.visitor_as(&person).await;
        let page = visitor.get("/account/security/second-factor").await;
        let remove = page.attribute("form[action$='/remove'][action*=passkeys]", "action");
        let remove = remove.expect("a form that removes it");
        visitor.submit_on(&page, &remove, &[]).await.expect(303);
        assert_eq!(world.mail_to(&person.email).await.subject, words);
        let gone = visitor.post(&remove, &[("csrf_token", &page.field("csrf_token"))]).await;
        gone.expect(404);
        let told = world.mails_to(&person.email).await.into_iter();
        assert_eq!(told.filter(|m| m.message == "accounts-passkey-removed").count(), 1);
    }
}
