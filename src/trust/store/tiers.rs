//! How a badge gets another tier: row, history, audit trail and message, or nothing.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Map, Value as Json, json};

use crate::db::schema::{badge_events, badges, merchants};
use crate::db::{Conn, DbError, append_audit, append_outbox};
use crate::kernel::time::Timestamp;
use crate::trust::badge::{Badge, Cause, Tier};

/// A tier that the credit record earns, in place of the one that the badge has.
#[derive(Debug, Clone, Copy)]
pub struct TierMove<'a> {
    /// The badge as it was decided on.
    pub badge: &'a Badge,
    /// The new tier.
    pub to: Tier,
    /// When.
    pub at: Timestamp,
    /// Why: what the message to the merchant is filled with, besides the tiers.
    pub why: &'a Map<String, Json>,
}

/// Gives a badge another tier inside the caller's transaction, with a line of its history, of the
/// audit trail, and a message that says why. False when the badge has moved since it was read:
/// then nothing was written.
///
/// # Errors
/// [`DbError`]; the caller's transaction must then be rolled back.
pub async fn set_tier_in(conn: &mut Conn, change: TierMove<'_>) -> Result<bool, DbError> {
    let TierMove { badge, to, at, why } = change;
    let Badge { merchant_id, version, state, tier: from, .. } = badge;
    let row = badges::table.find(*merchant_id).filter(badges::version.eq(version));
    let moved = diesel::update(row)
        .set((badges::tier.eq(to.name()), badges::version.eq(version + 1)))
        .execute(conn)
        .await?;
    if moved == 0 {
        return Ok(false);
    }
    diesel::insert_into(badge_events::table)
        .values((
            badge_events::merchant_id.eq(merchant_id),
            badge_events::version.eq(version + 1),
            badge_events::from_state.eq(state.name()),
            badge_events::to_state.eq(state.name()),
            badge_events::cause.eq(Cause::Record.name()),
            badge_events::at.eq(at),
            badge_events::from_tier.eq(from.name()),
            badge_events::to_tier.eq(to.name()),
        ))
        .execute(conn)
        .await?;
    let code: String =
        merchants::table.find(*merchant_id).select(merchants::code).get_result(conn).await?;
    let kept = |tier: Tier| Some(json!({ "tier": tier.name() }));
    let subject = format!("merchant:{code}");
    let audit = append_audit(None::<i64>, "badge.tier", subject, kept(*from), kept(to), "");
    let _: i64 = diesel::select(audit).get_result(conn).await?;
    let word = |tier: Tier| json!({ "text": format!("badges-tier-{}", tier.name()) });
    let mut args = why.clone();
    args.insert("code".to_owned(), json!(code));
    args.insert("before".to_owned(), word(*from));
    args.insert("tier".to_owned(), word(to));
    let message = if to > *from { "badge-tier-raised" } else { "badge-tier-lowered" };
    let tell = vec![format!("merchant:{message}")];
    let args = Json::Object(args);
    let outbox =
        append_outbox(tell, None::<i64>, Some(*merchant_id), None::<i64>, None::<String>, args);
    let _: i64 = diesel::select(outbox).get_result(conn).await?;
    Ok(true)
}
