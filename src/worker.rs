//! Background work: the outbox, mails, clocks and scheduled checks of all modules. Any number of
//! workers may run against one database.

mod recipients;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use metrics::counter;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::db::Db;
use crate::files::{FileError, Files};
use crate::kernel::time;
use crate::notifications::{self, Sender};
use crate::payments::Payments;
use crate::trust::fetch::Fetcher;
use crate::{accounts, admission, cases, ledger, orders, reputation, trust};

pub struct Services {
    pub db: Db,
    pub config: Arc<Config>,
    pub sender: Sender,
    pub payments: Payments,
    pub files: Files,
}

#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    #[error(transparent)]
    Mail(#[from] notifications::send::SenderError),
    #[error(transparent)]
    Files(#[from] FileError),
}

impl Services {
    /// Makes no connection yet.
    pub fn new(db: Db, config: Arc<Config>) -> Result<Self, ServicesError> {
        let sender = Sender::new(&config)?;
        let payments = Payments::new(&db, &config);
        let files = Files::new(&config.files)?;
        Ok(Self { db, config, sender, payments, files })
    }
}

/// The worker only logs it.
pub type JobError = Box<dyn std::error::Error + Send + Sync>;

type JobFuture<'a> = Pin<Box<dyn Future<Output = Result<usize, JobError>> + Send + 'a>>;

/// A run returns the size of its batch; at 0 nothing is due, and the job pauses for `rest`.
struct Job {
    name: &'static str,
    rest: Duration,
    run: fn(&Services) -> JobFuture<'_>,
}

const REST: Duration = Duration::from_secs(1);
/// For work that may wait a little.
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const REST_AFTER_FAILURE: Duration = Duration::from_secs(5);

const JOBS: &[Job] = &[
    Job { name: "sandbox-notices", rest: REST, run: |s| Box::pin(sandbox_notices(s)) },
    Job { name: "ask-gateway", rest: REST, run: |s| Box::pin(ask_gateway(s)) },
    Job { name: "order-clock", rest: REST, run: |s| Box::pin(order_clock(s)) },
    Job { name: "case-clock", rest: REST, run: |s| Box::pin(case_clock(s)) },
    Job { name: "disbursements", rest: REST, run: |s| Box::pin(disbursements(s)) },
    Job { name: "roll-up", rest: Duration::from_secs(20), run: |s| Box::pin(roll_up(s)) },
    Job { name: "domain-checks", rest: MINUTE, run: |s| Box::pin(domain_checks(s)) },
    Job { name: "rating-clock", rest: MINUTE, run: |s| Box::pin(rating_clock(s)) },
    Job { name: "record-night", rest: MINUTE, run: |s| Box::pin(record_night(s)) },
    Job { name: "application-clock", rest: MINUTE, run: |s| Box::pin(application_clock(s)) },
    Job { name: "badge-clock", rest: MINUTE, run: |s| Box::pin(badge_clock(s)) },
    Job { name: "trust-reminders", rest: MINUTE, run: |s| Box::pin(trust_reminders(s)) },
    Job { name: "expand-outbox", rest: REST, run: |s| Box::pin(expand_outbox(s)) },
    Job { name: "send-mails", rest: REST, run: |s| Box::pin(send_mails(s)) },
    Job { name: "clean-up", rest: HOUR, run: |s| Box::pin(clean_up(s)) },
    Job { name: "clean-files", rest: HOUR, run: |s| Box::pin(clean_files(s)) },
    Job { name: "measure", rest: Duration::from_secs(15), run: |s| Box::pin(measure(s)) },
];

/// Orders or payments per batch.
const BATCH: i64 = 200;

async fn sandbox_notices(services: &Services) -> Result<usize, JobError> {
    Ok(services.payments.deliver_sandbox_notices(&services.db).await?)
}

/// Comes before `order_clock`, which closes unpaid orders.
async fn ask_gateway(services: &Services) -> Result<usize, JobError> {
    let gateway = services.payments.gateway.as_ref();
    Ok(orders::payment::poll_due(&services.db, gateway, BATCH).await?)
}

async fn order_clock(services: &Services) -> Result<usize, JobError> {
    Ok(orders::commands::tick_due(&services.db, BATCH).await?)
}

async fn case_clock(services: &Services) -> Result<usize, JobError> {
    Ok(cases::commands::tick_due(&services.db, BATCH).await?)
}

async fn disbursements(services: &Services) -> Result<usize, JobError> {
    let gateway = services.payments.gateway.as_ref();
    Ok(orders::disbursements::work(&services.db, gateway, BATCH).await?)
}

/// Releases applications held by idle reviewers; withdraws those with unanswered questions.
async fn application_clock(services: &Services) -> Result<usize, JobError> {
    let now = services.db.now().await?;
    Ok(admission::commands::tick(&services.db, now, services.config.time_zone).await?)
}

async fn rating_clock(services: &Services) -> Result<usize, JobError> {
    Ok(reputation::commands::publish_due(&services.db, BATCH).await?)
}

async fn record_night(services: &Services) -> Result<usize, JobError> {
    let gateway = services.payments.gateway.as_ref();
    let zone = services.config.time_zone;
    Ok(reputation::night::run_due(&services.db, gateway, zone, BATCH).await?)
}

/// Expires badges, and suspends those of merchants who did not sign a new agreement.
async fn badge_clock(services: &Services) -> Result<usize, JobError> {
    let now = services.db.now().await?;
    admission::commands::keep_badges(&services.db, now).await?;
    let expired = trust::commands::expire_due(&services.db, now).await?;
    Ok(expired + trust::commands::suspend_unsigned(&services.db, now).await?)
}

/// Reminds merchants of an ending term and of a new agreement to sign.
async fn trust_reminders(services: &Services) -> Result<usize, JobError> {
    let now = services.db.now().await?;
    Ok(trust::commands::remind(&services.db, now).await?)
}

async fn domain_checks(services: &Services) -> Result<usize, JobError> {
    let fetcher = Fetcher::new(&services.config.test_hosts);
    let now = services.db.now().await?;
    Ok(trust::commands::recheck_due(&services.db, &fetcher, now).await?)
}

/// Always returns 0, because roll-ups make no new work.
async fn roll_up(services: &Services) -> Result<usize, JobError> {
    ledger::roll_up(&services.db).await?;
    Ok(0)
}

/// Deletes expired sessions, links, invitations, attempt counts and origins. Returns 0, too.
async fn clean_up(services: &Services) -> Result<usize, JobError> {
    accounts::commands::clean_up(&services.db, BATCH).await?;
    trust::commands::clean_up(&services.db, BATCH).await?;
    crate::db::batch::forget_old(&services.db).await?;
    Ok(0)
}

async fn clean_files(services: &Services) -> Result<usize, JobError> {
    let now = services.db.now().await?;
    Ok(services.files.clean_up(&services.db, now, BATCH).await?)
}

async fn expand_outbox(services: &Services) -> Result<usize, JobError> {
    Ok(notifications::expand(&services.db, &recipients::Lookup(&services.db)).await?)
}

async fn send_mails(services: &Services) -> Result<usize, JobError> {
    Ok(notifications::send_due(&services.db, &services.sender).await?)
}

async fn measure(services: &Services) -> Result<usize, JobError> {
    notifications::measure(&services.db).await?;
    Ok(0)
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Work {
    pub done: Vec<(&'static str, usize)>,
}

impl Work {
    /// 0 means that nothing is left to do now.
    pub fn total(&self) -> usize {
        self.done.iter().map(|(_, count)| count).sum()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the job {job} failed: {source}")]
pub struct JobFailed {
    pub job: &'static str,
    pub source: JobError,
}

/// Runs each job once, in order. If any fail, the rest still run and the first error is returned.
pub async fn tick(services: &Services) -> Result<Work, JobFailed> {
    let mut work = Work::default();
    let mut failed = None;
    for job in JOBS {
        match (job.run)(services).await {
            Ok(count) => work.done.push((job.name, count)),
            Err(source) => {
                failed.get_or_insert(JobFailed { job: job.name, source });
            }
        }
    }
    failed.map_or(Ok(work), Err)
}

/// Repeats [`tick`] until nothing is left to do; for the demo and tests, where the clock stops.
pub async fn tick_until_idle(services: &Services) -> Result<usize, JobFailed> {
    let mut total = 0;
    loop {
        match tick(services).await?.total() {
            0 => return Ok(total),
            count => total += count,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error(
        "this machine's clock is {0} s off the database's: set it (NTP) and start the worker again"
    )]
    Clock(i64),
}

const CLOCK_TOLERANCE_S: i64 = 5;
const CLOCK_EVERY: Duration = Duration::from_secs(60);

/// Compares this machine's clock with the database's, ignoring the test offset.
async fn check_clock(db: &Db) -> Result<(), WorkerError> {
    let before = Utc::now();
    let theirs = match db.machine_time().await {
        Ok(time) => time,
        Err(error) => {
            tracing::warn!(%error, "the clocks could not be compared");
            return Ok(());
        }
    };
    off_by(before, theirs, Utc::now()).map_or(Ok(()), |s| Err(WorkerError::Clock(s)))
}

/// The difference in seconds, if it exceeds the tolerance. `theirs` was read between `before` and
/// `after`, so only a time outside that interval counts as off.
fn off_by(before: time::Timestamp, theirs: time::Timestamp, after: time::Timestamp) -> Option<i64> {
    let off =
        if theirs < before { before - theirs } else { (theirs - after).max(TimeDelta::zero()) };
    (off.num_seconds() > CLOCK_TOLERANCE_S).then(|| off.num_seconds())
}

/// Runs all jobs, each in its own loop, until `stop` becomes `true`; then waits for those in
/// progress. Failed jobs are logged and retried. Fails only if the clocks differ too much.
pub async fn run_until_stopped(
    services: Arc<Services>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), WorkerError> {
    check_clock(&services.db).await?;
    tracing::info!("the worker runs");
    let (stop_jobs, jobs_stop) = watch::channel(false);
    let mut loops = JoinSet::new();
    for job in JOBS {
        loops.spawn(run_job(job, Arc::clone(&services), jobs_stop.clone()));
    }
    let result = loop {
        tokio::select! {
            // A dropped sender stops the worker as well.
            _ = stop.wait_for(|stop| *stop) => break Ok(()),
            () = tokio::time::sleep(CLOCK_EVERY) => {}
        }
        if let Err(error) = check_clock(&services.db).await {
            tracing::error!(%error, "the worker stops");
            break Err(error);
        }
    };
    stop_jobs.send_replace(true);
    while loops.join_next().await.is_some() {}
    tracing::info!("the worker has stopped");
    result
}

async fn run_job(job: &'static Job, services: Arc<Services>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let services = Arc::clone(&services);
        // In its own task, so that a panic does not end the loop.
        let run = tokio::spawn(async move { (job.run)(&services).await }).await;
        let rest = match run {
            Ok(Ok(0)) => job.rest,
            Ok(Ok(count)) => {
                counter!("surety_worker_done_total", "job" => job.name)
                    .increment(u64::try_from(count).unwrap_or(u64::MAX));
                continue;
            }
            Ok(Err(error)) => {
                counter!("surety_worker_failures_total", "job" => job.name).increment(1);
                tracing::error!(job = job.name, %error, "a job failed");
                REST_AFTER_FAILURE
            }
            Err(panic) => {
                counter!("surety_worker_failures_total", "job" => job.name).increment(1);
                tracing::error!(job = job.name, error = %panic, "a job broke on a mistake of ours");
                REST_AFTER_FAILURE
            }
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_when_it_lies_outside_the_time_of_asking() {
        let at = |s: i64| time::Timestamp::UNIX_EPOCH + TimeDelta::seconds(s);
        assert_eq!(off_by(at(100), at(101), at(102)), None);
        // A slow response says nothing about the clock.
        assert_eq!(off_by(at(100), at(120), at(120)), None);
        assert_eq!(off_by(at(100), at(95), at(102)), None);
        assert_eq!(off_by(at(100), at(94), at(102)), Some(6));
        assert_eq!(off_by(at(100), at(109), at(102)), Some(7));
    }
}
