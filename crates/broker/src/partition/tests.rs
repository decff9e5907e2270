//! Partitions: opening when used, waking, closing, deleting, upkeep.

use std::fs;

use super::*;
use crate::record::build::Batch;

const RETENTION_CHECK_MS: i64 = 100_000;
const NOW: i64 = 1_700_000_000_000;

struct Bench {
    _temporary: tempfile::TempDir,
    clock: Clock,
    partition: Partition,
}

fn bench(config: LogConfig) -> Bench {
    let temporary = tempfile::tempdir().unwrap();
    let clock = Clock::manual(NOW);
    let settings = LogSettings {
        fsync: Fsync::Always,
        last_run: LastRun::Clean,
        unpacked_batch_bytes: 1 << 20,
        compaction_keys: 1_000,
        retention_check_ms: RETENTION_CHECK_MS,
        clock: clock.clone(),
    };
    let folder = temporary.path().join("topic").join("3");
    let partition = Partition::new("topic".into(), 3, folder, config, Arc::new(settings));
    Bench { _temporary: temporary, clock, partition }
}

impl Bench {
    fn append(&self, key: &str, value: &str) -> Result<i64, Code> {
        let batch = Batch::new(0).record(NOW, Some(key.as_bytes()), Some(value.as_bytes())).bytes();
        let appended = self.partition.append(&batch, std::slice::from_ref(&(0..batch.len())), self.clock.now_ms())?;
        Ok(appended.base_offset)
    }
}

#[test]
fn a_log_is_opened_when_it_is_used() {
    let bench = bench(LogConfig::default());
    bench.partition.upkeep(NOW);
    bench.partition.close().unwrap();
    assert!(!bench.partition.folder().exists());
    assert_eq!(bench.append("k", "v"), Ok(0));
    assert!(bench.partition.folder().exists());
    bench.partition.close().unwrap();
    assert_eq!(bench.append("k", "v"), Ok(1), "and again after it was closed");
}

#[test]
fn whoever_waits_is_woken() {
    let bench = bench(LogConfig::default());
    let waiter = Arc::new(Waiter::default());
    bench.partition.watch(&waiter);
    assert!(!waiter.wait(0));
    bench.append("k", "v").unwrap();
    assert!(waiter.wait(0), "by records");
    assert!(!waiter.wait(0), "once");
    bench.partition.append_marker(1, 0, true, 0, NOW).unwrap();
    assert!(waiter.wait(0), "by markers");
    bench.partition.close().unwrap();
    assert!(waiter.wait(0), "by the end");
    bench.partition.delete().unwrap();
    assert!(waiter.wait(0), "by deletion");
    drop(waiter);
    bench.partition.watch(&Arc::new(Waiter::default()));
    bench.partition.watch(&Arc::new(Waiter::default()));
    assert_eq!(bench.partition.waiters.lock().len(), 1, "those who are gone are forgotten");
}

#[test]
fn a_deleted_partition_is_gone() {
    let bench = bench(LogConfig::default());
    bench.append("k", "v").unwrap();
    bench.partition.delete().unwrap();
    assert!(!bench.partition.folder().exists());
    assert_eq!(bench.append("k", "v"), Err(Code::UnknownTopicOrPartition));
    bench.partition.upkeep(NOW);
    bench.partition.close().unwrap();
    bench.partition.delete().unwrap();
    assert!(!bench.partition.folder().exists());
}

#[test]
fn what_cannot_be_opened_is_tried_again_later() {
    let bench = bench(LogConfig::default());
    let folder = bench.partition.folder();
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    fs::write(folder, b"in the way").unwrap();
    assert_eq!(bench.append("k", "v"), Err(Code::KafkaStorageError));
    fs::remove_file(folder).unwrap();
    assert_eq!(bench.append("k", "v"), Err(Code::KafkaStorageError), "not at every request");
    bench.partition.upkeep(NOW);
    assert_eq!(bench.append("k", "v"), Ok(0));
}

#[test]
fn a_log_that_failed_is_opened_again() {
    let bench = bench(LogConfig::default());
    bench.append("k", "v").unwrap();
    bench.partition.with(Log::break_writing).unwrap();
    assert_eq!(bench.append("k", "v"), Err(Code::KafkaStorageError));
    assert_eq!(bench.append("k", "v"), Err(Code::KafkaStorageError));
    bench.partition.upkeep(NOW);
    assert_eq!(bench.append("k", "v"), Ok(1));
}

