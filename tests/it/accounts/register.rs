//! Opening an account and confirming its address.

use chrono::Duration;
use surety::accounts::{self, AccountError, NewPerson};
use surety::config::Mode;
use surety::kernel::email::Email;
use surety::kernel::locale::Locale;

use super::{SECRET, register};
use crate::support::World;

const CONFIRMED: &str =
    "SELECT email_confirmed_at IS NOT NULL FROM users WHERE email = 'lin@example.com'";

#[tokio::test]
async fn a_stranger_opens_an_account_confirms_it_and_is_signed_in() {
    let world = World::new().await;
    let mut lin = world.visitor();
    let sent = register(&mut lin, "Lin Wei", " Lin@Example.COM ", SECRET).await;
    sent.sends_to("/register/sent");
    let sent = lin.follow(sent).await;
    sent.ok().sees("Look into your mail");
    assert!(lin.cookie("surety_session").is_none(), "nobody is signed in by registering");

    let mail = world.mail_to("lin@example.com").await;
    assert_eq!(mail.message, "accounts-confirm");
    let page = lin.get(mail.href()).await;
    page.ok().sees("lin@example.com");
    assert_eq!(world.value(CONFIRMED).await, "f", "a mail scanner follows links, too");

    let fields = [("password", SECRET)];
    let reply = lin.submit_on(&page, "Confirm and sign in", &fields).await;
    reply.sends_to("/orders?done=email-confirmed");
    assert_eq!(world.value(CONFIRMED).await, "t");
    lin.get("/account").await.ok().sees("lin@example.com").sees_not("not confirmed");

    let again = world.visitor().get(mail.href()).await;
    again.expect(410).sees("This link no longer works");
    assert_eq!(again.link("Get a new mail"), "/register/sent");
}

#[tokio::test]
async fn whoever_reads_the_mail_must_know_the_password() {
    let world = World::new().await;
    // Somebody opens an account for another's address and waits for its owner to follow the link.
    register(&mut world.visitor(), "Not Lin", "lin@example.com", "what the thief chose").await;
    let mail = world.mail_to("lin@example.com").await;
    let mut owner = world.visitor();
    let page = owner.get(mail.href()).await;
    assert!(page.has_button("Confirm and sign in"));
    for guess in ["", "not what the thief chose"] {
        let reply = owner.submit_on(&page, "/confirm-email", &[("password", guess)]).await;
        reply.expect(422);
        assert!(!reply.error("password").is_empty());
        assert!(reply.has_button("Confirm and sign in"), "it can be tried again");
    }
    assert_eq!(world.value(CONFIRMED).await, "f");

    // A new password by mail proves the mailbox, and the thief's is worth nothing any more.
    owner.submit("/password/forgot", "/password/forgot", &[("email", "lin@example.com")]).await;
    let reset = world.mail_to("lin@example.com").await;
    owner.submit(reset.href(), "/password/reset", &[("password", SECRET)]).await.expect(303);
    assert_eq!(world.value(CONFIRMED).await, "t");
    let thief = [("email", "lin@example.com"), ("password", "what the thief chose")];
    world.visitor().submit("/login", "/login", &thief).await.expect(422);
    owner.sign_in("lin@example.com", SECRET).await;
}

#[tokio::test]
async fn whoever_opened_the_account_first_leaves_nothing_to_its_owner() {
    let world = World::new().await;
    let mut thief = world.visitor();
    register(&mut thief, "Not Lin At All", "lin@example.com", "what the thief chose").await;
    thief.sign_in("lin@example.com", "what the thief chose").await;
    // Nothing that binds the account can be set.
    for path in ["/second-factor/enrol", "/recovery-codes", "/passkeys"] {
        let page = thief.get(&format!("/account/security{path}")).await;
        assert_eq!(page.expect(303).location(), "/account/confirm-email", "{path}");
    }
    let token = thief.csrf_token("/account").await;
    let fields = [("csrf_token", token.as_str()), ("one_time_code", "123456")];
    for path in ["/second-factor/enrol", "/recovery-codes", "/passkeys", "/passkeys/add"] {
        thief.post(&format!("/account/security{path}"), &fields).await.expect(403);
    }
    // Not even what was set before this was so outlives the owner's reset.
    world
        .owner_sql(
            "INSERT INTO second_factors (user_id, sealed_secret, last_used_step, created_at) \
             SELECT id, sha256('x') || sha256('y'), 0, surety_now() FROM users",
        )
        .await;
    let mut owner = world.visitor();
    owner.submit("/password/forgot", "/password/forgot", &[("email", "lin@example.com")]).await;
    let reset = world.mail_to("lin@example.com").await;
    owner.submit(reset.href(), "/password/reset", &[("password", SECRET)]).await.expect(303);
    owner.sign_in("lin@example.com", SECRET).await;
    let page = owner.get("/account").await;
    assert_eq!(page.ok().field("name"), "lin");
    assert!(!page.body().contains("Not Lin At All"));
    thief.get("/account").await.sends_to("/login");
    // A reset of an account that was confirmed keeps what is its owner's.
    owner.submit("/account", "Save", &[("Your name", "Lin Wei")]).await.expect(303);
    owner.submit("/password/forgot", "/password/forgot", &[("email", "lin@example.com")]).await;
    let again = world.mail_to("lin@example.com").await;
    let other = [("password", "another long password")];
    owner.submit(again.href(), "/password/reset", &other).await.expect(303);
    assert_eq!(world.value("SELECT name FROM users").await, "Lin Wei");
}

