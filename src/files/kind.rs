//! The kind of a file, determined by its first bytes, never by its name or what the sender claims.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::kernel::named::named;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    Pdf,
    Jpeg,
    Png,
    /// Accepted but never kept: becomes JPEG or PNG.
    Webp,
}

named!(Kind, name);

impl Kind {
    /// The kind of a content.
    pub fn sniff(content: &[u8]) -> Option<Self> {
        match content {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ if has_pdf_header(content) => Some(Self::Pdf),
            _ => None,
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// Allowed extensions; the first is the one that we add.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Webp => &["webp"],
        }
    }

    /// Whether browsers may show it inline: only what we encoded ourselves.
    pub const fn is_picture(self) -> bool {
        !matches!(self, Self::Pdf)
    }
}

/// Whether a PDF begins within the first 1,024 bytes (ISO 32000-1, annex H.3.4.1): some programs
/// put a line break or a byte-order mark before it. Markup before it is no slip of a program.
fn has_pdf_header(content: &[u8]) -> bool {
    const LONGEST: usize = 8;
    let start = &content[..content.len().min(1_024 + LONGEST)];
    let header =
        |w: &[u8]| matches!(w, [b'%', b'P', b'D', b'F', b'-', b'1'..=b'2', b'.', b'0'..=b'9']);
    let begins_at = start.windows(LONGEST).position(header);
    begins_at.is_some_and(|at| !start[..at].contains(&b'<'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_count() {
        let far = [&[b' '; 1_024][..], b"%PDF-2.0\n"].concat();
        for pdf in
            [&b"%PDF-1.7\n"[..], b"\n%PDF-1.7", b"\xEF\xBB\xBF%PDF-1.4\r", b"\0\0%PDF-1.3", &far]
        {
            assert_eq!(Kind::sniff(pdf), Some(Kind::Pdf), "{pdf:?}");
        }
        assert_eq!(Kind::sniff(b"\xFF\xD8\xFF\xE0"), Some(Kind::Jpeg));
        assert_eq!(Kind::sniff(b"\x89PNG\r\n\x1a\n...."), Some(Kind::Png));
        assert_eq!(Kind::sniff(b"RIFF\x10\0\0\0WEBPVP8 "), Some(Kind::Webp));
        for other in [
            &b""[..],
            b"<html>%PDF-1.7",
            b"GIF89a",
            b"<svg",
            b"\x89PNG\n\n",
            b"RIFF....WAVE",
            b"%!PS",
            b"%PDF-x.7",
            &[&far[..1], &far].concat(),
        ] {
            assert_eq!(Kind::sniff(other), None, "{other:?}");
        }
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
    }
}
