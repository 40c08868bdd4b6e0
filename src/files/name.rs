//! Names that uploaders gave their files: shown and offered for saving, never part of our paths.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Kind;

const NAME_MAX: usize = 100;

/// The last part of a path, without characters that are invisible or change the direction of text.
/// May be empty.
pub fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let seen: String = seen.chars().filter(|c| !is_hidden(*c)).collect();
    let words = seen.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    let name = words.trim_matches(['.', ' ']);
    let length = name.chars().count();
    if length <= NAME_MAX {
        return name.to_owned();
    }
    // Keep the extension, which says what the file is.
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
    let end: String = end.chars().take(10).collect();
    let stem: String = stem.chars().take(NAME_MAX - 11).collect();
    if end.is_empty() { stem } else { format!("{stem}.{end}") }
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFF0}'..='\u{FFFD}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Adds the extension of `kind`, unless the name has one.
pub fn saved_as(name: &str, kind: Kind) -> String {
    let name = if name.is_empty() { "document" } else { name };
    let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_lowercase();
    if kind.extensions().contains(&end.as_str()) {
        return name.to_owned();
    }
    format!("{name}.{}", kind.extensions().first().copied().unwrap_or_default())
}

/// What RFC 8187 allows besides letters and digits.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The `Content-Disposition` header (RFC 6266): pictures may be shown inline, all else is saved.
pub fn disposition(name: &str, kind: Kind) -> String {
    let how = if kind.is_picture() { "inline" } else { "attachment" };
    let name = saved_as(name, kind);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ' ');
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let full = utf8_percent_encode(&name, PLAIN);
    format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned() {
        for (given, kept) in [
            ("licence.pdf", "licence.pdf"),
            ("../../etc/passwd", "passwd"),
            ("\\\\server\\anna\\营业执照.jpg", "营业执照.jpg"),
            ("a\0b\r\nSet-Cookie: x.png", "ab Set-Cookie: x.png"),
            ("photo\u{202E}gpj.exe", "photogpj.exe"),
            ("  many   blanks .pdf ", "many blanks .pdf"),
            ("...", ""),
            ("..", ""),
            ("/", ""),
            ("", ""),
        ] {
            assert_eq!(clean(given), kept, "{given:?}");
        }
        let long = clean(&format!("{}.pdf", "长".repeat(5_000)));
        assert!(long.ends_with(".pdf") && long.chars().count() <= NAME_MAX, "{long}");
        assert!(clean(&"x.".repeat(5_000)).chars().count() <= NAME_MAX);
    }

    #[test]
    fn a_saved_file_ends_as_its_kind_does() {
        assert_eq!(saved_as("page.html", Kind::Pdf), "page.html.pdf");
        assert_eq!(saved_as("PHOTO.JPEG", Kind::Jpeg), "PHOTO.JPEG");
        assert_eq!(saved_as("", Kind::Png), "document.png");
    }

    #[test]
    fn the_header_holds_nothing_but_one_name() {
        assert_eq!(
            disposition("执照 \"1\";x=.pdf", Kind::Pdf),
            "attachment; filename=\"__ _1__x_.pdf\"; \
             filename*=UTF-8''%E6%89%A7%E7%85%A7%20%221%22%3Bx%3D.pdf"
        );
        assert!(disposition("a.jpg", Kind::Jpeg).starts_with("inline; filename=\"a.jpg\";"));
    }
}
