//! Values as Apache Kafka takes and refuses them, and what they mean to a log.

use super::*;

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn values_are_taken_or_refused() {
    for (name, value, expected) in [
        ("retention.ms", " 5 ", Ok("5")),
        ("retention.ms", "-1", Ok("-1")),
        ("retention.ms", "-2", Err("Invalid value -2 for configuration retention.ms: Value must be at least -1")),
        ("retention.ms", "x", Err("Invalid value x for configuration retention.ms: Not a number of type LONG")),
        ("segment.bytes", "1048575", Err("Value must be at least 1048576")),
        ("segment.bytes", "2147483648", Err("Not a number of type INT")),
        ("cleanup.policy", "compact , delete", Ok("compact,delete")),
        ("cleanup.policy", "", Ok("")),
        ("cleanup.policy", "shred", Err("String must be one of: compact, delete")),
        ("compression.type", "producer", Ok("producer")),
        ("compression.type", "zstd", Ok("zstd")),
        ("compression.type", "bzip2", Err("must be one of: uncompressed, zstd, lz4, snappy, gzip, producer")),
        ("message.timestamp.type", "logappendtime", Err("String must be one of: CreateTime, LogAppendTime")),
        ("preallocate", "TRUE", Ok("true")),
        ("preallocate", "1", Err("Expected value to be either true or false")),
        ("min.cleanable.dirty.ratio", "0.25", Ok("0.25")),
        ("min.cleanable.dirty.ratio", "1.1", Err("Value must be no more than 1")),
        ("min.cleanable.dirty.ratio", "-0.1", Err("Value must be at least 0")),
        ("min.cleanable.dirty.ratio", "NaN", Err("Not a number of type DOUBLE")),
        ("retention.msec", "5", Err("Unknown topic config name: retention.msec")),
        ("min.compaction.lag.ms", "9", Ok("9")),
    ] {
        match (check(&map(&[(name, value)])), expected) {
            (Ok(configs), Ok(stored)) => assert_eq!(configs[name], stored, "{name}={value}"),
            (Err(message), Err(part)) => assert!(message.contains(part), "{name}={value}: {message}"),
            (got, _) => panic!("{name}={value}: {got:?}"),
        }
    }
    let conflict = check(&map(&[("min.compaction.lag.ms", "9"), ("max.compaction.lag.ms", "8")])).unwrap_err();
    assert!(conflict.contains("(9) > max.compaction.lag.ms (8)"), "{conflict}");
}

#[test]
fn defaults_are_valid_and_are_those_of_the_log() {
    for setting in SETTINGS {
        assert_eq!(setting.normalise(setting.default).as_deref(), Ok(setting.default), "{}", setting.name);
    }
    assert!(SETTINGS.is_sorted_by_key(|setting| setting.name));
    assert_eq!(log_config(&BTreeMap::new()), LogConfig::default());
}

#[test]
fn settings_reach_the_log() {
    let configs = check(&map(&[
        ("cleanup.policy", "compact"),
        ("retention.ms", "-1"),
        ("retention.bytes", "7"),
        ("segment.bytes", "1048577"),
        ("segment.ms", "8"),
        ("index.interval.bytes", "9"),
        ("max.message.bytes", "10"),
        ("message.timestamp.type", "LogAppendTime"),
        ("message.timestamp.before.max.ms", "11"),
        ("message.timestamp.after.max.ms", "9223372036854775807"),
        ("min.cleanable.dirty.ratio", "0.1"),
        ("delete.retention.ms", "12"),
        ("min.compaction.lag.ms", "13"),
        ("max.compaction.lag.ms", "14"),
    ]));
    let expected = LogConfig {
        delete: false,
        compact: true,
        retention_ms: None,
        retention_bytes: Some(7),
        segment_bytes: 1_048_577,
        segment_ms: 8,
        index_interval_bytes: 9,
        max_message_bytes: 10,
        log_append_time: true,
        timestamp_before_max_ms: Some(11),
        timestamp_after_max_ms: None,
        min_cleanable_dirty_ratio: 0.1,
        delete_retention_ms: 12,
        min_compaction_lag_ms: 13,
        max_compaction_lag_ms: Some(14),
    };
    assert_eq!(log_config(&configs.unwrap()), expected);
}
