use std::path::{Path, PathBuf};
use std::process::Command;

use super::place::Place;
use super::{EmbeddedPostgresError, Result};

/// Folders that hold one folder per version: the parent, its prefix, and what follows the version.
const VERSIONED: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
];

/// Finds the folder of PostgreSQL's programs: on the `PATH`, else the newest version in the usual
/// folders of Debian, Red Hat and Homebrew.
pub fn find_binaries() -> Result<PathBuf> {
    candidates().into_iter().next().ok_or(EmbeddedPostgresError::NotFound)
}

/// Every folder that contains a server, preferred first.
pub(super) fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versioned: Vec<(u32, PathBuf)> = VERSIONED
        .iter()
        .flat_map(|(parent, prefix, below)| versions(Path::new(parent), prefix, below))
        .collect();
    versioned.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    folders.extend(versioned.into_iter().map(|(_, folder)| folder));
    folders.extend(["/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from));
    let mut seen = std::collections::HashSet::new();
    folders.retain(|folder| has_server(folder) && seen.insert(folder.clone()));
    folders
}

/// The preferred candidate that the cluster's user can run, of the version that made the cluster.
pub(super) fn matching(candidates: &[PathBuf], place: &Place) -> Result<PathBuf> {
    let runnable =
        || candidates.iter().filter_map(|folder| Some((folder, major_version(folder, place)?)));
    let Ok(cluster) = std::fs::read_to_string(place.data().join("PG_VERSION")) else {
        let newest = runnable().next();
        return newest.map(|(folder, _)| folder.clone()).ok_or(EmbeddedPostgresError::NotFound);
    };
    let cluster = cluster.trim().to_owned();
    if let Some((folder, _)) = runnable().find(|(_, version)| *version == cluster) {
        return Ok(folder.clone());
    }
    let found: Vec<String> = runnable().map(|(_, version)| version).collect();
    let folder = place.folder().to_owned();
    Err(EmbeddedPostgresError::WrongVersion { folder, cluster, found: found.join(" and ") })
}

fn versions(parent: &Path, prefix: &str, below: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?;
            // Old versions look like 9.6, new ones like 17.
            let major = version.split('.').next()?.parse().ok()?;
            Some((major, entry.path().join(below)))
        })
        .collect()
}

fn has_server(folder: &Path) -> bool {
    folder.is_absolute() && folder.join("postgres").is_file() && folder.join("initdb").is_file()
}

/// Asks the program itself, as the user who will run it; `None` if that user cannot.
fn major_version(folder: &Path, place: &Place) -> Option<String> {
    let mut command = Command::new(folder.join("postgres"));
    let output = place.run_as(&mut command).arg("--version").output().ok()?;
    // For example "postgres (PostgreSQL) 17.2 (Debian 17.2-1.pgdg120+1)".
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split(") ").nth(1)?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    (output.status.success() && !digits.is_empty()).then_some(digits)
}
