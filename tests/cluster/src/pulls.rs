//! Pull queries by key at a steady rate while the table that they ask is being changed: how long an answer takes, from the time at
//! which its question was due, so that a question that had to wait for its connection is not flattered. The asking side costs as
//! little as it can: what is measured is the server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::broker::Broker;
use crate::clock::{self, Timer};
use crate::error::{Doing, Result, Trouble};
use crate::report::{Report, root, say};
use crate::server::{self, Server, Setup};
use crate::source::{Plan, Shape, Source, send_range};
use crate::topics;

/// `cluster pulls`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Use this cluster instead of starting one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// The server's binary; default: target/debug/millstream.
    #[arg(long)]
    server: Option<PathBuf>,
    /// A server property. Repeatable.
    #[arg(short = 'D', value_name = "KEY=VALUE")]
    properties: Vec<String>,
    /// Keys of the table.
    #[arg(long, default_value_t = 100_000)]
    keys: u64,
    /// Records a second that change it meanwhile; several, by commas, one after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 50_000])]
    rate: Vec<u64>,
    /// Questions a second; several, by commas, one after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [300, 1_000, 2_000, 5_000])]
    queries: Vec<u64>,
    /// Where they are asked.
    #[arg(long, default_value = "/query-stream")]
    endpoint: String,
    /// Connections that they come over.
    #[arg(long, default_value_t = 32)]
    connections: u64,
    /// For how long each rate of them is asked, s.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Partitions.
    #[arg(long, default_value_t = 4)]
    partitions: i32,
}

/// Every key of a partition, over and over.
#[derive(Debug)]
struct Keyed {
    keys: u64,
}

impl Shape for Keyed {
    fn key(&self, partition: i32, n: u64, into: &mut Vec<u8>) {
        // Writing into memory cannot fail.
        let _ = write!(into, "{partition}-{}", n % self.keys);
    }

    fn value(&self, _partition: i32, n: u64, into: &mut Vec<u8>) {
        let _ = write!(into, r#"{{"V":{}}}"#, n % 1000);
    }
}

/// How long answers took, ms, and when the last of them came.
#[derive(Debug, Default)]
struct Taken {
    each: Vec<f64>,
    elapsed: Duration,
}

impl Taken {
    /// The time within which that part of them came; they are in order.
    fn within(&self, part: f64) -> f64 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank"
        )]
        let at = (self.each.len() as f64 * part) as usize;
        self.each.get(at.min(self.each.len().saturating_sub(1))).copied().unwrap_or(f64::INFINITY)
    }
}

/// Runs the measurement. Error: a question was refused, or its answer is not the row that was asked for.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut report = Report::open("pulls", 0)?;
    let broker = Broker::open(options.bootstrap.as_deref(), 1, "pulls")?;
    let run = format!("pulls-{}", clock::wall_ms());
    let folder = root().join("build/servers").join(&run);
    let setup = Setup {
        program: server::program(options.server.as_deref())?,
        bootstrap: broker.bootstrap.clone(),
        own_broker: None,
        service: format!("{run}_"),
        folder: folder.clone(),
        properties: options.properties.clone(),
    };
    let mut server = Server::new(setup, "server")?;
    server.start()?;
    let host = server.ready()?.trim_start_matches("http://").to_owned();
    let topic = format!("{run}-source");
    topics::create(&broker.bootstrap, &[&topic], options.partitions, &[])?;
    server.ksql(&format!(
        "CREATE STREAM source (k VARCHAR KEY, v BIGINT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON');"
    ))?;
    // A topic of this run's own: a cluster that is used again has those of earlier ones.
    server.ksql(&format!(
        "CREATE TABLE totals WITH (KAFKA_TOPIC='{run}-totals') AS \
         SELECT k, COUNT(*) AS c, SUM(v) AS s, MAX(v) AS m FROM source GROUP BY k;"
    ))?;
    let keys = (options.keys / u64::from(options.partitions.unsigned_abs().max(1))).max(1);
    let plan = |rate: u64| Plan {
        bootstrap: broker.bootstrap.clone(),
        topics: vec![topic.clone()],
        partitions: options.partitions,
        rate,
        shape: Arc::new(Keyed { keys }),
        limit: Duration::from_secs(3600),
    };
    send_range(&plan(1), 0..keys)?;
    wait_for_all(options, &host, keys)?;
    say(
        "records/s  questions/s  answered/s     p50     p90     p99   p99.9     max ms   server's CPU: s/s, µs/question",
    );
    for rate in &options.rate {
        let source = Source::start(plan(*rate));
        clock::pause_ms(3_000);
        for queries in &options.queries {
            measure(options, (*rate, *queries), &server, &host, keys, &mut report)?;
        }
        source.stop()?;
    }
    server.stop()?;
    std::fs::remove_dir_all(folder).doing("removing the folder")
}

