//! How long a codec takes for a row: `cargo run --profile dist -p millstream-codec --example speed [FORMAT]`.
//!
//! Orders in batches of 1024, one thread: decode all columns, decode three of them, encode all; each format with records
//! of two kinds. The best of several rounds is printed, so that a busy neighbour distorts it least.

mod delimited;
mod json;

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use arrow::array::ArrayRef;
use millstream_codec::{Payloads, decoder, encoder};
use millstream_schemas::Registry;
use millstream_types::{Column, Format, FormatSpec, Role, SqlType};

const ROWS: usize = 200_000;
const BATCH: usize = 1024;
const ROUNDS: usize = 7;

type Failure = Box<dyn std::error::Error>;

/// Records of one kind in one format.
struct Sample {
    format: Format,
    /// What tells them from others of the format.
    kind: &'static str,
    columns: Vec<(&'static str, SqlType)>,
    /// The record of a number, from a random number of its own.
    record: fn(usize, u64) -> String,
}

fn main() -> Result<(), Failure> {
    let asked = std::env::args().nth(1);
    let samples = json::samples().into_iter().chain(delimited::samples());
    for sample in samples.filter(|s| asked.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(s.format.name()))) {
        measure(&sample)?;
    }
    Ok(())
}

fn measure(sample: &Sample) -> Result<(), Failure> {
    let columns: Vec<Column> = sample.columns.iter().cloned().map(column).collect();
    let (format, orders, n) = (FormatSpec::value(sample.format), orders(sample), columns.len());
    let all: Vec<usize> = (0..n).collect();
    let (decode_all, batches) = decode(format, &columns, &all, &orders)?;
    let (decode_some, _) = decode(format, &columns, &[1, 2, 3], &orders)?;
    let encode_all = encode(format, &columns, &batches)?;
    let bytes = orders.iter().map(Vec::len).sum::<usize>() / ROWS;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}, {}: {bytes} bytes a record, batches of {BATCH}", sample.format.name(), sample.kind)?;
    for (what, time) in [
        (format!("decode, {n} of {n} columns"), decode_all),
        (format!("decode, 3 of {n} columns"), decode_some),
        (format!("encode, {n} columns"), encode_all),
    ] {
        writeln!(out, "  {what:<24} {:>7.1} ns a row", time.as_nanos() as f64 / ROWS as f64)?;
    }
    Ok(())
}

fn column((name, ty): (&str, SqlType)) -> Column {
    Column { name: name.to_owned(), ty, role: Role::Value }
}

/// The records, the same in every run.
fn orders(sample: &Sample) -> Vec<Vec<u8>> {
    let mut random = 88_172_645_463_325_252u64;
    let order = |i: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (sample.record)(i, random).into_bytes()
    };
    (0..ROWS).map(order).collect()
}

/// What all orders begin with: time, item, units.
fn head(i: usize, random: u64) -> (usize, u64, f64) {
    (1_497_014_222_380 + i, random % 1000, (random % 100_000) as f64 / 10_000.0)
}

type Timed = (Duration, Vec<Vec<ArrayRef>>);

fn decode(format: FormatSpec, columns: &[Column], used: &[usize], orders: &[Vec<u8>]) -> Result<Timed, Failure> {
    let mut decoder = decoder(format, columns, used, &Registry::none())?;
    let mut best = Duration::MAX;
    let mut batches = Vec::new();
    for _ in 0..ROUNDS {
        batches.clear();
        let start = now();
        for batch in orders.chunks(BATCH) {
            for order in batch {
                decoder.push(Some(order))?;
            }
            batches.push(decoder.finish());
        }
        best = best.min(start.elapsed());
    }
    Ok((best, batches))
}

fn encode(format: FormatSpec, columns: &[Column], batches: &[Vec<ArrayRef>]) -> Result<Duration, Failure> {
    let mut encoder = encoder(format, columns)?;
    let mut payloads = Payloads::default();
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = now();
        for batch in batches {
            payloads.clear();
            encoder.encode(batch, None, &mut payloads)?;
            black_box(&payloads);
        }
        best = best.min(start.elapsed());
    }
    Ok(best)
}

#[allow(clippy::disallowed_methods, reason = "a stopwatch is what this program is")]
fn now() -> Instant {
    Instant::now()
}
