//! What the cases are tried on: queries that count, and what they say about themselves.

use serde_json::Value;

use super::{NOTICED, RESULTS, hold};
use crate::clock;
use crate::error::{Result, Trouble};
use crate::report::say;
use crate::server::Server;
use crate::stage::{PARTITIONS, Record, Stage};
use crate::topics;

/// A query that counts the rows of each key.
pub(super) struct Grouped {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) sink: String,
    pub(super) id: String,
}

impl Grouped {
    pub(super) fn create(stage: &mut Stage, name: &str) -> Result<Self> {
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
    pub(super) fn count(&self, stage: &mut Stage, count: usize) -> Result<()> {
        stage.send(&self.source, &[row(0, "a", "x")])?;
        let found = stage.read(&self.sink, count, RESULTS)?;
        let last = found.iter().rfind(|r| r.key.as_deref() == Some(b"a")).and_then(|r| r.value.clone());
        let last: Value = serde_json::from_slice(&last.unwrap_or_default()).unwrap_or_default();
        let right = found.len() == count && last["C"] == count;
        right.then_some(()).ok_or_else(|| {
            Trouble::failed(format!("{}: {} results, the last one {last}, not {count}", self.name, found.len()))
        })
    }

    /// Sends a row and waits until its key's count is that, in however many results.
    pub(super) fn reaches(&self, stage: &Stage, count: u64) -> Result<()> {
        self.send_one(stage)?;
        let mut last = None;
        let right = clock::wait_until(RESULTS, || {
            let found = stage.read(&self.sink, 1, RESULTS).unwrap_or_default();
            last = last_count_of(&found, "a");
            last == Some(count)
        });
        hold(right, || format!("{}: the last count is {last:?}, not {count}", self.name))
    }

    /// Sends a row and waits for nothing.
    pub(super) fn send_one(&self, stage: &Stage) -> Result<()> {
        stage.send(&self.source, &[row(0, "a", "x")])
    }

    /// Waits until it has stopped by itself; why.
    pub(super) fn stopped(&self, stage: &mut Stage) -> Result<String> {
        self.wait(stage, "ERROR")?;
        let described = describe(stage, &self.id)?;
        let cause = described["queryErrors"].as_array().and_then(|errors| errors.last());
        let cause = cause.and_then(|error| error["errorMessage"].as_str()).unwrap_or_default().to_owned();
        say(&format!("{} stopped: {cause}", self.name));
        Ok(cause)
    }

    /// Waits until it runs.
    pub(super) fn runs(&self, stage: &mut Stage) -> Result<()> {
        self.wait(stage, "RUNNING")
    }

    pub(super) fn wait(&self, stage: &mut Stage, state: &str) -> Result<()> {
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

pub(super) fn expect_state(stage: &mut Stage, id: &str, state: &str) -> Result<()> {
    let found = describe(stage, id)?["state"].clone();
    if found == state { Ok(()) } else { Err(Trouble::failed(format!("{id} is {found}, not {state}"))) }
}

pub(super) fn describe(stage: &mut Stage, id: &str) -> Result<Value> {
    Ok(stage.server.ksql(&format!("EXPLAIN {id};"))?[0]["queryDescription"].clone())
}

pub(super) fn query_id(answer: &Value) -> Result<String> {
    let id = answer[0]["commandStatus"]["queryId"].as_str();
    id.map(str::to_owned).ok_or_else(|| Trouble::failed(format!("no query: {answer}")))
}

pub(super) fn row(partition: i32, key: &str, text: &str) -> Record {
    let value = format!(r#"{{"T":"{text}"}}"#).into_bytes();
    Record { partition, timestamp: clock::wall_ms(), key: Some(key.into()), value: Some(value) }
}

/// A stream of numbered rows through a copy and a count, on servers of its own or on the stage's: at the end every row must have
/// come out once, and every count must be right.
pub(super) struct Flow {
    name: String,
    source: String,
    copies: String,
    counts: String,
    /// Of the query that counts.
    pub(super) id: String,
    /// Rows that each partition has got.
    sent: usize,
}

impl Flow {
    /// Its topic; no query yet.
    pub(super) fn prepare(stage: &Stage, name: &str) -> Result<Self> {
        let source = format!("{}-{name}", stage.name);
        topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &[])?;
        let (copies, counts) = (format!("{source}-copies"), format!("{source}-counts"));
        Ok(Self { name: name.to_owned(), source, copies, counts, id: String::new(), sent: 0 })
    }

    /// Its queries, on this server.
    pub(super) fn deploy(&mut self, server: &mut Server) -> Result<()> {
        let Self { name, source, copies, counts, .. } = self;
        server.ksql(&format!(
            "CREATE STREAM {name}_s (k VARCHAR KEY, t VARCHAR) WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
        ))?;
        server.ksql(&format!(
            "CREATE STREAM {name}_c WITH (KAFKA_TOPIC='{copies}') AS SELECT * FROM {name}_s EMIT CHANGES;"
        ))?;
        let answer = server.ksql(&format!(
            "CREATE TABLE {name}_t WITH (KAFKA_TOPIC='{counts}') AS SELECT k, COUNT(*) AS c FROM {name}_s GROUP BY k \
             EMIT CHANGES;"
        ))?;
        self.id = query_id(&answer)?;
        Ok(())
    }

    /// Topic and queries, on a server of its own.
    pub(super) fn create(stage: &Stage, server: &mut Server, name: &str) -> Result<Self> {
        let mut flow = Self::prepare(stage, name)?;
        flow.deploy(server)?;
        Ok(flow)
    }

    /// The topic that it reads.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The topic that rows are copied to.
    pub(super) fn copies(&self) -> &str {
        &self.copies
    }

    /// So many rows more into each partition.
    pub(super) fn send(&mut self, stage: &Stage, rows: usize) -> Result<()> {
        let numbered = (self.sent..self.sent + rows)
            .flat_map(|n| (0..PARTITIONS).map(move |p| row(p, &format!("k{p}"), &format!("{p}-{n}"))));
        stage.send(&self.source, &numbered.collect::<Vec<_>>())?;
        self.sent += rows;
        Ok(())
    }

    /// Waits until every row has been copied; errors say what is lost or doubled.
    pub(super) fn settle_copies(&self, stage: &Stage) -> Result<()> {
        let all = self.sent * usize::try_from(PARTITIONS).unwrap_or(1);
        let copies = stage.read(&self.copies, all, NOTICED)?;
        let mut different: Vec<&[u8]> = copies.iter().filter_map(|record| record.value.as_deref()).collect();
        different.sort_unstable();
        different.dedup();
        let right = copies.len() == all && different.len() == copies.len();
        hold(right, || format!("{} copies, {} different, of {all}", copies.len(), different.len()))
    }

    /// The same, and until the counts are right.
    pub(super) fn settle(&self, stage: &Stage) -> Result<()> {
        self.settle_copies(stage)?;
        let partitions = usize::try_from(PARTITIONS).unwrap_or(1);
        let mut found = Vec::new();
        let right = clock::wait_until(RESULTS, || {
            // What a broker does not answer is asked again.
            found = stage.read(&self.counts, partitions, RESULTS).unwrap_or_default();
            (0..PARTITIONS).all(|p| last_count(&found, p) == Some(self.sent as u64))
        });
        let last: Vec<_> = (0..PARTITIONS).map(|p| last_count(&found, p)).collect();
        hold(right, || format!("counts are {last:?}, should be {}", self.sent))
    }
}

/// The last count of a partition's key, wherever that is now.
fn last_count(found: &[Record], partition: i32) -> Option<u64> {
    last_count_of(found, &format!("k{partition}"))
}

fn last_count_of(found: &[Record], key: &str) -> Option<u64> {
    let last = found.iter().rfind(|record| record.key.as_deref() == Some(key.as_bytes()))?;
    serde_json::from_slice::<Value>(last.value.as_deref()?).ok()?["C"].as_u64()
}
