//! Published policies, read once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

use diesel::prelude::*;
use serde_json::Value;

use super::broken;
use crate::db::schema::policies;
use crate::db::{Db, DbError, Fetch, surety_now};
use crate::orders::policy::{Channel, Policy};

type Known = HashMap<(Channel, i32), Arc<Policy>>;

/// Published policies never change: once read, a version may be kept for ever.
static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);

/// A version of a channel's policy.
pub(super) async fn policy(
    db: &Db,
    channel: Channel,
    version: i32,
) -> Result<Arc<Policy>, DbError> {
    let key = (channel, version);
    let known = KNOWN.read().ok().and_then(|k| k.get(&key).cloned());
    if let Some(policy) = known {
        return Ok(policy);
    }
    let policy = Arc::new(read(db, key.0.clone(), Some(version)).await?);
    if let Ok(mut known) = KNOWN.write() {
        known.insert(key, Arc::clone(&policy));
    }
    Ok(policy)
}

/// The policy that new orders of a channel begin under.
pub async fn current_policy(db: &Db, channel: Channel) -> Result<Arc<Policy>, DbError> {
    read(db, channel, None).await.map(Arc::new)
}

/// A version of a channel's policy; without one the newest that is published.
async fn read(db: &Db, channel: Channel, version: Option<i32>) -> Result<Policy, DbError> {
    let query =
        policies::table.filter(policies::channel.eq(channel.name().to_owned())).into_boxed();
    let query = match version {
        Some(version) => query.filter(policies::version.eq(version)),
        None => query.filter(policies::published_at.le(surety_now())),
    };
    let (version, rules): (i32, Value) = query
        .order(policies::version.desc())
        .select((policies::version, policies::rules))
        .limit(1)
        .fetch_one(db)
        .await?;
    Policy::new(channel, version, rules).map_err(broken)
}
