use image::metadata::Orientation;

use super::{Bare, be32, orientation_of};
use crate::files::Problem;

const SIGNATURE: usize = 8;

/// Keeps only the chunks that draw the picture. Texts, profiles (which may be decompression bombs),
/// animation frames and trailing data are dropped.
pub fn bare(content: &[u8]) -> Result<Bare, Problem> {
    let mut kept = content.get(..SIGNATURE).ok_or(Problem::Broken)?.to_vec();
    let mut orientation = Orientation::NoTransforms;
    let mut size = None;
    let mut at = SIGNATURE;
    loop {
        let length = be32(content, at).ok_or(Problem::Broken)? as usize;
        // Length, name, body and checksum.
        let end = at.checked_add(length).and_then(|e| e.checked_add(12)).ok_or(Problem::Broken)?;
        let chunk = content.get(at..end).ok_or(Problem::Broken)?;
        let (name, body) = (&chunk[4..8], &chunk[8..8 + length]);
        at = end;
        match name {
            b"IHDR" if size.is_none() && length == 13 => {
                size = Some((be32(body, 0), be32(body, 4)));
            }
            // The header must come first, and only once.
            b"IHDR" => return Err(Problem::Broken),
            _ if size.is_none() => return Err(Problem::Broken),
            b"eXIf" => orientation = orientation_of(body),
            _ => {}
        }
        if matches!(name, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND") {
            kept.extend_from_slice(chunk);
        }
        if name == b"IEND" {
            break;
        }
    }
    let Some((Some(width), Some(height))) = size else { return Err(Problem::Broken) };
    Ok(Bare { content: kept, width, height, orientation })
}
