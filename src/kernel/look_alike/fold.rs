//! Foldings that make texts equal if they look the same.

use unicode_security::skeleton;

use crate::kernel::typed;

/// Ends of company and shop names that say nothing about whose it is; the longest come first.
const CJK_SUFFIXES: [&str; 16] = [
    "股份有限公司",
    "有限责任公司",
    "有限責任公司",
    "官方旗舰店",
    "官方旗艦店",
    "有限公司",
    "旗舰店",
    "旗艦店",
    "专卖店",
    "专营店",
    "商城",
    "集团",
    "公司",
    "官方",
    "官网",
    "店",
];
const LATIN_SUFFIXES: [&str; 25] = [
    "ltd",
    "limited",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "llc",
    "llp",
    "plc",
    "gmbh",
    "ag",
    "kg",
    "sa",
    "sas",
    "sarl",
    "srl",
    "spa",
    "bv",
    "pty",
    "pte",
    "oy",
    "ab",
    "official",
];

/// The UTS #39 skeleton without marks, with easily confused pairs made equal: `0`/`o`, `1`/`i`/`l`,
/// `rn`/`m`, `vv`/`w`. Keeps hyphens. Expects lower case.
pub(super) fn light(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in skeleton(text).flat_map(char::to_lowercase) {
        match c {
            '\u{0300}'..='\u{036F}' => {}
            '0' => folded.push('o'),
            '1' | 'i' | 'ı' | '|' => folded.push('l'),
            // The skeleton makes all hyphens and dashes equal, but not always to U+002D.
            '\u{2010}'..='\u{2015}' => folded.push('-'),
            other => folded.push(other),
        }
    }
    folded.replace("rn", "m").replace("vv", "w")
}

/// Also reads digits as letters and `cl` as `d`, and drops hyphens. Digits stay where they make up
/// the name, as in `58` and `12306`.
pub(super) fn strong(light: &str) -> String {
    let letters = light.chars().filter(|c| c.is_alphabetic()).count();
    let compact: String = light.chars().filter(|&c| c != '-').collect();
    if letters < 4 || letters * 2 <= compact.chars().count() {
        return compact;
    }
    let digits_read = compact.chars().map(|c| match c {
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '6' | '9' => 'g',
        '7' => 't',
        '8' => 'b',
        other => other,
    });
    digits_read.collect::<String>().replace("cl", "d")
}

/// A display name without case, look-alike letters, full-width forms, spaces, punctuation and
/// company suffixes such as `Ltd` or `有限公司`. Names with equal keys look alike. May be empty.
pub fn name_key(name: &str) -> String {
    // Full stops vanish, so that `S.A.` stays one word; other punctuation ends a word.
    let lower: String =
        typed::narrow(name).chars().filter(|&c| c != '.').flat_map(char::to_lowercase).collect();
    let spaced: String = lower.chars().map(|c| if is_word_part(c) { c } else { ' ' }).collect();
    let mut words: Vec<&str> = spaced.split_whitespace().collect();
    while words.len() > 1 && words.last().is_some_and(|word| LATIN_SUFFIXES.contains(word)) {
        words.pop();
    }
    let joined: String = words.concat().chars().filter(|c| !is_apostrophe(*c)).collect();
    let mut stem = joined.as_str();
    while let Some(rest) = CJK_SUFFIXES.iter().find_map(|suffix| stem.strip_suffix(suffix)) {
        // A name that is nothing but a suffix keeps it.
        if rest.is_empty() {
            break;
        }
        stem = rest;
    }
    light(stem).replace('-', "")
}

/// Whether a name can be taken for the operator's of this platform. Mails carry the names of people
/// and shops, and come from our own sender.
pub fn poses_as_operator(name: &str) -> bool {
    let key = name_key(name);
    ["surety", "信保"].iter().any(|own| key.contains(&name_key(own)))
}

fn is_word_part(c: char) -> bool {
    // Combining marks and format characters count, since the skeleton drops them.
    c.is_alphanumeric() || is_apostrophe(c) || !(c.is_ascii() || is_punctuation(c))
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ')
}

fn is_punctuation(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{00A1}'..='\u{00BF}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}'
            | '\u{2190}'..='\u{2BFF}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3020}'
            | '\u{30FB}' | '\u{00D7}')
}

/// Whether ideographs or syllables make up the text, where one symbol carries a whole word.
pub(super) fn is_cjk(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'
            | '\u{20000}'..='\u{323AF}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_look_alike_become_equal() {
        let pairs = [
            ("paypal", "раураl"),
            ("paypal", "paypa1"),
            ("modern", "modem"),
            ("google", "g00gle"),
            ("wallet", "vvallet"),
            ("bücher", "bucher"),
            ("lamps", "ιamps"),
        ];
        for (one, other) in pairs {
            assert_eq!(light(one), light(other), "{one} {other}");
        }
        assert_ne!(light("lamps"), light("lands"));
        assert_eq!(strong(&light("am4z0n")), strong(&light("amazon")));
        assert_eq!(strong(&light("clelta")), strong(&light("delta")));
        assert_ne!(strong(&light("58")), strong(&light("sb")));
    }

    #[test]
    fn name_keys_drop_what_does_not_tell_merchants_apart() {
        assert_eq!(name_key("Bright Lamps Co., Ltd."), name_key("bright-lamps"));
        assert_eq!(name_key("（明亮）灯具 有限公司"), "明亮灯具");
        assert_eq!(name_key("Official"), light("official"));
        assert_eq!(name_key("公司"), "公司");
        assert_eq!(name_key("…"), "");
    }
}
