//! Workers are killed, frozen and sent away at random while two co-partitioned topics flow through them. Equal
//! partition numbers must always be together, nothing may be lost or doubled; how long partitions stand still is
//! reported.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;

use crate::broker::Broker;
use crate::clock::Dice;
use crate::error::{Result, Trouble};
use crate::numbered::Numbered;
use crate::prove::stall::{Assignment, Sight, Stalls};
use crate::prove::team::{Setup, Team};
use crate::reader::Reader;
use crate::report::{Report, say};
use crate::source::{Plan, Source};
use crate::{clock, topics};

/// `cluster prove rebalance`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Use this cluster instead of starting one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// Brokers to start: 1 or 3.
    #[arg(long, default_value_t = 1)]
    brokers: u8,
    /// Worker processes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=8))]
    processes: u8,
    /// How many times one of them is killed, frozen or sent away.
    #[arg(long, default_value_t = 50)]
    events: u32,
    /// Static membership (group.instance.id).
    #[arg(long = "static")]
    static_membership: bool,
    /// Also kill and restart a broker at every tenth event (needs three).
    #[arg(long)]
    broker_kills: bool,
    /// Partitions of each topic.
    #[arg(long, default_value_t = 6)]
    partitions: i32,
    /// Records a second over both topics.
    #[arg(long, default_value_t = 1200)]
    rate: u64,
    /// Seed of the events; random when not given, and printed.
    #[arg(long)]
    seed: Option<u64>,
    /// Another worker program with the same arguments.
    #[arg(long)]
    worker: Option<PathBuf>,
}

/// What happens to a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    KillSoonBack,
    KillLongAway,
    FreezeShort,
    FreezeLong,
    Leave,
}

impl Act {
    const fn name(self) -> &'static str {
        match self {
            Self::KillSoonBack => "kill, back at once",
            Self::KillLongAway => "kill, away > session",
            Self::FreezeShort => "freeze < session",
            Self::FreezeLong => "freeze > session",
            Self::Leave => "leave and return",
        }
    }

    fn draw(dice: &mut Dice) -> Self {
        match dice.between(0, 100) {
            0..35 => Self::KillSoonBack,
            35..50 => Self::KillLongAway,
            50..65 => Self::FreezeShort,
            65..80 => Self::FreezeLong,
            _ => Self::Leave,
        }
    }
}

/// One event of a run.
struct Mark {
    act: Act,
    victim: String,
    from: i64,
    to: i64,
    /// Another event was going on too: the stall is not this one's alone.
    crowded: bool,
}

const INPUTS: [&str; 2] = ["left", "right"];
const OUTPUTS: [&str; 2] = ["left-out", "right-out"];
/// How long the flow may take to come back after an event.
const SETTLED: Duration = Duration::from_secs(60);

/// Dropped in this order: the workers go before their cluster does.
struct Run {
    options: Options,
    dice: Dice,
    team: Team,
    sight: Arc<Mutex<Sight>>,
    broker: Broker,
}

/// Runs the proof; an error says which claim fell.
pub(crate) fn run(options: Options) -> Result<()> {
    if i32::from(options.processes) > options.partitions {
        return Err(Trouble::failed("more processes than partitions: some would have nothing to do"));
    }
    let (seed, dice) = Dice::seeded(options.seed);
    let mut report = Report::open("rebalance", seed)?;
    let broker = Broker::open(options.bootstrap.as_deref(), options.brokers, "rebalance")?;
    let group = format!("rebalance-{}", clock::wall_ms());
    let named = |names: [&str; 2]| names.map(|n| format!("{group}-{n}")).to_vec();
    let (inputs, outputs) = (named(INPUTS), named(OUTPUTS));
    let all: Vec<&str> = inputs.iter().chain(&outputs).map(String::as_str).collect();
    topics::create(&broker.bootstrap, &all, options.partitions, &[])?;
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
        group: group.clone(),
        inputs: inputs.clone(),
        outputs,
        static_membership: options.static_membership,
        program: options.worker.clone(),
    };
    let names = (0..options.processes).map(|i| format!("w{i}")).collect();
    let team = Team::new(setup, names)?;
    let mut run = Run { options, dice, team, sight, broker };
    let marks = run.events(&mut report);
    for told in run.team.reports() {
        let fields = json!({ "from": told.from, "told_at": told.at, "event": told.event, "detail": told.detail });
        report.line("worker", fields)?;
    }
    let produced = source.stop()?;
    run.finish(&marks?, produced, &group, &inputs, reader, &mut report)
}

