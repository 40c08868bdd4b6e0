//! Stores a badge move with causes, history, audit entry and message in one transaction. All moves
//! lock the merchant's row, so that decisions are made on current data.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value as Json;

use super::badge_traces::{AuditRecord, write_traces};
pub use super::badge_traces::{By, MoveError};
use super::badges::badge_in;
use super::causes::{self, Begun, standing_in};
use super::members::is_or_was_member_in;
use super::unreadable;
use crate::db::schema::{badges, merchants};
use crate::db::{Conn, Db, DbError, now_in};
use crate::kernel::time::Timestamp;
use crate::trust::badge::life::{Change, Event, Outcome, decide};
use crate::trust::badge::{ActiveCause, Badge, BadgeEventKind, Tier};
use crate::trust::criteria::Evaluation;

#[derive(Debug, Clone, Copy)]
pub struct Approval<'a> {
    pub registered_name: &'a str,
    pub evaluation: &'a Evaluation,
}

/// Applies an event in its own transaction. False if there was nothing to do. Fails with
/// [`MoveError::OwnMerchant`] if the person belongs or belonged to the merchant.
pub async fn apply_event(
    db: &Db,
    merchant_id: i64,
    event: Event<'_>,
    by: By<'_>,
) -> Result<bool, MoveError> {
    db.transaction(async |conn: &mut Conn| {
        if let Some(user_id) = by.user_id
            && is_or_was_member_in(conn, user_id, merchant_id).await?
        {
            return Err(MoveError::OwnMerchant);
        }
        apply_event_in(conn, merchant_id, event, by).await
    })
    .await
}

/// Applies an event inside the caller's transaction, which must be rolled back on an error. False
/// if there was nothing to do.
pub async fn apply_event_in(
    conn: &mut Conn,
    merchant_id: i64,
    event: Event<'_>,
    by: By<'_>,
) -> Result<bool, MoveError> {
    hold(conn, merchant_id).await?;
    // Read after waiting for the lock.
    let now = now_in(conn).await?;
    write(conn, merchant_id, event, by, None, now).await
}

/// A merchant's badge and standing causes, locked until the transaction ends.
#[derive(Debug)]
pub struct HeldBadge {
    pub badge: Option<Badge>,
    pub standing: Vec<ActiveCause>,
}

pub async fn hold_badge(conn: &mut Conn, merchant_id: i64) -> Result<HeldBadge, DbError> {
    hold(conn, merchant_id).await?;
    let badge = badge_in(conn, merchant_id).await?;
    Ok(HeldBadge { badge, standing: standing_in(conn, merchant_id).await? })
}

