//! Processes of a run: started, spoken to by line, frozen and killed by pid.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock;
use crate::error::{Doing, Result};

/// A line that a process printed.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Who: the name given at start.
    pub(crate) from: String,
    /// The text, without the line feed.
    pub(crate) text: String,
}

/// What all processes of a run printed, in the order in which it was read.
pub(crate) type Lines = Arc<Mutex<Vec<Line>>>;

/// A running process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// The process ends when this is closed.
    stdin: Option<ChildStdin>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Process {
    /// Starts `command`; what it prints goes to `lines` under `name`, its stderr where the command says.
    pub(crate) fn start(mut command: Command, name: &str, lines: &Lines) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().doing(&format!("starting {}", command.get_program().display()))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (lines, from) = (Arc::clone(lines), name.to_owned());
        let reader = stdout.map(|stdout| {
            std::thread::spawn(move || {
                for text in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
                    lines.lock().push(Line { from: from.clone(), text });
                }
            })
        });
        Ok(Self { child, stdin, reader })
    }

    /// SIGKILL, and waits until the process is gone.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Neither can fail in a way that leaves the process running.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }

    /// SIGSTOP.
    pub(crate) fn freeze(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// SIGCONT.
    pub(crate) fn thaw(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) -> Result<()> {
        self.signal("TERM")
    }

    /// By the shell's own `kill`: signals other than SIGKILL need libc, and this workspace forbids `unsafe`.
    fn signal(&self, signal: &str) -> Result<()> {
        let line = format!("kill -{signal} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &line]).status().doing("sending a signal")?;
        status.success().then_some(()).ok_or(line).doing("sending a signal")
    }

    /// Closes its stdin, which asks a worker to leave, and waits; kills it after `limit`. Whether it left by itself.
    pub(crate) fn leave(mut self, limit: Duration) -> bool {
        self.stdin = None;
        self.wait(limit).is_some_and(|status| status.success())
    }

    /// Waits at most `limit` for the end.
    pub(crate) fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let mut status = None;
        clock::wait_until(limit, || {
            status = self.child.try_wait().ok().flatten();
            status.is_some()
        });
        status
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub(crate) fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
