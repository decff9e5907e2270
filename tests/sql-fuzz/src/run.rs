//! A run: chunks of texts on several threads, a watch over them, and what they came to.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::chance::{Chance, happens, of_part};
use crate::check::{Outcome, check};
use crate::clock::{Stopwatch, pause};
use crate::derive::Derivation;
use crate::grammar::Grammar;
use crate::mutate::damage;
use crate::tally::Tally;
use crate::token::Token;
use crate::world::World;
use crate::write::text;

/// Texts of a chunk. They share a catalog, which each changes for those behind it.
const CHUNK: u64 = 100;
/// How long a text may take.
const TIME_MAX: Duration = Duration::from_secs(20);
/// How often the watch looks.
const LOOK: Duration = Duration::from_millis(20);
/// The stack of a server's threads.
const STACK_BYTES: usize = 2 << 20;
/// How many texts are damaged, percent.
const DAMAGED: u8 = 50;
/// How many sources a catalog may have before it begins anew.
const SOURCES_MAX: usize = 16;

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// What everything is drawn from.
    pub seed: u64,
    /// Texts to make.
    pub texts: u64,
    /// Only the chunk of that number, each text printed before it is tried.
    pub only: Option<u64>,
    /// Threads.
    pub threads: usize,
    /// Folder where each thread leaves the text that it tries: the last trace of a process that dies.
    pub tape: Option<PathBuf>,
}

/// What threads share.
struct Shared {
    options: Options,
    grammar: Grammar,
    next: AtomicU64,
    stop: AtomicBool,
    tally: Mutex<Tally>,
    violation: Mutex<Option<String>>,
    /// What each thread is at.
    current: Vec<Mutex<Option<(Stopwatch, String)>>>,
}

/// Makes texts and checks each.
///
/// # Errors
/// The first violation, with the text and how to see it again.
pub fn run(options: &Options) -> Result<Tally, String> {
    let grammar = Grammar::read(include_str!("dialect.ebnf"))?;
    World::first()?;
    let threads = if options.only.is_some() { 1 } else { options.threads.max(1) };
    let shared = Arc::new(Shared {
        options: options.clone(),
        grammar,
        next: AtomicU64::new(options.only.unwrap_or(0)),
        stop: AtomicBool::new(false),
        tally: Mutex::default(),
        violation: Mutex::default(),
        current: (0..threads).map(|_| Mutex::default()).collect(),
    });
    let workers = (0..threads).map(|number| {
        let shared = Arc::clone(&shared);
        let name = format!("sql-fuzz-{number}");
        std::thread::Builder::new().name(name).stack_size(STACK_BYTES).spawn(move || shared.work(number))
    });
    let workers = workers.collect::<Result<Vec<_>, _>>().map_err(|e| format!("a thread: {e}"))?;
    while !workers.iter().all(|worker| worker.is_finished()) {
        // A thread that hangs cannot be ended: it is left behind.
        if let Some(hanging) = shared.hanging() {
            return Err(hanging);
        }
        pause(LOOK);
    }
    if workers.into_iter().any(|worker| worker.join().is_err()) {
        return Err("a thread of the harness failed".to_owned());
    }
    let violation = shared.violation.lock().unwrap_or_else(PoisonError::into_inner).take();
    match violation {
        Some(violation) => Err(violation),
        None => Ok(shared.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()),
    }
}

impl Shared {
    fn work(&self, number: usize) {
        let chunks = self.options.texts.div_ceil(CHUNK);
        while !self.stop.load(Ordering::Relaxed) {
            let chunk = self.next.fetch_add(1, Ordering::Relaxed);
            if self.options.only.map_or(chunk >= chunks, |only| chunk != only) {
                return;
            }
            let mut tally = Tally::default();
            let outcome = self.chunk(number, chunk, &mut tally);
            self.tally.lock().unwrap_or_else(PoisonError::into_inner).add(&tally);
            if let Err(what) = outcome {
                self.stop.store(true, Ordering::Relaxed);
                let again = format!("again: --seed {} --chunk {chunk}", self.options.seed);
                let mut violation = self.violation.lock().unwrap_or_else(PoisonError::into_inner);
                violation.get_or_insert(format!("{what}\n{again}"));
            }
        }
    }

    fn chunk(&self, number: usize, chunk: u64, tally: &mut Tally) -> Result<(), String> {
        let mut chance = of_part(self.options.seed, chunk);
        let mut world = World::first()?;
        let mut other = Vec::new();
        for _ in 0..CHUNK {
            if world.sources().len() > SOURCES_MAX {
                world = World::first()?;
            }
            let damaged = happens(&mut chance, DAMAGED);
            let sql = self.text(&world, damaged, &mut other, &mut chance);
            self.begin(number, &sql);
            let watch = Stopwatch::start();
            let outcome = catch_unwind(AssertUnwindSafe(|| check(&sql, &mut world, !damaged)));
            tally.slowest = tally.slowest.max(watch.elapsed());
            self.end(number);
            tally.texts += 1;
            tally.damaged += u64::from(damaged);
            match outcome {
                Ok(Ok(Outcome::Refused)) if !damaged => {
                    let findings = millstream_sql::parse_in(&sql, &mut world.context.clone()).err().unwrap_or_default();
                    let shown: Vec<String> = findings.iter().map(|finding| finding.render(&sql)).collect();
                    return Err(format!("the grammar's own does not read:\n{sql}\n{}", shown.join("\n")));
                }
                Ok(Ok(Outcome::Refused)) => tally.refused += 1,
                Ok(Ok(Outcome::Read { planned, reasons })) => {
                    tally.damaged_read += u64::from(damaged);
                    tally.planned += planned;
                    tally.unplanned += reasons.len() as u64;
                    reasons.iter().for_each(|reason| tally.refused_because(reason));
                }
                Ok(Err(what)) => return Err(format!("{sql}\n{what}")),
                Err(_) => return Err(format!("{sql}\npanics")),
            }
        }
        Ok(())
    }

    /// One to three statements. `other` is the one before, for damage, and becomes this one.
    fn text(&self, world: &World, damaged: bool, other: &mut Vec<Token>, chance: &mut Chance) -> String {
        let mut tokens = Vec::new();
        let statements = if happens(chance, 85) { 1 } else { chance.usize(2..4) };
        for _ in 0..statements {
            let mut statement = Derivation::tokens(&self.grammar, world, chance, "statement");
            statement.push(Token::exact(";"));
            let whole = statement.clone();
            if damaged {
                damage(&mut statement, other, chance);
            }
            *other = whole;
            tokens.extend(statement);
        }
        text(&tokens, chance)
    }

    fn begin(&self, number: usize, sql: &str) {
        if self.options.only.is_some() {
            // A closed stdout is no reason to stop.
            let _ = writeln!(std::io::stdout().lock(), "---\n{sql}");
        }
        if let Some(folder) = &self.options.tape {
            // Only for people: a run goes on without it.
            let _ = std::fs::write(folder.join(format!("sql-fuzz-{number}.sql")), sql);
        }
        if let Some(current) = self.current.get(number) {
            let now = Some((Stopwatch::start(), sql.to_owned()));
            *current.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
    }

    fn end(&self, number: usize) {
        if let Some(current) = self.current.get(number) {
            *current.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// A text that takes too long.
    fn hanging(&self) -> Option<String> {
        self.current.iter().find_map(|current| {
            let current = current.lock().unwrap_or_else(PoisonError::into_inner);
            let (since, sql) = current.as_ref()?;
            (since.elapsed() > TIME_MAX).then(|| format!("{sql}\nhangs for {} s", TIME_MAX.as_secs()))
        })
    }
}