#[tokio::test]
async fn who_is_signed_in_confirms_with_one_press() {
    let world = World::new().await;
    let mut lin = world.visitor();
    register(&mut lin, "Lin Wei", "lin@example.com", SECRET).await;
    lin.sign_in("lin@example.com", SECRET).await;
    let page = lin.get("/account").await;
    page.ok().sees("Your address is not confirmed yet");
    lin.submit_on(&page, "Send the mail again", &[]).await.sends_to("/account?done=");
    let mails = world.mails_to("lin@example.com").await;
    assert_eq!(mails.len(), 2);
    lin.submit(mails[1].href(), "Confirm my address", &[]).await.expect(303);
    assert_eq!(world.value(CONFIRMED).await, "t");
    let sessions = world.value("SELECT count(*) FROM sessions").await;
    assert_eq!(sessions, "1", "the session goes on");
}

#[tokio::test]
async fn a_shop_needs_a_confirmed_address() {
    let world = World::new().await;
    let mut lin = world.visitor();
    register(&mut lin, "Lin Wei", "lin@example.com", SECRET).await;
    lin.sign_in("lin@example.com", SECRET).await;
    let sent_on = lin.get("/merchant").await;
    sent_on.sends_to("/account/confirm-email");
    let page = lin.follow(sent_on).await;
    page.ok().sees("Confirm your email address first").sees("lin@example.com");
    let token = lin.csrf_token("/account").await;
    let fields = [("shop_name", "Lin Lamps"), ("industry", "second_hand"), ("csrf_token", &*token)];
    let refused = lin.post("/merchant", &fields).await;
    refused.expect(403).sees("Your email address is not confirmed yet");
    assert_eq!(refused.link("Confirm my address"), "/account/confirm-email");
    assert_eq!(world.value("SELECT count(*) FROM merchants").await, "0");

    lin.submit_on(&page, "Send the mail again", &[]).await.expect(303);
    let mails = world.mails_to("lin@example.com").await;
    lin.submit(mails[1].href(), "Confirm my address", &[]).await.expect(303);
    lin.get("/account/confirm-email").await.sends_to("/account");
    let fields = [("shop_name", "Lin Lamps"), ("industry", "second_hand")];
    lin.submit("/merchant", "/merchant", &fields).await.sends_to("/merchant?done=merchant-opened");
}

#[tokio::test]
async fn an_address_that_has_an_account_answers_the_same_and_its_owner_is_told() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let new = register(&mut world.visitor(), "Eve", "new@example.com", SECRET).await;
    let known = register(&mut world.visitor(), "Zoe", &lin.email, SECRET).await;
    assert_eq!((known.status, known.location()), (new.status, new.location()));
    assert_eq!(known.body(), new.body());
    let mail = world.mail_to(&lin.email).await;
    assert_eq!(mail.message, "accounts-already-registered");
    assert!(!mail.text.contains("Zoe"));
    let name = world.value(&format!("SELECT name FROM users WHERE id = {}", lin.id)).await;
    assert_eq!(name, "Lin", "nothing was changed");
    world.visitor().sign_in_as(&lin).await;
}

#[tokio::test]
async fn registering_twice_keeps_the_first_password_until_the_mailbox_is_proved() {
    let world = World::new().await;
    register(&mut world.visitor(), "Lin", "lin@example.com", SECRET).await;
    register(&mut world.visitor(), "Eve", "lin@example.com", "another one of eve").await;
    let mails = world.mails_to("lin@example.com").await;
    let messages: Vec<_> = mails.iter().map(|m| m.message.as_str()).collect();
    assert_eq!(messages, ["accounts-confirm", "accounts-confirm"]);
    let eve = [("email", "lin@example.com"), ("password", "another one of eve")];
    world.visitor().submit("/login", "/login", &eve).await.expect(422);
    let mut lin = world.visitor();
    lin.submit(mails[1].href(), "/confirm-email", &[("password", SECRET)]).await.expect(303);
}

