//! What is not written at all, and how long things may grow.

use std::collections::BTreeMap;

use super::source::{Source, begins_word, heads, word};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;
const LINE_CHARS: usize = 100;

/// What is longer than it should be, by name, with its length: may only shrink. A file is named
/// by its path, a function by `path::name`, a file with wide lines by `path lines`.
pub type Exceptions = &'static [(&'static str, usize)];

/// What stays as long as it is, because nobody reads it through: generated, or one table.
pub const LONG: Exceptions = &[];

/// Where a program may stop itself: `(path, the text that says why it cannot happen)`.
pub type Proven = &'static [(&'static str, &'static str)];

pub const PROVEN: Proven = &[];

/// Words that end the program. Some are put together, so that this file has none of its own.
const STOPS: &[&str] = &[
    ".unwrap()",
    ".expect(",
    "panic!(",
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    "unreachable!(",
    concat!("dbg", "!("),
];

const NO_STOP: &str = "a request must not end in a panic; return an error, or list a proven \
    invariant in tests/tidy/habits.rs";

/// Every `unwrap` and its kin outside tests, unless it is proven; and every proof of what is not
/// there any more.
pub fn stops(sources: &[Source], proven: Proven) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut used = vec![false; proven.len()];
    for source in sources.iter().filter(|s| s.wing().is_some() && !s.is_test) {
        for stop in STOPS {
            for (at, _) in source.code.match_indices(stop) {
                if !stop.starts_with('.') && !begins_word(&source.code, at) {
                    continue;
                }
                let line = source.raw[at..].lines().next().unwrap_or_default();
                let proof =
                    proven.iter().position(|(p, why)| *p == source.path && line.contains(why));
                match proof {
                    Some(i) => used[i] = true,
                    None => wrong.push(source.at(at, format!("{stop}…: {NO_STOP}"))),
                }
            }
        }
    }
    for ((path, why), _) in proven.iter().zip(&used).filter(|(_, used)| !**used) {
        wrong.push(format!("{path}: “{why}” is proven but not there: take it off the list"));
    }
    wrong
}

/// Every way of naming or importing that hides where things come from.
pub fn names(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|s| s.path.ends_with(".rs")) {
        let file = source.path.rsplit('/').next().unwrap_or_default();
        if matches!(file, "utils.rs" | "util.rs" | "helpers.rs" | "common.rs" | "misc.rs") {
            wrong.push(format!("{}: a file is named after what it does", source.path));
        }
        for (at, _) in source.code.match_indices("super::super") {
            wrong.push(source.at(at, "super::super: name the path from crate::"));
        }
        let Some(own) = source.wing() else { continue };
        for (at, _) in source.code.match_indices("crate::") {
            let path = &source.code[at..];
            let end = path.find([';', ')']).unwrap_or(path.len());
            let globs = path[..end].contains("::*") || path[..end].contains(", *");
            let foreign =
                heads(&source.code, at + "crate::".len()).iter().any(|(_, wing)| *wing != own);
            if globs && foreign && begins_word(&source.code, at) && !source.is_test {
                wrong.push(source.at(at, "a glob import across capabilities: name what is used"));
            }
        }
        for (at, _) in source.code.match_indices("::dsl::*") {
            wrong.push(source.at(at, "dsl::*: a column would shadow a parameter of its name"));
        }
    }
    wrong
}

/// Every word for work that was put off.
pub fn put_off(sources: &[Source]) -> Vec<String> {
    let words = ["TO", "FIX", "XX", "HA"].iter().zip(["DO", "ME", "X", "CK"]);
    let words: Vec<String> = words.map(|(a, b)| format!("{a}{b}")).collect();
    let mut wrong = Vec::new();
    for source in sources {
        for mark in &words {
            for (at, _) in source.raw.match_indices(mark.as_str()) {
                if begins_word(&source.raw, at) && word(&source.raw[at..]) == mark {
                    wrong.push(source.at(at, format!("{mark}: do it, or open an issue")));
                }
            }
        }
    }
    wrong
}

