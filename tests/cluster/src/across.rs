//! Joins by foreign keys and of several tables, groups and undo over topics of several partitions, also of different numbers of
//! them, on two servers that share the work while records come from several producers at once: in the end each table is
//! what the oracle's model says (`tests/oracle`).

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_engine::driver::TopicRecord;
use oracle::Across;
use serde_json::json;

use crate::clock;
use crate::error::{Result, Trouble};
use crate::report::{Report, say};
use crate::stage::{PARTITIONS, Record, Site, Stage};
use crate::topics;

/// `cluster across`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    site: Site,
    /// Queries, all at once.
    #[arg(long, default_value_t = 12)]
    cases: u64,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What all queries are, such as "foreign key"; else each is something else.
    #[arg(long)]
    shape: Option<String>,
}

/// How long a table may take until it is what it must be.
const SETTLED: Duration = Duration::from_secs(90);
/// How long it is looked at after that: what is late is another fault than what is lost.
const LATE: Duration = Duration::from_secs(300);
/// Lines of a server's log that are told then.
const LINES: usize = 40;

/// Runs the test; an error says what differs.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut report = Report::open("across", options.seed)?;
    let (mut stage, mut other) = Stage::with_two(&options.site, "across")?;
    let run = clock::wall_ms() % 1_000_000;
    let shape = options.shape.as_deref();
    let draw = |number| Across::draw(options.seed, number, &format!("A{run}_{number}_"), PARTITIONS, shape);
    let cases = (0..options.cases).map(draw).collect::<std::result::Result<Vec<_>, _>>().map_err(Trouble::failed)?;
    for (number, case) in cases.iter().enumerate() {
        report.line("statements", json!({ "number": number, "statements": case.statements }))?;
        for (topic, partitions) in &case.topics {
            // Times are those of the case, long ago.
            topics::create(&stage.broker.bootstrap, &[topic], *partitions, &[("retention.ms", "-1")])?;
        }
        send(&stage, case, 0)?;
        stage.server.ksql(&case.statements)?;
    }
    // The rest comes while the queries run, from a producer for each topic.
    std::thread::scope(|scope| {
        let sending: Vec<_> = cases.iter().map(|case| scope.spawn(|| send(&stage, case, 1))).collect();
        sending
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| Trouble::failed("a producer's thread died"))?)
    })?;
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let mut difference = settled(&stage, case, SETTLED)?;
        if let Some(difference) = &mut difference {
            let late = settled(&stage, case, LATE)?;
            difference.push_str(if late.is_none() { " (late: it was right in the end)" } else { " (for good)" });
            [stage.server.log(), other.log()].iter().for_each(|log| troubles(log));
        }
        let counts: Vec<i32> = case.topics.iter().map(|(_, count)| *count).collect();
        let verdict = difference.as_deref().unwrap_or("as the model says");
        say(&format!("{number} {} over {counts:?} partitions, {} rows: {verdict}", case.shape, case.rows()));
        report.line("case", json!({ "number": number, "shape": case.shape, "difference": difference }))?;
        if difference.is_some() {
            wrong.push(format!("{number}: {}", case.statements));
        }
    }
    if !other.stop()? {
        return Err(Trouble::failed("the second server did not stop well on SIGTERM"));
    }
    stage.close()?;
    if wrong.is_empty() { Ok(()) } else { Err(Trouble::failed(format!("seed {}: {}", options.seed, wrong.join("\n")))) }
}

/// Sends one half of a case's records, each topic's in order, the topics at once.
fn send(stage: &Stage, case: &Across, half: usize) -> Result<()> {
    let middle = case.records.len() / 2;
    let range = if half == 0 { 0..middle } else { middle..case.records.len() };
    let mut by_topic: BTreeMap<&str, Vec<Record>> = BTreeMap::new();
    for (topic, partition, record) in case.records.get(range).unwrap_or_default() {
        by_topic.entry(topic).or_default().push(Record {
            partition: *partition,
            timestamp: record.timestamp,
            key: record.key.clone(),
            value: record.value.clone(),
        });
    }
    std::thread::scope(|scope| {
        let sending: Vec<_> =
            by_topic.iter().map(|(topic, records)| scope.spawn(|| stage.send(topic, records))).collect();
        sending
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| Trouble::failed("a producer's thread died"))?)
    })
}

/// Tells what a server has complained about.
fn troubles(log: &str) {
    let bad: Vec<&str> = log.lines().filter(|line| line.contains("WARN") || line.contains("ERROR")).collect();
    bad.iter().skip(bad.len().saturating_sub(LINES)).for_each(|line| say(line));
}

/// Waits until a table is what it must be; in what it differs when time is up.
fn settled(stage: &Stage, case: &Across, patience: Duration) -> Result<Option<String>> {
    let mut difference = None;
    clock::wait_until(patience, || {
        let found = stage.read(&case.sink, 1, Duration::from_secs(5)).map(|records| {
            let records: Vec<TopicRecord> = records.into_iter().map(plain).collect();
            case.difference(&records)
        });
        difference = Some(found);
        matches!(difference, Some(Ok(None)))
    });
    difference.unwrap_or(Ok(None))
}

fn plain(record: Record) -> TopicRecord {
    TopicRecord { key: record.key, value: record.value, timestamp: record.timestamp, headers: Vec::new() }
}
