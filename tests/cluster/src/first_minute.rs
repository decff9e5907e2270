//! How long a person waits: from the start of a server with its own broker and data to "ready", and from a new query to
//! its first row.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::json;

use crate::clock::{self, Timer};
use crate::error::{Doing, Result, Trouble};
use crate::kill::free_port;
use crate::reader::Reader;
use crate::report::{Report, Spread, root, say};
use crate::server::{self, Server, Setup};
use crate::topics;

/// `cluster first-minute`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// The binary; default: target/debug/millstream.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Data in the folder, MB.
    #[arg(long, default_value_t = 2048)]
    megabytes: u64,
    /// Starts of each kind, and queries.
    #[arg(long, default_value_t = 10)]
    times: u32,
}

const TOPIC: &str = "ballast";
const PARTITIONS: i32 = 8;
const VALUE_BYTES: usize = 1000;
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the measurement. Error: something did not happen at all; how long is "too long" is for whoever reads it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut report = Report::open("first-minute", 0)?;
    let port = free_port()?;
    let name = format!("first-minute-{}", clock::wall_ms());
    let folder = root().join("build/servers").join(&name);
    let setup = Setup {
        program: server::program(options.server.as_deref())?,
        bootstrap: format!("127.0.0.1:{port}"),
        own_broker: Some(port),
        service: "first_minute_".to_owned(),
        folder: folder.clone(),
        properties: Vec::new(),
    };
    let bootstrap = setup.bootstrap.clone();
    let mut server = Server::new(setup, "server")?;
    let empty = started(&mut server)?;
    topics::create(&bootstrap, &[TOPIC], PARTITIONS, &[("retention.ms", "-1"), ("segment.bytes", "268435456")])?;
    fill(&bootstrap, options.megabytes)?;
    let rows = first_rows(&mut server, &bootstrap, options.times)?;
    let stopped = restarts(&mut server, options.times, |server| match server.stop()? {
        true => Ok(()),
        false => Err(Trouble::failed("the server did not stop well")),
    })?;
    let killed = restarts(&mut server, options.times, |server| {
        server.kill();
        Ok(())
    })?;
    server.stop()?;
    say(&format!("start to ready, ms, empty folder: {empty:.0}"));
    say(&format!("start to ready, ms, {} MB, after a stop: {stopped}", options.megabytes));
    say(&format!("start to ready, ms, {} MB, after SIGKILL: {killed}", options.megabytes));
    say(&format!("CREATE STREAM AS to its first committed row, ms: {rows}"));
    report.line(
        "figures",
        json!({ "megabytes": options.megabytes, "empty_ms": empty, "after_stop_ms": stopped.json(),
                "after_kill_ms": killed.json(), "first_row_ms": rows.json() }),
    )?;
    std::fs::remove_dir_all(folder).doing("removing the folder")
}

/// Starts the server; the time until it says that it is ready, ms.
fn started(server: &mut Server) -> Result<f64> {
    let timer = Timer::start(PATIENCE);
    server.start()?;
    while server.address().is_none() {
        if timer.over() || !server.alive() {
            server.ready()?;
        }
        clock::pause_ms(1);
    }
    Ok(timer.ms())
}

fn restarts(server: &mut Server, times: u32, mut end: impl FnMut(&mut Server) -> Result<()>) -> Result<Spread> {
    let mut all = Vec::new();
    for _ in 0..times {
        end(server)?;
        all.push(started(server)?);
    }
    Spread::of(all).ok_or_else(|| Trouble::failed("nothing was measured"))
}

fn fill(bootstrap: &str, megabytes: u64) -> Result<()> {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("enable.idempotence", "true")
        .set("linger.ms", "5")
        .create()
        .doing("creating the producer")?;
    let value = vec![b'x'; VALUE_BYTES];
    let count = megabytes * 1_000_000 / VALUE_BYTES as u64;
    for n in 0..count {
        let partition = i32::try_from(n % 8).unwrap_or(0);
        let mut record = BaseRecord::<[u8], [u8]>::to(TOPIC).partition(partition).payload(&value);
        while let Err((e, back)) = producer.send(record) {
            if !matches!(e, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)) {
                return Err(e).doing("producing");
            }
            producer.poll(Duration::from_millis(5));
            record = back;
        }
    }
    producer.flush(Duration::from_secs(120)).doing("flushing")
}

/// A stream that has a record already; then query after query over it, each until its first row is committed.
fn first_rows(server: &mut Server, bootstrap: &str, times: u32) -> Result<Spread> {
    server.ksql(
        "CREATE STREAM numbers (id STRING KEY, n BIGINT) \
         WITH (KAFKA_TOPIC='numbers', VALUE_FORMAT='JSON', PARTITIONS=4);",
    )?;
    server.ksql("INSERT INTO numbers (id, n) VALUES ('a', 1);")?;
    let mut all = Vec::new();
    for i in 0..times {
        let topic = format!("rows-{i}");
        let statement = format!(
            "CREATE STREAM rows_{i} WITH (KAFKA_TOPIC='{topic}') AS SELECT id, n + 1 AS m FROM numbers EMIT CHANGES;"
        );
        let timer = Timer::start(PATIENCE);
        server.ksql(&statement)?;
        let seen = Arc::new(AtomicBool::new(false));
        let into = Arc::clone(&seen);
        let reader = Reader::start(bootstrap, &[topic], 4, move |_| into.store(true, Ordering::Relaxed))?;
        while !seen.load(Ordering::Relaxed) {
            if timer.over() {
                return Err(Trouble::failed("no row"));
            }
            clock::pause_ms(1);
        }
        all.push(timer.ms());
        reader.stop()?;
    }
    Spread::of(all).ok_or_else(|| Trouble::failed("nothing was measured"))
}
