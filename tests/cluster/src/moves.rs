//! How long state takes to come back: `cluster restore` restarts the only server, `cluster rebalance` starts a second one and
//! kills it. A table of many keys is kept by one query; a second one, which keeps nothing, shows what happens beside it.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;

use crate::broker::Broker;
use crate::clock::{self, Timer};
use crate::error::{Doing, Result, Trouble};
use crate::numbered::number;
use crate::reader::Reader;
use crate::report::{Report, Spread, root, say};
use crate::server::{self, Server, Setup};
use crate::source::{Plan, Shape, Source, send_range};
use crate::topics;

/// `cluster restore`, `cluster rebalance`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Use this cluster instead of starting one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// The server's binary; default: target/debug/millstream.
    #[arg(long)]
    server: Option<std::path::PathBuf>,
    /// A server property, such as ksql.streams.num.standby.replicas=1. Repeatable.
    #[arg(short = 'D', value_name = "KEY=VALUE")]
    properties: Vec<String>,
    /// Keys of the table, of about 100 bytes each.
    #[arg(long, default_value_t = 1_000_000)]
    keys: u64,
    /// Partitions.
    #[arg(long, default_value_t = 4)]
    partitions: i32,
    /// Records a second that flow meanwhile.
    #[arg(long, default_value_t = 800)]
    rate: u64,
    /// Restarts each way, or starts and kills of a second server.
    #[arg(long, default_value_t = 3)]
    times: u32,
    /// The server is killed instead of stopped, some time after its last copies.
    #[arg(long)]
    killed: bool,
    /// Longest time from a start or a kill until every task works again, s.
    #[arg(long, default_value_t = 120)]
    limit: u64,
}

/// Every key of a partition, over and over.
#[derive(Debug)]
struct Keyed {
    keys: u64,
}

impl Shape for Keyed {
    fn key(&self, partition: i32, n: u64, into: &mut Vec<u8>) {
        // Writing into memory cannot fail.
        let _ = write!(into, "{partition:03}-{:010}", n % self.keys);
    }

    fn value(&self, partition: i32, n: u64, into: &mut Vec<u8>) {
        let _ = write!(into, r#"{{"N":{n},"P":{partition},"T":"{:-<70}"}}"#, n % self.keys);
    }
}

/// What came of a source partition.
#[derive(Debug, Clone, Copy, Default)]
struct Lane {
    results: u64,
    last: i64,
    /// Since the last mark: the longest pause, ms, and when it ended.
    pause: i64,
    ended: i64,
}

/// The lanes of both queries: first those of the table, then those of the stream.
type Lanes = Arc<Mutex<Vec<Lane>>>;

struct Stand {
    options: Options,
    setup: Setup,
    lanes: Lanes,
    reader: Reader,
    plan: Plan,
    report: Report,
    /// After all that uses it.
    _broker: Broker,
}

impl Stand {
    /// A cluster, a server, and a table full of keys.
    fn open(options: &Options, name: &str) -> Result<(Self, Server)> {
        let program = server::program(options.server.as_deref())?;
        let report = Report::open(name, 0)?;
        let broker = Broker::open(options.bootstrap.as_deref(), 1, name)?;
        let run = format!("{name}-{}", clock::wall_ms());
        let setup = Setup {
            program,
            bootstrap: broker.bootstrap.clone(),
            own_broker: None,
            service: format!("{run}_"),
            folder: root().join("build/servers").join(&run),
            properties: options.properties.clone(),
        };
        let mut server = Server::new(setup.clone(), "server-0")?;
        server.start()?;
        let topic = format!("{run}-source");
        topics::create(&broker.bootstrap, &[&topic], options.partitions, &[])?;
        let sinks = [format!("{run}-table"), format!("{run}-stream")];
        let statements = [
            format!(
                "CREATE STREAM source (k VARCHAR KEY, n BIGINT, p INTEGER, t VARCHAR) \
                 WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON');"
            ),
            format!(
                "CREATE TABLE kept WITH (KAFKA_TOPIC='{}') AS SELECT k, COUNT(*) AS c, LATEST_BY_OFFSET(t) AS t, \
                 LATEST_BY_OFFSET(p) AS p FROM source GROUP BY k EMIT CHANGES;",
                sinks[0]
            ),
            format!(
                "CREATE STREAM copied WITH (KAFKA_TOPIC='{}') AS SELECT k, n, p FROM source EMIT CHANGES;",
                sinks[1]
            ),
        ];
        for statement in &statements {
            server.ksql(statement)?;
        }
        let count = usize::try_from(options.partitions).unwrap_or(1);
        let lanes: Lanes = Arc::new(Mutex::new(vec![Lane::default(); 2 * count]));
        let into = Arc::clone(&lanes);
        let reader = Reader::start(&broker.bootstrap, &sinks, options.partitions, move |seen| {
            let Some(p) = seen.value.and_then(|value| number(value, "P")) else { return };
            if let Some(lane) = into.lock().get_mut(seen.topic * count + p as usize) {
                let pause = seen.arrival - lane.last;
                if lane.results > 0 && pause > lane.pause {
                    (lane.pause, lane.ended) = (pause, seen.arrival);
                }
                lane.results += 1;
                lane.last = seen.arrival;
            }
        })?;
        let keys = options.keys / options.partitions.unsigned_abs().max(1) as u64;
        let plan = Plan {
            bootstrap: broker.bootstrap.clone(),
            topics: vec![topic],
            partitions: options.partitions,
            rate: options.rate,
            shape: Arc::new(Keyed { keys }),
            limit: Duration::from_secs(3600),
        };
        let timer = Timer::start(Duration::from_secs(1800));
        send_range(&plan, 0..keys)?;
        while lanes.lock().iter().any(|lane| lane.results < keys) {
            if timer.over() {
                return Err(Trouble::failed("the table is not full"));
            }
            clock::pause_ms(100);
        }
        say(&format!("{} keys are there after {:.1} s", options.keys, timer.elapsed().as_secs_f64()));
        let stand = Self { options: options.clone(), setup, lanes, reader, plan, report, _broker: broker };
        Ok((stand, server))
    }

