//! The server's processes. The guard is a shell, the parent of the postmaster, in its own process
//! group, so that Ctrl-C does not stop the server before its connections close. It reads a pipe
//! whose write end only the program holds. However the program ends, the pipe closes and the guard
//! asks the postmaster for a fast shutdown. The guard ends with the postmaster.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::place::Place;
use super::roles::{Credentials, Login, connect};
use super::{EmbeddedPostgresError, Result, io, roles};

/// Repeats the signal, because a postmaster that is just starting would miss it.
const SCRIPT: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- >&2 &
postmaster=$!
echo "$postmaster"
exec >/dev/null
(
    trap 'exit 0' TERM
    while read -r line <&3; do :; done
    while kill -INT "$postmaster" 2>/dev/null; do sleep 0.1 || sleep 1; done
) &
watcher=$!
exec 3<&-
trap '' HUP INT TERM
wait "$postmaster"
kill -TERM "$watcher" 2>/dev/null
wait "$watcher"
"#;

/// Crash recovery comes before the first connection.
const START_PATIENCE: Duration = Duration::from_secs(120);
/// A fast shutdown ends with a checkpoint.
const FAST_STOP_PATIENCE: Duration = Duration::from_secs(20);
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// How long a predecessor's own guard may take before we signal its server.
const LEFTOVER_PATIENCE: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(10);
const LOG_LIMIT_BYTES: u64 = 8 << 20;
const TAIL_BYTES: u64 = 2_000;

/// Dropping this closes the pipe, which stops the server.
#[derive(Debug)]
pub(super) struct Guard {
    /// Its `stdin` is the pipe. A std process rather than tokio's, so that it outlives the runtime.
    shell: Child,
    postmaster: Pid,
    log_start: u64,
}

impl Guard {
    pub async fn spawn(
        place: &Place,
        binaries: &Path,
        settings: &[(String, String)],
    ) -> Result<Self> {
        let path = place.log();
        let doing = || format!("opening {}", path.display());
        let log = OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
        let log = log.map_err(io(doing()))?;
        let mut log_start = log.metadata().map_err(io(doing()))?.len();
        if log_start > LOG_LIMIT_BYTES {
            log.set_len(0).map_err(io(doing()))?;
            log_start = 0;
        }
        let mut command = Command::new("/bin/sh");
        place.run_as(&mut command).args(["-c", SCRIPT, "surety-postgres-guard"]);
        command.arg(binaries.join("postgres")).arg("-D").arg(place.data());
        for (name, value) in settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).process_group(0);
        blocking("starting PostgreSQL", move || {
            let mut shell = command.spawn()?;
            let output = shell.stdout.take().ok_or_else(|| std::io::Error::other("no pipe"))?;
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line)?;
            let pid = line.trim().parse().map_err(std::io::Error::other)?;
            Ok(Self { shell, postmaster: Pid::from_raw(pid), log_start })
        })
        .await
    }

    pub fn postmaster_pid(&self) -> i32 {
        self.postmaster.as_raw()
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.shell.try_wait(), Ok(None))
    }

    pub async fn wait_until_ready(&mut self, place: &Place, login: &Login) -> Result<()> {
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            match connect(place.sockets(), login, "postgres").await {
                Ok(_) => return Ok(()),
                Err(EmbeddedPostgresError::Database { source, .. })
                    if source.code().is_some_and(|code| code.code().starts_with("28")) =>
                {
                    let path = place.folder().join("credentials");
                    let problem = "the cluster refuses these passwords";
                    return Err(EmbeddedPostgresError::Credentials { path, problem });
                }
                Err(_) if self.is_running() && Instant::now() < deadline => {
                    tokio::time::sleep(POLL).await;
                }
                Err(_) => {
                    let log = place.log();
                    let tail = tail(&log, self.log_start).unwrap_or_default();
                    return Err(EmbeddedPostgresError::Start { log, tail });
                }
            }
        }
    }

    pub async fn stop(&mut self) -> Result<()> {
        drop(self.shell.stdin.take());
        if self.has_ended_within(FAST_STOP_PATIENCE).await {
            return Ok(());
        }
        signal(self.postmaster, Signal::SIGQUIT)?;
        self.ended_within(STOP_PATIENCE - FAST_STOP_PATIENCE).await
    }

    pub async fn kill(&mut self) -> Result<()> {
        if self.is_running() {
            signal(self.postmaster, Signal::SIGKILL)?;
        }
        self.ended_within(STOP_PATIENCE).await
    }

    async fn ended_within(&mut self, patience: Duration) -> Result<()> {
        if self.has_ended_within(patience).await {
            return Ok(());
        }
        Err(EmbeddedPostgresError::DoesNotStop { pid: self.postmaster_pid() })
    }

    async fn has_ended_within(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while self.is_running() {
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(POLL).await;
        }
        true
    }
}

