//! The settings that topics have, with the defaults of Apache Kafka 4.1, by name.

use super::{Kind, Rule, Setting};

/// All settings. What is absent here (tiered storage, replication throttling, compression levels) is refused as unknown.
#[rustfmt::skip] // one setting, three lines
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        name: "cleanup.policy", broker_name: "log.cleanup.policy", kind: Kind::List, default: "delete", rule: Rule::OneOf(&["compact", "delete"]),
        doc: "What happens to old segments: `delete` drops them by time and size, `compact` keeps the last value of each key; both may be given.",
    },
    Setting {
        name: "compression.type", broker_name: "compression.type", kind: Kind::String, default: "producer", rule: Rule::OneOf(&["producer"]),
        doc: "`producer`: batches stay as the producer compressed them. This broker does not recompress, so it accepts no other value.",
    },
    Setting {
        name: "delete.retention.ms", broker_name: "log.cleaner.delete.retention.ms", kind: Kind::Long, default: "86400000", rule: Rule::AtLeast(0),
        doc: "How long tombstones stay readable in a compacted log, ms.",
    },
    Setting {
        name: "file.delete.delay.ms", broker_name: "log.segment.delete.delay.ms", kind: Kind::Long, default: "60000", rule: Rule::AtLeast(0),
        doc: "Kept, without effect in this broker: a deleted segment's file stays readable for those who are reading it.",
    },
    Setting {
        name: "flush.messages", broker_name: "log.flush.interval.messages", kind: Kind::Long, default: "9223372036854775807", rule: Rule::AtLeast(1),
        doc: "Kept, without effect in this broker: when data is forced to the disk is set for the whole broker.",
    },
    Setting {
        name: "flush.ms", broker_name: "log.flush.interval.ms", kind: Kind::Long, default: "9223372036854775807", rule: Rule::AtLeast(0),
        doc: "Kept, without effect in this broker: when data is forced to the disk is set for the whole broker.",
    },
    Setting {
        name: "index.interval.bytes", broker_name: "log.index.interval.bytes", kind: Kind::Int, default: "4096", rule: Rule::AtLeast(0),
        doc: "About how many bytes of batches lie between two entries of a segment's index.",
    },
    Setting {
        name: "max.compaction.lag.ms", broker_name: "log.cleaner.max.compaction.lag.ms", kind: Kind::Long, default: "9223372036854775807", rule: Rule::AtLeast(1),
        doc: "How long a record of a compacted log may stay uncompacted, ms.",
    },
    Setting {
        name: "max.message.bytes", broker_name: "message.max.bytes", kind: Kind::Int, default: "1048588", rule: Rule::AtLeast(0),
        doc: "Largest record batch, bytes, as compressed.",
    },
    Setting {
        name: "message.timestamp.after.max.ms", broker_name: "log.message.timestamp.after.max.ms", kind: Kind::Long, default: "3600000", rule: Rule::AtLeast(0),
        doc: "How far a record's timestamp may be ahead of the broker's clock, ms.",
    },
    Setting {
        name: "message.timestamp.before.max.ms", broker_name: "log.message.timestamp.before.max.ms", kind: Kind::Long, default: "9223372036854775807", rule: Rule::AtLeast(0),
        doc: "How far a record's timestamp may be behind the broker's clock, ms.",
    },
    Setting {
        name: "message.timestamp.type", broker_name: "log.message.timestamp.type", kind: Kind::String, default: "CreateTime", rule: Rule::OneOf(&["CreateTime", "LogAppendTime"]),
        doc: "Whether records keep the producer's time or get the broker's.",
    },
    Setting {
        name: "min.cleanable.dirty.ratio", broker_name: "log.cleaner.min.cleanable.ratio", kind: Kind::Double, default: "0.5", rule: Rule::Ratio,
        doc: "Share of a compacted log that must be uncompacted before it is compacted again.",
    },
    Setting {
        name: "min.compaction.lag.ms", broker_name: "log.cleaner.min.compaction.lag.ms", kind: Kind::Long, default: "0", rule: Rule::AtLeast(0),
        doc: "How long a record of a compacted log stays uncompacted at least, ms.",
    },
    Setting {
        name: "min.insync.replicas", broker_name: "min.insync.replicas", kind: Kind::Int, default: "1", rule: Rule::AtLeast(1),
        doc: "Kept, without effect in this broker: it is the only replica, and always in sync.",
    },
    Setting {
        name: "preallocate", broker_name: "log.preallocate", kind: Kind::Boolean, default: "false", rule: Rule::Any,
        doc: "Kept, without effect in this broker: files grow as they are written.",
    },
    Setting {
        name: "retention.bytes", broker_name: "log.retention.bytes", kind: Kind::Long, default: "-1", rule: Rule::Any,
        doc: "Bytes of a partition above which its oldest segments are dropped; -1: unbounded.",
    },
    Setting {
        name: "retention.ms", broker_name: "log.retention.ms", kind: Kind::Long, default: "604800000", rule: Rule::AtLeast(-1),
        doc: "How long records are kept, ms; -1: for ever.",
    },
    Setting {
        name: "segment.bytes", broker_name: "log.segment.bytes", kind: Kind::Int, default: "1073741824", rule: Rule::AtLeast(1 << 20),
        doc: "Bytes of a segment file; retention and compaction work by segment.",
    },
    Setting {
        name: "segment.index.bytes", broker_name: "log.index.size.max.bytes", kind: Kind::Int, default: "10485760", rule: Rule::AtLeast(4),
        doc: "Kept, without effect in this broker: indexes grow as they are written.",
    },
    Setting {
        name: "segment.jitter.ms", broker_name: "log.roll.jitter.ms", kind: Kind::Long, default: "0", rule: Rule::AtLeast(0),
        doc: "Kept, without effect in this broker: segments roll when segment.ms is over.",
    },
    Setting {
        name: "segment.ms", broker_name: "log.roll.ms", kind: Kind::Long, default: "604800000", rule: Rule::AtLeast(1),
        doc: "Age at which a segment is closed even if it is not full, ms.",
    },
    Setting {
        name: "unclean.leader.election.enable", broker_name: "unclean.leader.election.enable", kind: Kind::Boolean, default: "false", rule: Rule::Any,
        doc: "Kept, without effect in this broker: there is one replica.",
    },
];
