//! The SQL of domains.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::badge_moves::{By, MoveError, apply_event_in, hold};
use super::causes::standing_in;
use super::{domain_checks, unreadable};
use crate::db::schema::{badges, domains, merchants};
use crate::db::{About, Conn, Db, DbError, Fetch, append_audit, only, tell_in};
use crate::kernel::domain_name::DomainName;
use crate::kernel::time::Timestamp;
use crate::trust::badge::life::Event;
use crate::trust::badge::{BadgeState, Suspension};
use crate::trust::domain::{Checked, Domain, Failure, LOST_AFTER, MAX_DOMAINS, none_proved_since};
use crate::trust::look_alikes::Warning;

#[derive(Queryable, Selectable)]
#[diesel(table_name = domains, check_for_backend(Pg))]
struct Row {
    id: i64,
    public_id: Uuid,
    merchant_id: i64,
    name: String,
    token: String,
    token_expires_at: Timestamp,
    verified_at: Option<Timestamp>,
    last_checked_at: Option<Timestamp>,
    last_failure: Option<String>,
    failing_since: Option<Timestamp>,
    created_at: Timestamp,
}

impl TryFrom<Row> for Domain {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.id,
            public_id: row.public_id,
            merchant_id: row.merchant_id,
            name: DomainName::parse(&row.name).map_err(|_| unreadable("domains", &row.name))?,
            token: row.token,
            token_expires_at: row.token_expires_at,
            verified_at: row.verified_at,
            last_checked_at: row.last_checked_at,
            last_failure: row.last_failure.as_deref().and_then(Failure::parse),
            failing_since: row.failing_since,
            created_at: row.created_at,
        })
    }
}

/// Earliest first.
pub async fn domains(db: &Db, merchant_id: i64) -> Result<Vec<Domain>, DbError> {
    let mut conn = db.conn().await?;
    domains_in(&mut conn, merchant_id).await.map_err(|e| db.note(e))
}

async fn domains_in(conn: &mut Conn, merchant_id: i64) -> Result<Vec<Domain>, DbError> {
    let rows: Vec<Row> = domains::table
        .filter(domains::merchant_id.eq(merchant_id))
        .order(domains::id)
        .select(Row::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Domain::try_from).collect()
}

/// For the demo, where this program also serves the merchants' sites.
pub async fn challenge_of(db: &Db, name: &DomainName) -> Result<Option<String>, DbError> {
    domains::table
        .filter(domains::name.eq(name.as_str()))
        .order(domains::id.desc())
        .select(domains::token)
        .limit(1)
        .fetch_optional(db)
        .await
}

/// Adds a domain; `None` if the merchant has the maximum, which a lock enforces. Fails with
/// [`DbError::Taken`] (`domains_merchant_id_name_key`) if the merchant has it already.
pub async fn insert(
    db: &Db,
    merchant_id: i64,
    name: &DomainName,
    token: &str,
    token_expires_at: Timestamp,
    now: Timestamp,
) -> Result<Option<Domain>, DbError> {
    db.transaction(async |conn: &mut Conn| -> Result<Option<Domain>, DbError> {
        hold(conn, merchant_id).await?;
        let own = domains::table.filter(domains::merchant_id.eq(merchant_id));
        let count: i64 = own.count().get_result(conn).await?;
        if usize::try_from(count).is_ok_and(|count| count >= MAX_DOMAINS) {
            return Ok(None);
        }
        let rows: Vec<Row> = diesel::insert_into(domains::table)
            .values((
                domains::merchant_id.eq(merchant_id),
                domains::name.eq(name.as_str()),
                domains::token.eq(token),
                domains::token_expires_at.eq(token_expires_at),
                domains::created_at.eq(now),
            ))
            .returning(Row::as_returning())
            .load(conn)
            .await?;
        only(rows)?.try_into().map(Some)
    })
    .await
}

/// With its expiry.
pub type NewToken = Option<(String, Timestamp)>;

