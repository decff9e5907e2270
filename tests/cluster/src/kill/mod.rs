//! The kill test: servers are killed at random moments while a steady stream flows through a query, and a reader of
//! committed records must in the end have every record of the result exactly once, in the order of its partition.

mod hunt;
pub(crate) mod soak;
mod stateful;
mod stream;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;

use self::hunt::{Counts, Hunt};
use self::stateful::{Ledger, Sent};
use self::stream::{KEYS, Stream};
use crate::account::{Account, Verdict};
use crate::broker::Broker;
use crate::clock::{self, Dice};
use crate::error::{Doing, Result, Trouble};
use crate::reader::{Reader, Seen};
use crate::report::{Report, root, say};
use crate::server::{self, Server, Setup};
use crate::source::{Plan, Source, send_range};
use crate::topics::{self, Openness};

/// `cluster kill`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Use this cluster instead of starting one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// Brokers to start: 1 or 3.
    #[arg(long, default_value_t = 1)]
    brokers: u8,
    /// The server brings its own broker, which dies with it.
    #[arg(long, conflicts_with_all = ["bootstrap", "brokers", "processes", "away_longer"])]
    embedded: bool,
    /// The server's binary; default: target/debug/millstream.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Server processes of the service.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    processes: u8,
    /// A server property, such as processing.guarantee=at_least_once (with which this test must fail).
    #[arg(short = 'D', value_name = "KEY=VALUE")]
    properties: Vec<String>,
    /// SIGKILLs, 1 to 4 s apart.
    #[arg(long, default_value_t = 20)]
    kills: u32,
    /// Every second killed server stays away longer than the session timeout, one at a time.
    #[arg(long)]
    away_longer: bool,
    /// Beside the query that keeps nothing, ten that do: groups by key, column, window and session, three joins, a table
    /// regrouped, the newest rows of each key, values in a list.
    #[arg(long)]
    stateful: bool,
    /// Instead of being killed, servers stand still (SIGSTOP) for longer than a transaction may last, and then go on.
    #[arg(long, conflicts_with = "away_longer")]
    freeze: bool,
    /// Every third time the broker, of one that was started here, is killed instead of a server.
    #[arg(long, conflicts_with_all = ["bootstrap", "embedded"])]
    broker_kills: bool,
    /// Records a second; default: 20000, with --stateful 1600 over both topics.
    #[arg(long)]
    rate: Option<u64>,
    /// How long records are produced at least, s; not before the last killed server is back, in any case.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Partitions of both topics.
    #[arg(long, default_value_t = 4)]
    partitions: i32,
    /// How long the servers may take to work off what is left in the end, s.
    #[arg(long, default_value_t = 180)]
    drain: u64,
    /// Seed of the kills; random when not given, and printed.
    #[arg(long)]
    seed: Option<u64>,
    /// Instead of the kills: `cluster soak`.
    #[arg(skip)]
    soak: Option<soak::Course>,
}

/// What the reader has seen of the result, by partition.
struct Outcome {
    stream: Stream,
    accounts: BTreeMap<i32, Account>,
    /// The first records that no query should have made, for the report.
    strange: Vec<String>,
    /// Of the queries that keep something; the topics behind the first one are theirs.
    ledger: Option<Ledger>,
}

impl Outcome {
    fn enter(&mut self, seen: Seen<'_>) {
        if let (Some(ledger), Some(query)) = (&mut self.ledger, seen.topic.checked_sub(1)) {
            ledger.enter(query, &seen);
            return;
        }
        let (key, value) = (seen.key.unwrap_or_default(), seen.value.unwrap_or_default());
        let n = self.stream.number_of(seen.partition, key, value);
        if n.is_none() && self.strange.len() < 10 {
            let (key, value) = (String::from_utf8_lossy(key), String::from_utf8_lossy(value));
            self.strange.push(format!("partition {} offset {}: {key} {value}", seen.partition, seen.offset));
        }
        self.accounts.entry(seen.partition).or_default().enter(n);
    }

    fn distinct(&self) -> u64 {
        self.accounts.values().map(Account::distinct).sum()
    }

    /// The highest number of each partition.
    fn reached(&self, partitions: i32) -> Vec<u64> {
        let last = |p| self.accounts.get(&p).and_then(Account::last).unwrap_or(0);
        (0..partitions).map(last).collect()
    }

    fn verdict(&self, produced: u64, partitions: i32) -> Verdict {
        let none = Account::default();
        (0..partitions)
            .map(|p| self.accounts.get(&p).unwrap_or(&none).verdict(produced, Stream::kept))
            .fold(Verdict::default(), Verdict::and)
    }
}

