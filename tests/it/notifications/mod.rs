//! Tests of `notifications`.

mod list;
mod outbox;
mod sending;

use crate::support::World;

/// Appends to the outbox as a change would: `columns` such as `user_id, args`.
async fn tell(world: &World, tell: &str, columns: &str, values: &str) {
    world
        .owner_sql(&format!(
            "INSERT INTO outbox (created_at, tell, {columns}) \
             VALUES (surety_now(), '{{{tell}}}', {values})"
        ))
        .await;
}