    /// From here on pauses are measured.
    fn mark(&self) -> i64 {
        for lane in self.lanes.lock().iter_mut() {
            lane.pause = 0;
        }
        clock::wall_ms()
    }

    /// Waits until no lane has been silent for longer than half a second, for two seconds.
    fn wait(&self, what: &str, at_least: Duration) -> Result<()> {
        clock::pause_ms(u64::try_from(at_least.as_millis()).unwrap_or(0));
        let timer = Timer::start(Duration::from_secs(self.options.limit));
        let mut quiet = 0;
        while quiet < 20 {
            if timer.over() {
                return Err(Trouble::failed(format!("{what}: not every task works again")));
            }
            let now = clock::wall_ms();
            let all = self.lanes.lock().iter().all(|lane| now - lane.last < 500);
            quiet = if all { quiet + 1 } else { 0 };
            clock::pause_ms(100);
        }
        Ok(())
    }

    /// Reports the pauses since a mark; the latest end of a long one, ms after it.
    fn told(&mut self, what: &str, since: i64) -> Result<f64> {
        let lanes = self.lanes.lock().clone();
        let half = lanes.len() / 2;
        #[allow(clippy::cast_precision_loss, reason = "ms of a run")]
        let ms = |n: i64| n as f64;
        let pauses = |lanes: &[Lane]| lanes.iter().map(|lane| lane.pause).collect::<Vec<_>>();
        let (kept, copied) = (pauses(&lanes[..half]), pauses(&lanes[half..]));
        let longest = lanes[..half].iter().max_by_key(|lane| lane.pause);
        let again = ms(longest.map_or(0, |lane| lane.ended - since));
        say(&format!(
            "{what}: all tasks work again after {again:.0} ms; pauses, ms: table {kept:?}, stream {copied:?}"
        ));
        self.report.line(what, json!({ "again_ms": again, "pauses_table": kept, "pauses_stream": copied }))?;
        Ok(again)
    }

