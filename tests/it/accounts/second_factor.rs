//! The second factor: enrolled, asked for, good once, recovered; and what a session without it may
//! not.

use chrono::Duration;
use surety::accounts::actor::Role;

use crate::support::{PASSWORD, Person, Reply, Visitor, World};

const ENROL: &str = "/account/security/second-factor/enrol";
const OVERVIEW: &str = "/account/security/second-factor";
const RECOVERY: &str = "/account/security/recovery-codes";
const CODE: &str = "Code from your app";

/// What an app makes of the key on the page, so many steps from now.
async fn code_of_key(world: &World, key: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(key.replace(' ', "")).expect("a key");
    let totp = totp_rs::Builder::new().with_secret(secret).build().expect("a secret");
    let second = world.now().await.timestamp() + 30 * steps;
    totp.generate(u64::try_from(second).expect("after 1970")).to_string()
}

/// Enrols over the pages; the key that was shown.
async fn enrol(world: &World, visitor: &mut Visitor) -> String {
    let page = visitor.get(ENROL).await;
    page.ok();
    let key = page.texts("#secret").concat();
    let code = code_of_key(world, &key, 0).await;
    let reply = visitor.submit_on(&page, "Check the code and set it up", &[(CODE, &code)]).await;
    assert!(reply.location().starts_with(RECOVERY), "{}", reply.text());
    key
}

/// New recovery codes, read off the page.
pub async fn recovery_codes(visitor: &mut Visitor) -> Vec<String> {
    let reply = visitor.submit(RECOVERY, "Make 10 recovery codes", &[]).await;
    reply.ok();
    let codes = reply.texts("#codes").concat();
    codes.split_whitespace().map(str::to_owned).collect()
}

/// The password alone: in front of the second step.
async fn half(world: &World, person: &Person) -> (Visitor, Reply) {
    let mut visitor = world.visitor();
    let reply = visitor.sign_in_as(person).await;
    assert!(reply.location().starts_with("/login/second-factor?next="), "{}", reply.location());
    let page = visitor.follow(reply).await;
    page.ok().sees("Your password was right.");
    (visitor, page)
}

async fn second_step(visitor: &mut Visitor, page: &Reply, code: &str) -> Reply {
    visitor.submit_on(page, "Sign in", &[(CODE, code)]).await
}

#[tokio::test]
async fn one_enrols_by_a_first_code_and_signs_in_with_the_next() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut elsewhere = world.visitor_as(&lin).await;
    let mut visitor = world.visitor_as(&lin).await;
    let before = visitor.cookie("surety_session").map(str::to_owned);
    let page = visitor.get(ENROL).await;
    assert_eq!(page.headers["cache-control"], "no-store");
    let picture = page.attribute("img.qr", "src").expect("a QR code");
    assert!(picture.starts_with("data:image/svg+xml;base64,"));
    let key = page.texts("#secret").concat();
    assert_eq!(visitor.get(ENROL).await.texts("#secret").concat(), key, "a reload changes nothing");
    let button = "Check the code and set it up";
    visitor.submit_on(&page, button, &[(CODE, "000000")]).await.expect(422).sees("not right");
    visitor.submit_on(&page, button, &[(CODE, "")]).await.expect(422).sees("your app shows");
    assert_eq!(world.value("SELECT count(*) FROM second_factors").await, "0");
    enrol(&world, &mut visitor).await;

    let after = visitor.cookie("surety_session").map(str::to_owned);
    assert_ne!(before, after, "the session is a new one");
    elsewhere.get("/account").await.sends_to("/login");
    visitor.get(OVERVIEW).await.ok().sees("The second step is on.");
    // The row holds neither the key nor its bytes.
    let row = world.value("SELECT encode(sealed_secret, 'hex') FROM second_factors").await;
    let secret = totp_rs::Secret::try_from_base32(key.replace(' ', "")).expect("a key");
    assert!(!row.contains(&hex::encode(secret.as_bytes())), "{row}");
    world.work().await;
    assert_eq!(world.mail_to(&lin.email).await.message, "accounts-second-factor-set");

    // The code that enrolled is used up; the next one is good one step ahead.
    let (mut there, page) = half(&world, &lin).await;
    let since = "SELECT extract(epoch FROM surety_now())::bigint / 30 - last_used_step \
        FROM second_factors";
    let ago: i64 = world.value(since).await.parse().expect("steps");
    let used = code_of_key(&world, &key, -ago).await;
    second_step(&mut there, &page, &used).await.expect(422).sees("used already");
    there.get("/account").await.sends_to("/login/second-factor?next=%2Faccount");
    let next = code_of_key(&world, &key, 1).await;
    second_step(&mut there, &page, &next).await.sends_to("/orders");
    there.get("/account").await.ok();
}

