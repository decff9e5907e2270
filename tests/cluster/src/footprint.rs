//! What a server takes before it has done anything: memory and threads when it is idle, the same with idle queries, and the
//! time from the start of its process to the first row of a query that it had before. Said, not judged.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::{Value, json};

use crate::broker::Broker;
use crate::clock::{self, Timer};
use crate::error::{Doing, Result, Trouble};
use crate::reader::Reader;
use crate::report::{Report, Spread, append, root, say};
use crate::server::{self, Server, Setup};
use crate::topics;

/// `cluster footprint`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Use this cluster instead of starting one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// The server's binary; default: target/debug/millstream.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Idle queries, all told, after each step.
    #[arg(long, value_delimiter = ',', default_value = "1,10,50")]
    queries: Vec<u64>,
    /// Starts that are timed.
    #[arg(long, default_value_t = 10)]
    times: u64,
    /// For how long it is left alone before it is looked at, s.
    #[arg(long, default_value_t = 5)]
    settle: u64,
    /// The guarantee of the queries.
    #[arg(long, default_value = "at_least_once")]
    guarantee: String,
    /// Append the figures to this file, one line of JSON each.
    #[arg(long)]
    json: Option<PathBuf>,
}

const PARTITIONS: i32 = 4;
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the measurement. Error: something did not happen at all.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut report = Report::open("footprint", 0)?;
    let broker = Broker::open(options.bootstrap.as_deref(), 1, "footprint")?;
    let run = format!("footprint-{}", clock::wall_ms());
    let folder = root().join("build/servers").join(&run);
    let setup = Setup {
        program: server::program(options.server.as_deref())?,
        bootstrap: broker.bootstrap.clone(),
        own_broker: None,
        service: format!("{run}_"),
        folder: folder.clone(),
        properties: vec![format!("ksql.streams.processing.guarantee={}", options.guarantee)],
    };
    let source = format!("{run}-source");
    topics::create(&broker.bootstrap, &[&source], PARTITIONS, &[])?;
    let mut server = Server::new(setup.clone(), "server")?;
    for line in memory(options, &mut server, &source)? {
        report.line("memory", line.clone())?;
        append(options.json.as_deref(), &line)?;
    }
    server.stop()?;
    let cold = Setup { service: format!("{run}-cold_"), ..setup };
    let line = cold_start(options, &mut Server::new(cold, "cold")?, &broker.bootstrap, &source)?;
    report.line("cold-start", line.clone())?;
    append(options.json.as_deref(), &line)?;
    std::fs::remove_dir_all(folder).doing("removing the folder")
}

/// An idle server, then with more and more idle queries: one line each.
fn memory(options: &Options, server: &mut Server, source: &str) -> Result<Vec<Value>> {
    server.start()?;
    server.ready()?;
    server.ksql(&stream(source))?;
    let settle = || clock::pause_ms(options.settle * 1000);
    settle();
    let idle = server.usage()?;
    say(&format!("idle: {} kB, {} threads", idle.rss_kb, idle.threads));
    let line = |queries: u64, rss_kb: u64, threads: u64, per_query_kb: Option<u64>| {
        json!({ "bench": "memory", "system": "millstream", "guarantee": options.guarantee, "queries": queries,
                "rss_kb": rss_kb, "threads": threads, "per_query_kb": per_query_kb })
    };
    let mut lines = vec![line(0, idle.rss_kb, idle.threads, None)];
    let mut there = 0;
    for count in &options.queries {
        while there < *count {
            let topic = format!("{source}-idle-{there}");
            server.ksql(&format!(
                "CREATE STREAM idle_{there} WITH (KAFKA_TOPIC='{topic}') AS SELECT id, n FROM source WHERE n > {there};"
            ))?;
            there += 1;
        }
        settle();
        let now = server.usage()?;
        let per_query = now.rss_kb.saturating_sub(idle.rss_kb) / (*count).max(1);
        say(&format!("{count} idle queries: {} kB, {per_query} kB each, {} threads", now.rss_kb, now.threads));
        lines.push(line(*count, now.rss_kb, now.threads, Some(per_query)));
    }
    Ok(lines)
}

fn stream(topic: &str) -> String {
    format!("CREATE STREAM source (id STRING KEY, n BIGINT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON');")
}

/// A record that waits, then the process: until its row is committed. Topics and groups are there from before.
fn cold_start(options: &Options, server: &mut Server, bootstrap: &str, source: &str) -> Result<Value> {
    let output = format!("{source}-rows");
    server.start()?;
    server.ready()?;
    server.ksql(&stream(source))?;
    server
        .ksql(&format!("CREATE STREAM result WITH (KAFKA_TOPIC='{output}') AS SELECT id, n + 1 AS m FROM source;"))?;
    let rows = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&rows);
    let reader = Reader::start(bootstrap, &[output], PARTITIONS, move |_| {
        seen.fetch_add(1, Ordering::Relaxed);
    })?;
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", bootstrap).create().doing("creating the producer")?;
    let (mut all, mut ready) = (Vec::new(), Vec::new());
    // The first one is of the running server: from then on everything is warm.
    for n in 0..=options.times {
        let key = n.to_string();
        let value = json!({ "N": n }).to_string();
        producer.send(BaseRecord::to(source).key(&key).payload(&value)).map_err(|(e, _)| e).doing("producing")?;
        producer.flush(PATIENCE).doing("flushing")?;
        let timer = Timer::start(PATIENCE);
        let mut said = None;
        if n > 0 {
            server.start()?;
        }
        while rows.load(Ordering::Relaxed) <= n {
            if timer.over() || !server.alive() {
                return Err(Trouble::failed(format!("no row of record {n}")));
            }
            said = said.or_else(|| server.address().map(|_| timer.ms()));
            clock::pause_ms(1);
        }
        if n > 0 {
            all.push(timer.ms());
            ready.extend(said);
        }
        if !server.stop()? {
            return Err(Trouble::failed("the server did not stop well"));
        }
    }
    reader.stop()?;
    let first = Spread::of(all).ok_or("no start").doing("measuring")?;
    say(&format!("start of the process to the first row, ms: {first}"));
    if let Some(ready) = Spread::of(ready) {
        say(&format!("of these, those that were ready before the row, ms: {ready}"));
    }
    Ok(json!({ "bench": "cold-start", "system": "millstream", "guarantee": options.guarantee, "ms": first.json() }))
}
