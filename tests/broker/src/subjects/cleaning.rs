//! What a broker does to old records on its own: compaction, retention, new segments, its own timestamps.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::producer::BaseRecord;

use crate::client::consumer::{Isolation, contents};
use crate::client::producer::Producer;
use crate::clock::{self, pause_ms, wall_ms};
use crate::outcome::{Outcome, Result, first, holds, same};
use crate::target::Target;
use crate::wire::Connection;
use crate::wire::ask::{self, AT_ONCE, produce, span};
use crate::wire::batch::Batch;

/// Upkeep runs every second in the brokers that are tested; one with Kafka's own intervals is too slow for this.
const UPKEEP: Duration = Duration::from_secs(60);

/// Settings of a topic that is compacted as soon as there is a closed segment.
const EAGER: [(&str, &str); 5] = [
    ("min.cleanable.dirty.ratio", "0.01"),
    ("segment.ms", "100"),
    ("delete.retention.ms", "100"),
    ("max.compaction.lag.ms", "100"),
    ("min.compaction.lag.ms", "0"),
];

fn compacted(target: &Target, what: &str, policy: &str) -> Result<String> {
    let mut configs = EAGER.to_vec();
    configs.push(("cleanup.policy", policy));
    target.topic(what, 1, &configs)
}

/// Writes a record that closes the segment before it: a new one begins with the first record after `segment.ms`.
fn roll(connection: &mut Connection, topic: &str, key: &str) -> Result {
    pause_ms(150);
    produce(connection, topic, &Batch::keyed(&[(key, Some("roll"))], wall_ms())).map(drop)
}

/// Keys and values that a reader sees, by offset.
fn pairs(target: &Target, topic: &str) -> Result<Vec<(i64, String, String)>> {
    let text = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
    let rows = contents(target, topic, 1, Isolation::Committed)?;
    Ok(rows.iter().map(|r| (r.offset, text(r.key.as_deref().unwrap_or_default()), r.text())).collect())
}

pub(crate) fn compaction(target: &Target) -> Outcome {
    let topic = compacted(target, "compact", "compact")?;
    let mut connection = target.connect()?;
    for round in 0..20 {
        let records = (0..5).map(|k| (format!("k{k}"), format!("{round}"))).collect::<Vec<_>>();
        let records = records.iter().map(|(k, v)| (k.as_str(), Some(v.as_str()))).collect::<Vec<_>>();
        produce(&mut connection, &topic, &Batch::keyed(&records, wall_ms()))?;
    }
    let last = |key: &str| Ok::<_, crate::Failure>(pairs(target, &topic)?.into_iter().rev().find(|p| p.1 == key));
    let newest = last("k3")?;
    let rest = clock::wait_for("compaction", UPKEEP, || {
        roll(&mut connection, &topic, "roller")?;
        let seen = pairs(target, &topic)?;
        Ok((seen.iter().filter(|p| p.1 != "roller").count() == 5).then_some(seen))
    })?;
    same("the newest value, at its offset", last("k3")?, newest)?;
    let values = rest.iter().filter(|p| p.1 != "roller").map(|p| p.2.as_str()).collect::<Vec<_>>();
    same("what is left", values, ["19"; 5])?;
    // Reading from an offset that is gone goes on at the next one that is there.
    let batches = ask::batches(&mut connection, &topic, 3, AT_ONCE)?;
    let next = first("record", batches.iter().flat_map(|b| &b.records).filter(|r| r.offset >= 3))?;
    same("the next record from offset 3 on", next.offset, rest[0].0)?;
    produce(&mut connection, &topic, &Batch::keyed(&[("k3", Some("again"))], wall_ms()))?;
    same("a value produced afterwards", last("k3")?.map(|p| p.2).as_deref(), Some("again"))?;
    Ok(format!("100 records of 5 keys to 5, offsets kept, ends {:?}", span(&mut connection, &topic)?))
}

