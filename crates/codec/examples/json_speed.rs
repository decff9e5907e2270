//! How long the JSON codec takes for a row: `cargo run --profile dist -p millstream-codec --example json_speed`.
//!
//! Orders of about 200 bytes in batches of 1024, one thread: decode all columns, decode three of six, encode all.
//! The best of several rounds is printed, so that a busy neighbour distorts it least.

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use arrow::array::ArrayRef;
use millstream_codec::{Payloads, decoder, encoder};
use millstream_types::{Column, Format, FormatSpec, Role, SqlType, StructField};

const ROWS: usize = 200_000;
const BATCH: usize = 1024;
const ROUNDS: usize = 7;
const JSON: FormatSpec = FormatSpec::value(Format::Json);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let columns = columns();
    let mut out = std::io::stdout().lock();
    for blanks in [false, true] {
        let orders = orders(blanks);
        let bytes = orders.iter().map(Vec::len).sum::<usize>() / ROWS;
        writeln!(
            out,
            "{bytes} bytes a record, batches of {BATCH}{}",
            if blanks { ", blanks after , and :" } else { "" }
        )?;
        let all: Vec<usize> = (0..columns.len()).collect();
        let (decode_all, batches) = decode(&columns, &all, &orders)?;
        let (decode_some, _) = decode(&columns, &[1, 2, 3], &orders)?;
        let encode_all = encode(&columns, &batches)?;
        for (what, time) in [
            ("decode, 6 of 6 columns", decode_all),
            ("decode, 3 of 6 columns", decode_some),
            ("encode, 6 columns", encode_all),
        ] {
            writeln!(out, "  {what:<24} {:>7.1} ns a row", time.as_nanos() as f64 / ROWS as f64)?;
        }
    }
    Ok(())
}

type Timed = (Duration, Vec<Vec<ArrayRef>>);

fn decode(columns: &[Column], used: &[usize], orders: &[Vec<u8>]) -> Result<Timed, Box<dyn std::error::Error>> {
    let mut decoder = decoder(JSON, columns, used)?;
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
    let mut encoder = encoder(JSON, columns)?;
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
    let address = [("CITY", SqlType::String), ("STATE", SqlType::String), ("ZIPCODE", SqlType::Bigint)];
    let address = address.map(|(name, ty)| StructField { name: name.to_owned(), ty });
    [
        ("ORDERTIME", SqlType::Bigint),
        ("ORDERID", SqlType::Bigint),
        ("ITEMID", SqlType::String),
        ("ORDERUNITS", SqlType::Double),
        ("NOTE", SqlType::String),
        ("ADDRESS", SqlType::Struct(address.into())),
    ]
    .map(|(name, ty)| Column { name: name.to_owned(), ty, role: Role::Value })
    .into()
}

/// Orders as a generator would write them: lower-case names in the order of the columns.
fn orders(blanks: bool) -> Vec<Vec<u8>> {
    let mut random = 88_172_645_463_325_252u64;
    let mut order = |i: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let (time, item, units) = (1_497_014_222_380 + i, random % 1000, (random % 100_000) as f64 / 10_000.0);
        let (city, state, zip) = (random % 97, random % 50, 10_000 + random % 80_000);
        let order = format!(
            r#"{{"ordertime":{time},"orderid":{i},"itemid":"Item_{item}","orderunits":{units:.4},"note":"customer asked for gift wrap","address":{{"city":"City_{city}","state":"State_{state}","zipcode":{zip}}}}}"#
        );
        if blanks { order.replace(':', ": ").replace(',', ", ") } else { order }.into_bytes()
    };
    (0..ROWS).map(&mut order).collect()
}
