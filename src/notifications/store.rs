use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::state::{CLAIM, Recipient};
use crate::db::schema::{mails, notifications, outbox};
use crate::db::{Db, DbError, Fetch, now_in, surety_now};
use crate::kernel::time::Timestamp;

/// An event to tell people about, written by the change that caused it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct OutboxRow {
    pub id: i64,
    pub created_at: Timestamp,
    /// One `AUDIENCE:MESSAGE` for each audience.
    pub tell: Vec<String>,
    pub order_id: Option<i64>,
    pub merchant_id: Option<i64>,
    /// For the audience `user`.
    pub user_id: Option<i64>,
    /// For the audience `email`.
    pub email: Option<String>,
    pub args: Value,
}

/// Rows per INSERT, since PostgreSQL allows 65,535 parameters.
const AT_ONCE: usize = 1_000;

pub(super) struct Told<'a> {
    pub row: &'a OutboxRow,
    pub recipient: Recipient,
    pub message: &'a str,
    pub args: Value,
}

/// The oldest unexpanded rows that no other worker has locked.
pub(super) async fn waiting_rows(db: &Db, limit: i64) -> Result<Vec<OutboxRow>, DbError> {
    outbox::table
        .filter(outbox::expanded_at.is_null())
        .order(outbox::id)
        .limit(limit)
        .select(OutboxRow::as_select())
        .for_update()
        .skip_locked()
        .fetch_all(db)
        .await
}

/// Writes the results for `rows` and marks them expanded, except those that another worker took.
pub(super) async fn write_told(db: &Db, rows: &[i64], told: &[Told<'_>]) -> Result<(), DbError> {
    db.transaction(async |conn| {
        let ours: Vec<i64> = outbox::table
            .filter(outbox::id.eq_any(rows))
            .filter(outbox::expanded_at.is_null())
            .order(outbox::id)
            .select(outbox::id)
            .for_update()
            .skip_locked()
            .load(conn)
            .await?;
        let now = now_in(conn).await?;
        let told: Vec<_> = told.iter().filter(|t| ours.contains(&t.row.id)).collect();
        // Somebody may be in two audiences of the same message; once is enough.
        for part in told.chunks(AT_ONCE) {
            diesel::insert_into(notifications::table)
                .values(part.iter().filter_map(|t| listed(t)).collect::<Vec<_>>())
                .on_conflict_do_nothing()
                .execute(conn)
                .await?;
            diesel::insert_into(mails::table)
                .values(part.iter().map(|t| mailed(t, now)).collect::<Vec<_>>())
                .on_conflict_do_nothing()
                .execute(conn)
                .await?;
        }
        diesel::update(outbox::table.filter(outbox::id.eq_any(ours)))
            .set(outbox::expanded_at.eq(now))
            .execute(conn)
            .await?;
        Ok::<_, DbError>(())
    })
    .await
}

#[derive(Insertable)]
#[diesel(table_name = notifications)]
struct NewListed<'a> {
    outbox_id: i64,
    user_id: i64,
    message: &'a str,
    args: &'a Value,
    created_at: Timestamp,
}

fn listed<'a>(told: &'a Told<'a>) -> Option<NewListed<'a>> {
    Some(NewListed {
        outbox_id: told.row.id,
        user_id: told.recipient.user_id?,
        message: told.message,
        args: &told.args,
        created_at: told.row.created_at,
    })
}

#[derive(Insertable)]
#[diesel(table_name = mails)]
struct NewMail<'a> {
    outbox_id: i64,
    recipient: &'a str,
    recipient_name: &'a str,
    locale: &'a str,
    time_zone: &'a str,
    message: &'a str,
    args: &'a Value,
    created_at: Timestamp,
    next_attempt_at: Timestamp,
}

fn mailed<'a>(told: &'a Told<'_>, now: Timestamp) -> NewMail<'a> {
    NewMail {
        outbox_id: told.row.id,
        recipient: &told.recipient.email,
        recipient_name: &told.recipient.name,
        locale: told.recipient.locale.tag(),
        time_zone: told.recipient.time_zone.name(),
        message: told.message,
        args: &told.args,
        created_at: now,
        next_attempt_at: now,
    }
}

/// The number of unexpanded outbox rows, and of unsent mails.
pub(super) async fn waiting(db: &Db) -> Result<(i64, i64), DbError> {
    let rows = outbox::table.filter(outbox::expanded_at.is_null()).count().fetch_one(db).await?;
    let unsent =
        mails::table.filter(mails::next_attempt_at.is_not_null()).count().fetch_one(db).await?;
    Ok((rows, unsent))
}

/// Mails are stored without their text, which is rendered whenever it is needed.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = mails)]
pub struct Mail {
    pub id: i64,
    /// Identifies the mail in URLs and in its `Message-ID`.
    pub public_id: Uuid,
    pub recipient: String,
    pub recipient_name: String,
    pub locale: String,
    pub time_zone: String,
    pub message: String,
    pub args: Value,
    pub created_at: Timestamp,
    pub attempts: i32,
    /// `None` if the mail was sent or parked.
    pub next_attempt_at: Option<Timestamp>,
    pub last_error: Option<String>,
    pub sent_at: Option<Timestamp>,
}

