//! A worker with a stable transactional id and a stable group instance id is killed and started again: how long from
//! SIGKILL to the first record that its next process commits.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;

use crate::broker::Broker;
use crate::clock::Dice;
use crate::error::{Result, Trouble};
use crate::numbered::Numbered;
use crate::prove::stall::Sight;
use crate::prove::team::{Setup, Team};
use crate::reader::Reader;
use crate::report::{Report, Spread, say};
use crate::source::{Plan, Source};
use crate::{clock, topics};

/// `cluster prove restart`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Use this cluster instead of starting one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// Brokers to start: 1 or 3.
    #[arg(long, default_value_t = 1)]
    brokers: u8,
    /// How many times the worker is killed.
    #[arg(long, default_value_t = 30)]
    rounds: u32,
    /// Give each process new ids, for comparison: nothing is then required of the times.
    #[arg(long)]
    new_ids: bool,
    /// The longest that a restart may take, ms.
    #[arg(long, default_value_t = 2000.0)]
    limit_ms: f64,
    /// Partitions of the topic.
    #[arg(long, default_value_t = 4)]
    partitions: i32,
    /// Records a second.
    #[arg(long, default_value_t = 2000)]
    rate: u64,
    /// Seed of the moments; random when not given, and printed.
    #[arg(long)]
    seed: Option<u64>,
    /// Another worker program with the same arguments.
    #[arg(long)]
    worker: Option<PathBuf>,
}

/// How long a restart may take before the run is given up.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// Runs the proof; an error says which claim fell.
pub(crate) fn run(options: &Options) -> Result<()> {
    let (seed, dice) = Dice::seeded(options.seed);
    let mut report = Report::open("restart", seed)?;
    let broker = Broker::open(options.bootstrap.as_deref(), options.brokers, "restart")?;
    let group = format!("restart-{}", clock::wall_ms());
    let (inputs, outputs) = (vec![format!("{group}-in")], vec![format!("{group}-out")]);
    topics::create(&broker.bootstrap, &[&inputs[0], &outputs[0]], options.partitions, &[])?;
    let sight = Arc::new(Mutex::new(Sight::default()));
    let into = Arc::clone(&sight);
    let reader = Reader::start(&broker.bootstrap, &outputs, options.partitions, move |seen| into.lock().enter(seen))?;
    let source = Source::start(Plan {
        bootstrap: broker.bootstrap.clone(),
        topics: inputs.clone(),
        partitions: options.partitions,
        rate: options.rate,
        shape: Arc::new(Numbered),
        limit: Duration::from_secs(3600),
    });
    let setup = Setup {
        bootstrap: broker.bootstrap.clone(),
        group,
        inputs,
        outputs,
        static_membership: !options.new_ids,
        program: options.worker.clone(),
    };
    let mut team = Team::new(setup, vec!["w0".to_owned()])?;
    let times = rounds(options, &mut team, &sight, dice, &mut report);
    let produced = source.stop()?;
    let (committed, read) = times?;
    clock::wait_until(GIVEN_UP, || sight.lock().verdict(produced, 1, options.partitions).lost == 0);
    let left = team.leave(0);
    clock::pause_ms(1000);
    reader.stop()?;
    let verdict = sight.lock().verdict(produced, 1, options.partitions);
    say(&format!("SIGKILL to the first commit of the next process, ms: {committed}"));
    say(&format!("SIGKILL to its first record at a read_committed reader, ms: {read}"));
    say(&format!("{verdict}; left well: {left}"));
    report.line(
        "verdict",
        json!({ "committed_ms": committed.json(), "read_ms": read.json(), "verdict": verdict.json(), "left_well": left }),
    )?;
    if !verdict.clean() || !left {
        return Err(Trouble::failed("the claim does not hold"));
    }
    if !options.new_ids && read.most > options.limit_ms {
        return Err(Trouble::failed(format!("a restart took {} ms", read.most)));
    }
    Ok(())
}

fn rounds(
    options: &Options,
    team: &mut Team,
    sight: &Mutex<Sight>,
    mut dice: Dice,
    report: &mut Report,
) -> Result<(Spread, Spread)> {
    team.start(0)?;
    let flows = |since: i64| clock::wait_until(GIVEN_UP, || sight.lock().flows_since(since, 1, options.partitions));
    let (mut committed, mut read) = (Vec::new(), Vec::new());
    for round in 0..options.rounds {
        if !flows(clock::wall_ms()) {
            return Err(Trouble::failed("no flow within 60 s"));
        }
        clock::pause_ms(dice.between(0, 1000));
        let before = team.reported();
        let killed = team.kill(0);
        if options.new_ids {
            team.rename(0, format!("w0-{round}"));
        }
        team.start(0)?;
        let mut first = None;
        clock::wait_until(GIVEN_UP, || {
            first = team.first_since(before, "committed");
            first.is_some()
        });
        let mut arrived = None;
        clock::wait_until(GIVEN_UP, || {
            // Whatever is produced after the old process is gone is the new one's.
            arrived = sight.lock().first_produced_after(killed);
            arrived.is_some()
        });
        let (Some(first), Some(arrived)) = (first, arrived) else {
            return Err(Trouble::failed("no commit within 60 s of a restart"));
        };
        let times = (first - killed, arrived - killed);
        committed.push(times.0 as f64);
        read.push(times.1 as f64);
        let since = |event: &str| team.first_since(before, event).map(|at| at - killed);
        let (ready, assigned) = (since("ready"), since("assigned"));
        say(&format!(
            "{round:>3} ready after {} ms, assigned {}, committed {}, read {}",
            ready.unwrap_or(-1),
            assigned.unwrap_or(-1),
            times.0,
            times.1
        ));
        report.line(
            "round",
            json!({ "round": round, "ready_ms": ready, "assigned_ms": assigned, "committed_ms": times.0, "read_ms": times.1 }),
        )?;
    }
    let spread = |times| Spread::of(times).ok_or_else(|| Trouble::failed("no round was run"));
    Ok((spread(committed)?, spread(read)?))
}
