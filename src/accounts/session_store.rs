//! Sessions in PostgreSQL behind actix-session. One query reads the session, the person, the
//! merchant membership and the time; nothing is cached, so an ended session ends at once.

use std::collections::HashMap;

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration as CookieDuration;
use anyhow::anyhow;
use chrono::Duration;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::schema::{merchant_members, notifications, origins, sessions, users};
use crate::db::{Db, DbError, only, surety_now};
use crate::kernel::signing;
use crate::kernel::time::Timestamp;
use crate::web::identity::{IDENTITY, Identity};
pub(super) use crate::web::throttle::forget_old as forget_old_tries;

/// A session ends after this much time without a request.
pub const IDLE: Duration = Duration::hours(12);
/// A session ends this long after sign-in, whatever happens.
pub const ABSOLUTE: Duration = Duration::days(7);
/// How often `last_seen_at` is written: a page view is no reason to write.
const SEEN_EVERY: Duration = Duration::minutes(5);

/// The key in a new session's state that says who signs in.
pub const SIGN_IN: &str = "sign_in";

/// What [`SIGN_IN`] holds.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct SignIn {
    /// Row of the person.
    pub user_id: i64,
    /// The hash that the password was compared with. If it was changed since, every session has
    /// ended, and this one does not begin. (This state is never kept: see `save`.)
    pub password_hash: String,
    /// The reader's network address.
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
}

/// The store of one worker thread.
#[derive(Clone)]
pub struct PgSessionStore {
    db: Db,
}

impl PgSessionStore {
    /// A store over a pool.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    async fn read(&self, key: &SessionKey) -> Result<Option<Identity>, DbError> {
        let hash = signing::sha256(key.as_ref().as_bytes());
        let mut conn = self.db.conn().await?;
        let is_unread = notifications::table
            .filter(notifications::user_id.eq(users::id))
            .filter(notifications::read_at.is_null());
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
                surety_now(),
            ))
            .get_result(&mut conn)
            .await
            .optional()
            .map_err(|e| self.db.note(e))?;
        let Some(row) = row else { return Ok(None) };
        if row.expires_at <= row.now || row.now - row.last_seen_at > IDLE {
            return Ok(None);
        }
        if row.now - row.last_seen_at > SEEN_EVERY {
            diesel::update(sessions::table.find(hash.to_vec()))
                .set(sessions::last_seen_at.eq(row.now))
                .execute(&mut conn)
                .await
                .map_err(|e| self.db.note(e))?;
        }
        Ok(Some(row.into()))
    }

    async fn create(&self, sign_in: SignIn) -> Result<SessionKey, SaveError> {
        let token = signing::random_token().map_err(|e| SaveError::Other(anyhow!(e)))?;
        let hash = signing::sha256(token.as_bytes()).to_vec();
        let insert = async {
            let mut conn = self.db.conn().await?;
            let row = conn.transaction(async |conn| insert(conn, &sign_in, hash).await).await;
            row.map_err(|e| self.db.note(e))
        };
        insert.await.map_err(|e: DbError| SaveError::Other(anyhow!(e)))?;
        SessionKey::try_from(token).map_err(|_| SaveError::Other(anyhow!("key too long")))
    }
}

async fn insert(
    conn: &mut AsyncPgConnection,
    sign_in: &SignIn,
    token_hash: Vec<u8>,
) -> Result<(), DbError> {
    // Locked: a change of the password waits, and then ends this session with the others.
    let now: Timestamp = users::table
        .find(sign_in.user_id)
        .filter(users::password_hash.eq(&sign_in.password_hash))
        .filter(users::disabled_at.is_null())
        .select(surety_now())
        .for_share()
        .get_result(conn)
        .await?;
    let origins: Vec<i64> = diesel::insert_into(origins::table)
        .values((
            origins::user_id.eq(sign_in.user_id),
            origins::address.eq(&sign_in.address),
            origins::agent.eq(&sign_in.agent),
            origins::created_at.eq(now),
        ))
        .returning(origins::id)
        .load(conn)
        .await?;
    let origin_id = only(origins)?;
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(token_hash),
            sessions::user_id.eq(sign_in.user_id),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::password_at.eq(now),
            sessions::expires_at.eq(now + ABSOLUTE),
            sessions::origin_id.eq(origin_id),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A session with its person, as one row.
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
    now: Timestamp,
}

impl From<SessionRow> for Identity {
    fn from(row: SessionRow) -> Self {
        Self {
            user_id: row.user_id,
            session_id: row.session_id,
            origin_id: row.origin_id,
            name: row.name,
            email: row.email,
            email_confirmed: row.email_confirmed_at.is_some(),
            locale: row.locale.parse().unwrap_or_default(),
            time_zone: row.time_zone,
            staff_roles: row.staff_roles,
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
        let identity = self.read(session_key).await.map_err(|e| LoadError::Other(anyhow!(e)))?;
        let Some(identity) = identity else { return Ok(None) };
        let json =
            serde_json::to_string(&identity).map_err(|e| LoadError::Deserialization(anyhow!(e)))?;
        Ok(Some(HashMap::from([(IDENTITY.to_owned(), json)])))
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
        // A session's state is its row; nothing else is kept in it.
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
        let mut conn = self.db.conn().await?;
        diesel::delete(sessions::table.find(hash.to_vec()))
            .execute(&mut conn)
            .await
            .map_err(|e| self.db.note(e))?;
        Ok(())
    }
}

/// Whether a person belongs to a merchant, before there is a session to say so.
pub(super) async fn belongs_to_merchant(db: &Db, user_id: i64) -> Result<bool, DbError> {
    let mut conn = db.conn().await?;
    let is_member = diesel::dsl::exists(merchant_members::table.find(user_id));
    diesel::select(is_member).get_result(&mut conn).await.map_err(|e| db.note(e))
}

/// Begins a session: the old one, if any, is deleted, and the browser gets a new key.
///
/// # Errors
/// When the session's state cannot be written.
pub fn begin(
    session: &actix_session::Session,
    sign_in: &SignIn,
) -> Result<(), actix_session::SessionInsertError> {
    session.clear();
    session.insert(SIGN_IN, sign_in)?;
    session.renew();
    Ok(())
}
