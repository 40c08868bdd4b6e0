//! Stores actix-session sessions in PostgreSQL. One query reads the session, the person, their
//! merchant membership and the time. Nothing is cached, so ending a session takes effect at once.

use std::collections::HashMap;

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration as CookieDuration;
use anyhow::anyhow;
use chrono::Duration;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::store::note_device_in;
use crate::db::schema::{
    merchant_members, notifications, origins, second_factors, sessions, users,
};
use crate::db::{Db, DbError, Fetch, only, surety_now};
use crate::kernel::signing;
use crate::kernel::time::Timestamp;
use crate::web::identity::{IDENTITY, Identity};
pub(super) use crate::web::throttle::forget_old as forget_old_tries;

/// A session ends after this long without a request.
pub const IDLE: Duration = Duration::hours(12);
/// A session ends this long after sign-in, however active it is.
pub const ABSOLUTE: Duration = Duration::days(7);
/// The time allowed between the password and the second factor.
pub const BETWEEN_FACTORS: Duration = Duration::minutes(10);
/// How often `last_seen_at` is updated, so that not every page view causes a write.
const SEEN_EVERY: Duration = Duration::minutes(5);

/// The key in a new session's state that holds the [`SignIn`].
pub const SIGN_IN: &str = "sign_in";

/// The key in the state of a session that still needs the second factor. Such a session has no
/// [`IDENTITY`], so every page except the second-factor page treats its user as signed out.
const HALF: &str = "half";

/// A person who gave the right password but has not presented the second factor yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PendingSecondFactor {
    pub session_id: Uuid,
    pub user_id: i64,
    /// Names of staff roles, which have no effect yet.
    pub staff_roles: Vec<String>,
    /// The password hash when the session was read: see [`SignIn::password_hash`].
    pub password_hash: String,
}

impl PendingSecondFactor {
    pub fn of(session: &actix_session::Session) -> Option<Self> {
        session.get(HALF).ok().flatten()
    }
}

/// When the second factor was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Shown {
    No,
    /// In this request.
    Now,
    /// Earlier, in the session that this one replaces.
    At(Timestamp),
}

/// The value stored under [`SIGN_IN`].
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct SignIn {
    pub user_id: i64,
    /// The hash that the password was checked against. If the password has changed since, the
    /// session is not created. This state is never stored: see `save`.
    pub password_hash: String,
    /// Whether the second factor was presented as well. A person who has one and did not present it
    /// gets a session without rights.
    pub shown: Shown,
    pub address: String,
    pub agent: String,
    /// The browser's fingerprint, if it has one.
    pub device: Option<Vec<u8>>,
}

#[derive(Clone)]
pub struct PgSessionStore {
    db: Db,
}

impl PgSessionStore {
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    async fn read(&self, key: &SessionKey) -> Result<Option<SessionRow>, DbError> {
        let hash = signing::sha256(key.as_ref().as_bytes());
        let is_unread = notifications::table
            .filter(notifications::user_id.eq(users::id))
            .filter(notifications::read_at.is_null());
        let factor = second_factors::table.filter(second_factors::user_id.eq(users::id));
        let row: Option<SessionRow> = sessions::table
            .inner_join(users::table.on(users::id.eq(sessions::user_id)))
            .left_join(merchant_members::table.on(merchant_members::user_id.eq(users::id)))
            .filter(sessions::token_hash.eq(hash.to_vec()))
            .filter(users::disabled_at.is_null())
            .select((
                sessions::public_id,
                sessions::origin_id,
                sessions::last_seen_at,
                sessions::password_at,
                sessions::expires_at,
                users::id,
                users::name,
                users::email,
                users::email_confirmed_at,
                users::locale,
                users::time_zone,
                users::staff_roles,
                merchant_members::merchant_id.nullable(),
                merchant_members::role.nullable(),
                diesel::dsl::exists(is_unread),
                (
                    sessions::awaits_second_factor,
                    sessions::second_factor_at,
                    diesel::dsl::exists(factor),
                    users::password_hash,
                ),
                surety_now(),
            ))
            .fetch_optional(&self.db)
            .await?;
        let Some(row) = row else { return Ok(None) };
        if row.expires_at <= row.now || row.now - row.last_seen_at > IDLE {
            return Ok(None);
        }
        if row.now - row.last_seen_at > SEEN_EVERY {
            diesel::update(sessions::table.find(hash.to_vec()))
                .set(sessions::last_seen_at.eq(row.now))
                .run(&self.db)
                .await?;
        }
        Ok(Some(row))
    }

    async fn create(&self, sign_in: SignIn) -> Result<SessionKey, SaveError> {
        let token = signing::random_token().map_err(|e| SaveError::Other(anyhow!(e)))?;
        let hash = signing::sha256(token.as_bytes()).to_vec();
        let insert = self.db.transaction(async |conn| insert(conn, &sign_in, hash).await);
        insert.await.map_err(|e: DbError| SaveError::Other(anyhow!(e)))?;
        SessionKey::try_from(token).map_err(|_| SaveError::Other(anyhow!("key too long")))
    }
}

