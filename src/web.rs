//! The HTTP toolkit: what pages of every module need.

pub mod assets;
pub mod components_pages;
pub mod compression;
pub mod csrf;
pub mod dev_pages;
pub mod error;
pub mod form;
pub mod headers;
pub mod identity;
pub mod metrics;
pub mod notice;
pub mod page;
pub mod query;
pub mod spreadsheet;
pub mod throttle;
pub mod upload;

use std::sync::Arc;

use crate::config::{Config, Http, Mode};

/// The part of the configuration that this module needs, in actix's application data.
#[derive(Clone)]
pub struct WebConfig {
    pub http: Http,
    pub mode: Mode,
    /// The operator's time zone, used for signed-out readers.
    pub time_zone: chrono_tz::Tz,
    /// Our own origin, as browsers write it.
    pub origin: Arc<str>,
    /// Signs tokens.
    pub key: Arc<[u8]>,
    /// Where people write to, if the operator says so.
    pub support: Option<Arc<str>>,
}

impl WebConfig {
    pub fn new(config: &Config) -> Self {
        Self {
            http: config.http.clone(),
            mode: config.mode,
            time_zone: config.time_zone,
            origin: config.http.origin().into(),
            key: Arc::from(config.key_bytes()),
            support: config.support.as_ref().map(|email| email.as_str().into()),
        }
    }
}
