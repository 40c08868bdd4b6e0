//! What is not written at all, and how long things may grow.

use super::source::{Source, begins_word, heads, word};

const FILE_LINES: usize = 600;
const LINE_CHARS: usize = 100;

/// Every way of naming or importing that hides where things come from.
pub fn names(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|s| s.path.ends_with(".rs")) {
        let file = source.path.rsplit('/').next().unwrap_or_default();
        if file == "mod.rs" && source.wing().is_some() {
            wrong.push(format!("{}: a module is `x.rs` beside `x/`", source.path));
        }
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

/// Every file and every line that is too long. How long a function may be is clippy's to say.
pub fn lengths(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|s| s.path.ends_with(".rs")) {
        let lines = source.raw.lines().count();
        if lines > FILE_LINES && !source.raw.starts_with("// Generated") {
            wrong.push(format!("{}: {lines} lines, {FILE_LINES} is the most", source.path));
        }
        for (i, line) in source.raw.lines().enumerate() {
            if line.chars().count() > LINE_CHARS {
                wrong.push(format!("{}:{}: wider than {LINE_CHARS}", source.path, i + 1));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod self_test {
    use super::{lengths, machine_paths, names, put_off, separated};
    use crate::source::Source;

    fn one(path: &str, code: &str) -> Vec<Source> {
        vec![Source::rust(path, code)]
    }

    #[test]
    fn names_that_hide_are_found() {
        for (path, code, count) in [
            ("src/orders/utils.rs", "", 1),
            ("src/trust/mod.rs", "", 1),
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
    fn long_files_and_wide_lines_are_found() {
        let lines = |count| lengths(&one("src/x.rs", &"// x\n".repeat(count))).len();
        assert_eq!((lines(600), lines(601)), (0, 1));
        let wide = |text: String| lengths(&one("src/x.rs", &format!("// {text}"))).len();
        assert_eq!((wide("x".repeat(97)), wide("x".repeat(98)), wide("测".repeat(97))), (0, 1, 0));
    }
}