/// Asks at one rate and says how it went.
fn measure(
    options: &Options,
    (rate, queries): (u64, u64),
    server: &Server,
    host: &str,
    keys: u64,
    report: &mut Report,
) -> Result<()> {
    let (before, began) = (server.usage()?, Timer::start(Duration::from_secs(3600)));
    let taken = ask_all(options, queries, host, keys)?;
    let (elapsed, after) = (began.elapsed().as_secs_f64(), server.usage()?);
    let cpu = after.cpu_s - before.cpu_s;
    #[allow(clippy::cast_precision_loss, reason = "a count of one run")]
    let count = taken.each.len() as f64;
    let answered = count / taken.elapsed.as_secs_f64();
    let [p50, p90, p99, p999, most] = [0.5, 0.9, 0.99, 0.999, 1.0].map(|part| taken.within(part));
    say(&format!(
        "{rate:>9} {queries:>12} {answered:>11.0} {p50:>7.2} {p90:>7.2} {p99:>7.2} {p999:>7.2} {most:>10.2} \
         {:>14.2} {:>6.0}   {after}",
        cpu / elapsed,
        cpu / count * 1e6
    ));
    report.line(
        "rate",
        json!({ "records_s": rate, "questions_s": queries, "answered_s": answered, "elapsed_s": elapsed, "cpu_s": cpu,
                "p50_ms": p50, "p90_ms": p90, "p99_ms": p99, "p999_ms": p999, "most_ms": most }),
    )
}

/// Until the last key that was sent to each partition is in the table.
fn wait_for_all(options: &Options, host: &str, keys: u64) -> Result<()> {
    let timer = Timer::start(Duration::from_secs(300));
    let mut asker = Asker::connect(host, &options.endpoint)?;
    for partition in 0..options.partitions {
        let key = format!("{partition}-{}", keys - 1);
        while asker.ask(&key)?.is_none() {
            if timer.over() {
                return Err(Trouble::failed("the table is not full"));
            }
            clock::pause_ms(100);
        }
    }
    Ok(())
}

/// Asks over all connections in turns, each with a thread of its own.
fn ask_all(options: &Options, queries: u64, host: &str, keys: u64) -> Result<Taken> {
    let askers =
        (0..options.connections).map(|_| Asker::connect(host, &options.endpoint)).collect::<Result<Vec<_>>>()?;
    let began = Timer::start(Duration::from_secs(options.seconds + 60));
    let parts = std::thread::scope(|scope| {
        let ask = |(first, asker)| scope.spawn(move || ask_some(options, queries, keys, began, first, asker));
        let threads: Vec<_> = (0..options.connections).zip(askers).map(ask).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Result<Vec<f64>>>| {
            thread.join().map_err(|_| Trouble::failed("a thread that asks has died"))?
        };
        threads.into_iter().map(join).collect::<Result<Vec<_>>>()
    })?;
    let elapsed = began.elapsed();
    let mut each = parts.concat();
    each.sort_by(f64::total_cmp);
    Ok(Taken { each, elapsed })
}

/// Every so many-th question, from `first` on.
fn ask_some(
    options: &Options,
    queries: u64,
    keys: u64,
    began: Timer,
    first: u64,
    mut asker: Asker,
) -> Result<Vec<f64>> {
    let mut taken = Vec::new();
    let mut number = first;
    while number < queries * options.seconds {
        #[allow(clippy::cast_precision_loss, reason = "a time of one run")]
        let due = Duration::from_secs_f64(0.1 + number as f64 / queries as f64);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        // Spread over the keys without a pattern that the data has.
        let key = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let key = format!("{}-{}", key % u64::from(options.partitions.unsigned_abs()), key / 16 % keys);
        if asker.ask(&key)?.is_none() {
            return Err(Trouble::failed(format!("{key} is not in the table")));
        }
        taken.push(began.elapsed().saturating_sub(due).as_secs_f64() * 1000.0);
        number += options.connections;
    }
    Ok(taken)
}

/// A connection that is kept.
#[derive(Debug)]
struct Asker {
    stream: TcpStream,
    /// What stands before the body of every request, but for its length.
    head: String,
    /// The name of the statement in the body.
    field: &'static str,
    answer: Vec<u8>,
}

impl Asker {
    fn connect(host: &str, endpoint: &str) -> Result<Self> {
        let stream = TcpStream::connect(host).doing("connecting")?;
        stream.set_nodelay(true).doing("connecting")?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).doing("connecting")?;
        let head = format!("POST {endpoint} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n");
        let field = if endpoint == "/query" { "ksql" } else { "sql" };
        Ok(Self { stream, head, field, answer: Vec::new() })
    }

    /// The row of a key as JSON.
    fn ask(&mut self, key: &str) -> Result<Option<String>> {
        let body = format!(r#"{{"{}":"SELECT k, c, s, m FROM totals WHERE k = '{key}';"}}"#, self.field);
        let request = format!("{}content-length: {}\r\n\r\n{body}", self.head, body.len());
        self.stream.write_all(request.as_bytes()).doing("asking")?;
        self.answer.clear();
        let mut piece = [0; 4096];
        // Answers with rows come in chunks; any other has no such end, and has been told by its status.
        while !self.answer.ends_with(b"\r\n0\r\n\r\n") {
            match self.stream.read(&mut piece).doing("reading an answer")? {
                0 => return Err(Trouble::failed("the server has hung up")),
                n => self.answer.extend_from_slice(piece.get(..n).unwrap_or_default()),
            }
            if self.answer.len() > 12 && !self.answer.starts_with(b"HTTP/1.1 200") {
                return Err(Trouble::failed(String::from_utf8_lossy(&self.answer)));
            }
        }
        let text = String::from_utf8_lossy(&self.answer);
        let begins = format!("[\"{key}\",");
        let row = text.find(&begins).and_then(|at| text.get(at..)?.split_inclusive(']').next());
        match row {
            Some(row) => serde_json::from_str::<Vec<Value>>(row).doing(row).map(|_| Some(row.to_owned())),
            None => Ok(None),
        }
    }
}
