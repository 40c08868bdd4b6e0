//! What every way to sign in shares: how often it may be tried, the session that it begins, and
//! where it leads.

use std::time::Duration;

use actix_session::Session;
use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use serde::Deserialize;
use serde_json::json;

use super::actor::Role;
use super::commands::SignedIn;
use super::device_pages::Device;
use super::session_store::{self, SignIn};
use crate::db::{Db, DbError};
use crate::kernel::email::Email;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::identity::{ClientAddress, Identity};
use crate::web::page::local_path;
use crate::web::throttle::{self, Limit};

const QUARTER: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Wrong passwords for one account, or of one person who is signed in.
const TRIES_OF_ACCOUNT: Limit = Limit { hits: 10, window: QUARTER };
/// Wrong codes after a right password: a code has a million values, three of them good.
const CODES_OF_ACCOUNT: Limit = Limit { hits: 5, window: QUARTER };
/// Wrong passwords, or codes, from one network.
const TRIES_FROM_NETWORK: Limit = Limit { hits: 50, window: QUARTER };
/// What the owner of an account is told when codes, or the password again, were tried too often: by
/// whoever knows the password, or sits at a session.
const GUESSED: &str = "user:accounts-codes-guessed";
/// Accounts that are opened and mails that are asked for from one network.
const FORMS_FROM_NETWORK: Limit = Limit { hits: 60, window: HOUR };
/// Mails to one address that anybody can ask for.
const MAILS_TO_ADDRESS: Limit = Limit { hits: 5, window: HOUR };
/// What is kept of a browser's name.
const AGENT_CHARS: usize = 300;

fn account_key(config: &WebConfig, email: &str) -> String {
    throttle::address_key("sign-in:account", &config.key, email)
}

/// An attempt to give a password: counted before it is looked at, so that many at once do not slip
/// through; a right one is not held against anybody.
pub(super) struct Attempt<'a> {
    db: &'a Db,
    account: String,
    network: Option<String>,
    limit: Limit,
    /// Who is told when there were too many. Nobody where anybody can try.
    owner: Option<i64>,
    way_on: (&'static str, &'static str),
}

const FORGOT: (&str, &str) = ("/password/forgot", "accounts-forgot-heading");

impl<'a> Attempt<'a> {
    /// Counts an attempt at the account of an address. 429 when there were too many.
    pub(super) async fn at_address(
        db: &'a Db,
        config: &WebConfig,
        email: &str,
        client: &ClientAddress,
    ) -> Result<Self, PageError> {
        let network = throttle::network_key("sign-in", &client.0);
        if !throttle::allow(db, &network, TRIES_FROM_NETWORK).await? {
            return Err(PageError::too_many());
        }
        // As typed when it is no address: what cannot be an account is limited like one.
        let email = Email::parse(email).map_or_else(|_| email.to_owned(), |e| e.to_string());
        let account = account_key(config, &email);
        let (network, limit) = (Some(network), TRIES_OF_ACCOUNT);
        Self { db, account, network, limit, owner: None, way_on: FORGOT }.counted().await
    }

    /// Counts an attempt of somebody who is signed in. Others' attempts do not count here: nobody
    /// can keep a person from their own account by trying.
    pub(super) async fn of_viewer(db: &'a Db, user_id: i64) -> Result<Self, PageError> {
        let (account, owner) = (format!("step-up:{user_id}"), Some(user_id));
        let limit = TRIES_OF_ACCOUNT;
        Self { db, account, network: None, limit, owner, way_on: FORGOT }.counted().await
    }

    /// Counts an attempt at the second step of signing in.
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

    /// The password was right.
    pub(super) async fn succeeded(self) -> Result<(), DbError> {
        throttle::forget(self.db, &self.account).await?;
        if let Some(network) = &self.network {
            throttle::give_back(self.db, network).await?;
        }
        Ok(())
    }
}

/// Forgets wrong tries: after a new password was set by mail.
pub(super) async fn forget_tries(db: &Db, config: &WebConfig, email: &str) -> Result<(), DbError> {
    throttle::forget(db, &account_key(config, email)).await
}

/// Counts a form that makes us send mail. 429 when one network sends too many; false when the
/// address had its share of mails, which is not told.
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

/// Begins the session of somebody whose password was right.
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

/// Where somebody goes who has signed in.
pub(super) async fn home_of(db: &Db, person: &SignedIn) -> Result<&'static str, DbError> {
    let sells = session_store::belongs_to_merchant(db, person.user_id).await?;
    Ok(home(&person.staff_roles, sells))
}

/// The desk of whoever works here or for a shop; else what they bought. Who has one role goes to
/// its queue.
pub(super) fn home(staff_roles: &[String], sells: bool) -> &'static str {
    match staff_roles {
        [] if sells => "/merchant",
        [] => "/orders",
        [only] if only == Role::Reviewer.name() => "/admin/applications",
        [only] if only == Role::Treasurer.name() => "/admin/treasury",
        _ => "/admin",
    }
}

/// As [`home`], for who is signed in already.
pub(super) fn home_of_viewer(viewer: &Identity) -> &'static str {
    home(&viewer.staff_roles, viewer.merchant_id.is_some())
}

/// Where to go on to.
#[derive(Debug, Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    pub next: String,
}

/// The address of a form that goes on to `next`.
pub(super) fn with_next(path: &str, next: &str) -> String {
    match local_path(next, "") {
        "" => path.to_owned(),
        next => {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            format!("{path}?next={next}")
        }
    }
}
