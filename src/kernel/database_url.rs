//! Database URLs as in `libpq`: whether the connection is protected, or stays on this machine.

use std::net::IpAddr;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// Why a text is not a database URL. The messages never quote it, since it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    #[error("does not begin with postgres://")]
    NoUrl,
    #[error("has an sslmode that is none of disable, prefer, require, verify-ca, verify-full")]
    Mode,
    #[error("has an sslrootcert, but no sslmode=verify-full")]
    RootsUnused,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// Anyone on the network path can read along: only for this machine and trusted networks.
    None,
    /// TLS with a certificate for the host, under a root in this file or else the system's.
    /// `require` and `verify-ca` are treated as `verify-full` too.
    Verified(Option<PathBuf>),
}

#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    /// The URL without `sslrootcert`, and with `sslmode` either `disable` or `require`.
    pub plain: String,
    pub encryption: Encryption,
    pub is_local: bool,
}

impl DatabaseUrl {
    pub fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        let rest = ["postgres://", "postgresql://"].iter().find_map(|p| text.strip_prefix(p));
        let (place, query) = rest
            .ok_or(DatabaseUrlError::NoUrl)
            .map(|rest| rest.split_once('?').unwrap_or((rest, "")))?;
        let mut kept: Vec<&str> = Vec::new();
        let (mut mode, mut roots) = (None, None);
        let authority = place.split('/').next().unwrap_or_default();
        let names = authority.rsplit('@').next().unwrap_or_default();
        let mut hosts: Vec<String> = names.split(',').map(|h| decoded(without_port(h))).collect();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match key {
                "sslmode" => mode = Some(decoded(value)),
                "sslrootcert" => roots = Some(decoded(value)),
                _ => kept.push(pair),
            }
            if matches!(key, "host" | "hostaddr") {
                hosts.extend(decoded(value).split(',').map(str::to_owned));
            }
        }
        let encryption = match mode.as_deref() {
            None | Some("disable" | "allow" | "prefer") if roots.is_some() => {
                return Err(DatabaseUrlError::RootsUnused);
            }
            None | Some("disable" | "allow" | "prefer") => Encryption::None,
            Some("require" | "verify-ca" | "verify-full") => {
                Encryption::Verified(roots.filter(|file| file != "system").map(PathBuf::from))
            }
            Some(_) => return Err(DatabaseUrlError::Mode),
        };
        kept.push(match encryption {
            Encryption::None => "sslmode=disable",
            Encryption::Verified(_) => "sslmode=require",
        });
        Ok(Self {
            plain: format!("postgres://{place}?{}", kept.join("&")),
            encryption,
            is_local: hosts.iter().all(|host| is_this_machine(host)),
        })
    }

    /// Whether nobody on the network can read along.
    pub fn is_private(&self) -> bool {
        self.is_local || self.encryption != Encryption::None
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// A local socket or loopback address. An empty host is the library's default, a socket.
fn is_this_machine(host: &str) -> bool {
    host.is_empty()
        || host.starts_with(['/', '@'])
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> DatabaseUrl {
        DatabaseUrl::parse(text).expect(text)
    }

    #[test]
    fn what_leaves_this_machine_is_known() {
        for local in [
            "postgres://u:p@%2Frun%2Fpostgresql/surety",
            "postgres://u@localhost:5433/surety?connect_timeout=3",
            "postgres://u:p@127.0.0.1,[::1]:5432/surety",
            "postgresql:///surety?host=/run/postgresql&port=5432",
            "postgres://u:p%40x.example@127.0.0.1/surety",
        ] {
            assert!(read(local).is_local && read(local).is_private(), "{local}");
        }
        for far in [
            "postgres://u:p@db.example/surety",
            "postgres://u@127.0.0.1,10.0.0.7/surety",
            "postgres:///surety?host=db.example",
            "postgres://u@localhost/surety?hostaddr=10.0.0.7",
            "postgres://u@[2001:db8::1]:5432/surety?sslmode=prefer",
            "postgres://localhost@db.example/surety?sslmode=disable",
        ] {
            assert!(!read(far).is_local && !read(far).is_private(), "{far}");
        }
    }

    #[test]
    fn every_mode_that_wants_tls_is_verified() {
        for mode in ["require", "verify-ca", "verify-full"] {
            let url = read(&format!("postgres://u@db.example/s?sslmode={mode}&port=5433"));
            assert_eq!(url.encryption, Encryption::Verified(None));
            assert_eq!(url.plain, "postgres://u@db.example/s?port=5433&sslmode=require");
            assert!(url.is_private() && !url.is_local);
        }
        let roots = "postgres://u@db.example/s?sslmode=verify-full&sslrootcert=/etc/our%20ca.pem";
        let file = Some(PathBuf::from("/etc/our ca.pem"));
        assert_eq!(read(roots).encryption, Encryption::Verified(file));
        let system = roots.replace("/etc/our%20ca.pem", "system");
        assert_eq!(read(&system).encryption, Encryption::Verified(None));
        assert_eq!(read("postgres://u@h/s").plain, "postgres://u@h/s?sslmode=disable");
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        for (text, why) in [
            ("host=db.example user=u", DatabaseUrlError::NoUrl),
            ("mysql://u@h/s", DatabaseUrlError::NoUrl),
            ("postgres://u@h/s?sslmode=verify", DatabaseUrlError::Mode),
            ("postgres://u@h/s?sslrootcert=/ca.pem", DatabaseUrlError::RootsUnused),
            ("postgres://u@h/s?sslmode=prefer&sslrootcert=/ca.pem", DatabaseUrlError::RootsUnused),
        ] {
            assert_eq!(DatabaseUrl::parse(text).err(), Some(why), "{text}");
        }
    }
}
