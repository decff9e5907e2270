//! The broker's process: started, watched and measured from outside.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Stopwatch, pause_ms};
use crate::serve::READY;

/// Lines of stderr that are kept.
const KEPT_LINES: usize = 100;
/// How long a broker may take to stop.
const STOPPING: Duration = Duration::from_secs(30);

/// A broker's process that this program started.
#[derive(Debug)]
pub(crate) struct Broker {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
    errors: Arc<Mutex<VecDeque<String>>>,
}

impl Broker {
    /// Starts a broker with its data in `folder`. Errors: it does not come up.
    pub(crate) fn start(folder: &Path) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|e| format!("the path of this program: {e}"))?;
        let mut command = Command::new(program);
        command.arg("serve").arg(folder).env("RUST_BACKTRACE", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("starting the broker: {e}"))?;
        let errors = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stderr) = child.stderr.take() {
            let errors = Arc::clone(&errors);
            std::thread::spawn(move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    let mut errors = errors.lock().unwrap_or_else(PoisonError::into_inner);
                    // The first lines say what happened.
                    if errors.len() < KEPT_LINES {
                        errors.push_back(line);
                    }
                }
            });
        }
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(|e| format!("the broker's address: {e}"))?;
        }
        let mut broker = Self { child, address: String::new(), errors };
        match line.trim().strip_prefix(READY) {
            Some(address) => address.clone_into(&mut broker.address),
            None => return Err(format!("the broker did not start: {}", broker.said().join("\n"))),
        }
        Ok(broker)
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to stderr: panics, and what it calls errors itself.
    pub(crate) fn said(&self) -> Vec<String> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Errors: it has ended, or complained.
    pub(crate) fn check(&mut self) -> Result<(), String> {
        if let Ok(Some(status)) = self.child.try_wait() {
            pause_ms(200);
            return Err(format!("the broker has ended: {status}\n{}", self.said().join("\n")));
        }
        let said = self.said();
        if said.is_empty() { Ok(()) } else { Err(format!("the broker says:\n{}", said.join("\n"))) }
    }

    /// Stops it in order. Errors: it does not end in time, or not well, or has complained.
    pub(crate) fn stop(mut self) -> Result<(), String> {
        drop(self.child.stdin.take());
        let watch = Stopwatch::start();
        while watch.within(STOPPING) {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() && self.said().is_empty() => return Ok(()),
                Ok(Some(status)) => return Err(format!("the broker stopped, {status}: {}", self.said().join("\n"))),
                _ => pause_ms(20),
            }
        }
        Err(format!("the broker did not stop within {STOPPING:?}"))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // After an orderly stop there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process takes of the system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Resident memory, KiB.
    pub(crate) rss_kib: u64,
    /// Threads.
    pub(crate) threads: u64,
    /// Open files of all kinds.
    pub(crate) files: u64,
    /// Open sockets.
    pub(crate) sockets: u64,
}

/// What the process takes now. Errors: it is gone, or this is not Linux.
pub(crate) fn usage(pid: u32) -> Result<Usage, String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).map_err(|e| format!("process {pid}: {e}"))?;
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let mut usage = Usage {
        rss_kib: number("VmRSS:").unwrap_or_default(),
        threads: number("Threads:").unwrap_or_default(),
        ..Usage::default()
    };
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).map_err(|e| format!("files of process {pid}: {e}"))?;
    for file in files.flatten() {
        usage.files += 1;
        let target = std::fs::read_link(file.path()).unwrap_or_default();
        usage.sockets += u64::from(target.to_string_lossy().starts_with("socket:"));
    }
    Ok(usage)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_process_takes_something() {
        let usage = super::usage(std::process::id()).unwrap();
        assert!(usage.rss_kib > 0 && usage.threads > 0 && usage.files > 0, "{usage:?}");
    }
}
