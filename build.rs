//! Collects the texts of both languages and fails the build when one lacks what the other has, or
//! when a template or source file asks for a text that does not exist. Also lets a new migration be
//! compiled in, which the compiler would not notice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

/// Key → the variables that its text uses.
type Keys = BTreeMap<String, BTreeSet<String>>;

fn main() {
    for folder in ["migrations", "src/db/functions"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    let mut problems = Vec::new();
    let mut source = String::new();
    let mut languages = Vec::new();
    for (tag, constant) in [("en", "LOCALE_EN"), ("zh-Hans", "LOCALE_ZH_HANS")] {
        let folder = Path::new("locales").join(tag);
        println!("cargo:rerun-if-changed={}", folder.display());
        let mut keys = Keys::new();
        let _ = writeln!(source, "static {constant}: &[&str] = &[");
        for file in files(&folder, "ftl") {
            println!("cargo:rerun-if-changed={}", file.display());
            read_keys(&file, &mut keys, &mut problems);
            let path = fs::canonicalize(&file).unwrap_or(file);
            let _ = writeln!(source, "    include_str!({:?}),", path.display().to_string());
        }
        source.push_str("];\n");
        languages.push((tag, keys));
    }
    compare(&languages, &mut problems);
    if let Some((_, keys)) = languages.first() {
        let fixed = keys.iter().filter(|(_, variables)| variables.is_empty()).map(|(key, _)| key);
        let _ = writeln!(source, "static FIXED_KEYS: &[&str] = &{:?};", fixed.collect::<Vec<_>>());
        for (folder, extension) in [("templates", "html"), ("templates", "txt"), ("src", "rs")] {
            println!("cargo:rerun-if-changed={folder}");
            for file in files(Path::new(folder), extension) {
                check_uses(&file, keys, &mut problems);
            }
        }
    }
    for problem in &problems {
        println!("cargo:error={problem}");
    }
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("locale_sources.rs");
    if let Err(e) = fs::write(&out, source) {
        println!("cargo:error={}: {e}", out.display());
    }
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read_keys(file: &Path, keys: &mut Keys, problems: &mut Vec<String>) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let resource = match fluent_syntax::parser::parse(text.as_str()) {
        Ok(resource) => resource,
        Err((resource, errors)) => {
            problems.push(format!("{}: {errors:?}", file.display()));
            resource
        }
    };
    for entry in resource.body {
        if let Entry::Message(message) = entry {
            let mut variables = BTreeSet::new();
            if let Some(pattern) = &message.value {
                variables_of(pattern, &mut variables);
            }
            let key = message.id.name.to_owned();
            if keys.insert(key.clone(), variables).is_some() {
                problems.push(format!("{}: {key} is written twice", file.display()));
            }
        }
    }
}

fn variables_of(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            match expression {
                Expression::Inline(inline) => inline_variables(inline, found),
                Expression::Select { selector, variants } => {
                    inline_variables(selector, found);
                    for variant in variants {
                        variables_of(&variant.value, found);
                    }
                }
            }
        }
    }
}

fn inline_variables(inline: &InlineExpression<&str>, found: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            found.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => {
            if let Expression::Inline(inner) = expression.as_ref() {
                inline_variables(inner, found);
            }
        }
        _ => {}
    }
}

fn compare(languages: &[(&str, Keys)], problems: &mut Vec<String>) {
    for (tag, keys) in languages {
        for (other_tag, other) in languages {
            for (key, variables) in other {
                match keys.get(key) {
                    None => problems.push(format!("{tag} lacks the text {key} of {other_tag}")),
                    Some(own) => {
                        for variable in variables.difference(own) {
                            problems.push(format!("{tag}: {key} leaves out ${variable}"));
                        }
                    }
                }
            }
        }
    }
}

/// Finds `t("key"`, `t1("key"`, … `.get("key"` is left alone: maps have it too.
fn check_uses(file: &Path, keys: &Keys, problems: &mut Vec<String>) {
    let text = fs::read_to_string(file).unwrap_or_default();
    for (at, _) in text.match_indices("(\"") {
        let name: String = text[..at]
            .chars()
            .rev()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        let is_use = matches!(
            name.chars().rev().collect::<String>().as_str(),
            "t" | "t1" | "t2" | "t3" | "t4" | "text_key"
        );
        let Some(end) = text[at + 2..].find('"') else { continue };
        let key = &text[at + 2..at + 2 + end];
        if is_use && !keys.contains_key(key) {
            problems.push(format!("{}: there is no text {key}", file.display()));
        }
    }
}
