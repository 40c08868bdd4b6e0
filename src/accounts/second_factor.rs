//! Codes required in addition to the password: those an app derives from a shared secret every 30
//! seconds (RFC 6238), and recovery codes for when the app is lost. Pure: the time is an argument.

use totp_rs::{Builder, Totp};
use uuid::Uuid;

use super::commands::AccountError;
use crate::kernel::sealing;
use crate::kernel::signing;
use crate::kernel::time::Timestamp;
use crate::kernel::typed;

/// The name that apps show for this site.
const ISSUER: &str = "Surety";
const STEP_SECONDS: i64 = 30;
/// The minimum that the RFC recommends.
const SECRET_BYTES: usize = 20;
/// The purpose under which secrets are encrypted.
const PURPOSE: &str = "second-factor";

pub const RECOVERY_CODES: usize = 10;
/// Symbols of a recovery code: 80 random bits, too many to guess one from its hash.
const RECOVERY_SYMBOLS: usize = 16;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The second factor that a person gives along with the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// Nothing was required, or nothing was typed.
    Nothing,
    Code(String),
    Recovery(String),
    /// The browser's passkey response, as JSON.
    Passkey(String),
}

/// Where the second factor is given: the operator's key, the site's origin and the session.
#[derive(Debug, Clone, Copy)]
pub struct Door<'a> {
    pub key: &'a [u8],
    pub origin: &'a str,
    pub session_id: Uuid,
}

/// The secret shared with a person's app.
#[derive(Clone)]
pub struct Secret(Totp);

impl Secret {
    fn of(bytes: Vec<u8>, email: &str) -> Option<Self> {
        // Apps split the name at a colon. No address that we accept has one.
        let name = email.replace(':', "");
        let totp = Builder::new().with_secret(bytes).with_issuer(Some(ISSUER));
        totp.with_account_name(name).build().ok().map(Self)
    }

    /// Creates a secret for an account; returns it with its encrypted form for storage.
    pub fn fresh(key: &[u8], user_id: i64, email: &str) -> Result<(Self, Vec<u8>), AccountError> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        let secret = Self::of(bytes.to_vec(), email).ok_or(AccountError::Unreadable)?;
        Ok((secret, sealing::seal(key, PURPOSE, user_id, &bytes)?))
    }

    /// Decrypts a stored secret. Fails with [`AccountError::Unreadable`] if it was encrypted with
    /// another key.
    pub fn open(
        key: &[u8],
        user_id: i64,
        email: &str,
        sealed: &[u8],
    ) -> Result<Self, AccountError> {
        sealing::open(key, PURPOSE, user_id, sealed)
            .and_then(|bytes| Self::of(bytes, email))
            .ok_or(AccountError::Unreadable)
    }

    /// In groups of four, for typing into an app.
    pub fn text(&self) -> String {
        in_groups(&self.0.secret().to_base32(), " ")
    }

    /// The `otpauth:` address that the QR code contains.
    pub fn address(&self) -> String {
        self.0.to_url().unwrap_or_default()
    }

    pub fn code_of(&self, step: i64) -> String {
        let second = u64::try_from(step * STEP_SECONDS).unwrap_or_default();
        self.0.generate(second).to_string()
    }

    /// The time step that a code belongs to: the current one or a neighbour, since clocks differ
    /// and people type slowly.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let code = typed::code(code);
        let digits = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
        let second = u64::try_from(now.timestamp()).ok().filter(|_| digits)?;
        self.0.check(&code, second).and_then(|step| i64::try_from(step).ok())
    }

    /// The first code that is valid after this step was used, or `None` if it is too early to know.
    pub fn next_code(&self, last_used_step: i64, now: Timestamp) -> Option<String> {
        let step = step_at(now).max(last_used_step + 1);
        (step <= step_at(now) + 1).then(|| self.code_of(step))
    }
}

pub fn step_at(now: Timestamp) -> i64 {
    now.timestamp().div_euclid(STEP_SECONDS)
}

pub fn seconds_left(now: Timestamp) -> i64 {
    STEP_SECONDS - now.timestamp().rem_euclid(STEP_SECONDS)
}

fn in_groups(text: &str, between: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join(between)
}

/// Recovery codes in the form in which they are shown, once.
pub fn fresh_recovery_codes() -> Result<Vec<String>, getrandom::Error> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let mut bytes = [0; RECOVERY_SYMBOLS];
            getrandom::fill(&mut bytes)?;
            // There are 32 symbols, and the low five bits of a random byte are uniform.
            let code: String =
                bytes.iter().map(|b| char::from(ALPHABET[(b & 31) as usize])).collect();
            Ok(in_groups(&code, "-"))
        })
        .collect()
}

/// The stored hash of a recovery code, however it was typed; `None` if it cannot be one. The hash
/// depends on the owner, so it does not reveal that two people have the same code.
pub fn recovery_hash(user_id: i64, typed: &str) -> Option<[u8; 32]> {
    let symbols: Vec<u8> = typed::code(typed)
        .bytes()
        .map(|b| match b.to_ascii_uppercase() {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        })
        .collect();
    let fits = symbols.len() == RECOVERY_SYMBOLS && symbols.iter().all(|s| ALPHABET.contains(s));
    fits.then(|| signing::sha256(&[&user_id.to_be_bytes()[..], &symbols].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        chrono::DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    /// Appendix B of RFC 6238; its codes have eight digits, of which we use the last six.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = Secret::of(b"12345678901234567890".to_vec(), "a@b.example").expect("a secret");
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code_of(second / 30), code);
            assert_eq!(secret.step_of(code, at(second)), Some(second / 30));
        }
        assert_eq!(secret.text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let address = secret.address();
        assert!(address.starts_with("otpauth://totp/Surety:a%40b.example?"), "{address}");
        assert!(address.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{address}");
    }

    #[test]
    fn a_code_is_good_one_step_to_either_side_and_no_further() {
        let secret = Secret::of(b"12345678901234567890".to_vec(), "a@b.example").expect("a secret");
        let code = secret.code_of(40_000_000);
        for (second, good) in [(-31, false), (-30, true), (0, true), (59, true), (60, false)] {
            let step = secret.step_of(&code, at(40_000_000 * 30 + second));
            assert_eq!(step.is_some(), good, "{second} s");
        }
        let now = at(40_000_000 * 30);
        assert!(secret.step_of(&format!(" {} {} ", &code[..3], &code[3..]), now).is_some());
        for bad in ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345"] {
            assert_eq!(secret.step_of(bad, now), None, "{bad}");
        }
        assert_eq!(secret.next_code(39_999_990, now), Some(code));
        assert_eq!(secret.next_code(40_000_000, now), Some(secret.code_of(40_000_001)));
        assert_eq!(secret.next_code(40_000_001, now), None);
    }

    #[test]
    fn recovery_codes_are_read_as_people_write_them() {
        let codes = fresh_recovery_codes().expect("random bytes");
        assert_eq!(codes.len(), 10);
        for code in &codes {
            assert_eq!(code.len(), 19, "{code}");
            let hash = recovery_hash(7, code);
            assert!(hash.is_some());
            let typed = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            assert_eq!(recovery_hash(7, &typed), hash, "{code}");
            let pasted = code.replace('-', "\u{2011}");
            assert_eq!(recovery_hash(7, &format!("\u{FEFF}{pasted}\u{A0}")), hash, "{code}");
            assert_ne!(recovery_hash(8, code), hash);
            assert_eq!(recovery_hash(7, &code[1..]), None);
        }
        assert_eq!(recovery_hash(7, "UUUU-UUUU-UUUU-UUUU"), None);
    }
}
