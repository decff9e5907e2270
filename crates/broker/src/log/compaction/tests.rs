//! Compaction case by case.

use std::fs;

use super::model::{Disk, read};
use super::*;
use crate::record::build::Batch;
use crate::record::header;
use crate::record::header::Header;

use crate::record::{compress, control};

fn put(disk: &mut Disk, records: &[(&str, Option<&str>)]) -> i64 {
    let now_ms = disk.now_ms;
    let batch = records.iter().fold(Batch::new(0), |batch, (key, value)| {
        batch.record(now_ms, Some(key.as_bytes()), value.map(str::as_bytes))
    });
    disk.append(batch.bytes())
}

fn contents(disk: &Disk) -> Vec<String> {
    let text = |bytes: Option<Vec<u8>>| bytes.map_or("-".to_owned(), |b| String::from_utf8_lossy(&b).into_owned());
    let mut all = Vec::new();
    for batch in disk.batches() {
        match control::kind(&batch) {
            Some(commit) => all.push(format!("{}:{commit}", Header::parse(&batch).unwrap().base_offset)),
            None => {
                all.extend(read(&batch).into_iter().map(|r| format!("{}:{}={}", r.offset, text(r.key), text(r.value))))
            }
        }
    }
    all
}

#[test]
fn the_latest_value_of_each_key_stays_at_its_offset() {
    let mut disk = Disk::new();
    put(&mut disk, &[("a", Some("1")), ("b", Some("1")), ("a", Some("2"))]);
    disk.roll();
    put(&mut disk, &[("b", Some("2")), ("c", Some("1"))]);
    disk.roll();
    put(&mut disk, &[("c", Some("2"))]);
    let output = disk.round().unwrap();
    // The active segment's c is not looked at, so the c before it stays.
    assert_eq!(contents(&disk), ["2:a=2", "3:b=2", "4:c=1", "5:c=2"]);
    assert_eq!((output.first_dirty, disk.bases.clone()), (5, vec![0, 5]), "merged into one");
    let first = Header::parse(&disk.batches()[0]).unwrap();
    assert_eq!((first.base_offset, first.last_offset_delta, first.count), (0, 2, 1), "the range of offsets stays");
    assert_eq!(disk.round(), None, "nothing is dirty");
    let again = disk.compact(1, 0, 5);
    assert_eq!(again, Output { cleaned: vec![], first_dirty: 5, unreadable: 0 }, "nothing changes a second time");
}

#[test]
fn codec_timestamps_and_producer_stay() {
    for codec in [compress::NONE, compress::GZIP, compress::SNAPPY, compress::LZ4, compress::ZSTD] {
        for log_append_time in [false, true] {
            let mut disk = Disk::new();
            let mut batch = Batch::new(0)
                .codec(codec)
                .producer(8, 2, 40)
                .record(9_000_000, Some(b"a"), Some(b"old"))
                .record_with_headers(5, Some(b"t"), None, &[("h", Some(b"x"))])
                .record(77, Some(b"b"), Some(b"kept"))
                .bytes();
            if log_append_time {
                batch[22] |= 0x08;
                header::seal(&mut batch);
            }
            let before = read(&batch);
            disk.append(batch);
            disk.roll();
            put(&mut disk, &[("a", Some("new"))]);
            disk.roll();
            disk.round().unwrap();
            let batch = &disk.batches()[0];
            assert_eq!(read(batch), before[1..], "codec {codec}");
            let head = Header::parse(batch).unwrap();
            assert_eq!(head.compression(), codec);
            assert_eq!((head.producer_id, head.producer_epoch, head.base_sequence), (8, 2, 40));
            assert_eq!(head.max_timestamp, if log_append_time { 9_000_000 } else { 77 });
            assert_eq!(head.delete_horizon(), Some(disk.now_ms + disk.config.delete_retention_ms));
        }
    }
}

#[test]
fn tombstones_stay_until_their_horizon() {
    let mut disk = Disk::new();
    disk.config.delete_retention_ms = 1_000;
    let more = |disk: &mut Disk| {
        disk.roll();
        let key = format!("x{}", disk.end);
        put(disk, &[(&key, Some("1"))]);
        disk.roll();
        disk.round().unwrap();
        contents(disk).iter().filter(|record| !record.contains(":x")).cloned().collect::<Vec<_>>()
    };
    put(&mut disk, &[("a", Some("1"))]);
    put(&mut disk, &[("a", None), ("b", Some("1"))]);
    assert_eq!(more(&mut disk), ["1:a=-", "2:b=1"], "the value goes, the tombstone stays");
    disk.now_ms += 999;
    assert_eq!(more(&mut disk), ["1:a=-", "2:b=1"]);
    disk.now_ms += 1;
    assert_eq!(more(&mut disk), ["2:b=1"]);
}