#[tokio::test]
async fn a_code_lets_one_browser_in_of_many_at_once() {
    let world = World::new().await;
    let staff = world.staff(Role::Reviewer).await;
    let mut browsers = Vec::new();
    for _ in 0..4 {
        browsers.push(half(&world, &staff).await);
    }
    let code = world.code_of(&staff.email).await;
    let tries = browsers.iter_mut().map(|(visitor, page)| second_step(visitor, page, &code));
    let replies = futures::future::join_all(tries).await;
    let let_in = replies.iter().filter(|r| r.status == 303).count();
    assert_eq!(let_in, 1, "{:?}", replies.iter().map(|r| r.status).collect::<Vec<_>>());
    for reply in replies.iter().filter(|r| r.status != 303) {
        reply.expect(422).sees("used already");
    }
    let sessions = "SELECT count(*) FROM sessions WHERE NOT awaits_second_factor";
    assert_eq!(world.value(sessions).await, "1");
}

#[tokio::test]
async fn a_code_is_good_for_one_step_of_drift_by_the_clock_of_the_database() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let key = enrol(&world, &mut world.visitor_as(&lin).await).await;
    world.advance(Duration::minutes(5)).await;
    for (steps, status) in [(-2, 422), (2, 422), (-1, 303), (1, 303)] {
        let (mut visitor, page) = half(&world, &lin).await;
        let code = code_of_key(&world, &key, steps).await;
        second_step(&mut visitor, &page, &code).await.expect(status);
    }
    // An earlier code than the last one taken is gone, too.
    let (mut visitor, page) = half(&world, &lin).await;
    let code = code_of_key(&world, &key, 0).await;
    second_step(&mut visitor, &page, &code).await.expect(422).sees("used already");
}

#[tokio::test]
async fn guessing_codes_is_held_off_for_the_account_and_said_so() {
    let world = World::new().await;
    let staff = world.staff(Role::Reviewer).await;
    let (mut visitor, page) = half(&world, &staff).await;
    for _ in 0..5 {
        second_step(&mut visitor, &page, "000000").await.expect(422);
    }
    let code = world.code_of(&staff.email).await;
    second_step(&mut visitor, &page, &code).await.expect(429);
    // From another place, too; the password alone opens nothing.
    let (mut there, page_there) = half(&world, &staff).await;
    second_step(&mut there, &page_there, &code).await.expect(429);
    world.advance(Duration::minutes(15)).await;
    let (mut visitor, page) = half(&world, &staff).await;
    let code = world.code_of(&staff.email).await;
    second_step(&mut visitor, &page, &code).await.sends_to("/admin");
}