/// Runs the test; an error says what went wrong.
pub(crate) fn run(options: &Options) -> Result<()> {
    let (seed, dice) = Dice::seeded(options.seed);
    let program = server::program(options.server.as_deref())?;
    let mut report = Report::open(if options.soak.is_some() { "soak" } else { "kill" }, seed)?;
    let own_broker = if options.embedded { Some(free_port()?) } else { None };
    let own_address = own_broker.map(|port| format!("127.0.0.1:{port}"));
    let broker = Broker::open(own_address.as_deref().or(options.bootstrap.as_deref()), options.brokers, "kill")?;
    let name = format!("kill-{}", clock::wall_ms());
    let (source_topic, sink_topic) = (format!("{name}-source"), format!("{name}-sink"));
    let second_topic = format!("{name}-second");
    let mut topics = vec![source_topic.clone()];
    topics.extend(options.stateful.then(|| second_topic.clone()));
    let folder = root().join("build/servers").join(&name);
    let mut properties = options.properties.clone();
    // Every update is a result, so that each row can be found in them.
    properties.extend(options.stateful.then(|| "ksql.streams.cache.max.bytes.buffering=0".to_owned()));
    let setup = Setup {
        program,
        bootstrap: broker.bootstrap.clone(),
        own_broker,
        service: format!("{name}_"),
        folder: folder.clone(),
        properties,
    };
    let mut servers = start(&setup, options.processes)?;
    let created: Vec<&str> = topics.iter().map(String::as_str).collect();
    topics::create(&broker.bootstrap, &created, options.partitions, &[])?;
    let mut statements = Vec::from(Stream::statements(&source_topic, &sink_topic));
    let mut sinks = vec![sink_topic.clone()];
    if options.stateful {
        statements.extend(stateful::sources(&second_topic));
        for query in stateful::all() {
            let sink = format!("{name}-{}", query.name());
            statements.push(stateful::statement(&*query, &sink));
            sinks.push(sink);
        }
    }
    for statement in statements {
        let answer = servers.first_mut().map(|first| first.ksql(&statement)).transpose()?;
        say(&format!("{statement}\n  {}", answer.unwrap_or_default()));
    }
    for sink in &sinks {
        let have = topics::partitions(&broker.bootstrap, sink)?;
        if have != options.partitions {
            return Err(Trouble::failed(format!("the result topic {sink} has {have} partitions")));
        }
    }
    let mut stream = Stream::new(options.partitions)?;
    if options.soak.is_some() {
        stream = stream.of_long_ago();
    }
    let ledger = options.stateful.then(|| Ledger::new(stream.clone(), options.partitions));
    let outcome = Outcome { stream: stream.clone(), accounts: BTreeMap::new(), strange: Vec::new(), ledger };
    let outcome = Arc::new(Mutex::new(outcome));
    let into = Arc::clone(&outcome);
    let reader = Reader::start(&broker.bootstrap, &sinks, options.partitions, move |seen| into.lock().enter(seen))?;
    let mut plan = Plan {
        bootstrap: broker.bootstrap.clone(),
        topics,
        partitions: options.partitions,
        rate: options.rate.unwrap_or(if options.stateful { 1_600 } else { 20_000 }),
        shape: Arc::new(stream),
        limit: Duration::from_secs(24 * 3600),
    };
    let mut from = 0;
    if let Some(course) = &options.soak {
        (plan.rate, from) = soak::half_rate(course, options, &plan, &mut servers, &outcome)?;
    }
    let source = Source::start_at(plan.clone(), from);
    let counts = match &options.soak {
        Some(course) => soak::keep(course, &mut servers, &source, &mut report),
        None => hunt(options, &broker, &sink_topic, dice, &mut servers, &outcome, &source, &mut report),
    };
    let second = source.stop()?;
    let counts = counts?;
    let mut drained = drain(options, Sent { source: second, second }, &mut servers, &outcome)?;
    let mut sent = Sent { source: second, second };
    if options.stateful {
        // A last row of the source for every key, when all that it could meet has arrived.
        sent.source += KEYS;
        send_range(&Plan { topics: vec![source_topic], ..plan }, second..sent.source)?;
        drained += drain(options, sent, &mut servers, &outcome)?;
    }
    // What should not come may come late.
    clock::pause_ms(2000);
    let mut stopped = 0;
    for server in &mut servers {
        stopped += u32::from(server.stop()?);
    }
    if !options.embedded {
        // What the servers' last moments made, too: an embedded broker is gone by now.
        clock::pause_ms(2000);
    }
    reader.stop()?;
    let outcome = outcome.lock();
    conclude(options, &outcome, sent, counts, drained, stopped, &mut report)?;
    std::fs::remove_dir_all(folder).doing("removing the data directories")
}

/// Starts the servers, one after the other.
fn start(setup: &Setup, processes: u8) -> Result<Vec<Server>> {
    let names = (0..processes).map(|i| format!("server-{i}"));
    let mut servers: Vec<Server> = names.map(|name| Server::new(setup.clone(), &name)).collect::<Result<_>>()?;
    for server in &mut servers {
        server.start()?;
        server.ready()?;
    }
    Ok(servers)
}

