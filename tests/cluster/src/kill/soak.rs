//! `cluster soak`: half the rate that the servers can do, a kill a minute, for a long time: nothing lost, nothing doubled, and the
//! memory of the server that is never killed does not grow.

use std::path::PathBuf;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;

use super::hunt::Counts;
use super::stateful::Sent;
use super::{Outcome, drain};
use crate::clock::{self, Timer};
use crate::error::{Result, Trouble};
use crate::report::{Report, say};
use crate::server::Server;
use crate::source::{Plan, Source, send_range};

/// `cluster soak`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Use this cluster instead of starting one.
    #[arg(long)]
    bootstrap: Option<String>,
    /// Brokers to start: 1 or 3.
    #[arg(long, default_value_t = 1)]
    brokers: u8,
    /// The server's binary; default: target/debug/millstream.
    #[arg(long)]
    server: Option<PathBuf>,
    /// How long.
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Records a second over both topics; default: half of what the servers can do, measured first.
    #[arg(long)]
    rate: Option<u64>,
    /// Partitions of the topics.
    #[arg(long, default_value_t = 4)]
    partitions: i32,
    /// A server property.
    #[arg(short = 'D', value_name = "KEY=VALUE")]
    properties: Vec<String>,
}

/// What makes a kill test a soak.
#[derive(Debug, Clone)]
pub(super) struct Course {
    minutes: u64,
    /// The rate is still to be found.
    measured: bool,
}

/// Runs it; an error says what went wrong.
pub(crate) fn run(options: &Options) -> Result<()> {
    let course = Course { minutes: options.minutes, measured: options.rate.is_none() };
    super::run(&super::Options {
        bootstrap: options.bootstrap.clone(),
        brokers: options.brokers,
        embedded: false,
        server: options.server.clone(),
        processes: 2,
        properties: options.properties.clone(),
        kills: 0,
        away_longer: false,
        stateful: true,
        freeze: false,
        broker_kills: false,
        rate: options.rate,
        seconds: 0,
        partitions: options.partitions,
        drain: 600,
        seed: None,
        soak: Some(course),
    })
}

/// Records of every lane that the rate is measured with at first; four times as many until they take long enough.
const FIRST: u64 = 2000;
const LONG_ENOUGH: Duration = Duration::from_secs(15);

/// Half of what the servers can do, records a second over all topics and partitions; and how many each lane has got for that.
pub(super) fn half_rate(
    course: &Course,
    options: &super::Options,
    plan: &Plan,
    servers: &mut [Server],
    outcome: &Mutex<Outcome>,
) -> Result<(u64, u64)> {
    if !course.measured {
        return Ok((plan.rate, 0));
    }
    let (mut sent, mut rows) = (0, FIRST);
    loop {
        let timer = Timer::start(Duration::MAX);
        send_range(plan, sent..sent + rows)?;
        sent += rows;
        drain(options, Sent { source: sent, second: sent }, servers, outcome)?;
        let took = timer.elapsed();
        if took >= LONG_ENOUGH {
            let lanes = plan.topics.len() as u64 * u64::from(plan.partitions.unsigned_abs());
            let peak = rows * lanes * 1000 / u64::try_from(took.as_millis()).unwrap_or(1).max(1);
            say(&format!("the servers do {peak} records a second; half of that from here on"));
            return Ok(((peak / 2).max(1), sent));
        }
        rows *= 4;
    }
}

/// A second of the curve.
const SAMPLE_MS: u64 = 1000;
/// How much larger or smaller the last quarter's memory may be than the second's, in percent.
const APART_MAX: f64 = 10.0;
/// Every second victim stays away longer than its session.
const AWAY_MS: [i64; 2] = [300, 8000];

/// The time itself: the second server is killed once a minute, the first one never.
pub(super) fn keep(course: &Course, servers: &mut [Server], source: &Source, report: &mut Report) -> Result<Counts> {
    let began = clock::wall_ms();
    let ends = began + i64::try_from(course.minutes * 60_000).unwrap_or(i64::MAX);
    let [kept, victim] = servers else { return Err(Trouble::failed("a soak has two servers")) };
    let (mut counts, mut curve, mut back_at) = (Counts::default(), Vec::new(), None);
    let mut next_kill = began + 30_000;
    while clock::wall_ms() < ends || back_at.is_some() {
        clock::pause_ms(SAMPLE_MS);
        let now = clock::wall_ms();
        if !kept.alive() || (back_at.is_none() && !victim.alive()) {
            return Err(Trouble::failed("a server died by itself: see its log"));
        }
        if source.done() {
            return Err(Trouble::failed("the producer has ended"));
        }
        let usage = kept.usage()?;
        curve.push(usage.rss_kb);
        report.line(
            "memory",
            json!({ "rss_kb": usage.rss_kb, "threads": usage.threads, "cpu_s": usage.cpu_s,
                                      "sent": source.sent() }),
        )?;
        if back_at.is_some_and(|at| at <= now) {
            back_at = None;
            victim.start()?;
        }
        if now >= next_kill && now < ends {
            let away = AWAY_MS[counts.kills as usize % 2];
            next_kill += 60_000;
            counts.starting += u32::from(!victim.kill());
            counts.kills += 1;
            counts.long += u32::from(away > AWAY_MS[0]);
            back_at = Some(clock::wall_ms() + away);
            say(&format!(
                "{:>4} s: killed, away {away} ms; {} sent; {} MB",
                (now - began) / 1000,
                source.sent(),
                usage.rss_kb / 1024
            ));
        }
    }
    victim.ready()?;
    judge(&curve, report)?;
    Ok(counts)
}

fn judge(curve: &[u64], report: &mut Report) -> Result<()> {
    let quarter = curve.len() / 4;
    let median = |part: &[u64]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part.get(part.len() / 2).copied().unwrap_or(0)
    };
    let medians: Vec<u64> = (0..4).map(|n| median(&curve[n * quarter..(n + 1) * quarter])).collect();
    let [_, second, _, last] = medians[..] else { return Err(Trouble::failed("no curve")) };
    #[allow(clippy::cast_precision_loss, reason = "kB of memory")]
    let apart = (last as f64 / second.max(1) as f64 - 1.0) * 100.0;
    let megabytes: Vec<u64> = medians.iter().map(|kb| kb / 1024).collect();
    say(&format!(
        "memory of the server that was not killed, medians of four quarters: {megabytes:?} MB; {apart:+.1} %"
    ));
    report.line("memory verdict", json!({ "medians_kb": medians, "apart_percent": apart }))?;
    if apart.abs() <= APART_MAX {
        return Ok(());
    }
    Err(Trouble::failed(format!("memory is not flat: {apart:+.1} % between the second and the last quarter")))
}
