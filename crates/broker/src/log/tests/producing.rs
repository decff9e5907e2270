//! Sequence numbers, transactions, and writes that fail.

use super::support::{Bench, NOW, batch, sent, small};
use crate::error::Code;
use crate::log::{LastRun, LogConfig, Wanted};

const RUNS: [LastRun; 3] = [LastRun::Clean, LastRun::Killed, LastRun::Lost];

#[test]
fn sequence_numbers_follow_kafkas_rules() {
    use Code::{InvalidProducerEpoch, OutOfOrderSequenceNumber};
    // Steps: producer id, epoch, first sequence, records, and what it gives.
    type Step = (i64, i16, i32, usize, Result<i64, Code>);
    let tables: &[(&str, &[Step])] = &[
        ("in order", &[(1, 0, 0, 2, Ok(0)), (1, 0, 2, 1, Ok(2)), (1, 0, 3, 1, Ok(3))]),
        ("an unknown producer begins anywhere", &[(1, 0, 77, 2, Ok(0)), (1, 0, 79, 1, Ok(2))]),
        (
            "gaps and repeats of parts",
            &[
                (1, 0, 0, 3, Ok(0)),
                (1, 0, 4, 1, Err(OutOfOrderSequenceNumber)),
                (1, 0, 0, 2, Err(OutOfOrderSequenceNumber)),
                (1, 0, 1, 2, Err(OutOfOrderSequenceNumber)),
                (1, 0, 3, 1, Ok(3)),
            ],
        ),
        (
            "the last five are known again",
            &[
                (1, 0, 0, 1, Ok(0)),
                (1, 0, 1, 1, Ok(1)),
                (1, 0, 2, 1, Ok(2)),
                (1, 0, 3, 1, Ok(3)),
                (1, 0, 4, 1, Ok(4)),
                (1, 0, 0, 1, Ok(0)),
                (1, 0, 4, 1, Ok(4)),
                (1, 0, 5, 1, Ok(5)),
                (1, 0, 0, 1, Err(OutOfOrderSequenceNumber)),
                (1, 0, 1, 1, Ok(1)),
                (1, 0, 6, 1, Ok(6)),
            ],
        ),
        (
            "after the largest comes 0",
            &[(1, 0, i32::MAX - 1, 2, Ok(0)), (1, 0, 0, 1, Ok(2)), (1, 0, 1, 1, Ok(3)), (1, 0, i32::MAX - 1, 2, Ok(0))],
        ),
        ("around the largest", &[(1, 0, i32::MAX - 1, 4, Ok(0)), (1, 0, 2, 1, Ok(4)), (1, 0, i32::MAX - 1, 4, Ok(0))]),
        (
            "epochs",
            &[
                (1, 3, 0, 2, Ok(0)),
                (1, 2, 2, 1, Err(InvalidProducerEpoch)),
                (1, 4, 2, 1, Err(OutOfOrderSequenceNumber)),
                (1, 4, 0, 1, Ok(2)),
                (1, 3, 2, 1, Err(InvalidProducerEpoch)),
                (1, 4, 1, 1, Ok(3)),
            ],
        ),
        ("producers are apart", &[(1, 0, 0, 1, Ok(0)), (2, 5, 0, 1, Ok(1)), (1, 0, 1, 1, Ok(2)), (2, 5, 1, 1, Ok(3))]),
    ];
    for (name, steps) in tables {
        for restart in [None, Some(LastRun::Clean), Some(LastRun::Killed), Some(LastRun::Lost)] {
            let mut bench = Bench::new(small());
            for (at, (id, epoch, sequence, count, expected)) in steps.iter().enumerate() {
                let given = bench.append(&sent(*id, *epoch, *sequence, *count, false)).map(|a| a.base_offset);
                assert_eq!(given, *expected, "{name}, step {at}, {restart:?}");
                if let Some(last_run) = restart {
                    bench.restart(last_run);
                }
            }
        }
    }
}

