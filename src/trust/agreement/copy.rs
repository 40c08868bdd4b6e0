//! The signed copy: a verifiable file that says what was signed, by whom and when. Pure.

use super::{Agreement, Signature};
use crate::kernel::texts::{Arg, Texts};
use crate::kernel::time::format_moment;

pub const BEGIN: &str = "-----BEGIN SIGNED TEXT-----";
pub const END: &str = "-----END SIGNED TEXT-----";

#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    pub merchant: &'a str,
    pub code: &'a str,
    /// The name of the account that signed.
    pub account: &'a str,
}

/// In the language that was signed. The text between the two markers is exact to the byte, so that
/// anybody can compare its SHA-256 with the one stated above it.
pub fn signed_copy(agreement: &Agreement, signature: &Signature, signer: Signer<'_>) -> String {
    let texts = Texts::new(signature.locale);
    let line = |key: &str, value: &str| texts.get(key, &[("value", Arg::from(value))]);
    let (at, zone) = (signature.signed_at, signature.zone);
    let moment = format_moment(at, zone, signature.locale);
    let when = format!("{moment} ({}); {}", zone.name(), at.to_rfc3339());
    let version = agreement.version.to_string();
    let head = [
        line("agreement-copy-title", &version),
        String::new(),
        line("agreement-copy-merchant", &format!("{} ({})", signer.merchant, signer.code)),
        line("agreement-copy-name", &signature.typed_name),
        line("agreement-copy-account", signer.account),
        line("agreement-copy-when", &when),
        line("agreement-copy-language", signature.locale.own_name()),
        line("agreement-copy-sha256", &signature.text_sha256),
        String::new(),
        line("agreement-copy-check", "sed '1,/^-----BEGIN/d;/^-----END/,$d' FILE | sha256sum"),
    ];
    let mut copy = head.join("\n");
    for part in ["\n\n", BEGIN, "\n", agreement.text(signature.locale), END, "\n"] {
        copy.push_str(part);
    }
    copy
}

pub fn signed_text(copy: &str) -> Option<&str> {
    let (_, rest) = copy.split_once(&format!("{BEGIN}\n"))?;
    rest.rsplit_once(END).map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::locale::Locale;
    use crate::kernel::signing;
    use chrono_tz::Tz;

    #[test]
    fn the_text_in_a_copy_has_the_sum_that_is_named_in_it() {
        let signed_at = "2026-11-22T03:04:05Z".parse().unwrap();
        let agreement = Agreement {
            version: 2,
            text_en: "TITLE\n\n1. One\nfirst\n".to_owned(),
            text_zh: "标题\n\n一、\n".to_owned(),
            published_at: signed_at,
            effective_at: signed_at,
        };
        for locale in Locale::ALL {
            let signature = Signature {
                version: 2,
                user_id: 1,
                typed_name: "Anna Weber".to_owned(),
                text_sha256: hex::encode(agreement.sha256(locale)),
                locale,
                signed_at,
                zone: Tz::Asia__Shanghai,
            };
            let signer = Signer { merchant: "Lantern", code: "TM-0000-0000", account: "Anna" };
            let copy = signed_copy(&agreement, &signature, signer);
            let text = signed_text(&copy).unwrap();
            let sum = hex::encode(signing::sha256(text.as_bytes()));
            assert!(copy.contains(&sum), "{copy}");
            for part in ["Anna Weber", "TM-0000-0000", "Asia/Shanghai", "2026-11-22T03:04:05"] {
                assert!(copy.contains(part), "{part} in {copy}");
            }
        }
    }
}
