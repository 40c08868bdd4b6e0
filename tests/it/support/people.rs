//! People with accounts. Most tests are not about registering, so these are made by the owner in
//! one statement, confirmed and ready; `visitor_as` signs them in without the page, too.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use argon2::password_hash::PasswordHasher;
use secrecy::ExposeSecret;
use surety::accounts::actor::Role;
use surety::accounts::commands;
use surety::config::Config;
use surety::db::Db;
use surety::kernel::merchant_code::MerchantCode;
use surety::kernel::signing;

use super::sql::{connect, quoted};
use super::visitor::Visitor;
use super::world::World;

/// Everybody's password.
pub const PASSWORD: &str = "a long enough password";

static HASH: LazyLock<String> = LazyLock::new(|| {
    argon2::Argon2::default().hash_password(PASSWORD.as_bytes()).expect("a hash").to_string()
});

static NEXT: AtomicU32 = AtomicU32::new(1);

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Person {
    /// Row of the person.
    pub id: i64,
    /// Public id.
    pub public_id: String,
    /// Display name.
    pub name: String,
    /// Address, confirmed.
    pub email: String,
}

/// What the apps on people's phones show.
#[derive(Clone)]
pub struct Codes {
    db: Db,
    config: Arc<Config>,
}

impl Codes {
    /// The next good code of somebody. When all that the clock allows were used, the test does not
    /// wait for the next half minute: the last uses are forgotten.
    pub async fn of(&self, email: &str) -> String {
        for _ in 0..2 {
            let (mode, key) = (self.config.mode, self.config.key_bytes());
            let app = commands::demo_code(&self.db, mode, key, email).await.expect("codes");
            if let Some(code) = app.expect("a second factor").code {
                return code;
            }
            let sql = connect(self.config.database.url.expose_secret()).await;
            let forget = "UPDATE second_factors SET last_used_step = last_used_step - 3";
            sql.simple_query(forget).await.expect("an update");
        }
        panic!("no code for {email}");
    }
}

/// A merchant and the person who owns it.
#[derive(Debug, Clone)]
pub struct Merchant {
    /// Row of the merchant.
    pub id: i64,
    /// Its public number.
    pub code: String,
    /// Display name.
    pub name: String,
    /// The member.
    pub owner: Person,
}

/// A merchant code that no other test of this process has.
fn fresh_code() -> String {
    loop {
        let number = u64::from(NEXT.fetch_add(1, Ordering::Relaxed)) * 7_919;
        if let Some(code) = MerchantCode::from_number(number) {
            return code.as_str().to_owned();
        }
    }
}

impl World {
    /// Somebody with a confirmed account, an English speaker in UTC. The address is made from the
    /// name and a number.
    pub async fn person(&self, name: &str) -> Person {
        self.person_with(name, "en", &[]).await
    }

    /// Somebody who reads Chinese, in Shanghai.
    pub async fn chinese_person(&self, name: &str) -> Person {
        self.person_with(name, "zh-Hans", &[]).await
    }

    /// A member of the staff, with a second factor.
    pub async fn staff(&self, role: Role) -> Person {
        let person = self.staff_without_factor(&[role]).await;
        self.give_factor(&person).await;
        person
    }

    /// Somebody with roles who has yet to set a second factor.
    pub async fn staff_without_factor(&self, roles: &[Role]) -> Person {
        let names: Vec<_> = roles.iter().map(|r| r.name()).collect();
        self.person_with(&format!("Staff {}", names.join(" ")), "en", roles).await
    }

    /// Gives a person a second factor, by the command that enrolment ends with.
    pub async fn give_factor(&self, person: &Person) {
        let (mode, key) = (self.config.mode, self.config.key_bytes());
        commands::demo_factor(&self.db, mode, key, person.id).await.expect("a second factor");
        self.owner_sql(&format!(
            "UPDATE second_factors SET last_used_step = 0 WHERE user_id = {id}; \
             DELETE FROM outbox WHERE user_id = {id} AND tell && ARRAY[\
               'user:accounts-second-factor-set', 'user:accounts-recovery-codes-made']",
            id = person.id
        ))
        .await;
    }

