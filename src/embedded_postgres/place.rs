//! The folder of a cluster, the user who runs it, and the lock that keeps other programs out.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::unistd::{User, geteuid};
use sha2::{Digest, Sha256};

use super::{EmbeddedPostgresError, Result, io, sockets};

/// The parent of clusters whose own folder the unprivileged user cannot reach.
const REACHABLE_PARENT: &str = "/var/lib/surety-private";
/// A file in an unreachable folder with the path of the folder used instead.
const POINTER: &str = "moved-to";
/// A file in every cluster's folder, locked by the program that uses the cluster.
pub(super) const LOCK: &str = "lock";
/// How long to wait for a predecessor that is still stopping.
const LOCK_PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub uid: u32,
    pub gid: u32,
}

/// A locked cluster folder, and its socket folder.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    data: PathBuf,
    sockets: PathBuf,
    /// The unprivileged user, if we are root.
    run_as: Option<Account>,
    /// The pointer file in the requested folder, if another folder is used.
    pointer: Option<PathBuf>,
    /// The kernel releases the lock when this is closed, however the program ends.
    _lock: File,
}

impl Place {
    /// Creates the folder, or one elsewhere if it is unreachable, and takes the lock.
    pub async fn take(wanted: &Path) -> Result<Self> {
        let doing = || format!("making the folder {}", wanted.display());
        fs::create_dir_all(wanted).map_err(io(doing()))?;
        let wanted = wanted.canonicalize().map_err(io(doing()))?;
        let (folder, run_as) = if geteuid().is_root() {
            let (folder, account) = settle_as_root(&wanted)?;
            (folder, Some(account))
        } else {
            (followed(&wanted).unwrap_or_else(|| wanted.clone()), None)
        };
        let lock = lock(&folder).await?;
        let sockets = sockets::make(&folder, run_as)?;
        let data = folder.join("data");
        let pointer = (folder != wanted).then(|| wanted.join(POINTER));
        Ok(Self { folder, data, sockets, run_as, pointer, _lock: lock })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// PostgreSQL's data directory; it exists only once it is complete.
    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn sockets(&self) -> &Path {
        &self.sockets
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Makes `command` run as the cluster's user, in `/`, with only the `PATH` of our environment.
    /// Std drops our supplementary groups.
    pub fn run_as<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        unprivileged(command, self.run_as)
    }

    /// Creates a 0700 folder owned by the cluster's user.
    pub fn make_owned_dir(&self, path: &Path) -> Result<()> {
        let doing = || format!("making the folder {}", path.display());
        DirBuilder::new().mode(0o700).create(path).map_err(io(doing()))?;
        give(path, self.run_as).map_err(io(doing()))
    }

    /// Creates a 0600 file owned by the cluster's user.
    pub fn write_owned_file(&self, path: &Path, text: &str) -> Result<()> {
        use std::io::Write;
        let doing = || format!("writing {}", path.display());
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create_new(true).mode(0o600).open(path).map_err(io(doing()))?;
        file.write_all(text.as_bytes()).map_err(io(doing()))?;
        give(path, self.run_as).map_err(io(doing()))
    }

    pub fn clear_sockets(&self) -> Result<()> {
        sockets::clear(&self.sockets)
    }

    pub fn delete(&self) -> Result<()> {
        let deleted = fs::remove_dir_all(&self.folder);
        deleted.map_err(io(format!("deleting {}", self.folder.display())))?;
        if let Some(pointer) = &self.pointer {
            fs::remove_file(pointer).map_err(io(format!("deleting {}", pointer.display())))?;
        }
        Ok(())
    }
}

/// Removes the sockets, so that nobody reaches the server any more, whatever becomes of it.
impl Drop for Place {
    fn drop(&mut self) {
        sockets::remove(&self.sockets);
    }
}

pub(super) fn percent_encoded(path: &Path) -> String {
    let encoded = path.as_os_str().as_bytes().iter().map(|&byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    encoded.collect()
}

/// As root, chooses the folder and the user that runs PostgreSQL in it.
fn settle_as_root(wanted: &Path) -> Result<(PathBuf, Account)> {
    let known = followed(wanted);
    let folder = known.clone().unwrap_or_else(|| wanted.to_owned());
    // A cluster keeps its user, for example if another user ran it before root did.
    match fs::metadata(folder.join("data")) {
        Ok(data) if data.uid() != 0 => {
            return Ok((folder, Account { uid: data.uid(), gid: data.gid() }));
        }
        _ => {}
    }
    let account = unprivileged_account()?;
    open_to_all(&folder)?;
    if is_reachable(&folder, account)? || known.is_some() {
        return Ok((folder, account));
    }
    let elsewhere = Path::new(REACHABLE_PARENT).join(short_hash(wanted, 16));
    fs::create_dir_all(&elsewhere)
        .map_err(io(format!("making the folder {}", elsewhere.display())))?;
    open_to_all(Path::new(REACHABLE_PARENT))?;
    open_to_all(&elsewhere)?;
    fs::write(wanted.join(POINTER), elsewhere.as_os_str().as_bytes())
        .map_err(io(format!("writing to {}", wanted.display())))?;
    tracing::info!(
        wanted = %wanted.display(),
        used = %elsewhere.display(),
        "PostgreSQL's user cannot reach this folder: the private cluster is kept elsewhere"
    );
    Ok((elsewhere, account))
}

fn followed(wanted: &Path) -> Option<PathBuf> {
    let target = fs::read(wanted.join(POINTER)).ok()?;
    let target = PathBuf::from(OsStr::from_bytes(target.trim_ascii_end()));
    (target.is_absolute() && target.is_dir()).then_some(target)
}

fn unprivileged_account() -> Result<Account> {
    for name in ["postgres", "nobody"] {
        let found = User::from_name(name)
            .map_err(|error| io(format!("looking up the user {name}"))(error.into()))?;
        if let Some(user) = found.filter(|user| !user.uid.is_root()) {
            return Ok(Account { uid: user.uid.as_raw(), gid: user.gid.as_raw() });
        }
    }
    Err(EmbeddedPostgresError::NoUnprivilegedUser)
}

/// Tries to write instead of judging by modes, because mounts and ACLs matter too.
fn is_reachable(folder: &Path, account: Account) -> Result<bool> {
    let probe = folder.join("probe");
    let doing = || format!("trying {}", probe.display());
    match fs::create_dir(&probe) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(io(doing())(error));
        }
        _ => {}
    }
    let mut command = Command::new("/bin/sh");
    unprivileged(&mut command, Some(account));
    command.args(["-c", r#"cd "$1" && : >file && rm file"#, "probe"]).arg(&probe);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let reached = lchown(&probe, Some(account.uid), Some(account.gid)).is_ok()
        && command.status().map_err(io(doing()))?.success();
    fs::remove_dir_all(&probe).map_err(io(doing()))?;
    Ok(reached)
}

fn unprivileged(command: &mut Command, account: Option<Account>) -> &mut Command {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    command.env_clear().env("PATH", path).env("LC_ALL", "C").current_dir("/");
    if let Some(Account { uid, gid }) = account {
        command.gid(gid).uid(uid);
    }
    command
}

fn open_to_all(folder: &Path) -> Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o755))
        .map_err(io(format!("opening {} to PostgreSQL's user", folder.display())))
}

pub(super) fn give(path: &Path, account: Option<Account>) -> std::io::Result<()> {
    account.map_or(Ok(()), |Account { uid, gid }| lchown(path, Some(uid), Some(gid)))
}

async fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let doing = || format!("locking {}", path.display());
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = file.open(&path).map_err(io(doing()))?;
    let deadline = Instant::now() + LOCK_PATIENCE;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(io(doing())(error)),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                if !told {
                    tracing::info!(
                        folder = %folder.display(),
                        "another surety uses the private PostgreSQL: waiting for it to stop"
                    );
                    told = true;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(TryLockError::WouldBlock) => {
                return Err(EmbeddedPostgresError::InUse { folder: folder.to_owned() });
            }
        }
    }
}

pub(super) fn short_hash(path: &Path, digits: usize) -> String {
    let mut hash = hex::encode(Sha256::digest(path.as_os_str().as_bytes()));
    hash.truncate(digits);
    hash
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn a_path_becomes_a_host() {
        let encoded = super::percent_encoded(Path::new("/tmp/surety-pg-0a b"));
        assert_eq!(encoded, "%2Ftmp%2Fsurety-pg-0a%20b");
    }
}
