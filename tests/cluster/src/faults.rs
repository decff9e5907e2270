//! Faults that a query cannot mend itself, and some that it can: it stops alone, says why and what to do, goes on by itself where
//! that is possible, and nobody else notices.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock;
use crate::error::{Result, Trouble};
use crate::report::{Report, say};
use crate::stage::{PARTITIONS, Record, Site, Stage};
use crate::topics;

/// `cluster faults`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    site: Site,
    /// Only the case of this name.
    #[arg(long)]
    only: Option<String>,
}

/// How long a query may take to notice, or to come back: topics are looked up once a minute, pauses grow from 15 s.
const NOTICED: Duration = Duration::from_secs(120);
/// How long results may take otherwise.
const RESULTS: Duration = Duration::from_secs(60);

type Case = fn(&mut Stage) -> Result<()>;

const CASES: [(&str, Case); 4] = [
    ("topic-deleted", topic_deleted),
    ("partitions-added", partitions_added),
    ("record-too-large", record_too_large),
    ("state-too-large", state_too_large),
];

/// Runs the cases, one after the other, on one server.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut report = Report::open("faults", 0)?;
    let mut stage = Stage::open(&options.site, "faults")?;
    let mut failed = Vec::new();
    for (name, case) in CASES.iter().filter(|(name, _)| options.only.as_deref().is_none_or(|only| only == *name)) {
        let outcome = case(&mut stage);
        say(&format!("{name}: {}", outcome.as_ref().map_or_else(ToString::to_string, |()| "as it should be".into())));
        report.line("case", json!({ "case": name, "failed": outcome.as_ref().err().map(ToString::to_string) }))?;
        failed.extend(outcome.err().map(|_| *name));
    }
    stage.close()?;
    if failed.is_empty() { Ok(()) } else { Err(Trouble::failed(failed.join(", "))) }
}

/// The topic of a query is deleted: the query says so, another one goes on, and when the topic is back it runs again.
fn topic_deleted(stage: &mut Stage) -> Result<()> {
    let grouped = Grouped::create(stage, "deleted")?;
    let beside = Grouped::create(stage, "kept")?;
    grouped.count(stage, 1)?;
    beside.count(stage, 1)?;
    topics::delete(&stage.broker.bootstrap, &grouped.source)?;
    let cause = grouped.stopped(stage)?;
    let says = cause.contains(&grouped.source);
    says.then_some(()).ok_or_else(|| Trouble::failed(format!("the cause does not name the topic: {cause}")))?;
    beside.count(stage, 2)?;
    topics::create(&stage.broker.bootstrap, &[&grouped.source], PARTITIONS, &[])?;
    grouped.runs(stage)?;
    // What it had counted is kept: that of a topic of the same name goes on.
    grouped.count(stage, 2)
}

/// A topic gets more partitions: a query that keeps nothing reads them, one with state stops and says what to do.
fn partitions_added(stage: &mut Stage) -> Result<()> {
    let grouped = Grouped::create(stage, "widened")?;
    let beside = Grouped::create(stage, "narrow")?;
    let sink = format!("{}-copied", stage.name);
    let id = stage.server.ksql(&format!(
        "CREATE STREAM copied WITH (KAFKA_TOPIC='{sink}') AS SELECT * FROM {}_s EMIT CHANGES;",
        grouped.name
    ))?;
    let copied = query_id(&id)?;
    grouped.count(stage, 1)?;
    topics::widen(&stage.broker.bootstrap, &grouped.source, PARTITIONS + 2)?;
    let cause = grouped.stopped(stage)?;
    let says = cause.contains("create the query anew");
    says.then_some(()).ok_or_else(|| Trouble::failed(format!("the cause does not say what to do: {cause}")))?;
    stage.send(&grouped.source, &[row(PARTITIONS + 1, "new", "x")])?;
    let found = stage.read(&sink, 2, NOTICED)?;
    if found.len() != 2 {
        return Err(Trouble::failed(format!("{} of 2 rows were copied", found.len())));
    }
    expect_state(stage, &copied, "RUNNING")?;
    beside.count(stage, 1)
}

/// A result is larger than its topic takes: it is in the ledger, and the query goes on.
fn record_too_large(stage: &mut Stage) -> Result<()> {
    let source = format!("{}-large", stage.name);
    let sink = format!("{}-small", stage.name);
    topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &[])?;
    topics::create(&stage.broker.bootstrap, &[&sink], PARTITIONS, &[("max.message.bytes", "2000")])?;
    stage.server.ksql(&format!(
        "CREATE STREAM large_s (k VARCHAR KEY, t VARCHAR) WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
    ))?;
    let answer = stage
        .server
        .ksql(&format!("CREATE STREAM small_s WITH (KAFKA_TOPIC='{sink}') AS SELECT * FROM large_s EMIT CHANGES;"))?;
    let id = query_id(&answer)?;
    let ledger = format!("{}ksql_processing_log", stage.service);
    let before = stage.read(&ledger, 0, Duration::ZERO)?.len();
    stage.send(&source, &[row(0, "a", "x"), row(0, "a", &"x".repeat(5000)), row(0, "a", "y")])?;
    let found = stage.read(&sink, 2, RESULTS)?;
    let refused = stage.read(&ledger, before + 1, RESULTS)?.len() - before;
    if (found.len(), refused) != (2, 1) {
        return Err(Trouble::failed(format!("{} results and {refused} ledger entries, not 2 and 1", found.len())));
    }
    expect_state(stage, &id, "RUNNING")
}

