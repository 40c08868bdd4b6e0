//! Password strength and hashing (Argon2id). A hash takes 64 MiB and a tenth of a second. Only as
//! many are computed at a time as there are processors, off the threads that serve requests, and
//! only so many wait: who could not be served in time is refused at once.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

pub const MIN_CHARS: usize = 10;
/// Limits the cost of hashing.
pub const MAX_CHARS: usize = 200;

const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// Who waits for a hash. People whom we know do not wait behind those whom we do not: nobody can
/// lock them out by keeping us busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Anybody,
    /// In a browser that the account has used before, in an open session, or by a mailed link.
    Known,
}

/// Hashes that wait for each one that is computed: about two seconds.
const WAITING_EACH: usize = 20;

struct Queue {
    places: Arc<Semaphore>,
    permits: Arc<Semaphore>,
}

impl Queue {
    fn of(permits: usize) -> Self {
        let places = permits * (1 + WAITING_EACH);
        Self {
            places: Arc::new(Semaphore::new(places)),
            permits: Arc::new(Semaphore::new(permits)),
        }
    }
}

static ANYBODY: LazyLock<Queue> =
    LazyLock::new(|| Queue::of(std::thread::available_parallelism().map_or(1, usize::from)));
static KNOWN: LazyLock<Queue> = LazyLock::new(|| Queue::of(1));

/// The hash of a password that nobody has. Verified if there is no account, so that response times
/// do not reveal whether there is one.
const NOBODY: &str = "$argon2id$v=19$m=65536,t=3,p=1$c3VyZXR5bm9ib2R5c3M$\
    0bb8vxwH8YwKkMUlx0PqWzTQYYFSkFVhv3l7dUpP5Jo";

/// Common passwords, which attackers try first.
const COMMON: [&str; 40] = [
    "1234567890",
    "12345678910",
    "123456789a",
    "a123456789",
    "0123456789",
    "9876543210",
    "0987654321",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "qwertyuiop",
    "qwerty12345",
    "qwerty123456",
    "qwertyuiop123",
    "asdfghjkl123",
    "zxcvbnm123",
    "password12",
    "password123",
    "password1234",
    "password12345",
    "passw0rd123",
    "p@ssw0rd123",
    "mypassword",
    "mypassword1",
    "letmein123",
    "welcome123",
    "welcome1234",
    "iloveyou123",
    "iloveyou1314",
    "5201314520",
    "woaini1314",
    "woaini520",
    "woaini5201314",
    "woaini123456",
    "administrator",
    "changeme123",
    "football123",
    "superman123",
    "abcdefghij",
    "abc1234567",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    TooShort,
    TooLong,
    /// Among [`COMMON`], or with fewer than four different characters.
    Common,
    /// The person's own address or name.
    Own,
}

impl Weakness {
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::TooShort => "accounts-password-too-short",
            Self::TooLong => "accounts-password-too-long",
            Self::Common => "accounts-password-common",
            Self::Own => "accounts-password-own",
        }
    }
}

/// What is wrong with a password for the person with this address and name.
pub fn weakness(password: &str, email: &str, name: &str) -> Option<Weakness> {
    let password = &normalised(password);
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        return Some(Weakness::TooShort);
    }
    if chars > MAX_CHARS {
        return Some(Weakness::TooLong);
    }
    let folded = password.trim().to_lowercase();
    let (email, name) = (email.trim().to_lowercase(), name.trim().to_lowercase());
    let local = email.split('@').next().unwrap_or_default();
    let unspaced: String = name.split_whitespace().collect();
    if [email.as_str(), local, name.as_str(), unspaced.as_str()].contains(&folded.as_str()) {
        return Some(Weakness::Own);
    }
    let mut distinct: Vec<char> = folded.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 4 || COMMON.contains(&folded.as_str()) {
        return Some(Weakness::Common);
    }
    None
}

#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many wait already.
    #[error("too many passwords wait to be hashed")]
    Busy,
    /// A bug, or out of memory.
    #[error("password hashing failed: {0}")]
    Failed(String),
}

fn failed(error: impl std::fmt::Display) -> HashError {
    HashError::Failed(error.to_string())
}

fn hasher() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Runs one computation off the async threads. The computation holds the permit: a cancelled
/// request does not free it while the computation is still running, and one that waits leaves.
async fn compute<T: Send + 'static>(
    lane: Lane,
    work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
) -> Result<T, HashError> {
    let queue = match lane {
        Lane::Anybody => &*ANYBODY,
        Lane::Known => &*KNOWN,
    };
    let place = Arc::clone(&queue.places).try_acquire_owned().map_err(|_| HashError::Busy)?;
    let permit = Arc::clone(&queue.permits).acquire_owned().await.map_err(failed)?;
    tokio::task::spawn_blocking(move || {
        let result = work();
        drop((permit, place));
        result
    })
    .await
    .map_err(failed)?
}

