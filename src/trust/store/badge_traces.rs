//! The traces of a badge move: history, audit entry and message to the merchant.

use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel_async::RunQueryDsl;
use serde_json::{Value as Json, json};

use crate::db::schema::{badge_events, merchants};
use crate::db::{About, Conn, DbError, append_audit, tell_in};
use crate::trust::badge::life::{Change, Event, Refused};
use crate::trust::badge::{ActiveCause, BadgeEventKind, BadgeState, Suspension, Tier};

#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// `None` for the clock.
    pub user_id: Option<i64>,
    /// Shown to the merchant and kept in the audit trail.
    pub reason: &'a str,
    pub detail: &'a str,
    /// The version that the person saw, if any.
    pub seen: Option<i32>,
}

impl<'a> By<'a> {
    pub const fn clock(reason: &'a str) -> Self {
        Self { user_id: None, reason, detail: "", seen: None }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The badge changed meanwhile.
    #[error("the badge was moved meanwhile")]
    Lost,
    /// The person belongs or belonged to the merchant.
    #[error("the person belongs to the merchant")]
    OwnMerchant,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<diesel::result::Error> for MoveError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

pub(super) struct AuditRecord<'a> {
    pub merchant_id: i64,
    pub event: Event<'a>,
    pub change: &'a Change,
    /// The causes that stood before.
    pub before: &'a [ActiveCause],
    pub by: By<'a>,
}

fn names(causes: &[Suspension]) -> Vec<&'static str> {
    causes.iter().map(|c| c.name()).collect()
}

/// `tiers` are the old and new tier, if the tier changes.
pub(super) async fn insert_event(
    conn: &mut Conn,
    merchant_id: i64,
    change: &Change,
    user_id: Option<i64>,
    tiers: Option<(Tier, Tier)>,
) -> Result<(), DieselError> {
    diesel::insert_into(badge_events::table)
        .values((
            badge_events::merchant_id.eq(merchant_id),
            badge_events::version.eq(change.version()),
            badge_events::from_state.eq(change.from.map(BadgeState::name)),
            badge_events::to_state.eq(change.to.name()),
            badge_events::cause.eq(change.cause.name()),
            badge_events::at.eq(change.at),
            badge_events::user_id.eq(user_id),
            badge_events::event.eq(change.happened.name()),
            badge_events::standing.eq(names(&change.standing)),
            badge_events::from_tier.eq(tiers.map(|(from, _)| from.name())),
            badge_events::to_tier.eq(tiers.map(|(_, to)| to.name())),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn write_traces(
    conn: &mut Conn,
    traces: &AuditRecord<'_>,
) -> Result<(), MoveError> {
    let AuditRecord { merchant_id, event, change, before, by } = traces;
    insert_event(conn, *merchant_id, change, by.user_id, None).await?;
    let code: String =
        merchants::table.find(merchant_id).select(merchants::code).get_result(conn).await?;
    let told = |state: BadgeState, causes: &[Suspension]| {
        let mut causes = names(causes);
        causes.sort_unstable();
        causes.dedup();
        json!({ "badge": state.name(), "causes": causes })
    };
    let before: Vec<Suspension> = before.iter().map(|s| s.cause).collect();
    let audit = append_audit(
        by.user_id,
        // An expiry is recorded as such, whatever event revealed it.
        if change.happened == BadgeEventKind::Expire { Event::Expire } else { *event }.action(),
        format!("merchant:{code}"),
        change.from.map(|from| told(from, &before)),
        Some(told(change.to, &change.standing)),
        by.reason,
    );
    let _: i64 = diesel::select(audit).get_result(conn).await?;
    for (message, args) in messages(traces, &code) {
        tell_in(conn, &format!("merchant:{message}"), About::merchant(*merchant_id), args).await?;
    }
    Ok(())
}

/// The application announces approvals; this adds only what suspends the badge in spite of one.
fn messages(traces: &AuditRecord<'_>, code: &str) -> Vec<(&'static str, Json)> {
    let AuditRecord { event, change, before, by, .. } = traces;
    let mut args = json!({ "code": code, "reason": by.reason, "link": "/merchant" });
    let message = match (change.happened, *event) {
        (BadgeEventKind::Tier, _) => return Vec::new(),
        (BadgeEventKind::Grant | BadgeEventKind::Renew, _) => {
            let stands = |cause: &Suspension| before.iter().find(|s| s.cause == *cause);
            let standing = change.standing.iter().filter_map(stands);
            let further = change.standing.len() > 1;
            return standing.map(|s| suspended(s.cause, &s.reason, further, code)).collect();
        }
        (BadgeEventKind::Revoke, _) => "badge-revoked",
        (BadgeEventKind::Expire, _) => "badge-expired",
        (BadgeEventKind::Begin, event) => {
            let cause = match event {
                Event::Begin(cause, _) => cause,
                _ => Suspension::Staff,
            };
            return vec![suspended(cause, by.reason, !before.is_empty(), code)];
        }
        (BadgeEventKind::End, event) => {
            let ended = match event {
                Event::End(cause, _) => cause,
                _ => Suspension::Staff,
            };
            args["ended"] = json!(ended.name());
            for cause in Suspension::ALL {
                let stands = change.standing.contains(&cause);
                args[format!("left_{}", cause.name())] = json!(if stands { "yes" } else { "no" });
            }
            match (change.to, ended) {
                (BadgeState::Active, Suspension::Staff) => "badge-reinstated",
                (BadgeState::Active, _) => "badge-active-again",
                _ => "badge-cause-ended",
            }
        }
    };
    vec![(message, args)]
}

/// `further`: whether other causes stand as well.
fn suspended(cause: Suspension, reason: &str, further: bool, code: &str) -> (&'static str, Json) {
    let args = json!({
        "code": code,
        "reason": reason,
        "link": cause.remedy().unwrap_or("/merchant"),
        "further": if further { "yes" } else { "no" },
    });
    (cause.message(), args)
}
