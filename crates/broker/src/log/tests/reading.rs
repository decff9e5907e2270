//! Appending, reading and looking up by time.

use super::support::{Bench, NOW, batch, batches, small};
use crate::error::Code;
use crate::log::{LastRun, LogConfig, Wanted};
use crate::record::build::Batch;
use crate::record::{compress, header::Header};

#[test]
fn what_is_appended_is_read_over_many_segments() {
    let mut bench = Bench::new(small());
    let mut expected = Vec::new();
    for i in 0..100 {
        let (one, two) = (format!("a{i}"), format!("b{i}"));
        let appended = bench.append(&batch(NOW, &[&one, &two])).unwrap();
        assert_eq!((appended.base_offset, appended.log_append_time, appended.start_offset), (i * 2, -1, 0));
        expected.extend([(i * 2, one), (i * 2 + 1, two)]);
    }
    assert!(bench.files(".log").len() > 5, "{:?}", bench.files(".log"));
    for offset in 0..=200 {
        let from = usize::try_from(offset).unwrap();
        for max_bytes in [1, 100, 1_000_000] {
            assert_eq!(bench.read(offset, max_bytes), expected[from..], "from {offset} by {max_bytes}");
        }
    }
    assert_eq!(bench.slice(201, 100, false).unwrap_err(), Code::OffsetOutOfRange);
    assert_eq!(bench.slice(-1, 100, false).unwrap_err(), Code::OffsetOutOfRange);
}

#[test]
fn a_read_is_bounded_at_batches() {
    let mut bench = Bench::new(LogConfig { index_interval_bytes: 150, ..LogConfig::default() });
    let one = batch(NOW, &["value"]);
    for _ in 0..50 {
        bench.append(&one).unwrap();
    }
    let size = one.len();
    for offset in 0..50 {
        for bytes in [0, 1, size - 1, size, size + 1, size * 7 + 3, size * 50] {
            for at_least_one in [false, true] {
                let wanted = Wanted { offset, max_bytes: bytes, at_least_one, committed_only: false };
                let slice = bench.log().slice(wanted).unwrap();
                let left = size * usize::try_from(50 - offset).unwrap();
                let whole = (bytes / size * size).min(left);
                assert_eq!(slice.length, if at_least_one { whole.max(size) } else { whole }, "{wanted:?}");
                assert!(slice.length == 0 || batches(&slice)[0][..8] == offset.to_be_bytes());
            }
        }
    }
}

#[test]
fn several_batches_are_one_run() {
    let mut bench = Bench::new(LogConfig::default());
    let (one, two) = (batch(NOW, &["a", "b"]), batch(NOW, &["c"]));
    let both = [one.clone(), two].concat();
    let appended = bench.log().append(&both, &[0..one.len(), one.len()..both.len()], NOW).unwrap();
    assert_eq!(appended.base_offset, 0);
    assert_eq!(bench.read(0, 1 << 20), [(0, "a".into()), (1, "b".into()), (2, "c".into())]);
}

#[test]
fn log_append_time_is_written_into_the_batch() {
    for codec in [compress::NONE, compress::ZSTD] {
        let mut bench = Bench::new(LogConfig { log_append_time: true, ..LogConfig::default() });
        let given = Batch::new(0).codec(codec).record(1, None, Some(b"a")).record(2, None, Some(b"b")).bytes();
        let appended = bench.append_at(&given, NOW + 5).unwrap();
        assert_eq!(appended.log_append_time, NOW + 5);
        assert_eq!(bench.read(0, 1 << 20).len(), 2, "the checksum is right");
        let slice = bench.slice(0, 1 << 20, false).unwrap();
        let header = Header::parse(&batches(&slice)[0]).unwrap();
        assert!(header.is_log_append_time());
        assert_eq!((header.max_timestamp, header.base_timestamp, header.compression()), (NOW + 5, 1, codec));
        assert_eq!(bench.log().offset_for_time(NOW), Ok(Some((0, NOW + 5))));
        assert_eq!(bench.log().max_timestamp_offset(), Ok(Some((0, NOW + 5))));
    }
}

