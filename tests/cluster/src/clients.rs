//! Many clients at once: push queries on one stream, each of which must get every row, and connections that only stay open.
//! What the server needs for them is said, not judged; a client that starves or is refused fails the run.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::clock::{self, Timer};
use crate::error::{Doing, Result, Trouble};
use crate::kill::free_port;
use crate::report::{Report, Spread, append, root, say};
use crate::server::{self, Server, Setup, Usage};

/// `cluster clients`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// The binary; default: target/debug/millstream.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Push queries at once.
    #[arg(long, default_value_t = 1000)]
    pushes: u32,
    /// Each push query has a condition of its own instead of being like all others.
    #[arg(long)]
    distinct: bool,
    /// Records a second.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// For how long records are produced, s.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Connections that stay open without asking.
    #[arg(long, default_value_t = 10_000)]
    idle: u32,
    /// Append the figures of the push queries to this file, one line of JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

const TOPIC: &str = "fan-out";
/// Requests that are on their way at once.
const AT_ONCE: usize = 32;
/// How long all rows may take after the last record was sent.
const PATIENCE: Duration = Duration::from_secs(60);

/// One client's connection.
struct Client {
    sender: SendRequest<Full<Bytes>>,
    connection: tokio::task::JoinHandle<std::result::Result<(), hyper::Error>>,
    host: String,
}

/// What one push query's client saw.
struct Seen {
    rows: u32,
    /// From sending a record to reading its row, ms, of the slowest row.
    slowest_ms: f64,
    /// The same, in the middle.
    median_ms: f64,
}

/// Runs the measurement. Error: a client starved, was refused, or got rows that are not its own.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut report = Report::open("clients", 0)?;
    let port = free_port()?;
    let name = format!("clients-{}", clock::wall_ms());
    let folder = root().join("build/servers").join(&name);
    let bootstrap = format!("127.0.0.1:{port}");
    let setup = Setup {
        program: server::program(options.server.as_deref())?,
        bootstrap: bootstrap.clone(),
        own_broker: Some(port),
        service: "clients_".to_owned(),
        folder: folder.clone(),
        properties: vec![format!("ksql.max.push.queries={}", options.pushes.max(100))],
    };
    let mut server = Server::new(setup, "server")?;
    server.start()?;
    let host = server.ready()?.trim_start_matches("http://").to_owned();
    server.ksql(&format!(
        "CREATE STREAM fan_out (id STRING KEY, n BIGINT, sent BIGINT) \
         WITH (KAFKA_TOPIC='{TOPIC}', VALUE_FORMAT='JSON', PARTITIONS=4);"
    ))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("starting a runtime")?;
    let before = server.usage()?;
    say(&format!("the server before: {before}"));
    let pushed = runtime.block_on(pushes(options, &mut server, &host, &bootstrap))?;
    append(options.json.as_deref(), &pushed)?;
    report.line("pushes", pushed)?;
    if options.idle > 0 {
        let idle = runtime.block_on(idle(options, &mut server, &host))?;
        report.line("idle", idle)?;
    }
    server.stop()?;
    std::fs::remove_dir_all(folder).doing("removing the folder")
}

/// Opens the push queries, produces, and waits for all their rows.
async fn pushes(options: &Options, server: &mut Server, host: &str, bootstrap: &str) -> Result<Value> {
    let timer = Timer::start(PATIENCE);
    let mut bodies = Vec::new();
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut opening = JoinSet::new();
    for n in 0..options.pushes {
        let (gate, host) = (Arc::clone(&gate), host.to_owned());
        // A condition that holds for all rows, whoever asks.
        let condition = if options.distinct { format!(" WHERE n >= -{n}") } else { String::new() };
        opening.spawn(async move {
            let _turn = gate.acquire_owned().await.doing("waiting for a turn")?;
            begin(&host, &format!("SELECT n, sent FROM fan_out{condition} EMIT CHANGES;")).await
        });
    }
    while let Some(opened) = opening.join_next().await {
        bodies.push(opened.doing("opening a push query")??);
    }
    let opened_ms = timer.ms();
    let (open, began) = (server.usage()?, Timer::start(PATIENCE));
    say(&format!("{} push queries open after {opened_ms:.0} ms: {open}", options.pushes));
    let count = options.rate * options.seconds;
    let (rate, seconds, to) = (options.rate, options.seconds, bootstrap.to_owned());
    let producing = tokio::task::spawn_blocking(move || produce(&to, rate, seconds));
    let mut reading = JoinSet::new();
    for (client, body) in bodies {
        reading.spawn(read(client, body, count, PATIENCE + Duration::from_secs(u64::from(seconds))));
    }
    let mut seen = Vec::new();
    while let Some(one) = reading.join_next().await {
        seen.push(one.doing("reading rows")??);
    }
    producing.await.doing("producing")??;
    let (elapsed, after) = (began.elapsed().as_secs_f64(), server.usage()?);
    let cpu = after.cpu_s - open.cpu_s;
    let starved = seen.iter().filter(|seen| seen.rows != count).count();
    let spread = |of: fn(&Seen) -> f64| Spread::of(seen.iter().map(of).collect()).ok_or("nobody").doing("measuring");
    let (median, slowest) = (spread(|s| s.median_ms)?, spread(|s| s.slowest_ms)?);
    say(&format!("{count} records to each in {elapsed:.1} s, {cpu:.1} s of CPU (server and broker): {after}"));
    say(&format!("a row's way to a client, ms: {median}; each client's slowest: {slowest}"));
    if starved > 0 {
        return Err(Trouble::failed(format!("{starved} of {} clients did not get their {count} rows", options.pushes)));
    }
    Ok(
        json!({ "bench": "b12", "system": "millstream", "pushes": options.pushes, "distinct": options.distinct, "records": count, "rate": options.rate,
               "open_ms": opened_ms, "open": open.json(), "after": after.json(), "cpu_s": cpu, "elapsed_s": elapsed,
               "way_ms": median.json(), "slowest_ms": slowest.json() }),
    )
}

