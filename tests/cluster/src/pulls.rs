//! Pull queries by key at a steady rate while the table that they ask is being changed: how long an answer takes, from the time at
//! which its question was due, so that a question that had to wait for its connection is not flattered.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::task::JoinSet;

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
    /// Records a second that change it meanwhile.
    #[arg(long, default_value_t = 50_000)]
    rate: u64,
    /// Questions a second.
    #[arg(long, default_value_t = 5_000)]
    queries: u64,
    /// Connections that they come over.
    #[arg(long, default_value_t = 32)]
    connections: u64,
    /// For how long they are asked, s.
    #[arg(long, default_value_t = 20)]
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

/// How long answers took, ms.
#[derive(Debug, Default)]
struct Taken(Vec<f64>);

impl Taken {
    /// The time within which that part of them came; they are in order.
    fn within(&self, part: f64) -> f64 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank"
        )]
        let at = (self.0.len() as f64 * part) as usize;
        self.0.get(at.min(self.0.len().saturating_sub(1))).copied().unwrap_or(f64::INFINITY)
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
    server.ksql("CREATE TABLE totals AS SELECT k, COUNT(*) AS c, SUM(v) AS s, MAX(v) AS m FROM source GROUP BY k;")?;
    let keys = (options.keys / u64::from(options.partitions.unsigned_abs().max(1))).max(1);
    let plan = Plan {
        bootstrap: broker.bootstrap.clone(),
        topics: vec![topic],
        partitions: options.partitions,
        rate: options.rate,
        shape: Arc::new(Keyed { keys }),
        limit: Duration::from_secs(3600),
    };
    send_range(&plan, 0..keys)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("starting a runtime")?;
    runtime.block_on(wait_for_all(&host, options.partitions, keys))?;
    let source = Source::start(plan);
    clock::pause_ms(3_000);
    let (before, began) = (server.usage()?, Timer::start(Duration::from_secs(3600)));
    let mut taken = runtime.block_on(ask_all(options, &host, keys))?;
    let (elapsed, after) = (began.elapsed().as_secs_f64(), server.usage()?);
    let sent = source.stop()?;
    taken.0.sort_by(f64::total_cmp);
    let of = |part: f64| taken.within(part);
    let cpu = after.cpu_s - before.cpu_s;
    say(&format!(
        "{} questions in {elapsed:.1} s while {sent} records came, {cpu:.1} s of the server's CPU: {after}",
        taken.0.len()
    ));
    say(&format!(
        "an answer after, ms: p50 {:.2}, p90 {:.2}, p99 {:.2}, p99.9 {:.2}, the last {:.2}",
        of(0.5),
        of(0.9),
        of(0.99),
        of(0.999),
        of(1.0)
    ));
    report.line(
        "verdict",
        json!({ "questions": taken.0.len(), "elapsed_s": elapsed, "cpu_s": cpu, "p50_ms": of(0.5), "p90_ms": of(0.9),
                "p99_ms": of(0.99), "p999_ms": of(0.999), "most_ms": of(1.0) }),
    )?;
    server.stop()?;
    std::fs::remove_dir_all(folder).doing("removing the folder")
}

/// Until the last key that was sent to each partition is in the table.
async fn wait_for_all(host: &str, partitions: i32, keys: u64) -> Result<()> {
    let timer = Timer::start(Duration::from_secs(300));
    let mut sender = connect(host).await?;
    for partition in 0..partitions {
        let key = format!("{partition}-{}", keys - 1);
        while ask(&mut sender, host, &key).await?.is_none() {
            if timer.over() {
                return Err(Trouble::failed("the table is not full"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

/// Asks over all connections in turns.
async fn ask_all(options: &Options, host: &str, keys: u64) -> Result<Taken> {
    let mut asking = JoinSet::new();
    let began = Arc::new(Timer::start(Duration::from_secs(options.seconds + 60)));
    for connection in 0..options.connections {
        let (host, options, began) = (host.to_owned(), options.clone(), Arc::clone(&began));
        asking.spawn(async move {
            let mut sender = connect(&host).await?;
            let mut taken = Vec::new();
            let count = options.queries * options.seconds;
            let mut number = connection;
            while number < count {
                #[allow(clippy::cast_precision_loss, reason = "a time of one run")]
                let due = Duration::from_secs_f64(0.1 + number as f64 / options.queries as f64);
                tokio::time::sleep(due.saturating_sub(began.elapsed())).await;
                // Spread over the keys without a pattern that the data has.
                let key = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
                let key = format!("{}-{}", key % u64::from(options.partitions.unsigned_abs()), key / 16 % keys);
                match ask(&mut sender, &host, &key).await? {
                    Some(row) if row.first().and_then(Value::as_str) == Some(&key) => {}
                    other => return Err(Trouble::failed(format!("{key}: {other:?}"))),
                }
                taken.push(began.elapsed().saturating_sub(due).as_secs_f64() * 1000.0);
                number += options.connections;
            }
            Ok(taken)
        });
    }
    let mut all = Taken::default();
    while let Some(one) = asking.join_next().await {
        all.0.extend(one.doing("asking")??);
    }
    Ok(all)
}

async fn connect(host: &str) -> Result<SendRequest<Full<Bytes>>> {
    let stream = tokio::net::TcpStream::connect(host).await.doing("connecting")?;
    stream.set_nodelay(true).doing("connecting")?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.doing("connecting")?;
    tokio::spawn(connection);
    Ok(sender)
}

/// The row of a key.
async fn ask(sender: &mut SendRequest<Full<Bytes>>, host: &str, key: &str) -> Result<Option<Vec<Value>>> {
    let body = json!({ "sql": format!("SELECT k, c, s, m FROM totals WHERE k = '{key}';") }).to_string();
    let request = Request::post("/query-stream").header("host", host).body(Full::new(Bytes::from(body)));
    let response = sender.send_request(request.doing("building a request")?).await.doing("asking")?;
    let status = response.status();
    let body = response.into_body().collect().await.doing("reading an answer")?.to_bytes();
    let text = String::from_utf8_lossy(&body);
    if !status.is_success() {
        return Err(Trouble::failed(format!("{status}: {text}")));
    }
    match text.lines().nth(1) {
        Some(row) => serde_json::from_str(row).doing(row).map(Some),
        None => Ok(None),
    }
}