#[test]
fn markers_go_after_their_data() {
    let mut disk = Disk::new();
    disk.config.delete_retention_ms = 1_000;
    let transactional = |disk: &mut Disk, producer, key: &str, value: &str| {
        let batch = Batch::new(0).transactional().producer(producer, 0, 0);
        disk.append(batch.record(1, Some(key.as_bytes()), Some(value.as_bytes())).bytes());
    };
    transactional(&mut disk, 1, "a", "1");
    transactional(&mut disk, 2, "a", "never");
    disk.end_transaction(2, false);
    disk.end_transaction(1, true);
    put(&mut disk, &[("b", Some("1"))]);
    disk.roll();
    let aborted = disk.aborted.clone();
    assert_eq!(aborted, [(2, 1, 2)]);
    disk.round().unwrap();
    assert_eq!(contents(&disk), ["0:a=1", "2:false", "3:true", "4:b=1"], "an aborted value hides nothing, and goes");
    assert_eq!(disk.aborted, [], "and is forgotten");
    // Rounds: the abort's marker gets its horizon; a is overwritten; the commit's marker gets its horizon.
    for expected in [
        &["0:a=1", "2:false", "3:true", "4:b=1", "5:c=1"][..],
        &["3:true", "4:b=1", "6:a=2"],
        &["3:true", "4:b=1", "6:a=2"],
        &["4:b=1", "6:a=2"],
    ] {
        let value = if disk.end == 5 { ("c", "1") } else { ("a", "2") };
        if disk.end < 7 {
            put(&mut disk, &[(value.0, Some(value.1))]);
        } else {
            put(&mut disk, &[("z", Some("1"))]);
        }
        disk.roll();
        disk.round().unwrap();
        let seen: Vec<String> = contents(&disk)
            .into_iter()
            .filter(|r| !r.contains(":z") && (!r.contains(":c") || r == "5:c=1" && disk.end == 6))
            .collect();
        assert_eq!(seen, expected);
        disk.now_ms += 1_000;
    }
}

#[test]
fn a_full_map_gets_on_all_the_same() {
    let mut disk = Disk::new();
    disk.max_keys = 2;
    for value in ["1", "2", "3"] {
        for key in ["a", "b", "c", "d", "e"] {
            put(&mut disk, &[(key, Some(value))]);
        }
    }
    put(&mut disk, &[("a", Some("4")), ("b", Some("4")), ("c", Some("4"))]);
    disk.roll();
    let mut rounds = 0;
    while let Some(output) = disk.round() {
        rounds += 1;
        assert!(rounds <= 15 && output.first_dirty > 0);
    }
    assert_eq!(contents(&disk), ["13:d=3", "14:e=3", "15:a=4", "16:b=4", "17:c=4"]);
    assert!(rounds > 3);
}

#[test]
fn what_cannot_be_read_stays_and_damage_is_not_touched() {
    let mut disk = Disk::new();
    put(&mut disk, &[("a", Some("1"))]);
    let mut garbled = Batch::new(0).codec(compress::GZIP).record(1, Some(b"a"), Some(b"2")).bytes();
    garbled[70] ^= 0xff;
    garbled[61] ^= 0xff;
    header::seal(&mut garbled);
    disk.append(garbled);
    put(&mut disk, &[("a", Some("3"))]);
    disk.roll();
    let output = disk.round().unwrap();
    assert_eq!(output.unreadable, 1);
    let offsets: Vec<i64> = disk.batches().iter().map(|batch| Header::parse(batch).unwrap().base_offset).collect();
    assert_eq!(offsets, [1, 2]);

    let path = disk.path(0);
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [flipped, whole[..whole.len() - 1].to_vec()] {
        fs::write(&path, &damaged).unwrap();
        let segments = [Segment { base: 0, path: &path, bytes: damaged.len() as u64 }];
        let refused = compact(&input(&disk, &segments, &|| false));
        assert!(matches!(refused, Err(BrokerError::Data(_))), "{refused:?}");
        assert_eq!(fs::read(&path).unwrap(), damaged);
        assert_eq!(fs::read_dir(disk.folder.path()).unwrap().count(), 2, "nothing is left over");
    }
}

#[test]
fn it_stops_when_told() {
    let mut disk = Disk::new();
    for _ in 0..10 {
        put(&mut disk, &[("a", Some("1"))]);
    }
    disk.roll();
    let path = disk.path(0);
    let segments = [Segment { base: 0, path: &path, bytes: fs::metadata(&path).unwrap().len() }];
    for after in 0..20 {
        let asked = std::cell::Cell::new(0);
        let stop = || asked.replace(asked.get() + 1) == after;
        assert_eq!(compact(&input(&disk, &segments, &stop)).unwrap(), None, "after {after}");
        assert_eq!(fs::read_dir(disk.folder.path()).unwrap().count(), 2, "nothing is left over");
    }
}

fn input<'a>(disk: &'a Disk, segments: &'a [Segment<'a>], stop: &'a dyn Fn() -> bool) -> Input<'a> {
    Input {
        folder: disk.folder.path(),
        segments,
        first_dirty: 0,
        upto: disk.end,
        aborted: &[],
        config: &disk.config,
        now_ms: disk.now_ms,
        max_unpacked: 1 << 20,
        max_keys: 100,
        stop,
    }
}

