//! What all ways of signing in share: rate limits, beginning a session, and where to go next.

use std::time::Duration;

use actix_session::Session;
use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use serde::Deserialize;
use serde_json::json;

use super::actor::Role;
use super::commands::SignedIn;
use super::device_pages::Device;
use super::password::Lane;
use super::session_store::{self, SignIn};
use super::store;
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::kernel::signing;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::identity::{ClientAddress, Identity};
use crate::web::page::local_path;
use crate::web::throttle::{self, Limit};

const QUARTER: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Wrong passwords for one account, or by one signed-in person.
const TRIES_OF_ACCOUNT: Limit = Limit { hits: 10, window: QUARTER };
/// Wrong codes after the right password. Of a million codes, three are valid.
const CODES_OF_ACCOUNT: Limit = Limit { hits: 5, window: QUARTER };
/// Wrong passwords or codes from one network.
const TRIES_FROM_NETWORK: Limit = Limit { hits: 50, window: QUARTER };
/// The message to the owner after too many wrong codes, or passwords in an open session.
const GUESSED: &str = "user:accounts-codes-guessed";
/// Accounts opened and mails requested from one network.
const FORMS_FROM_NETWORK: Limit = Limit { hits: 60, window: HOUR };
/// Mails to one address that anybody can request.
const MAILS_TO_ADDRESS: Limit = Limit { hits: 5, window: HOUR };
/// How much of the user agent is stored.
const AGENT_CHARS: usize = 300;

fn account_key(config: &WebConfig, email: &str) -> String {
    throttle::address_key("sign-in:account", &config.key, email)
}

/// An attempt to give a password or code. It is counted before the check, so that parallel attempts
/// cannot evade the limit; [`Attempt::succeeded`] takes it back.
pub(super) struct Attempt<'a> {
    db: &'a Db,
    account: String,
    network: Option<String>,
    limit: Limit,
    /// Who is notified of too many attempts; `None` if anybody can make them.
    owner: Option<i64>,
    way_on: (&'static str, &'static str),
}

const FORGOT: (&str, &str) = ("/password/forgot", "accounts-forgot-heading");

impl<'a> Attempt<'a> {
    /// Counts an attempt to sign in with an address. Fails with 429 after too many. A browser that
    /// the account has used before counts apart: guesses from elsewhere do not lock it out.
    pub(super) async fn at_address(
        db: &'a Db,
        config: &WebConfig,
        email: &str,
        client: &ClientAddress,
        device: &Device,
    ) -> Result<(Self, Lane), PageError> {
        let network = throttle::network_key("sign-in", &client.0);
        if !throttle::allow(db, &network, TRIES_FROM_NETWORK).await? {
            return Err(PageError::too_many());
        }
        // Text that is not an address is limited as if it were one.
        let email = Email::parse(email).map_or_else(|_| email.to_owned(), |e| e.to_string());
        let (mut account, mut lane) = (account_key(config, &email), Lane::Anybody);
        if let Some(fingerprint) = &device.fingerprint
            && store::is_known(db, &email, fingerprint).await?
        {
            let parts = [email.as_bytes(), fingerprint];
            account = format!("sign-in:known:{}", signing::token(&config.key, "throttle", &parts));
            lane = Lane::Known;
        }
        let (network, limit) = (Some(network), TRIES_OF_ACCOUNT);
        let attempt = Self { db, account, network, limit, owner: None, way_on: FORGOT };
        Ok((attempt.counted().await?, lane))
    }

    /// Counts an attempt by a signed-in person. The attempts of others do not count, so nobody can
    /// lock a person out of their own account.
    pub(super) async fn of_viewer(db: &'a Db, user_id: i64) -> Result<Self, PageError> {
        let (account, owner) = (format!("step-up:{user_id}"), Some(user_id));
        let limit = TRIES_OF_ACCOUNT;
        Self { db, account, network: None, limit, owner, way_on: FORGOT }.counted().await
    }