    /// The code that the app of a person shows, computed from the secret that was enrolled.
    pub async fn code_of(&self, email: &str) -> String {
        self.codes().of(email).await
    }

    /// The apps of everybody, to be taken along.
    pub fn codes(&self) -> Codes {
        Codes { db: self.db.clone(), config: Arc::clone(&self.config) }
    }

    async fn person_with(&self, name: &str, locale: &str, roles: &[Role]) -> Person {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let plain: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let email = format!("{plain}{number}@example.com");
        let zone = if locale == "en" { "UTC" } else { "Asia/Shanghai" };
        let roles: Vec<_> = roles.iter().map(|r| r.name()).collect();
        let sql = format!(
            "INSERT INTO users (email, name, password_hash, email_confirmed_at, locale, \
             time_zone, staff_roles, created_at) VALUES ({}, {}, {}, surety_now(), '{locale}', \
             '{zone}', '{{{}}}', surety_now()) RETURNING id, public_id",
            quoted(&email),
            quoted(name),
            quoted(&HASH),
            roles.join(",")
        );
        let rows = self.owner_sql(&sql).await;
        let id = rows[0][0].as_deref().unwrap_or_default().parse().expect("a row number");
        let public_id = rows[0][1].clone().unwrap_or_default();
        Person { id, public_id, name: name.to_owned(), email }
    }

    /// A merchant with an owner, not yet trusted: no application, no badge.
    pub async fn merchant(&self, name: &str) -> Merchant {
        let owner = self.person(&format!("{name} Owner")).await;
        let code = fresh_code();
        let rows = self
            .owner_sql(&format!(
                "INSERT INTO merchants (code, name, industry, created_at) \
                 VALUES ('{code}', {}, 'second_hand', surety_now()) RETURNING id",
                quoted(name)
            ))
            .await;
        let id = rows[0][0].as_deref().unwrap_or_default().parse().expect("a row number");
        self.owner_sql(&format!(
            "INSERT INTO merchant_members VALUES ({}, {id}, 'owner', surety_now())",
            owner.id
        ))
        .await;
        Merchant { id, code, name: name.to_owned(), owner }
    }

    /// A merchant with an active badge of the first tier.
    pub async fn trust_merchant(&self, name: &str) -> Merchant {
        let merchant = self.merchant(name).await;
        self.owner_sql(&format!(
            "INSERT INTO badges (merchant_id, state, tier, granted_at, expires_at, changed_at, \
             evaluation) VALUES ({id}, 'active', 'trusted', surety_now(), \
             surety_now() + interval '1 year', surety_now(), \
             '{{\"thresholds_version\": 1, \"criteria\": []}}'); \
             INSERT INTO badge_events (merchant_id, version, to_state, cause, at) \
             VALUES ({id}, 0, 'active', 'approved', surety_now()); \
             UPDATE merchants SET registered_name = name WHERE id = {id}",
            id = merchant.id
        ))
        .await;
        merchant
    }

    /// Somebody's browser, signed in just now without going over the page.
    pub async fn visitor_as(&self, person: &Person) -> Visitor {
        let token = self.session_of(person).await;
        let mut visitor = self.visitor();
        visitor.hold_session(&self.config, &token);
        visitor
    }

    /// A new session of somebody, as its token: for a browser in front of another program.
    pub async fn session_of(&self, person: &Person) -> String {
        let token = signing::random_token().expect("random bytes");
        let hash = hex::encode(signing::sha256(token.as_bytes()));
        self.owner_sql(&format!(
            "WITH o AS (INSERT INTO origins (user_id, address, agent, created_at) \
               VALUES ({id}, '127.0.0.1', 'test', surety_now()) RETURNING id) \
             INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, password_at, \
               expires_at, second_factor_at, origin_id) SELECT '\\x{hash}', {id}, surety_now(), \
               surety_now(), surety_now(), surety_now() + interval '7 days', \
               (SELECT surety_now() FROM second_factors WHERE user_id = {id}), id FROM o",
            id = person.id
        ))
        .await;
        token
    }
}
