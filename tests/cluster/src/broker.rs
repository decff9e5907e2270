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
}

impl Broker {
    /// The cluster at `bootstrap`, else a fresh one of `brokers` brokers below `build/kafka/`.
    pub(crate) fn open(bootstrap: Option<&str>, brokers: u8, name: &str) -> Result<Self> {
        if let Some(bootstrap) = bootstrap {
            return Ok(Self { bootstrap: bootstrap.to_owned(), folder: None });
        }
        let folder = format!("build/kafka/{name}-{}", std::process::id());
        let (brokers, owner) = (brokers.to_string(), std::process::id().to_string());
        let printed = script(&["start", "--dir", &folder, "--brokers", &brokers, "--owner", &owner])?;
        let bootstrap = printed.trim().to_owned();
        say(&format!("Apache Kafka: {bootstrap}"));
        Ok(Self { bootstrap, folder: Some(folder) })
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
        let folder = self.folder.as_deref().ok_or_else(|| Trouble::failed("not our cluster to kill"))?;
        script(&[command, &number.to_string(), "--dir", folder]).map(drop)
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
