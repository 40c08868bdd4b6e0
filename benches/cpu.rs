//! How much processor time each side uses. Where all cores are busy, throughput comes from it; and
//! neighbours on the machine disturb it less than the time on the wall.

/// The kernel counts in hundredths of a second for programs, on every architecture of today.
const TICKS_PER_SECOND: f64 = 100.0;

/// Measures from when it is made.
pub struct Meter {
    database: Option<u32>,
    others: Vec<u32>,
    before: Used,
}

/// Processor time, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// Of PostgreSQL.
    pub database: f64,
    /// Of everything else: the server and those who ask.
    pub others: f64,
}

impl Meter {
    /// Of a postmaster with its backends, of a server, and of this process with those that it
    /// runs.
    pub fn start(postmaster: Option<i32>, server: Option<u32>) -> Self {
        let database = postmaster.and_then(|pid| u32::try_from(pid).ok());
        let others = server.into_iter().chain([std::process::id()]).collect();
        let mut meter = Self { database, others, before: Used::default() };
        meter.before = meter.total();
        meter
    }

    fn total(&self) -> Used {
        let family = |pid: u32| processes().filter(move |p| p.pid == pid || p.parent == pid);
        Used {
            database: self.database.map_or(0.0, |pid| family(pid).map(|p| p.seconds).sum()),
            others: self
                .others
                .iter()
                .filter_map(|pid| Process::read(*pid))
                .map(|p| p.seconds)
                .sum(),
        }
    }

    /// What was used since the start.
    pub fn used(&self) -> Used {
        let now = self.total();
        Used {
            database: now.database - self.before.database,
            others: now.others - self.before.others,
        }
    }
}

struct Process {
    pid: u32,
    parent: u32,
    /// With the children that it has waited for.
    seconds: f64,
}

impl Process {
    /// Nothing where there is no such process, or no `/proc`.
    fn read(pid: u32) -> Option<Self> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in brackets, may hold blanks. The parent is the field after the state.
        let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
        let times = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<f64>().ok());
        let parent = fields.get(1)?.parse().ok()?;
        Some(Self { pid, parent, seconds: times.sum::<f64>() / TICKS_PER_SECOND })
    }
}

fn processes() -> impl Iterator<Item = Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|e| Process::read(e.file_name().to_str()?.parse().ok()?))
}
