//! People who have signed in: sessions in the database, and the cookies of their browsers.

use actix_web::cookie::{Cookie, CookieJar, Key};
use surety::config::DEVELOPMENT_KEY;
use surety::kernel::signing;
use tokio_postgres::Client;
use uuid::Uuid;

/// What a browser holds that never saw a form: nothing is made anew for it.
const CSRF_COOKIE: &str = "surety_csrf=0123456789012345678901234567890123456789";

/// Signs people in, by the numbers of their rows from 1 on. Each just entered the password and,
/// who has one, showed the second factor; it stays "just now" however long a run takes.
pub async fn begin(owner: &Client, people: u32) {
    let sessions = format!(
        "INSERT INTO origins (user_id, address, agent, created_at)
           SELECT i, '127.0.0.1', 'bench', surety_now() FROM generate_series(1, {people}) i;
         INSERT INTO sessions (token_hash, public_id, user_id, created_at, last_seen_at,
             password_at, expires_at, second_factor_at, origin_id)
           SELECT sha256(convert_to('bench-' || user_id, 'UTF8')),
             lpad(to_hex(user_id), 32, '0')::uuid, user_id, created_at,
             created_at + interval '1 day', created_at + interval '1 day',
             created_at + interval '7 days',
             (SELECT o.created_at + interval '1 day' FROM second_factors f
               WHERE f.user_id = o.user_id), id
           FROM origins o;
         VACUUM ANALYZE origins; VACUUM ANALYZE sessions"
    );
    for statement in sessions.split(';') {
        owner.batch_execute(statement).await.expect("sessions");
    }
}

/// What their browsers send with each request.
pub struct Browsers {
    key: Key,
}

impl Browsers {
    /// Browsers of a server in development.
    pub fn new() -> Self {
        Self { key: Key::derive_from(DEVELOPMENT_KEY.as_bytes()) }
    }

    /// The `Cookie` header of a person.
    pub fn cookies(&self, person: i64) -> String {
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.key).add(Cookie::new("surety_session", format!("bench-{person}")));
        let cookie = jar.get("surety_session").expect("a cookie that was just added");
        format!("{}; {CSRF_COOKIE}", cookie.encoded().stripped())
    }

    /// The token of a person's forms.
    pub fn form_token(&self, person: i64) -> String {
        let session = Uuid::from_u128(u128::try_from(person).expect("a row's number"));
        signing::token(DEVELOPMENT_KEY.as_bytes(), "csrf-session", &[session.as_bytes()])
    }
}
