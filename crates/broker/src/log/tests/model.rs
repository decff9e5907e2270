//! Random histories of a log against a list of what it must hold.

use super::support::{Bench, NOW, batch, batches, values};
use crate::error::Code;
use crate::log::{LastRun, LogConfig};
use crate::record::header::Header;

#[derive(Default)]
struct Model {
    start: i64,
    /// Offset, timestamp, value.
    records: Vec<(i64, i64, String)>,
}

impl Model {
    fn end(&self) -> i64 {
        i64::try_from(self.records.len()).unwrap()
    }
}

fn random_config(random: &mut fastrand::Rng) -> LogConfig {
    LogConfig {
        segment_bytes: random.u64(250..3_000),
        index_interval_bytes: random.u64(0..600),
        retention_bytes: random.bool().then(|| random.u64(1_000..20_000)),
        retention_ms: None,
        segment_ms: random.i64(50..5_000),
        ..LogConfig::default()
    }
}

fn append(bench: &mut Bench, model: &mut Model, random: &mut fastrand::Rng) {
    let timestamp = NOW + i64::try_from(model.records.len()).unwrap() + random.i64(-20..20);
    let count = random.usize(1..4);
    let texts: Vec<String> =
        (0..count).map(|i| format!("{}-{}", model.records.len() + i, "x".repeat(random.usize(0..40)))).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let appended = bench.append(&batch(timestamp, &texts)).unwrap();
    assert_eq!((appended.base_offset, appended.start_offset), (model.end(), model.start));
    for text in texts {
        model.records.push((model.end(), timestamp, text.to_owned()));
    }
}

fn read(bench: &mut Bench, model: &Model, random: &mut fastrand::Rng) {
    let offset = random.i64(model.start - 2..model.end() + 3);
    let max_bytes = random.usize(0..3_000);
    let slice = match bench.slice(offset, max_bytes, random.bool()) {
        Ok(slice) => slice,
        Err(code) => {
            assert_eq!(code, Code::OffsetOutOfRange);
            assert!(offset < model.start || offset > model.end());
            return;
        }
    };
    assert!((model.start..=model.end()).contains(&offset));
    let read = batches(&slice);
    assert_eq!(read.is_empty(), offset == model.end());
    assert!(read.len() <= 1 || slice.length <= max_bytes);
    if let Some(first) = read.first() {
        let header = Header::parse(first).unwrap();
        assert!((header.base_offset..=header.last_offset()).contains(&offset));
    }
    for (offset, value) in read.iter().flat_map(|batch| values(batch)) {
        assert_eq!(model.records[usize::try_from(offset).unwrap()].2, value);
    }
}

fn look_up(bench: &mut Bench, model: &Model, random: &mut fastrand::Rng) {
    let timestamp = NOW + random.i64(-30..model.end() + 30);
    let first = model.records.iter().find(|(offset, at, _)| *offset >= model.start && *at >= timestamp);
    assert_eq!(bench.log().offset_for_time(timestamp), Ok(first.map(|(offset, at, _)| (*offset, *at))));
}

fn history(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bench = Bench::new(random_config(&mut random));
    let mut model = Model::default();
    for _ in 0..400 {
        match random.u8(0..100) {
            0..50 => append(&mut bench, &mut model, &mut random),
            50..80 => read(&mut bench, &model, &mut random),
            80..90 => look_up(&mut bench, &model, &mut random),
            90..92 => {
                let offset = random.i64(model.start..=model.end());
                assert_eq!(bench.log().delete_before(offset, NOW), Ok(offset));
                model.start = offset;
            }
            92..95 => {
                bench.log().upkeep(NOW).unwrap();
                // Retention by size only ever moves the start to the beginning of a segment.
                let start = bench.log().start_offset();
                assert!((model.start..=model.end()).contains(&start));
                model.start = start;
            }
            95..96 => {
                bench.config = random_config(&mut random);
                let config = bench.config.clone();
                bench.log().configure(config);
            }
            _ => {
                let run = random.choice([LastRun::Clean, LastRun::Killed, LastRun::Lost]).unwrap();
                if random.u8(0..4) == 0 {
                    let files = bench.files(".index");
                    let file = bench.folder.join(random.choice(&files).unwrap());
                    std::fs::write(file, vec![random.u8(..); random.usize(0..200)]).unwrap();
                }
                bench.restart(run);
            }
        }
        assert_eq!((bench.log().start_offset(), bench.log().end_offset()), (model.start, model.end()), "seed {seed}");
    }
    let left: Vec<_> = model.records.iter().filter(|r| r.0 >= model.start).map(|r| (r.0, r.2.clone())).collect();
    assert_eq!(bench.read(model.start, 700), left, "seed {seed}");
}

#[test]
fn random_histories() {
    for seed in 0..25 {
        history(seed);
    }
}
