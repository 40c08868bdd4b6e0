//! The signed-in person, as the session store loads it with the session in one query. What a person
//! *may* do is decided in `accounts::actor`.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};

use actix_session::SessionExt;
use actix_web::http::header::HeaderValue;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::locale::Locale;
use crate::kernel::time::Timestamp;

pub const IDENTITY: &str = "identity";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    pub user_id: i64,
    /// The public id of the session; CSRF tokens are bound to it.
    pub session_id: Uuid,
    /// The origin of the sign-in, recorded with each action.
    pub origin_id: i64,
    pub name: String,
    pub email: String,
    pub email_confirmed: bool,
    pub locale: Locale,
    /// An IANA name.
    pub time_zone: String,
    /// The names of the effective staff roles: none in a session without the second factor.
    pub staff_roles: Vec<String>,
    /// Whether there are roles that have no effect because the second factor is missing.
    pub roles_wait: bool,
    pub has_second_factor: bool,
    /// When the second factor was last used in this session.
    pub second_factor_at: Option<Timestamp>,
    pub merchant_id: Option<i64>,
    pub owns_merchant: bool,
    pub unread: bool,
    /// When the password was last entered in this session.
    pub password_at: Timestamp,
    pub now: Timestamp,
}

impl Identity {
    pub fn of(request: &HttpRequest) -> Option<Self> {
        // Cached, because the guard, the form and the handler all ask.
        if let Some(known) = request.extensions().get::<Self>() {
            return Some(known.clone());
        }
        let identity = request.get_session().get::<Self>(IDENTITY).ok().flatten()?;
        request.extensions_mut().insert(identity.clone());
        Some(identity)
    }

    /// Whether the password, and the second factor if there is one, was given in the last 15
    /// minutes. Sensitive actions require it.
    pub fn is_fresh(&self) -> bool {
        let recent = |at: Timestamp| self.now - at <= chrono::Duration::minutes(15);
        recent(self.password_at)
            && (!self.has_second_factor || self.second_factor_at.is_some_and(recent))
    }
}

/// The id of a request, shown in the log and on error pages.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(Uuid);

impl RequestId {
    /// The id must be unique but need not be secret, so random keys are drawn once per thread
    /// rather than once per request.
    pub fn random() -> Self {
        thread_local! {
            static KEYS: (RandomState, RandomState) = (RandomState::new(), RandomState::new());
            static NEXT: Cell<u64> = const { Cell::new(0) };
        }
        let number = NEXT.replace(NEXT.get() + 1);
        let (high, low) = KEYS.with(|(a, b)| (a.hash_one(number), b.hash_one(number)));
        Self(Uuid::from_u64_pair(high, low))
    }

    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get().copied().unwrap_or_else(Self::random)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

/// See [`client_address`].
#[derive(Debug, Clone)]
pub struct ClientAddress(pub String);

impl FromRequest for ClientAddress {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        std::future::ready(Ok(Self(client_address(request))))
    }
}

/// The address that throttles count. `X-Forwarded-For` is believed from trusted proxies alone.
pub fn client_address(request: &HttpRequest) -> String {
    let Some(peer) = request.peer_addr().map(|a| a.ip()) else { return "unknown".to_owned() };
    let proxies = request
        .app_data::<actix_web::web::Data<super::WebConfig>>()
        .map_or(&[][..], |c| &c.http.trusted_proxies);
    let lines = request.headers().get_all("x-forwarded-for").map(HeaderValue::as_bytes);
    client_of(peer, lines, proxies).to_string()
}

/// The hop before our own proxies. Several lines are one list (RFC 9110, 5.3), to which each proxy
/// appends, so it is read from the right. What stands left of a hop that cannot be read may be the
/// client's invention: then the peer is all that is known. IPv4 in IPv6 is IPv4 throughout.
fn client_of<'a>(
    peer: IpAddr,
    lines: impl Iterator<Item = &'a [u8]>,
    proxies: &[IpAddr],
) -> IpAddr {
    let peer = peer.to_canonical();
    let is_ours = |ip: IpAddr| proxies.iter().any(|proxy| proxy.to_canonical() == ip);
    if !is_ours(peer) {
        return peer;
    }
    let list = lines.map(String::from_utf8_lossy).collect::<Vec<_>>().join(",");
    for hop in list.rsplit(',').map(str::trim).filter(|hop| !hop.is_empty()) {
        match hop_address(hop) {
            Some(ip) if is_ours(ip) => {}
            Some(ip) => return ip,
            None => return peer,
        }
    }
    peer
}

/// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:443`.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().map(|a| a.ip());
    bare.parse().or_else(|_| with_port()).ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(lines: &[&str]) -> String {
        let peer = "::ffff:10.0.0.1".parse().unwrap();
        let proxies = ["10.0.0.1".parse().unwrap(), "::ffff:10.0.0.2".parse().unwrap()];
        client_of(peer, lines.iter().map(|l| l.as_bytes()), &proxies).to_string()
    }

    #[test]
    fn the_hop_before_our_proxies_is_the_client_however_it_is_written() {
        for (lines, address) in [
            (&["6.6.6.6, 203.0.113.7"][..], "203.0.113.7"),
            (&["6.6.6.6, 203.0.113.7:51234"], "203.0.113.7"),
            (&["6.6.6.6, [2001:db8::7]:51234"], "2001:db8::7"),
            (&["6.6.6.6,[2001:db8::7]"], "2001:db8::7"),
            (&["6.6.6.6, 2001:db8::7 "], "2001:db8::7"),
            (&["6.6.6.6, ::ffff:203.0.113.7"], "203.0.113.7"),
            (&["6.6.6.6, [::ffff:203.0.113.7]:80, 10.0.0.2:80"], "203.0.113.7"),
            (&["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
            (&["203.0.113.7", "10.0.0.2", "::ffff:10.0.0.1"], "203.0.113.7"),
            (&["203.0.113.7, ,"], "203.0.113.7"),
        ] {
            assert_eq!(client(lines), address, "{lines:?}");
        }
    }

    #[test]
    fn behind_what_cannot_be_read_nothing_is_believed() {
        for lines in [
            &["6.6.6.6, unknown"][..],
            &["6.6.6.6, _hidden, 10.0.0.2"],
            &["6.6.6.6, 203.0.113.7:x"],
            &["6.6.6.6, [203.0.113.7"],
            &["6.6.6.6", "fe80::1%eth0"],
            &["10.0.0.2"],
            &[""],
            &[],
        ] {
            assert_eq!(client(lines), "10.0.0.1", "{lines:?}");
        }
    }

    #[test]
    fn a_stranger_names_no_address_but_its_own() {
        let peer = "198.51.100.9".parse().unwrap();
        let said = [&b"203.0.113.7"[..]].into_iter();
        assert_eq!(client_of(peer, said, &["10.0.0.1".parse().unwrap()]), peer);
    }
}
