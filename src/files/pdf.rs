//! PDFs: kept byte for byte, since nobody can clean them; so they are only ever saved, not shown.

use super::Problem;

/// Within so many bytes of the end a reader looks for it.
const END: usize = 4_096;

/// That a PDF has its end: one that was cut short has not.
pub fn check(content: &[u8]) -> Result<(), Problem> {
    let end = &content[content.len().saturating_sub(END)..];
    let has = |what: &[u8]| end.windows(what.len()).any(|w| w == what);
    if has(b"startxref") && has(b"%%EOF") { Ok(()) } else { Err(Problem::Broken) }
}