#[tokio::test]
async fn a_link_is_good_for_three_days_and_only_for_what_it_is_for() {
    let world = World::new().await;
    register(&mut world.visitor(), "Lin", "lin@example.com", SECRET).await;
    let link = world.mail_to("lin@example.com").await.href().to_owned();
    let token = link.split("token=").nth(1).expect("a token").to_owned();
    let mut visitor = world.visitor();
    visitor.get(&format!("/password/reset?token={token}")).await.expect(410);
    for bad in ["", "x", "x.y", &token[1..], &format!("{token}x"), &token.replace('.', "")] {
        visitor.get(&format!("/confirm-email?token={bad}")).await.expect(410);
    }
    visitor.get("/confirm-email").await.expect(410);
    world.advance(Duration::hours(72)).await;
    visitor.get(&link).await.expect(410);
    // A new one is mailed to whoever asks for it by the address.
    let again = [("email", "lin@example.com")];
    visitor.submit("/register/sent", "/register/sent", &again).await.expect(303);
    let link = world.mail_to("lin@example.com").await.href().to_owned();
    visitor.submit(&link, "/confirm-email", &[("password", SECRET)]).await.expect(303);
    // And no more once it is confirmed.
    let before = world.mails_to("lin@example.com").await.len();
    visitor = world.visitor();
    visitor.submit("/register/sent", "/register/sent", &again).await.expect(303);
    assert_eq!(world.mails_to("lin@example.com").await.len(), before);
}

#[tokio::test]
async fn tokens_are_nowhere_in_the_database() {
    let world = World::new().await;
    register(&mut world.visitor(), "Lin", "lin@example.com", SECRET).await;
    let link = world.mail_to("lin@example.com").await.href().to_owned();
    let proof = link.rsplit('.').next().expect("a proof");
    for table in ["outbox", "mails", "email_tokens"] {
        let sql = format!("SELECT count(*) FROM {table} t WHERE t::text LIKE '%{proof}%'");
        assert_eq!(world.value(&sql).await, "0", "{table}");
    }
    assert_eq!(world.value("SELECT count(*) FROM notifications").await, "0");
}

#[tokio::test]
async fn one_goes_on_to_where_one_came_from() {
    let world = World::new().await;
    let mut lin = world.visitor();
    let page = lin.get("/login?next=%2Forders%2F7%3Fa%3Db").await;
    let register = page.link("Create an account");
    assert_eq!(register, "/register?next=%2Forders%2F7%3Fa%3Db");
    let fields = [("name", "Lin"), ("email", "lin@example.com"), ("password", SECRET)];
    lin.submit(&register, "/register", &fields).await.sends_to("/register/sent?next=%2Forders%2F7");
    let link = world.mail_to("lin@example.com").await.href().to_owned();
    let reply = lin.submit(&link, "/confirm-email", &[("password", SECRET)]).await;
    assert_eq!(reply.location(), "/orders/7?a=b");
}

#[tokio::test]
async fn mails_that_anybody_can_ask_for_are_few_and_nobody_is_told_so() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut answers = Vec::new();
    for _ in 0..7 {
        let mut eve = world.visitor();
        let fields = [("email", lin.email.as_str())];
        answers.push(eve.submit("/password/forgot", "/password/forgot", &fields).await);
    }
    assert!(answers.iter().all(|a| a.location() == "/password/sent"));
    assert_eq!(world.mails_to(&lin.email).await.len(), 5);
    world.advance(Duration::hours(1)).await;
    let fields = [("email", lin.email.as_str())];
    world.visitor().submit("/password/forgot", "/password/forgot", &fields).await;
    assert_eq!(world.mails_to(&lin.email).await.len(), 6);
}

#[tokio::test]
async fn a_network_cannot_open_accounts_without_end() {
    let world = World::builder().behind_proxy().start().await;
    let hit = "INSERT INTO throttles VALUES ('forms:address:2001:db8:1:2::/64', surety_now(), 59)";
    world.owner_sql(hit).await;
    let mut eve = world.visitor().header("x-forwarded-for", "2001:db8:1:2::7");
    register(&mut eve, "Eve", "one@example.com", SECRET).await.expect(303);
    register(&mut eve, "Eve", "two@example.com", SECRET).await.expect(429);
    let mut other = world.visitor().header("x-forwarded-for", "2001:db8:1:3::7");
    register(&mut other, "Lin", "lin@example.com", SECRET).await.expect(303);
}

#[tokio::test]
async fn accounts_without_a_mail_are_for_the_demo_alone() {
    let world = World::new().await;
    let person = NewPerson {
        email: &Email::parse("lin@example.com").expect("an address"),
        name: "Lin",
        password: SECRET,
        locale: Locale::ZhHans,
        time_zone: chrono_tz::Asia::Shanghai,
    };
    let refused = accounts::register_confirmed(&world.db, Mode::Production, &person).await;
    assert!(matches!(refused, Err(AccountError::NotInProduction)), "{refused:?}");
    let id = accounts::register_confirmed(&world.db, Mode::Demo, &person).await.expect("made");
    let twice = accounts::register_confirmed(&world.db, Mode::Demo, &person).await;
    assert!(matches!(twice, Err(AccountError::Taken)), "{twice:?}");
    let people = accounts::recipients(&world.db, &[id]).await.expect("people");
    assert_eq!(people.len(), 1);
    assert_eq!(people[0].time_zone, chrono_tz::Asia::Shanghai);
    let names = accounts::names_of(&world.db, &[id, 0]).await.expect("names");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), [(id, "Lin".to_owned())]);
}
