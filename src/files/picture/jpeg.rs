use image::metadata::Orientation;

use super::{Bare, be16, orientation_of};
use crate::files::Problem;

/// Encoders make a dozen scans; a file with very many would keep a decoder busy for hours.
const SCANS_MAX: u32 = 64;

/// Keeps only what draws the picture: tables, frame, scans, and the JFIF and Adobe segments that
/// define the colours. Comments, EXIF, XMP, profiles and trailing data are dropped.
pub fn bare(content: &[u8]) -> Result<Bare, Problem> {
    let mut kept = vec![0xFF, 0xD8];
    let mut frame = None;
    let mut orientation = Orientation::NoTransforms;
    let (mut at, mut scans) = (2, 0);
    loop {
        let code = marker(content, &mut at).ok_or(Problem::Broken)?;
        match code {
            0xD9 => break,
            0x01 | 0xD0..=0xD7 => continue,
            0xD8 => return Err(Problem::Broken),
            _ => {}
        }
        let length = be16(content, at).ok_or(Problem::Broken)? as usize;
        let body = content.get(at + 2..at + length).ok_or(Problem::Broken)?;
        let start = at;
        at += length;
        match code {
            // Baseline, extended and progressive; no camera uses the others.
            0xC0..=0xC2 if frame.is_none() => frame = Some(body),
            0xC0..=0xC3 | 0xC5..=0xCB | 0xCD..=0xCF => return Err(Problem::Broken),
            0xDA => {
                scans += 1;
                at = end_of_scan(content, at);
            }
            0xE1 if body.starts_with(b"Exif\0\0") => {
                orientation = orientation_of(body);
                continue;
            }
            0xE1..=0xED | 0xEF | 0xFE => continue,
            _ => {}
        }
        kept.extend_from_slice(&[0xFF, code]);
        kept.extend_from_slice(content.get(start..at).ok_or(Problem::Broken)?);
    }
    let frame = frame.filter(|_| (1..=SCANS_MAX).contains(&scans)).ok_or(Problem::Broken)?;
    kept.extend_from_slice(&[0xFF, 0xD9]);
    let height = be16(frame, 1).ok_or(Problem::Broken)?;
    let width = be16(frame, 3).ok_or(Problem::Broken)?;
    Ok(Bare { content: kept, width, height, orientation })
}

/// Reads the next marker's code; any number of 0xFF bytes may come before it.
fn marker(content: &[u8], at: &mut usize) -> Option<u8> {
    if *content.get(*at)? != 0xFF {
        return None;
    }
    while *content.get(*at)? == 0xFF {
        *at += 1;
    }
    let code = *content.get(*at)?;
    *at += 1;
    (code != 0).then_some(code)
}

/// The next marker that is neither a restart nor a stuffed byte.
fn end_of_scan(content: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some([first, second]) = content.get(at..at + 2) {
        if *first == 0xFF && !matches!(second, 0x00 | 0xD0..=0xD7 | 0xFF) {
            return at;
        }
        at += 1;
    }
    content.len()
}