impl Run {
    fn events(&mut self, report: &mut Report) -> Result<Vec<Mark>> {
        for i in 0..usize::from(self.options.processes) {
            self.team.start(i)?;
        }
        self.settle("the start")?;
        let (mut marks, mut hurried) = (Vec::new(), false);
        for event in 0..self.options.events {
            let (act, victim) = (Act::draw(&mut self.dice), self.dice.index(usize::from(self.options.processes)));
            let from = clock::wall_ms();
            let broker = (self.options.broker_kills && event % 10 == 9).then(|| self.dice.between(1, 4) as u8);
            if let Some(number) = broker {
                self.broker.kill(number)?;
            }
            self.act(act, victim)?;
            if let Some(number) = broker {
                self.broker.restart(number)?;
            }
            let before = std::mem::replace(&mut hurried, self.dice.once_in(4));
            let crowded = broker.is_some() || before || hurried;
            if hurried {
                clock::pause_ms(self.dice.between(0, 1500));
            } else {
                self.settle(act.name())?;
            }
            let mark = Mark { act, victim: self.team.name(victim).to_owned(), from, to: clock::wall_ms(), crowded };
            report.line(
                "event",
                json!({ "number": event, "act": act.name(), "victim": mark.victim, "from": mark.from, "to": mark.to,
                        "crowded": mark.crowded, "broker": broker }),
            )?;
            say(&format!("{event:>3} {:<22} {} {:>6} ms", act.name(), mark.victim, mark.to - mark.from));
            marks.push(mark);
        }
        self.settle("the last event")?;
        Ok(marks)
    }

    /// Does it and ends what it began: the victim is back, or thawed, at the end.
    fn act(&mut self, act: Act, victim: usize) -> Result<()> {
        match act {
            Act::KillSoonBack | Act::KillLongAway => {
                self.team.kill(victim);
                let away = if act == Act::KillLongAway { (7000, 8500) } else { (50, 1000) };
                clock::pause_ms(self.dice.between(away.0, away.1));
                self.team.start(victim)?;
            }
            Act::FreezeShort | Act::FreezeLong => {
                self.team.process(victim)?.freeze()?;
                let away = if act == Act::FreezeLong { (7000, 9000) } else { (300, 3000) };
                clock::pause_ms(self.dice.between(away.0, away.1));
                self.team.process(victim)?.thaw()?;
            }
            Act::Leave => {
                if !self.team.leave(victim) {
                    return Err(Trouble::failed(format!("{} did not leave by itself", self.team.name(victim))));
                }
                clock::pause_ms(self.dice.between(100, 2000));
                self.team.start(victim)?;
            }
        }
        Ok(())
    }

    /// Waits until the group is at rest – every member has its share, and all partitions are shared out – and records sent
    /// from now on come out of every partition.
    fn settle(&mut self, after: &str) -> Result<()> {
        let (now, topics, partitions) = (clock::wall_ms(), INPUTS.len(), self.options.partitions);
        let members = usize::from(self.options.processes);
        let all = topics * usize::try_from(partitions).unwrap_or(0);
        let flows = clock::wait_until(SETTLED, || {
            let shares = self.team.shares();
            let shared = shares.len() == members && shares.iter().sum::<usize>() == all && !shares.contains(&0);
            shared && self.sight.lock().flows_since(now, topics, partitions)
        });
        self.team.check_alive()?;
        flows.then_some(()).ok_or_else(|| Trouble::failed(format!("not at rest within 60 s after {after}")))
    }