pub(crate) fn compaction_of_compressed(target: &Target) -> Outcome {
    let codecs = ["gzip", "snappy", "lz4", "zstd"];
    let mut topics = Vec::new();
    for codec in codecs {
        let topic = compacted(target, codec, "compact")?;
        let producer = Producer::new(target, &[("compression.codec", codec), ("linger.ms", "50")])?;
        for round in 0..4 {
            for i in 0..50 {
                // One key in ten comes again in every batch: all batches lose records, none goes as a whole.
                let key = if i % 10 == 0 { format!("again-{i}") } else { format!("once-{round}-{i}") };
                let value = format!("{round}-{}", "x".repeat(100));
                producer.send(BaseRecord::to(&topic).partition(0).key(key.as_bytes()).payload(value.as_bytes()))?;
            }
            producer.flush()?;
        }
        topics.push(topic);
    }
    let mut connection = target.connect()?;
    for topic in &topics {
        let seen = clock::wait_for("compaction", UPKEEP, || {
            roll(&mut connection, topic, "roller")?;
            let mut seen = pairs(target, topic)?;
            seen.retain(|p| p.1 != "roller");
            Ok((seen.len() == 4 * 45 + 5).then_some(seen))
        })?;
        let again = seen.iter().filter(|p| p.1.starts_with("again")).map(|p| (p.0, p.2.get(..2)));
        let expected = (0..5).map(|i| (150 + i * 10, Some("3-"))).collect::<Vec<_>>();
        same(format!("{topic}: the newest of each key, at its offset"), again.collect::<Vec<_>>(), expected)?;
        let once = seen.iter().find(|p| p.1 == "once-0-1").map(|p| p.0);
        same(format!("{topic}: a record beside removed ones"), once, Some(1))?;
    }
    Ok(format!("batches of {codecs:?} lose records, the rest stays"))
}

pub(crate) fn tombstones(target: &Target) -> Outcome {
    let topic = compacted(target, "tombstones", "compact")?;
    let mut connection = target.connect()?;
    produce(&mut connection, &topic, &Batch::keyed(&[("gone", Some("1")), ("stays", Some("1"))], wall_ms()))?;
    produce(&mut connection, &topic, &Batch::keyed(&[("gone", None)], wall_ms()))?;
    clock::wait_for("the end of the tombstone", UPKEEP, || {
        roll(&mut connection, &topic, "roller")?;
        let keys = pairs(target, &topic)?.into_iter().map(|p| (p.1, p.2)).collect::<BTreeMap<_, _>>();
        Ok((!keys.contains_key("gone") && keys.get("stays").is_some_and(|v| v == "1")).then_some(()))
    })?;
    Ok("value and tombstone gone, the other key stays".to_owned())
}

pub(crate) fn compaction_needs_keys(target: &Target) -> Outcome {
    let topic = compacted(target, "keyless", "compact")?;
    let mut connection = target.connect()?;
    let answer = ask::produce_bytes(&mut connection, &topic, None, Batch::of(&["no key"], wall_ms()).encode())?;
    same("a record without a key", crate::wire::code(answer.error_code), "InvalidRecord")?;
    same("ends", span(&mut connection, &topic)?, (0, 0))?;
    Ok("a record without a key is refused".to_owned())
}

pub(crate) fn compaction_and_retention(target: &Target) -> Outcome {
    let topic = target.topic("both", 1, &[("cleanup.policy", "compact,delete"), ("retention.ms", "3600000")])?;
    let mut connection = target.connect()?;
    let old = wall_ms() - 7_200_000;
    produce(&mut connection, &topic, &Batch::keyed(&[("a", Some("old"))], old))?;
    clock::wait_for("the end of the old record", UPKEEP, || {
        Ok((span(&mut connection, &topic)? == (1, 1)).then_some(()))
    })?;
    produce(&mut connection, &topic, &Batch::keyed(&[("a", Some("new"))], wall_ms()))?;
    same("what is left", ask::values(&mut connection, &topic)?, ["new"])?;
    Ok("compact,delete deletes by time too".to_owned())
}

