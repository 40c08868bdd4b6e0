//! All user-facing texts, through Fluent. The build fails if a language lacks one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::locale::Locale;

include!(concat!(env!("OUT_DIR"), "/locale_sources.rs"));

type Bundle = FluentBundle<FluentResource>;

struct Language {
    bundle: Bundle,
    /// The texts that take no value, formatted once. They are most texts of a page.
    fixed: HashMap<&'static str, String>,
}

static EN: LazyLock<Language> = LazyLock::new(|| language(Locale::En, LOCALE_EN));
static ZH_HANS: LazyLock<Language> = LazyLock::new(|| language(Locale::ZhHans, LOCALE_ZH_HANS));

fn language(locale: Locale, sources: &[&str]) -> Language {
    let bundle = bundle(locale, sources);
    let fixed = FIXED_KEYS.iter().filter_map(|key| {
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, None, &mut errors);
        // A text may still take a value through another one.
        errors.is_empty().then(|| (*key, finished(locale, text.into_owned())))
    });
    let fixed = fixed.collect();
    Language { bundle, fixed }
}

fn bundle(locale: Locale, sources: &[&str]) -> Bundle {
    let tag = locale.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    // `spaced` needs to know where the values are.
    bundle.set_use_isolating(locale == Locale::ZhHans);
    for source in sources {
        // The build script has parsed these files already; keep whatever could be parsed.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(r, _)| r);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// A value for a placeholder. Numbers also select the plural form.
#[derive(Debug, Clone)]
pub struct Arg<'a>(FluentValue<'a>);

impl<'a> From<&'a str> for Arg<'a> {
    fn from(value: &'a str) -> Self {
        Self(FluentValue::String(Cow::Borrowed(value)))
    }
}

impl<'a> From<&&'a str> for Arg<'a> {
    fn from(value: &&'a str) -> Self {
        Self::from(*value)
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(value: &'a String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<String> for Arg<'_> {
    fn from(value: String) -> Self {
        Self(FluentValue::String(Cow::Owned(value)))
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl From<$number> for Arg<'_> {
            fn from(value: $number) -> Self {
                Self(FluentValue::from(value))
            }
        }
        impl From<&$number> for Arg<'_> {
            fn from(value: &$number) -> Self {
                Self(FluentValue::from(*value))
            }
        }
    )*};
}
numbers!(u8, i16, i32, i64, u32, u64, usize);

#[derive(Debug, Clone, Copy)]
pub struct Texts(Locale);

impl Texts {
    pub const fn new(locale: Locale) -> Self {
        Self(locale)
    }

    /// Formats the text of a key. A missing key or value is a bug: debug builds panic, production
    /// logs it and, for a missing key, returns the key.
    pub fn get(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let Language { bundle, fixed } = self.language();
        if let Some(text) = fixed.get(key) {
            return text.clone();
        }
        let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else {
            debug_assert!(false, "there is no text for {key}");
            tracing::error!(key, locale = self.0.tag(), "there is no text for this key");
            return key.to_owned();
        };
        let mut filled = FluentArgs::new();
        for (name, Arg(value)) in args {
            filled.set(*name, value.clone());
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&filled), &mut errors).into_owned();
        if !errors.is_empty() {
            debug_assert!(false, "the text {key} lacks a value: {errors:?}");
            tracing::error!(key, ?errors, "a text lacks a value");
        }
        finished(self.0, text)
    }

    pub fn has(&self, key: &str) -> bool {
        self.language().bundle.has_message(key)
    }

    fn language(self) -> &'static Language {
        match self.0 {
            Locale::En => &EN,
            Locale::ZhHans => &ZH_HANS,
        }
    }
}

fn finished(locale: Locale, text: String) -> String {
    match locale {
        Locale::En => text,
        Locale::ZhHans => spaced(&text),
    }
}

/// The isolation marks that Fluent puts around a value.
const OPENS: char = '\u{2068}';
const CLOSES: char = '\u{2069}';

/// Applies Chinese spacing around values: a space between Chinese and Latin letters or digits, none
/// between Chinese characters. A text cannot know which of them a value will be.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive([OPENS, CLOSES]) {
        let at_edge = piece.ends_with([OPENS, CLOSES]);
        let words = piece.trim_end_matches([OPENS, CLOSES]);
        join(&mut out, words);
        // Marks the edge of a value until the text after it is known.
        if at_edge && !out.ends_with(CLOSES) {
            out.push(CLOSES);
        }
    }
    out.replace(CLOSES, "")
}

/// Appends `words`; at the edge of a value, with the right spacing.
fn join(out: &mut String, words: &str) {
    let Some(before) = out.strip_suffix(CLOSES) else { return out.push_str(words) };
    if words.trim().is_empty() {
        // Two adjacent values, or the end of the text.
        let edge = out.pop();
        out.push_str(words);
        return out.extend(edge);
    }
    let left = before.trim_end_matches(' ').chars().next_back();
    let right = words.trim_start_matches(' ').chars().next();
    let is_latin = |c: char| c.is_ascii_alphanumeric();
    let (kept, rest) = match (left, right) {
        (Some(l), Some(r)) if is_wide(l) && is_wide(r) => {
            (before.trim_end_matches(' '), words.trim_start_matches(' '))
        }
        _ => (before, words),
    };
    let apart = match (kept.chars().next_back(), rest.chars().next()) {
        (Some(l), Some(r)) => is_han(l) && is_latin(r) || is_latin(l) && is_han(r),
        _ => false,
    };
    let joined = [kept, if apart { " " } else { "" }, rest].concat();
    *out = joined;
}

const fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

const fn is_wide(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_chinese_stands_without_spaces_and_any_other_with() {
        let of = |key, args: &[(&str, &str)]| {
            let args: Vec<_> = args.iter().map(|(name, v)| (*name, Arg::from(*v))).collect();
            Texts::new(Locale::ZhHans).get(key, &args)
        };
        let delivered = "order-lead-buyer-awaiting-delivery";
        for (merchant, expected) in [
            ("明灯单车行", "您的 ¥1.00 已安全保管，等待明灯单车行发货。"),
            ("Lantern Bikes", "您的 ¥1.00 已安全保管，等待 Lantern Bikes 发货。"),
        ] {
            assert_eq!(of(delivered, &[("price", "¥1.00"), ("merchant", merchant)]), expected);
        }
        let oldest = of("queue-oldest", &[("merchant", "Okafor"), ("age", "9 天")]);
        assert!(oldest.contains("来自 Okafor，"), "{oldest}");
        let due = of("order-then-merchant-awaiting-delivery", &[("overdue", "14:00（UTC+8）")]);
        assert!(due.starts_with("请在 14:00（UTC+8）前发货"), "{due}");
        let two = of("accounts-browser-on", &[("browser", "Chrome"), ("system", "Linux")]);
        assert_eq!(two, "Linux 上的 Chrome");
    }
}
