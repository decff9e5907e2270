//! Apache Kafka for a run: started through `scripts/kafka` and removed afterwards, or one that is there already.

use std::process::{Command, Stdio};

use crate::error::{Doing, Result, Trouble};
use crate::report::{root, say};

/// Exit code of scripts that found something missing.
const SKIPPED: i32 = 77;

/// A cluster. Dropping one that was started here stops it and removes its data.
#[derive(Debug)]
pub(crate) struct Broker {
    /// `HOST:PORT,...`
    pub(crate) bootstrap: String,
    folder: Option<String>,
    /// Brokers of one that was started here.
    count: u8,
}

impl Broker {
    /// The cluster at `bootstrap`, else a fresh one of `brokers` brokers below `build/kafka/`.
    pub(crate) fn open(bootstrap: Option<&str>, brokers: u8, name: &str) -> Result<Self> {
        Self::with(bootstrap, brokers, name, &[])
    }

    /// One broker that obeys access rules.
    pub(crate) fn guarded(name: &str) -> Result<Self> {
        Self::with(None, 1, name, &["--acls"])
    }

    fn with(bootstrap: Option<&str>, count: u8, name: &str, more: &[&str]) -> Result<Self> {
        if let Some(bootstrap) = bootstrap {
            return Ok(Self { bootstrap: bootstrap.to_owned(), folder: None, count: 0 });
        }
        let folder = format!("build/kafka/{name}-{}", std::process::id());
        let (brokers, owner) = (count.to_string(), std::process::id().to_string());
        let start = ["start", "--dir", &folder, "--brokers", &brokers, "--owner", &owner];
        let printed = script(&[&start[..], more].concat())?;
        let bootstrap = printed.trim().to_owned();
        say(&format!("Apache Kafka: {bootstrap}"));
        Ok(Self { bootstrap, folder: Some(folder), count })
    }

    /// How many there are of a cluster that was started here, else 0: nobody kills those of others.
    pub(crate) fn count(&self) -> u8 {
        self.count
    }

    /// Stops broker `number` in order.
    pub(crate) fn halt(&self, number: u8) -> Result<()> {
        self.command("stop", number)
    }

    /// Starts those again that do not run, of a cluster that was started here.
    pub(crate) fn revive(&self) -> Result<()> {
        self.folder.as_deref().map_or(Ok(()), |folder| script(&["start", "--dir", folder]).map(drop))
    }

    /// Sends broker `number` a signal, such as `STOP`.
    pub(crate) fn signal(&self, number: u8, signal: &str) -> Result<()> {
        script(&["signal", "--dir", self.folder()?, &number.to_string(), signal]).map(drop)
    }

    /// Runs one of Kafka's own tools.
    pub(crate) fn tool(&self, class: &str, arguments: &[&str]) -> Result<()> {
        script(&[&["tool", "--dir", self.folder()?, class], arguments].concat()).map(drop)
    }

    fn folder(&self) -> Result<&str> {
        self.folder.as_deref().ok_or_else(|| Trouble::Skipped("it is not our cluster".into()))
    }

    /// SIGKILL for broker `number`. Only of a cluster started here.
    pub(crate) fn kill(&self, number: u8) -> Result<()> {
        self.command("kill", number)
    }

    /// Starts broker `number` again and waits until it answers.
    pub(crate) fn restart(&self, number: u8) -> Result<()> {
        self.command("restart", number)
    }

    fn command(&self, command: &str, number: u8) -> Result<()> {
        script(&[command, &number.to_string(), "--dir", self.folder()?]).map(drop)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder
            && let Err(e) = script(&["clean", "--dir", folder])
        {
            say(&format!("could not stop the brokers in {folder}: {e}"));
        }
    }
}

fn script(arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("scripts/kafka");
    command.current_dir(root()).args(arguments).stdin(Stdio::null()).stderr(Stdio::piped());
    let output = command.output().doing("running scripts/kafka")?;
    let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Some(SKIPPED) => Err(Trouble::Skipped(complaint)),
        _ => Err(Trouble::failed(format!("scripts/kafka {}: {complaint}", arguments.join(" ")))),
    }
}
