//! The text of a message for one reader.

use chrono_tz::Tz;
use serde::Deserialize as _;
use serde_json::Value;

use crate::kernel::locale::Locale;
use crate::kernel::money::Money;
use crate::kernel::signing;
use crate::kernel::texts::{Arg, Texts};
use crate::kernel::time::{self, Timestamp};

pub(super) struct Wording<'a> {
    texts: Texts,
    message: &'a str,
    filled: Vec<(&'a str, Arg<'a>)>,
    args: &'a Value,
}

impl<'a> Wording<'a> {
    pub(super) fn new(
        message: &'a str,
        args: &'a Value,
        name: &'a str,
        locale: Locale,
        zone: Tz,
    ) -> Self {
        let mut filled = vec![("name", Arg::from(name))];
        for (key, value) in args.as_object().into_iter().flatten() {
            if key != "name" {
                filled.push((key, shown(key, value, locale, zone)));
            }
        }
        Self { texts: Texts::new(locale), message, filled, args }
    }

    fn key(&self, part: &str) -> String {
        format!("mail-{}-{part}", self.message)
    }

    /// Always on one line.
    pub(super) fn subject(&self) -> String {
        let text = self.texts.get(&self.key("subject"), &self.filled);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub(super) fn paragraphs(&self) -> Vec<String> {
        let text = self.texts.get(&self.key("body"), &self.filled);
        text.split("\n\n").map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
    }

    pub(super) fn action(&self) -> String {
        let key = self.key("action");
        let key = if self.texts.has(&key) { key.as_str() } else { "mail-action" };
        self.texts.get(key, &self.filled)
    }

    /// The path of the button, never on another site. A path that needs a token is omitted if no
    /// `secret` is given, because it is meant for the mail only.
    pub(super) fn link(&self, secret: Option<&[u8]>) -> Option<String> {
        let path = self.args.get("link")?.as_str()?;
        let ours = path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(|c: char| c == '\\' || c.is_whitespace() || c.is_control());
        if !ours {
            tracing::error!(kind = self.message, "a message links to what is no path of ours");
            return None;
        }
        let Some(wanted) = self.args.get("link_token") else { return Some(path.to_owned()) };
        let purpose = wanted.get("purpose")?.as_str()?;
        let id = wanted.get("id")?.as_str()?;
        Some(format!("{path}{}", signing::mailed_token(secret?, purpose, id)))
    }
}

fn shown(key: &str, value: &Value, locale: Locale, zone: Tz) -> Arg<'static> {
    let text = match value {
        Value::String(text) if key.ends_with("_at") => text
            .parse::<Timestamp>()
            .map_or_else(|_| text.clone(), |at| time::format_moment(at, zone, locale)),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => return Arg::from(whole),
            None => number.to_string(),
        },
        Value::Object(_) => money(value)
            .map(|m| m.format(locale))
            .or_else(|| text_of(value, locale))
            .unwrap_or_default(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Array(_) => value.to_string(),
    };
    Arg::from(text)
}

fn money(value: &Value) -> Option<Money> {
    Money::deserialize(value).ok()
}

fn text_of(value: &Value, locale: Locale) -> Option<String> {
    let key = value.get("text")?.as_str()?;
    let texts = Texts::new(locale);
    texts.has(key).then(|| texts.get(key, &[]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(arg: Arg<'_>, locale: Locale) -> String {
        // Any text with a value would do.
        Texts::new(locale).get("time-in-days", &[("count", arg)])
    }

    #[test]
    fn values_are_shown_in_the_reader_s_form() {
        let zone = time::zone("Asia/Shanghai");
        let cases = [
            ("due_at", json!("2026-11-27T06:00:00Z"), "Friday 27 November 2026, 14:00 UTC+8"),
            ("due", json!("2026-11-27T06:00:00Z"), "2026-11-27T06:00:00Z"),
            ("price", json!({"amount": "1280.00", "currency": "CNY"}), "¥1,280.00"),
            ("price", json!({"amount": "1280.0000", "currency": "CNY"}), "¥1,280.00"),
            ("why", json!({"text": "time-now"}), "just now"),
            ("why", json!(null), ""),
        ];
        for (key, value, expected) in cases {
            let shown = text(shown(key, &value, Locale::En, zone), Locale::En);
            assert!(shown.contains(expected), "{key}: {shown}");
        }
        assert_eq!(text(shown("n", &json!(1), Locale::En, zone), Locale::En), "in 1 day");
    }

    #[test]
    fn a_link_stays_on_our_site_and_keeps_its_secret() {
        let link =
            |args: &Value, secret| Wording::new("x", args, "", Locale::En, Tz::UTC).link(secret);
        assert_eq!(link(&json!({"link": "/orders/1"}), None).as_deref(), Some("/orders/1"));
        for foreign in
            ["https://evil.example/", "//evil.example", "/\\evil.example", "orders", "/a b"]
        {
            assert_eq!(link(&json!({"link": foreign}), Some(b"k")), None, "{foreign}");
        }
        let secret = json!({"link": "/reset/", "link_token": {"purpose": "reset", "id": "7"}});
        assert_eq!(link(&secret, None), None);
        let expected = format!("/reset/{}", signing::mailed_token(b"k", "reset", "7"));
        assert_eq!(link(&secret, Some(b"k")), Some(expected));
    }
}