pub(crate) fn aborted_records_are_compacted(target: &Target) -> Outcome {
    let topic = compacted(target, "aborted", "compact")?;
    let mut connection = target.connect()?;
    produce(&mut connection, &topic, &Batch::keyed(&[("k", Some("committed"))], wall_ms()))?;
    let id = target.name("aborted");
    crate::wire::group::await_coordinator(&mut connection, &id, 1)?;
    let producer = ask::init(&mut connection, Some(&id), 30_000)?;
    same("adding", ask::add_partition(&mut connection, &id, producer, &topic)?, "none")?;
    let batch = Batch::keyed(&[("k", Some("aborted"))], wall_ms()).by(producer, 0).transactional();
    same("producing", ask::produce_in(&mut connection, &topic, &id, &batch)?, "none")?;
    same("aborting", ask::end(&mut connection, &id, producer, false)?, "none")?;
    ask::await_stable(&mut connection, &topic, 3)?;
    clock::wait_for("the end of the aborted record", UPKEEP, || {
        roll(&mut connection, &topic, "roller")?;
        Ok((!ask::values(&mut connection, &topic)?.iter().any(|v| v == "aborted")).then_some(()))
    })?;
    let seen = pairs(target, &topic)?.into_iter().find(|p| p.1 == "k").map(|p| p.2);
    same("the value of before", seen.as_deref(), Some("committed"))?;
    Ok("an aborted record does not replace a committed one".to_owned())
}

pub(crate) fn retention_by_time(target: &Target) -> Outcome {
    let topic = target.topic("by-time", 1, &[("retention.ms", "3600000"), ("segment.ms", "100")])?;
    let mut connection = target.connect()?;
    let now = wall_ms();
    produce(&mut connection, &topic, &Batch::of(&["old", "old"], now - 7_200_000))?;
    produce(&mut connection, &topic, &Batch::of(&["old"], now - 3_700_000))?;
    produce(&mut connection, &topic, &Batch::of(&["new"], now))?;
    clock::wait_for("the end of the old records", UPKEEP, || {
        Ok((span(&mut connection, &topic)? == (3, 4)).then_some(()))
    })?;
    same("what is left", ask::values(&mut connection, &topic)?, ["new"])?;
    let gone = ask::fetch(&mut connection, &topic, 0, AT_ONCE)?;
    same("fetching what is gone", crate::wire::code(gone.error_code), "OffsetOutOfRange")?;
    Ok("records older than retention.ms are gone, the others stay".to_owned())
}

pub(crate) fn retention_of_everything(target: &Target) -> Outcome {
    let topic = target.topic("all-old", 1, &[("retention.ms", "3600000")])?;
    let mut connection = target.connect()?;
    produce(&mut connection, &topic, &Batch::of(&["old", "old"], wall_ms() - 7_200_000))?;
    clock::wait_for("the end of the old records", UPKEEP, || {
        Ok((span(&mut connection, &topic)? == (2, 2)).then_some(()))
    })?;
    same("the next offset", produce(&mut connection, &topic, &Batch::of(&["new"], wall_ms()))?, 2)?;
    Ok("the segment in use goes too, offsets go on".to_owned())
}

pub(crate) fn retention_by_size(target: &Target) -> Outcome {
    let configs = [("retention.bytes", "2100000"), ("segment.bytes", "1048576")];
    let topic = target.topic("by-size", 1, &configs)?;
    let mut connection = target.connect()?;
    for _ in 0..10 {
        produce(&mut connection, &topic, &Batch::large(500_000, wall_ms()))?;
    }
    // Two of them fill a segment; whole segments go while at least retention.bytes stay.
    let (start, end) = clock::wait_for("the end of the first segments", UPKEEP, || {
        let (start, end) = span(&mut connection, &topic)?;
        Ok((start >= 4).then_some((start, end)))
    })?;
    pause_ms(1500);
    same("the start a little later", span(&mut connection, &topic)?, (start, end))?;
    holds(start <= 5 && end == 10, format!("ends {start} to {end}: too much is gone"))?;
    Ok(format!("10 records of 500 kB, {} stay of 2.1 MB", end - start))
}