/// What one group keeps is larger than its changelog takes: the query stops alone and says what to do.
fn state_too_large(stage: &mut Stage) -> Result<()> {
    let source = format!("{}-collected", stage.name);
    topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &[])?;
    stage.server.ksql(&format!(
        "CREATE STREAM collect_s (k VARCHAR KEY, t VARCHAR) WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
    ))?;
    let answer = stage.server.ksql(&format!(
        "CREATE TABLE collected WITH (KAFKA_TOPIC='{source}-out') AS \
         SELECT k, COLLECT_LIST(t) AS t FROM collect_s GROUP BY k EMIT CHANGES;"
    ))?;
    let collected =
        Grouped { name: "collected".into(), source: source.clone(), sink: String::new(), id: query_id(&answer)? };
    let beside = Grouped::create(stage, "beside")?;
    let rows: Vec<Record> = (0..8).map(|_| row(0, "a", &"x".repeat(300_000))).collect();
    stage.send(&source, &rows)?;
    let cause = collected.stopped(stage)?;
    let says = cause.contains("max.message.bytes");
    says.then_some(()).ok_or_else(|| Trouble::failed(format!("the cause does not say what to do: {cause}")))?;
    beside.count(stage, 1)
}

/// A query that counts the rows of each key.
struct Grouped {
    name: String,
    source: String,
    sink: String,
    id: String,
}

impl Grouped {
    fn create(stage: &mut Stage, name: &str) -> Result<Self> {
        let (source, sink) = (format!("{}-{name}", stage.name), format!("{}-{name}-counts", stage.name));
        topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &[])?;
        stage.server.ksql(&format!(
            "CREATE STREAM {name}_s (k VARCHAR KEY, t VARCHAR) WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
        ))?;
        let answer = stage.server.ksql(&format!(
            "CREATE TABLE {name}_t WITH (KAFKA_TOPIC='{sink}') AS \
             SELECT k, COUNT(*) AS c FROM {name}_s GROUP BY k EMIT CHANGES;"
        ))?;
        Ok(Self { name: name.to_owned(), source, sink, id: query_id(&answer)? })
    }

    /// Sends a row and waits until its key's count is that.
    fn count(&self, stage: &mut Stage, count: usize) -> Result<()> {
        stage.send(&self.source, &[row(0, "a", "x")])?;
        let found = stage.read(&self.sink, count, RESULTS)?;
        let last = found.iter().rfind(|r| r.key.as_deref() == Some(b"a")).and_then(|r| r.value.clone());
        let last: Value = serde_json::from_slice(&last.unwrap_or_default()).unwrap_or_default();
        let right = found.len() == count && last["C"] == count;
        right.then_some(()).ok_or_else(|| {
            Trouble::failed(format!("{}: {} results, the last one {last}, not {count}", self.name, found.len()))
        })
    }

    /// Waits until it has stopped by itself; why.
    fn stopped(&self, stage: &mut Stage) -> Result<String> {
        self.wait(stage, "ERROR")?;
        let described = describe(stage, &self.id)?;
        let cause = described["queryErrors"].as_array().and_then(|errors| errors.last());
        let cause = cause.and_then(|error| error["errorMessage"].as_str()).unwrap_or_default().to_owned();
        say(&format!("{} stopped: {cause}", self.name));
        Ok(cause)
    }

    /// Waits until it runs.
    fn runs(&self, stage: &mut Stage) -> Result<()> {
        self.wait(stage, "RUNNING")
    }

    fn wait(&self, stage: &mut Stage, state: &str) -> Result<()> {
        let timer = clock::Timer::start(NOTICED);
        loop {
            let described = describe(stage, &self.id)?;
            if described["state"] == state {
                return Ok(());
            }
            if timer.over() {
                return Err(Trouble::failed(format!("{} is {}, not {state}", self.name, described["state"])));
            }
            clock::pause_ms(500);
        }
    }
}

fn expect_state(stage: &mut Stage, id: &str, state: &str) -> Result<()> {
    let found = describe(stage, id)?["state"].clone();
    if found == state { Ok(()) } else { Err(Trouble::failed(format!("{id} is {found}, not {state}"))) }
}

fn describe(stage: &mut Stage, id: &str) -> Result<Value> {
    Ok(stage.server.ksql(&format!("EXPLAIN {id};"))?[0]["queryDescription"].clone())
}

fn query_id(answer: &Value) -> Result<String> {
    let id = answer[0]["commandStatus"]["queryId"].as_str();
    id.map(str::to_owned).ok_or_else(|| Trouble::failed(format!("no query: {answer}")))
}

fn row(partition: i32, key: &str, text: &str) -> Record {
    let value = format!(r#"{{"T":"{text}"}}"#).into_bytes();
    Record { partition, timestamp: clock::wall_ms(), key: Some(key.into()), value: Some(value) }
}