#[test]
fn neighbours_are_merged_as_far_as_they_fit() {
    let config = LogConfig { segment_bytes: 100, ..LogConfig::default() };
    let path = Path::new("none");
    let far = MAX_RELATIVE;
    let segments: Vec<Segment<'_>> =
        [(0, 40), (10, 60), (20, 1), (30, 500), (40, 10), (50, 10), (40 + far, 10), (51 + far, 1)]
            .map(|(base, bytes)| Segment { base, path, bytes })
            .to_vec();
    let input = Input {
        folder: path,
        segments: &segments,
        first_dirty: 0,
        upto: 60 + far,
        aborted: &[],
        config: &config,
        now_ms: 0,
        max_unpacked: 0,
        max_keys: 0,
        stop: &|| false,
    };
    let bases = |upto| -> Vec<Vec<i64>> {
        groups(&input, upto).iter().map(|group| group.iter().map(|segment| segment.base).collect()).collect()
    };
    let all = [vec![0, 10], vec![20], vec![30], vec![40, 50], vec![40 + far, 51 + far]];
    assert_eq!(bases(60 + far), all);
    assert_eq!(bases(41 + far)[4], [40 + far], "segments beyond are left alone");
    assert_eq!(bases(0), Vec::<Vec<i64>>::new());
}

#[test]
fn planning_follows_kafkas_rules() {
    let closed = |base, bytes, ms| Closed { base, bytes, first_timestamp: ms, largest_timestamp: ms };
    let segments = [closed(0, 100, 1_000), closed(10, 100, 2_000), closed(20, 100, 3_000)];
    let compacted = LogConfig { compact: true, ..LogConfig::default() };
    let lag = |min, max| LogConfig { min_compaction_lag_ms: min, max_compaction_lag_ms: max, ..compacted.clone() };
    let some = |segments, first_dirty, upto| Some(Plan { segments, first_dirty, upto });
    // Name, settings, cleaned, start offset, stable offset, what is planned at 10 000 ms.
    let cases = [
        ("all", compacted.clone(), 0, 0, 30, some(3, 0, 30)),
        ("not a compacted topic", LogConfig::default(), 0, 0, 30, None),
        ("more than half is dirty", compacted.clone(), 10, 0, 30, some(3, 10, 30)),
        ("a third is dirty", compacted.clone(), 20, 0, 30, None),
        ("nothing is dirty", LogConfig { min_cleanable_dirty_ratio: 0.0, ..compacted.clone() }, 30, 0, 30, None),
        ("an open transaction", compacted.clone(), 0, 0, 25, some(2, 0, 20)),
        ("open from the start", compacted.clone(), 0, 0, 5, None),
        ("young segments wait", lag(7_500, None), 0, 0, 30, some(2, 0, 20)),
        ("all are young", lag(9_500, None), 0, 0, 30, None),
        ("overdue", lag(0, Some(6_000)), 20, 0, 30, some(3, 20, 30)),
        ("not overdue yet", lag(0, Some(7_000)), 20, 0, 30, None),
        ("start moved beyond", compacted.clone(), 3, 12, 30, some(3, 12, 30)),
        ("compacted beyond the end", compacted.clone(), 99, 0, 30, some(3, 0, 30)),
    ];
    for (name, config, cleaned, start_offset, stable_offset, expected) in cases {
        let standing = Standing {
            closed: &segments,
            active_base: 30,
            start_offset,
            stable_offset,
            cleaned,
            config: &config,
            now_ms: 10_000,
        };
        assert_eq!(plan(&standing), expected, "{name}");
        assert_eq!(plan(&Standing { closed: &[], ..standing }), None, "{name}, no closed segment");
    }
}

#[test]
fn whatever_was_stored_is_compacted_or_stays() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut unreadable = 0;
    for round in 0..300 {
        let mut disk = Disk::new();
        let mut stored = Vec::new();
        for _ in 0..5 {
            let mut batch = Batch::new(0).codec(random.i16(0..=4));
            for _ in 0..random.usize(1..5) {
                let value = random.bool().then_some(&b"value"[..]);
                batch = batch.record(random.i64(..), Some(&[random.u8(0..3)]), value);
            }
            let mut batch = batch.bytes();
            // Content that nobody looked at when it was produced; the header is right, as that was checked.
            if random.bool() {
                let at = random.usize(header::HEADER_BYTES..batch.len());
                batch[at] = random.u8(..);
                header::seal(&mut batch);
            }
            let base = disk.append(batch.clone());
            batch[..8].copy_from_slice(&base.to_be_bytes());
            stored.push(batch);
        }
        disk.roll();
        let output = disk.round().unwrap();
        unreadable += output.unreadable;
        for kept in disk.batches() {
            let original = stored.iter().find(|batch| batch[..8] == kept[..8]).unwrap();
            if *original != kept {
                let original = read(original);
                assert!(read(&kept).iter().all(|record| original.contains(record)), "round {round}");
            }
        }
    }
    assert!(unreadable > 100, "{unreadable} unreadable");
}
