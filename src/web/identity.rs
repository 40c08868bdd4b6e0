//! Who is signed in, as far as the kit has to know. The session store fills it in with the one
//! query that reads the session; what a person *may* is decided in `accounts::actor`.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use actix_session::SessionExt;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::locale::Locale;
use crate::kernel::time::Timestamp;

/// The key of the identity in the session's state.
pub const IDENTITY: &str = "identity";

/// A signed-in person, as read with this request's session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    pub user_id: i64,
    /// Public id of the session: CSRF tokens are bound to it.
    pub session_id: Uuid,
    /// From where the person signed in; recorded with each act.
    pub origin_id: i64,
    pub name: String,
    pub email: String,
    pub email_confirmed: bool,
    pub locale: Locale,
    /// The person's zone (IANA name).
    pub time_zone: String,
    /// Staff roles by name, as far as they count: none in a session without the second factor.
    pub staff_roles: Vec<String>,
    /// Whether there are roles that do not count, because the second factor is missing.
    pub roles_wait: bool,
    /// Whether the person has a second factor.
    pub has_second_factor: bool,
    /// When it was last shown in this session.
    pub second_factor_at: Option<Timestamp>,
    pub merchant_id: Option<i64>,
    pub owns_merchant: bool,
    /// Whether there are notifications not read yet.
    pub unread: bool,
    /// When the password was last entered in this session.
    pub password_at: Timestamp,
    pub now: Timestamp,
}

impl Identity {
    /// The identity of a request, if somebody is signed in.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        // Read out of the session's state once; the guard, the form and the handler all ask.
        if let Some(known) = request.extensions().get::<Self>() {
            return Some(known.clone());
        }
        let identity = request.get_session().get::<Self>(IDENTITY).ok().flatten()?;
        request.extensions_mut().insert(identity.clone());
        Some(identity)
    }

    /// Whether the password was entered in the last 15 minutes, and the second factor shown by who
    /// has one: weighty acts ask for them again.
    pub fn is_fresh(&self) -> bool {
        let recent = |at: Timestamp| self.now - at <= chrono::Duration::minutes(15);
        recent(self.password_at)
            && (!self.has_second_factor || self.second_factor_at.is_some_and(recent))
    }
}

/// The id of a request, given by the first middleware: in the log, on error pages.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A new one. It need not be a secret, only another one each time: the kernel is asked for
    /// random keys once a thread and not once a request.
    pub fn random() -> Self {
        thread_local! {
            static KEYS: (RandomState, RandomState) = (RandomState::new(), RandomState::new());
            static NEXT: Cell<u64> = const { Cell::new(0) };
        }
        let number = NEXT.replace(NEXT.get() + 1);
        let (high, low) = KEYS.with(|(a, b)| (a.hash_one(number), b.hash_one(number)));
        Self(Uuid::from_u64_pair(high, low))
    }

    /// The id of this request.
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get().copied().unwrap_or_else(Self::random)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

/// A reader's address: the connection's, or what a trusted proxy says of it.
#[derive(Debug, Clone)]
pub struct ClientAddress(pub String);

impl FromRequest for ClientAddress {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        std::future::ready(Ok(Self(client_address(request))))
    }
}

/// The address that throttles count: forwarded headers are honoured from trusted proxies alone,
/// and then the last hop that is not such a proxy.
pub fn client_address(request: &HttpRequest) -> String {
    let Some(peer) = request.peer_addr().map(|a| a.ip()) else { return "unknown".to_owned() };
    let proxies = request
        .app_data::<actix_web::web::Data<super::WebConfig>>()
        .map_or(&[][..], |c| &c.http.trusted_proxies);
    if !proxies.contains(&peer) {
        return peer.to_string();
    }
    let forwarded =
        request.headers().get("x-forwarded-for").and_then(|h| h.to_str().ok()).unwrap_or_default();
    forwarded
        .rsplit(',')
        .filter_map(|hop| hop.trim().parse::<std::net::IpAddr>().ok())
        .find(|ip| !proxies.contains(ip))
        .unwrap_or(peer)
        .to_string()
}
