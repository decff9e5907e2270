//! The embedded broker is killed at random moments while clients write, commit offsets and run transactions: in the end
//! every acknowledged record is there once and in order, every committed offset stands, every transaction is whole or
//! absent, and every restart was quick.

mod offsets;
mod transactions;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;

use self::offsets::Offsets;
use self::transactions::Transactions;
use crate::account::{Account, Verdict};
use crate::child::{Lines, Process};
use crate::clock::{self, Dice, Timer};
use crate::error::{Doing, Result, Trouble};
use crate::reader::Reader;
use crate::report::{Report, Spread, root, say};
use crate::server;
use crate::source::{Plan, Shape, Source};
use crate::topics;

/// `cluster broker-kill`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// The binary; default: target/debug/millstream.
    #[arg(long)]
    server: Option<PathBuf>,
    /// SIGKILLs.
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// The longest pause between "ready" and the next SIGKILL, ms.
    #[arg(long, default_value_t = 800)]
    pause: u64,
    /// Records a second of the plain producer.
    #[arg(long, default_value_t = 10_000)]
    rate: u64,
    /// The longest time from start to "ready" that is allowed, ms.
    #[arg(long, default_value_t = 1000)]
    restart: u64,
    /// Seed of the kills; random when not given, and printed.
    #[arg(long)]
    seed: Option<u64>,
}

const PARTITIONS: i32 = 4;
const PLAIN: &str = "plain";
const TRANSACTED: &str = "transacted";
const READY: Duration = Duration::from_secs(30);
/// How long the readers may take in the end.
const DRAIN: Duration = Duration::from_secs(120);

/// A broker process over any number of kills; port and folder stay.
struct Victim {
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    lines: Lines,
    process: Option<Process>,
}

impl Victim {
    /// Starts it; gives the time until it said that it is ready, ms.
    fn start(&mut self) -> Result<f64> {
        let printed = self.lines.lock().len();
        let log = File::options().create(true).append(true).open(self.folder.join("log")).doing("opening the log")?;
        let mut command = Command::new(&self.program);
        command.args(["broker", "--kafka-port", &self.port.to_string(), "--data-dir"]).arg(self.folder.join("data"));
        command.stderr(log);
        let timer = Timer::start(READY);
        self.process = Some(Process::start(command, "broker", &self.lines)?);
        while !timer.over() {
            if self.lines.lock().len() > printed {
                return Ok(timer.ms());
            }
            if !self.process.as_mut().is_some_and(Process::alive) {
                break;
            }
            clock::pause_ms(1);
        }
        Err(Trouble::failed("the broker was not ready: see the log in its folder"))
    }

    fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }
}

struct Numbered;

impl Shape for Numbered {
    fn key(&self, _partition: i32, n: u64, into: &mut Vec<u8>) {
        let _ = write!(into, "{}", n % 100);
    }

    fn value(&self, _partition: i32, n: u64, into: &mut Vec<u8>) {
        let _ = write!(into, "{n} {}", "x".repeat(80));
    }
}

/// The number that a record of [`Numbered`] begins with.
fn number(value: Option<&[u8]>) -> Option<u64> {
    std::str::from_utf8(value?).ok()?.split(' ').next()?.parse().ok()
}

/// Runs the test; an error says what went wrong.
pub(crate) fn run(options: &Options) -> Result<()> {
    let (seed, mut dice) = Dice::seeded(options.seed);
    let mut report = Report::open("broker-kill", seed)?;
    let folder = root().join(format!("build/servers/broker-kill-{}", clock::wall_ms()));
    std::fs::create_dir_all(&folder).doing("creating the folder")?;
    let program = server::program(options.server.as_deref())?;
    let port = crate::kill::free_port()?;
    let mut broker = Victim { program, folder: folder.clone(), port, lines: Lines::default(), process: None };
    broker.start()?;
    let bootstrap = format!("127.0.0.1:{port}");
    topics::create(&bootstrap, &[PLAIN, TRANSACTED], PARTITIONS, &[("segment.bytes", "4194304")])?;
    let source = Source::start(Plan {
        bootstrap: bootstrap.clone(),
        topics: vec![PLAIN.to_owned()],
        partitions: PARTITIONS,
        rate: options.rate,
        shape: Arc::new(Numbered),
        limit: Duration::from_secs(3600),
    });
    let transactions = Transactions::start(&bootstrap, TRANSACTED, PARTITIONS, dice.between(0, u64::MAX));
    let offsets = Offsets::start(&bootstrap, PLAIN);
    let restarts = hunt(options, &mut broker, &mut dice, &mut report)?;
    let sent = source.stop()?;
    let committed = offsets.stop()?;
    let ended = transactions.stop()?;
    // Once more, with a transaction open: nobody ends it but the broker.
    ended.leave_open(&bootstrap)?;
    broker.kill();
    let last = broker.start()?;
    let plain = account(&bootstrap, sent)?;
    let whole = ended.verify(&bootstrap, &mut report)?;
    say(&format!("restarts, ms: {restarts}; the last one {last:.0}"));
    say(&format!("plain: {plain}; offsets: {committed} commits read back; transactions: {whole}"));
    report.line(
        "verdict",
        json!({ "restart_ms": restarts.json(), "plain": plain.json(), "sent": sent,
                                   "offset_commits": committed, "transactions": whole }),
    )?;
    if !plain.clean() {
        return Err(Trouble::failed("the plain records are not there exactly once and in order"));
    }
    #[allow(clippy::cast_precision_loss, reason = "a limit of some thousand ms")]
    if restarts.most > options.restart as f64 {
        return Err(Trouble::failed(format!("a restart took {:.0} ms", restarts.most)));
    }
    stop(broker, &folder)
}

fn hunt(options: &Options, broker: &mut Victim, dice: &mut Dice, report: &mut Report) -> Result<Spread> {
    let mut restarts = Vec::new();
    for kill in 0..options.kills {
        clock::pause_ms(dice.between(0, options.pause.max(1)));
        broker.kill();
        let ms = broker.start()?;
        report.line("kill", json!({ "number": kill, "restart_ms": ms }))?;
        restarts.push(ms);
    }
    Spread::of(restarts).ok_or_else(|| Trouble::failed("no kills"))
}

/// Reads the plain topic from the beginning and holds it against what was acknowledged.
fn account(bootstrap: &str, sent: u64) -> Result<Verdict> {
    let accounts = Arc::new(Mutex::new(vec![Account::default(); PARTITIONS as usize]));
    let into = Arc::clone(&accounts);
    let reader = Reader::start(bootstrap, &[PLAIN.to_owned()], PARTITIONS, move |seen| {
        if let Ok(partition) = usize::try_from(seen.partition) {
            into.lock()[partition].enter(number(seen.value));
        }
    })?;
    clock::wait_until(DRAIN, || accounts.lock().iter().all(|a| a.distinct() >= sent));
    reader.stop()?;
    let accounts = accounts.lock();
    Ok(accounts.iter().map(|a| a.verdict(sent, |_| true)).fold(Verdict::default(), Verdict::and))
}

fn stop(mut broker: Victim, folder: &Path) -> Result<()> {
    let Some(mut process) = broker.process.take() else { return Ok(()) };
    process.terminate()?;
    if !process.wait(Duration::from_secs(30)).is_some_and(|status| status.success()) {
        return Err(Trouble::failed("the broker did not stop well on SIGTERM"));
    }
    std::fs::remove_dir_all(folder).doing("removing the folder")
}
