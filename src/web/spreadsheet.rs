//! Tables that people open in a spreadsheet.

/// Begins a table: without this mark spreadsheets take UTF-8 for their own country's encoding.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A cell that no spreadsheet runs: a text that begins like a formula, in narrow or wide letters,
/// gets an apostrophe before it.
pub fn cell(text: String) -> String {
    const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(STARTS) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn formulas_are_texts() {
        for odd in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A"]
        {
            assert_eq!(cell(odd.to_owned()), format!("'{odd}"));
        }
        for plain in ["", "a=1", "1-1", " plain"] {
            assert_eq!(cell(plain.to_owned()), plain);
        }
    }
}
