//! Text in a drawing: escaped, and as large as fits. SVG neither wraps nor shrinks text and the
//! reader's fonts are unknown, so widths are generous estimates.

pub(super) const FONT: &str = "font-family=\"system-ui,-apple-system,'Segoe UI',Roboto,\
    'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif\"";

/// Longer texts are truncated; no translation of ours comes near.
const MAX_CHARS: usize = 60;

pub(super) struct Fitted {
    pub size: f64,
    pub lines: Vec<String>,
}

pub(super) struct FittedLine {
    pub size: f64,
    pub line: String,
}

impl Fitted {
    /// One line if it fits at `split_size` or larger, else two lines of similar length; never
    /// larger than `size`.
    pub(super) fn new(text: &str, width: f64, size: f64, split_size: f64) -> Self {
        let one = fit(text, width, size);
        if one.size >= split_size {
            return Self { size: one.size, lines: vec![one.line] };
        }
        let Some((first, second)) = halves(&one.line) else {
            return Self { size: one.size, lines: vec![one.line] };
        };
        let size = fit(first, width, split_size).size.min(fit(second, width, split_size).size);
        Self { size, lines: vec![first.to_owned(), second.to_owned()] }
    }
}

pub(super) fn fit(text: &str, width: f64, size: f64) -> FittedLine {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = words.join(" ").chars().take(MAX_CHARS).collect();
    let ems = width_ems(&line).max(0.1);
    // Half units keep the file small.
    let fitting = (width / ems * 2.0).floor() / 2.0;
    FittedLine { size: fitting.min(size), line }
}

/// Estimated for bold sans-serif text.
fn width_ems(text: &str) -> f64 {
    text.chars().map(char_ems).sum()
}

fn char_ems(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | '\'' | '|' | '!' => 0.36,
        ' ' | 'f' | 't' | 'r' | '-' | '·' | '(' | ')' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' => 0.95,
        _ if c.is_ascii_uppercase() => 0.74,
        _ if c < '\u{1100}' => 0.64,
        _ => 1.0,
    }
}

/// Splits at the space nearest the middle, else at the middle character of a longer text.
fn halves(text: &str) -> Option<(&str, &str)> {
    let middle = text.len() / 2;
    let spaces = text.match_indices(' ').map(|(at, _)| at);
    if let Some(at) = spaces.min_by_key(|at| at.abs_diff(middle)) {
        return Some((&text[..at], &text[at + 1..]));
    }
    let count = text.chars().count();
    let (at, _) = text.char_indices().nth(count.div_ceil(2)).filter(|_| count > 7)?;
    text.split_at_checked(at)
}

/// Escapes text for XML content and attributes, and removes what XML 1.0 does not allow.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_set_as_large_as_fits() {
        let short = Fitted::new("Gold", 218.0, 30.0, 22.0);
        assert_eq!((short.size, short.lines.len()), (30.0, 1));
        let long = Fitted::new("NOT VERIFIED HERE", 218.0, 30.0, 22.0);
        assert_eq!(long.lines, ["NOT VERIFIED", "HERE"]);
        let chinese = Fitted::new("未在此网站验证的徽章标志", 218.0, 30.0, 22.0);
        assert_eq!(chinese.lines, ["未在此网站验", "证的徽章标志"]);
        let one_word = Fitted::new("Vertrauenswürdig", 218.0, 30.0, 22.0);
        assert!(one_word.lines.iter().all(|line| width_ems(line) * one_word.size <= 218.0));
        assert!(Fitted::new(&"x".repeat(500), 218.0, 30.0, 22.0).lines[0].len() <= MAX_CHARS);
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escape("<a b='c'>&\"\u{0}\n"), "&lt;a b=&#39;c&#39;&gt;&amp;&quot;  ");
    }
}
