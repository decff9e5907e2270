//! `millstream datagen`: made-up records of a few kinds, the same for the same seed.
//!
//! 1. `kind` says which fields a kind has and draws them.
//! 2. `chance` is where the numbers come from.
//! 3. `encode` turns fields into the bytes of keys and values.

mod chance;
mod encode;
mod kind;

use std::io::Write;
use std::time::Duration;

use millstream_engine::clock::{Clock, SystemClock};
use millstream_engine::link::Header;
use millstream_kafka::{Admin, Load, Loader};

pub use encode::{KeyFormat, ValueFormat};
pub use kind::Kind;

use crate::{Kafka, Stop, exit_code};
use chance::Chance;
use kind::Field;

/// Longest sleep between two records: what bounds how late the end of a rate is noticed.
const NAP_MAX: Duration = Duration::from_millis(100);
/// A word about progress every so many records, for people.
const SAY_EVERY: u64 = 100_000;

/// What to make up, and where it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Datagen {
    /// What the records are about.
    pub kind: Kind,
    /// The topic, created when it is missing; `None`: as the kind is called.
    pub topic: Option<String>,
    /// Partitions of a topic that is created.
    pub partitions: i32,
    /// How many records; `None`: without end.
    pub count: Option<u64>,
    /// Records a second; 0: as fast as it goes.
    pub rate: f64,
    /// Where chance begins: the same seed gives the same records. `None`: somewhere.
    pub seed: Option<u64>,
    /// The field that is the key; `None`: the kind's own; `Some("none")`: no key.
    pub key: Option<String>,
    /// How keys are written.
    pub key_format: KeyFormat,
    /// How values are written.
    pub value_format: ValueFormat,
    /// Time of the first record, ms since the epoch; later ones follow in even steps. `None`: times are now.
    pub start_time: Option<i64>,
    /// ms between the times of two records, with a start time.
    pub step: i64,
    /// Print the records (key, tab, value) instead of sending them.
    pub to_stdout: bool,
    /// Only print the CREATE STREAM statement that reads the topic.
    pub show_statement: bool,
}

impl Datagen {
    /// The topic's name.
    pub fn topic(&self) -> &str {
        self.topic.as_deref().unwrap_or(self.kind.name())
    }
}

/// Makes records up. Returns the process's exit code: [`EXIT_OK`](crate::EXIT_OK) or [`EXIT_FAILED`](crate::EXIT_FAILED).
pub fn run(kafka: &Kafka, options: &Datagen, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let ended = generate(kafka, options, out, err);
    exit_code(ended, err)
}

fn generate(kafka: &Kafka, options: &Datagen, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Stop> {
    let columns = options.kind.columns(options.value_format);
    let key = key_column(options, &columns)?;
    if options.show_statement {
        out.write_all(encode::statement(options, &columns, key).as_bytes())?;
        return Ok(());
    }
    let mut loader = None;
    if !options.to_stdout {
        let config = kafka.config();
        let topic = options.topic();
        let admin = Admin::connect(&config)?;
        if admin.topic(topic)?.is_none() && admin.create_topic(topic, options.partitions, None, &[])? {
            let _ = writeln!(err, "Created topic {topic}.");
        }
        loader = Some(Loader::open(&config, topic)?);
    }
    let mut chance = options.seed.map_or_else(Chance::new, Chance::with_seed);
    let clock = SystemClock::new();
    let begun = clock.monotonic();
    let mut made = 0_u64;
    while options.count.is_none_or(|count| made < count) {
        pace(&clock, begun, options.rate, made);
        let now = match options.start_time {
            Some(start) => start.saturating_add(options.step.saturating_mul(i64::try_from(made).unwrap_or(i64::MAX))),
            None => clock.now_ms(),
        };
        let fields = options.kind.draw(&mut chance, made, now, options.value_format);
        send(options, &fields, key, now, loader.as_mut(), out)?;
        made += 1;
        if made.is_multiple_of(SAY_EVERY) {
            let _ = writeln!(err, "{made} records");
        }
    }
    match loader {
        Some(loader) => {
            loader.flush()?;
            let _ = writeln!(err, "{made} records in topic {}.", options.topic());
        }
        None => out.flush()?,
    }
    Ok(())
}

/// Which column is the key. Errors: there is none of that name.
fn key_column(options: &Datagen, columns: &[(&str, &str)]) -> Result<Option<usize>, Stop> {
    let wanted = options.key.as_deref().unwrap_or(options.kind.key());
    if wanted.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let simple = |ty: &str| !ty.contains('<');
    let found = columns.iter().position(|(name, ty)| name.eq_ignore_ascii_case(wanted) && simple(ty));
    found.map(Some).ok_or_else(|| {
        let names: Vec<&str> = columns.iter().filter(|(_, ty)| simple(ty)).map(|(name, _)| *name).collect();
        Stop::Input(format!("{} have no field '{wanted}' for a key: none, {}", options.kind.name(), names.join(", ")))
    })
}

fn send(
    options: &Datagen,
    fields: &[(&'static str, Field)],
    key: Option<usize>,
    now: i64,
    loader: Option<&mut Loader>,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let rest = fields.iter().enumerate().filter(|(i, _)| Some(*i) != key).map(|(_, field)| field);
    let value = options.value_format.value(rest);
    let key = key.and_then(|i| fields.get(i)).map(|(_, field)| options.key_format.key(field, loader.is_none()));
    let Some(loader) = loader else {
        if let Some(key) = key {
            out.write_all(&key)?;
            out.write_all(b"\t")?;
        }
        out.write_all(value.as_bytes())?;
        return Ok(out.write_all(b"\n")?);
    };
    let headers: &[Header<'_>] = &[];
    let record = Load { partition: None, timestamp: now, key: key.as_deref(), value: Some(value.as_bytes()), headers };
    Ok(loader.send(&record)?)
}

/// Waits until it is the next record's turn.
fn pace(clock: &SystemClock, begun: Duration, rate: f64, made: u64) {
    if rate <= 0.0 {
        return;
    }
    #[allow(clippy::cast_precision_loss)] // a count of records that a person waits for
    let due = Duration::try_from_secs_f64(made as f64 / rate).unwrap_or(Duration::MAX);
    loop {
        let passed = clock.monotonic().saturating_sub(begun);
        let Some(left) = due.checked_sub(passed).filter(|left| !left.is_zero()) else { return };
        std::thread::sleep(left.min(NAP_MAX));
    }
}

#[cfg(test)]
mod tests;
