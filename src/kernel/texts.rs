//! Every text that a person reads, through Fluent. The build fails when a language lacks one.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::locale::Locale;

include!(concat!(env!("OUT_DIR"), "/locale_sources.rs"));

type Bundle = FluentBundle<FluentResource>;

static EN: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::En, LOCALE_EN));
static ZH_HANS: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::ZhHans, LOCALE_ZH_HANS));

fn bundle(locale: Locale, sources: &[&str]) -> Bundle {
    let tag = locale.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    for source in sources {
        // The build script has parsed and compared these files already; what could be read stays.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(r, _)| r);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// A value that a text is filled with. Numbers choose the plural form.
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
numbers!(i32, i64, u32, u64, usize);

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct Texts(Locale);

impl Texts {
    /// The texts of a language.
    #[must_use]
    pub const fn new(locale: Locale) -> Self {
        Self(locale)
    }

    /// The text of a key, filled with the given values.
    ///
    /// A key that does not exist is a mistake of ours: tests stop at it, production logs it and
    /// shows the key.
    #[must_use]
    pub fn get(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let bundle: &Bundle = match self.0 {
            Locale::En => &EN,
            Locale::ZhHans => &ZH_HANS,
        };
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
        text
    }

    /// Whether there is a text for the key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        match self.0 {
            Locale::En => EN.has_message(key),
            Locale::ZhHans => ZH_HANS.has_message(key),
        }
    }
}