/// Makes the cluster under a temporary name and renames it, so a killed run leaves no partial one.
pub(super) async fn initdb(
    place: &Place,
    binaries: &Path,
    credentials: &Credentials,
    durable: bool,
) -> Result<()> {
    remove_half_made(place);
    let half_made = place.folder().join(format!("data.new.{}", roles::random_hex(4)?));
    let password_file = place.sockets().join("password");
    place.write_owned_file(&password_file, &credentials.superuser.password)?;
    let mut reasons = String::new();
    // Only C.UTF-8 knows the case of letters beyond ASCII, but some systems lack it.
    for locale in ["C.UTF-8", "C"] {
        place.make_owned_dir(&half_made)?;
        let mut command = Command::new(binaries.join("initdb"));
        place.run_as(&mut command).arg("-D").arg(&half_made).arg("--pwfile").arg(&password_file);
        command.args(["-U", roles::SUPERUSER_ROLE, "-E", "UTF8", "--locale", locale]);
        command.args(["--lc-messages=C", "--auth-local=scram-sha-256", "--auth-host=reject"]);
        command.args(if durable { [].as_slice() } else { &["--no-sync"] });
        command.stdin(Stdio::null());
        let output = blocking("running initdb", move || command.output()).await?;
        if output.status.success() {
            let _ = std::fs::remove_file(&password_file);
            return std::fs::rename(&half_made, place.data())
                .map_err(io(format!("making {}", place.data().display())));
        }
        reasons.push_str(&String::from_utf8_lossy(&output.stderr));
        let _ = std::fs::remove_dir_all(&half_made);
    }
    let _ = std::fs::remove_file(&password_file);
    let folder = place.folder().to_owned();
    Err(EmbeddedPostgresError::Initdb { folder, output: reasons.trim().to_owned() })
}

fn remove_half_made(place: &Place) {
    let entries = std::fs::read_dir(place.folder()).into_iter().flatten().flatten();
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b"data.new.") {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Waits for a predecessor's server (we hold the lock, so its program is dead), stops it if its
/// guard was killed too, and removes a lock file whose process id now belongs to another process.
pub(super) async fn stop_leftover(place: &Place) -> Result<()> {
    let lock_file = place.data().join("postmaster.pid");
    let started = Instant::now();
    let mut signals = [(LEFTOVER_PATIENCE, Signal::SIGINT), (FAST_STOP_PATIENCE, Signal::SIGQUIT)]
        .into_iter()
        .peekable();
    while let Some(pid) = pid_in(&lock_file) {
        if !is_postmaster_of(pid, place.data()) {
            // PostgreSQL itself handles a lock whose process is gone, and its surviving children,
            // but it takes any living process of its user for a postmaster.
            if kill(pid, None) != Err(Errno::ESRCH) {
                tracing::info!(%pid, "removing the stale lock of a killed PostgreSQL");
                std::fs::remove_file(&lock_file)
                    .map_err(io(format!("removing {}", lock_file.display())))?;
            }
            return Ok(());
        }
        if started.elapsed() > STOP_PATIENCE {
            return Err(EmbeddedPostgresError::DoesNotStop { pid: pid.as_raw() });
        }
        if let Some((_, due)) = signals.next_if(|(after, _)| started.elapsed() > *after) {
            signal(pid, due)?;
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

fn pid_in(lock_file: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(lock_file).ok()?;
    // The single-user server writes a negative process id.
    let pid: i32 = text.lines().next()?.trim().parse().ok()?;
    (pid != 0).then(|| Pid::from_raw(pid.saturating_abs()))
}

/// Whether `pid` is a server on `data`, judged by its command line: in many containers not even
/// root may read other facts about another user's process.
fn is_postmaster_of(pid: Pid, data: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let data = data.as_os_str().as_bytes();
    if Path::new("/proc/self/cmdline").exists() {
        let Ok(line) = std::fs::read(format!("/proc/{pid}/cmdline")) else {
            return false;
        };
        let mut arguments = line.split(|&byte| byte == 0);
        let is_server = arguments.next().is_some_and(|program| {
            program.ends_with(b"postgres") || program.ends_with(b"postmaster")
        });
        return is_server && arguments.any(|argument| argument == data);
    }
    let listed =
        Command::new("ps").args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output();
    listed.is_ok_and(|listed| listed.stdout.windows(data.len()).any(|part| part == data))
}

fn signal(pid: Pid, signal: Signal) -> Result<()> {
    match kill(pid, signal) {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(error) => Err(io(format!("sending {signal} to process {pid}"))(error.into())),
    }
}

/// The end of the log, but nothing from before `start`.
fn tail(log: &Path, start: u64) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    let start = start.max(file.metadata()?.len().saturating_sub(TAIL_BYTES));
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(io(doing))
}
