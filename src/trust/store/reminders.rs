//! The SQL of reminders. A row is stored together with the message, so that each is sent once.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value as Json, json};

use super::badge_moves::hold;
use crate::db::schema::{agreement_signatures, badges, merchants, trust_reminders};
use crate::db::{About, Conn, Db, DbError, Fetch, append_audit, now_in, surety_now, tell_in};
use crate::kernel::time::Timestamp;
use crate::trust::badge::BadgeState;

pub struct Reminder<'a> {
    pub merchant_id: i64,
    pub message: &'a str,
    /// The end of the term, or when the version takes effect.
    pub about: Timestamp,
    pub args: Json,
}

const LIVING: [&str; 2] = [BadgeState::Active.name(), BadgeState::Suspended.name()];

/// Badges that end between `now` and `until` whose merchants did not get this message about it.
pub async fn ending(
    db: &Db,
    message: &str,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<(i64, Timestamp)>, DbError> {
    let sent = trust_reminders::table
        .filter(trust_reminders::merchant_id.eq(badges::merchant_id))
        .filter(trust_reminders::reminder.eq(message))
        .filter(trust_reminders::about_at.eq(badges::expires_at))
        .select(trust_reminders::merchant_id);
    badges::table
        .filter(badges::state.eq_any(LIVING))
        .filter(badges::expires_at.gt(now))
        .filter(badges::expires_at.le(until))
        .filter(not(exists(sent)))
        .order(badges::expires_at)
        .limit(limit)
        .select((badges::merchant_id, badges::expires_at))
        .fetch_all(db)
        .await
}

/// Badges of these merchants that end between `now` and `until`.
pub async fn ending_of(
    db: &Db,
    merchants: &[i64],
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<(i64, Timestamp)>, DbError> {
    badges::table
        .filter(badges::merchant_id.eq_any(merchants))
        .filter(badges::state.eq_any(LIVING))
        .filter(badges::expires_at.gt(now))
        .filter(badges::expires_at.le(until))
        .select((badges::merchant_id, badges::expires_at))
        .fetch_all(db)
        .await
}

/// Moves the end of a term from `ends` to `until`. The messages in `reminded` will not be sent
/// again for the new date. False if the badge no longer ends at `ends`.
pub async fn prolong(
    db: &Db,
    merchant_id: i64,
    (ends, until): (Timestamp, Timestamp),
    reminded: &[&str],
) -> Result<bool, DbError> {
    db.transaction(async |conn: &mut Conn| -> Result<bool, DbError> {
        hold(conn, merchant_id).await?;
        let badge = badges::table
            .filter(badges::merchant_id.eq(merchant_id))
            .filter(badges::state.eq_any(LIVING))
            .filter(badges::expires_at.eq(ends));
        let moved = diesel::update(badge).set(badges::expires_at.eq(until)).execute(conn).await?;
        if moved == 0 {
            return Ok(false);
        }
        let now = now_in(conn).await?;
        let sent = reminded.iter().map(|reminder| {
            (
                trust_reminders::merchant_id.eq(merchant_id),
                trust_reminders::reminder.eq(*reminder),
                trust_reminders::about_at.eq(until),
                trust_reminders::sent_at.eq(now),
            )
        });
        diesel::insert_into(trust_reminders::table)
            .values(sent.collect::<Vec<_>>())
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        let merchant = merchants::table.find(merchant_id).select(merchants::code);
        let code: String = merchant.get_result(conn).await?;
        let kept = |at: Timestamp| Some(json!({ "expires_at": at.to_rfc3339() }));
        let subject = format!("merchant:{code}");
        let audit =
            append_audit(None::<i64>, "badge.prolong", subject, kept(ends), kept(until), "");
        let _: i64 = diesel::select(audit).get_result(conn).await?;
        Ok(true)
    })
    .await
}

/// False if the reminder was sent before or the badge no longer ends then.
pub async fn send_of_term(db: &Db, reminder: &Reminder<'_>) -> Result<bool, DbError> {
    db.transaction(async |conn: &mut Conn| -> Result<bool, DbError> {
        hold(conn, reminder.merchant_id).await?;
        let still = badges::table
            .filter(badges::merchant_id.eq(reminder.merchant_id))
            .filter(badges::state.eq_any(LIVING))
            .filter(badges::expires_at.eq(reminder.about));
        if !diesel::select(exists(still)).get_result::<bool>(conn).await? {
            return Ok(false);
        }
        send(conn, reminder).await
    })
    .await
}

/// Merchants that signed an older version but neither this nor a later one, and did not get this
/// message. `badges_only`: only those with an active or suspended badge.
pub async fn unsigned(
    db: &Db,
    version: i32,
    (message, about): (&str, Timestamp),
    badges_only: bool,
    limit: i64,
) -> Result<Vec<i64>, DbError> {
    let newer = diesel::alias!(agreement_signatures as newer);
    let signed_newer = newer
        .filter(
            newer.field(agreement_signatures::merchant_id).eq(agreement_signatures::merchant_id),
        )
        .filter(newer.field(agreement_signatures::version).ge(version))
        .select(newer.field(agreement_signatures::version));
    let sent = trust_reminders::table
        .filter(trust_reminders::merchant_id.eq(agreement_signatures::merchant_id))
        .filter(trust_reminders::reminder.eq(message))
        .filter(trust_reminders::about_at.eq(about))
        .select(trust_reminders::merchant_id);
    let mut query = agreement_signatures::table
        .filter(agreement_signatures::version.lt(version))
        .filter(not(exists(signed_newer)))
        .filter(not(exists(sent)))
        .select(agreement_signatures::merchant_id)
        .distinct()
        .limit(limit)
        .into_boxed();
    if badges_only {
        let living = badges::table
            .filter(badges::merchant_id.eq(agreement_signatures::merchant_id))
            .filter(badges::state.eq_any(LIVING))
            .select(badges::merchant_id);
        query = query.filter(exists(living));
    }
    query.fetch_all(db).await
}

/// False if the reminder was sent before or the merchant has signed meanwhile.
pub async fn send_of_agreement(
    db: &Db,
    reminder: &Reminder<'_>,
    version: i32,
) -> Result<bool, DbError> {
    db.transaction(async |conn: &mut Conn| -> Result<bool, DbError> {
        hold(conn, reminder.merchant_id).await?;
        let signed = agreement_signatures::table
            .filter(agreement_signatures::merchant_id.eq(reminder.merchant_id))
            .filter(agreement_signatures::version.ge(version));
        if diesel::select(exists(signed)).get_result::<bool>(conn).await? {
            return Ok(false);
        }
        send(conn, reminder).await
    })
    .await
}

/// False if it was sent before.
async fn send(conn: &mut Conn, reminder: &Reminder<'_>) -> Result<bool, DbError> {
    let written = diesel::insert_into(trust_reminders::table)
        .values((
            trust_reminders::merchant_id.eq(reminder.merchant_id),
            trust_reminders::reminder.eq(reminder.message),
            trust_reminders::about_at.eq(reminder.about),
            trust_reminders::sent_at.eq(surety_now()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if written == 0 {
        return Ok(false);
    }
    let about = About::merchant(reminder.merchant_id);
    tell_in(conn, reminder.message, about, reminder.args.clone()).await?;
    Ok(true)
}