/// Connects and asks; returns when the header of the answer is there.
async fn begin(host: &str, sql: &str) -> Result<(Client, Incoming)> {
    let mut client = connect(host).await?;
    let body = json!({ "sql": sql, "properties": { "auto.offset.reset": "latest" } }).to_string();
    let request = Request::post("/query-stream").header("host", host).body(Full::new(Bytes::from(body)));
    let response = client.sender.send_request(request.doing("building a request")?).await.doing("asking")?;
    let status = response.status();
    let mut body = response.into_body();
    let header = body.frame().await.ok_or("no header").doing("reading the header")?.doing("reading the header")?;
    let header = header.into_data().unwrap_or_default();
    match status.is_success() && header.starts_with(b"{\"queryId\"") {
        true => Ok((client, body)),
        false => Err(Trouble::failed(format!("{status}: {}", String::from_utf8_lossy(&header)))),
    }
}

async fn connect(host: &str) -> Result<Client> {
    let stream = tokio::net::TcpStream::connect(host).await.doing("connecting")?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.doing("connecting")?;
    Ok(Client { sender, connection: tokio::spawn(connection), host: host.to_owned() })
}

/// Reads rows until all have come, or for as long as `limit`.
async fn read(client: Client, mut body: Incoming, count: u32, limit: Duration) -> Result<Seen> {
    let (mut rows, mut left, mut ways) = (0, Vec::new(), Vec::new());
    let timer = Timer::start(limit);
    while rows < count {
        let rest = limit.saturating_sub(timer.elapsed());
        let Ok(Some(frame)) = tokio::time::timeout(rest, body.frame()).await else { break };
        left.extend_from_slice(&frame.doing("reading a row")?.into_data().unwrap_or_default());
        let now = clock::wall_ms();
        while let Some(end) = left.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = left.drain(..=end).collect();
            let (_, sent): (i64, i64) = serde_json::from_slice(&line).doing(&String::from_utf8_lossy(&line))?;
            #[allow(clippy::cast_precision_loss, reason = "ms of one run")]
            ways.push((now - sent) as f64);
            rows += 1;
        }
    }
    client.connection.abort();
    let way = Spread::of(ways);
    Ok(Seen {
        rows,
        slowest_ms: way.map_or(f64::INFINITY, |way| way.most),
        median_ms: way.map_or(f64::INFINITY, |way| way.median),
    })
}

/// Records at a steady rate, each with the time it was sent at.
fn produce(bootstrap: &str, rate: u32, seconds: u32) -> Result<()> {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("linger.ms", "5")
        .create()
        .doing("creating the producer")?;
    let timer = Timer::start(PATIENCE);
    for n in 0..rate * seconds {
        while timer.elapsed() < Duration::from_secs_f64(f64::from(n) / f64::from(rate)) {
            producer.poll(Duration::from_millis(1));
        }
        let value = json!({ "N": n, "SENT": clock::wall_ms() }).to_string();
        let key = n.to_string();
        let record = BaseRecord::to(TOPIC).key(&key).payload(&value);
        producer.send(record).map_err(|(e, _)| e).doing("producing")?;
    }
    producer.flush(Duration::from_secs(30)).doing("flushing")
}

/// Opens connections, each of which asks once, stays, and asks again at the end.
async fn idle(options: &Options, server: &mut Server, host: &str) -> Result<Value> {
    let before = server.usage()?;
    let timer = Timer::start(PATIENCE);
    let mut clients = Vec::new();
    for _ in 0..options.idle {
        let mut client = connect(host).await?;
        client.ask().await?;
        clients.push(client);
    }
    let open_ms = timer.ms();
    let open = server.usage()?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let held = server.usage()?;
    for client in &mut clients {
        client.ask().await?;
    }
    let per = (open.rss_kb.saturating_sub(before.rss_kb)) / u64::from(options.idle).max(1);
    let cpu = held.cpu_s - open.cpu_s;
    say(&format!("{} idle connections open after {open_ms:.0} ms, about {per} kB each: {open}", options.idle));
    say(&format!("10 s of nothing cost {cpu:.2} s of CPU; then all of them were answered"));
    Ok(
        json!({ "idle": options.idle, "open_ms": open_ms, "before": before.json(), "open": open.json(), "idle_cpu_s": cpu }),
    )
}

impl Client {
    /// A small question over the open connection.
    async fn ask(&mut self) -> Result<()> {
        let request = Request::get("/info").header("host", &self.host).body(Full::default()).doing("asking")?;
        let response = self.sender.send_request(request).await.doing("asking")?;
        let status = response.status();
        response.into_body().collect().await.doing("reading an answer")?;
        status.is_success().then_some(()).ok_or(status).map_err(|status| Trouble::failed(format!("/info: {status}")))
    }
}

impl Usage {
    fn json(&self) -> Value {
        json!({ "rss_kb": self.rss_kb, "threads": self.threads, "cpu_s": self.cpu_s })
    }
}
