//! The folders of the sockets: under /tmp, because the path of a socket is limited to some 100
//! bytes, and under a name that says whose it is. A program that was killed leaves its folder; the
//! next one that starts a cluster, whichever, removes it.

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
/// In a folder of sockets: the path of its cluster.
const NOTE: &str = "cluster";
/// What else may be in one.
const CONTENTS: [&str; 3] = [".s.PGSQL.5432", ".s.PGSQL.5432.lock", "password"];
/// An empty folder without a note that nobody touched for so long is a leftover.
const UNTOUCHED: Duration = Duration::from_secs(300);

/// Makes the folder of a cluster whose lock is held, and removes those of dead programs. A stranger
/// who took the name only makes us take another.
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
    // Not through a link: its target may be anybody's.
    fs::symlink_metadata(path).is_ok_and(|there| {
        there.is_dir() && there.mode() & 0o7777 == 0o700 && uids.contains(&there.uid())
    })
}

/// A new file, because what is there could be a link to elsewhere.
fn write_note(path: &Path, cluster: &Path) -> std::io::Result<()> {
    let note = path.join(NOTE);
    let _ = fs::remove_file(&note);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&note)?;
    file.write_all(cluster.as_os_str().as_bytes())
}

/// Removes what a server left in its folder, which nobody else uses: the cluster's lock is held.
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

/// Removes a folder. Not worth an error: the next start copes.
pub(super) fn remove(path: &Path) {
    let _ = clear(path);
    let _ = fs::remove_file(path.join(NOTE));
    let _ = fs::remove_dir(path);
}

/// Removes the folders of programs that have gone.
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
            // Whoever makes one this moment has not written its note yet.
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

/// Whether no program has a cluster, which then cannot take it until what this returns is dropped;
/// there is nothing to hold of a cluster that was deleted.
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

    /// A folder as a program makes it, noted for a cluster.
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
            // Just made: its note is still to come.
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
