//! Reading the sources, and seeing code as code: without comments, texts and tests.

use std::path::Path;

/// One file, and what of it the rules look at. All three texts have the same lines.
pub struct Source {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// As it is.
    pub raw: String,
    /// Without comments and tests.
    pub bare: String,
    /// Without comments, tests and what stands in string literals.
    pub code: String,
    /// Whether all of it is a test (`#[cfg(test)] mod x;` says so elsewhere).
    pub is_test: bool,
}

impl Source {
    /// A Rust file from its text.
    pub fn rust(path: &str, raw: &str) -> Self {
        let (mut bare, mut code) = without_comments_and_texts(raw);
        for range in test_items(&code) {
            blank(&mut bare, range.clone());
            blank(&mut code, range);
        }
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("blanks keep UTF-8 whole");
        Self {
            path: path.to_owned(),
            raw: raw.to_owned(),
            bare: text(bare),
            code: text(code),
            is_test: path.starts_with("tests/") || path.starts_with("benches/"),
        }
    }

    /// A file of another kind.
    pub fn other(path: &str, raw: &str) -> Self {
        let text = || raw.to_owned();
        Self { path: path.to_owned(), raw: text(), bare: text(), code: text(), is_test: false }
    }

    /// The folder below `src` that the file belongs to, or the name of a file that stands alone.
    pub fn wing(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        let first = below.split('/').next()?;
        Some(first.strip_suffix(".rs").unwrap_or(first))
    }

    /// The names of the folders and of the file below the wing, without `.rs`.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        below.split('/').skip(1).map(|part| part.strip_suffix(".rs").unwrap_or(part))
    }

    /// `path:line: what` for a byte of the text.
    pub fn at(&self, offset: usize, what: impl std::fmt::Display) -> String {
        let line = self.raw.as_bytes()[..offset].iter().filter(|b| **b == b'\n').count() + 1;
        format!("{}:{line}: {what}", self.path)
    }
}

