//! What a file is: told by how its content begins, never by its name or by what its sender says.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::kernel::named::named;

/// The kinds of files that people may upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// A PDF. Kept byte for byte.
    Pdf,
    Jpeg,
    Png,
    /// A WebP picture. Never kept as such: it becomes one of the two above.
    Webp,
}

named!(Kind, name);

impl Kind {
    /// The kind of a content. A PDF must begin at the first byte: what comes later is something
    /// else that carries one.
    pub fn sniff(content: &[u8]) -> Option<Self> {
        match content {
            [b'%', b'P', b'D', b'F', b'-', b'1'..=b'2', b'.', b'0'..=b'9', ..] => Some(Self::Pdf),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
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

    /// How names of such files end; the first is ours.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Webp => &["webp"],
        }
    }

    /// Whether browsers may show it within a page: only what we made anew ourselves.
    pub const fn is_picture(self) -> bool {
        !matches!(self, Self::Pdf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_bytes_count() {
        assert_eq!(Kind::sniff(b"%PDF-1.7\n"), Some(Kind::Pdf));
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
        ] {
            assert_eq!(Kind::sniff(other), None, "{other:?}");
        }
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
    }
}
