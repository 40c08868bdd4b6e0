//! The features that crates are built with.

use std::collections::BTreeSet;
use std::process::Command;

/// Every crate with its features, as cargo builds them along such edges.
fn crates(edges: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--offline", "--locked", "--prefix", "none", "--format", "{p} [{f}]"])
        .args(["--edges", edges])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

/// What the program is built with and tests are not: cargo builds it, and all that rests on it,
/// once for each.
pub fn built_twice() -> Vec<String> {
    let (program, tests) = (crates("normal,build"), crates("normal,build,dev"));
    assert!(program.len() > 100, "cargo's tree is not read: {program:?}");
    program.difference(&tests).cloned().collect()
}