#[test]
fn idle_logs_get_their_upkeep_too() {
    let bench = bench(LogConfig { retention_ms: Some(1_000), ..LogConfig::default() });
    bench.append("k", "v").unwrap();
    bench.partition.close().unwrap();
    bench.partition.upkeep(NOW + 10_000);
    let bytes = || {
        fs::read_dir(bench.partition.folder()).unwrap().map(|e| e.unwrap()).filter_map(|entry| {
            entry.path().extension().is_some_and(|e| e == "log").then(|| entry.metadata().unwrap().len())
        })
    };
    assert!(bytes().sum::<u64>() > 0, "not at once");
    bench.partition.upkeep(NOW + 10_000 + RETENTION_CHECK_MS);
    assert_eq!(bytes().sum::<u64>(), 0);
    assert!(matches!(bench.partition.inner.lock().slot, Slot::Closed), "and is closed again");
    assert_eq!(bench.partition.with(|log| log.start_offset()), Ok(1));
}

#[test]
fn settings_reach_an_open_log_and_one_that_is_opened_later() {
    let bench = bench(LogConfig::default());
    let small = LogConfig { max_message_bytes: 10, ..LogConfig::default() };
    bench.append("k", "v").unwrap();
    bench.partition.configure(small);
    assert_eq!(bench.append("k", "v"), Err(Code::MessageTooLarge));
    bench.partition.close().unwrap();
    assert_eq!(bench.append("k", "v"), Err(Code::MessageTooLarge));
}

#[test]
fn upkeep_compacts() {
    let config = LogConfig { compact: true, delete: false, segment_bytes: 500, ..LogConfig::default() };
    let bench = bench(config);
    for i in 0..100 {
        bench.append(["a", "b"][i % 2], "value").unwrap();
    }
    let before = bench.partition.with(|log| log.bytes()).unwrap();
    bench.partition.interrupt();
    bench.partition.upkeep(NOW);
    assert_eq!(bench.partition.with(|log| log.bytes()), Ok(before), "not while the broker stops");
    bench.partition.close().unwrap();
    bench.partition.with(|_| ()).unwrap();
    bench.partition.upkeep(NOW);
    let after = bench.partition.with(|log| log.bytes()).unwrap();
    assert!(after < before / 4, "{after} of {before}");
    assert_eq!(bench.partition.with(|log| (log.start_offset(), log.end_offset())), Ok((0, 100)));
    bench.partition.upkeep(NOW);
    assert_eq!(bench.partition.with(|log| log.bytes()), Ok(after));
}

#[test]
fn readers_writers_and_upkeep_at_once() {
    const WRITERS: usize = 3;
    const EACH: usize = 150;
    let config = LogConfig {
        compact: true,
        delete: false,
        min_cleanable_dirty_ratio: 0.0,
        segment_bytes: 2_000,
        index_interval_bytes: 300,
        ..LogConfig::default()
    };
    let bench = bench(config);
    let running = std::sync::atomic::AtomicUsize::new(WRITERS);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (bench, running) = (&bench, &running);
            scope.spawn(move || {
                let mut last = -1;
                for i in 0..EACH {
                    // Every key once: compaction has no record to remove.
                    let offset = bench.append(&format!("{writer}-{i}"), "value").unwrap();
                    assert!(offset > last);
                    last = offset;
                }
                running.fetch_sub(1, Ordering::SeqCst);
            });
        }
        scope.spawn(|| {
            while running.load(Ordering::SeqCst) > 0 {
                bench.partition.upkeep(NOW);
                bench.partition.close().unwrap();
            }
        });
        scope.spawn(|| read_all(&bench.partition, i64::try_from(WRITERS * EACH).unwrap()));
    });
    read_all(&bench.partition, i64::try_from(WRITERS * EACH).unwrap());
}

/// Reads from the start until `end`, waiting for what is not there yet: every offset once, in order.
fn read_all(partition: &Partition, end: i64) {
    use std::os::unix::fs::FileExt as _;

    use crate::log::Wanted;
    use crate::record::header::Header;

    let waiter = Arc::new(Waiter::default());
    partition.watch(&waiter);
    let mut next = 0;
    while next < end {
        let wanted = Wanted { offset: next, max_bytes: 700, at_least_one: true, committed_only: false };
        let slice = partition.with(|log| log.slice(wanted)).unwrap().unwrap();
        let mut bytes = vec![0; slice.length];
        slice.file.read_exact_at(&mut bytes, slice.position).unwrap();
        let mut rest = &bytes[..];
        while let Some(header) = Header::parse(rest) {
            assert_eq!((header.base_offset, header.last_offset_delta), (next, 0));
            let (batch, after) = rest.split_at(header.total_bytes().unwrap());
            assert_eq!(header.crc, crc32c::crc32c(&batch[21..]));
            next += 1;
            rest = after;
        }
        assert!(rest.is_empty());
        if slice.length == 0 {
            waiter.wait(100);
        }
    }
}
