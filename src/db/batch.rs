//! Work that comes in rows. A row that fails is put off by itself, each time for longer, so that it
//! neither holds up the others of its batch nor stands before them in every batch.

use std::fmt::Display;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use metrics::counter;

use super::schema::deferrals;
use super::{Db, DbError, Fetch, surety_now};

/// What a run of a job came to.
pub struct Batch<'a> {
    db: &'a Db,
    job: &'static str,
    moved: usize,
}

impl<'a> Batch<'a> {
    pub const fn new(db: &'a Db, job: &'static str) -> Self {
        Self { db, job, moved: 0 }
    }

    /// Counts a row, if something was done for it, or puts it off. Fails only if that cannot be
    /// written down, as when the database cannot be reached: the next row would fare no better.
    pub async fn add(
        &mut self,
        row_id: i64,
        done: Result<bool, impl Display>,
    ) -> Result<(), DbError> {
        match done {
            Ok(done) => self.moved += usize::from(done),
            Err(error) => {
                tracing::warn!(job = self.job, row_id, %error, "a row is put off");
                counter!("surety_rows_put_off_total", "job" => self.job).increment(1);
                defer(self.db, self.job, row_id).await?;
            }
        }
        Ok(())
    }

    /// For how many rows something was done.
    pub const fn moved(&self) -> usize {
        self.moved
    }
}

/// The rows of a job that are put off now: the query for what is due leaves them out.
pub fn put_off(job: &'static str) -> deferrals::BoxedQuery<'static, Pg, BigInt> {
    deferrals::table
        .filter(deferrals::job.eq(job))
        .filter(deferrals::put_off_until.gt(surety_now()))
        .select(deferrals::row_id)
        .into_boxed()
}

/// From ten seconds to an hour, twice as long each time.
async fn defer(db: &Db, job: &str, row_id: i64) -> Result<(), DbError> {
    diesel::sql_query(
        "INSERT INTO deferrals AS d (job, row_id, tries, put_off_until) \
         VALUES ($1, $2, 1, surety_now() + interval '10 seconds') \
         ON CONFLICT (job, row_id) DO UPDATE SET tries = d.tries + 1, \
           put_off_until = surety_now() \
             + least(interval '1 hour', interval '10 seconds' * power(2, least(d.tries, 12)))",
    )
    .bind::<Text, _>(job)
    .bind::<BigInt, _>(row_id)
    .run(db)
    .await?;
    Ok(())
}

/// Deletes what was put off long ago and has been done or forgotten since.
pub async fn forget_old(db: &Db) -> Result<usize, DbError> {
    let before = db.now().await? - chrono::Duration::days(2);
    diesel::delete(deferrals::table.filter(deferrals::put_off_until.lt(before))).run(db).await
}