#[tokio::test]
async fn half_signed_in_is_not_signed_in_and_not_for_long() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    world.give_factor(&lin).await;
    let (mut visitor, page) = half(&world, &lin).await;
    visitor.get("/account/security").await.sends_to("/login/second-factor?next=");
    visitor.get("/").await.ok().sees_not("Lin");
    let mut signed_in = world.visitor_as(&lin).await;
    signed_in.get("/account/security").await.ok().sees("nowhere else");
    let token = visitor.csrf_token("/login/second-factor").await;
    visitor.post("/account", &[("csrf_token", &token), ("name", "Eve")]).await.expect(401);
    world.advance(Duration::minutes(10)).await;
    let code = world.code_of(&lin.email).await;
    second_step(&mut visitor, &page, &code).await.expect(410).sees("Begin again");

    // A new password ends it, too: what was half was for the old one.
    let (mut visitor, page) = half(&world, &lin).await;
    let fields = [("current_password", PASSWORD), ("new_password", "quite another password")];
    signed_in = world.visitor_as(&lin).await;
    signed_in.submit("/account/security", "Change password", &fields).await.expect(303);
    let code = world.code_of(&lin.email).await;
    second_step(&mut visitor, &page, &code).await.expect(410);
    // Without any password there is no second step.
    world.visitor().get("/login/second-factor").await.expect(410);
}

#[tokio::test]
pub async fn recovery_codes_let_in_once_each_and_their_owner_is_told() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor_as(&lin).await;
    enrol(&world, &mut visitor).await;
    let codes = recovery_codes(&mut visitor).await;
    assert_eq!(codes.len(), 10);
    visitor.get(RECOVERY).await.ok().sees("10 recovery codes left").sees_not(&codes[0]);
    let rows = world.value("SELECT string_agg(r::text, ' ') FROM recovery_codes r").await;
    assert!(codes.iter().all(|c| !rows.contains(c.as_str())), "{rows}");

    let field = "Recovery code";
    let typed = codes[3].to_lowercase().replace('-', " ");
    let (mut there, page) = half(&world, &lin).await;
    there.submit_on(&page, "Sign in", &[(field, &typed)]).await.sends_to("/orders");
    there.get("/account").await.ok();
    world.work().await;
    let mail = world.mail_to(&lin.email).await;
    assert_eq!(mail.message, "accounts-recovery-code-used");
    assert!(mail.text.contains("You have 9 left."), "{}", mail.text);

    let (mut again, page) = half(&world, &lin).await;
    let reply = again.submit_on(&page, "Sign in", &[(field, &codes[3])]).await;
    reply.expect(422).sees("or it was used already");
    // Anew: those of before are good no more.
    let newer = recovery_codes(&mut visitor).await;
    let reply = again.submit_on(&page, "Sign in", &[(field, &codes[4])]).await;
    reply.expect(422);
    again.submit_on(&page, "Sign in", &[(field, &newer[0])]).await.expect(303);
}

#[tokio::test]
async fn one_recovery_code_lets_one_browser_in_of_many_at_once() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor_as(&lin).await;
    enrol(&world, &mut visitor).await;
    let codes = recovery_codes(&mut visitor).await;
    let mut browsers = Vec::new();
    for _ in 0..3 {
        browsers.push(half(&world, &lin).await);
    }
    let fields = [("Recovery code", codes[0].as_str())];
    let tries = browsers.iter_mut().map(|(v, page)| v.submit_on(page, "Sign in", &fields));
    let replies = futures::future::join_all(tries).await;
    assert_eq!(replies.iter().filter(|r| r.status == 303).count(), 1);
}

#[tokio::test]
async fn staff_without_a_second_factor_set_one_before_any_page_of_the_staff() {
    let world = World::new().await;
    let boss = world.staff_without_factor(&[Role::Administrator]).await;
    let mut visitor = world.visitor();
    visitor.sign_in_as(&boss).await.sends_to("/admin");
    let led = visitor.get("/admin/audit?action=x").await;
    led.sends_to(&format!("{ENROL}?next=%2Fadmin%2Faudit%3Faction%3Dx"));
    let page = visitor.follow(led).await;
    page.ok().sees("Members of the staff sign in with a password and a code.");
    let key = page.texts("#secret").concat();
    let code = code_of_key(&world, &key, 0).await;
    let button = "Check the code and set it up";
    let reply = visitor.submit_on(&page, button, &[(CODE, &code)]).await;
    let page = visitor.follow(reply).await;
    assert_eq!(page.link("Later"), "/admin/audit?action=x");
    visitor.get("/admin/audit").await.ok();

    // Staff cannot switch it off, not even by a form that is not offered.
    let page = visitor.get(OVERVIEW).await;
    page.ok().sees("Members of the staff cannot do without").sees_not("Switch the second step off");
    let token = visitor.csrf_token(OVERVIEW).await;
    visitor.post(&format!("{OVERVIEW}/remove"), &[("csrf_token", &token)]).await.expect(409);
    assert_eq!(world.value("SELECT count(*) FROM second_factors").await, "1");
}

