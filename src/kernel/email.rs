use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::typed;

/// An address that mail can be sent to, in lower case, its domain in A-labels: one mailbox has one
/// spelling.
///
/// Case is folded in the local part too: no provider in use tells them apart, and two accounts for
/// one mailbox would be worse.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Email(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct InvalidEmail;

impl Email {
    /// Reads an address from any keyboard. Takes what the mailer can send to: a local part of atoms
    /// (RFC 5321, 4.1.2; not quoted, and in ASCII, because not every server on the way has
    /// SMTPUTF8) and a domain of at least two labels (UTS #46), in at most 254 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = typed::narrow(text).to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let is_atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        let is_atom = |atom: &str| !atom.is_empty() && atom.chars().all(is_atext);
        if local.len() > 64 || !local.split('.').all(is_atom) {
            return Err(InvalidEmail);
        }
        let domain = Uts46::new()
            .to_ascii(
                domain.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Verify,
            )
            .map_err(|_| InvalidEmail)?;
        let last = domain.rsplit_once('.').ok_or(InvalidEmail)?.1;
        let address = format!("{local}@{domain}");
        // A last label of digits is an IP address.
        if last.chars().all(|c| c.is_ascii_digit()) || address.len() > 254 {
            return Err(InvalidEmail);
        }
        Ok(Self(address))
    }

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
    fn one_mailbox_has_one_spelling() {
        for (typed, address) in [
            ("  Lin.Wei@Example.COM ", "lin.wei@example.com"),
            ("lin＠example。com", "lin@example.com"),
            ("ｌｉｎ@ｅｘａｍｐｌｅ．ｃｏｍ", "lin@example.com"),
            ("\u{2060}lin@exam\u{200B}ple.com\u{FEFF}", "lin@example.com"),
            ("lin@bücher.example", "lin@xn--bcher-kva.example"),
            ("lin@xn--bcher-kva.example", "lin@xn--bcher-kva.example"),
            ("lin@BÜCHER.example", "lin@xn--bcher-kva.example"),
            ("o'brien+shop@mail.example", "o'brien+shop@mail.example"),
        ] {
            assert_eq!(Email::parse(typed).map(|e| e.to_string()).as_deref(), Ok(address));
        }
    }

    #[test]
    fn what_no_mailer_takes_is_refused() {
        for text in [
            "",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a b@c.d",
            "a@b@c.d",
            "a@b..c",
            "<a@b.c>",
            "a..b@example.com",
            ".a@example.com",
            "a.@example.com",
            "\"a b\"@example.com",
            "林@example.com",
            "a@b.c.",
            "a@-b.example",
            "a@b_c.example",
            "a@1.2.3.4",
            "a@[1.2.3.4]",
            "a@example.com\nx@y.example",
            "a,b@example.com",
            "a@exam ple.com",
        ] {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(Email::parse(&long), Err(InvalidEmail));
        let long = format!("a@{}example.com", "a.".repeat(130));
        assert_eq!(Email::parse(&long), Err(InvalidEmail));
    }
}