#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    pub domain: &'a Domain,
    /// `None` for the clock.
    pub asked_by: Option<i64>,
    pub checked: Checked,
    /// A merchant with a domain that this newly verified one resembles.
    pub alike: Option<&'a Warning>,
}

/// Stores the result of a check with its history and, in the same transaction, the effect on the
/// badge: [`Suspension::DomainLost`] ends with a success and begins once all domains have failed
/// for [`LOST_AFTER`]. False if the domain was removed or checked since it was read. Fails with
/// [`DbError::Taken`] (`domains_one_owner`) if another merchant has verified the domain.
pub async fn write_check(
    db: &Db,
    found: &Found<'_>,
    new_token: NewToken,
    now: Timestamp,
) -> Result<bool, MoveError> {
    let Found { domain, asked_by, checked, .. } = *found;
    db.transaction(async |conn: &mut Conn| -> Result<bool, MoveError> {
        // Removals lock the merchant first as well.
        hold(conn, domain.merchant_id).await?;
        if !write_row(conn, domain, checked, new_token, now).await? {
            return Ok(false);
        }
        domain_checks::append(conn, domain, asked_by, checked.failure, now).await?;
        if domain.verified_at.is_none() && checked.verified_at.is_some() {
            write_proof(conn, found, now).await?;
        }
        write_loss(conn, domain.merchant_id, checked, now).await?;
        Ok(true)
    })
    .await
}

async fn write_row(
    conn: &mut Conn,
    domain: &Domain,
    checked: Checked,
    new_token: NewToken,
    now: Timestamp,
) -> Result<bool, DbError> {
    let (token, expires_at) =
        new_token.unwrap_or_else(|| (domain.token.clone(), domain.token_expires_at));
    // Every check changes this time, and tokens only change with a check.
    let target = domains::table
        .find(domain.id)
        .filter(domains::last_checked_at.is_not_distinct_from(domain.last_checked_at));
    let written = diesel::update(target)
        .set((
            domains::verified_at.eq(checked.verified_at),
            domains::last_checked_at.eq(now),
            domains::last_failure.eq(checked.failure.map(Failure::key)),
            domains::failing_since.eq(checked.failing_since),
            domains::token.eq(token),
            domains::token_expires_at.eq(expires_at),
        ))
        .execute(conn)
        .await?;
    Ok(written == 1)
}

/// A new domain of a merchant with a badge is vouched for at once, so it is audited, and reviewers
/// are told if it resembles another.
async fn write_proof(conn: &mut Conn, found: &Found<'_>, now: Timestamp) -> Result<(), MoveError> {
    let Found { domain, asked_by, alike, .. } = found;
    if !has_badge(conn, domain.merchant_id, now).await? {
        return Ok(());
    }
    let (code, name) = merchants::table
        .find(domain.merchant_id)
        .select((merchants::code, merchants::name))
        .get_result::<(String, String)>(conn)
        .await?;
    let is = Some(json!({ "domain": domain.name.as_str() }));
    let subject = format!("merchant:{code}");
    let audit = append_audit(*asked_by, "domain.prove", subject, None::<Json>, is, "");
    let _: i64 = diesel::select(audit).get_result(conn).await?;
    let Some((alike, (_, other))) = alike.and_then(|a| Some((a, a.domains.as_ref()?))) else {
        return Ok(());
    };
    let args = json!({
        "shop": name,
        "domain": domain.name.as_str(),
        "other": other.as_str(),
        "other_name": alike.name,
        "link": format!("/admin/merchants/{code}"),
    });
    tell_in(conn, "staff-reviewer:domain-look-alike", About::default(), args).await?;
    Ok(())
}

async fn has_badge(conn: &mut Conn, merchant_id: i64, now: Timestamp) -> Result<bool, DbError> {
    let lives = badges::state.eq_any([BadgeState::Active.name(), BadgeState::Suspended.name()]);
    let badge = badges::table.find(merchant_id).filter(lives).filter(badges::expires_at.gt(now));
    Ok(diesel::select(diesel::dsl::exists(badge)).get_result(conn).await?)
}

