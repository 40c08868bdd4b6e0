//! Mails leave by SMTP: at least once, tried again for days, parked when nothing helps.

use chrono::Duration;

use super::tell;
use crate::support::World;
use crate::support::smtp_server::{Fate, SmtpServer, header};

const ARGS: &str = r#"'{"title": "Lamp", "amount": {"amount": "12.00", "currency": "CNY"},
    "due_at": "2026-11-27T06:00:00Z", "link": "/orders/1"}'"#;

async fn world_with(server: &SmtpServer) -> World {
    World::builder().set("SURETY_SMTP_URL", &server.url).https().start().await
}

async fn tell_ann(world: &World) -> String {
    let ann = world.person("Ann").await;
    tell(world, "user:dev-sample", "user_id, args", &format!("{}, {ARGS}", ann.id)).await;
    ann.email
}

/// Attempts, whether it waits, whether it left, and the last error.
async fn state(world: &World) -> (String, bool, bool, String) {
    let rows = world
        .owner_sql(
            "SELECT attempts, next_attempt_at IS NOT NULL, sent_at IS NOT NULL, \
             coalesce(last_error, '') FROM mails",
        )
        .await;
    let text = |i: usize| rows[0][i].clone().unwrap_or_default();
    (text(0), text(1) == "t", text(2) == "t", text(3))
}

#[tokio::test]
async fn a_mail_arrives_with_its_headers_and_both_forms() {
    let server = SmtpServer::start().await;
    let world = world_with(&server).await;
    let address = tell_ann(&world).await;
    world.work().await;
    let received = server.received();
    let [mail] = received.as_slice() else { panic!("{received:?}") };
    let id = world.value("SELECT public_id FROM mails").await;
    assert_eq!(header(mail, "Message-ID"), format!("<{id}@surety.example>"));
    assert_eq!(header(mail, "To"), format!("Ann <{address}>"));
    assert_eq!(header(mail, "From"), "Surety <no-reply@localhost.localdomain>");
    assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
    assert!(header(mail, "Date").contains("20"), "{mail}");
    assert!(header(mail, "Content-Type").starts_with("multipart/alternative"), "{mail}");
    assert!(mail.contains("text/plain") && mail.contains("text/html"), "{mail}");
    assert_eq!(state(&world).await, ("1".into(), false, true, String::new()));
    world.work().await;
    assert_eq!(server.received().len(), 1, "a mail that left is not sent again");
}

#[tokio::test]
async fn a_mail_whose_leaving_could_not_be_noted_comes_again_under_the_same_id() {
    let server = SmtpServer::start().await;
    let world = world_with(&server).await;
    tell_ann(&world).await;
    // As if the worker died between the server's "taken" and its own note.
    world
        .owner_sql(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'dead'; END $$; \
             CREATE TRIGGER die BEFORE UPDATE OF sent_at ON mails FOR EACH ROW \
             EXECUTE FUNCTION die()",
        )
        .await;
    let failed = surety::worker::tick_until_idle(&world.services()).await;
    assert!(failed.is_err_and(|e| e.job == "send-mails"), "the failure is told");
    world.owner_sql("DROP TRIGGER die ON mails").await;
    world.work().await;
    assert_eq!(server.received().len(), 1, "claimed: nobody else sends it meanwhile");
    world.advance(Duration::minutes(6)).await;
    world.work().await;
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(header(&received[0], "Message-ID"), header(&received[1], "Message-ID"));
    assert!(state(&world).await.2);
}

#[tokio::test]
async fn what_may_pass_is_tried_again_on_schedule() {
    let server = SmtpServer::start().await;
    let world = world_with(&server).await;
    tell_ann(&world).await;
    server.plan(&[
        Fate::RecipientRefused("451 greylisted"),
        Fate::TextRefused("452 too busy"),
        Fate::HangUp,
    ]);
    // Minutes to wait after each failure, and what was said.
    for (wait, reason) in [(1, "greylisted"), (5, "too busy"), (30, "")] {
        world.work().await;
        let (_, waits, sent, error) = state(&world).await;
        assert!(waits && !sent && error.contains(reason) && !error.is_empty(), "{error}");
        world.advance(Duration::minutes(wait) - Duration::seconds(20)).await;
        let attempts = state(&world).await.0;
        world.work().await;
        assert_eq!(state(&world).await.0, attempts, "not before {wait} minutes have passed");
        world.advance(Duration::seconds(21)).await;
    }
    world.work().await;
    assert_eq!(state(&world).await, ("4".into(), false, true, String::new()));
}

#[tokio::test]
async fn what_never_passes_is_parked() {
    let server = SmtpServer::start().await;
    let world = world_with(&server).await;
    tell_ann(&world).await;
    server.plan(&[Fate::RecipientRefused("550 no such mailbox")]);
    world.work().await;
    let (attempts, waits, sent, error) = state(&world).await;
    assert_eq!((attempts.as_str(), waits, sent), ("1", false, false));
    assert!(error.contains("no such mailbox"), "{error}");
    world.advance(Duration::days(5)).await;
    world.work().await;
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_server_that_is_gone_for_days_parks_the_mail_in_the_end() {
    let server = SmtpServer::start().await;
    let world = world_with(&server).await;
    tell_ann(&world).await;
    server.plan(&[Fate::RecipientRefused("421 come back later"); 40]);
    let begun = world.now().await;
    while {
        world.work().await;
        state(&world).await.1
    } {
        let wait = world
            .value("SELECT ceil(extract(epoch FROM next_attempt_at - surety_now())) FROM mails")
            .await;
        world.advance(Duration::seconds(wait.parse().expect("seconds"))).await;
    }
    let hours = (world.now().await - begun).num_hours();
    assert!((90..=96).contains(&hours), "parked after {hours} hours");
    assert_eq!(state(&world).await.0, "20");
}

#[tokio::test]
async fn one_bad_address_keeps_no_other_mail_from_leaving() {
    let server = SmtpServer::start().await;
    let world = world_with(&server).await;
    tell(&world, "email:dev-sample", "email, args", &format!("'no address', {ARGS}")).await;
    tell_ann(&world).await;
    world.work().await;
    assert_eq!(server.received().len(), 1);
    let parked = world
        .value(
            "SELECT recipient FROM mails WHERE next_attempt_at IS NULL \
        AND sent_at IS NULL AND last_error IS NOT NULL",
        )
        .await;
    assert_eq!(parked, "no address");
}

#[tokio::test]
async fn without_a_server_mails_lie_in_a_folder() {
    let world = World::new().await;
    let address = tell_ann(&world).await;
    world.work().await;
    let id = world.value("SELECT public_id FROM mails").await;
    let file = world.config.mail.mail_dir.join(format!("{id}.eml"));
    let text = std::fs::read_to_string(&file).expect("the mail's file");
    assert!(text.contains(&format!("<{address}>")), "{text}");
    assert_eq!(std::fs::read_dir(&world.config.mail.mail_dir).expect("a folder").count(), 1);

    let mut anybody = world.visitor();
    let list = anybody.get("/dev/mail").await;
    list.ok().sees("Sample: ¥12.00 for Lamp").sees("sent");
    let page = anybody.get(&list.link("Sample")).await;
    page.ok().sees("Hello Ann,").sees("Do something by Friday 27 November 2026, 06:00 UTC.");
    assert!(page.link("/orders/1").ends_with("/orders/1"));
}
