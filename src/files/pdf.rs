//! PDFs cannot be cleaned, so they are kept byte for byte and offered for download only.

use super::Problem;

/// Readers look for the end marker within this many bytes of the end.
const END: usize = 4_096;

/// Checks for the end marker, which a truncated PDF lacks.
pub fn check(content: &[u8]) -> Result<(), Problem> {
    let end = &content[content.len().saturating_sub(END)..];
    let has = |what: &[u8]| end.windows(what.len()).any(|w| w == what);
    if has(b"startxref") && has(b"%%EOF") { Ok(()) } else { Err(Problem::Broken) }
}
