//! Records come back as they went in, with every codec; what is too large is refused.

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;
use rdkafka::types::RDKafkaErrorCode;

use crate::client::consumer::{Isolation, Row, contents};
use crate::client::producer::Producer;
use crate::outcome::{Outcome, Result, first, holds, same};
use crate::target::Target;

const FIRST_TIMESTAMP: i64 = 1_600_000_000_000;

/// What the i-th record is, but for where it lands.
fn expected(i: i64) -> Row {
    Row {
        partition: i32::from(i % 2 == 1),
        offset: i / 2,
        key: Some(format!("key-{i}").into_bytes()),
        value: (i % 10 != 0).then(|| format!("value-{i}-{}", "x".repeat(100)).into_bytes()),
        timestamp: Some(FIRST_TIMESTAMP + i),
        headers: vec![
            ("h".to_owned(), Some(b"one".to_vec())),
            ("h".to_owned(), Some(b"two".to_vec())),
            ("empty".to_owned(), Some(Vec::new())),
            ("null".to_owned(), None),
        ],
    }
}

fn send(producer: &Producer, topic: &str, row: &Row) -> Result {
    let mut headers = OwnedHeaders::new();
    for (key, value) in &row.headers {
        headers = headers.insert(Header { key, value: value.as_ref() });
    }
    let mut record = BaseRecord::to(topic).partition(row.partition).headers(headers);
    if let Some(key) = &row.key {
        record = record.key(key.as_slice());
    }
    if let Some(value) = &row.value {
        record = record.payload(value.as_slice());
    }
    if let Some(timestamp) = row.timestamp {
        record = record.timestamp(timestamp);
    }
    producer.send(record)
}

fn codec(target: &Target, codec: &str) -> Outcome {
    let topic = target.topic(codec, 2, &[])?;
    let producer = Producer::new(target, &[("compression.codec", codec), ("linger.ms", "20")])?;
    for i in 0..200 {
        send(&producer, &topic, &expected(i))?;
    }
    producer.flush()?;
    let seen = contents(target, &topic, 2, Isolation::Committed)?;
    same("records", seen.len(), 200)?;
    for (row, i) in seen.iter().zip((0..200).step_by(2).chain((1..200).step_by(2))) {
        same(format!("record {i}"), row, &expected(i))?;
    }
    Ok("200 records: keys, values, tombstones, duplicate and null headers, timestamps".to_owned())
}

pub(crate) fn uncompressed(target: &Target) -> Outcome {
    codec(target, "none")
}

pub(crate) fn gzip(target: &Target) -> Outcome {
    codec(target, "gzip")
}

pub(crate) fn snappy(target: &Target) -> Outcome {
    codec(target, "snappy")
}

pub(crate) fn lz4(target: &Target) -> Outcome {
    codec(target, "lz4")
}

pub(crate) fn zstd(target: &Target) -> Outcome {
    codec(target, "zstd")
}

pub(crate) fn null_and_empty(target: &Target) -> Outcome {
    let topic = target.topic("empty", 1, &[])?;
    let producer = Producer::new(target, &[])?;
    let none: Option<Vec<u8>> = None;
    let empty = Some(Vec::new());
    let pairs =
        [(none.clone(), none.clone()), (none.clone(), empty.clone()), (empty.clone(), none), (empty.clone(), empty)];
    for (key, value) in &pairs {
        let row = Row {
            partition: 0,
            offset: 0,
            key: key.clone(),
            value: value.clone(),
            timestamp: Some(FIRST_TIMESTAMP),
            headers: Vec::new(),
        };
        send(&producer, &topic, &row)?;
    }
    producer.flush()?;
    let seen = contents(target, &topic, 1, Isolation::Committed)?;
    same("pairs", seen.into_iter().map(|r| (r.key, r.value)).collect::<Vec<_>>(), pairs)?;
    Ok("null and empty told apart, as key and as value".to_owned())
}

pub(crate) fn large(target: &Target) -> Outcome {
    let topic = target.topic("large", 1, &[])?;
    let producer = Producer::new(target, &[("message.max.bytes", "2000000")])?;
    let value = (0..900_000_u32).map(|i| (i % 251) as u8).collect::<Vec<_>>();
    for _ in 0..3 {
        producer.send(BaseRecord::to(&topic).partition(0).payload(&value))?;
    }
    producer.flush()?;
    let seen = contents(target, &topic, 1, Isolation::Committed)?;
    same("records", seen.len(), 3)?;
    holds(seen.iter().all(|r| r.key.is_none() && r.value.as_deref() == Some(&value)), "a value has changed")?;
    Ok("3 records of 900 kB".to_owned())
}

pub(crate) fn too_large(target: &Target) -> Outcome {
    let topic = target.topic("too-large", 1, &[])?;
    let producer = Producer::new(target, &[("message.max.bytes", "4000000"), ("enable.idempotence", "false")])?;
    producer.send(BaseRecord::to(&topic).partition(0).payload(&vec![b'z'; 1_500_000]))?;
    let refused = first("delivery report", producer.settle()?)?;
    let refused = refused.err().and_then(|e| e.rdkafka_error_code());
    same("sending 1.5 MB where 1 MB is the limit", refused, Some(RDKafkaErrorCode::MessageSizeTooLarge))?;
    producer.values(&topic, 1, ["small".to_owned()])?;
    let seen = contents(target, &topic, 1, Isolation::Committed)?;
    same("records", seen.len(), 1)?;
    Ok("refused, and the producer goes on".to_owned())
}

pub(crate) fn many(target: &Target) -> Outcome {
    let topic = target.topic("many", 4, &[])?;
    let producer = Producer::new(target, &[("linger.ms", "5"), ("compression.codec", "lz4")])?;
    let values = (0..20_000).map(|i| format!("{i:05}")).collect::<Vec<_>>();
    producer.values(&topic, 4, values.iter().cloned())?;
    let seen = contents(target, &topic, 4, Isolation::Committed)?;
    same("records", seen.len(), values.len())?;
    for partition in 0..4 {
        let rows = seen.iter().filter(|r| r.partition == partition).collect::<Vec<_>>();
        let in_order = rows
            .iter()
            .zip(0..)
            .all(|(r, i)| r.offset == i && r.text() == format!("{:05}", i * 4 + i64::from(partition)));
        holds(in_order, format!("partition {partition} is not in order"))?;
    }
    Ok("20,000 records over 4 partitions, in order, offsets without gaps".to_owned())
}
