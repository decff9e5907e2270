//! The records of a run: most are good, some are dropped by the query, some cannot be read, computed or written.

use millstream_engine::sim::{Rng, START_MS, Stored};

use crate::program::{INPUT, OUTPUT_RECORD_BYTES_MAX};
use crate::scenario::Scenario;

/// The `V` that a record must exceed to pass the query's condition.
pub const THRESHOLD: i64 = 10;

/// One record to write to the input.
#[derive(Debug, Clone)]
pub struct Input {
    /// Topic to write to.
    pub topic: &'static str,
    /// Partition to write to.
    pub partition: i32,
    /// The record.
    pub record: Stored,
}

/// What is written at once: by a plain producer, or as a transaction.
#[derive(Debug, Clone)]
pub struct Write {
    /// The records in order.
    pub inputs: Vec<Input>,
    /// `None`: no transaction. Else how many moves it stays open, and whether it commits.
    pub transaction: Option<(usize, bool)>,
}

/// The writes of a scenario, in order.
pub fn writes(scenario: &Scenario, rng: &mut Rng) -> Vec<Write> {
    writes_of(scenario, rng, input)
}

/// The same of records that are made from their number.
pub fn writes_of(
    scenario: &Scenario,
    rng: &mut Rng,
    input: impl Fn(usize, &Scenario, &mut Rng) -> Input,
) -> Vec<Write> {
    let mut writes = Vec::new();
    let mut made = 0;
    while made < scenario.records {
        let count = rng.usize(1..=8).min(scenario.records - made);
        let inputs = (made..made + count).map(|id| input(id, scenario, rng)).collect();
        let transaction = (rng.u8(0..6) == 0).then(|| (rng.usize(0..12), rng.u8(0..3) != 0));
        writes.push(Write { inputs, transaction });
        made += count;
    }
    writes
}

fn input(id: usize, scenario: &Scenario, rng: &mut Rng) -> Input {
    let partition = rng.i32(0..scenario.inputs);
    let key = (rng.u8(0..4) != 0).then(|| format!("k{}", rng.u8(0..20)).into_bytes());
    let timestamp = START_MS + id as i64;
    let json = |v: i64, d: i64, s: &str| format!(r#"{{"ID":{id},"V":{v},"D":{d},"S":"{s}"}}"#).into_bytes();
    let (v, d) = (rng.i64(THRESHOLD + 1..100), rng.i64(1..9));
    // Some records carry headers, which go with their results.
    let headers =
        (0..rng.usize(0..6).saturating_sub(3)).map(|i| (format!("h{i}").into_bytes(), (i > 0).then(|| vec![i as u8])));
    let good = Stored { timestamp, key, value: Some(json(v, d, "text")), headers: headers.collect() };
    let record = match rng.u8(0..40) {
        0..5 => Stored { value: Some(json(rng.i64(0..=THRESHOLD), d, "dropped")), ..good },
        5 | 6 => Stored { value: Some(format!(r#"{{"ID":{id},"V":"#).into_bytes()), ..good },
        7 => Stored { value: Some([format!("{{\"ID\":{id},\"S\":\"").as_bytes(), b"\xff\"}"].concat()), ..good },
        8 => Stored { value: None, ..good },
        9 | 10 => Stored { value: Some(json(v, 0, "division by zero")), ..good },
        11 => Stored { value: Some(json(v, d, &"x".repeat(OUTPUT_RECORD_BYTES_MAX))), ..good },
        12 => Stored { key: Some(vec![0xff, 0xfe]), ..good },
        13 => Stored { timestamp: -1, ..good },
        _ => good,
    };
    Input { topic: INPUT, partition, record }
}