/// Claims due mails for this worker: until the claim expires nobody else sees them as due. Also
/// returns the database's time.
pub(super) async fn claim_due(db: &Db, limit: i64) -> Result<(Timestamp, Vec<Mail>), DbError> {
    db.transaction(async |conn| {
        let now = now_in(conn).await?;
        let due: Vec<i64> = mails::table
            .filter(mails::next_attempt_at.le(now))
            .order(mails::next_attempt_at)
            .limit(limit)
            .select(mails::id)
            .for_update()
            .skip_locked()
            .load(conn)
            .await?;
        if due.is_empty() {
            return Ok((now, Vec::new()));
        }
        let taken = diesel::update(mails::table.filter(mails::id.eq_any(due)))
            .set((mails::attempts.eq(mails::attempts + 1), mails::next_attempt_at.eq(now + CLAIM)))
            .returning(Mail::as_returning())
            .load(conn)
            .await?;
        Ok::<_, DbError>((now, taken))
    })
    .await
}

pub(super) async fn mark_sent(db: &Db, id: i64) -> Result<(), DbError> {
    diesel::update(mails::table.find(id))
        .set((
            mails::sent_at.eq(surety_now().nullable()),
            mails::next_attempt_at.eq(None::<Timestamp>),
            mails::last_error.eq(None::<String>),
        ))
        .run(db)
        .await?;
    Ok(())
}

/// Records a failed try and when to retry; `None` parks the mail.
pub(super) async fn mark_failed(
    db: &Db,
    id: i64,
    reason: &str,
    next: Option<Timestamp>,
) -> Result<(), DbError> {
    diesel::update(mails::table.find(id))
        .set((mails::last_error.eq(reason), mails::next_attempt_at.eq(next)))
        .run(db)
        .await?;
    Ok(())
}

/// The newest mails in any state, optionally to one address; for development.
pub async fn newest_mails(db: &Db, to: Option<&str>, limit: i64) -> Result<Vec<Mail>, DbError> {
    let mut query = mails::table.into_boxed();
    if let Some(to) = to {
        query = query.filter(mails::recipient.eq(to));
    }
    query.order(mails::id.desc()).limit(limit).select(Mail::as_select()).fetch_all(db).await
}

pub(super) async fn mail(db: &Db, public_id: Uuid) -> Result<Mail, DbError> {
    mails::table
        .filter(mails::public_id.eq(public_id))
        .select(Mail::as_select())
        .limit(1)
        .fetch_one(db)
        .await
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = notifications)]
pub(super) struct Listed {
    pub public_id: Uuid,
    pub message: String,
    pub args: Value,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Newest,
    OlderThan(Uuid),
    NewerThan(Uuid),
}

/// Part of a person's list, newest first. An id that is not in the list counts as none.
pub(super) async fn list(
    db: &Db,
    user_id: i64,
    part: Part,
    limit: i64,
) -> Result<Vec<Listed>, DbError> {
    let key = match part {
        Part::Newest => None,
        Part::OlderThan(id) | Part::NewerThan(id) => {
            notifications::table
                .filter(notifications::public_id.eq(id))
                .filter(notifications::user_id.eq(user_id))
                .select(notifications::id)
                .fetch_optional::<i64>(db)
                .await?
        }
    };
    let mine = notifications::table
        .filter(notifications::user_id.eq(user_id))
        .select(Listed::as_select())
        .limit(limit);
    let newest = notifications::id.desc();
    match (part, key) {
        (Part::OlderThan(_), Some(key)) => {
            mine.filter(notifications::id.lt(key)).order(newest).fetch_all(db).await
        }
        (Part::NewerThan(_), Some(key)) => mine
            .filter(notifications::id.gt(key))
            .order(notifications::id.asc())
            .fetch_all(db)
            .await
            .map(|mut rows: Vec<Listed>| {
                rows.reverse();
                rows
            }),
        (Part::NewerThan(_), None) => Ok(Vec::new()),
        _ => mine.order(newest).fetch_all(db).await,
    }
}

pub(super) async fn unread(db: &Db, user_id: i64) -> Result<i64, DbError> {
    notifications::table
        .filter(notifications::user_id.eq(user_id))
        .filter(notifications::read_at.is_null())
        .count()
        .fetch_one(db)
        .await
}

/// Returns one line of a person's list and marks it as read.
pub(super) async fn read(db: &Db, user_id: i64, public_id: Uuid) -> Result<Listed, DbError> {
    let mine = notifications::table
        .filter(notifications::public_id.eq(public_id))
        .filter(notifications::user_id.eq(user_id));
    let listed = mine.select(Listed::as_select()).limit(1).fetch_one(db).await?;
    if listed.read_at.is_none() {
        diesel::update(mine.filter(notifications::read_at.is_null()))
            .set(notifications::read_at.eq(surety_now().nullable()))
            .run(db)
            .await?;
    }
    Ok(listed)
}

/// Marks everything in a person's list as read, up to the newest line that they have seen.
pub(super) async fn read_all(db: &Db, user_id: i64, up_to: Uuid) -> Result<(), DbError> {
    let newest_seen: Option<i64> = notifications::table
        .filter(notifications::public_id.eq(up_to))
        .filter(notifications::user_id.eq(user_id))
        .select(notifications::id)
        .limit(1)
        .fetch_optional(db)
        .await?;
    let Some(newest_seen) = newest_seen else { return Ok(()) };
    diesel::update(
        notifications::table
            .filter(notifications::user_id.eq(user_id))
            .filter(notifications::read_at.is_null())
            .filter(notifications::id.le(newest_seen)),
    )
    .set(notifications::read_at.eq(surety_now().nullable()))
    .run(db)
    .await?;
    Ok(())
}