/// One form of what keyboards write in several: `é` in one character or two, full-width letters
/// (NIST SP 800-63B, 3.1.1.2). An overlong text is cut: it must not cost more than a password.
fn normalised(password: &str) -> String {
    password.nfkc().take(MAX_CHARS + 1).collect()
}

/// Hashes a password into a PHC string.
pub async fn hash(password: &str, lane: Lane) -> Result<String, HashError> {
    let password = normalised(password);
    compute(lane, move || {
        let hash: PasswordHash = hasher()?.hash_password(password.as_bytes()).map_err(failed)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether a password matches a hash. Without a hash, takes the same time and returns `false`.
pub async fn verify(password: &str, hash: Option<&str>, lane: Lane) -> Result<bool, HashError> {
    let is_somebody = hash.is_some();
    let hash = hash.unwrap_or(NOBODY).to_owned();
    // Hashes from before passwords were normalised are of the characters as they were typed.
    let typed: String = password.chars().take(MAX_CHARS + 1).collect();
    let mut forms = vec![normalised(password), typed];
    forms.dedup();
    let same = compute(lane, move || {
        let parsed = PasswordHash::new(&hash).map_err(failed)?;
        let hasher = hasher()?;
        Ok(forms.iter().any(|p| hasher.verify_password(p.as_bytes(), &parsed).is_ok()))
    })
    .await?;
    Ok(same && is_somebody)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_told_apart() {
        let check = |p: &str| weakness(p, "mei.lin.wang@example.com", "Mei Lin Wang");
        assert_eq!(check("short"), Some(Weakness::TooShort));
        assert_eq!(check("九个字的密码还不够"), Some(Weakness::TooShort));
        assert_eq!(check(&"ab3$".repeat(51)), Some(Weakness::TooLong));
        assert_eq!(check("Password123"), Some(Weakness::Common));
        assert_eq!(check("aaaaaaaaaaaa"), Some(Weakness::Common));
        assert_eq!(check("Mei.Lin.Wang@Example.com"), Some(Weakness::Own));
        assert_eq!(check("mei.lin.wang"), Some(Weakness::Own));
        assert_eq!(check("meilinwang"), Some(Weakness::Own));
        assert_eq!(check("surety-demo"), None);
        assert_eq!(check("correct horse battery"), None);
    }

    #[test]
    fn nobody_s_hash_costs_what_a_new_one_costs() {
        let nobody = PasswordHash::new(NOBODY).expect("a hash");
        let new = hasher().and_then(|h| h.hash_password(b"x").map_err(failed));
        let new: PasswordHash = new.expect("a hash");
        assert_eq!(nobody.algorithm, new.algorithm);
        assert_eq!(nobody.version, new.version);
        assert_eq!(nobody.params, new.params);
        assert_eq!(nobody.hash.map(|h| h.len()), new.hash.map(|h| h.len()));
    }

    #[tokio::test]
    async fn a_password_is_recognised_and_no_other() {
        let made = hash("correct horse battery", Lane::Known).await.expect("a hash");
        assert!(made.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{made}");
        assert!(verify("correct horse battery", Some(&made), Lane::Known).await.expect("verified"));
        assert!(
            !verify("correct horse batterz", Some(&made), Lane::Known).await.expect("verified")
        );
        assert!(!verify("correct horse battery", None, Lane::Known).await.expect("verified"));
    }

    #[tokio::test]
    async fn a_password_is_the_same_from_every_keyboard() {
        let composed = "cr\u{e8}me br\u{fb}l\u{e9}e 7";
        let made = hash(composed, Lane::Known).await.expect("a hash");
        for typed in ["cre\u{300}me bru\u{302}le\u{301}e 7", "ｃrème brûlée\u{a0}７", composed]
        {
            assert!(verify(typed, Some(&made), Lane::Known).await.expect("verified"), "{typed:?}");
        }
        assert!(!verify("creme brulee 7", Some(&made), Lane::Known).await.expect("verified"));
        // Set before passwords were normalised.
        let old = hasher().and_then(|h| {
            let hash = h.hash_password("cre\u{300}me brulee 7".as_bytes());
            hash.map(|h: PasswordHash| h.to_string()).map_err(failed)
        });
        let old = old.expect("a hash");
        assert!(verify("cre\u{300}me brulee 7", Some(&old), Lane::Known).await.expect("verified"));
    }

    #[tokio::test]
    async fn who_cannot_be_served_soon_is_refused_at_once_and_whom_we_know_is_served() {
        let held = Arc::clone(&ANYBODY.places)
            .acquire_many_owned(u32::try_from(ANYBODY.places.available_permits()).expect("a few"));
        let held = held.await.expect("all places");
        let refused = verify("correct horse battery", None, Lane::Anybody).await;
        assert!(matches!(refused, Err(HashError::Busy)));
        assert!(verify("correct horse battery", None, Lane::Known).await.is_ok());
        drop(held);
        assert!(verify("correct horse battery", None, Lane::Anybody).await.is_ok());
    }
}