    fn finish(
        mut self,
        marks: &[Mark],
        produced: u64,
        group: &str,
        inputs: &[String],
        reader: Reader,
        report: &mut Report,
    ) -> Result<()> {
        let (count, partitions) = (INPUTS.len(), self.options.partitions);
        clock::wait_until(SETTLED, || self.sight.lock().verdict(produced, count, partitions).lost == 0);
        let left = (0..usize::from(self.options.processes)).filter(|i| self.team.leave(*i)).count();
        // What should not come may come late.
        clock::pause_ms(2000);
        reader.stop()?;
        let sight = self.sight.lock();
        let verdict = sight.verdict(produced, count, partitions);
        let mut stalls = Stalls::default();
        for (number, mark) in marks.iter().enumerate().filter(|(_, m)| !m.crowded) {
            let (own, others) = sight.gaps(&mark.victim, mark.from, mark.to);
            report.line("gaps", json!({ "number": number, "victims_ms": own, "others_ms": others }))?;
            stalls.enter(mark.act.name(), "victim's partitions", &own);
            stalls.enter(mark.act.name(), "other partitions", &others);
        }
        for (kind, class, spread) in stalls.spreads() {
            say(&format!("{kind:<22} {class:<20} largest gap, ms: {spread}"));
            report.line("stall", json!({ "act": kind, "class": class, "gap_ms": spread.json() }))?;
        }
        let reports = self.team.reports();
        let assignments = reports.iter().filter(|r| r.event == "assigned").count();
        let aborted = reports.iter().filter(|r| r.event == "aborted").count();
        let apart = reports.iter().filter(|r| r.event == "assigned" && !together(&r.detail, count)).count();
        let assigned = reports.iter().filter(|r| r.event == "assigned");
        let told: Vec<Assignment> = assigned
            .map(|r| Assignment { worker: r.from.clone(), at: r.at, partitions: numbers(&r.detail, 0) })
            .collect();
        let unexplained = sight.unexplained(&told);
        let behind = offsets_behind(&self.broker.bootstrap, group, inputs, partitions, produced)?;
        say(&format!(
            "{verdict}; {assignments} assignments, {apart} with partitions apart, {unexplained} changes of owner unexplained, \
             {aborted} epochs aborted, {behind} offsets behind, {left} left well"
        ));
        report.line(
            "verdict",
            json!({ "verdict": verdict.json(), "events": marks.len(), "assignments": assignments, "apart": apart,
                    "unexplained": unexplained, "aborted": aborted, "offsets_behind": behind, "left_well": left }),
        )?;
        let well = verdict.clean() && apart == 0 && unexplained == 0 && behind == 0;
        let well = well && left == usize::from(self.options.processes) && assignments > 0;
        well.then_some(()).ok_or_else(|| Trouble::failed("the claim does not hold"))
    }
}

/// Whether an assignment (`[[input, partition], ...]`) has the same partition numbers of every input.
fn together(detail: &serde_json::Value, inputs: usize) -> bool {
    (1..inputs).all(|input| numbers(detail, input) == numbers(detail, 0))
}

/// Partition numbers of one input in an assignment, sorted.
fn numbers(detail: &serde_json::Value, input: usize) -> Vec<i32> {
    let pairs = detail.as_array().into_iter().flatten();
    let of_input = pairs.filter(|pair| pair.get(0).and_then(serde_json::Value::as_u64) == Some(input as u64));
    let mut numbers: Vec<i32> = of_input.filter_map(|pair| i32::try_from(pair.get(1)?.as_i64()?).ok()).collect();
    numbers.sort_unstable();
    numbers
}

/// How many of the group's committed offsets are not at the end of what was produced.
fn offsets_behind(bootstrap: &str, group: &str, inputs: &[String], partitions: i32, produced: u64) -> Result<usize> {
    let committed = topics::committed(bootstrap, group, inputs, partitions)?;
    Ok(committed.iter().filter(|offset| u64::try_from(**offset) != Ok(produced)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_apart_are_found() {
        assert!(together(&json!([[0, 1], [1, 1], [0, 2], [1, 2]]), 2));
        assert!(together(&json!([]), 2));
        assert!(!together(&json!([[0, 1], [1, 2]]), 2));
        assert!(!together(&json!([[0, 1]]), 2));
    }
}