    fn close(self, servers: Vec<Server>) -> Result<()> {
        for mut server in servers {
            server.stop()?;
        }
        self.reader.stop()?;
        std::fs::remove_dir_all(&self.setup.folder).doing("removing the data directories")
    }
}

/// Where the time of a restart went, ms from the start of the process: as the server's log has it.
#[derive(Debug, Default)]
struct Phases {
    /// It knew its statements, and began to run queries.
    queries: f64,
    /// It had the tasks of the table.
    joined: f64,
    /// All of their copies were there; of those that were, how long the threads worked on them, all together.
    copied: f64,
    copying: f64,
    /// The changelog was read to its end.
    read: f64,
    /// The operators had what they keep; how long the threads worked on that, all together.
    loaded: f64,
    loading: f64,
    /// Records of the changelog.
    records: f64,
}

impl Phases {
    /// Of the lines that a process logged which was started at that time.
    fn of(log: &str, started: i64) -> Result<Self> {
        let last = log.lines().rfind(|line| line.contains("all tasks have what they keep"));
        let last = last.ok_or_else(|| Trouble::failed("the log does not say that the states were there"))?;
        let at = |line: &str| since(line, started).ok_or_else(|| Trouble::failed(format!("no time: {line}")));
        let told = |name: &str| field(last, name).unwrap_or(0.0);
        let all =
            |what: &str| log.lines().filter(|line| line.contains(what)).filter_map(|line| field(line, "ms")).sum();
        let joined = at(last)? - told("loaded_ms");
        let queries = log.lines().find(|line| line.contains("query started")).map_or(Ok(0.0), at)?;
        Ok(Self {
            queries,
            joined,
            copied: joined + told("copied_ms"),
            copying: all("local copy read"),
            read: joined + told("read_ms"),
            loaded: joined + told("loaded_ms"),
            loading: all("operators loaded"),
            records: told("records"),
        })
    }
}

/// A number that a line of a log names.
fn field(line: &str, name: &str) -> Option<f64> {
    let start = line.find(&format!(" {name}="))? + name.len() + 2;
    line[start..].split(' ').next()?.parse().ok()
}

/// How long after a time a line was logged, ms: its clock has hours, minutes and seconds of the day in UTC.
fn since(line: &str, started: i64) -> Option<f64> {
    const DAY_MS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;
    let (_, clock) = line.split_whitespace().next()?.split_once('T')?;
    let mut parts = clock.trim_end_matches('Z').split(':').map(|part| part.parse::<f64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let of_day = ((hours * 60.0 + minutes) * 60.0 + seconds) * 1000.0;
    #[allow(clippy::cast_precision_loss, reason = "ms of a day")]
    let began = started.rem_euclid(24 * 60 * 60 * 1000) as f64;
    Some((of_day - began).rem_euclid(DAY_MS))
}

/// From the start of a process until every task of a large table works again: from the local copies that it left, and without
/// them, in turns.
pub(crate) fn restore(options: &Options) -> Result<()> {
    const WAYS: [&str; 2] = ["restart from local copies", "restart from the changelog"];
    let (mut stand, mut server) = Stand::open(options, "restore")?;
    let source = Source::start(stand.plan.clone());
    let mut measured = [Vec::new(), Vec::new()];
    for turn in 0..options.times * 2 {
        let way = turn as usize % 2;
        stand.wait("before", Duration::from_secs(1))?;
        if options.killed {
            // Copies are made every 30 s.
            clock::pause_ms(35_000);
            server.kill();
        } else {
            server.stop()?;
        }
        let copies = server.data_dir().join("state");
        if way == 0 && !copies.is_dir() {
            return Err(Trouble::failed("the server has left no local copies"));
        }
        if way == 1 {
            std::fs::remove_dir_all(&copies).doing("removing the local copies")?;
        }
        let (since, logged) = (stand.mark(), server.log().len());
        let timer = Timer::start(Duration::from_secs(options.limit));
        server.start()?;
        server.ready()?;
        let ready = timer.ms();
        stand.wait("restart", Duration::ZERO)?;
        measured[way].push(stand.told(WAYS[way], since)?);
        let phases = Phases::of(server.log().get(logged..).unwrap_or_default(), since)?;
        say(&format!("  it is ready after {ready:.0} ms; {phases:.0?}"));
        let Phases { queries, joined, copied, copying, read, loaded, loading, records } = phases;
        stand.report.line(
            "phases",
            json!({ "of": WAYS[way], "ready_ms": ready, "queries_ms": queries, "joined_ms": joined, "copied_ms": copied,
                    "copying_ms": copying, "read_ms": read, "loaded_ms": loaded, "loading_ms": loading,
                    "records": records }),
        )?;
    }
    source.stop()?;
    for (way, measured) in WAYS.into_iter().zip(measured) {
        conclude(&mut stand, way, measured)?;
    }
    stand.close(vec![server])
}

/// A second server comes, and is killed for good.
pub(crate) fn rebalance(options: &Options) -> Result<()> {
    let (mut stand, server) = Stand::open(options, "rebalance")?;
    let source = Source::start(stand.plan.clone());
    let (mut starts, mut kills) = (Vec::new(), Vec::new());
    for i in 1..=options.times {
        stand.wait("before", Duration::from_secs(1))?;
        let mut second = Server::new(stand.setup.clone(), &format!("server-{i}"))?;
        let since = stand.mark();
        second.start()?;
        second.ready()?;
        stand.wait("start", Duration::from_secs(10))?;
        starts.push(stand.told("start", since)?);
        let since = stand.mark();
        second.kill();
        stand.wait("kill", Duration::from_secs(10))?;
        kills.push(stand.told("kill", since)?);
    }
    source.stop()?;
    conclude(&mut stand, "start", starts)?;
    conclude(&mut stand, "kill", kills)?;
    stand.close(vec![server])
}

fn conclude(stand: &mut Stand, what: &str, measured: Vec<f64>) -> Result<()> {
    let spread = Spread::of(measured).ok_or_else(|| Trouble::failed("nothing was measured"))?;
    say(&format!("{what}, ms until all tasks work again: {spread}"));
    stand.report.line("verdict", json!({ "of": what, "again_ms": spread.json() }))
}
