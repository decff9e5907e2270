//! Worker processes of a proof: this very program, started again as `cluster worker`.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::child::{Line, Lines, Process};
use crate::clock;
use crate::error::{Doing, Result, Trouble};
use crate::report::root;

/// How a team's workers are started.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// `HOST:PORT,...`
    pub(crate) bootstrap: String,
    /// Consumer group.
    pub(crate) group: String,
    /// Input topics.
    pub(crate) inputs: Vec<String>,
    /// Output topics, one for each input.
    pub(crate) outputs: Vec<String>,
    /// Static membership.
    pub(crate) static_membership: bool,
    /// Another program with the same arguments, instead of this one.
    pub(crate) program: Option<PathBuf>,
}

/// What a worker reported.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// The worker.
    pub(crate) from: String,
    /// Wall clock in the worker, ms.
    pub(crate) at: i64,
    /// `ready`, `assigned`, `committed` (the first of a process), `aborted`, `retried` or `ended`.
    pub(crate) event: String,
    /// What belongs to it.
    pub(crate) detail: Value,
}

/// Processes by name.
#[derive(Debug)]
pub(crate) struct Team {
    setup: Setup,
    lines: Lines,
    log: File,
    members: Vec<(String, Option<Process>)>,
}

impl Team {
    /// `names` are the workers' identities; none is started yet. Their stderr goes to `build/reports/NAME.log`.
    pub(crate) fn new(setup: Setup, names: Vec<String>) -> Result<Self> {
        let path: PathBuf = root().join("build/reports").join(format!("{}.log", setup.group));
        let log = File::create(&path).doing("creating the workers' log")?;
        let members = names.into_iter().map(|name| (name, None)).collect();
        Ok(Self { setup, lines: Lines::default(), log, members })
    }

    /// Name of member `i`.
    pub(crate) fn name(&self, i: usize) -> &str {
        &self.members[i].0
    }

    /// Starts member `i`.
    pub(crate) fn start(&mut self, i: usize) -> Result<()> {
        let own = std::env::current_exe().doing("finding this program")?;
        let program: &Path = self.setup.program.as_deref().unwrap_or(&own);
        let mut command = Command::new(program);
        command.args(["worker", "--bootstrap", &self.setup.bootstrap, "--group", &self.setup.group]);
        command.args(["--inputs", &self.setup.inputs.join(","), "--outputs", &self.setup.outputs.join(",")]);
        command.args(["--id", &self.members[i].0]);
        if self.setup.static_membership {
            command.arg("--static");
        }
        command.stderr(self.log.try_clone().doing("sharing the workers' log")?);
        let process = Process::start(command, &self.members[i].0, &self.lines)?;
        self.members[i].1 = Some(process);
        Ok(())
    }

    /// Gives member `i` another identity; it must not be running.
    pub(crate) fn rename(&mut self, i: usize, name: String) {
        self.members[i].0 = name;
    }

    /// Member `i`, which must be running.
    pub(crate) fn process(&self, i: usize) -> Result<&Process> {
        let (name, process) = &self.members[i];
        process.as_ref().ok_or_else(|| Trouble::failed(format!("worker {name} is not running")))
    }

    /// SIGKILL for member `i`; returns the wall clock just before.
    pub(crate) fn kill(&mut self, i: usize) -> i64 {
        let at = clock::wall_ms();
        if let Some(process) = self.members[i].1.take() {
            process.kill();
        }
        at
    }

    /// Asks member `i` to leave; whether it did so by itself, and well, within 45 s. With a broker killed at that moment
    /// it waits for a new leader and for its transaction's timeout before that.
    pub(crate) fn leave(&mut self, i: usize) -> bool {
        self.members[i].1.take().is_none_or(|process| process.leave(Duration::from_secs(45)))
    }

    /// Fails when a member that should be running has died by itself.
    pub(crate) fn check_alive(&mut self) -> Result<()> {
        for (name, process) in &mut self.members {
            if process.as_mut().is_some_and(|p| !p.alive()) {
                return Err(Trouble::failed(format!(
                    "worker {name} died by itself: see build/reports/{}.log",
                    self.setup.group
                )));
            }
        }
        Ok(())
    }

    /// Everything reported so far.
    pub(crate) fn reports(&self) -> Vec<Report> {
        self.lines.lock().iter().filter_map(parse).collect()
    }

    /// How many partitions each member was assigned last; 0 from the start of a process until its first assignment.
    pub(crate) fn shares(&self) -> Vec<usize> {
        let mut shares = BTreeMap::new();
        for line in self.lines.lock().iter() {
            match parse(line) {
                Some(told) if told.event == "ready" => shares.insert(told.from, 0),
                Some(told) if told.event == "assigned" => {
                    shares.insert(told.from, told.detail.as_array().map_or(0, Vec::len))
                }
                _ => None,
            };
        }
        shares.into_values().collect()
    }

    /// How many lines were printed so far: to look only at later ones.
    pub(crate) fn reported(&self) -> usize {
        self.lines.lock().len()
    }

    /// The worker's time of the first `event` reported after the first `skip` lines, ms.
    pub(crate) fn first_since(&self, skip: usize, event: &str) -> Option<i64> {
        self.lines.lock().iter().skip(skip).filter_map(parse).find(|r| r.event == event).map(|r| r.at)
    }
}

fn parse(line: &Line) -> Option<Report> {
    let value: Value = serde_json::from_str(&line.text).ok()?;
    Some(Report {
        from: line.from.clone(),
        at: value.get("at")?.as_i64()?,
        event: value.get("event")?.as_str()?.to_owned(),
        detail: value.get("detail").cloned().unwrap_or(Value::Null),
    })
}
