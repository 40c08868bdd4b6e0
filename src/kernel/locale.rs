use std::str::FromStr;

/// A language of the product. The build fails if either lacks a text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum Locale {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "zh-Hans")]
    ZhHans,
}

impl Locale {
    pub const ALL: [Self; 2] = [Self::En, Self::ZhHans];

    /// The BCP 47 tag, as in `<html lang>` and in the database.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhHans => "zh-Hans",
        }
    }

    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::ZhHans => "简体中文",
        }
    }

    /// The best match for an `Accept-Language` header (RFC 9110, 12.5.4), or the default.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (Self::default(), 0.0_f32);
        for part in header.split(',') {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = pieces
                .find_map(|p| p.trim().strip_prefix("q=").map(|q| q.parse().unwrap_or(0.0)))
                .unwrap_or(1.0);
            let locale = match tag.split('-').next().unwrap_or_default() {
                "zh" => Self::ZhHans,
                "en" => Self::En,
                _ => continue,
            };
            if weight > best.1 {
                best = (locale, weight);
            }
        }
        best.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a language of this site")]
pub struct UnknownLocale;

impl FromStr for Locale {
    type Err = UnknownLocale;

    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|l| l.tag() == tag).ok_or(UnknownLocale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_s_first_language_that_we_have_wins() {
        let cases = [
            ("", Locale::En),
            ("fr-FR,fr;q=0.9", Locale::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Locale::ZhHans),
            ("en-GB,en;q=0.9,zh;q=0.1", Locale::En),
            ("fr, zh;q=0.4, en;q=0.3", Locale::ZhHans),
        ];
        for (header, locale) in cases {
            assert_eq!(Locale::from_accept_language(header), locale, "{header}");
        }
    }
}