async fn write_loss(
    conn: &mut Conn,
    merchant_id: i64,
    checked: Checked,
    now: Timestamp,
) -> Result<(), MoveError> {
    if checked.failure.is_none() {
        let by = By::clock("A domain was verified again.");
        apply_event_in(conn, merchant_id, Event::End(Suspension::DomainLost, None), by).await?;
        return Ok(());
    }
    let own = domains_in(conn, merchant_id).await?;
    if none_proved_since(&own).is_none_or(|since| now - since < LOST_AFTER) {
        return Ok(());
    }
    // One cause, however many checks fail.
    if standing_in(conn, merchant_id).await?.iter().any(|s| s.cause == Suspension::DomainLost) {
        return Ok(());
    }
    let names: Vec<_> = own.iter().map(|d| d.name.as_str()).collect();
    let detail = names.join(", ");
    let reason = "No domain could be verified for 7 days.";
    let by = By { detail: &detail, ..By::clock(reason) };
    // Each loss needs its own reference, since a cause never begins twice with the same one.
    let reference = now.to_rfc3339();
    apply_event_in(conn, merchant_id, Event::Begin(Suspension::DomainLost, &reference), by).await?;
    Ok(())
}

/// Verified domains last checked by `before`, longest first.
pub async fn due(db: &Db, before: Timestamp, limit: i64) -> Result<Vec<Domain>, DbError> {
    let rows: Vec<Row> = domains::table
        .filter(domains::verified_at.is_not_null())
        .filter(domains::last_checked_at.le(before))
        .order(domains::last_checked_at)
        .limit(limit)
        .select(Row::as_select())
        .fetch_all(db)
        .await?;
    rows.into_iter().map(Domain::try_from).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    Gone,
    NotThere,
    /// The only verified domain of a badge that has not ended.
    LastOfBadge,
}

/// Removes a domain, unless a badge needs it: the badge needs another domain whose last check
/// succeeded. The lock prevents two concurrent removals from taking the last two.
pub async fn remove(
    db: &Db,
    merchant_id: i64,
    removed_by: i64,
    public_id: Uuid,
    now: Timestamp,
) -> Result<Removed, DbError> {
    db.transaction(async |conn: &mut Conn| -> Result<Removed, DbError> {
        hold(conn, merchant_id).await?;
        let own = domains_in(conn, merchant_id).await?;
        let is_proved = |d: &&Domain| d.verified_at.is_some();
        let goes = own.iter().filter(is_proved).find(|d| d.public_id == public_id);
        let is_left = |d: &Domain| d.public_id != public_id && d.failing_since.is_none();
        let has_other = own.iter().filter(is_proved).any(is_left);
        let lives = has_badge(conn, merchant_id, now).await?;
        if let Some(goes) = goes.filter(|_| lives) {
            if !has_other {
                return Ok(Removed::LastOfBadge);
            }
            let code: String =
                merchants::table.find(merchant_id).select(merchants::code).get_result(conn).await?;
            let (subject, was) =
                (format!("merchant:{code}"), Some(json!({ "domain": goes.name.as_str() })));
            let by = Some(removed_by);
            let audit = append_audit(by, "domain.remove", subject, was, None::<Json>, "");
            let _: i64 = diesel::select(audit).get_result(conn).await?;
        }
        let target = domains::table
            .filter(domains::merchant_id.eq(merchant_id))
            .filter(domains::public_id.eq(public_id));
        let gone = diesel::delete(target).execute(conn).await?;
        Ok(if gone == 1 { Removed::Gone } else { Removed::NotThere })
    })
    .await
}

/// Name and merchant id of verified domains, except those of merchant `besides`.
pub async fn proved(db: &Db, besides: i64, limit: i64) -> Result<Vec<(String, i64)>, DbError> {
    domains::table
        .filter(domains::verified_at.is_not_null())
        .filter(domains::merchant_id.ne(besides))
        .order(domains::id)
        .limit(limit)
        .select((domains::name, domains::merchant_id))
        .fetch_all(db)
        .await
}
