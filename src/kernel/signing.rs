//! Keyed hashes, to recognise tokens that we issued.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// HMAC-SHA-256. The purpose keeps a token of one kind from being used as another; lengths are
/// hashed too, so that parts cannot run into each other.
pub fn mac(key: &[u8], purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    // HMAC accepts keys of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// [`mac`] as text for a URL or a form.
pub fn token(key: &[u8], purpose: &str, parts: &[&[u8]]) -> String {
    URL_SAFE_NO_PAD.encode(mac(key, purpose, parts))
}

/// The token of a mailed link: the id of its row and a proof. It is never stored, but made when the
/// mail is rendered, from `link_token` (`{"purpose": …, "id": …}`) in the outbox row's `args`, and
/// appended to `link`.
pub fn mailed_token(key: &[u8], purpose: &str, id: &str) -> String {
    let proof = token(key, "mailed-link", &[purpose.as_bytes(), id.as_bytes()]);
    format!("{id}.{proof}")
}

/// The id in a [`mailed_token`], if the proof is valid for this purpose.
pub fn mailed_id<'a>(key: &[u8], purpose: &str, text: &'a str) -> Option<&'a str> {
    let (id, _) = text.split_once('.')?;
    same(text, &mailed_token(key, purpose, id)).then_some(id)
}

/// Compares two secrets in constant time.
pub fn same(a: &str, b: &str) -> bool {
    use subtle::ConstantTimeEq;
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

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

    #[test]
    fn a_mailed_token_is_only_good_for_its_purpose_and_key() {
        let text = mailed_token(b"key", "reset_password", "7");
        assert_eq!(mailed_id(b"key", "reset_password", &text), Some("7"));
        assert_eq!(mailed_id(b"key", "confirm_email", &text), None);
        assert_eq!(mailed_id(b"other", "reset_password", &text), None);
        assert_eq!(mailed_id(b"key", "reset_password", &text.replacen('7', "8", 1)), None);
        assert_eq!(mailed_id(b"key", "reset_password", "7"), None);
    }
}