async fn insert(
    conn: &mut AsyncPgConnection,
    sign_in: &SignIn,
    token_hash: Vec<u8>,
) -> Result<(), DbError> {
    // The lock makes a password change wait, so that it then ends this session with the others.
    let now: Timestamp = users::table
        .find(sign_in.user_id)
        .filter(users::password_hash.eq(&sign_in.password_hash))
        .filter(users::disabled_at.is_null())
        .select(surety_now())
        .for_share()
        .get_result(conn)
        .await?;
    // Checked here under the lock rather than passed in: no way of signing in can forget the check,
    // and a factor set in the meantime counts.
    let factor = second_factors::table.find(sign_in.user_id);
    let has_factor: bool = diesel::select(diesel::dsl::exists(factor)).get_result(conn).await?;
    let shown_at = match sign_in.shown {
        Shown::No => None,
        Shown::Now => Some(now),
        Shown::At(before) => Some(before),
    };
    let is_half = has_factor && shown_at.is_none();
    let factor_at = shown_at.filter(|_| has_factor);
    let lifetime = if is_half { BETWEEN_FACTORS } else { ABSOLUTE };
    let origins: Vec<i64> = diesel::insert_into(origins::table)
        .values((
            origins::user_id.eq(sign_in.user_id),
            origins::address.eq(&sign_in.address),
            origins::agent.eq(&sign_in.agent),
            origins::created_at.eq(now),
            origins::awaited_second_factor.eq(is_half),
        ))
        .returning(origins::id)
        .load(conn)
        .await?;
    let origin_id = only(origins)?;
    if let Some(device) = &sign_in.device {
        note_device_in(conn, sign_in.user_id, device, now).await?;
    }
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(token_hash),
            sessions::user_id.eq(sign_in.user_id),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::password_at.eq(now),
            sessions::expires_at.eq(now + lifetime),
            sessions::origin_id.eq(origin_id),
            sessions::awaits_second_factor.eq(is_half),
            sessions::second_factor_at.eq(factor_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

#[derive(Queryable)]
struct SessionRow {
    session_id: Uuid,
    origin_id: i64,
    last_seen_at: Timestamp,
    password_at: Timestamp,
    expires_at: Timestamp,
    user_id: i64,
    name: String,
    email: String,
    email_confirmed_at: Option<Timestamp>,
    locale: String,
    time_zone: String,
    staff_roles: Vec<String>,
    merchant_id: Option<i64>,
    merchant_role: Option<String>,
    unread: bool,
    /// Whether the session awaits the factor, when it was presented, whether the person has one,
    /// and the password's hash.
    factor: (bool, Option<Timestamp>, bool, String),
    now: Timestamp,
}

impl From<SessionRow> for Identity {
    fn from(row: SessionRow) -> Self {
        let (_, second_factor_at, has_second_factor, _) = row.factor;
        // Staff roles only count in a session in which the second factor was presented. Staff
        // without one have no special rights until they set one.
        let counts = has_second_factor && second_factor_at.is_some();
        let roles_wait = !counts && !row.staff_roles.is_empty();
        Self {
            user_id: row.user_id,
            session_id: row.session_id,
            origin_id: row.origin_id,
            name: row.name,
            email: row.email,
            email_confirmed: row.email_confirmed_at.is_some(),
            locale: row.locale.parse().unwrap_or_default(),
            time_zone: row.time_zone,
            staff_roles: if counts { row.staff_roles } else { Vec::new() },
            roles_wait,
            has_second_factor,
            second_factor_at,
            merchant_id: row.merchant_id,
            owns_merchant: row.merchant_role.as_deref() == Some("owner"),
            unread: row.unread,
            password_at: row.password_at,
            now: row.now,
        }
    }
}

impl SessionStore for PgSessionStore {
    async fn load(
        &self,
        session_key: &SessionKey,
    ) -> Result<Option<HashMap<String, String>>, LoadError> {
        let row = self.read(session_key).await.map_err(|e| LoadError::Other(anyhow!(e)))?;
        let Some(row) = row else { return Ok(None) };
        let (key, json) = if row.factor.0 {
            let half = PendingSecondFactor {
                session_id: row.session_id,
                user_id: row.user_id,
                staff_roles: row.staff_roles,
                password_hash: row.factor.3,
            };
            (HALF, serde_json::to_string(&half))
        } else {
            (IDENTITY, serde_json::to_string(&Identity::from(row)))
        };
        let json = json.map_err(|e| LoadError::Deserialization(anyhow!(e)))?;
        Ok(Some(HashMap::from([(key.to_owned(), json)])))
    }

    async fn save(
        &self,
        state: HashMap<String, String>,
        _ttl: &CookieDuration,
    ) -> Result<SessionKey, SaveError> {
        let sign_in: SignIn =
            state.get(SIGN_IN).and_then(|json| serde_json::from_str(json).ok()).ok_or_else(
                || SaveError::Serialization(anyhow!("a session begins with a sign-in")),
            )?;
        self.create(sign_in).await
    }

    async fn update(
        &self,
        session_key: SessionKey,
        _state: HashMap<String, String>,
        _ttl: &CookieDuration,
    ) -> Result<SessionKey, UpdateError> {
        // The session's state is its database row; nothing else is stored.
        Ok(session_key)
    }

    async fn update_ttl(
        &self,
        _session_key: &SessionKey,
        _ttl: &CookieDuration,
    ) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, session_key: &SessionKey) -> Result<(), anyhow::Error> {
        let hash = signing::sha256(session_key.as_ref().as_bytes());
        diesel::delete(sessions::table.find(hash.to_vec())).run(&self.db).await?;
        Ok(())
    }
}

/// Whether a person belongs to a merchant; for use before there is a session.
pub(super) async fn belongs_to_merchant(db: &Db, user_id: i64) -> Result<bool, DbError> {
    let is_member = diesel::dsl::exists(merchant_members::table.find(user_id));
    diesel::select(is_member).fetch_one(db).await
}

/// Begins a session: deletes any old one and gives the browser a new key.
pub fn begin(
    session: &actix_session::Session,
    sign_in: &SignIn,
) -> Result<(), actix_session::SessionInsertError> {
    session.clear();
    session.insert(SIGN_IN, sign_in)?;
    session.renew();
    Ok(())
}
