//! The worker: its loops, its failures, its end, and the clock that it insists on.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use secrecy::ExposeSecret;
use surety::worker::{self, WorkerError};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::support::World;
use crate::support::smtp_server::SmtpServer;

async fn world_with(server: &SmtpServer) -> World {
    World::builder().set("SURETY_SMTP_URL", &server.url).start().await
}

async fn tell_somebody(world: &World) {
    world
        .owner_sql(
            r#"INSERT INTO outbox (created_at, tell, email, args) VALUES (surety_now(),
            '{email:dev-sample}', 'ann@example.com', '{"title": "Lamp",
            "amount": {"amount": "1", "currency": "CNY"}, "due_at": "2026-11-27T06:00:00Z"}')"#,
        )
        .await;
}

#[tokio::test]
async fn it_works_until_it_is_asked_to_stop() {
    let server = SmtpServer::start().await;
    let world = world_with(&server).await;
    let (stop, stopped) = watch::channel(false);
    let run = tokio::spawn(worker::run_until_stopped(Arc::new(world.services()), stopped));
    tell_somebody(&world).await;
    server.wait_for(1).await;
    tell_somebody(&world).await;
    server.wait_for(2).await;
    stop.send_replace(true);
    let ended = tokio::time::timeout(Duration::from_secs(20), run).await;
    assert!(matches!(ended, Ok(Ok(Ok(())))), "{ended:?}");
    assert_eq!(world.value("SELECT count(*) FROM mails WHERE sent_at IS NULL").await, "0");
}

#[tokio::test]
async fn one_job_that_fails_does_not_stop_the_others() {
    let server = SmtpServer::start().await;
    let world = world_with(&server).await;
    tell_somebody(&world).await;
    let services = world.services();
    // A mail is due, and the outbox cannot be written any more.
    let all = "INSERT INTO mails (outbox_id, recipient, recipient_name, locale, time_zone, \
        message, args, created_at, next_attempt_at) SELECT id, 'bo@example.com', '', 'en', 'UTC', \
        'dev-sample', args, created_at, created_at FROM outbox";
    world.owner_sql(all).await;
    world.owner_sql("REVOKE UPDATE (expanded_at) ON outbox FROM surety_server").await;
    let failed = worker::tick(&services).await;
    assert_eq!(failed.err().map(|e| e.job), Some("expand-outbox"));
    assert_eq!(server.received().len(), 1, "the mail left all the same");
}

#[tokio::test]
async fn it_refuses_to_work_by_a_wrong_clock() {
    let world = World::new().await;
    // The world's own offset is no fault of a clock.
    world.set_offset(86_400).await;
    let (stop, stopped) = watch::channel(true);
    worker::run_until_stopped(Arc::new(world.services()), stopped).await.expect("the same clock");
    // A function of this name before PostgreSQL's own: as if the machine's clock were wrong.
    let database = &world.database;
    world
        .owner_sql(&format!(
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS \
             $$ SELECT pg_catalog.clock_timestamp() + interval '7 seconds' $$; \
             GRANT EXECUTE ON FUNCTION public.clock_timestamp() TO surety_server; \
             ALTER DATABASE {database} SET search_path = public, pg_catalog"
        ))
        .await;
    let stopped = stop.subscribe();
    stop.send_replace(false);
    let refused = worker::run_until_stopped(Arc::new(fresh(&world)), stopped).await;
    let Err(WorkerError::Clock(off)) = refused else { panic!("{refused:?}") };
    assert!((6..=8).contains(&off), "{off}");
}

/// Services with a pool whose connections are new.
fn fresh(world: &World) -> worker::Services {
    let url = world.config.database.url.expose_secret();
    let db = surety::db::Db::new(url, 2).expect("a pool");
    worker::Services::new(db, Arc::clone(&world.config)).expect("services")
}

/// The program itself, with the environment of a world.
fn program(world: &World, server: &SmtpServer, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_surety"))
        .args(arguments)
        .env_clear()
        .envs([
            ("SURETY_MODE", "development"),
            ("SURETY_ADDR", "127.0.0.1:0"),
            ("SURETY_METRICS_ADDR", "127.0.0.1:0"),
            ("SURETY_SMTP_URL", &server.url),
            ("DATABASE_URL", world.config.database.url.expose_secret()),
        ])
        .env("SURETY_DATA_DIR", &world.config.data_dir)
        .current_dir(&world.config.data_dir)
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the program starts")
}

#[tokio::test]
async fn the_program_tells_people_and_ends_in_peace() {
    let server = SmtpServer::start().await;
    let world = world_with(&server).await;
    for (count, arguments) in [(1, &["worker"][..]), (2, &["serve", "--with-worker"])] {
        let mut child = program(&world, &server, arguments);
        tell_somebody(&world).await;
        server.wait_for(count).await;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).expect("it runs");
        kill(Pid::from_raw(id), Signal::SIGTERM).expect("a signal");
        let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await;
        let status = ended.expect("it ends").expect("it ran");
        assert!(status.success(), "{arguments:?} ended with {status}");
        // What ran when the signal came was brought to its end.
        assert_eq!(world.value("SELECT count(*) FROM mails WHERE sent_at IS NULL").await, "0");
    }
}
