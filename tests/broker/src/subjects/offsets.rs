//! Offsets by time, and the ends of a partition.

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::BaseRecord;
use rdkafka::topic_partition_list::Offset;

use crate::client::producer::Producer;
use crate::client::{CALL, configured};
use crate::outcome::{Outcome, Result, first, same};
use crate::target::Target;
use crate::wire::ask::{EARLIEST, LATEST, MAX_TIMESTAMP, list_offset, produce};
use crate::wire::batch::Batch;

const FIRST: i64 = 1_700_000_000_000;

fn by_time(target: &Target, settings: &[(&str, &str)]) -> Outcome {
    let topic = target.topic("by-time", 1, &[])?;
    let producer = Producer::new(target, settings)?;
    for i in 0..50 {
        let record = BaseRecord::to(&topic).partition(0).key(&b"k"[..]).payload(&b"value"[..]);
        producer.send(record.timestamp(FIRST + i * 1000))?;
        // Batches of five: an answer lies within a batch, not only at its start.
        if i % 5 == 4 {
            producer.flush()?;
        }
    }
    let consumer: BaseConsumer = configured(target, &[("group.id", "check-readers")]).create()?;
    same("ends", consumer.fetch_watermarks(&topic, 0, CALL)?, (0, 50))?;
    let at = |timestamp: i64| -> Result<Offset> {
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition_offset(&topic, 0, Offset::Offset(timestamp))?;
        Ok(first("offset", consumer.offsets_for_times(wanted, CALL)?.elements())?.offset())
    };
    same("before all", at(FIRST - 5)?, Offset::Offset(0))?;
    for i in [0, 1, 4, 5, 20, 22, 49] {
        same(format!("exactly record {i}"), at(FIRST + i * 1000)?, Offset::Offset(i))?;
    }
    same("between 22 and 23", at(FIRST + 22_500)?, Offset::Offset(23))?;
    same("between two batches", at(FIRST + 24_001)?, Offset::Offset(25))?;
    same("after all", at(FIRST + 49_001)?, Offset::End)?;
    Ok("before, exactly, between, after".to_owned())
}

pub(crate) fn by_time_plain(target: &Target) -> Outcome {
    by_time(target, &[("linger.ms", "50")])
}

pub(crate) fn by_time_gzip(target: &Target) -> Outcome {
    by_time(target, &[("linger.ms", "50"), ("compression.codec", "gzip")])
}

pub(crate) fn by_time_snappy(target: &Target) -> Outcome {
    by_time(target, &[("linger.ms", "50"), ("compression.codec", "snappy")])
}

pub(crate) fn by_time_lz4(target: &Target) -> Outcome {
    by_time(target, &[("linger.ms", "50"), ("compression.codec", "lz4")])
}

pub(crate) fn by_time_zstd(target: &Target) -> Outcome {
    by_time(target, &[("linger.ms", "50"), ("compression.codec", "zstd")])
}

pub(crate) fn ends(target: &Target) -> Outcome {
    let topic = target.topic("ends", 1, &[])?;
    let mut connection = target.connect()?;
    let mut at = |timestamp| -> Result<(i64, i64)> {
        let answer = list_offset(&mut connection, &topic, timestamp)?;
        Ok((answer.offset, answer.timestamp))
    };
    same("earliest of nothing", at(EARLIEST)?, (0, -1))?;
    same("latest of nothing", at(LATEST)?, (0, -1))?;
    same("largest timestamp of nothing", at(MAX_TIMESTAMP)?, (-1, -1))?;
    same("by time in nothing", at(FIRST)?, (-1, -1))?;
    let mut connection = target.connect()?;
    produce(&mut connection, &topic, &Batch::of(&["a", "b"], FIRST))?;
    produce(&mut connection, &topic, &Batch::of(&["c", "d"], FIRST + 500))?;
    produce(&mut connection, &topic, &Batch::of(&["e"], FIRST + 100))?;
    same("earliest", at(EARLIEST)?, (0, -1))?;
    same("latest", at(LATEST)?, (5, -1))?;
    let (offset, timestamp) = at(MAX_TIMESTAMP)?;
    same("largest timestamp", (offset, timestamp), (2, FIRST + 500))?;
    same("by a time out of order", at(FIRST + 50)?, (2, FIRST + 500))?;
    same("by a time after all", at(FIRST + 501)?, (-1, -1))?;
    Ok("earliest, latest, largest timestamp, out of order".to_owned())
}
