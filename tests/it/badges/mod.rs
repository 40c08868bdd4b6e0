//! Tests of `badges`.

mod changes;
mod directory;
mod everywhere;
mod impostors;
mod pages;
mod picture;
mod verify;

use crate::support::{Merchant, World};

/// A world in which nobody is told of changes, as if the telling were always lost.
async fn untold_world() -> World {
    let tables = ["merchants", "badges", "domains", "credit_records"];
    let sql = tables.map(|t| format!("ALTER TABLE {t} DISABLE TRIGGER {t}_public_record;"));
    World::builder().prepare(&sql.concat()).start().await
}

/// A trust merchant with a verified domain.
async fn shop(world: &World, name: &str, domain: &str) -> Merchant {
    let merchant = world.trust_merchant(name).await;
    add_domain(world, &merchant, domain).await;
    merchant
}

/// Gives a merchant a verified domain, in A-labels.
async fn add_domain(world: &World, merchant: &Merchant, domain: &str) {
    world
        .owner_sql(&format!(
            "INSERT INTO domains (merchant_id, name, token, token_expires_at, verified_at, \
             created_at) VALUES ({}, '{domain}', 't', surety_now(), surety_now(), surety_now())",
            merchant.id
        ))
        .await;
}

/// Sets columns of a badge.
async fn set_badge(world: &World, merchant: &Merchant, set: &str) {
    world
        .owner_sql(&format!(
            "UPDATE badges SET {set}, changed_at = surety_now() WHERE merchant_id = {}",
            merchant.id
        ))
        .await;
}