#[test]
fn a_repeat_tells_the_first_time() {
    let mut bench = Bench::new(LogConfig { log_append_time: true, ..LogConfig::default() });
    let first = bench.append_at(&sent(1, 0, 0, 1, false), NOW).unwrap();
    assert_eq!(bench.append_at(&sent(1, 0, 0, 1, false), NOW + 9), Ok(first));
    assert_eq!(bench.log().end_offset(), 1);
}

#[test]
fn transactions_hold_the_last_stable_offset() {
    for last_run in RUNS {
        let mut bench = Bench::new(small());
        bench.append(&batch(NOW, &["plain"])).unwrap(); // 0
        bench.append(&sent(1, 0, 0, 2, true)).unwrap(); // 1, 2
        bench.append(&sent(2, 0, 0, 1, true)).unwrap(); // 3
        bench.restart(last_run);
        let log = bench.log();
        assert_eq!((log.last_stable_offset(), log.end_offset()), (1, 4));
        assert_eq!(bench.append(&sent(1, 0, 2, 1, false)), Err(Code::InvalidTxnState));
        let slice = bench.slice(0, 1 << 20, true).unwrap();
        assert_eq!(slice.length, batch(NOW, &["plain"]).len());
        for offset in 1..=4 {
            assert_eq!(bench.slice(offset, 1 << 20, true).unwrap().length, 0);
        }
        assert_eq!(bench.log().append_marker(2, 0, true, 0, NOW), Ok(4));
        assert_eq!(bench.log().last_stable_offset(), 1, "the first one is still open");
        bench.restart(last_run);
        assert_eq!(bench.log().append_marker(1, 0, false, 0, NOW), Ok(5));
        bench.restart(last_run);
        assert_eq!(bench.log().last_stable_offset(), 6);
        let aborted: Vec<_> = (0..6).map(|from| bench.slice(from, 1 << 20, true).unwrap().aborted).collect();
        assert!(aborted.iter().all(|aborted| *aborted == [(1, 1)]), "{aborted:?}");
        assert_eq!(bench.slice(0, 1, true).unwrap().aborted, [], "a run that ends before");
        assert_eq!(bench.slice(0, 1 << 20, false).unwrap().aborted, [], "not for those who read everything");
    }
}

#[test]
fn markers_are_written_once_and_fence() {
    let mut bench = Bench::new(small());
    bench.append(&sent(1, 5, 0, 1, true)).unwrap(); // 0
    assert_eq!(bench.log().append_marker(1, 4, true, 0, NOW), Err(Code::InvalidProducerEpoch));
    assert_eq!(bench.log().append_marker(1, 6, false, 3, NOW), Ok(1), "by whoever fenced it");
    assert_eq!(bench.log().append_marker(1, 6, false, 3, NOW), Ok(2), "nothing to do");
    assert_eq!(bench.log().end_offset(), 2);
    assert_eq!(bench.append(&sent(1, 5, 1, 1, true)), Err(Code::InvalidProducerEpoch));
    assert_eq!(bench.append(&sent(1, 6, 1, 1, true)), Err(Code::OutOfOrderSequenceNumber));
    bench.append(&sent(1, 6, 0, 1, true)).unwrap(); // 2
    assert_eq!(bench.log().append_marker(1, 6, true, 2, NOW), Err(Code::TransactionCoordinatorFenced));
    for last_run in RUNS {
        bench.restart(last_run);
        assert_eq!(bench.log().append_marker(1, 6, true, 2, NOW), Err(Code::TransactionCoordinatorFenced));
        assert_eq!(bench.log().last_stable_offset(), 2);
    }
    assert_eq!(bench.log().append_marker(1, 6, true, 3, NOW), Ok(3));
    assert_eq!(bench.log().append_marker(9, 0, true, 3, NOW), Ok(4), "one that never wrote is fenced too");
}

