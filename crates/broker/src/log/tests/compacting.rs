//! Compaction of a real log: rounds, restarts between them, and readers over the gaps.

use std::collections::BTreeMap;

use super::support::{Bench, NOW, batches, sent, values};
use crate::log::{LastRun, LogConfig};
use crate::record::build::Batch;
use crate::record::header::Header;

const KEYS: usize = 1_000;

fn compacted() -> LogConfig {
    LogConfig {
        compact: true,
        delete: false,
        min_cleanable_dirty_ratio: 0.0,
        segment_bytes: 700,
        index_interval_bytes: 150,
        ..LogConfig::default()
    }
}

fn put(bench: &mut Bench, key: u8, value: &str) -> i64 {
    let batch = Batch::new(0).record(NOW, Some(&[key]), Some(value.as_bytes())).bytes();
    bench.append(&batch).unwrap().base_offset
}

fn round(bench: &mut Bench) -> bool {
    let Some(round) = bench.log().compaction_plan(NOW) else { return false };
    let output = round.run(KEYS, &|| false).unwrap().unwrap();
    bench.log().swap_in(&output, NOW).unwrap();
    true
}

#[test]
fn the_latest_values_stay_readable_from_every_offset() {
    for seed in 0..5 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bench = Bench::new(compacted());
        let mut latest: BTreeMap<u8, (i64, String)> = BTreeMap::new();
        for i in 0..300 {
            let (key, value) = (random.u8(0..8), format!("{i}{}", "x".repeat(random.usize(0..30))));
            latest.insert(key, (put(&mut bench, key, &value), value));
            match random.u8(0..40) {
                0..3 => {
                    round(&mut bench);
                }
                3 => bench.restart(random.choice([LastRun::Clean, LastRun::Killed, LastRun::Lost]).unwrap()),
                4 => {
                    std::fs::remove_file(bench.folder.join("producers.snapshot")).unwrap();
                    bench.restart_from_nothing(LastRun::Killed);
                }
                _ => {}
            }
        }
        round(&mut bench);
        let (start, end) = (bench.log().start_offset(), bench.log().end_offset());
        let all = bench.read(start, 300);
        assert!(all.len() < 60, "{} of 300 are left", all.len());
        for offset in start..end {
            let expected: Vec<_> = all.iter().filter(|(at, _)| *at >= offset).cloned().collect();
            assert_eq!(bench.read(offset, random.usize(0..500)), expected, "seed {seed}, from {offset}");
        }
        for (key, record) in latest {
            assert!(all.contains(&record), "seed {seed}: key {key} lost {record:?}");
        }
    }
}

#[test]
fn a_round_survives_what_happens_meanwhile() {
    let mut bench = Bench::new(compacted());
    for i in 0..80 {
        put(&mut bench, i % 3, "value");
    }
    let planned = bench.log().compaction_plan(NOW).unwrap();
    let output = planned.run(KEYS, &|| false).unwrap().unwrap();
    // Its first segments are deleted before it is done, and appending goes on.
    bench.log().delete_before(40, NOW).unwrap();
    put(&mut bench, 0, "new");
    bench.log().swap_in(&output, NOW).unwrap();
    assert_eq!(bench.log().start_offset(), 40);
    assert_eq!(bench.files(".cleaned").len(), 0);
    let read = bench.read(40, 1_000);
    assert_eq!(read.last(), Some(&(80, "new".to_owned())));
    assert!(round(&mut bench), "what was thrown away is done again");
    assert!(bench.read(40, 1_000).len() < 20);

    // The log is opened again while a round is under way.
    assert!(bench.log().compaction_plan(NOW).is_none(), "nothing is dirty");
    for i in 0..80 {
        put(&mut bench, i % 3, "later");
    }
    let output = bench.log().compaction_plan(NOW).unwrap().run(KEYS, &|| false).unwrap().unwrap();
    bench.restart(LastRun::Killed);
    let before = bench.read(40, 1_000);
    bench.log().swap_in(&output, NOW).unwrap();
    assert_eq!(bench.read(40, 1_000), before, "its files were removed");
    assert!(round(&mut bench));
    assert!(bench.read(40, 1_000).len() < before.len());
}

#[test]
fn aborted_transactions_go_and_open_ones_stay() {
    let mut bench = Bench::new(LogConfig { delete_retention_ms: 0, ..compacted() });
    for i in 0..20 {
        bench.append(&sent(1, 0, i, 1, true)).unwrap();
    }
    bench.log().append_marker(1, 0, false, 0, NOW).unwrap(); // 20
    for _ in 0..20 {
        put(&mut bench, b'z', "value");
    }
    let open = bench.append(&sent(2, 0, 0, 1, true)).unwrap().base_offset;
    for _ in 0..20 {
        put(&mut bench, b'z', "later");
    }
    assert!(round(&mut bench));
    assert_eq!(bench.log().last_stable_offset(), open);
    let mut at = 0;
    let mut seen = Vec::new();
    while at < open {
        let slice = bench.slice(at, 1 << 20, true).unwrap();
        assert_eq!(slice.aborted, [], "their data is gone");
        for batch in batches(&slice) {
            let header = Header::parse(&batch).unwrap();
            at = header.last_offset() + 1;
            if !header.is_control() {
                seen.extend(values(&batch).into_iter().map(|(_, value)| (header.producer_id, value)));
            }
        }
    }
    assert!(
        !seen.is_empty() && seen.iter().all(|(producer, value)| (*producer, &**value) == (-1, "value")),
        "{seen:?}"
    );
    let stable: Vec<i64> = (0..open).filter(|at| bench.slice(*at, 1, true).unwrap().length == 0).collect();
    assert_eq!(stable, Vec::<i64>::new(), "what is before the open transaction can be read");
    bench.log().append_marker(2, 0, true, 0, NOW).unwrap();
    assert_eq!(bench.append(&sent(1, 0, 19, 1, true)).unwrap().base_offset, 19, "a repeat of what is gone");
    assert_eq!(bench.append(&sent(1, 0, 20, 1, true)).unwrap().base_offset, open + 22);
}
