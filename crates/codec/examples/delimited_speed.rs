//! How long the DELIMITED codec takes for a row:
//! `cargo run --profile dist -p millstream-codec --example delimited_speed`.
//!
//! Orders of about 80 bytes in batches of 1024, one thread: decode all columns, decode three of seven, encode all; plain
//! and with a quoted text in each. The best of several rounds is printed, so that a busy neighbour distorts it least.

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use arrow::array::ArrayRef;
use millstream_codec::{Payloads, decoder, encoder};
use millstream_types::{Column, Format, FormatSpec, Role, SqlType};

const ROWS: usize = 200_000;
const BATCH: usize = 1024;
const ROUNDS: usize = 7;
const DELIMITED: FormatSpec = FormatSpec::value(Format::Delimited);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let columns = columns();
    let mut out = std::io::stdout().lock();
    for quoted in [false, true] {
        let orders = orders(quoted);
        let bytes = orders.iter().map(Vec::len).sum::<usize>() / ROWS;
        writeln!(out, "{bytes} bytes a record, batches of {BATCH}{}", if quoted { ", a quoted field" } else { "" })?;
        let all: Vec<usize> = (0..columns.len()).collect();
        let (decode_all, batches) = decode(&columns, &all, &orders)?;
        let (decode_some, _) = decode(&columns, &[1, 2, 3], &orders)?;
        let encode_all = encode(&columns, &batches)?;
        for (what, time) in [
            ("decode, 7 of 7 columns", decode_all),
            ("decode, 3 of 7 columns", decode_some),
            ("encode, 7 columns", encode_all),
        ] {
            writeln!(out, "  {what:<24} {:>7.1} ns a row", time.as_nanos() as f64 / ROWS as f64)?;
        }
    }
    Ok(())
}

type Timed = (Duration, Vec<Vec<ArrayRef>>);

fn decode(columns: &[Column], used: &[usize], orders: &[Vec<u8>]) -> Result<Timed, Box<dyn std::error::Error>> {
    let mut decoder = decoder(DELIMITED, columns, used)?;
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

fn encode(columns: &[Column], batches: &[Vec<ArrayRef>]) -> Result<Duration, Box<dyn std::error::Error>> {
    let mut encoder = encoder(DELIMITED, columns)?;
    let mut payloads = Payloads::default();
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = now();
        for batch in batches {
            payloads.clear();
            encoder.encode(batch, None, &mut payloads);
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

fn columns() -> Vec<Column> {
    [
        ("ORDERTIME", SqlType::Bigint),
        ("ORDERID", SqlType::Bigint),
        ("ITEMID", SqlType::String),
        ("ORDERUNITS", SqlType::Double),
        ("PRICE", SqlType::Decimal { precision: 10, scale: 2 }),
        ("NOTE", SqlType::String),
        ("CITY", SqlType::String),
    ]
    .map(|(name, ty)| Column { name: name.to_owned(), ty, role: Role::Value })
    .into()
}

fn orders(quoted: bool) -> Vec<Vec<u8>> {
    let mut random = 88_172_645_463_325_252u64;
    let note = if quoted { "\"asked for \"\"gift wrap\"\", twice\"" } else { "customer asked for gift wrap" };
    let mut order = |i: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let (time, item, units) = (1_497_014_222_380 + i, random % 1000, (random % 100_000) as f64 / 10_000.0);
        let (price, city) = (random % 100_000, random % 97);
        format!("{time},{i},Item_{item},{units:.4},{}.{:02},{note},City_{city}", price / 100, price % 100).into_bytes()
    };
    (0..ROWS).map(&mut order).collect()
}