#[test]
fn settings_refuse_batches() {
    const HOUR: i64 = 3_600_000;
    let standard = LogConfig::default;
    let stamped_by_broker = {
        let mut bytes = batch(NOW, &["a"]);
        bytes[22] |= 8;
        bytes
    };
    let keyless = Batch::new(0).record(NOW, Some(b"k"), None).record(NOW, None, Some(b"v"));
    let old_second = Batch::new(0).record(NOW, None, None).record(NOW - HOUR - 1, None, None).bytes();
    let cases = [
        ("plain", standard(), batch(NOW, &["a"]), None),
        ("large", LogConfig { max_message_bytes: 50, ..standard() }, batch(NOW, &["a"]), Some(Code::MessageTooLarge)),
        ("huge", LogConfig { segment_bytes: 50, ..standard() }, batch(NOW, &["a"]), Some(Code::RecordListTooLarge)),
        ("late", standard(), batch(NOW + HOUR + 1, &["a"]), Some(Code::InvalidTimestamp)),
        ("just in time", standard(), batch(NOW + HOUR, &["a"]), None),
        ("late, unbounded", LogConfig { timestamp_after_max_ms: None, ..standard() }, batch(NOW * 2, &["a"]), None),
        ("late, broker's time", LogConfig { log_append_time: true, ..standard() }, batch(NOW * 2, &["a"]), None),
        ("old", standard(), batch(0, &["a"]), None),
        (
            "too old",
            LogConfig { timestamp_before_max_ms: Some(HOUR), ..standard() },
            old_second,
            Some(Code::InvalidTimestamp),
        ),
        (
            "not too old",
            LogConfig { timestamp_before_max_ms: Some(HOUR), ..standard() },
            batch(NOW - HOUR, &["a"]),
            None,
        ),
        ("stamped", standard(), stamped_by_broker, Some(Code::InvalidTimestamp)),
        ("no key", standard(), keyless.bytes(), None),
        ("no key to compact by", LogConfig { compact: true, ..standard() }, keyless.bytes(), Some(Code::InvalidRecord)),
        (
            "no key to compact by, packed",
            LogConfig { compact: true, ..standard() },
            keyless.codec(compress::LZ4).bytes(),
            Some(Code::InvalidRecord),
        ),
        ("a marker", standard(), Batch::new(0).control().record(NOW, None, None).bytes(), Some(Code::InvalidRecord)),
        (
            "no sequence",
            standard(),
            Batch::new(0).producer(1, 0, -1).record(NOW, None, None).bytes(),
            Some(Code::InvalidRecord),
        ),
        (
            "a transaction of nobody",
            standard(),
            Batch::new(0).transactional().record(NOW, None, None).bytes(),
            Some(Code::InvalidRecord),
        ),
    ];
    for (name, config, given, refused) in cases {
        let mut bench = Bench::new(config);
        assert_eq!(bench.append(&given).err(), refused, "{name}");
        assert_eq!(bench.log().bytes() > 0, refused.is_none(), "{name}");
    }
}

#[test]
fn offsets_by_time() {
    let mut bench = Bench::new(small());
    // Record i is at NOW + 10 i, but every fifth is early and every seventh comes in a compressed batch of three.
    let mut times = Vec::new();
    for i in 0..120 {
        let time = NOW + 10 * i - if i % 5 == 0 { 95 } else { 0 };
        let mut made = Batch::new(0).record(time, Some(b"k"), Some(b"some value"));
        times.push(time);
        if i % 7 == 0 {
            made = made.codec(compress::GZIP).record(time + 3, None, None).record(time + 1, None, None);
            times.extend([time + 3, time + 1]);
        }
        bench.append(&made.bytes()).unwrap();
    }
    for last_run in [LastRun::Clean, LastRun::Killed, LastRun::Lost] {
        for timestamp in NOW - 100..NOW + 1_200 {
            let first = times.iter().position(|time| *time >= timestamp);
            let expected = first.map(|at| (i64::try_from(at).unwrap(), times[at]));
            assert_eq!(bench.log().offset_for_time(timestamp), Ok(expected), "{timestamp}");
        }
        let largest = *times.iter().max().unwrap();
        let at = i64::try_from(times.iter().position(|time| *time == largest).unwrap()).unwrap();
        assert_eq!(bench.log().max_timestamp_offset(), Ok(Some((at, largest))));
        bench.restart(last_run);
    }
    // What is deleted is not found.
    bench.log().delete_before(61, NOW).unwrap();
    let expected = Some((61, times[61]));
    assert_eq!(bench.log().offset_for_time(NOW - 100), Ok(expected));
    let end = bench.log().end_offset();
    bench.log().delete_before(end, NOW).unwrap();
    assert_eq!(bench.log().offset_for_time(0), Ok(None));
    assert_eq!(bench.log().max_timestamp_offset(), Ok(None));
}
