//! Money's way in and out of the product: the gateway as a trait, and its implementations.
//!
//! Owns the tables `sandbox_payments` and `sandbox_transactions` (the sandbox bank's own books).
//! Invariant: every call is idempotent by our reference.

pub mod gateway;
pub mod sandbox;
pub mod sandbox_pages;
pub mod sandbox_store;

use std::sync::Arc;

use crate::config::{Config, Gateway as Choice};
use crate::db::Db;
use gateway::Gateway;
use sandbox::Sandbox;

/// The gateways of an installation.
#[derive(Clone)]
pub struct Payments {
    pub gateway: Arc<dyn Gateway>,
    /// The bank that this program plays, where there is one.
    pub sandbox: Option<Arc<Sandbox>>,
    notice_address: String,
    client: reqwest::Client,
}

impl Payments {
    /// The gateways that the configuration names.
    pub fn new(db: &Db, config: &Config) -> Self {
        match config.gateway {
            Choice::Sandbox => {
                let sandbox = Arc::new(Sandbox::new(db.clone(), config.key_bytes()));
                Self {
                    gateway: Arc::clone(&sandbox) as Arc<dyn Gateway>,
                    sandbox: Some(sandbox),
                    notice_address: config.http.absolute("/payments/sandbox/notice"),
                    client: reqwest::Client::new(),
                }
            }
        }
    }

    /// Delivers the sandbox bank's notices that are due. Returns how many arrived.
    /// [`crate::db::DbError`] when the bank's books cannot be read.
    pub async fn deliver_sandbox_notices(&self, db: &Db) -> Result<usize, crate::db::DbError> {
        let Some(sandbox) = &self.sandbox else { return Ok(0) };
        sandbox::deliver_notices(db, sandbox, &self.client, &self.notice_address).await
    }
}
