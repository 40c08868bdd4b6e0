//! E-mail addresses as people type them.

use std::fmt;

/// An address that mail can be sent to, in lower case.
///
/// Case is folded in the local part too: no provider in use tells them apart, and two accounts for
/// one mailbox would be worse.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Email(String);

/// The text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct InvalidEmail;

impl Email {
    /// Reads an address; white space around it is dropped.
    /// [`InvalidEmail`] when there is no single `@`, an empty side, white space inside, no dot in
    /// the domain, or more than 254 bytes (RFC 5321, 4.5.3.1.3).
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '@' && c != ',';
        let labels = domain.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
        let ok = !local.is_empty()
            && local.len() <= 64
            && local.chars().all(|c| plain(c) && !"<>()[]:;\"\\".contains(c))
            && domain.contains('.')
            && labels
            && text.len() <= 254;
        if ok { Ok(Self(text)) } else { Err(InvalidEmail) }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_folded() {
        let email = Email::parse("  Lin.Wei@Example.COM ").map(|e| e.to_string());
        assert_eq!(email.as_deref(), Ok("lin.wei@example.com"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "a", "a@", "@b.c", "a@b", "a b@c.d", "a@b@c.d", "a@b..c", "<a@b.c>"] {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text}");
        }
    }
}