/// Stores the events of an approval inside the caller's transaction, which must hold the badge and
/// must be rolled back on an error.
pub async fn approve_in(
    conn: &mut Conn,
    merchant_id: i64,
    events: &[Event<'static>],
    approval: Approval<'_>,
    by: By<'_>,
    now: Timestamp,
) -> Result<(), MoveError> {
    for event in events {
        let ends = *event == Event::Expire;
        let (by, approval) = if ends { (By::clock(""), None) } else { (by, Some(approval)) };
        write(conn, merchant_id, *event, by, approval, now).await?;
    }
    Ok(())
}

/// Locks a merchant's badge until the transaction ends.
pub(super) async fn hold(conn: &mut Conn, merchant_id: i64) -> Result<(), DbError> {
    let _: i64 = merchants::table
        .find(merchant_id)
        .select(merchants::id)
        .for_no_key_update()
        .get_result(conn)
        .await?;
    // Changes of tier lock only the badge.
    let _: Vec<i32> = badges::table
        .find(merchant_id)
        .select(badges::version)
        .for_no_key_update()
        .load(conn)
        .await?;
    Ok(())
}

async fn write(
    conn: &mut Conn,
    merchant_id: i64,
    event: Event<'_>,
    by: By<'_>,
    approval: Option<Approval<'_>>,
    now: Timestamp,
) -> Result<bool, MoveError> {
    if let Event::Begin(cause, reference) = event
        && causes::has_begun(conn, merchant_id, cause, reference).await?
    {
        return Ok(false);
    }
    let badge = badge_in(conn, merchant_id).await?;
    if by.seen.is_some() && by.seen != badge.as_ref().map(|b| b.version) {
        return Err(MoveError::Lost);
    }
    let standing = standing_in(conn, merchant_id).await?;
    let outcome = decide(badge.as_ref(), &standing, event, now)?;
    let Outcome { begins, ends, change } = &outcome;
    if begins.is_none() && ends.is_empty() && change.is_none() {
        return Ok(false);
    }
    if let Some((cause, reference)) = begins {
        let begun = Begun {
            merchant_id,
            cause: *cause,
            reference,
            detail: by.detail,
            reason: by.reason,
            by: by.user_id,
            at: now,
        };
        causes::begin(conn, &begun).await?;
    }
    if !ends.is_empty() {
        causes::end(conn, ends, by.user_id, by.reason, now).await?;
    }
    if let Some(change) = change {
        move_row(conn, merchant_id, change, approval).await?;
        let traces = AuditRecord { merchant_id, event, change, before: &standing, by };
        write_traces(conn, &traces).await?;
    }
    if let Some(approval) = approval {
        diesel::update(merchants::table.find(merchant_id))
            .set(merchants::registered_name.eq(approval.registered_name))
            .execute(conn)
            .await?;
    }
    Ok(true)
}

async fn move_row(
    conn: &mut Conn,
    merchant_id: i64,
    change: &Change,
    approval: Option<Approval<'_>>,
) -> Result<(), MoveError> {
    let Some(expected) = change.expected else {
        return insert_row(conn, merchant_id, change, approval).await;
    };
    let target = badges::table.find(merchant_id).filter(badges::version.eq(expected));
    let mut row: Badge = badge_in(conn, merchant_id).await?.ok_or(MoveError::Lost)?;
    // "Suspended since" is when it was first suspended, whatever causes followed.
    if change.from != Some(change.to) || change.happened == BadgeEventKind::Grant {
        row.changed_at = change.at;
    }
    if let (Some((granted_at, expires_at)), Some(approval)) = (change.term, approval) {
        (row.granted_at, row.expires_at) = (granted_at, expires_at);
        row.evaluation = approval.evaluation.clone();
    }
    // A renewal keeps the tier; a new approval starts at the first.
    if change.happened == BadgeEventKind::Grant {
        row.tier = Tier::Trusted;
    }
    let moved = diesel::update(target)
        .set((
            badges::state.eq(change.to.name()),
            badges::tier.eq(row.tier.name()),
            badges::granted_at.eq(row.granted_at),
            badges::expires_at.eq(row.expires_at),
            badges::changed_at.eq(row.changed_at),
            badges::version.eq(change.version()),
            badges::evaluation.eq(as_json(&row.evaluation)?),
        ))
        .execute(conn)
        .await?;
    if moved == 1 { Ok(()) } else { Err(MoveError::Lost) }
}

async fn insert_row(
    conn: &mut Conn,
    merchant_id: i64,
    change: &Change,
    approval: Option<Approval<'_>>,
) -> Result<(), MoveError> {
    // A badge can only begin with an approval and a term.
    let (Some((granted_at, expires_at)), Some(approval)) = (change.term, approval) else {
        return Err(MoveError::Lost);
    };
    diesel::insert_into(badges::table)
        .values((
            badges::merchant_id.eq(merchant_id),
            badges::state.eq(change.to.name()),
            badges::tier.eq(Tier::Trusted.name()),
            badges::granted_at.eq(granted_at),
            badges::expires_at.eq(expires_at),
            badges::changed_at.eq(change.at),
            badges::version.eq(change.version()),
            badges::evaluation.eq(as_json(approval.evaluation)?),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

fn as_json(evaluation: &Evaluation) -> Result<Json, MoveError> {
    serde_json::to_value(evaluation)
        .map_err(|e| MoveError::Db(unreadable("evaluation", &e.to_string())))
}
