//! New passwords.

use chrono::Duration;

use super::{SECRET, real_account};
use crate::support::{PASSWORD, World};

#[tokio::test]
async fn who_forgot_the_password_sets_another_once() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut elsewhere = world.visitor_as(&lin).await;
    let mut visitor = world.visitor();
    let login = visitor.get("/login").await;
    let forgot = login.link("I forgot my password");
    let fields = [("email", lin.email.as_str())];
    visitor.submit(&forgot, "Send me the link", &fields).await.sends_to("/password/sent");
    visitor.get("/password/sent").await.ok().sees("one hour");
    let mail = world.mail_to(&lin.email).await;
    assert_eq!(mail.message, "accounts-reset");
    let link = mail.href().to_owned();
    // Asked for twice: the first that is used ends the other.
    visitor.submit(&forgot, "Send me the link", &fields).await;
    let other = world.mail_to(&lin.email).await.href().to_owned();
    assert_ne!(link, other);

    let page = visitor.get(&link).await;
    page.ok().sees(&lin.email);
    for weak in ["", "short", "password123", lin.email.as_str()] {
        let reply = visitor.submit_on(&page, "Set password", &[("password", weak)]).await;
        reply.expect(422);
        assert!(!reply.error("password").is_empty(), "{weak}");
    }
    let reply = visitor.submit_on(&page, "Set password", &[("password", SECRET)]).await;
    reply.sends_to("/login?done=password-set");
    elsewhere.get("/account").await.sends_to("/login");
    visitor.get(&link).await.expect(410);
    visitor.get(&other).await.expect(410);
    visitor.submit_on(&page, "Set password", &[("password", "yet another one")]).await.expect(410);

    let told = world.mail_to(&lin.email).await;
    assert_eq!(told.message, "accounts-password-changed");
    let old = [("email", lin.email.as_str()), ("password", PASSWORD)];
    visitor.submit("/login", "/login", &old).await.expect(422);
    visitor.sign_in(&lin.email, SECRET).await;
}

#[tokio::test]
async fn a_reset_link_is_good_for_an_hour_and_lifts_what_guessers_did() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let fields = [("email", lin.email.as_str())];
    let mut visitor = world.visitor();
    visitor.submit("/password/forgot", "/password/forgot", &fields).await;
    let late = world.mail_to(&lin.email).await.href().to_owned();
    let token = late.split("token=").nth(1).expect("a token").to_owned();
    visitor.get(&format!("/confirm-email?token={token}")).await.expect(410);
    world.advance(Duration::hours(1)).await;
    visitor.get(&late).await.expect(410);

    for _ in 0..11 {
        let wrong = [("email", lin.email.as_str()), ("password", "a wrong password")];
        visitor.submit("/login", "/login", &wrong).await;
    }
    visitor.submit("/password/forgot", "/password/forgot", &fields).await;
    let link = world.mail_to(&lin.email).await.href().to_owned();
    visitor.submit(&link, "Set password", &[("password", SECRET)]).await.expect(303);
    visitor.sign_in(&lin.email, SECRET).await;
}

#[tokio::test]
async fn two_at_once_with_one_link_set_one_password() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let fields = [("email", lin.email.as_str())];
    world.visitor().submit("/password/forgot", "/password/forgot", &fields).await;
    let link = world.mail_to(&lin.email).await.href().to_owned();
    let tries = (0..4).map(|i| {
        let (mut visitor, link) = (world.visitor(), link.clone());
        async move {
            let password = format!("{SECRET} {i}");
            visitor.submit(&link, "Set password", &[("password", &password)]).await.status
        }
    });
    let mut statuses = futures::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410, 410, 410]);
}

#[tokio::test]
async fn an_unknown_address_is_answered_like_a_known_one() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut answers = Vec::new();
    for email in [lin.email.as_str(), "nobody@example.com"] {
        let mut visitor = world.visitor();
        let fields = [("email", email)];
        let reply = visitor.submit("/password/forgot", "/password/forgot", &fields).await;
        answers.push((reply.status, reply.location().to_owned()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(world.mails().await.len(), 1);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let (mut here, mut there) = (world.visitor_as(&lin).await, world.visitor_as(&lin).await);
    let page = here.get("/account/security").await;
    let wrong = [("current_password", "a wrong password"), ("new_password", SECRET)];
    let reply = here.submit_on(&page, "Change password", &wrong).await;
    reply.expect(422);
    assert!(!reply.error("current_password").is_empty());
    let weak = [("current_password", PASSWORD), ("new_password", "1234567890")];
    let reply = here.submit_on(&page, "Change password", &weak).await;
    reply.expect(422);
    assert!(!reply.error("new_password").is_empty());
    there.get("/account").await.ok();

    let right = [("current_password", PASSWORD), ("new_password", SECRET)];
    let mut stolen = here.clone();
    let reply = here.submit_on(&page, "Change password", &right).await;
    reply.sends_to("/account/security?done=password-changed");
    // Whoever had copied the key of this very session is out as well.
    stolen.get("/account").await.sends_to("/login");
    here.get("/account").await.ok();
    there.get("/account").await.sends_to("/login");
    assert_eq!(world.mail_to(&lin.email).await.message, "accounts-password-changed");
    let here = here.get("/notifications").await;
    here.ok().sees("Your password was changed");
    world.visitor().sign_in(&lin.email, SECRET).await;
}

#[tokio::test]
async fn only_the_hash_is_kept() {
    let world = World::new().await;
    let id = real_account(&world, "real@example.com").await;
    let sql = format!("SELECT password_hash FROM users WHERE id = {id}");
    let hash = world.value(&sql).await;
    assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{hash}");
}
