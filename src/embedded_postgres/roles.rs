use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use tokio_postgres::{Client, NoTls};

use super::place::Place;
use super::{EmbeddedPostgresError, Result, io};

pub const SUPERUSER_ROLE: &str = "postgres";
/// Owns the databases, tables and functions, and runs migrations.
pub const OWNER_ROLE: &str = "surety_owner";
/// The login of the server and the worker.
pub const SERVER_ROLE: &str = "surety_server";

/// Serialises the creation of roles, which belong to the whole cluster.
const ROLES_LOCK: i64 = 0x5375_7265_7479;

#[derive(Clone)]
pub(super) struct Login {
    pub role: &'static str,
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:***", self.role)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Credentials {
    pub superuser: Login,
    pub owner: Login,
    pub server: Login,
}

impl Credentials {
    /// Reads the passwords, or creates them if there is no cluster yet. They are stored before the
    /// cluster is made, so that a crash in between does no harm.
    pub fn load_or_make(place: &Place) -> Result<Self> {
        let path = place.folder().join("credentials");
        let bad = |problem| EmbeddedPostgresError::Credentials { path: path.clone(), problem };
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text)
                .ok_or_else(|| bad("not a password for each role; move the folder away")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if place.data().exists() {
                    return Err(bad(
                        "missing, so the cluster beside it stays shut; move both away",
                    ));
                }
                let made = Self::random()?;
                write_private(&path, &made.to_text())
                    .map_err(io(format!("writing {}", path.display())))?;
                Ok(made)
            }
            Err(error) => Err(io(format!("reading {}", path.display()))(error)),
        }
    }

    fn random() -> Result<Self> {
        let login = |role| Ok(Login { role, password: random_hex(20)? });
        Ok(Self {
            superuser: login(SUPERUSER_ROLE)?,
            owner: login(OWNER_ROLE)?,
            server: login(SERVER_ROLE)?,
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let login = |role: &'static str| {
            let password = text.lines().find_map(|line| line.strip_prefix(role)?.strip_prefix(' '));
            let password = password?.trim().to_owned();
            let is_hex = password.bytes().all(|byte| byte.is_ascii_hexdigit());
            (is_hex && password.len() >= 32).then_some(Login { role, password })
        };
        Some(Self {
            superuser: login(SUPERUSER_ROLE)?,
            owner: login(OWNER_ROLE)?,
            server: login(SERVER_ROLE)?,
        })
    }

    fn to_text(&self) -> String {
        [&self.superuser, &self.owner, &self.server]
            .map(|login| format!("{} {}\n", login.role, login.password))
            .concat()
    }
}

/// Random hex digits, which need no quoting in SQL or URLs.
pub(super) fn random_hex(bytes: usize) -> Result<String> {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer)
        .map_err(|error| io("asking the system for random bytes")(error.into()))?;
    Ok(hex::encode(buffer))
}

/// Writes a 0600 file atomically.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let fresh = path.with_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}

/// Creates both roles, and sets their passwords and attributes even if they exist.
pub(super) async fn ensure_roles(credentials: &Credentials, sockets: &Path) -> Result<()> {
    let client = connect(sockets, &credentials.superuser, "postgres").await?;
    let mut sql = format!("BEGIN; SELECT pg_advisory_xact_lock({ROLES_LOCK});");
    for Login { role, password } in [&credentials.owner, &credentials.server] {
        // Both values are our constants and hex digits, so nothing needs quoting.
        sql.push_str(&format!(
            "DO $do$ BEGIN
               IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                 CREATE ROLE {role};
               END IF;
             END $do$;
             ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION
               NOBYPASSRLS PASSWORD '{password}';"
        ));
    }
    sql.push_str("COMMIT;");
    let doing = "to make the roles";
    client
        .batch_execute(&sql)
        .await
        .map_err(|source| EmbeddedPostgresError::Database { doing, source })
}

/// Creates a database if it is missing, and opens it to our two roles only.
pub(super) async fn ensure_database(
    credentials: &Credentials,
    sockets: &Path,
    name: &str,
) -> Result<()> {
    check_name(name)?;
    let refused = |source| EmbeddedPostgresError::Database { doing: "to make a database", source };
    let client = connect(sockets, &credentials.superuser, "postgres").await?;
    let there = client
        .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
        .await
        .map_err(refused)?;
    if there.is_none() {
        let create = format!("CREATE DATABASE {name} OWNER {OWNER_ROLE}");
        client.batch_execute(&create).await.map_err(refused)?;
    }
    let grants = format!(
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC;
         GRANT CONNECT ON DATABASE {name} TO {SERVER_ROLE};"
    );
    client.batch_execute(&grants).await.map_err(refused)?;
    // Before PostgreSQL 15 `public` belongs to the superuser and anyone may create in it.
    let client = connect(sockets, &credentials.superuser, name).await?;
    let schema = format!(
        "DO $do$ BEGIN
           IF to_regnamespace('public') IS NOT NULL THEN
             ALTER SCHEMA public OWNER TO {OWNER_ROLE};
             REVOKE CREATE ON SCHEMA public FROM PUBLIC;
           END IF;
         END $do$"
    );
    client.batch_execute(&schema).await.map_err(refused)
}

/// The connection's driver runs until the client is dropped.
pub(super) async fn connect(sockets: &Path, login: &Login, database: &str) -> Result<Client> {
    let mut config = tokio_postgres::Config::new();
    config
        .host_path(sockets)
        .user(login.role)
        .password(&login.password)
        .dbname(database)
        .options("-c client_min_messages=warning");
    let (client, connection) = config
        .connect(NoTls)
        .await
        .map_err(|source| EmbeddedPostgresError::Database { doing: "a connection", source })?;
    tokio::spawn(connection);
    Ok(client)
}

fn check_name(name: &str) -> Result<()> {
    let mut bytes = name.bytes();
    let begins_well = bytes.next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_');
    let goes_on_well =
        bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if begins_well && goes_on_well && name.len() <= 63 {
        return Ok(());
    }
    Err(EmbeddedPostgresError::BadName(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Credentials, check_name};

    #[test]
    fn credentials_survive_being_written_and_read() {
        let made = Credentials::random().expect("random bytes");
        let read = Credentials::parse(&made.to_text()).expect("what was written");
        assert_eq!(made.to_text(), read.to_text());
        assert!(!format!("{made:?}").contains(&made.owner.password));
        assert!(Credentials::parse("postgres short\n").is_none());
    }

    #[test]
    fn database_names_never_need_quoting() {
        assert!(check_name("surety_test_01").is_ok());
        for bad in ["", "1st", "Surety", "a;b", "a\"b", "a b", &"x".repeat(64)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
