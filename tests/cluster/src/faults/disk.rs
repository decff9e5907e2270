//! A disk that is full: local copies are left out and nothing else happens; a state that has to go to disk stops its query alone,
//! which goes on when there is room.

use super::subject::{Flow, row};
use super::{NOTICED, hold};
use crate::clock;
use crate::error::{Result, Trouble};
use crate::report::say;
use crate::server::Server;
use crate::stage::{PARTITIONS, Record, Stage};

/// Bytes of the whole data folder.
const SMALL: u64 = 1024 * 1024;
/// Groups, and bytes of each.
const KEYS: usize = 4000;
const ROW_BYTES: usize = 1000;

/// Copies have no room: it is logged, results go on, the server stops well.
pub(super) fn full_of_copies(stage: &mut Stage) -> Result<()> {
    let often = ["millstream.state.copy.interval.ms=500", "millstream.state.copy.min.bytes=1"];
    let mut server = stage.confined("no_copies", SMALL, &often)?;
    let mut flow = Flow::create(stage, &mut server, "no_copies")?;
    let large = Large::create(stage, &mut server, "no_copies")?;
    large.fill(stage)?;
    let said = clock::wait_until(NOTICED, || {
        // Copies are made when epochs end.
        let _ = flow.send(stage, 1).and_then(|()| large.touch(stage));
        clock::pause_ms(500);
        server.log().contains("a local copy cannot be written")
    });
    hold(said, || "the log does not say that a copy could not be written".into())?;
    flow.settle(stage)?;
    large.state(&mut server, "RUNNING")?;
    hold(server.stop()?, || "the server did not stop well".into())
}

/// State has to go to disk and has no room there: its query stops alone and says so; with room it goes on.
pub(super) fn full_of_state(stage: &mut Stage) -> Result<()> {
    let mut server = stage.confined("no_state", SMALL, &["millstream.state.memory.max.bytes=2000000"])?;
    let large = Large::create(stage, &mut server, "no_state")?;
    let mut plain = Flow::create(stage, &mut server, "beside_no_state")?;
    large.fill(stage)?;
    large.state(&mut server, "ERROR")?;
    let cause = large.cause(&mut server)?;
    say(&format!("it stopped: {cause}"));
    hold(cause.contains("disk") || cause.contains("space"), || {
        format!("the cause does not say what is full: {cause}")
    })?;
    plain.send(stage, 10)?;
    plain.settle_copies(stage)?;
    server.give_room(256 * SMALL)?;
    server.ksql(&format!("PAUSE {0}; RESUME {0};", large.id))?;
    large.state(&mut server, "RUNNING")?;
    let found = stage.read(&large.sink, KEYS, NOTICED)?;
    let mut keys: Vec<_> = found.iter().map(|record| &record.key).collect();
    keys.sort_unstable();
    keys.dedup();
    hold(keys.len() == KEYS, || format!("results of {} groups of {KEYS}", keys.len()))?;
    hold(server.stop()?, || "the server did not stop well".into())
}

/// A query that keeps a long text for each of many keys.
struct Large {
    source: String,
    sink: String,
    id: String,
}

impl Large {
    fn create(stage: &Stage, server: &mut Server, name: &str) -> Result<Self> {
        let source = format!("{}-{name}-large", stage.name);
        let sink = format!("{source}-out");
        crate::topics::create(&stage.broker.bootstrap, &[&source], PARTITIONS, &[])?;
        server.ksql(&format!(
            "CREATE STREAM {name}_l (k VARCHAR KEY, t VARCHAR) WITH (KAFKA_TOPIC='{source}', VALUE_FORMAT='JSON');"
        ))?;
        let answer = server.ksql(&format!(
            "CREATE TABLE {name}_lt WITH (KAFKA_TOPIC='{sink}') AS \
             SELECT k, LATEST_BY_OFFSET(t) AS t FROM {name}_l GROUP BY k EMIT CHANGES;"
        ))?;
        Ok(Self { source, sink, id: super::subject::query_id(&answer)? })
    }

    fn fill(&self, stage: &Stage) -> Result<()> {
        let partition = |n: usize| i32::try_from(n).unwrap_or(0) % PARTITIONS;
        // No two alike, so that nothing makes them short.
        let text = |n: usize| format!("{n:x}").repeat(ROW_BYTES).chars().take(ROW_BYTES).collect::<String>();
        let rows: Vec<Record> = (0..KEYS).map(|n| row(partition(n), &format!("key {n}"), &text(n))).collect();
        stage.send(&self.source, &rows)
    }

    /// A row more for a key of each partition.
    fn touch(&self, stage: &Stage) -> Result<()> {
        let rows: Vec<Record> = (0..PARTITIONS).map(|p| row(p, &format!("key {p}"), "again")).collect();
        stage.send(&self.source, &rows)
    }

    fn described(&self, server: &mut Server) -> Result<serde_json::Value> {
        Ok(server.ksql(&format!("EXPLAIN {};", self.id))?[0]["queryDescription"].clone())
    }

    fn state(&self, server: &mut Server, wanted: &str) -> Result<()> {
        let mut last = serde_json::Value::Null;
        let reached = clock::wait_until(NOTICED, || {
            clock::pause_ms(300);
            last = self.described(server).map_or(serde_json::Value::Null, |described| described["state"].clone());
            last == wanted
        });
        if reached { Ok(()) } else { Err(Trouble::failed(format!("the query is {last}, not {wanted}"))) }
    }

    fn cause(&self, server: &mut Server) -> Result<String> {
        let described = self.described(server)?;
        let last = described["queryErrors"].as_array().and_then(|errors| errors.last());
        Ok(last.and_then(|error| error["errorMessage"].as_str()).unwrap_or_default().to_owned())
    }
}