/// Every path that exists on one machine only.
pub fn machine_paths(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources {
        // Put together, so that this file passes its own check.
        for root in ["/home", "/root", "/Users", "/work", "C:"].map(separated) {
            for (at, _) in source.raw.match_indices(root.as_str()) {
                let own = source.raw[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.');
                // Where Homebrew on Linux lives, on every machine.
                let known = source.raw[at..].starts_with("/home/linuxbrew/");
                if !own && !known {
                    wrong.push(source.at(at, format!("{root}… is a path of one machine")));
                }
            }
        }
    }
    wrong
}

fn separated(root: &str) -> String {
    format!("{root}{}", if root.starts_with('/') { '/' } else { '\\' })
}

/// Everything that is too long, and every exception that is not needed in this size any more.
pub fn lengths(sources: &[Source], exceptions: Exceptions) -> Vec<String> {
    let mut long: Vec<(String, usize, usize)> = Vec::new();
    let mut places = BTreeMap::new();
    for source in sources.iter().filter(|s| s.path.ends_with(".rs")) {
        let lines = source.raw.lines().count();
        if lines > FILE_LINES && !source.raw.starts_with("// Generated") {
            long.push((source.path.clone(), lines, FILE_LINES));
        }
        let wide = source.raw.lines().enumerate().filter(|(_, l)| l.chars().count() > LINE_CHARS);
        let wide: Vec<usize> = wide.map(|(i, _)| i + 1).collect();
        if !wide.is_empty() {
            long.push((format!("{} lines", source.path), wide.len(), 0));
            places.insert(source.path.as_str(), format!(" (lines {wide:?})"));
        }
        for (name, lines) in functions(&source.code) {
            if lines > FUNCTION_LINES {
                long.push((format!("{}::{name}", source.path), lines, FUNCTION_LINES));
            }
        }
    }
    let mut wrong = Vec::new();
    for (name, size, limit) in &long {
        match exceptions.iter().find(|(n, _)| n == name) {
            Some((_, allowed)) if size < allowed => wrong.push(format!(
                "{name} shrank to {size}: note it in tests/tidy/habits.rs, so that it stays so"
            )),
            Some((_, allowed)) if size == allowed => {}
            _ => {
                let place = name.strip_suffix(" lines").and_then(|path| places.get(path));
                let place = place.map_or("", String::as_str);
                wrong.push(format!(
                    "{name}{place}: {size}, where {limit} is the most (files {FILE_LINES} lines, \
                     functions {FUNCTION_LINES} lines, lines {LINE_CHARS} characters): split it"
                ));
            }
        }
    }
    for (name, _) in exceptions.iter().filter(|(name, _)| !long.iter().any(|(n, ..)| n == name)) {
        wrong.push(format!("{name} is not too long any more: take it off the list"));
    }
    wrong
}

/// The functions of a text with their lengths in lines.
fn functions(code: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let name = word(&code[at + 3..]);
        if name.is_empty() || !begins_word(code, at) {
            continue;
        }
        let (mut depth, mut groups) = (0, 0);
        for (offset, c) in code[at..].char_indices() {
            match c {
                '(' | '[' => groups += 1,
                ')' | ']' => groups -= 1,
                ';' if depth == 0 && groups == 0 => break,
                '{' => depth += 1,
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        found.push((name, code[at..at + offset].lines().count()));
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod self_test {
    use super::{lengths, machine_paths, names, put_off, separated, stops};
    use crate::source::Source;

    fn one(path: &str, code: &str) -> Vec<Source> {
        vec![Source::rust(path, code)]
    }

    #[test]
    fn what_ends_the_program_is_found() {
        for code in [
            "fn f() { x.unwrap() }",
            "fn f() { x\n.expect(\"y\") }",
            "fn f() { panic!(\"y\") }",
            concat!("fn f() { todo", "!() }"),
        ] {
            assert_eq!(stops(&one("src/orders/state.rs", code), &[]).len(), 1, "{code}");
        }
        let harmless = "fn f() { x.unwrap_or_default(); \"x.unwrap()\"; 'a: loop {} }\n\
            // .unwrap()\n\
            #[cfg(test)]\nmod tests { fn g() { x.unwrap() } }\n";
        assert_eq!(stops(&one("src/orders/state.rs", harmless), &[]), [""; 0]);
        let proven: super::Proven = &[("src/a/b.rs", "ten is not zero")];
        let code = "fn f() { x.expect(\"ten is not zero\") }";
        assert_eq!(stops(&one("src/a/b.rs", code), proven), [""; 0]);
        assert_eq!(stops(&one("src/a/b.rs", "fn f() {}"), proven).len(), 1, "no longer there");
    }

    #[test]
    fn names_that_hide_are_found() {
        for (path, code, count) in [
            ("src/orders/utils.rs", "", 1),
            ("src/orders/store.rs", "use super::super::x;", 1),
            ("src/orders/store.rs", "use crate::trust::*;", 1),
            ("src/orders/store.rs", "use crate::{db::Db, trust::*};", 1),
            ("src/orders/store.rs", "use x::orders::dsl::*;", 1),
            ("src/orders/store.rs", "use crate::orders::state::*; use diesel::prelude::*;", 0),
        ] {
            assert_eq!(names(&one(path, code)).len(), count, "{path}: {code}");
        }
    }

    #[test]
    fn work_put_off_and_machine_paths_are_found() {
        let mark = ["TO", "DO"].concat();
        assert_eq!(put_off(&one("src/x.rs", &format!("// {mark}: later"))).len(), 1);
        assert_eq!(put_off(&one("src/x.rs", &format!("// {mark}S"))), [""; 0]);
        let path = format!("const P: &str = \"{}me/x\";", separated("/home"));
        assert_eq!(machine_paths(&one("src/x.rs", &path)).len(), 1);
        assert_eq!(machine_paths(&one("src/x.rs", "// https://x.example/home/ is fine")), [""; 0]);
    }

    #[test]
    fn lengths_are_a_ratchet() {
        let long = "// x\n".repeat(401);
        assert_eq!(lengths(&one("src/x.rs", &long), &[]).len(), 1);
        assert_eq!(lengths(&one("src/x.rs", &long), &[("src/x.rs", 401)]), [""; 0]);
        assert_eq!(lengths(&one("src/x.rs", &long), &[("src/x.rs", 400)]).len(), 1, "it grew");
        assert_eq!(lengths(&one("src/x.rs", &long), &[("src/x.rs", 402)]).len(), 1, "it shrank");
        assert_eq!(lengths(&one("src/x.rs", "//\n"), &[("src/x.rs", 401)]).len(), 1, "not needed");
        let body = "x;\n".repeat(70);
        let function = format!("impl X {{\n    fn f(a: [u8; 2]) {{\n{body}    }}\n}}");
        assert_eq!(lengths(&one("src/x.rs", &function), &[]).len(), 1);
        assert_eq!(lengths(&one("src/x.rs", &function.replacen("x;\n", "", 3)), &[]), [""; 0]);
        assert_eq!(lengths(&one("src/x.rs", &format!("// {}", "x".repeat(98))), &[]).len(), 1);
        assert_eq!(lengths(&one("src/x.rs", &format!("// {}", "测".repeat(97))), &[]), [""; 0]);
    }
}
