//! Retention, deleted records, rolls by time.

use super::support::{Bench, NOW, batch, small};
use crate::error::Code;
use crate::log::{LastRun, LogConfig};

#[test]
fn records_before_an_offset_are_deleted_for_ever() {
    for last_run in [LastRun::Clean, LastRun::Killed, LastRun::Lost] {
        let mut bench = Bench::new(small());
        for _ in 0..40 {
            bench.append(&batch(NOW, &["value", "value"])).unwrap();
        }
        let before = bench.files(".log").len();
        assert_eq!(bench.log().delete_before(81, NOW), Err(Code::OffsetOutOfRange));
        assert_eq!(bench.log().delete_before(41, NOW), Ok(41));
        assert_eq!(bench.log().delete_before(7, NOW), Ok(41), "never back");
        assert!(bench.files(".log").len() < before);
        bench.restart(last_run);
        assert_eq!((bench.log().start_offset(), bench.log().end_offset()), (41, 80));
        assert_eq!(bench.slice(40, 100, false).unwrap_err(), Code::OffsetOutOfRange);
        assert_eq!(bench.read(41, 100).len(), 39);
        assert_eq!(bench.log().delete_before(80, NOW), Ok(80));
        bench.restart(last_run);
        assert_eq!((bench.log().start_offset(), bench.log().end_offset(), bench.log().bytes()), (80, 80, 0));
        assert_eq!(bench.append(&batch(NOW, &["next"])).unwrap().base_offset, 80);
    }
}

#[test]
fn retention_by_size_keeps_at_least_that_much() {
    let mut bench = Bench::new(LogConfig { retention_bytes: Some(2_000), ..small() });
    for _ in 0..100 {
        bench.append(&batch(NOW, &["value"])).unwrap();
    }
    let all = bench.log().bytes();
    bench.log().upkeep(NOW).unwrap();
    let left = bench.log().bytes();
    assert!(left < all && (2_000..2_600).contains(&left), "{left} of {all}");
    let start = bench.log().start_offset();
    assert_eq!(i64::try_from(bench.read(start, 1000).len()).unwrap(), 100 - start);
    bench.log().configure(LogConfig { delete: false, retention_bytes: Some(0), ..small() });
    bench.log().upkeep(NOW).unwrap();
    assert_eq!(bench.log().bytes(), left, "not with cleanup.policy=compact");
    bench.log().configure(LogConfig { retention_bytes: Some(0), ..small() });
    bench.log().upkeep(NOW).unwrap();
    assert_eq!((bench.log().bytes(), bench.log().start_offset()), (0, 100));
}

#[test]
fn retention_by_time_goes_by_the_records() {
    let mut bench = Bench::new(LogConfig { retention_ms: Some(1_000), ..small() });
    for i in 0..60 {
        bench.append(&batch(NOW + i * 10, &["value"])).unwrap();
    }
    bench.log().upkeep(NOW + 1_000).unwrap();
    assert_eq!(bench.log().start_offset(), 0, "none is older than that");
    bench.restart(LastRun::Clean);
    bench.log().upkeep(NOW + 1_300).unwrap();
    let start = bench.log().start_offset();
    assert!((1..=30).contains(&start), "{start}");
    assert!(bench.read(start, 1_000).len() >= 30);
    bench.log().upkeep(NOW + 100_000).unwrap();
    assert_eq!((bench.log().start_offset(), bench.log().end_offset(), bench.log().bytes()), (60, 60, 0));
    bench.log().upkeep(NOW + 200_000).unwrap();
    assert_eq!(bench.files(".log"), ["00000000000000000060.log"], "an empty segment stays");
}

#[test]
fn a_segment_is_closed_by_its_age() {
    // Kafka's rule: from the first record's timestamp to that of the record that is appended.
    let mut bench = Bench::new(LogConfig { segment_ms: 1_000, ..LogConfig::default() });
    for (at, files) in [(0, 1), (1_000, 1), (500, 1), (1_001, 2), (2_001, 2), (2_002, 3)] {
        bench.append(&batch(NOW + at, &["value"])).unwrap();
        assert_eq!(bench.files(".log").len(), files, "{at}");
        bench.restart(LastRun::Clean);
    }
}

#[test]
fn files_of_closed_segments_are_closed_when_nobody_reads() {
    let mut bench = Bench::new(LogConfig { retention_ms: None, ..small() });
    for _ in 0..60 {
        bench.append(&batch(NOW, &["value"])).unwrap();
    }
    let slice = bench.slice(0, 1_000, false).unwrap();
    for _ in 0..2 {
        bench.log().upkeep(NOW).unwrap();
    }
    assert_eq!(std::sync::Arc::strong_count(&slice.file), 1, "only the reader has it");
    assert!(!super::support::batches(&slice).is_empty());
    bench.log().delete_before(60, NOW).unwrap();
    assert!(!super::support::batches(&slice).is_empty(), "what is being read stays readable");
}
