use image::metadata::Orientation;

use super::{Bare, fits, le, orientation_of};
use crate::files::Problem;

/// Where the first chunk begins, after `RIFF`, the length and `WEBP`.
const FIRST: usize = 12;

/// The flags in an extended file for a profile, EXIF and XMP.
const METADATA: u8 = 0x20 | 0x08 | 0x04;

/// Keeps only the chunks that draw the picture. Checks every size in the file, of the canvas and of
/// each frame, because a decoder allocates memory for each.
pub fn bare(content: &[u8]) -> Result<Bare, Problem> {
    let length = le(content, 4, 4).ok_or(Problem::Broken)? as usize;
    let content = content.get(..length.saturating_add(8)).ok_or(Problem::Broken)?;
    let mut found = Found { kept: Vec::new(), size: None, orientation: Orientation::NoTransforms };
    walk(content, FIRST, true, &mut found)?;
    let (width, height) = found.size.ok_or(Problem::Broken)?;
    let length = u32::try_from(found.kept.len() + 4).map_err(|_| Problem::Broken)?;
    let content = [b"RIFF", &length.to_le_bytes()[..], b"WEBP", &found.kept].concat();
    Ok(Bare { content, width, height, orientation: found.orientation })
}

struct Found {
    kept: Vec<u8>,
    size: Option<(u32, u32)>,
    orientation: Orientation,
}

impl Found {
    fn keep(&mut self, name: &[u8], chunk: &[u8]) {
        if !matches!(name, b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF") {
            return;
        }
        let start = self.kept.len();
        self.kept.extend_from_slice(chunk);
        if name == b"VP8X"
            && let Some(flags) = self.kept.get_mut(start + 8)
        {
            *flags &= !METADATA;
        }
        if chunk.len() % 2 == 1 {
            self.kept.push(0);
        }
    }
}

fn walk(content: &[u8], from: usize, outer: bool, found: &mut Found) -> Result<(), Problem> {
    let mut at = from;
    while at + 8 <= content.len() {
        let name = &content[at..at + 4];
        let length = le(content, at + 4, 4).ok_or(Problem::Broken)? as usize;
        let end = (at + 8).saturating_add(length);
        let body = content.get(at + 8..end).ok_or(Problem::Broken)?;
        if outer {
            found.keep(name, content.get(at..end).ok_or(Problem::Broken)?);
        }
        // Chunks are padded to even offsets.
        at = end + length % 2;
        let size = match name {
            b"VP8X" => Some(plus_one(le(body, 4, 3), le(body, 7, 3))),
            b"VP8 " => Some(lossy(body)),
            b"VP8L" => Some(lossless(body)),
            b"ANMF" if outer => {
                let frame = plus_one(le(body, 6, 3), le(body, 9, 3));
                walk(body, 16, false, found)?;
                Some(frame)
            }
            b"EXIF" => {
                found.orientation = orientation_of(body);
                None
            }
            _ => None,
        };
        if let Some(size) = size {
            let (width, height) = size.ok_or(Problem::Broken)?;
            fits(width, height)?;
            // The canvas comes first.
            found.size.get_or_insert((width, height));
        }
    }
    Ok(())
}

fn plus_one(width: Option<u32>, height: Option<u32>) -> Option<(u32, u32)> {
    Some((width? + 1, height? + 1))
}

fn lossy(body: &[u8]) -> Option<(u32, u32)> {
    let is_key = body.get(3..6) == Some(&[0x9D, 0x01, 0x2A]);
    is_key.then(|| Some((le(body, 6, 2)? & 0x3FFF, le(body, 8, 2)? & 0x3FFF))).flatten()
}

fn lossless(body: &[u8]) -> Option<(u32, u32)> {
    let bits = le(body, 1, 4).filter(|_| body.first() == Some(&0x2F))?;
    Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
}
