//! The rules of the house, held without a database. A rule that is wrong is changed here, in the
//! same commit, with the reason; each rule has a test of its own that it can fail.

#[path = "tidy/features.rs"]
mod features;
#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/habits.rs"]
mod habits;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/tables.rs"]
mod tables;
#[path = "tidy/templates.rs"]
mod templates;
#[path = "tidy/writes.rs"]
mod writes;

use source::{Source, read};

fn code() -> Vec<Source> {
    let code = read(&["src"], &[".rs"]);
    assert!(code.len() > 40, "the sources are not read");
    code
}

fn all_code() -> Vec<Source> {
    read(&["src", "tests", "benches", "build.rs"].map(existing).concat(), &[".rs"])
}

fn all_text() -> Vec<Source> {
    let kinds = [".rs", ".html", ".txt", ".ftl", ".sql", ".md", ".toml", ".js", ".css", ".yml"];
    let folders = ["src", "tests", "benches", "build.rs", "templates", "locales", "migrations"];
    let others = ["static", "docs", "scripts", "Makefile", "Cargo.toml", "README.md"];
    read(&[&folders.map(existing).concat()[..], &others.map(existing).concat()].concat(), &kinds)
}

fn html() -> Vec<Source> {
    read(&["templates"], &[".html", ".txt", ".svg", ".xml"])
}

/// A folder or file of the repository that may not be there yet.
fn existing(name: &'static str) -> Vec<&'static str> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if path.exists() { vec![name] } else { vec![] }
}

#[track_caller]
fn none(rule: &str, wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{rule}\n  {}\n", wrong.join("\n  "));
}

#[test]
fn imports_run_only_downward() {
    none("imports run only downward (docs/ARCHITECTURE.md, Floors)", floors::imports(&code()));
}

#[test]
fn libraries_stay_in_their_places() {
    none("HTTP, templates and SQL have their places", floors::libraries(&code()));
}

#[test]
fn each_table_has_one_owner() {
    none("a table is named by one capability", tables::shared(&code()));
}

#[test]
fn writes_are_read_to_their_end() {
    none("a write is read to its end", writes::cut_short(&code()));
}

#[test]
fn names_say_where_things_come_from() {
    none("names and imports say what and where", habits::names(&all_code()));
}

#[test]
fn nothing_is_put_off() {
    none("nothing is put off in the source", habits::put_off(&all_text()));
}

#[test]
fn nothing_depends_on_one_machine() {
    none("no path of one machine", habits::machine_paths(&all_text()));
}

#[test]
fn nothing_grows_past_its_welcome() {
    none("files and lines stay short", habits::lengths(&all_code()));
}

#[test]
fn each_template_has_one_page() {
    none("templates mirror src", templates::owners(&html(), &code()));
}

#[test]
fn no_template_has_style_or_script() {
    none("the content security policy forbids inline style and script", templates::inline(&html()));
}

#[test]
fn each_posted_form_has_a_token() {
    none("a form that changes something has a token", templates::tokens(&html()));
}

#[test]
fn templates_are_laid_out() {
    none("one block-level element a line, within 140 columns", templates::layout(&html()));
}

#[test]
fn nothing_is_built_twice() {
    let rule = "what tests ask of a crate, the program asks too (Cargo.toml, [dependencies])";
    none(rule, features::built_twice());
}