#[tokio::test]
async fn a_role_counts_only_in_a_session_that_showed_the_second_factor() {
    let world = World::new().await;
    let staff = world.staff(Role::Administrator).await;
    let mut visitor = world.visitor_as(&staff).await;
    visitor.get("/admin/audit").await.ok();
    world.owner_sql("UPDATE sessions SET second_factor_at = NULL").await;
    visitor.get("/admin/audit").await.sends_to(ENROL);
    world.owner_sql("UPDATE sessions SET second_factor_at = surety_now()").await;
    world.owner_sql("DELETE FROM second_factors").await;
    visitor.get("/admin/audit").await.sends_to(ENROL);
}

#[tokio::test]
async fn weighty_acts_ask_for_password_and_code() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor_as(&lin).await;
    enrol(&world, &mut visitor).await;
    world.advance(Duration::minutes(16)).await;
    let confirm = format!("/account/security/confirm?next={ENROL}");
    visitor.get(ENROL).await.sends_to("/account/security/confirm");
    let before = visitor.cookie("surety_session").map(str::to_owned);
    let page = visitor.get(&confirm).await;
    let reply = visitor.submit_on(&page, "Go on", &[("Password", PASSWORD)]).await;
    reply.expect(422).sees("Type the code that your app shows.");
    let wrong = [("Password", PASSWORD), (CODE, "000000")];
    visitor.submit_on(&page, "Go on", &wrong).await.expect(422).sees("not right");
    let code = world.code_of(&lin.email).await;
    let wrong = [("Password", "a wrong password"), (CODE, code.as_str())];
    visitor.submit_on(&page, "Go on", &wrong).await.expect(422).sees("not your password");
    visitor.get(ENROL).await.sends_to("/account/security/confirm");
    // A wrong password uses no code up.
    let right = [("Password", PASSWORD), (CODE, code.as_str())];
    visitor.submit_on(&page, "Go on", &right).await.sends_to(ENROL);
    assert_ne!(visitor.cookie("surety_session").map(str::to_owned), before);
    visitor.get(ENROL).await.ok();
}

#[tokio::test]
async fn who_is_not_staff_may_switch_it_off_again() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor_as(&lin).await;
    enrol(&world, &mut visitor).await;
    let reply = visitor.submit(OVERVIEW, "Switch the second step off", &[]).await;
    reply.sends_to("/account/security?done=second-factor-removed");
    world.visitor().sign_in_as(&lin).await.sends_to("/orders");
    world.work().await;
    assert_eq!(world.mail_to(&lin.email).await.message, "accounts-second-factor-removed");
}

#[tokio::test]
async fn a_secret_waits_an_hour_for_its_first_code() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor_as(&lin).await;
    let page = visitor.get(ENROL).await;
    let key = page.texts("#secret").concat();
    world.advance(Duration::minutes(61)).await;
    let mut visitor = world.visitor_as(&lin).await;
    let page = visitor.get(ENROL).await;
    assert_ne!(page.texts("#secret").concat(), key, "a new key is shown");
    let old = code_of_key(&world, &key, 0).await;
    let reply = visitor.submit_on(&page, "Check the code and set it up", &[(CODE, &old)]).await;
    reply.expect(422);
    // What nobody confirmed is deleted, and what was shown just now stays.
    let left = "SELECT count(*) FROM second_factor_enrolments";
    surety::accounts::commands::clean_up(&world.db, 10).await.expect("cleaned up");
    assert_eq!(world.value(left).await, "1");
    world.advance(Duration::hours(1)).await;
    surety::accounts::commands::clean_up(&world.db, 10).await.expect("cleaned up");
    assert_eq!(world.value(left).await, "0");
}

