//! Stores a change of tier with history, audit entry and message.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Map, Value as Json, json};

use super::badge_traces::insert_event;
use super::causes::standing_in;
use crate::db::schema::{badges, merchants};
use crate::db::{About, Conn, DbError, append_audit, tell_in};
use crate::kernel::time::Timestamp;
use crate::trust::badge::life::Change;
use crate::trust::badge::{Badge, BadgeEventKind, Cause, Tier};

#[derive(Debug, Clone, Copy)]
pub struct TierMove<'a> {
    pub badge: &'a Badge,
    pub to: Tier,
    pub at: Timestamp,
    /// The arguments of the message, besides the tiers.
    pub why: &'a Map<String, Json>,
}

/// Runs inside the caller's transaction, which must be rolled back on an error. False, with nothing
/// stored, if the badge has changed since it was read.
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
    let standing = standing_in(conn, *merchant_id).await?;
    let change = Change {
        expected: Some(*version),
        happened: BadgeEventKind::Tier,
        from: Some(*state),
        to: *state,
        cause: Cause::Record,
        at,
        term: None,
        standing: standing.iter().map(|active| active.cause).collect(),
    };
    insert_event(conn, *merchant_id, &change, None, Some((*from, to))).await?;
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
    let about = About::merchant(*merchant_id);
    tell_in(conn, &format!("merchant:{message}"), about, Json::Object(args)).await?;
    Ok(true)
}
