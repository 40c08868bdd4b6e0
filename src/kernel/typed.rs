//! Text as people, their keyboards and their clipboards send it.

use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use super::domain_name::DomainName;

/// Characters that nobody sees, and that turn or hide what stands beside them: format characters,
/// direction controls (UAX #9), fillers and variation tags. Joiners and variation selectors stay:
/// scripts and emoji need them.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}'
        | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E007F}')
}

/// A text without control characters and without what nobody sees. Line breaks, as `\n`, and tabs
/// stay.
pub fn clean(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines
        .chars()
        .filter(|&c| matches!(c, '\n' | '\t') || !(c.is_control() || is_invisible(c)))
        .collect()
}

/// A text in the characters of a plain keyboard: full-width forms and ligatures become what they
/// stand for (NFKC), every dash becomes `-`, and what nobody sees is dropped.
pub fn narrow(text: &str) -> String {
    let plain = |c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' => '-',
        '\u{3002}' | '\u{FF61}' => '.',
        other => other,
    };
    clean(text).nfkc().map(plain).collect::<String>().trim().to_owned()
}

/// A code without what people put between its symbols: `１２３–４５６` becomes `123456`.
pub fn code(text: &str) -> String {
    narrow(text)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.' | '_' | '·' | 'ー'))
        .collect()
}

/// A whole number or the like, in any digits that stand for `0` to `9` in NFKC.
pub fn number<T: FromStr>(text: &str) -> Option<T> {
    narrow(text).parse().ok()
}

/// Whether there is a letter or a digit to be seen.
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| c.is_alphanumeric() && !is_invisible(c))
}

/// Whether a mail program would make a link of a part of the text.
pub fn has_link(text: &str) -> bool {
    let folded = narrow(text).to_lowercase();
    let is_site = |word: &str| {
        let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default().trim_matches('.');
        let has_path = host.len() < word.len();
        // Names reserved for examples (RFC 2606) are treated as those that they stand for.
        let known = psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known())
            || [".example", ".test"].iter().any(|last| host.ends_with(last));
        host.contains('.') && (has_path || known) && DomainName::parse(host).is_ok()
    };
    let ends = |c: char| !(c.is_alphanumeric() || "-._~/?#:%&=+".contains(c));
    // In Chinese no space stands before or after an address.
    let ends_latin = |c: char| ends(c) || !c.is_ascii();
    let words = folded.split(ends).chain(folded.split(ends_latin));
    ["://", "http:", "https:", "www.", "mailto:"].iter().any(|mark| folded.contains(mark))
        || words.map(|word| word.trim_matches('.')).any(is_site)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_dropped_and_the_rest_is_kept() {
        assert_eq!(clean("a\u{200B}b\u{202E}c\u{2067}d\u{0}e\u{7}"), "abcde");
        assert_eq!(clean("one\r\ntwo\tthree\rfour"), "one\ntwo\tthree\nfour");
        let emoji_and_farsi = "👩\u{200D}🔧 می\u{200C}خواهم ❤\u{FE0F}";
        assert_eq!(clean(emoji_and_farsi), emoji_and_farsi);
    }

    #[test]
    fn a_text_of_fillers_shows_nothing() {
        for text in ["", "\u{3164}", "\u{200B}\u{2060}", "\u{2800}", "…—", "\u{FFA0}\u{115F}"] {
            assert!(!is_visible(&clean(text)), "{text:?}");
        }
        for text in ["a", "店", "7", "\u{200F}ש"] {
            assert!(is_visible(&clean(text)), "{text:?}");
        }
    }

    #[test]
    fn codes_and_numbers_are_read_from_every_keyboard() {
        for typed in ["123-456", "123–456", "１２３４５６", "123\u{2011}456", "123 456", "12 34.56"]
        {
            assert_eq!(code(typed), "123456", "{typed}");
        }
        assert_eq!(number::<i32>(" ３\u{200B} "), Some(3));
        assert_eq!(number::<i32>("−3"), Some(-3));
        assert_eq!(number::<i32>("3 4"), None);
        assert_eq!(narrow("lin＠example。com"), "lin@example.com");
    }

    #[test]
    fn links_are_told_from_words_with_dots() {
        for text in [
            "pay at https://evil.example",
            "WWW．evil．example",
            "evil.com",
            "请访问 evil.cn/付款",
            "(shop.example/pay)",
            "ftp://x",
            "visit Evil。com，now",
            "http\u{200B}://evil.example",
            "请访问evil.cn付款",
            "商店.中国",
        ] {
            assert!(has_link(text), "{text}");
        }
        for text in ["Node.js in 3.5 hours", "Dr. Lin", "a...b", "第1.2节", "S.A. Lamps", "v2.0"]
        {
            assert!(!has_link(text), "{text}");
        }
    }
}