pub(crate) fn no_retention_without_reason(target: &Target) -> Outcome {
    let configs = [("retention.ms", "-1"), ("retention.bytes", "-1"), ("segment.ms", "100")];
    let topic = target.topic("kept", 1, &configs)?;
    let mut connection = target.connect()?;
    for timestamp in [1, 1_000_000, wall_ms()] {
        produce(&mut connection, &topic, &Batch::of(&["kept"], timestamp))?;
    }
    pause_ms(3000);
    same("ends", span(&mut connection, &topic)?, (0, 3))?;
    Ok("records of 1970 stay when retention is off".to_owned())
}

pub(crate) fn many_segments(target: &Target) -> Outcome {
    let topic = target.topic("segments", 1, &[("segment.bytes", "1048576"), ("segment.index.bytes", "1024")])?;
    let mut connection = target.connect()?;
    let now = wall_ms();
    for i in 0..12 {
        produce(&mut connection, &topic, &Batch::large(400_000, now + i * 10))?;
        produce(&mut connection, &topic, &Batch::of(&[&i.to_string()], now + i * 10 + 5))?;
    }
    same("ends", span(&mut connection, &topic)?, (0, 24))?;
    for offset in 0..24 {
        let batches = ask::batches(&mut connection, &topic, offset, AT_ONCE)?;
        same("first offset of a fetch", first("batch", batches)?.base_offset, offset)?;
        let at = if offset % 2 == 0 { now + offset / 2 * 10 } else { now + offset / 2 * 10 + 5 };
        let found = ask::list_offset(&mut connection, &topic, at)?;
        same(format!("offset of the time {at}"), (found.offset, found.timestamp), (offset, at))?;
    }
    let rows = contents(target, &topic, 1, Isolation::Committed)?;
    same("records read through", rows.len(), 24)?;
    Ok("5 MB in segments of 1 MB: every offset and every time is found".to_owned())
}

pub(crate) fn log_append_time(target: &Target) -> Outcome {
    let topic = target.topic("append-time", 1, &[("message.timestamp.type", "LogAppendTime")])?;
    let mut connection = target.connect()?;
    let before = wall_ms();
    let answer = ask::produce_bytes(&mut connection, &topic, None, Batch::of(&["a", "b"], 12_345).encode())?;
    let after = wall_ms();
    same("producing", crate::wire::code(answer.error_code), "none")?;
    let stamped = answer.log_append_time_ms;
    // One machine, but two processes that round: a little slack.
    holds(stamped >= before - 50 && stamped <= after + 50, format!("stamped {stamped}, between {before} and {after}"))?;
    let batch = first("batch", ask::batches(&mut connection, &topic, 0, AT_ONCE)?)?;
    same("the batch's timestamp", (batch.is_log_append_time(), batch.max_timestamp), (true, stamped))?;
    let rows = contents(target, &topic, 1, Isolation::Committed)?;
    same("the records' timestamps", rows.iter().map(|r| r.timestamp).collect::<Vec<_>>(), [Some(stamped); 2])?;
    let found = ask::list_offset(&mut connection, &topic, before - 1_000)?;
    same("by time", (found.offset, found.timestamp), (0, stamped))?;
    let create_time = target.topic("create-time", 1, &[])?;
    let answer = ask::produce_bytes(&mut connection, &create_time, None, Batch::of(&["a"], 12_345).encode())?;
    same("append time where the client's time counts", answer.log_append_time_ms, -1)?;
    Ok("stamped by the broker, in the batch and in the answer".to_owned())
}
