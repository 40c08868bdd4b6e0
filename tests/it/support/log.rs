//! What the program logs of requests that it cannot serve, so that a test which meets a 500 can
//! say why.

use std::io::{self, Write};
use std::sync::Mutex;

use tracing_subscriber::filter::LevelFilter;

static LINES: Mutex<String> = Mutex::new(String::new());

struct Keeper;

impl Write for Keeper {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LINES.lock().expect("the log").push_str(&String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps the errors that this process logs from now on.
pub fn keep() {
    let log = tracing_subscriber::fmt().with_max_level(LevelFilter::ERROR).with_ansi(false);
    // Whoever logs already, keeps on.
    log.with_writer(|| Keeper).try_init().ok();
}

/// The line of the log with the reference that an error's page shows; empty when there is none.
pub fn behind(page: &str) -> String {
    let lines = LINES.lock().expect("the log");
    let reference = |line: &&str| {
        let (_, rest) = line.split_once("request_id=")?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    let found = lines.lines().find(|line| reference(line).is_some_and(|r| page.contains(&r)));
    found.unwrap_or_default().to_owned()
}