#[tokio::test]
async fn a_secret_that_was_shown_too_long_ago_or_to_somebody_else_counts_for_nothing() {
    let world = World::new().await;
    let (lin, eve) = (world.person("Lin").await, world.person("Eve").await);
    let key = world.visitor_as(&lin).await.get(ENROL).await.texts("#secret").concat();
    world.advance(Duration::minutes(61)).await;
    // The page is not loaded again, which would show another key.
    let mut visitor = world.visitor_as(&lin).await;
    let token = visitor.csrf_token("/account/security").await;
    let code = code_of_key(&world, &key, 0).await;
    let late = [("csrf_token", token.as_str()), ("one_time_code", code.as_str())];
    visitor.post(ENROL, &late).await.expect(422);
    assert_eq!(world.value("SELECT count(*) FROM second_factors").await, "0");
    // A row of Eve's that somebody copied to Lin's opens nothing there.
    let theirs = enrol(&world, &mut world.visitor_as(&eve).await).await;
    enrol(&world, &mut world.visitor_as(&lin).await).await;
    let copy = format!(
        "UPDATE second_factors SET last_used_step = 0, sealed_secret = (SELECT sealed_secret \
         FROM second_factors WHERE user_id = {}) WHERE user_id = {}",
        eve.id, lin.id
    );
    world.owner_sql(&copy).await;
    let (mut visitor, page) = half(&world, &lin).await;
    let code = code_of_key(&world, &theirs, 1).await;
    let refused = second_step(&mut visitor, &page, &code).await;
    assert_ne!(refused.status, 303);
    visitor.get("/account").await.sends_to("/login/second-factor");
}

/// A passkey's answer that nobody was asked for, or that is none, does not let in; and where the
/// site has no name, none is offered.
#[tokio::test]
async fn what_is_no_passkey_lets_nobody_in() {
    let world = World::builder().set("SURETY_PUBLIC_URL", "http://localhost:0").start().await;
    let staff = world.staff(Role::Reviewer).await;
    let (mut visitor, page) = half(&world, &staff).await;
    page.sees_not("Use a passkey");
    let answer = r#"{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}"#;
    for typed in ["{}", "no JSON", answer] {
        let token = visitor.csrf_token("/login/second-factor").await;
        let fields = [("csrf_token", token.as_str()), ("passkey", typed)];
        let reply = visitor.post("/login/second-factor", &fields).await;
        reply.expect(422).sees("The passkey was not taken");
    }
    visitor.get("/admin").await.sends_to("/login/second-factor");
    let nameless = World::new().await;
    let staff = nameless.staff(Role::Reviewer).await;
    let mut visitor = nameless.visitor_as(&staff).await;
    visitor.get("/account/security/passkeys").await.expect(409);
    visitor.get(OVERVIEW).await.ok().sees_not("Passkeys");
}

/// A link by mail proves the mailbox and not the phone.
#[tokio::test]
async fn a_new_password_by_mail_does_not_get_around_the_second_factor() {
    let world = World::new().await;
    let staff = world.staff(Role::Treasurer).await;
    let mut visitor = world.visitor();
    visitor.submit("/password/forgot", "Send me the link", &[("email", &staff.email)]).await;
    world.work().await;
    let link = world.mail_to(&staff.email).await.href().to_owned();
    let fields = [("password", "quite another password")];
    visitor.submit(&link, "Set password", &fields).await.expect(303);
    let reply = visitor.sign_in(&staff.email, "quite another password").await;
    assert!(reply.location().starts_with("/login/second-factor"), "{}", reply.location());
    visitor.get("/admin").await.sends_to("/login/second-factor");
}
