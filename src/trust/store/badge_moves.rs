//! How a badge's move is written: the row, its history, the audit trail and the message, or
//! nothing.

use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use serde_json::{Value as Json, json};

use super::badges::badge_in;
use super::unreadable;
use crate::db::schema::{badge_events, badges, merchants};
use crate::db::{Conn, Db, DbError, append_audit, append_outbox};
use crate::kernel::time::Timestamp;
use crate::trust::badge::{BadgeState, Change, Event, Refused, Tier, decide};
use crate::trust::criteria::Evaluation;

/// Who made a move, and why.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The person; none for the clock.
    pub user_id: Option<i64>,
    /// The reason, as the audit trail keeps it.
    pub reason: &'a str,
}

/// An approval: what the badge is granted on.
#[derive(Debug, Clone, Copy)]
struct Approval<'a> {
    registered_name: &'a str,
    evaluation: &'a Evaluation,
}

/// Why a decided move was not written.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Somebody else moved it meanwhile.
    #[error("the badge was moved meanwhile")]
    Lost,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<diesel::result::Error> for ApplyError {
    fn from(error: diesel::result::Error) -> Self {
        match DbError::from(error) {
            // Two first grants at once: the second finds the row.
            DbError::Taken(name) if name.starts_with("badge") => Self::Lost,
            other => Self::Db(other),
        }
    }
}

/// Writes a move with history, audit trail and message, in a transaction of its own.
///
/// # Errors
/// [`ApplyError`].
pub async fn apply(
    db: &Db,
    merchant_id: i64,
    event: Event,
    change: &Change,
    by: By<'_>,
) -> Result<(), ApplyError> {
    let mut conn = db.conn().await?;
    let result = conn
        .transaction(async |conn: &mut Conn| {
            apply_in(conn, merchant_id, event, change, by, None).await
        })
        .await;
    result.map_err(|e| match e {
        ApplyError::Db(e) => ApplyError::Db(db.note(e)),
        lost @ ApplyError::Lost => lost,
    })
}

/// An approved application, as the badge needs it.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// Whose badge.
    pub merchant_id: i64,
    /// The name in the register, as judged.
    pub registered_name: &'a str,
    /// The evaluation that the approval stands on.
    pub evaluation: &'a Evaluation,
    /// Who approved.
    pub user_id: i64,
    /// Why.
    pub reason: &'a str,
}

/// Why an approval did not reach the badge.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// There is a badge that lives.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Not written.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

/// Grants a badge inside the transaction that approves the application.
///
/// # Errors
/// [`GrantError`]; the caller's transaction must then be rolled back.
pub async fn grant_in(
    conn: &mut Conn,
    grant: Grant<'_>,
    now: Timestamp,
    zone: Tz,
) -> Result<(), GrantError> {
    let badge = badge_in(conn, grant.merchant_id).await.map_err(ApplyError::Db)?;
    let change = decide(badge.as_ref(), Event::Grant, now, zone)?;
    let by = By { user_id: Some(grant.user_id), reason: grant.reason };
    let approval =
        Approval { registered_name: grant.registered_name, evaluation: grant.evaluation };
    apply_in(conn, grant.merchant_id, Event::Grant, &change, by, Some(approval)).await?;
    Ok(())
}

/// Writes a move inside the caller's transaction.
///
/// # Errors
/// [`ApplyError`]; the caller's transaction must then be rolled back.
async fn apply_in(
    conn: &mut Conn,
    merchant_id: i64,
    event: Event,
    change: &Change,
    by: By<'_>,
    approval: Option<Approval<'_>>,
) -> Result<(), ApplyError> {
    move_row(conn, merchant_id, change, approval).await?;
    diesel::insert_into(badge_events::table)
        .values((
            badge_events::merchant_id.eq(merchant_id),
            badge_events::version.eq(change.version()),
            badge_events::from_state.eq(change.from.map(BadgeState::name)),
            badge_events::to_state.eq(change.to.name()),
            badge_events::cause.eq(change.cause.name()),
            badge_events::at.eq(change.at),
            badge_events::user_id.eq(by.user_id),
        ))
        .execute(conn)
        .await?;
    if let Some(approval) = approval {
        diesel::update(merchants::table.find(merchant_id))
            .set(merchants::registered_name.eq(approval.registered_name))
            .execute(conn)
            .await?;
    }
    let code: String =
        merchants::table.find(merchant_id).select(merchants::code).get_result(conn).await?;
    let state = |state: BadgeState| json!({ "badge": state.name() });
    let audit = append_audit(
        by.user_id,
        event.action(),
        format!("merchant:{code}"),
        change.from.map(state),
        Some(state(change.to)),
        by.reason,
    );
    let _: i64 = diesel::select(audit).get_result(conn).await?;
    if let Some(message) = event.message() {
        let args = json!({ "code": code, "reason": by.reason, "link": "/merchant" });
        let tell = vec![format!("merchant:{message}")];
        let outbox =
            append_outbox(tell, None::<i64>, Some(merchant_id), None::<i64>, None::<String>, args);
        let _: i64 = diesel::select(outbox).get_result(conn).await?;
    }
    Ok(())
}

async fn move_row(
    conn: &mut Conn,
    merchant_id: i64,
    change: &Change,
    approval: Option<Approval<'_>>,
) -> Result<(), ApplyError> {
    let moved = match (change.expected, change.term, approval) {
        (None, Some((granted_at, expires_at)), Some(approval)) => {
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
                .await?
        }
        (Some(expected), Some((granted_at, expires_at)), Some(approval)) => {
            diesel::update(badges::table.find(merchant_id).filter(badges::version.eq(expected)))
                .set((
                    badges::state.eq(change.to.name()),
                    badges::tier.eq(Tier::Trusted.name()),
                    badges::granted_at.eq(granted_at),
                    badges::expires_at.eq(expires_at),
                    badges::changed_at.eq(change.at),
                    badges::version.eq(change.version()),
                    badges::evaluation.eq(as_json(approval.evaluation)?),
                ))
                .execute(conn)
                .await?
        }
        (Some(expected), None, None) => {
            diesel::update(badges::table.find(merchant_id).filter(badges::version.eq(expected)))
                .set((
                    badges::state.eq(change.to.name()),
                    badges::changed_at.eq(change.at),
                    badges::version.eq(change.version()),
                ))
                .execute(conn)
                .await?
        }
        // A term without an approval, or the reverse: decided by nobody.
        _ => 0,
    };
    if moved == 1 { Ok(()) } else { Err(ApplyError::Lost) }
}

fn as_json(evaluation: &Evaluation) -> Result<Json, ApplyError> {
    serde_json::to_value(evaluation)
        .map_err(|e| ApplyError::Db(unreadable("evaluation", &e.to_string())))
}
