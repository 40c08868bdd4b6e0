//! The staff's list of merchants.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::badges::badges_of;
use super::merchants::merchants_by_ids;
use crate::db::schema::{badges, domains, merchants};
use crate::db::{Db, DbError, Fetch, like_pattern, surety_now};
use crate::kernel::merchant_code::MerchantCode;
use crate::trust::badge::{Badge, BadgeState};
use crate::trust::merchant::Merchant;
use crate::trust::public_record::ListFrom;

#[derive(Debug, Clone, Default)]
pub struct DeskQuery {
    /// Part of a name or domain, or a complete code.
    pub text: Option<String>,
    /// `Some(None)` means without a badge.
    pub state: Option<Option<BadgeState>>,
    pub from: ListFrom,
    pub limit: usize,
}

#[derive(Debug, Clone)]
pub struct DeskRow {
    pub merchant: Merchant,
    pub badge: Option<Badge>,
    /// Verified or not.
    pub domains: Vec<String>,
}

/// A page, newest merchant first, and whether there is more in the direction of reading.
pub async fn desk(db: &Db, query: &DeskQuery) -> Result<(Vec<DeskRow>, bool), DbError> {
    let mut ids = ids(db, query).await?;
    let more = ids.len() > query.limit;
    ids.truncate(query.limit);
    if matches!(query.from, ListFrom::NewerThan(_)) {
        ids.reverse();
    }
    let mut merchants = merchants_by_ids(db, &ids).await?;
    let mut badges = badges_of(db, &ids).await?;
    let names = names(db, &ids).await?;
    let row = |id: &i64| {
        let own = names.iter().filter(|(owner, _)| owner == id);
        Some(DeskRow {
            merchant: merchants.remove(id)?,
            badge: badges.remove(id),
            domains: own.map(|(_, name)| name.clone()).collect(),
        })
    };
    Ok((ids.iter().filter_map(row).collect(), more))
}

async fn ids(db: &Db, query: &DeskQuery) -> Result<Vec<i64>, DbError> {
    let mut rows = merchants::table
        .left_join(badges::table.on(badges::merchant_id.eq(merchants::id)))
        .select(merchants::id)
        .limit(i64::try_from(query.limit + 1).unwrap_or(i64::MAX))
        .into_boxed();
    if let Some(text) = &query.text {
        let pattern = like_pattern(text);
        let own_domain = domains::table
            .filter(domains::merchant_id.eq(merchants::id))
            .filter(domains::name.ilike(pattern.clone()))
            .select(domains::id);
        let code = MerchantCode::parse(text).map_or(String::new(), |c| c.as_str().to_owned());
        rows = rows.filter(
            merchants::name
                .ilike(pattern.clone())
                .or(merchants::registered_name.ilike(pattern))
                .or(merchants::code.eq(code))
                .or(exists(own_domain)),
        );
    }
    // A badge counts as expired from its date, even before the clock records it.
    let living = ["active", "suspended"];
    rows = match query.state {
        None => rows,
        Some(None) => rows.filter(badges::state.nullable().is_null()),
        Some(Some(BadgeState::Expired)) => rows.filter(
            badges::state
                .nullable()
                .eq("expired")
                .or(badges::state
                    .nullable()
                    .eq_any(living)
                    .and(badges::expires_at.nullable().le(surety_now().nullable())))
                .assume_not_null(),
        ),
        Some(Some(BadgeState::Revoked)) => {
            rows.filter(badges::state.nullable().eq("revoked").assume_not_null())
        }
        Some(Some(state)) => rows.filter(
            badges::state
                .nullable()
                .eq(state.name())
                .and(badges::expires_at.nullable().gt(surety_now().nullable()))
                .assume_not_null(),
        ),
    };
    let anchor = match query.from {
        ListFrom::Start => None,
        ListFrom::OlderThan(code) | ListFrom::NewerThan(code) => {
            let id = merchants::table
                .filter(merchants::code.eq(code.as_str().to_owned()))
                .select(merchants::id)
                .limit(1)
                .fetch_one::<i64>(db)
                .await?;
            Some(id)
        }
    };
    let is_back = matches!(query.from, ListFrom::NewerThan(_));
    let rows = match anchor {
        None => rows.order(merchants::id.desc()),
        Some(id) if is_back => rows.filter(merchants::id.gt(id)).order(merchants::id.asc()),
        Some(id) => rows.filter(merchants::id.lt(id)).order(merchants::id.desc()),
    };
    rows.fetch_all(db).await
}

async fn names(db: &Db, ids: &[i64]) -> Result<Vec<(i64, String)>, DbError> {
    domains::table
        .filter(domains::merchant_id.eq_any(ids))
        .order(domains::id)
        .select((domains::merchant_id, domains::name))
        .fetch_all(db)
        .await
}