/// A port that nobody listens on now. Whoever takes it before the server does makes the run fail, not lie.
pub(crate) fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).doing("looking for a free port")?;
    Ok(listener.local_addr().doing("looking for a free port")?.port())
}

/// The kills, and producing for as long as was asked.
#[allow(clippy::too_many_arguments, reason = "the parts of the run, each used once")]
fn hunt(
    options: &Options,
    broker: &Broker,
    sink: &str,
    mut dice: Dice,
    servers: &mut [Server],
    outcome: &Mutex<Outcome>,
    source: &Source,
    report: &mut Report,
) -> Result<Counts> {
    let producing = clock::Timer::start(Duration::from_secs(options.seconds));
    let openness = Openness::of(&broker.bootstrap, sink, options.partitions)?;
    if !clock::wait_until(Duration::from_secs(60), || outcome.lock().distinct() > 0) {
        return Err(Trouble::failed("no result within 60 s, before any kill"));
    }
    let mut hunt = Hunt {
        servers,
        openness: &openness,
        sent: &|| source.sent(),
        reached: &|| outcome.lock().reached(options.partitions),
        away_longer: options.away_longer,
        freeze: options.freeze,
        broker: options.broker_kills.then_some(broker),
        own_broker: options.embedded,
    };
    let counts = hunt.run(options.kills, &mut dice, report)?;
    while !producing.over() && !source.done() {
        clock::pause_ms(50);
    }
    Ok(counts)
}

/// Waits until as many different results as expected have come; how long that took, s.
fn drain(options: &Options, sent: Sent, servers: &mut [Server], outcome: &Mutex<Outcome>) -> Result<f64> {
    let produced = sent.source;
    let expected = Stream::kept_below(produced) * u64::try_from(options.partitions).unwrap_or(0);
    let timer = clock::Timer::start(Duration::from_secs(options.drain));
    say(&format!("produced {produced} in each partition; {} of {expected} results", outcome.lock().distinct()));
    clock::wait_until(Duration::from_secs(options.drain), || {
        let done = {
            let outcome = outcome.lock();
            outcome.distinct() >= expected && outcome.ledger.as_ref().is_none_or(|ledger| ledger.complete(sent))
        };
        // Looking at every number of every account takes a while.
        done || {
            clock::pause_ms(200);
            false
        }
    });
    if servers.iter_mut().any(|server| !server.alive()) {
        return Err(Trouble::failed("a server died by itself while draining: see its log"));
    }
    Ok(timer.elapsed().as_secs_f64())
}

fn conclude(
    options: &Options,
    outcome: &Outcome,
    sent: Sent,
    counts: Counts,
    drained: f64,
    stopped: u32,
    report: &mut Report,
) -> Result<()> {
    let all_sent = sent;
    let verdict = outcome.verdict(sent.source, options.partitions);
    let Counts { kills, starting, open, long, takeovers, takeover_ms: (all_ms, longest_ms) } = counts;
    let sent =
        (sent.source + if options.stateful { sent.second } else { 0 }) * u64::try_from(options.partitions).unwrap_or(0);
    outcome.strange.iter().for_each(|strange| say(&format!("unexpected: {strange}")));
    say(&format!(
        "{sent} records sent, {kills} kills: {starting} during start-up, {open} with a transaction open, {long} away \
         longer than the session with {takeovers} takeovers; drained in {drained:.1} s; {stopped} servers stopped well"
    ));
    if takeovers > 0 {
        let mean = all_ms / i64::from(takeovers);
        say(&format!("takeovers were over {mean} ms after the kill on average, {longest_ms} ms at most"));
    }
    say(&format!("{verdict}"));
    report.line(
        "verdict",
        json!({ "sent": sent, "verdict": verdict.json(), "kills": kills, "starting": starting, "open": open, "long": long,
                "takeovers": takeovers, "takeover_max_ms": longest_ms, "drained_s": drained, "stopped_well": stopped, "strange": outcome.strange }),
    )?;
    if let Some(ledger) = &outcome.ledger {
        ledger.strange().iter().for_each(|strange| say(&format!("unexpected: {strange}")));
        for (name, verdict) in ledger.verdicts(all_sent) {
            say(&format!("{name}: {verdict}"));
            report.line("verdict of a query", json!({ "query": name, "verdict": verdict.json() }))?;
        }
        ledger.clean(all_sent)?;
    }
    if !verdict.clean() {
        return Err(Trouble::failed("not exactly once"));
    }
    if kills >= 20 && !options.freeze && options.soak.is_none() && (starting == 0 || open == 0) {
        return Err(Trouble::failed("no kill hit a start-up, or none an open transaction: take another seed"));
    }
    if options.away_longer && options.processes > 1 && kills >= 20 && takeovers == 0 {
        return Err(Trouble::failed("no takeover was seen"));
    }
    let all = u32::from(options.processes);
    (stopped == all).then_some(()).ok_or_else(|| Trouble::failed("a server did not stop well on SIGTERM"))
}
