//! Socket folders, which are in /tmp because socket paths are limited to some 100 bytes. A killed
//! program leaves its folder behind; the next one that starts any cluster removes it.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::unistd::geteuid;

use super::place::{Account, LOCK, give, short_hash};
use super::roles::random_hex;
use super::{Result, io};

const PARENT: &str = "/tmp";
const PREFIX: &str = "surety-pg-";
/// A file in a socket folder with the path of its cluster.
const NOTE: &str = "cluster";
/// The other files that a socket folder may contain.
const CONTENTS: [&str; 3] = [".s.PGSQL.5432", ".s.PGSQL.5432.lock", "password"];
/// An empty folder without a note is a leftover after this time.
const UNTOUCHED: Duration = Duration::from_secs(300);

/// Creates the socket folder of a cluster whose lock is held, and removes those of dead programs.
/// If a stranger has taken the name, uses another.
pub(super) fn make(cluster: &Path, run_as: Option<Account>) -> Result<PathBuf> {
    let us = geteuid().as_raw();
    let uid = run_as.map_or(us, |account| account.uid);
    sweep(Path::new(PARENT), &[uid, us]);
    let name = |id: &str| Path::new(PARENT).join(format!("{PREFIX}{id}-{uid}"));
    let doing = |path: &Path| format!("making the folder {}", path.display());
    let mut path = name(&short_hash(cluster, 12));
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    match builder.create(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            if !is_ours(&path, &[uid, us]) {
                path = name(&random_hex(6)?);
                builder.create(&path).map_err(io(doing(&path)))?;
            }
        }
        made => made.map_err(io(doing(&path)))?,
    }
    write_note(&path, cluster).map_err(io(doing(&path)))?;
    give(&path, run_as).map_err(io(doing(&path)))?;
    Ok(path)
}

fn is_ours(path: &Path, uids: &[u32]) -> bool {
    // Do not follow links, whose target may be anybody's.
    fs::symlink_metadata(path).is_ok_and(|there| {
        there.is_dir() && there.mode() & 0o7777 == 0o700 && uids.contains(&there.uid())
    })
}

/// Creates a new file, because an existing one could be a link.
fn write_note(path: &Path, cluster: &Path) -> std::io::Result<()> {
    let note = path.join(NOTE);
    let _ = fs::remove_file(&note);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&note)?;
    file.write_all(cluster.as_os_str().as_bytes())
}

/// Nobody else uses the folder, because the caller holds the cluster's lock.
pub(super) fn clear(path: &Path) -> Result<()> {
    for name in CONTENTS {
        let path = path.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(io(format!("removing {}", path.display()))(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Ignores errors, because the next start copes.
pub(super) fn remove(path: &Path) {
    let _ = clear(path);
    let _ = fs::remove_file(path.join(NOTE));
    let _ = fs::remove_dir(path);
}

fn sweep(parent: &Path, uids: &[u32]) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let path = entry.path();
        if !entry.file_name().as_bytes().starts_with(PREFIX.as_bytes()) || !is_ours(&path, uids) {
            continue;
        }
        match noted(&path) {
            Some(cluster) => {
                if let Some(lock) = abandoned(&cluster) {
                    tracing::debug!(path = %path.display(), "removing a killed program's sockets");
                    remove(&path);
                    drop(lock);
                }
            }
            // A folder being created right now has no note yet.
            None if is_untouched(&path) => {
                let _ = fs::remove_dir(&path);
            }
            None => {}
        }
    }
}

fn noted(path: &Path) -> Option<PathBuf> {
    let note = path.join(NOTE);
    let is_file = fs::symlink_metadata(&note).ok()?.is_file();
    let text = is_file.then(|| fs::read(&note).ok())??;
    (!text.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(&text)))
}

/// `None` if a program uses the cluster, else its lock, which keeps programs out until it is
/// dropped. The lock is `None` if the cluster was deleted.
fn abandoned(cluster: &Path) -> Option<Option<File>> {
    let path = cluster.join(LOCK);
    match fs::symlink_metadata(&path) {
        Ok(there) if there.is_file() => {
            let file = File::open(&path).ok()?;
            file.try_lock().is_ok().then_some(Some(file))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(None),
        _ => None,
    }
}

fn is_untouched(path: &Path) -> bool {
    let touched = fs::symlink_metadata(path).and_then(|there| there.modified());
    let age = touched.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
    age.is_some_and(|age| age > UNTOUCHED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockets(parent: &Path, name: &str, cluster: &Path) -> PathBuf {
        let path = parent.join(format!("{PREFIX}{name}"));
        DirBuilder::new().mode(0o700).create(&path).expect("a folder");
        write_note(&path, cluster).expect("a note");
        fs::write(path.join(CONTENTS[0]), "").expect("a socket");
        path
    }

    #[test]
    fn only_what_dead_programs_left_is_swept() {
        let parent = std::env::temp_dir().join(format!("surety-sweep-{}", std::process::id()));
        let (alive, dead) = (parent.join("alive"), parent.join("dead"));
        for cluster in [&alive, &dead] {
            fs::create_dir_all(cluster).expect("a cluster");
            fs::write(cluster.join(LOCK), "").expect("a lock");
        }
        let held = File::open(alive.join(LOCK)).expect("the lock");
        held.try_lock().expect("it is free");
        let us = geteuid().as_raw();
        let kept = [
            sockets(&parent, "alive", &alive),
            // Just created, so it has no note yet.
            sockets(&parent, "fresh", Path::new("")),
            parent.join("other"),
        ];
        fs::create_dir(&kept[2]).expect("a folder of somebody else");
        let gone = [sockets(&parent, "dead", &dead), sockets(&parent, "lost", &parent.join("x"))];
        sweep(&parent, &[us + 1]);
        assert!(gone.iter().all(|path| path.exists()), "another user's are left alone");
        sweep(&parent, &[us]);
        assert!(kept.iter().all(|path| path.exists()), "something that is in use is gone");
        assert!(!gone.iter().any(|path| path.exists()), "what was left is there");
        drop(held);
        sweep(&parent, &[us]);
        assert!(!kept[0].exists(), "its program has gone now");
        fs::remove_dir_all(&parent).expect("removed");
    }
}
