//! What a move of a badge leaves behind: its line of history, the audit trail, and word to the
//! merchant.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value as Json, json};

use super::badge_moves::{By, MoveError};
use crate::db::schema::{badge_events, merchants};
use crate::db::{Conn, append_audit, append_outbox};
use crate::trust::badge::life::{Change, Event};
use crate::trust::badge::{BadgeState, Happened, Standing, Suspension};

/// A move that was made.
pub(super) struct Traces<'a> {
    /// Whose.
    pub merchant_id: i64,
    /// What happened.
    pub event: Event<'a>,
    /// What it came to.
    pub change: &'a Change,
    /// The causes that stood before.
    pub before: &'a [Standing],
    /// Who, and why.
    pub by: By<'a>,
}

/// Writes history, audit trail and message.
pub(super) async fn write_traces(conn: &mut Conn, traces: &Traces<'_>) -> Result<(), MoveError> {
    let Traces { merchant_id, event, change, before, by } = traces;
    let names = |causes: &[Suspension]| causes.iter().map(|c| c.name()).collect::<Vec<_>>();
    diesel::insert_into(badge_events::table)
        .values((
            badge_events::merchant_id.eq(merchant_id),
            badge_events::version.eq(change.version()),
            badge_events::from_state.eq(change.from.map(BadgeState::name)),
            badge_events::to_state.eq(change.to.name()),
            badge_events::cause.eq(change.cause.name()),
            badge_events::at.eq(change.at),
            badge_events::user_id.eq(by.user_id),
            badge_events::event.eq(change.happened.name()),
            badge_events::standing.eq(names(&change.standing)),
        ))
        .execute(conn)
        .await?;
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
        // Whatever made it visible, a date that has come is an expiry.
        if change.happened == Happened::Expire { Event::Expire } else { *event }.action(),
        format!("merchant:{code}"),
        change.from.map(|from| told(from, &before)),
        Some(told(change.to, &change.standing)),
        by.reason,
    );
    let _: i64 = diesel::select(audit).get_result(conn).await?;
    for (message, args) in messages(traces, &code) {
        let outbox = append_outbox(
            vec![format!("merchant:{message}")],
            None::<i64>,
            Some(*merchant_id),
            None::<i64>,
            None::<String>,
            args,
        );
        let _: i64 = diesel::select(outbox).get_result(conn).await?;
    }
    Ok(())
}

/// What the merchant is told. Approvals are told of by the application, and here what suspends the
/// badge in spite of them.
fn messages(traces: &Traces<'_>, code: &str) -> Vec<(&'static str, Json)> {
    let Traces { event, change, before, by, .. } = traces;
    let mut args = json!({ "code": code, "reason": by.reason, "link": "/merchant" });
    let message = match (change.happened, *event) {
        (Happened::Tier, _) => return Vec::new(),
        (Happened::Grant | Happened::Renew, _) => {
            let stands = |cause: &Suspension| before.iter().find(|s| s.cause == *cause);
            let standing = change.standing.iter().filter_map(stands);
            let further = change.standing.len() > 1;
            return standing.map(|s| suspended(s.cause, &s.reason, further, code)).collect();
        }
        (Happened::Revoke, _) => "badge-revoked",
        (Happened::Expire, _) => "badge-expired",
        (Happened::Begin, event) => {
            let cause = match event {
                Event::Begin(cause, _) => cause,
                _ => Suspension::Staff,
            };
            return vec![suspended(cause, by.reason, !before.is_empty(), code)];
        }
        (Happened::End, event) => {
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

/// That a cause suspends the badge, why, and what to do; and whether it is not the only one.
fn suspended(cause: Suspension, reason: &str, further: bool, code: &str) -> (&'static str, Json) {
    let args = json!({
        "code": code,
        "reason": reason,
        "link": cause.remedy().unwrap_or("/merchant"),
        "further": if further { "yes" } else { "no" },
    });
    (cause.message(), args)
}