/// Every file of these kinds below these folders, in a fixed order.
pub fn read(folders: &[&str], kinds: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for folder in folders {
        gather(root, &root.join(folder), kinds, &mut sources);
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    mark_test_files(&mut sources);
    sources
}

fn gather(root: &Path, path: &Path, kinds: &[&str], sources: &mut Vec<Source>) {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    if path.is_dir() {
        if matches!(name, "node_modules" | "target" | "screenshots") {
            return;
        }
        for entry in std::fs::read_dir(path).expect("a folder of the repository").flatten() {
            gather(root, &entry.path(), kinds, sources);
        }
    } else if kinds.iter().any(|kind| name.ends_with(kind)) {
        let Ok(raw) = std::fs::read_to_string(path) else { return };
        let relative = path.strip_prefix(root).expect("below the root");
        let relative = relative.to_str().expect("a plain name").replace('\\', "/");
        let is_rust = name.ends_with(".rs");
        let make = if is_rust { Source::rust } else { Source::other };
        sources.push(make(&relative, &raw));
    }
}

/// `#[cfg(test)] mod tests;` makes `tests.rs` a test.
fn mark_test_files(sources: &mut [Source]) {
    let mut tests = Vec::new();
    for source in sources.iter() {
        for (at, _) in source.raw.match_indices("#[cfg(test)]") {
            let mut rest = source.raw[at..].lines().skip(1);
            let Some(name) = rest.next().and_then(|l| l.trim().strip_prefix("mod ")) else {
                continue;
            };
            if let Some(name) = name.strip_suffix(';') {
                let (folder, file) = source.path.rsplit_once('/').unwrap_or_default();
                let base = match file {
                    "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
                    _ => format!("{folder}/{}", file.trim_end_matches(".rs")),
                };
                tests.push(format!("{base}/{name}"));
            }
        }
    }
    for source in sources {
        let stem = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
        source.is_test |=
            tests.iter().any(|t| stem == t || source.path.starts_with(&format!("{t}/")));
    }
}

/// Blanks a range, keeping its lines.
fn blank(bytes: &mut [u8], range: std::ops::Range<usize>) {
    for byte in &mut bytes[range] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// The text without comments, and without comments and the insides of literals.
fn without_comments_and_texts(raw: &str) -> (Vec<u8>, Vec<u8>) {
    let text = raw.as_bytes();
    let (mut bare, mut code) = (text.to_vec(), text.to_vec());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(b"//") {
            let end = at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            blank(&mut bare, at..end);
            blank(&mut code, at..end);
            at = end;
        } else if rest.starts_with(b"/*") {
            let end = at + block_comment(rest);
            blank(&mut bare, at..end);
            blank(&mut code, at..end);
            at = end;
        } else if let Some((open, inside, close)) = literal(text, at) {
            blank(&mut code, at + open..at + open + inside);
            at += open + inside + close;
        } else {
            at += 1;
        }
    }
    (bare, code)
}

fn block_comment(text: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at.min(text.len())
}

/// The lengths of a literal's opening, inside and closing, if one begins here.
fn literal(text: &[u8], at: usize) -> Option<(usize, usize, usize)> {
    let rest = &text[at..];
    let after_word = at > 0 && (text[at - 1].is_ascii_alphanumeric() || text[at - 1] == b'_');
    if (rest[0] == b'r' || rest.starts_with(b"br")) && !after_word {
        let r = usize::from(rest[0] == b'b');
        let hashes = rest[r + 1..].iter().take_while(|b| **b == b'#').count();
        if rest.get(r + 1 + hashes) == Some(&b'"') {
            let open = r + 2 + hashes;
            let close = [&b"\""[..], &b"#".repeat(hashes)].concat();
            let inside = rest[open..].windows(close.len()).position(|w| w == close);
            return Some((open, inside.unwrap_or(rest.len() - open), close.len()));
        }
    }
    match rest[0] {
        b'"' => {
            let mut end = 1;
            while end < rest.len() && rest[end] != b'"' {
                end += if rest[end] == b'\\' { 2 } else { 1 };
            }
            Some((1, end.min(rest.len()) - 1, usize::from(end < rest.len())))
        }
        // A character; a lifetime has no closing quote.
        b'\'' if rest.get(1) == Some(&b'\\') => {
            let end = rest.iter().skip(3).position(|b| *b == b'\'')?;
            Some((1, end + 2, 1))
        }
        b'\'' => {
            let end = rest.iter().skip(1).take(5).position(|b| *b == b'\'')?;
            let is_char = std::str::from_utf8(&rest[1..=end]).is_ok_and(|c| c.chars().count() == 1);
            (end > 0 && is_char).then_some((1, end, 1))
        }
        _ => None,
    }
}

/// The items under `#[cfg(test)]`.
fn test_items(code: &[u8]) -> Vec<std::ops::Range<usize>> {
    let text = std::str::from_utf8(code).expect("blanks keep UTF-8 whole");
    let starts = text.match_indices("#[cfg(test)]").map(|(at, _)| at);
    starts.map(|at| at..at + item_end(&text[at..])).collect()
}

/// Where an item ends: with its closing brace, or with a semicolon before any brace.
fn item_end(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// The identifier that a text begins with.
pub fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Whether a word begins at this byte.
pub fn begins_word(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// The names that stand first in `{a, b::c, d}` or in `a::b`, with their offsets: what a path goes
/// on with.
pub fn heads(text: &str, at: usize) -> Vec<(usize, &str)> {
    let rest = &text[at..];
    if !rest.starts_with('{') {
        return vec![(at, word(rest))];
    }
    let (mut depth, mut expects, mut found) = (0, false, Vec::new());
    for (offset, c) in rest.char_indices() {
        match c {
            '{' => {
                depth += 1;
                expects = depth == 1;
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            ',' if depth == 1 => expects = true,
            c if expects && (c.is_ascii_alphanumeric() || c == '_') => {
                found.push((at + offset, word(&rest[offset..])));
                expects = false;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod self_test {
    use super::{Source, heads};

    #[test]
    fn code_is_seen_without_comments_texts_and_tests() {
        let raw = "fn a<'x>(c: char) -> &'x str { \"in \\\" text\" }\n\
            fn q(c: char) -> bool { c == '\"' || c == '\\'' || c == '字' }\n\
            // gone\n/* gone /* gone */ gone */ fn b() { r#\"a \" text\"#; b\"text\"; }\n\
            #[cfg(test)]\nmod gone {\n    fn gone() {}\n}\nfn c() {}\n";
        let source = Source::rust("src/x.rs", raw);
        assert!(!source.code.contains("gone") && !source.code.contains("text"), "{}", source.code);
        assert!(source.bare.contains("text") && !source.bare.contains("gone"));
        for kept in ["fn a<'x>(c: char) -> &'x str {", "fn q(c: char)", "fn b()", "fn c()"] {
            assert!(source.code.contains(kept), "{kept} in {}", source.code);
        }
        assert_eq!(source.code.lines().count(), raw.lines().count());
        assert_eq!(source.at(raw.find("fn c").unwrap_or(0), "here"), "src/x.rs:9: here");
    }

    #[test]
    fn paths_go_on_with_one_name_or_several() {
        let names = |text| heads(text, 0).into_iter().map(|(_, n)| n).collect::<Vec<_>>();
        assert_eq!(names("a::b"), ["a"]);
        assert_eq!(names("{a, b::{c, d}, e as f, self}"), ["a", "b", "e", "self"]);
    }
}
