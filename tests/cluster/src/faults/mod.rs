//! Faults that a query cannot mend itself, and some that it can: it stops alone, says why and what to do, goes on by itself where
//! that is possible, and nobody else notices.

mod access;
mod brokers;
mod disk;
mod ending;
mod on_error;
mod replay;
mod slow;
mod subject;
mod topics_changed;
mod zombies;

use std::time::Duration;

use serde_json::json;

use crate::error::{Result, Trouble};
use crate::report::{Report, say};
use crate::stage::{Site, Stage};

/// `cluster faults`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    site: Site,
    /// Only the cases whose names begin so; may be given several times.
    #[arg(long)]
    only: Vec<String>,
    /// Only say which cases there are.
    #[arg(long)]
    list: bool,
}

/// How long a query may take to notice, or to come back: topics are looked up once a minute, pauses grow from 15 s.
const NOTICED: Duration = Duration::from_secs(120);
/// How long results may take otherwise.
const RESULTS: Duration = Duration::from_secs(60);

type Case = fn(&mut Stage) -> Result<()>;

/// Every case, and what has to happen.
const CASES: [(&str, Case); 23] = [
    ("topic-deleted", topics_changed::topic_deleted),
    ("partitions-added", topics_changed::partitions_added),
    ("format-changed", topics_changed::format_changed),
    ("record-too-large", topics_changed::record_too_large),
    ("state-too-large", topics_changed::state_too_large),
    ("broker-killed", brokers::killed),
    ("brokers-rolled", brokers::rolled),
    ("leaders-elected", brokers::elected),
    ("coordinator-moved", brokers::coordinator_moved),
    ("brokers-frozen", brokers::frozen),
    ("zombie-fenced", zombies::fenced),
    ("transaction-timed-out", zombies::timed_out),
    ("name-taken", zombies::name_taken),
    ("write-refused", access::write_refused),
    ("read-refused", access::read_refused),
    ("disk-full", disk::full_of_copies),
    ("disk-full-of-state", disk::full_of_state),
    ("sink-slow", slow::sink),
    ("drained", ending::drained),
    ("drained-without-brokers", ending::drained_without_brokers),
    ("nothing-left", ending::nothing_left),
    ("replay-interrupted", replay::interrupted),
    ("stop-at-a-join", on_error::stop_at_a_join),
];

/// Runs the cases, one after the other.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.list {
        CASES.iter().for_each(|(name, _)| say(name));
        return Ok(());
    }
    let mut report = Report::open("faults", 0)?;
    let mut stage = Stage::open(&options.site, "faults")?;
    let (mut failed, mut skipped) = (Vec::new(), Vec::new());
    let asked = |name: &str| options.only.is_empty() || options.only.iter().any(|only| name.starts_with(only.as_str()));
    for (name, case) in CASES.iter().filter(|(name, _)| asked(name)) {
        let timer = crate::clock::Timer::start(Duration::MAX);
        let outcome = case(&mut stage);
        let told = match &outcome {
            Ok(()) => "as it should be".to_owned(),
            Err(trouble) => trouble.to_string(),
        };
        say(&format!("{name}: {told} ({:.0} s)", timer.elapsed().as_secs_f64()));
        report.line("case", json!({ "case": name, "outcome": told, "ms": timer.ms() }))?;
        if outcome.is_err() {
            stage.broker.revive()?;
        }
        match outcome {
            Ok(()) => {}
            Err(Trouble::Skipped(_)) => skipped.push(*name),
            Err(_) => failed.push(*name),
        }
    }
    stage.close()?;
    if !skipped.is_empty() {
        say(&format!("skipped: {}", skipped.join(", ")));
    }
    if failed.is_empty() { Ok(()) } else { Err(Trouble::failed(failed.join(", "))) }
}

/// A claim of a case.
fn hold(claim: bool, otherwise: impl FnOnce() -> String) -> Result<()> {
    if claim { Ok(()) } else { Err(Trouble::failed(otherwise())) }
}
