//! Encryption of secrets that must be read again, with a key that the database does not hold.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use super::signing;

/// The version byte. Sealed data is this byte, the nonce, then the ciphertext with its tag.
const FORM: u8 = 1;
const NONCE: usize = 24;

fn cipher(key: &[u8], purpose: &str) -> XChaCha20Poly1305 {
    let own = signing::mac(key, "seal", &[purpose.as_bytes()]);
    XChaCha20Poly1305::new(&Key::from(own))
}

/// Only the same key, purpose and owner open it, so a row copied to another person is useless.
pub fn seal(
    key: &[u8],
    purpose: &str,
    owner: i64,
    plain: &[u8],
) -> Result<Vec<u8>, getrandom::Error> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce)?;
    let payload = Payload { msg: plain, aad: &owner.to_be_bytes() };
    let text = cipher(key, purpose).encrypt(&XNonce::from(nonce), payload);
    // Encryption fails only for texts of many gigabytes.
    let text = text.map_err(|_| getrandom::Error::UNSUPPORTED)?;
    Ok([&[FORM], &nonce[..], &text].concat())
}

/// Opens what [`seal`] made; `None` if it was not made with these arguments, or was changed.
pub fn open(key: &[u8], purpose: &str, owner: i64, sealed: &[u8]) -> Option<Vec<u8>> {
    let (&FORM, rest) = sealed.split_first()? else { return None };
    let (nonce, text) = rest.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: text, aad: &owner.to_be_bytes() };
    cipher(key, purpose).decrypt(&XNonce::from(*nonce), payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_key_purpose_and_owner_alone() {
        let sealed = seal(b"key", "codes", 7, b"secret").expect("random bytes");
        assert_eq!(open(b"key", "codes", 7, &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(open(b"other", "codes", 7, &sealed), None);
        assert_eq!(open(b"key", "other", 7, &sealed), None);
        assert_eq!(open(b"key", "codes", 8, &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(b"key", "codes", 7, &changed), None, "byte {at}");
            assert_eq!(open(b"key", "codes", 7, &sealed[..at]), None, "{at} bytes");
        }
        assert!(!sealed.windows(6).any(|w| w == b"secret"));
        assert_ne!(sealed, seal(b"key", "codes", 7, b"secret").expect("random bytes"));
    }
}
