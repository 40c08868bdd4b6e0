//! Keyed hashes: how we recognise our own words when they come back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// HMAC-SHA-256 over the parts. The purpose keeps a token of one kind from being used as another;
/// lengths are hashed too, so that parts cannot run into each other.
#[must_use]
pub fn mac(key: &[u8], purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    // Zero-length keys aside, HMAC takes a key of any length: this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// [`mac`] as text for an address or a form.
#[must_use]
pub fn token(key: &[u8], purpose: &str, parts: &[&[u8]]) -> String {
    URL_SAFE_NO_PAD.encode(mac(key, purpose, parts))
}

/// Compares two secrets without telling by its duration how much of them is equal.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    use subtle::ConstantTimeEq;
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// 256 random bits as text.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn random_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_its_purpose_and_parts() {
        let key = b"key";
        let base = token(key, "a", &[b"x", b"y"]);
        assert_eq!(base, token(key, "a", &[b"x", b"y"]));
        for other in [
            token(key, "b", &[b"x", b"y"]),
            token(key, "a", &[b"xy"]),
            token(key, "a", &[b"y", b"x"]),
            token(b"other", "a", &[b"x", b"y"]),
        ] {
            assert_ne!(base, other);
        }
    }
}