    pub(super) async fn at_second_step(
        db: &'a Db,
        user_id: i64,
        client: &ClientAddress,
    ) -> Result<Self, PageError> {
        let network = throttle::network_key("second-factor", &client.0);
        if !throttle::allow(db, &network, TRIES_FROM_NETWORK).await? {
            return Err(PageError::too_many());
        }
        let account = format!("second-factor:{user_id}");
        let way_on = (super::actor::SECOND_STEP, "factor-step-heading");
        let (network, owner) = (Some(network), Some(user_id));
        Self { db, account, network, limit: CODES_OF_ACCOUNT, owner, way_on }.counted().await
    }

    async fn counted(self) -> Result<Self, PageError> {
        let (db, key, limit) = (self.db, &self.account, self.limit);
        let allowed = match self.owner {
            None => throttle::allow(db, key, limit).await?,
            Some(owner) => {
                let at = db.now().await?.to_rfc3339();
                let args = json!({ "link": "/account/security", "tried_at": at });
                throttle::allow_or_tell(db, key, limit, owner, GUESSED, args).await?
            }
        };
        if allowed {
            Ok(self)
        } else {
            Err(PageError::too_many().with_way_on(self.way_on.0, self.way_on.1))
        }
    }

    /// Resets the count for the account and takes back the attempt from the network.
    pub(super) async fn succeeded(self) -> Result<(), DbError> {
        throttle::forget(self.db, &self.account).await?;
        if let Some(network) = &self.network {
            throttle::give_back(self.db, network).await?;
        }
        Ok(())
    }
}

/// Resets the count for an address, after its password was reset by mail.
pub(super) async fn forget_tries(db: &Db, config: &WebConfig, email: &str) -> Result<(), DbError> {
    throttle::forget(db, &account_key(config, email)).await
}

/// Counts a form that makes us send mail. Fails with 429 if one network sends too many; returns
/// `false` if the address has had too many mails, which the response must not reveal.
pub(super) async fn may_mail(
    db: &Db,
    config: &WebConfig,
    email: &Email,
    client: &ClientAddress,
) -> Result<bool, PageError> {
    let network = throttle::network_key("forms", &client.0);
    if !throttle::allow(db, &network, FORMS_FROM_NETWORK).await? {
        return Err(PageError::too_many());
    }
    let mails = throttle::address_key("mails", &config.key, email.as_str());
    Ok(throttle::allow(db, &mails, MAILS_TO_ADDRESS).await?)
}

pub(super) fn begin_session(
    session: &Session,
    request: &HttpRequest,
    client: &ClientAddress,
    person: SignedIn,
) -> Result<(), PageError> {
    let agent = request.headers().get(USER_AGENT).and_then(|h| h.to_str().ok());
    let sign_in = SignIn {
        user_id: person.user_id,
        password_hash: person.password_hash,
        shown: person.shown,
        address: client.0.clone(),
        agent: agent.unwrap_or_default().chars().take(AGENT_CHARS).collect(),
        device: Device::of(request).fingerprint_or_new(),
    };
    session_store::begin(session, &sign_in).map_err(PageError::internal)
}

/// Where a person goes after signing in.
pub(super) async fn home_of(db: &Db, person: &SignedIn) -> Result<&'static str, DbError> {
    let sells = session_store::belongs_to_merchant(db, person.user_id).await?;
    Ok(home(&person.staff_roles, sells))
}

/// The start page: the back office for staff (for some single roles, their queue), the merchant's
/// home for members, otherwise the buyer's orders.
pub(super) fn home(staff_roles: &[String], sells: bool) -> &'static str {
    match staff_roles {
        [] if sells => "/merchant",
        [] => "/orders",
        [only] if only == Role::Reviewer.name() => "/admin/applications",
        [only] if only == Role::Treasurer.name() => "/admin/treasury",
        _ => "/admin",
    }
}

pub(super) fn home_of_viewer(viewer: &Identity) -> &'static str {
    home(&viewer.staff_roles, viewer.merchant_id.is_some())
}

#[derive(Debug, Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    pub next: String,
}

/// Adds `next` to the path of a form, if it is a local path.
pub(super) fn with_next(path: &str, next: &str) -> String {
    match local_path(next, "") {
        "" => path.to_owned(),
        next => {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            format!("{path}?next={next}")
        }
    }
}