#[test]
fn aborted_transactions_are_told_where_they_overlap() {
    let mut bench = Bench::new(small());
    let mut sequences = [0; 4];
    let mut open: Vec<Option<i64>> = vec![None; 4];
    let mut aborted: Vec<(i64, i64, i64)> = Vec::new();
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..400 {
        let id = random.usize(0..4);
        let producer = i64::try_from(id).unwrap();
        let end = bench.log().end_offset();
        if open[id].is_some() && random.u8(0..3) == 0 {
            let commit = random.bool();
            bench.log().append_marker(producer, 0, commit, 0, NOW).unwrap();
            let first = open[id].take().unwrap();
            if !commit {
                aborted.push((producer, first, end));
            }
        } else {
            bench.append(&sent(producer, 0, sequences[id], 1, true)).unwrap();
            sequences[id] += 1;
            open[id].get_or_insert(end);
        }
        if random.u8(0..50) == 0 {
            bench.restart(RUNS[random.usize(0..3)]);
        }
    }
    let stable = open.iter().flatten().min().copied().unwrap_or(bench.log().end_offset());
    assert_eq!(bench.log().last_stable_offset(), stable);
    let mut offset = 0;
    while offset < stable {
        let slice = bench.slice(offset, random.usize(1..900), true).unwrap();
        let batches = super::support::batches(&slice);
        let next = batches.iter().map(|b| crate::record::header::Header::parse(b).unwrap().last_offset() + 1).max();
        let next = next.unwrap();
        assert!(next <= stable);
        let mut expected: Vec<(i64, i64)> = aborted
            .iter()
            .filter(|(_, first, last)| *first < next && *last >= offset)
            .map(|(id, first, _)| (*id, *first))
            .collect();
        let mut given = slice.aborted;
        expected.sort_unstable();
        given.sort_unstable();
        assert_eq!(given, expected, "{offset} to {next}");
        offset = next;
    }
}

#[test]
fn a_failed_write_leaves_nothing() {
    let mut bench = Bench::new(LogConfig::default());
    bench.append(&sent(1, 0, 0, 2, false)).unwrap();
    let length = bench.log().bytes();
    let next = sent(1, 0, 2, 3, false);
    for room in 0..next.len() {
        bench.log().active.room = Some(room as u64);
        assert_eq!(bench.append(&next), Err(Code::KafkaStorageError));
        let log = bench.log();
        assert!(!log.has_failed());
        assert_eq!((log.bytes(), log.end_offset()), (length, 2));
        assert_eq!(std::fs::metadata(log.active.path()).unwrap().len(), length);
    }
    bench.log().active.room = None;
    assert_eq!(bench.append(&next).unwrap().base_offset, 2, "the sequence number was not used up");
    assert_eq!(bench.read(0, 1 << 20).len(), 5);
}

#[test]
fn a_write_that_cannot_be_taken_back_stops_the_log() {
    let mut bench = Bench::new(LogConfig::default());
    bench.append(&batch(NOW, &["a"])).unwrap();
    bench.log().active.make_read_only();
    assert_eq!(bench.append(&batch(NOW, &["b"])), Err(Code::KafkaStorageError));
    assert!(bench.log().has_failed());
    assert_eq!(bench.append(&batch(NOW, &["b"])), Err(Code::KafkaStorageError));
    assert_eq!(bench.log().append_marker(1, 0, true, 0, NOW), Err(Code::KafkaStorageError));
    let wanted = Wanted { offset: 0, max_bytes: 100, at_least_one: true, committed_only: false };
    assert!(bench.log().slice(wanted).unwrap().length > 0, "reading goes on");
    bench.restart(LastRun::Killed);
    bench.append(&batch(NOW, &["b"])).unwrap();
    assert_eq!(bench.read(0, 1 << 20), [(0, "a".into()), (1, "b".into())]);
}

#[test]
fn idle_producers_are_forgotten() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let mut bench = Bench::new(LogConfig { retention_ms: None, ..LogConfig::default() });
    bench.append(&sent(1, 0, 0, 1, false)).unwrap();
    bench.append(&sent(2, 0, 0, 1, true)).unwrap();
    bench.log().upkeep(NOW + DAY - 1).unwrap();
    assert_eq!(bench.append(&sent(1, 0, 9, 1, false)), Err(Code::OutOfOrderSequenceNumber));
    bench.log().upkeep(NOW + DAY).unwrap();
    assert_eq!(bench.log().producers().map(|(id, _)| id).collect::<Vec<_>>(), [2], "a transaction keeps its producer");
    assert_eq!(bench.append(&sent(1, 0, 9, 1, false)).unwrap().base_offset, 2);
}
